namespace RecordingService.Infrastructure.Storage;

/// <summary>The buckets that recordings go to (section <c>Storage</c>).</summary>
public sealed class StorageOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Storage";

    /// <summary>Longest look into a bucket, for all files of a run together. <value>Default 7.5 s; at most Engine:LongestEffect.</value></summary>
    public TimeSpan LookTimeout { get; set; } = TimeSpan.FromSeconds(7.5);

    /// <summary>Storage profiles by name. Names are compared without regard to case.</summary>
    public IDictionary<string, StorageProfileOptions> Profiles { get; } =
        new Dictionary<string, StorageProfileOptions>(StringComparer.OrdinalIgnoreCase);
}

/// <summary>One bucket: what Agora's storageConfig needs, and the address that its files are read through.</summary>
public sealed class StorageProfileOptions
{
    /// <summary>Vendor by name. <value>One of AmazonS3, AlibabaOss, TencentCos, HuaweiObs, BaiduBos, AzureBlob, GoogleCloudStorage, S3Compatible, Qiniu, KingsoftKs3.</value></summary>
    public string? Vendor { get; set; }

    /// <summary>Region by Agora's name for it or as the vendor writes it, for example US_EAST_1 or us-east-1. <value>Not needed for AzureBlob, GoogleCloudStorage and S3Compatible.</value></summary>
    /// <remarks>Should be the region of the server that Agora's requests go to; a bucket elsewhere makes uploads slow, and files can be lost.</remarks>
    public string? Region { get; set; }

    /// <summary>Part of the world that the bucket is in, where <see cref="Region"/> does not tell: AzureBlob, GoogleCloudStorage, S3Compatible. <value>Default: that of the region, else Other.</value></summary>
    public StorageArea? Area { get; set; }

    /// <summary>Name of the bucket. <value>By the vendor's rules; at Azure the container.</value></summary>
    public string? Bucket { get; set; }

    /// <summary>Access key that the recorder writes with, or a reference to it. Agora suggests one that may only write.</summary>
    public Secret? AccessKey { get; set; }

    /// <summary>Secret key, or a reference to it.</summary>
    public Secret? SecretKey { get; set; }

    /// <summary>Session token of temporary keys (STS), or a reference to it. <value>Default: none. Only AmazonS3, AlibabaOss and TencentCos.</value></summary>
    /// <remarks>
    /// Give keys and token as files that another process replaces: they are read anew whenever they are sent to Agora.
    /// <b>Source:</b> Agora, start, storageConfig.stsToken (August 2024).
    /// </remarks>
    public Secret? StsToken { get; set; }

    /// <summary>When the session token expires: a time (RFC 3339) or Unix seconds, as it is or by reference. <value>Default: none; needs <see cref="StsToken"/>.</value></summary>
    /// <remarks>Agora asks for at least 4 h from the start. <b>Source:</b> Agora, start, storageConfig.stsExpiration (August 2024).</remarks>
    public string? StsExpiresAt { get; set; }

    /// <summary>Host of an S3-compatible store, without scheme. <value>Required for S3Compatible, meaningless elsewhere.</value></summary>
    public string? Endpoint { get; set; }

    /// <summary>Public address that stands for the bucket's root, for playlist URLs and for the proof that files are there. <value>Default: none; files are then not verified.</value></summary>
    public Uri? PublicBaseUrl { get; set; }

    /// <summary>Whether a small object is written at the start, with the recorder's keys, to prove bucket and keys. <value>Default: true.</value></summary>
    public bool Probe { get; set; } = true;

    /// <summary>Access of this service's own to the bucket, through its S3 interface. <value>Default: none; files can then not be listed.</value></summary>
    public StorageAccessOptions? Access { get; set; }

    /// <summary>Folders before those of the recording. <value>Letters and digits; together at most 88 characters with the slashes. Default: none.</value></summary>
    /// <remarks><b>Source:</b> Agora, start, storageConfig.fileNamePrefix: 128 characters in all (June 2026); 40 are kept for recording and run.</remarks>
    public IReadOnlyList<string> FileNamePrefix { get; set; } = [];
}

/// <summary>How this service itself reaches a bucket: the address of its S3 interface, and keys that may list and read.</summary>
public sealed class StorageAccessOptions
{
    /// <summary>Access key, or a reference to it; needs ListBucket and GetObject, nothing else. <value>Default: none; then only <see cref="ServiceUrl"/> counts, for the probe.</value></summary>
    public Secret? AccessKey { get; set; }

    /// <summary>Secret key, or a reference to it.</summary>
    public Secret? SecretKey { get; set; }

    /// <summary>Address of the S3 interface, without the bucket. <value>Default: by the region for AmazonS3, by <see cref="StorageProfileOptions.Endpoint"/> for S3Compatible; none for others.</value></summary>
    public Uri? ServiceUrl { get; set; }

    /// <summary>Whether the bucket stands in the path of an address rather than in the host. <value>Default: true for S3Compatible, false for others.</value></summary>
    public bool? ForcePathStyle { get; set; }
}
