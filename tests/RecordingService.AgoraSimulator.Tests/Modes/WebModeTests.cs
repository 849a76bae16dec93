using System.Text.Json.Nodes;

namespace RecordingService.Simulation.Tests.Modes;

public sealed class WebModeTests
{
    [Fact]
    public async Task Page_WholeLife_IsQueriedStoppedAndNotified()
    {
        await using var receiver = await NoticeReceiver.StartAsync();
        await using var test = await TestSimulator.StartAsync(options =>
            (options.Notifications.Url, options.Notifications.Events) = (receiver.Url, [40, 41, 70, 71, 11])
        );
        var task = await test.Caller.StartedAsync("page-1", "900001", ClientRequest.Web(), "web");
        test.Time.Step(4);
        var starting = State(await test.Caller.QueryAsync(task, "web"), 0);
        test.Time.Step(20);
        var running = await test.Caller.QueryAsync(task, "web");
        var stopped = await test.Caller.StopAsync(task, mode: "web");
        test.Time.Step(3);
        await receiver.HasAsync(3);

        ((string?)starting["state"]).ShouldBe("init");
        ((string?)State(running, 0)["state"]).ShouldBe("inProgress");
        ((string?)State(running, 0)["fileList"]![0]!["filename"]).ShouldBe($"{task.Sid}_page-1.m3u8");
        running.ServerResponse.ContainsKey("fileList").ShouldBeFalse();
        ((string?)State(stopped, 0)["uploadingStatus"]).ShouldBe("unknown");
        ((string?)State(stopped, 1)["state"]).ShouldBe("exit");
        receiver.Received.Select(notice => notice.EventType).ShouldBe([70, 71, 11]);
        ((int?)receiver.Received[1].Details["code"]).ShouldBe(0);
        test.Simulator.Channels.Users("page-1").ShouldBeEmpty();
    }

    [Fact]
    public async Task Page_OnHold_RecordsOnlyAfterTheUpdateThatResumesIt()
    {
        await using var test = await TestSimulator.StartAsync();
        var task = await test.Caller.StartedAsync("page-1", "900001", ClientRequest.Web(onHold: true), "web");
        test.Time.Step(60);
        var held = test.Simulator.Journal.Recorders()[0];
        var update = await test.Caller.UpdateAsync(task, JsonNode.Parse("""{"webRecordingConfig":{"onhold":false}}""")!, "web");
        test.Time.Step(10);

        (held.OnHold, held.SecondsReceived).ShouldBe((true, 0));
        update.Status.ShouldBe(200);
        update.Sid.ShouldBe(task.Sid);
        test.Simulator.Journal.Recorders()[0].SecondsReceived.ShouldBe(10, 0.001);
        ((bool?)State(await test.Caller.QueryAsync(task, "web"), 0)["onhold"]).ShouldBe(false);
    }

    [Theory]
    [InlineData(null, RecorderEnd.TimeOver, 1, new[] { 71, 11 })]
    [InlineData(5, RecorderEnd.PageFailed, 5, new[] { 71, 11 })]
    [InlineData(4, RecorderEnd.PageFailed, 4, new[] { 73, 71, 11 })]
    [InlineData(2, RecorderEnd.PageFailed, 2, new[] { 72, 71, 11 })]
    public async Task Page_EndsByItself_TellsWhy(int? failure, RecorderEnd end, int code, int[] events)
    {
        await using var receiver = await NoticeReceiver.StartAsync();
        await using var test = await TestSimulator.StartAsync(options =>
            (options.Notifications.Url, options.Notifications.Events) = (receiver.Url, [71, 72, 73, 11])
        );
        var task = await test.Caller.StartedAsync("page-1", "900001", ClientRequest.Web(maxHours: 1), "web");
        test.Time.Step(20);
        if (failure is { } number)
        {
            test.Simulator.Faults.FailPage(task.Sid, number).ShouldBeTrue();
        }

        test.Time.Step(TimeSpan.FromHours(1.1));
        await receiver.HasAsync(events.Length);

        test.Simulator.Journal.Recorders()[0].Why.ShouldBe(end);
        receiver.Received.Select(notice => notice.EventType).ShouldBe(events);
        ((int?)receiver.Received.Single(notice => notice.EventType == 71).Details["code"]).ShouldBe(code);
    }

    [Fact]
    public async Task Start_SceneOfAnotherMode_IsRefused()
    {
        await using var test = await TestSimulator.StartAsync();
        var task = await test.Caller.AcquiredAsync("page-1", "900001");

        var answer = await test.Caller.StartAsync(task, ClientRequest.Web(), "web");

        (answer.Status, answer.Code).ShouldBe((400, 2));
    }

    private static JsonNode State(Answer answer, int service) => answer.ServerResponse["extensionServiceState"]![service]!["payload"]!;
}
