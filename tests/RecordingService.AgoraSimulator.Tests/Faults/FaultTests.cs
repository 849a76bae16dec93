using System.Net.Sockets;
using RecordingService.Testing;

namespace RecordingService.Simulation.Tests.Faults;

public sealed class FaultTests
{
    private static readonly FaultMatch AnyStart = new() { Operation = AgoraOperation.Start };

    [Fact]
    public async Task LostAnswer_OfStart_RecorderRunsAndRepeatAnswers201()
    {
        await using var test = await TestSimulator.StartAsync();
        test.Simulator.Faults.Add(Fault.LoseAnswer(AnyStart with { Times = 1 }));
        var task = await test.Caller.AcquiredAsync("maths-1", "900001");

        await Should.ThrowAsync<HttpRequestException>(() => test.Caller.StartAsync(task, ClientRequest.Mix()));
        var again = await test.Caller.StartAsync(task, ClientRequest.Mix());

        (again.Status, again.Code).ShouldBe((201, 7));
        test.Simulator.Journal.Orphans().ShouldHaveSingleItem().ResourceId.ShouldBe(task.ResourceId);
        var lost = test.Simulator.Journal.Calls().Single(call => call.AnswerLost);
        (lost.Status, lost.Performed, lost.Operation).ShouldBe((200, true, AgoraOperation.Start));
    }

    [Fact]
    public async Task LostCall_OfStart_NothingRuns()
    {
        await using var test = await TestSimulator.StartAsync();
        test.Simulator.Faults.Add(Fault.LoseCall(AnyStart with { Times = 1 }));
        var task = await test.Caller.AcquiredAsync("maths-1", "900001");

        await Should.ThrowAsync<HttpRequestException>(() => test.Caller.StartAsync(task, ClientRequest.Mix()));

        test.Simulator.Journal.Recorders().ShouldBeEmpty();
        (await test.Caller.StartAsync(task, ClientRequest.Mix())).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Misreport_OfStart_RecorderRunsBehindTheError()
    {
        await using var test = await TestSimulator.StartAsync();
        test.Simulator.Faults.Add(Fault.Misreport(AnyStart, 206, 65, "request not completed"));
        var task = await test.Caller.AcquiredAsync("maths-1", "900001");

        var answer = await test.Caller.StartAsync(task, ClientRequest.Mix());

        (answer.Status, answer.Code).ShouldBe((206, 65));
        test.Simulator.Journal.Orphans().Count.ShouldBe(1);
    }

    [Fact]
    public async Task Burst_OfErrors_TouchesTheNthCallsOfOneChannelOnly()
    {
        await using var test = await TestSimulator.StartAsync(options => options.Projects[0].RequestsPerSecond = 100);
        test.Simulator.Faults.Add(
            Fault.Refuse(
                new FaultMatch
                {
                    Operation = AgoraOperation.Query,
                    Channel = "maths-1",
                    Skip = 1,
                    Times = 2,
                },
                504,
                62,
                "request timeout"
            )
        );
        var task = await test.Caller.StartedAsync("maths-1", "900001");
        var other = await test.Caller.StartedAsync("maths-2", "900001");
        List<int> statuses = [];
        List<int> others = [];
        for (var i = 0; i < 4; i++)
        {
            statuses.Add((await test.Caller.QueryAsync(task)).Status);
            others.Add((await test.Caller.QueryAsync(other)).Status);
        }

        statuses.ShouldBe([200, 504, 504, 200]);
        others.ShouldAllBe(status => status == 200);
    }

    [Fact]
    public async Task Delay_OfQuery_PassesInRecordingTime()
    {
        await using var test = await TestSimulator.StartAsync();
        var task = await test.Caller.StartedAsync("maths-1", "900001");
        var fault = test.Simulator.Faults.Add(Fault.Delay(new FaultMatch { Operation = AgoraOperation.Query }, TimeSpan.FromSeconds(30)));

        var querying = test.Caller.QueryAsync(task);
        await Eventually.HoldsAsync(() => test.Simulator.Faults.Active.Single(active => active.Id == fault).Fired == 1);
        querying.IsCompleted.ShouldBeFalse();
        await Eventually.HoldsAsync(() =>
        {
            // The call may reach its wait only after a step.
            test.Time.Step(31);
            return querying.IsCompleted;
        });

        (await querying).RecorderStatus.ShouldBe(5);
    }

    [Fact]
    public async Task Hold_BeforeAnswering_TellsThatItIsReachedAndLastsUntilLifted()
    {
        await using var test = await TestSimulator.StartAsync();
        var task = await test.Caller.AcquiredAsync("maths-1", "900001");
        var fault = test.Simulator.Faults.Add(new Fault { Match = AnyStart, Hold = FaultHold.BeforeAnswering });

        var starting = test.Caller.StartAsync(task, ClientRequest.Mix());
        await Eventually.HoldsAsync(() => test.Simulator.Faults.Active.Single(active => active.Id == fault).Held == 1);
        var started = test.Simulator.Journal.Recorders("maths-1").ShouldHaveSingleItem();
        starting.IsCompleted.ShouldBeFalse();
        test.Simulator.Faults.Remove(fault);

        (await starting).Sid.ShouldBe(started.Sid);
    }

    [Fact]
    public async Task Hold_BeforePerformingAndCallerGone_NothingIsPerformed()
    {
        await using var test = await TestSimulator.StartAsync();
        test.Caller.Client.Timeout = TimeSpan.FromSeconds(1);
        var task = await test.Caller.AcquiredAsync("maths-1", "900001");
        var fault = test.Simulator.Faults.Add(new Fault { Match = AnyStart, Hold = FaultHold.BeforePerforming });

        await Should.ThrowAsync<TaskCanceledException>(() => test.Caller.StartAsync(task, ClientRequest.Mix()));
        await Eventually.HoldsAsync(() => test.Simulator.Faults.Active.Single(active => active.Id == fault) is { Fired: 1, Held: 0 });
        test.Simulator.Faults.Clear();

        test.Simulator.Journal.Recorders().ShouldBeEmpty();
        await Eventually.HoldsAsync(() =>
            test.Simulator.Journal.Calls().Any(call => call is { Operation: AgoraOperation.Start, Performed: false })
        );
    }

    [Fact]
    public async Task DeadHost_RefusesConnectionsWhileOthersServe_AndComesBackOnItsPort()
    {
        await using var test = await TwoHostsAsync();
        using var second = test.CallerOf(1);
        await test.Simulator.Faults.SetHostAsync(0, new HostCondition(HostState.Refusing));

        var refused = await Should.ThrowAsync<HttpRequestException>(() => test.Caller.AcquireAsync("maths-1", "1"));
        var served = await second.AcquireAsync("maths-1", "1");
        await test.Simulator.Faults.SetHostAsync(0, HostCondition.Healthy);
        var back = await test.Caller.AcquireAsync("maths-1", "1");

        refused.InnerException.ShouldBeOfType<SocketException>().SocketErrorCode.ShouldBe(SocketError.ConnectionRefused);
        (served.Status, back.Status).ShouldBe((200, 200));
        test.Simulator.Journal.Calls().Select(call => call.Host).ShouldBe([1, 0]);
    }

    [Fact]
    public async Task SilentHost_NeverAnswers_AndTheCallIsJournaledAsLost()
    {
        await using var test = await TwoHostsAsync();
        await test.Simulator.Faults.SetHostAsync(0, new HostCondition(HostState.Silent));
        test.Caller.Client.Timeout = TimeSpan.FromMilliseconds(200);

        await Should.ThrowAsync<TaskCanceledException>(() => test.Caller.AcquireAsync("maths-1", "1"));

        await Eventually.HoldsAsync(() => test.Simulator.Journal.Calls().Count == 1);
        var call = test.Simulator.Journal.Calls()[0];
        (call.Status, call.Performed, call.AnswerLost).ShouldBe((null, false, true));
    }

    [Fact]
    public async Task ResettingHost_CutsCallsButServesControl()
    {
        await using var test = await TwoHostsAsync();
        await test.Simulator.Faults.SetHostAsync(0, new HostCondition(HostState.Resetting));

        await Should.ThrowAsync<HttpRequestException>(() => test.Caller.AcquireAsync("maths-1", "1"));

        (await test.Caller.Client.GetStringAsync("/health", TestContext.Current.CancellationToken)).ShouldBe("healthy");
    }

    [Fact]
    public async Task FailingHost_ForAWhile_HealsInRecordingTime()
    {
        await using var test = await TwoHostsAsync();
        await test.Simulator.Faults.SetHostAsync(0, new HostCondition(HostState.Failing, 502, TimeSpan.FromSeconds(30)));
        var sick = await test.Caller.AcquireAsync("maths-1", "1");
        test.Time.Step(31);

        sick.Status.ShouldBe(502);
        await Eventually.HoldsAsync(async () => (await test.Caller.AcquireAsync("maths-1", "1")).Status == 200);
    }

    [Fact]
    public async Task KilledRecorder_Answers20ForAWhileThen404_AndLosesItsSlice()
    {
        await using var test = await TestSimulator.StartAsync(options => options.OpenPoints.CrashStatusFor = TimeSpan.FromSeconds(3));
        var task = await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(25);
        test.Simulator.Faults.Add(
            new Fault
            {
                Match = new() { Operation = AgoraOperation.Query, Times = 1 },
                KillRecorder = true,
            }
        );

        var dead = await test.Caller.QueryAsync(task);
        test.Time.Step(4);
        var gone = await test.Caller.QueryAsync(task);

        dead.RecorderStatus.ShouldBe(20);
        gone.Status.ShouldBe(404);
        var playlist = await test.ReadAsync($"{task.Sid}_maths-1.m3u8");
        playlist.ShouldNotContain("#EXT-X-ENDLIST");
        playlist.Split("#EXTINF").Length.ShouldBe(2);
    }

    [Fact]
    public async Task MovedServer_Answers404ThenRecordsAgainUnderBackupNames()
    {
        await using var test = await TestSimulator.StartAsync();
        var task = await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(20);

        test.Simulator.Faults.MoveServer(task.Sid, TimeSpan.FromSeconds(40)).ShouldBeTrue();
        test.Time.Step(39);
        var away = await test.Caller.QueryAsync(task);
        var stopAway = await test.Caller.StopAsync(task);
        test.Time.Step(1 + 18);
        var back = await test.Caller.QueryAsync(task);
        await test.Caller.StopAsync(task);
        test.Time.Step(3);

        (away.Status, stopAway.Status).ShouldBe((404, 404));
        back.RecorderStatus.ShouldBe(5);
        ((string?)back.ServerResponse["fileList"]).ShouldBe($"bak0_{task.Sid}_maths-1.m3u8");
        (await test.ReadAsync($"{task.Sid}_maths-1.m3u8")).ShouldNotContain("#EXT-X-ENDLIST");
        (await test.ReadAsync($"bak0_{task.Sid}_maths-1.m3u8")).ShouldContain("#EXT-X-ENDLIST");
        var life = test.Simulator.Journal.Recorders()[0];
        life.CurrentUid.ShouldNotBe("900001");
        life.Receiving.Select(interval => interval.Length.TotalSeconds).ShouldBe([18, 18]);
    }

    [Fact]
    public async Task MovedServer_FourthTime_IsLost()
    {
        await using var test = await TestSimulator.StartAsync();
        var task = await test.Caller.StartedAsync("maths-1", "900001");
        for (var i = 0; i < 4; i++)
        {
            test.Time.Step(20);
            test.Simulator.Faults.MoveServer(task.Sid, TimeSpan.FromSeconds(5)).ShouldBeTrue();
            test.Time.Step(6);
        }

        test.Simulator.Journal.Recorders()[0].Why.ShouldBe(RecorderEnd.ServerLost);
        (await test.Caller.QueryAsync(task)).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Probability_SameSeed_StrikesTheSameCalls()
    {
        var first = await StruckAsync(seed: 5);
        var second = await StruckAsync(seed: 5);
        var other = await StruckAsync(seed: 6);

        first.ShouldBe(second);
        first.ShouldNotBe(other);
        first.ShouldContain(true);
        first.ShouldContain(false);
    }

    private static Task<TestSimulator> TwoHostsAsync() =>
        TestSimulator.StartAsync(options =>
        {
            options.Urls.Add("http://127.0.0.1:0");
            options.Urls.Add("http://127.0.0.1:0");
        });

    private static async Task<List<bool>> StruckAsync(int seed)
    {
        await using var test = await TestSimulator.StartAsync(options =>
        {
            options.Seed = seed;
            options.Projects[0].RequestsPerSecond = 1000;
        });
        test.Simulator.Faults.Add(Fault.Refuse(new FaultMatch { Probability = 0.5 }, 500, 500));
        List<bool> struck = [];
        for (var i = 0; i < 40; i++)
        {
            struck.Add((await test.Caller.AcquireAsync("maths-1", "1")).Status == 500);
        }

        return struck;
    }
}
