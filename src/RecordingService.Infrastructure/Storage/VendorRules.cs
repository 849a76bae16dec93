using System.Net;
using System.Text.RegularExpressions;

namespace RecordingService.Infrastructure.Storage;

/// <summary>What is known about a vendor's bucket names and keys, and where a person finds them.</summary>
/// <remarks>
/// Only what cannot be right is refused. A key is judged when it carries the mark of its vendor (AKIA, LTAI, AKID, GOOG), or is plainly the
/// other of the two: vendors change lengths, and a wrong refusal would keep the service from starting.
/// <b>Source:</b> the vendors' pages on bucket naming and on access keys.
/// </remarks>
internal sealed partial record VendorRules
{
    /// <summary>Where the bucket's name and region stand.</summary>
    public required string BucketPage { get; init; }

    /// <summary>Where the keys stand.</summary>
    public required string KeyPage { get; init; }

    /// <summary>Names that the vendor could have given.</summary>
    private Regex BucketForm { get; init; } = Lenient();

    private string BucketWords { get; init; } = "3 to 63 letters, digits, '-', '_' and '.'";

    private Func<string, string?> FurtherBucketFault { get; init; } = _ => null;

    /// <summary>Faults of the two keys by what is wrong with each, or null; the second argument says whether a session token goes with them.</summary>
    private Func<string, string, bool, (string? Access, string? Secret)> KeyFaults { get; init; } = (_, _, _) => (null, null);

    public static VendorRules Amazon { get; } =
        new()
        {
            BucketPage = "In the AWS console: S3, General purpose buckets, columns Name and AWS Region",
            KeyPage =
                "In the AWS console: IAM, Users, the recorder's user, Security credentials, Access keys; the secret key is shown once, when the key is made",
            BucketForm = WithDots(),
            BucketWords = "3 to 63 lower-case letters, digits, '-' and '.', and begins and ends with a letter or digit",
            FurtherBucketFault = name =>
                IPAddress.TryParse(name, out _) && name.Count(c => c == '.') == 3 ? "is an IP address"
                : name.Contains("..", StringComparison.Ordinal) ? "has two dots in a row"
                : name.StartsWith("xn--", StringComparison.Ordinal) || name.StartsWith("sthree-", StringComparison.Ordinal)
                    ? "begins as only Amazon's own names do"
                : name.EndsWith("-s3alias", StringComparison.Ordinal) || name.EndsWith("--ol-s3", StringComparison.Ordinal)
                    ? "is the alias of an access point"
                : null,
            KeyFaults = (access, secret, isSession) =>
                (
                    access.StartsWith("ASIA", StringComparison.Ordinal) && !isSession
                        ? "begins with ASIA: it is temporary and works only with StsToken"
                    : AmazonMark().IsMatch(access) && !AmazonAccess().IsMatch(access)
                        ? "begins as an access key of Amazon, but does not have 20 capital letters and digits"
                    : access.Length == 40 && AmazonAccess().IsMatch(secret) ? Swapped
                    : null,
                    AmazonAccess().IsMatch(secret) ? Swapped
                    : AmazonAccess().IsMatch(access) && !Base64Of40().IsMatch(secret)
                        ? $"has {secret.Length} characters, but a secret key of Amazon has 40 letters, digits, '+' and '/'"
                    : null
                ),
        };

    public static VendorRules Alibaba { get; } =
        new()
        {
            BucketPage = "In the Alibaba Cloud console: Object Storage Service, Buckets, columns Bucket Name and Region",
            KeyPage =
                "In the Alibaba Cloud console: RAM, Users, the recorder's user, AccessKey; the secret is shown once, when the key is made",
            BucketForm = WithoutDots(),
            BucketWords = "3 to 63 lower-case letters, digits and '-', and begins and ends with a letter or digit",
            KeyFaults = (access, secret, isSession) =>
                (
                    access.StartsWith("STS.", StringComparison.Ordinal) && !isSession
                        ? "begins with STS.: it is temporary and works only with StsToken"
                    : secret.StartsWith("LTAI", StringComparison.Ordinal) && access.Length == 30 ? Swapped
                    : access.StartsWith("LTAI", StringComparison.Ordinal) && !AlibabaAccess().IsMatch(access)
                        ? "begins as an AccessKey ID of Alibaba Cloud, but does not have 16 to 30 letters and digits"
                    : null,
                    secret.StartsWith("LTAI", StringComparison.Ordinal) && AlibabaAccess().IsMatch(secret) && access.Length == 30 ? Swapped
                    : access.StartsWith("LTAI", StringComparison.Ordinal) && secret.Length != 30
                        ? $"has {secret.Length} characters, but an AccessKey secret of Alibaba Cloud has 30"
                    : null
                ),
        };

    public static VendorRules Tencent { get; } =
        new()
        {
            BucketPage =
                "In the Tencent Cloud console: Cloud Object Storage, Bucket List, columns Bucket Name (it ends in '-' and the APPID) and Region",
            KeyPage = "In the Tencent Cloud console: Cloud Access Management, API Keys, SecretId (the access key) and SecretKey",
            BucketForm = Tencents(),
            BucketWords = "up to 60 lower-case letters, digits and '-', and begins and ends with a letter or digit",
            KeyFaults = (access, secret, isSession) =>
                (
                    secret.StartsWith("AKID", StringComparison.Ordinal) && access.Length == 32 ? Swapped
                    : access.StartsWith("AKID", StringComparison.Ordinal) && !isSession && access.Length != 36
                        ? $"has {access.Length} characters, but a SecretId of Tencent Cloud has 36"
                    : null,
                    secret.StartsWith("AKID", StringComparison.Ordinal) && access.Length == 32 ? Swapped
                    : access.StartsWith("AKID", StringComparison.Ordinal) && !isSession && secret.Length != 32
                        ? $"has {secret.Length} characters, but a SecretKey of Tencent Cloud has 32"
                    : null
                ),
        };

    public static VendorRules Huawei { get; } =
        new()
        {
            BucketPage = "In the Huawei Cloud console: Object Storage Service, Buckets, columns Bucket Name and Region",
            KeyPage = "In the Huawei Cloud console: My Credentials, Access Keys; the file that is downloaded there has both",
            BucketForm = WithDots(),
            BucketWords = "3 to 63 lower-case letters, digits, '-' and '.', and begins and ends with a letter or digit",
            FurtherBucketFault = name =>
                name.Contains("..", StringComparison.Ordinal)
                || name.Contains(".-", StringComparison.Ordinal)
                || name.Contains("-.", StringComparison.Ordinal)
                    ? "has '.' beside '.' or '-'"
                : IPAddress.TryParse(name, out _) ? "is an IP address"
                : null,
            KeyFaults = SwappedByLength(20, 40),
        };

    public static VendorRules Google { get; } =
        new()
        {
            BucketPage = "In the Google Cloud console: Cloud Storage, Buckets, column Name",
            KeyPage = "In the Google Cloud console: Cloud Storage, Settings, Interoperability, an HMAC key: access key and secret",
            BucketForm = Googles(),
            BucketWords =
                "3 to 63 (with dots 222) lower-case letters, digits, '-', '_' and '.', and begins and ends with a letter or digit",
            FurtherBucketFault = name =>
                name.StartsWith("goog", StringComparison.Ordinal) || name.Contains("google", StringComparison.Ordinal)
                    ? "has 'goog' in front or 'google' inside, which Google keeps for itself"
                : IPAddress.TryParse(name, out _) ? "is an IP address"
                : null,
            KeyFaults = (access, secret, _) =>
                (
                    access.Contains('@', StringComparison.Ordinal) || access.StartsWith('{')
                        ? "belongs to a service account, but uploads need an HMAC key"
                    : secret.StartsWith("GOOG", StringComparison.Ordinal) ? Swapped
                    : null,
                    secret.StartsWith("GOOG", StringComparison.Ordinal) ? Swapped
                    : access.StartsWith("GOOG", StringComparison.Ordinal) && secret.Length != 40
                        ? $"has {secret.Length} characters, but the secret of an HMAC key has 40"
                    : null
                ),
        };

    public static VendorRules Azure { get; } =
        new()
        {
            BucketPage = "In the Azure portal: Storage accounts, the account, Containers, column Name",
            KeyPage =
                "In the Azure portal: Storage accounts, the account, Access keys: the name of the account (the access key) and Key (the secret key)",
            BucketForm = WithoutDots(),
            BucketWords = "3 to 63 lower-case letters, digits and '-', and begins and ends with a letter or digit",
            FurtherBucketFault = name => name.Contains("--", StringComparison.Ordinal) ? "has two hyphens in a row" : null,
            KeyFaults = (access, secret, _) => (ConnectionString(access), ConnectionString(secret)),
        };

    public static VendorRules Baidu { get; } =
        new()
        {
            BucketPage = "In the Baidu AI Cloud console: Object Storage BOS, Bucket list, columns Bucket and Region",
            KeyPage = "In the Baidu AI Cloud console: account menu, Security Authentication, Access Key",
            BucketForm = WithoutDots(),
            BucketWords = "3 to 63 lower-case letters, digits and '-', and begins and ends with a letter or digit",
        };

    public static VendorRules Qiniu { get; } =
        new()
        {
            BucketPage = "In the Qiniu portal: Object Storage Kodo, Spaces, columns Space name and Region",
            KeyPage = "In the Qiniu portal: account menu, Key management, AccessKey and SecretKey",
        };

    public static VendorRules Kingsoft { get; } =
        new()
        {
            BucketPage = "In the Kingsoft Cloud console: Object Storage KS3, Buckets, columns Name and Region",
            KeyPage = "In the Kingsoft Cloud console: Identity and Access Management, the recorder's user, Access keys",
        };

    public static VendorRules S3Compatible { get; } =
        new() { BucketPage = "In the console of the store: list of buckets", KeyPage = "In the console of the store: access keys" };

    /// <summary>For faults of profiles whose vendor is not known.</summary>
    public static VendorRules Unknown { get; } =
        new()
        {
            BucketPage = "In the vendor's console: list of buckets",
            KeyPage = "In the key management of your account with the vendor",
        };

    private const string Swapped = "looks like the other key: AccessKey and SecretKey are swapped";

    /// <summary>What is wrong with the name of a bucket, or null.</summary>
    public string? BucketFault(string name) =>
        !BucketForm.IsMatch(name) ? $"is '{name}', but the name of a bucket has {BucketWords}; leave out scheme, host and folders"
        : FurtherBucketFault(name) is { } further ? $"is '{name}', which {further}"
        : null;

    /// <summary>What is wrong with each of the two keys, or null; never with its value.</summary>
    public (string? Access, string? Secret) FaultsOfKeys(string access, string secret, bool isSession) =>
        KeyFaults(access, secret, isSession);

    private static Func<string, string, bool, (string? Access, string? Secret)> SwappedByLength(int access, int secret) =>
        (accessKey, secretKey, isSession) =>
            !isSession && accessKey.Length == secret && secretKey.Length == access ? (Swapped, Swapped) : (null, null);

    private static string? ConnectionString(string key) =>
        key.Contains("AccountKey=", StringComparison.OrdinalIgnoreCase)
            ? "is a connection string, but only one part of it belongs here"
            : null;

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]\z", RegexOptions.CultureInvariant)]
    private static partial Regex Lenient();

    [GeneratedRegex(@"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\z", RegexOptions.CultureInvariant)]
    private static partial Regex WithDots();

    [GeneratedRegex(@"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]\z", RegexOptions.CultureInvariant)]
    private static partial Regex WithoutDots();

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Tencents();

    [GeneratedRegex(
        @"^(?=[^.]{3,63}$|(?=.*\.).{3,222}$)[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?)*\z",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Googles();

    [GeneratedRegex("^A(KIA|SIA)", RegexOptions.CultureInvariant)]
    private static partial Regex AmazonMark();

    [GeneratedRegex(@"^A(KIA|SIA)[A-Z0-9]{16}\z", RegexOptions.CultureInvariant)]
    private static partial Regex AmazonAccess();

    [GeneratedRegex(@"^[A-Za-z0-9+/]{40}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Base64Of40();

    [GeneratedRegex(@"^LTAI[A-Za-z0-9]{12,26}\z", RegexOptions.CultureInvariant)]
    private static partial Regex AlibabaAccess();
}
