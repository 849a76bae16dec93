using RecordingService.Domain;
using RecordingService.Domain.RoomTypes;
using static RecordingService.Infrastructure.Tests.Agora.ClientUnderTest;

namespace RecordingService.Infrastructure.Tests.Agora;

public sealed class WebPageAnswerTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;
    private static readonly RecorderCall Page = Recorder with { Mode = RecordingMode.WebPage };

    [Theory]
    [InlineData("init", 2)]
    [InlineData("inProgress", 5)]
    [InlineData("exit", 8)]
    public async Task Query_WithoutAStatus_TakesItFromThePagesRecorder(string state, int status)
    {
        var result = await QueryAsync(
            $$$"""{"serverResponse":{"extensionServiceState":[{"serviceName":"rtmp_publish_service","payload":{"state":"connecting"}},{"serviceName":"web_recorder_service","payload":{"state":"{{{state}}}","onhold":false,"fileList":[]}}]}}"""
        );

        result.Value!.Status.ShouldBe(status);
        result.Value.Files.ShouldBeEmpty();
    }

    [Fact]
    public async Task Query_WithAStatus_TakesThatAndNamesTheFiles()
    {
        var result = await QueryAsync(
            """{"serverResponse":{"status":5,"extensionServiceState":[{"serviceName":"web_recorder_service","payload":{"state":"init","onhold":false,"fileList":[{"filename":"t/5b8d_r20417.m3u8","sliceStartTime":1795255208000},{"filename":"5b8d_r20417_0.mp4","sliceStartTime":"1795255209000"}]}}]}}"""
        );

        result.Value!.Status.ShouldBe(5);
        result.Value.Files.ShouldBe([new AgoraFile("5b8d_r20417.m3u8"), new AgoraFile("5b8d_r20417_0.mp4")]);
        result.Value.FirstSliceAt.ShouldBe(DateTimeOffset.FromUnixTimeMilliseconds(1795255208000));
    }

    [Theory]
    [InlineData("payload")]
    [InlineData("playload")]
    public async Task Stop_OfAWebPage_TellsUploadAndFilesInBothSpellings(string payload)
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(
            200,
            $$$"""{"sid":"sid1","serverResponse":{"extensionServiceState":[{"serviceName":"upload_service","{{{payload}}}":{"uploadingStatus":"uploaded"}},{"serviceName":"web_recorder_service","{{{payload}}}":{"fileList":[{"filename":"5b8d_r20417.m3u8"}],"onhold":false,"state":"exit"}}]}}"""
        );
        await using var client = new ClientUnderTest([server.Address]);

        var result = await client.Agora.StopAsync(Page, Cancellation);

        result.Value!.Upload.ShouldBe(UploadStatus.Uploaded);
        result.Value.Files.ShouldBe([new AgoraFile("5b8d_r20417.m3u8")]);
        server.Seen.Single().Path.ShouldEndWith("/mode/web/stop");
    }

    [Fact]
    public async Task Stop_OfARecorderThatIsLeaving_KeepsTheFileThatItsRefusalNames()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(
            400,
            """{"cname":"123456","uid":"10002","resourceId":"r","sid":"2354cf","code":49,"serverResponse":{"backuped":0,"fileListMode":"string","fileListStr":"quickstart/2354cf_123456.m3u8","gwWorkerVersion":1,"payload":{"message":"Failed"}}}"""
        );
        await using var client = new ClientUnderTest([server.Address]);

        var result = await client.Agora.StopAsync(Recorder, Cancellation);

        result.Failure!.Kind.ShouldBe(AgoraFailureKind.AlreadyExiting);
        result.Failure.Files.ShouldBe([new AgoraFile("2354cf_123456.m3u8")]);
    }

    [Fact]
    public async Task Failure_WithoutFiles_HasNoList()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(400, """{"code":49,"serverResponse":{"fileListStr":""}}""");
        await using var client = new ClientUnderTest([server.Address]);

        (await client.Agora.StopAsync(Recorder, Cancellation)).Failure!.Files.ShouldBeNull();
    }

    private static async Task<AgoraResult<RecorderStatus>> QueryAsync(string body)
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(200, body);
        await using var client = new ClientUnderTest([server.Address]);
        return await client.Agora.QueryAsync(Page, Cancellation);
    }
}
