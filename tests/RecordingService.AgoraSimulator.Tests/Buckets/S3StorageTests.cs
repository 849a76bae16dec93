using System.Text.Json.Nodes;
using Amazon.Runtime;
using Amazon.S3;
using RecordingService.Testing;

namespace RecordingService.Simulation.Tests.Buckets;

public sealed class S3StorageTests : IAsyncLifetime
{
    private S3Server server = null!;

    public async ValueTask InitializeAsync() => server = await S3Server.StartAsync("lessons");

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Recorder_StoppedSynchronously_HasItsFilesInTheRealBucket()
    {
        await using var test = await TestSimulator.StartAsync();
        var task = await test.Caller.StartedAsync("maths-1", "900001", Request());
        test.Time.Step(32);
        var stopping = test.Caller.StopAsync(task, async: false);
        await Eventually.HoldsAsync(() => test.Simulator.Journal.Recorders()[0].Why == RecorderEnd.Stopped);
        test.Time.Step(2.1);
        (await stopping).Status.ShouldBe(200);

        using var client = Client();
        var listed = await client.ListObjectsV2Async(new() { BucketName = "lessons" }, TestContext.Current.CancellationToken);
        using var playlist = await client.GetObjectAsync(
            "lessons",
            $"school/room7/{task.Sid}_maths-1.m3u8",
            TestContext.Current.CancellationToken
        );
        using var reader = new StreamReader(playlist.ResponseStream);

        listed.S3Objects.Count.ShouldBe(3);
        (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).ShouldContain("#EXT-X-ENDLIST");
    }

    [Theory]
    [InlineData("bucket", "elsewhere")]
    [InlineData("accessKey", "wrong")]
    [InlineData("secretKey", "wrong")]
    public async Task Start_StorageThatTheRealStoreRefuses_SucceedsThen404(string field, string value)
    {
        await using var test = await TestSimulator.StartAsync(options => options.Projects[0].RequestsPerSecond = 100_000);
        var request = Request();
        request["storageConfig"]![field] = value;
        var task = await test.Caller.StartedAsync("maths-1", "900001", request);

        await Eventually.HoldsAsync(() =>
        {
            test.Time.Step(0.5);
            return test.Simulator.Journal.Recorders()[0].Why is not null;
        });

        test.Simulator.Journal.Recorders()[0].Why.ShouldBe(RecorderEnd.StorageRejected);
        (await test.Caller.QueryAsync(task)).Status.ShouldBe(404);
    }

    private JsonObject Request()
    {
        var request = ClientRequest.Mix();
        var storage = request["storageConfig"]!;
        (storage["vendor"], storage["accessKey"], storage["secretKey"]) = (11, server.AccessKey, server.SecretKey);
        storage["extensionParams"] = new JsonObject { ["endpoint"] = server.Endpoint.Authority };
        return request;
    }

    private AmazonS3Client Client() =>
        new(
            new BasicAWSCredentials(server.AccessKey, server.SecretKey),
            new AmazonS3Config { ServiceURL = server.Endpoint.ToString(), ForcePathStyle = true }
        );
}
