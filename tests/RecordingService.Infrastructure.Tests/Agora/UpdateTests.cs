using RecordingService.Domain;
using RecordingService.Domain.RoomTypes;
using static RecordingService.Infrastructure.Tests.Agora.ClientUnderTest;

namespace RecordingService.Infrastructure.Tests.Agora;

public sealed class UpdateTests
{
    private const string Ids = """{"cname":"consult-20417","uid":"900001","resourceId":"res-1","sid":"sid1"}""";
    private const string Path = $"/v1/apps/{AppId}/cloud_recording/resourceid/res-1/sid/sid1/mode/mix";
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task UpdateLayout_Sent_IsTheWholeLayoutWithoutACanvas()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(200, Ids);
        await using var client = new ClientUnderTest([server.Address]);

        var result = await client.Agora.UpdateLayoutAsync(
            Recorder,
            new MixLayout { Kind = VideoLayout.Custom, Regions = [new LayoutRegion(7001, 0, 0, 0.7m, 1)] },
            Cancellation
        );

        result.Value.ShouldNotBeNull();
        var request = server.Seen.ShouldHaveSingleItem();
        request.Method.ShouldBe("POST");
        request.Path.ShouldBe($"{Path}/updateLayout");
        request.Body.ShouldBe(
            """{"cname":"consult-20417","uid":"900001","clientRequest":{"mixedVideoLayout":3,"backgroundColor":"#000000","layoutConfig":[{"uid":"7001","x_axis":0,"y_axis":0,"width":0.7,"height":1,"alpha":1,"render_mode":0}]}}"""
        );
    }

    [Fact]
    public async Task UpdateSubscription_Sent_NamesSoundAndPictureWhole()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(200, Ids);
        await using var client = new ClientUnderTest([server.Address]);

        var result = await client.Agora.UpdateSubscriptionAsync(
            Recorder,
            new Subscription(StreamSelection.All, new(SelectionKind.AllBut, [7001])),
            Cancellation
        );

        result.Value.ShouldNotBeNull();
        var request = server.Seen.ShouldHaveSingleItem();
        request.Path.ShouldBe($"{Path}/update");
        request.Body.ShouldBe(
            """{"cname":"consult-20417","uid":"900001","clientRequest":{"streamSubscribe":{"audioUidList":{"subscribeAudioUids":["#allstream#"]},"videoUidList":{"unSubscribeVideoUids":["7001"]}}}}"""
        );
    }

    [Fact]
    public async Task UpdateSubscription_ToNobodysSound_SaysSoRatherThanNothing()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(200, Ids);
        await using var client = new ClientUnderTest([server.Address]);

        await client.Agora.UpdateSubscriptionAsync(
            Recorder,
            new Subscription(new(SelectionKind.Only, []), StreamSelection.All),
            Cancellation
        );

        server.Seen.Single().Body.ShouldContain("""{"audioUidList":{"subscribeAudioUids":[]},""");
    }

    [Fact]
    public async Task RenewStorage_Sent_IsTheStorageOfAStart()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(200, """{"sid":"sid1"}""").Answers(200, Ids);
        await using var client = new ClientUnderTest([server.Address]);

        await client.Agora.StartAsync(Start, Cancellation);
        var result = await client.Agora.RenewStorageAsync(Recorder, Parameters.FileNamePrefix, Cancellation);

        result.Value.ShouldNotBeNull();
        server.Seen.Last().Path.ShouldBe($"{Path}/update");
        server
            .Seen.Last()
            .Body.ShouldBe(
                """{"cname":"consult-20417","uid":"900001","clientRequest":{"storageConfig":{"vendor":1,"region":1,"bucket":"rec-prod","accessKey":"access-key","secretKey":"storage-secret-value","fileNamePrefix":["tenant42","r1"]}}}"""
            );
        server.Seen.First().Body.ShouldContain("\"storageConfig\":" + server.Seen.Last().Body.Split("\"storageConfig\":")[1].TrimEnd('}'));
    }

    [Fact]
    public async Task RenewStorage_OfAProfileThatIsGone_IsMisconfigured()
    {
        await using var client = new ClientUnderTest(["http://127.0.0.1:9"]);

        var result = await client.Agora.RenewStorageAsync(Recorder with { StorageProfile = "gone" }, [], Cancellation);

        result.Failure!.Kind.ShouldBe(AgoraFailureKind.ProjectMisconfigured);
    }

    [Fact]
    public async Task RenewStorage_RefusedWithItsKeysQuoted_ShowsNone()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(400, $$"""{"code":2,"reason":"{{SecretKey}}"}""");
        await using var client = new ClientUnderTest([server.Address]);

        var result = await client.Agora.RenewStorageAsync(Recorder, [], Cancellation);

        result.Failure!.Kind.ShouldBe(AgoraFailureKind.InvalidRequest);
        result.Failure.Message.ShouldContain("\"***\"");
    }
}
