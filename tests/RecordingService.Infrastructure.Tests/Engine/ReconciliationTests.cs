using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using RecordingService.Domain.Recordings;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Tests.Engine.Support;

namespace RecordingService.Infrastructure.Tests.Engine;

/// <summary>Rows that must not be show in the metrics, and are put right where that is possible.</summary>
public sealed class ReconciliationTests(EngineDatabase server) : EngineTest(server)
{
    private const string Alert = "Alert: Nobody was to look after this recording any more; it is looked after again.";

    [Fact]
    public async Task Sweep_OfSoundRecordings_FindsNothing()
    {
        var replica = await StartReplicaAsync();
        await FillBudgetAsync();
        var over = await RecordingAsync(replica, "over");
        await replica.Requests.StopAsync(over, "test", Cancellation);
        await replica.WorkUntilAsync(over, recording => recording.State == RecordingState.Completed);
        await RecordingAsync(replica, "live");
        await replica.AcceptAsync("accepted");
        // Nobody asks about it here, and its proof must not be old when it is looked at, however busy the machine.
        await ExecuteAsync(
            "update recording.runs set document = jsonb_set(document, '{lastProofAt}', to_jsonb(now())) where phase = 'Recording'"
        );

        (await LookAsync(replica)).ShouldBe(new Findings(0, 0, 0, IsComplete: true));
    }

    [Fact]
    public async Task LiveRecordingWithoutASchedule_ShowsAndIsLookedAfterAgain()
    {
        var replica = await StartReplicaAsync();
        await FillBudgetAsync();
        var id = await RecordingAsync(replica, "forgotten");
        await ExecuteAsync("delete from recording.schedule");
        using var metrics = new MeasuredValues();

        (await LookAsync(replica)).Unscheduled.ShouldBe(1);
        metrics.Of("recording.unscheduled").ShouldBe([1]);
        metrics.Of("recording.rescheduled").ShouldBe([1]);
        replica.Log.Of(2018).ShouldHaveSingleItem().ShouldContain($"{id}");
        var asked = replica.Agora.Queries.Count;
        await replica.WorkUntilAsync(id, _ => replica.Agora.Queries.Count > asked);

        (await LookAsync(replica)).Unscheduled.ShouldBe(0);
        metrics.Of("recording.unscheduled").ShouldBe([1, 0]);
        (await TimelineAsync(id)).Count(line => line == Alert).ShouldBe(1);
    }

    /// <summary>Whatever the state: not finished means that somebody has to look after it, and finished that nobody has.</summary>
    [Theory]
    [InlineData("Accepted", true)]
    [InlineData("Starting", true)]
    [InlineData("Recovering", true)]
    [InlineData("Stopping", true)]
    [InlineData("Uploading", true)]
    [InlineData("Completed", false)]
    [InlineData("Failed", false)]
    [InlineData("Aborted", false)]
    public async Task RecordingWithoutASchedule_GetsOneUnlessItIsFinished(string state, bool isBroken)
    {
        var replica = await StartReplicaAsync();
        await SeedAsync(1);
        await ExecuteAsync(
            $"delete from recording.schedule; update recording.recordings set state = '{state}', announced_state = '{state}', stop_requested_at = now(), ended_at = now()"
        );

        (await LookAsync(replica)).Unscheduled.ShouldBe(isBroken ? 1 : 0);
        (await ScalarAsync<long>("select count(*) from recording.schedule where due_at <= now()")).ShouldBe(isBroken ? 1 : 0);
    }

    /// <summary>While a project is paused nobody looks at what only waits for its start, nor at what a holder left behind that vanished.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task StartThatIsHeldBeyondTheMaximumDuration_IsEnded(bool holderVanished)
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        if (holderVanished)
        {
            await FillBudgetAsync();
            await replica.ClaimOneAsync();
            await EndLeaseAsync(id);
        }

        await replica
            .Get<ProjectActions>()
            .ActAsync(new ProjectOrder(Replica.Project, true, "Grace", "quiet, please", Somebody, null), Cancellation);
        await replica.WorkOnceAsync();
        await ExecuteAsync("update recording.recordings set accepted_at = accepted_at - interval '1 day'");
        (await replica.WorkOnceAsync()).ShouldBe(0);

        (await LookAsync(replica)).Contradictions.ShouldBe(1);
        await replica.WorkUntilAsync(id, recording => recording.EndedAt is not null);

        (await LookAsync(replica)).Contradictions.ShouldBe(0);
        replica.Agora.Acquires.ShouldBeEmpty();
    }

    [Fact]
    public async Task RecordingWithoutASchedule_FoundByTwoReplicasAtOnce_IsMendedOnce()
    {
        Replica[] replicas = [await StartReplicaAsync(), await StartReplicaAsync()];
        var ids = await SeedAsync(50);
        await ExecuteAsync("delete from recording.schedule");

        await Task.WhenAll(replicas.Select(LookAsync));

        (await ScalarAsync<long>("select count(*) from recording.schedule")).ShouldBe(50);
        (await TimelineAsync(ids[0])).ShouldBe([Alert]);
        (await ScalarAsync<long>("select count(*) from recording.log")).ShouldBe(50);
    }

    [Fact]
    public async Task BrokenRowBehindAPageOfSoundOnes_IsFoundByTheNextLook()
    {
        var replica = await StartReplicaAsync();
        var broken = (await SeedAsync(1))[0];
        await SeedAsync(Reconciliation.Page);
        await ExecuteAsync(
            $"delete from recording.schedule where recording_id = '{broken}'; update recording.recordings set accepted_at = accepted_at - interval '2 days' where id = '{broken}'"
        );

        var first = await LookAsync(replica);
        var second = await LookAsync(replica);
        var third = await LookAsync(replica);

        (first.Unscheduled, first.IsComplete).ShouldBe((0, false));
        (second.Unscheduled, second.IsComplete).ShouldBe((1, true));
        third.Unscheduled.ShouldBe(0);
        (await ScalarAsync<long>("select count(*) from recording.schedule")).ShouldBe(Reconciliation.Page + 1);
    }

    [Theory]
    [InlineData("-20 seconds", 3)]
    [InlineData("-10 seconds", 0)]
    [InlineData("20 seconds", 0)]
    public async Task Overdue_IsWhatNobodyClaimedForMoreThanALease(string due, long expected)
    {
        var replica = await StartReplicaAsync();
        await SeedAsync(2, priority: 4, due: $"now() + interval '{due}'");
        await SeedAsync(1, priority: 0, due: $"now() + interval '{due}'");
        using var metrics = new MeasuredValues();

        (await LookAsync(replica)).Overdue.ShouldBe(expected);

        metrics.Of("recording.overdue").ShouldBe([expected]);
    }

    [Theory]
    [InlineData(
        "no proof for too long",
        "update recording.runs set document = jsonb_set(document, '{lastProofAt}', to_jsonb(now() - interval '7 minutes'))",
        1
    )]
    [InlineData(
        "no proof for a while",
        "update recording.runs set document = jsonb_set(document, '{lastProofAt}', to_jsonb(now() - interval '5 minutes'))",
        0
    )]
    [InlineData(
        "no proof for too long, and callers are told why",
        """
            update recording.runs set document = jsonb_set(document, '{lastProofAt}', to_jsonb(now() - interval '7 minutes'));
            update recording.recordings set document = jsonb_set(document, '{reason}', '{"code":"agora_unavailable"}')
            """,
        0
    )]
    [InlineData("none of its runs records", "update recording.runs set phase = 'Closed'", 1)]
    [InlineData("it ended, and a run goes on", "update recording.recordings set state = 'Completed', ended_at = now()", 1)]
    [InlineData(
        "it ended, and its recorder was proven afterwards",
        """
            update recording.recordings set state = 'Uploading', ended_at = now();
            update recording.runs set phase = 'Uploading', document = document || jsonb_build_object('endedAt', now() - interval '1 minute', 'lastProofAt', now())
            """,
        1
    )]
    [InlineData(
        "it ended, and its recorder was proven before",
        """
            update recording.recordings set state = 'Uploading', ended_at = now();
            update recording.runs set phase = 'Uploading', document = document || jsonb_build_object('endedAt', now(), 'lastProofAt', now() - interval '1 minute')
            """,
        0
    )]
    public async Task Contradiction_IsAStateThatAgorasLastWordDoesNotBear(string what, string broken, int expected)
    {
        var replica = await StartReplicaAsync(new() { Lifecycle = Replica.Quick with { MonitoringInterval = TimeSpan.FromMinutes(2) } });
        await FillBudgetAsync();
        await RecordingAsync(replica, "contradicting");
        (await LookAsync(replica)).Contradictions.ShouldBe(0);
        await ExecuteAsync(broken);
        using var metrics = new MeasuredValues();

        (await LookAsync(replica)).Contradictions.ShouldBe(expected, what);

        metrics.Of("recording.contradictions").ShouldBe([expected]);
        replica.Log.Of(2019).Count.ShouldBe(expected);
    }

    [Fact]
    public async Task RecordingThatNothingHasProvenForTooLong_IsAskedAboutAtOnce()
    {
        var replica = await StartReplicaAsync(new() { Lifecycle = Replica.Quick with { MonitoringInterval = TimeSpan.FromMinutes(2) } });
        await FillBudgetAsync();
        var id = await RecordingAsync(replica, "asleep");
        // Its next question was put off for ever by whatever fault: the last one is a week old, and the next one is next year.
        await ExecuteAsync(
            """
            update recording.runs set document = document || jsonb_build_object('lastProofAt', now() - interval '1 hour', 'dueAt', now() - interval '1 hour');
            update recording.schedule set due_at = now() + interval '1 year'
            """
        );
        var asked = replica.Agora.Queries.Count;

        (await LookAsync(replica)).Contradictions.ShouldBe(1);
        await replica.WorkUntilAsync(id, _ => replica.Agora.Queries.Count > asked);

        (await LookAsync(replica)).Contradictions.ShouldBe(0);
    }

    /// <summary>The last that an older replica did beside newer ones: nobody would hold the recording again.</summary>
    [Theory]
    [InlineData("announced_state = 'Recording', announced_files = 'Pending', event_seq = 3", 3, "recording.completed")]
    // An older replica accepted it, too.
    [InlineData("announced_state = default, announced_files = default, event_seq = 0", 0, "recording.completed")]
    [InlineData("announced_files = 'Pending', event_seq = 5", 5, "recording.files_changed")]
    public async Task FinishedByAnOlderBuild_IsToldAfterTheSweep(string asBefore, int sequence, string expected)
    {
        var replica = await StartReplicaAsync();
        var id = await CompletedAsync(replica);
        await ExecuteAsync($"update recording.recordings set {asBefore}; delete from recording.events where sequence > {sequence}");

        (await LookAsync(replica)).ShouldBe(new Findings(0, 0, 0, IsComplete: true), "no fault of this build");
        (await replica.WorkOnceAsync()).ShouldBe(1);
        await LookAsync(replica);

        (
            await ScalarAsync<string>(
                $"select string_agg(type, ' ' order by sequence) from recording.events where recording_id = '{id}' and sequence > {sequence}"
            )
        ).ShouldBe(expected);
        (await ScalarAsync<long>("select count(*) from recording.schedule")).ShouldBe(0, "told once, and done with");
        replica.Log.Of(2025).ShouldHaveSingleItem();
        replica.Agora.Stops.Count.ShouldBe(1);
    }

    /// <summary>What only older builds have written is no news, however often it is looked at.</summary>
    [Fact]
    public async Task FinishedBeforeThereWereEvents_IsLeftAlone()
    {
        var replica = await StartReplicaAsync();
        await CompletedAsync(replica);
        await ExecuteAsync("update recording.recordings set announced_state = null, announced_files = null, event_seq = 0");

        await LookAsync(replica);

        (await ScalarAsync<long>("select count(*) from recording.schedule")).ShouldBe(0);
    }

    /// <summary>A recording that an older replica changed last is told now, unless somebody is at it or failed to be.</summary>
    [Theory]
    [InlineData("due_at = now() + interval '1 hour'", true)]
    [InlineData("due_at = now() + interval '1 hour', lease_owner = 1", false)]
    [InlineData("due_at = now() + interval '1 hour', attempt = 3", false)]
    public async Task ChangedByAnOlderBuild_IsTakenUpNow(string schedule, bool isWoken)
    {
        var replica = await StartReplicaAsync(new() { Lifecycle = Replica.Quick with { MonitoringInterval = TimeSpan.FromMinutes(2) } });
        await FillBudgetAsync();
        await RecordingAsync(replica, "live");
        await ExecuteAsync($"update recording.recordings set announced_state = 'Starting'; update recording.schedule set {schedule}");

        await LookAsync(replica);

        (await ScalarAsync<bool>("select due_at <= now() and priority = 0 from recording.schedule")).ShouldBe(isWoken);
    }

    /// <summary>Nothing but indexes is read, and not more than a page of them.</summary>
    [Fact]
    public async Task Sweep_AmongManyFinishedRecordings_ReadsAPage()
    {
        var replica = await StartReplicaAsync();
        await SeedAsync(20_000);
        await ExecuteAsync(
            "delete from recording.schedule; update recording.recordings set state = 'Completed', announced_state = 'Completed', ended_at = now(); analyze recording.recordings"
        );
        await LookAsync(replica);
        var started = TimeProvider.System.GetTimestamp();

        var findings = await LookAsync(replica);

        var took = TimeProvider.System.GetElapsedTime(started);
        TestContext.Current.TestOutputHelper!.WriteLine($"A page of {Reconciliation.Page} among 20,000: {took.TotalMilliseconds:0} ms");
        findings.IsComplete.ShouldBeFalse();
        took.ShouldBeLessThan(TimeSpan.FromSeconds(1));
    }

    private static Task<Findings> LookAsync(Replica replica) => replica.Get<Reconciliation>().LookAsync(Cancellation);

    private static async Task<Guid> RecordingAsync(Replica replica, string channel)
    {
        var id = await replica.AcceptAsync(channel);
        await replica.WorkUntilAsync(id, recording => recording.State == RecordingState.Recording);
        return id;
    }

    private static async Task<Guid> CompletedAsync(Replica replica)
    {
        var id = await RecordingAsync(replica, "over");
        await replica.Requests.StopAsync(id, "test", Cancellation);
        await replica.WorkUntilAsync(id, recording => recording.State == RecordingState.Completed);
        return id;
    }

    /// <summary>What the metrics of this process were set to; no other class of tests looks for broken rows.</summary>
    private sealed class MeasuredValues : IDisposable
    {
        private readonly ConcurrentQueue<(string Name, long Value)> values = [];
        private readonly MeterListener listener = new();

        public MeasuredValues()
        {
            listener.InstrumentPublished = (instrument, own) =>
            {
                if (instrument.Meter.Name == Telemetry.MeterName)
                {
                    own.EnableMeasurementEvents(instrument);
                }
            };
            listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => values.Enqueue((instrument.Name, value)));
            listener.Start();
        }

        public IReadOnlyList<long> Of(string name) => [.. values.Where(value => value.Name == name).Select(value => value.Value)];

        public void Dispose() => listener.Dispose();
    }
}
