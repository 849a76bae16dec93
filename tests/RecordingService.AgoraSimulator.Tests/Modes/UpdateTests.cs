using System.Text.Json.Nodes;

namespace RecordingService.Simulation.Tests.Modes;

public sealed class UpdateTests
{
    [Theory]
    [InlineData("""{"subscribeAudioUids":["9"]}""", false)]
    [InlineData("""{"subscribeAudioUids":["7"]}""", true)]
    [InlineData("""{"subscribeVideoUids":["#allstream#"]}""", true)]
    [InlineData("""{"unsubscribeAudioUids":["7"],"unsubscribeVideoUids":["7"]}""", false)]
    [InlineData("""{"unSubscribeAudioUids":["#allstream#"],"unSubscribeVideoUids":["#allstream#"]}""", false)]
    [InlineData("""{"unSubscribeAudioUids":["7"]}""", true)]
    public async Task Subscription_AtStart_DecidesWhetherAnythingIsRecorded(string lists, bool records)
    {
        await using var test = await TestSimulator.StartAsync();
        test.Simulator.Channels.Join("maths-1", "7");
        var request = ClientRequest.Mix();
        foreach (var (name, uids) in JsonNode.Parse(lists)!.AsObject())
        {
            request["recordingConfig"]![name] = uids!.DeepClone();
        }

        await test.Caller.StartedAsync("maths-1", "900001", request);
        test.Time.Step(20);

        (test.Simulator.Journal.Recorders()[0].SecondsReceived > 0).ShouldBe(records);
    }

    [Fact]
    public async Task Subscription_Updated_IsInForceAtOnceAndInTheJournal()
    {
        await using var test = await TestSimulator.StartAsync();
        test.Simulator.Channels.Join("maths-1", "7");
        var task = await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(12);

        var answer = await test.Caller.UpdateAsync(
            task,
            JsonNode.Parse(
                """{"streamSubscribe":{"audioUidList":{"subscribeAudioUids":["8"]},"videoUidList":{"unSubscribeVideoUids":["7"]}}}"""
            )!
        );
        test.Time.Step(10);

        answer.Status.ShouldBe(200);
        var life = test.Simulator.Journal.Recorders()[0];
        life.SecondsReceived.ShouldBe(10, 0.001);
        life.Subscription.Audio!.Uids.ShouldBe(["8"]);
        (life.Subscription.Video!.IsDenial, life.LeftAt).ShouldBe((true, null));
    }

    [Fact]
    public async Task EighteenthUser_IsRecordedOnceAnotherLeaves()
    {
        await using var test = await TestSimulator.StartAsync();
        for (var uid = 1; uid <= 18; uid++)
        {
            test.Simulator.Channels.Join("maths-1", new ChannelUser($"{uid}", Video: false));
        }

        var task = await test.Caller.StartedAsync("maths-1", "900001", ClientRequest.Individual(), "individual");
        test.Time.Step(20);
        var before = await UsersAsync(test, task);
        test.Simulator.Channels.Leave("maths-1", "3");
        test.Time.Step(20);
        var after = await UsersAsync(test, task);

        before.Count.ShouldBe(17);
        before.ShouldNotContain("18");
        after.ShouldContain("18");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"webRecordingConfig":{"onhold":true}}""")]
    [InlineData("""{"streamSubscribe":{"audioUidList":{"subscribeAudioUids":["8"],"unSubscribeAudioUids":["7"]}}}""")]
    public async Task Update_Invalid_IsRefusedWithCode2(string body)
    {
        await using var test = await TestSimulator.StartAsync();
        var task = await test.Caller.StartedAsync("maths-1", "900001");

        var answer = await test.Caller.UpdateAsync(task, JsonNode.Parse(body)!);

        (answer.Status, answer.Code).ShouldBe((400, 2));
    }

    [Fact]
    public async Task Update_OfARecorderThatLeft_FindsNoWorker()
    {
        await using var test = await TestSimulator.StartAsync();
        var task = await test.Caller.StartedAsync("maths-1", "900001");
        await test.Caller.StopAsync(task);

        var answer = await test.Caller.UpdateLayoutAsync(task, JsonNode.Parse("{}")!);

        (answer.Status, answer.Code).ShouldBe((404, 404));
    }

    [Fact]
    public async Task Layout_Updated_IsReplacedAsAWhole()
    {
        await using var test = await TestSimulator.StartAsync();
        var request = ClientRequest.Mix();
        request["recordingConfig"]!["transcodingConfig"] = JsonNode.Parse("""{"mixedVideoLayout":1,"backgroundColor":"#101010"}""");
        var task = await test.Caller.StartedAsync("maths-1", "900001", request);
        var before = test.Simulator.Journal.Recorders()[0].Layout;

        var answer = await test.Caller.UpdateLayoutAsync(task, JsonNode.Parse("""{"mixedVideoLayout":2,"maxResolutionUid":"7"}""")!);

        var after = test.Simulator.Journal.Recorders()[0].Layout;
        answer.Status.ShouldBe(200);
        ((int?)before["mixedVideoLayout"], (string?)before["backgroundColor"]).ShouldBe((1, "#101010"));
        ((int?)after["mixedVideoLayout"], (string?)after["backgroundColor"]).ShouldBe((2, "#000000"));
        ((string?)after["maxResolutionUid"]).ShouldBe("7");
    }

    [Theory]
    [InlineData("""{"mixedVideoLayout":4}""", 2, 2)]
    [InlineData("""{"mixedVideoLayout":3}""", 1028, 1028)]
    [InlineData("""{"backgroundColor":"red"}""", 2, 2)]
    [InlineData("""{"mixedVideoLayout":3,"layoutConfig":[{"x_axis":0.5,"y_axis":0,"width":0.6,"height":1}]}""", 2, 2)]
    public async Task Layout_Invalid_IsRefusedAndNothingChanges(string body, int setting, int code)
    {
        await using var test = await TestSimulator.StartAsync(options => options.OpenPoints.LayoutErrorCode = setting);
        var task = await test.Caller.StartedAsync("maths-1", "900001");

        var answer = await test.Caller.UpdateLayoutAsync(task, JsonNode.Parse(body)!);

        (answer.Status, answer.Code).ShouldBe((400, code));
        ((int?)test.Simulator.Journal.Recorders()[0].Layout["mixedVideoLayout"]).ShouldBe(0);
    }

    private static async Task<HashSet<string>> UsersAsync(TestSimulator test, AgoraTask task)
    {
        var answer = await test.Caller.QueryAsync(task, "individual");
        return [.. answer.ServerResponse["fileList"]!.AsArray().Select(file => (string)file!["uid"]!)];
    }
}
