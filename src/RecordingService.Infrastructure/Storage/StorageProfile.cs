using System.Collections.Frozen;
using System.Globalization;
using Microsoft.Extensions.Options;

namespace RecordingService.Infrastructure.Storage;

/// <summary>A storage profile with its names turned into Agora's numbers. Never leaves the process.</summary>
internal sealed class StorageProfile
{
    private readonly StorageProfileOptions _options;
    private readonly StorageVendor _vendor;
    private readonly StorageRegion? _region;
    private RecorderKeys _lastKeys;

    /// <exception cref="InvalidOperationException">The options were not validated.</exception>
    public StorageProfile(string name, StorageProfileOptions options)
    {
        (Name, _options) = (name, options);
        _vendor =
            StorageVendors.Find(options.Vendor) ?? throw new InvalidOperationException($"Storage profile '{name}' was not validated.");
        _region = _vendor.IgnoresRegion ? null : _vendor.Regions[options.Region!];
        _lastKeys =
            ReadKeys()
            ?? throw new InvalidOperationException(
                $"A key of storage profile '{name}' could be read when it was validated, and cannot be any more."
            );
    }

    public string Name { get; }

    /// <summary>Agora's number of the vendor.</summary>
    public int Vendor => _vendor.Code;

    /// <summary>Name of the vendor.</summary>
    public string VendorName => _vendor.Name;

    /// <summary>Agora's number of the region; 0 where Agora ignores it.</summary>
    public int Region => _region?.Number ?? 0;

    /// <summary>Agora's name of the region, or null where Agora ignores it.</summary>
    public string? RegionName => _region?.Name;

    /// <summary>Part of the world that the bucket is in.</summary>
    public StorageArea Area => _region is { Area: not StorageArea.Other } ? _region.Area : _options.Area ?? StorageArea.Other;

    public string Bucket => _options.Bucket!;

    public IReadOnlyList<string> FileNamePrefix => _options.FileNamePrefix;

    public string? Endpoint => _vendor.NeedsEndpoint ? _options.Endpoint : null;

    public Uri? PublicBaseUrl => _options.PublicBaseUrl;

    public VendorRules Rules => _vendor.Rules;

    /// <summary>Whether the recorder's keys are temporary, so that a long recording must be handed new ones.</summary>
    public bool RenewsCredentials => _options.StsToken is not null;

    public string AccessKey => Keys().AccessKey;

    public string SecretKey => Keys().SecretKey;

    public string? StsToken => Keys().StsToken;

    public DateTimeOffset? StsExpiresAt => Keys().StsExpiresAt;

    /// <summary>Whether the profile wants to be probed, and if not or if it cannot be, why.</summary>
    public string? WhyNoProbe =>
        !_options.Probe ? "The profile asks not to be probed (Probe is false)."
        : !_vendor.HasS3Interface ? $"A bucket of {_vendor.Name} has no S3 interface, so it cannot be probed."
        : S3Address is null ? $"A bucket of {_vendor.Name} can be probed only when Access:ServiceUrl gives the address of its S3 interface."
        : null;

    /// <summary>How the bucket is reached through its S3 interface, or null when that is not known.</summary>
    public S3Address? S3Address
    {
        get
        {
            var pathStyle = _options.Access?.ForcePathStyle ?? _vendor.Code == StorageVendors.S3CompatibleCode;
            var region = _region?.VendorName ?? DefaultSigningRegion;
            return _options.Access?.ServiceUrl is { } url ? new S3Address(url, region, pathStyle)
                : _vendor.Code == StorageVendors.AmazonCode ? new S3Address(null, region, pathStyle)
                : _vendor.NeedsEndpoint ? new S3Address(new Uri($"https://{_options.Endpoint}"), region, pathStyle)
                : null;
        }
    }

    /// <summary>Whether this service has keys of its own to list and read with.</summary>
    public bool HasOwnAccess => _options.Access?.AccessKey is not null && S3Address is not null;

    /// <summary>Stores of one region take any; most are set up with this.</summary>
    private const string DefaultSigningRegion = "us-east-1";

    /// <summary>The recorder's keys as they are now, all of one set.</summary>
    /// <remarks>
    /// Files are read anew, because another process may renew temporary keys. Two equal readings in a row are one set; while the files are
    /// being replaced, or cannot be read, the last set that could be read stays.
    /// </remarks>
    public RecorderKeys Keys()
    {
        if (!new[] { _options.AccessKey, _options.SecretKey, _options.StsToken, ExpirySecret }.Any(s => s is { LiesInFile: true }))
        {
            return _lastKeys;
        }

        var keys = ReadKeys();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var again = ReadKeys();
            if (again is not null && again == keys)
            {
                return _lastKeys = again;
            }

            keys = again;
        }

        return _lastKeys;
    }

    /// <summary>The keys of this service's own access as they are now; null when there are none, or their file cannot be read.</summary>
    public RecorderKeys? OwnKeys() =>
        _options.Access is { AccessKey: { } access, SecretKey: { } secret }
        && access.TryRead(out var accessKey, out _)
        && secret.TryRead(out var secretKey, out _)
            ? new RecorderKeys(accessKey, secretKey, null, null)
            : null;

    /// <summary>What a person should know about temporary keys at this time, or null.</summary>
    public string? KeyWarning(DateTimeOffset now) =>
        StsExpiresAt is not { } expiry ? null
        : expiry <= now
            ? $"StsExpiresAt is {Utc(expiry)}, which is past: uploads fail. Renew the temporary keys of storage profile '{Name}'."
        : expiry - now < LeastStsValidity
            ? $"StsExpiresAt is {Utc(expiry)}, in less than 4 h; Agora asks for 4 h at least (start, storageConfig.stsExpiration). Renew the temporary keys of storage profile '{Name}' earlier."
        : null;

    /// <summary><b>Source:</b> Agora, start, storageConfig.stsExpiration (August 2024).</summary>
    private static readonly TimeSpan LeastStsValidity = TimeSpan.FromHours(4);

    /// <summary>Reads RFC 3339 or Unix seconds.</summary>
    public static DateTimeOffset? ParseExpiry(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
                ? DateTimeOffset.FromUnixTimeSeconds(seconds)
                : null
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
                ? time.ToUniversalTime()
                : null;

    public override string ToString() => Name;

    private static string Utc(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private Secret? ExpirySecret => string.IsNullOrEmpty(_options.StsExpiresAt) ? null : new Secret(_options.StsExpiresAt);

    private RecorderKeys? ReadKeys()
    {
        var token = "";
        var expiry = "";
        return
            _options.AccessKey!.TryRead(out var accessKey, out _)
            && _options.SecretKey!.TryRead(out var secretKey, out _)
            && (_options.StsToken is null || _options.StsToken.TryRead(out token, out _))
            && (ExpirySecret is not { } expirySecret || expirySecret.TryRead(out expiry, out _))
            ? new RecorderKeys(
                accessKey,
                secretKey,
                _options.StsToken is null ? null : token,
                expiry.Length == 0 ? null : ParseExpiry(expiry)
            )
            : null;
    }
}

/// <summary>One set of keys. Goes to Agora or into a signature, and nowhere else.</summary>
internal sealed record RecorderKeys(string AccessKey, string SecretKey, string? StsToken, DateTimeOffset? StsExpiresAt)
{
    /// <summary>A record would print its keys.</summary>
    public override string ToString() => nameof(RecorderKeys);
}

/// <summary>How a bucket is reached through its S3 interface.</summary>
/// <param name="ServiceUrl">Address without the bucket; null for Amazon's own of the region.</param>
/// <param name="Region">Region that is signed for, as the vendor writes it.</param>
/// <param name="PathStyle">Whether the bucket stands in the path rather than in the host.</param>
internal sealed record S3Address(Uri? ServiceUrl, string Region, bool PathStyle);

/// <summary>All storage profiles, made once from validated options.</summary>
internal sealed class StorageProfiles
{
    private readonly FrozenDictionary<string, StorageProfile> _byName;

    public StorageProfiles(IOptions<StorageOptions> options) =>
        _byName = options.Value.Profiles.ToFrozenDictionary(
            p => p.Key,
            p => new StorageProfile(p.Key, p.Value),
            StringComparer.OrdinalIgnoreCase
        );

    public IEnumerable<StorageProfile> All => _byName.Values.OrderBy(p => p.Name, StringComparer.OrdinalIgnoreCase);

    public StorageProfile? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Part of the world that a profile's bucket is in; null when there is no such profile.</summary>
    public StorageArea? AreaOf(string profileName) => Find(profileName)?.Area;
}
