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

    /// <summary>Region by Agora's name for it, for example US_EAST_1. <value>Not needed for AzureBlob, GoogleCloudStorage and S3Compatible.</value></summary>
    /// <remarks>Should be the region of the server that Agora's requests go to; a bucket elsewhere makes uploads slow, and files can be lost.</remarks>
    public string? Region { get; set; }

    /// <summary>Name of the bucket.</summary>
    public string? Bucket { get; set; }

    /// <summary>Access key, or a reference to it. Agora suggests one that may only write.</summary>
    public Secret? AccessKey { get; set; }

    /// <summary>Secret key, or a reference to it.</summary>
    public Secret? SecretKey { get; set; }

    /// <summary>Host of an S3-compatible store, without scheme. <value>Required for S3Compatible, meaningless elsewhere.</value></summary>
    public string? Endpoint { get; set; }

    /// <summary>Public address that stands for the bucket's root, for playlist URLs and for the proof that files are there. <value>Default: none; files are then not verified.</value></summary>
    public Uri? PublicBaseUrl { get; set; }

    /// <summary>Folders before those of the recording. <value>Letters and digits; together at most 88 characters with the slashes. Default: none.</value></summary>
    /// <remarks><b>Source:</b> Agora, start, storageConfig.fileNamePrefix: 128 characters in all (June 2026); 40 are kept for recording and run.</remarks>
    public IReadOnlyList<string> FileNamePrefix { get; set; } = [];
}
