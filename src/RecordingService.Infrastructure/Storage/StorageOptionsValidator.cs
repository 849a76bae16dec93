using Microsoft.Extensions.Options;

namespace RecordingService.Infrastructure.Storage;

/// <summary>Reports every fault of every storage profile at once, each with its key and where the right value is found; never a key's value.</summary>
internal sealed class StorageOptionsValidator : IValidateOptions<StorageOptions>
{
    /// <summary>
    /// What is left of Agora's 128 characters for the folders before those of a run: a slash, the recording (32 hex digits), a slash, and the
    /// number of the run (up to 6 digits).
    /// </summary>
    public const int MaxPrefixCharacters = 128 - 40;

    public ValidateOptionsResult Validate(string? name, StorageOptions options)
    {
        var faults = options.Profiles.SelectMany(p => Faults($"{StorageOptions.Section}:Profiles:{p.Key}", p.Value)).ToList();
        if (options.LookTimeout <= TimeSpan.Zero)
        {
            faults.Insert(0, $"{StorageOptions.Section}:LookTimeout is {options.LookTimeout}, but must be above 0.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> Faults(string key, StorageProfileOptions profile)
    {
        var vendor = StorageVendors.Find(profile.Vendor);
        var rules = vendor?.Rules ?? VendorRules.Unknown;
        var keys = KeyFaults(profile, rules);
        (string Field, string? Fault)[] faults =
        [
            ("Vendor", VendorFault(profile, vendor)),
            ("Region", RegionFault(profile, vendor, rules)),
            ("Area", AreaFault(profile, vendor)),
            ("Bucket", BucketFault(profile.Bucket, rules)),
            ("AccessKey", keys.Access),
            ("SecretKey", keys.Secret),
            ("StsToken", StsTokenFault(profile, vendor)),
            ("StsExpiresAt", StsExpiresAtFault(profile)),
            ("Endpoint", EndpointFault(profile, vendor)),
            ("PublicBaseUrl", PublicBaseUrlFault(profile.PublicBaseUrl, rules)),
            ("FileNamePrefix", PrefixFault(profile.FileNamePrefix)),
            .. AccessFaults(profile, vendor, rules),
        ];
        return faults.Where(f => f.Fault is not null).Select(f => $"{key}:{f.Field} {f.Fault}");
    }

    private static string? VendorFault(StorageProfileOptions profile, StorageVendor? vendor) =>
        vendor is null
            ? $"{Given(profile.Vendor)}, which is no known vendor. Known: {string.Join(", ", StorageVendors.All.Select(v => v.Name))}."
            : null;

    private static string? RegionFault(StorageProfileOptions profile, StorageVendor? vendor, VendorRules rules) =>
        vendor is not { IgnoresRegion: false } || (profile.Region is not null && vendor.Regions.ContainsKey(profile.Region))
            ? null
            : $"{Given(profile.Region)}, which is no region of {vendor.Name}. Known: {string.Join(", ", vendor.RegionNames)}. {rules.BucketPage}.";

    private static string? AreaFault(StorageProfileOptions profile, StorageVendor? vendor) =>
        profile is { Area: { } area, Region: { } name }
        && vendor is not null
        && vendor.Regions.GetValueOrDefault(name) is { Area: not StorageArea.Other } region
        && region.Area != area
            ? $"is '{area}', but {region.Name} of {vendor.Name} is in {region.Area}. Leave it out: the region tells."
            : null;

    private static string? BucketFault(string? bucket, VendorRules rules) =>
        string.IsNullOrWhiteSpace(bucket)
            ? $"is missing. It is the name of a bucket that you created under your account with the vendor. {rules.BucketPage}."
        : rules.BucketFault(bucket) is { } fault ? $"{fault}. {rules.BucketPage}."
        : null;

    private static (string? Access, string? Secret) KeyFaults(StorageProfileOptions profile, VendorRules rules)
    {
        var (access, secret) = (TextFault(profile.AccessKey, rules.KeyPage), TextFault(profile.SecretKey, rules.KeyPage));
        if (
            access is not null
            || secret is not null
            || !profile.AccessKey!.TryRead(out var accessKey, out _)
            || !profile.SecretKey!.TryRead(out var secretKey, out _)
        )
        {
            return (access, secret);
        }

        var faults = rules.FaultsOfKeys(accessKey, secretKey, profile.StsToken is not null);
        return (Told(faults.Access), Told(faults.Secret));

        string? Told(string? fault) => fault is null ? null : $"{fault}. {rules.KeyPage}.";
    }

    /// <summary>What is wrong with a secret whoever's it is.</summary>
    private static string? TextFault(Secret? secret, string page)
    {
        if (secret is null)
        {
            return $"is missing. {page}.";
        }

        if (!secret.TryRead(out var value, out var problem))
        {
            return $"{problem}. {page}.";
        }

        return value.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))
                ? $"has white space inside, so it was not copied whole or copied with more. {page}."
            : value.Any(c => !char.IsAscii(c)) ? $"has characters that no key has. {page}."
            : value[0] is '"' or '\'' ? $"begins with a quotation mark; leave the quotation marks out. {page}."
            : null;
    }

    private static string? StsTokenFault(StorageProfileOptions profile, StorageVendor? vendor)
    {
        if (profile.StsToken is null)
        {
            return null;
        }

        if (vendor is { TakesSts: false })
        {
            return $"is given, but Agora takes temporary keys of AmazonS3, AlibabaOss and TencentCos only, not of {vendor.Name}. Leave it out, and give lasting keys.";
        }

        return TextFault(profile.StsToken, "It comes with the temporary keys, from the vendor's security token service (STS)");
    }

    private static string? StsExpiresAtFault(StorageProfileOptions profile)
    {
        const string page = "It comes with the temporary keys, from the vendor's security token service (STS), as Expiration";
        if (string.IsNullOrEmpty(profile.StsExpiresAt))
        {
            return null;
        }

        if (profile.StsToken is null)
        {
            return "is given, but StsToken is not; only temporary keys expire.";
        }

        return !new Secret(profile.StsExpiresAt).TryRead(out var value, out var problem) ? $"{problem}. {page}."
            : StorageProfile.ParseExpiry(value) is null
                ? $"is '{value}', but must be a time such as 2026-09-01T08:00:00Z, or Unix seconds. {page}."
            : null;
    }

    private static string? EndpointFault(StorageProfileOptions profile, StorageVendor? vendor)
    {
        if (vendor is not { NeedsEndpoint: true })
        {
            return string.IsNullOrEmpty(profile.Endpoint) ? null : $"is '{profile.Endpoint}', but only S3Compatible takes an endpoint.";
        }

        return
            Uri.TryCreate($"https://{profile.Endpoint}", UriKind.Absolute, out var uri)
            && uri.Authority.Equals(profile.Endpoint, StringComparison.OrdinalIgnoreCase)
            ? null
            : $"{Given(profile.Endpoint)}, but S3Compatible needs the host of the store, without scheme and path. The console of the store shows it as the address of its S3 interface.";
    }

    private static string? PublicBaseUrlFault(Uri? url, VendorRules rules) =>
        url is null || IsPlainAddress(url)
            ? null
            : $"is '{url}', but must be an absolute http or https address without user, query and fragment: the public address of the bucket's root, or of the CDN before it. {rules.BucketPage}, then the bucket's domain.";

    private static string? PrefixFault(IReadOnlyList<string> prefix)
    {
        if (prefix.FirstOrDefault(folder => folder.Length == 0 || !folder.All(char.IsAsciiLetterOrDigit)) is { } bad)
        {
            return $"has the element '{bad}', but Agora takes only letters and digits in each, without slashes, '-' and '_'.";
        }

        var characters = string.Join('/', prefix).Length;
        return characters > MaxPrefixCharacters
            ? $"is '{string.Join('/', prefix)}' with {characters} characters, but at most {MaxPrefixCharacters} of Agora's 128 are left beside recording and run."
            : null;
    }

    private static IEnumerable<(string Field, string? Fault)> AccessFaults(
        StorageProfileOptions profile,
        StorageVendor? vendor,
        VendorRules rules
    )
    {
        if (profile.Access is not { } access)
        {
            yield break;
        }

        if (vendor is { HasS3Interface: false })
        {
            yield return ("Access", $"is given, but {vendor.Name} has no S3 interface to reach it through. Leave it out.");
            yield break;
        }

        if (access is { AccessKey: null, SecretKey: null, ServiceUrl: null, ForcePathStyle: null })
        {
            yield return ("Access", "is empty. Give it AccessKey and SecretKey, or ServiceUrl.");
        }

        if (access is not { AccessKey: null, SecretKey: null })
        {
            yield return ("Access:AccessKey", TextFault(access.AccessKey, rules.KeyPage));
            yield return ("Access:SecretKey", TextFault(access.SecretKey, rules.KeyPage));
        }

        if (access.ServiceUrl is { } url && (!IsPlainAddress(url) || url.AbsolutePath != "/"))
        {
            yield return (
                "Access:ServiceUrl",
                $"is '{url}', but must be an absolute http or https address without user, path and query: that of the store's S3 interface, without the bucket."
            );
        }
        else if (access.ServiceUrl is null && vendor is { HasKnownS3Address: false })
        {
            yield return (
                "Access:ServiceUrl",
                $"is missing. For {vendor.Name} it must be given: the address of the S3 interface of the bucket's region, which the vendor lists among its endpoints."
            );
        }
    }

    private static bool IsPlainAddress(Uri url) =>
        url.IsAbsoluteUri
        && url.Scheme is "http" or "https"
        && url.Query.Length == 0
        && url.Fragment.Length == 0
        && url.UserInfo.Length == 0;

    private static string Given(string? value) => string.IsNullOrEmpty(value) ? "is missing" : $"is '{value}'";
}
