using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using RecordingService.Testing;

namespace RecordingService.Simulation.Tests.Buckets;

public sealed class S3ServerTests
{
    [Fact]
    public async Task Server_Started_KeepsObjectsForItsKeysOnly()
    {
        await using var server = await S3Server.StartAsync("lessons");
        using var owner = ClientOf(server, server.SecretKey);
        using var stranger = ClientOf(server, "wrong");
        var put = new PutObjectRequest
        {
            BucketName = "lessons",
            Key = "a/b.txt",
            ContentBody = "content",
            UseChunkEncoding = false,
        };

        await owner.PutObjectAsync(put, TestContext.Current.CancellationToken);
        var refusal = await Should.ThrowAsync<AmazonS3Exception>(() => stranger.PutObjectAsync(put, TestContext.Current.CancellationToken));

        using var stored = await owner.GetObjectAsync("lessons", "a/b.txt", TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stored.ResponseStream);
        (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).ShouldBe("content");
        refusal.ErrorCode.ShouldBe("SignatureDoesNotMatch");
    }

    private static AmazonS3Client ClientOf(S3Server server, string secretKey) =>
        new(
            new BasicAWSCredentials(server.AccessKey, secretKey),
            new AmazonS3Config
            {
                ServiceURL = server.Endpoint.ToString(),
                ForcePathStyle = true,
                RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
                ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            }
        );
}
