using System.Text.Json;
using RecordingService.Domain.RoomTypes;
using static RecordingService.Infrastructure.Tests.Agora.ClientUnderTest;

namespace RecordingService.Infrastructure.Tests.Agora;

public sealed class AgoraRestClientRequestTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Acquire_Sent_HasExactlyTheDocumentedForm()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(200, """{"resourceId":"res-1"}""");
        await using var client = new ClientUnderTest([server.Address]);

        var result = await client.Agora.AcquireAsync(Acquire, Cancellation);

        result.Value!.ResourceId.ShouldBe("res-1");
        var request = server.Seen.ShouldHaveSingleItem();
        request.Method.ShouldBe("POST");
        request.Path.ShouldBe($"/v1/apps/{AppId}/cloud_recording/acquire");
        request.ContentType.ShouldBe("application/json;charset=utf-8");
        request.Authorization.ShouldBe("Basic Y3VzdG9tZXIta2V5OmN1c3RvbWVyLXNlY3JldC12YWx1ZQ==");
        request.Body.ShouldBe("""{"cname":"consult-20417","uid":"900001","clientRequest":{"scene":0,"resourceExpiredHour":24}}""");
    }

    [Fact]
    public async Task Start_OfAMix_HasExactlyTheDocumentedForm()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(200, """{"sid":"sid1"}""");
        await using var client = new ClientUnderTest([server.Address], ("Agora:Projects:school:Certificate", null));

        var result = await client.Agora.StartAsync(Start, Cancellation);

        result.Value!.Sid.ShouldBe("sid1");
        var request = server.Seen.ShouldHaveSingleItem();
        request.Path.ShouldBe($"/v1/apps/{AppId}/cloud_recording/resourceid/res-1/mode/mix/start");
        request.Body.ShouldBe(
            """{"cname":"consult-20417","uid":"900001","clientRequest":{"recordingConfig":{"channelType":1,"streamTypes":2,"audioProfile":0,"maxIdleTime":600,"transcodingConfig":{"width":1280,"height":720,"fps":15,"bitrate":2260,"mixedVideoLayout":1,"backgroundColor":"#000000"}},"recordingFileConfig":{"avFileType":["hls"]},"storageConfig":{"vendor":1,"region":1,"bucket":"rec-prod","accessKey":"access-key","secretKey":"storage-secret-value","fileNamePrefix":["tenant42","r1"]}}}"""
        );
    }

    [Fact]
    public async Task Start_OfIndividualStreams_NamesGroupAndModeAndNoCanvas()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(200, """{"sid":"sid1"}""");
        await using var client = new ClientUnderTest([server.Address]);

        await client.Agora.StartAsync(
            Start with
            {
                Parameters = Parameters with { Mode = RecordingMode.Individual, Mp4 = true },
            },
            Cancellation
        );

        var request = server.Seen.ShouldHaveSingleItem();
        request.Path.ShouldEndWith("/mode/individual/start");
        var body = JsonDocument.Parse(request.Body).RootElement.GetProperty("clientRequest");
        body.GetProperty("recordingConfig")
            .GetRawText()
            .ShouldBe("""{"channelType":1,"streamTypes":2,"streamMode":"standard","maxIdleTime":600,"subscribeUidGroup":3}""");
        body.GetProperty("recordingFileConfig").GetRawText().ShouldBe("""{"avFileType":["hls"]}""");
        body.GetProperty("token").GetString()!.ShouldStartWith("007");
    }

    [Fact]
    public async Task Start_ToAnS3CompatibleStore_NamesItsEndpoint()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(200, """{"sid":"sid1"}""");
        await using var client = new ClientUnderTest(
            [server.Address],
            ("Storage:Profiles:main:Vendor", "S3Compatible"),
            ("Storage:Profiles:main:Region", null),
            ("Storage:Profiles:main:Endpoint", "minio.example:9000")
        );

        await client.Agora.StartAsync(Start, Cancellation);

        var storage = JsonDocument.Parse(server.Seen.Single().Body).RootElement.GetProperty("clientRequest").GetProperty("storageConfig");
        storage.GetProperty("vendor").GetInt32().ShouldBe(11);
        storage.GetProperty("region").GetInt32().ShouldBe(0);
        storage.GetProperty("extensionParams").GetRawText().ShouldBe("""{"endpoint":"minio.example:9000"}""");
    }

    [Fact]
    public async Task Start_SentTwice_IsTheSameByteForByte()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(504, """{"code":62}""").Answers(200, """{"sid":"sid1"}""");
        await using var before = new ClientUnderTest([server.Address]);
        await using var afterTheCrash = new ClientUnderTest([server.Address]);

        await before.Agora.StartAsync(Start, Cancellation);
        await afterTheCrash.Agora.StartAsync(Start, Cancellation);

        server.Seen.Count.ShouldBe(2);
        server.Seen.Select(r => (r.Path, r.Body)).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Query_Sent_HasNoBodyAndEscapesIds()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(200, """{"serverResponse":{"status":5}}""");
        await using var client = new ClientUnderTest([server.Address]);

        await client.Agora.QueryAsync(Recorder with { ResourceId = "a/b?c" }, Cancellation);

        var request = server.Seen.ShouldHaveSingleItem();
        request.Method.ShouldBe("GET");
        request.Path.ShouldBe($"/v1/apps/{AppId}/cloud_recording/resourceid/a%2Fb%3Fc/sid/sid1/mode/mix/query");
        request.ContentType.ShouldBeNull();
    }

    [Fact]
    public async Task Stop_Sent_AsksNotToWaitForUploads()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(200, "{}");
        await using var client = new ClientUnderTest([server.Address]);

        var result = await client.Agora.StopAsync(Recorder with { Channel = "a+b&<c>" }, Cancellation);

        result.Failure.ShouldBeNull();
        server.Seen.Single().Body.ShouldBe("""{"cname":"a+b&<c>","uid":"900001","clientRequest":{"async_stop":true}}""");
    }
}
