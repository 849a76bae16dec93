using Microsoft.Extensions.Options;

namespace RecordingService.Infrastructure.Storage;

/// <summary>Reports every fault of every storage profile at once, each with its key and where the right value is found; never a key's value.</summary>
internal sealed class StorageOptionsValidator : IValidateOptions<StorageOptions>
{
    /// <summary>What is left of Agora's 128 characters when 40 are kept for the folders of recording (32 hex) and run.</summary>
    public const int MaxPrefixCharacters = 128 - 40;

    public ValidateOptionsResult Validate(string? name, StorageOptions options)
    {
        var faults = options.Profiles.SelectMany(p => Faults($"{StorageOptions.Section}:Profiles:{p.Key}", p.Value)).ToList();
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> Faults(string key, StorageProfileOptions profile) =>
        new[]
        {
            VendorFault(profile) is { } vendor ? $"{key}:Vendor {vendor}" : null,
            RegionFault(profile) is { } region ? $"{key}:Region {region}" : null,
            BucketFault(profile.Bucket) is { } bucket ? $"{key}:Bucket {bucket}" : null,
            KeyFault(profile.AccessKey) is { } access ? $"{key}:AccessKey {access}" : null,
            KeyFault(profile.SecretKey) is { } secret ? $"{key}:SecretKey {secret}" : null,
            EndpointFault(profile) is { } endpoint ? $"{key}:Endpoint {endpoint}" : null,
            BaseUrlFault(profile.PublicBaseUrl) is { } url ? $"{key}:PublicBaseUrl {url}" : null,
            PrefixFault(profile.FileNamePrefix) is { } prefix ? $"{key}:FileNamePrefix {prefix}" : null,
        }.OfType<string>();

    private static string? VendorFault(StorageProfileOptions profile) =>
        StorageVendors.Find(profile.Vendor) is null
            ? $"is '{profile.Vendor}', which is no known vendor. Known: {string.Join(", ", StorageVendors.All.Select(v => v.Name))}."
            : null;

    private static string? RegionFault(StorageProfileOptions profile)
    {
        if (StorageVendors.Find(profile.Vendor) is not { IgnoresRegion: false } vendor)
        {
            return null;
        }

        return profile.Region is not null && vendor.Regions.ContainsKey(profile.Region)
            ? null
            : $"is '{profile.Region}', which is no region of {vendor.Name}. Known: {Names(vendor)}. The bucket's region stands in the vendor's console.";
    }

    private static string Names(StorageVendor vendor) => string.Join(", ", vendor.Regions.OrderBy(r => r.Value).Select(r => r.Key));

    private static string? BucketFault(string? bucket) =>
        string.IsNullOrWhiteSpace(bucket) ? "is missing. It is the name of a bucket that you created under your account with the vendor."
        : bucket.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') ? null
        : $"is '{bucket}', but a bucket's name has only letters, digits, '-', '_' and '.'; leave out scheme, host and folders.";

    private static string? KeyFault(Secret? secret)
    {
        const string where = "It stands in the key management of your account with the vendor.";
        if (secret is null)
        {
            return $"is missing. {where}";
        }

        if (!secret.TryRead(out var value, out var problem))
        {
            return $"{problem}. {where}";
        }

        return value.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))
            ? $"has white space inside, so it was not copied whole or copied with more. {where}"
            : null;
    }

    private static string? EndpointFault(StorageProfileOptions profile)
    {
        if (StorageVendors.Find(profile.Vendor) is not { NeedsEndpoint: true })
        {
            return string.IsNullOrEmpty(profile.Endpoint) ? null : $"is '{profile.Endpoint}', but only S3Compatible takes an endpoint.";
        }

        return
            Uri.TryCreate($"https://{profile.Endpoint}", UriKind.Absolute, out var uri)
            && uri.Authority.Equals(profile.Endpoint, StringComparison.OrdinalIgnoreCase)
            ? null
            : $"is '{profile.Endpoint}', but S3Compatible needs the host of the store, without scheme and path.";
    }

    private static string? BaseUrlFault(Uri? url) =>
        url is null
        || (
            url.IsAbsoluteUri
            && url.Scheme is "http" or "https"
            && url.Query.Length == 0
            && url.Fragment.Length == 0
            && url.UserInfo.Length == 0
        )
            ? null
            : "must be an absolute http or https address without user, query and fragment: the public address of the bucket's root.";

    private static string? PrefixFault(IReadOnlyList<string> prefix)
    {
        if (prefix.FirstOrDefault(folder => folder.Length == 0 || !folder.All(char.IsAsciiLetterOrDigit)) is { } bad)
        {
            return $"has the element '{bad}', but Agora takes only letters and digits.";
        }

        var characters = string.Join('/', prefix).Length;
        return characters > MaxPrefixCharacters
            ? $"has {characters} characters, but at most {MaxPrefixCharacters} leave room for recording and run."
            : null;
    }
}
