using System.Collections.Frozen;
using Microsoft.Extensions.Options;

namespace RecordingService.Infrastructure.Storage;

/// <summary>A storage profile with its names turned into Agora's numbers and its secrets read. Never leaves the process.</summary>
internal sealed class StorageProfile(
    string name,
    StorageVendor vendor,
    int region,
    StorageProfileOptions options,
    string accessKey,
    string secretKey
)
{
    public string Name => name;

    public int Vendor => vendor.Code;

    public int Region => region;

    public string Bucket => options.Bucket!;

    public string AccessKey => accessKey;

    public string SecretKey => secretKey;

    public string? Endpoint => vendor.NeedsEndpoint ? options.Endpoint : null;

    public Uri? PublicBaseUrl => options.PublicBaseUrl;

    public override string ToString() => name;
}

/// <summary>All storage profiles, read once from validated options.</summary>
internal sealed class StorageProfiles
{
    private readonly FrozenDictionary<string, StorageProfile> _byName;

    public StorageProfiles(IOptions<StorageOptions> options) =>
        _byName = options.Value.Profiles.ToFrozenDictionary(p => p.Key, p => Read(p.Key, p.Value), StringComparer.OrdinalIgnoreCase);

    public StorageProfile? Find(string name) => _byName.GetValueOrDefault(name);

    private static StorageProfile Read(string name, StorageProfileOptions options)
    {
        var vendor =
            StorageVendors.Find(options.Vendor) ?? throw new InvalidOperationException($"Storage profile '{name}' was not validated.");
        return new StorageProfile(
            name,
            vendor,
            vendor.IgnoresRegion ? 0 : vendor.Regions[options.Region!],
            options,
            Read(name, options.AccessKey),
            Read(name, options.SecretKey)
        );
    }

    private static string Read(string name, Secret? secret) =>
        secret is not null && secret.TryRead(out var value, out _)
            ? value
            : throw new InvalidOperationException(
                $"A key of storage profile '{name}' could be read when it was validated, and cannot be any more."
            );
}
