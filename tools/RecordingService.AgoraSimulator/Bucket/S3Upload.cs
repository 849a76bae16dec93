using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace RecordingService.Simulation;

/// <summary>Writes the files of one recorder through a real S3 API, one after the other, beside the simulated world.</summary>
internal sealed class S3Upload(StorageConfig storage)
{
    private int failures;

    /// <summary>Whether a file could not be written.</summary>
    public bool HasFailed => Volatile.Read(ref failures) > 0;

    /// <summary>Completes when everything that was put is written, or given up.</summary>
    public Task Done { get; private set; } = Task.CompletedTask;

    /// <summary>Whether bucket and keys exist; a key that may only write is as good.</summary>
    public async Task<bool> IsOpenAsync(CancellationToken cancellationToken)
    {
        using var client = Client();
        try
        {
            await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = storage.Bucket, MaxKeys = 1 }, cancellationToken);
            return true;
        }
        catch (AmazonS3Exception exception) when (exception.ErrorCode == "AccessDenied")
        {
            return true;
        }
        catch (Exception exception) when (exception is AmazonClientException or AmazonServiceException or HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Puts a file into the queue; to be called from inside the timeline.</summary>
    public void Put(string key, Func<byte[]> content)
    {
        var before = Done;
        Done = Task.Run(async () =>
        {
            await before;
            await WriteAsync(key, content());
        });
    }

    private async Task WriteAsync(string key, byte[] content)
    {
        using var client = Client();
        using var stream = new MemoryStream(content);
        var request = new PutObjectRequest
        {
            BucketName = storage.Bucket,
            Key = key,
            InputStream = stream,
            UseChunkEncoding = false,
        };
        try
        {
            await client.PutObjectAsync(request);
        }
        catch (Exception exception) when (exception is AmazonClientException or AmazonServiceException or HttpRequestException)
        {
            Interlocked.Increment(ref failures);
        }
    }

    /// <summary>Clients are cheap: they share their connections.</summary>
    private AmazonS3Client Client() => new(CredentialsOf(storage), ConfigOf(storage));

    private static AWSCredentials CredentialsOf(StorageConfig storage) =>
        storage.StsToken is { Length: > 0 } token
            ? new SessionAWSCredentials(storage.AccessKey, storage.SecretKey, token)
            : new BasicAWSCredentials(storage.AccessKey, storage.SecretKey);

    private static AmazonS3Config ConfigOf(StorageConfig storage) =>
        new()
        {
            ServiceURL = UrlOf(storage.Endpoint!),
            ForcePathStyle = true,
            MaxErrorRetry = 2,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };

    /// <summary>Agora's endpoint is a host without a scheme; this machine is spoken to without TLS.</summary>
    private static string UrlOf(string endpoint)
    {
        if (endpoint.Contains("://", StringComparison.Ordinal))
        {
            return endpoint;
        }

        return new Uri("http://" + endpoint) is { IsLoopback: true } loopback ? loopback.ToString() : "https://" + endpoint;
    }
}
