using System.Collections.Concurrent;
using RecordingService.Domain;
using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Tests.Engine.Support;
using RecordingService.Testing;
using static RecordingService.Infrastructure.Tests.Engine.Support.ScriptedAgora;

namespace RecordingService.Infrastructure.Tests.Engine;

public sealed class BudgetTests(EngineDatabase server) : EngineTest(server)
{
    [Fact]
    public async Task Take_NextRequestFarOff_RefusesWithTheTimeUntilItIsNear()
    {
        var replica = await StartReplicaAsync(new() { RequestsPerSecond = 2 });
        await SpendBudgetAsync(TimeSpan.FromSeconds(3));

        var refused = await TakeAsync(replica);
        refused.Slot.ShouldBeNull();
        refused.Wait.ShouldBeInRange(TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(3));

        await SpendBudgetAsync(TimeSpan.FromSeconds(3) - refused.Wait);
        (await TakeAsync(replica)).Slot.ShouldNotBeNull("the wait was true");
    }

    [Fact]
    public async Task Take_Refused_SpendsNothing()
    {
        var replica = await StartReplicaAsync(new() { RequestsPerSecond = 1 });
        await SpendBudgetAsync(TimeSpan.FromMinutes(1));
        var before = await ScalarAsync<DateTime>("select next_call_at from recording.projects");

        (await TakeAsync(replica)).Slot.ShouldBeNull();

        (await ScalarAsync<DateTime>("select next_call_at from recording.projects")).ShouldBe(before);
    }

    [Fact]
    public async Task Budget_TwoReplicasTakingAndClaiming_GrantMomentsThatAreNeverNearerThanTheRateAllows()
    {
        const int perSecond = 40;
        var replicas = await Task.WhenAll(
            StartReplicaAsync(new() { RequestsPerSecond = perSecond }),
            StartReplicaAsync(new() { RequestsPerSecond = perSecond })
        );
        await SeedAsync(2000, priority: 4);
        ConcurrentBag<long> granted = [];
        var started = TimeProvider.System.GetTimestamp();
        using var over = new CancellationTokenSource(TimeSpan.FromSeconds(2), TimeProvider.System);

        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(async n =>
                {
                    while (!over.IsCancellationRequested)
                    {
                        var replica = replicas[n % 2];
                        List<long> slots =
                            n < 4 ? [.. (await replica.ClaimAsync(free: 3)).Select(claim => claim.Slot).OfType<long>()]
                            : (await TakeAsync(replica)).Slot is { } slot ? [slot]
                            : [];
                        slots.ForEach(granted.Add);
                    }
                })
        );

        var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        var rate = replicas[0].Budget.RatePerSecond;
        // Grants reach 250 ms ahead, and one more stands at the very beginning.
        granted.Count.ShouldBeLessThanOrEqualTo((int)Math.Ceiling(1 + rate * (seconds + 0.25)));
        granted.Count.ShouldBeGreaterThan((int)(rate * 2 * 0.7), "and little is lost either");
        var moments = granted.Order().Select(slot => TimeProvider.System.GetElapsedTime(started, slot)).ToList();
        // A moment is carried over to the replica's clock at the end of a statement, some milliseconds late.
        moments.Zip(moments.Skip(perSecond)).ShouldAllBe(pair => pair.Second - pair.First > TimeSpan.FromSeconds(0.9));
    }

    [Fact]
    public async Task Claimed_BeforeItsMoment_IsSentAtItsMoment()
    {
        var replica = await StartReplicaAsync(new() { RequestsPerSecond = 10 });
        await replica.AcceptAsync();
        await SpendBudgetAsync(TimeSpan.FromMilliseconds(200));
        List<long> sent = [];
        replica.Agora.Acquire = _ =>
        {
            sent.Add(TimeProvider.System.GetTimestamp());
            return Task.FromResult(Ok(new AcquiredResource("resource")));
        };
        replica.Agora.Start = _ =>
        {
            sent.Add(TimeProvider.System.GetTimestamp());
            return Task.FromResult(Ok(new StartedRecorder("sid")));
        };
        var claim = await replica.ClaimOneAsync();

        await replica.Processor.ProcessAsync(claim, CancellationToken.None, Cancellation);

        sent.Count.ShouldBe(2);
        sent[0].ShouldBeGreaterThanOrEqualTo(claim.Slot!.Value);
        TimeProvider.System.GetElapsedTime(claim.Slot!.Value, sent[1]).TotalSeconds.ShouldBeGreaterThan(0.1, "the next moment is its own");
    }

    [Fact]
    public async Task Claimed_AndHeldUpPastItsMoment_TakesAnotherOne()
    {
        var replica = await StartReplicaAsync(new() { RequestsPerSecond = 10 });
        await replica.AcceptAsync();
        await FillBudgetAsync();
        var claim = await replica.ClaimOneAsync();
        await SpendBudgetAsync(TimeSpan.FromMilliseconds(700));
        var longAgo = claim with { Slot = claim.Slot - TimeProvider.System.TimestampFrequency };
        var begun = TimeProvider.System.GetTimestamp();
        TimeSpan? sent = null;
        replica.Agora.Acquire = _ =>
        {
            sent = TimeProvider.System.GetElapsedTime(begun);
            return Task.FromResult(Failed<AcquiredResource>(AgoraFailureKind.NotSent));
        };

        await replica.Processor.ProcessAsync(longAgo, CancellationToken.None, Cancellation);

        sent.ShouldNotBeNull("it is sent, although the next moment is far off").ShouldBeGreaterThan(TimeSpan.FromMilliseconds(500));
    }

    /// <summary>PostgreSQL stands still while the intent is written; all that waited for it must not be sent at once when it goes on.</summary>
    [Fact]
    public async Task Intent_HeldUpPastItsMoment_TakesAnotherOne()
    {
        var replica = await StartReplicaAsync(new() { RequestsPerSecond = 10 });
        await replica.AcceptAsync();
        await FillBudgetAsync();
        long? sent = null;
        replica.Agora.Acquire = _ =>
        {
            sent = TimeProvider.System.GetTimestamp();
            return Task.FromResult(Failed<AcquiredResource>(AgoraFailureKind.NotSent));
        };
        var claim = await replica.ClaimOneAsync();
        Task processing;
        long goesOn;
        await using (var holdUp = await Database.OpenConnectionAsync(Cancellation))
        {
            await using var transaction = await holdUp.BeginTransactionAsync(Cancellation);
            await using var hold = new Npgsql.NpgsqlCommand("select 1 from recording.schedule for update", holdUp, transaction);
            await hold.ExecuteNonQueryAsync(Cancellation);
            processing = replica.Processor.ProcessAsync(claim, CancellationToken.None, Cancellation);
            await Eventually.HoldsAsync(() => TimeProvider.System.GetElapsedTime(claim.Slot!.Value) > TimeSpan.FromSeconds(0.5));
            await SpendBudgetAsync(TimeSpan.FromMilliseconds(700));
            goesOn = TimeProvider.System.GetTimestamp();
        }

        await processing;

        TimeProvider
            .System.GetElapsedTime(goesOn, sent.ShouldNotBeNull("it is sent, although the next moment is far off"))
            .ShouldBeGreaterThan(TimeSpan.FromMilliseconds(500));
    }

    [Fact]
    public async Task Answer429_SlowsTheProjectDownOnceForABurst()
    {
        var replica = await StartReplicaAsync(new() { RequestsPerSecond = 10 });
        await ExecuteAsync("update recording.projects set paced_at = now() - interval '1 hour'");
        var refusal = new Answered(null!, new LogDetail(), new AgoraFailure(AgoraFailureKind.RateLimited, "too many"));

        for (var n = 0; n < 5; n++)
        {
            await replica.Budgets.NoteAsync(replica.Budget, refusal, Cancellation);
        }

        var state = (await replica.Get<Backlog>().StateAsync(Cancellation))[Replica.Project];
        state.RequestsPerSecond.ShouldBeLessThan(9.5);
        state.SlowedDownAt.ShouldNotBeNull();
        (await ScalarAsync<double>("select pace from recording.projects")).ShouldBe(0.9, 0.0001);
        (
            await ScalarAsync<double>("select extract(epoch from next_call_at - paced_at)::float8 from recording.projects")
        ).ShouldBeGreaterThanOrEqualTo(0.5);
        await ExecuteAsync("update recording.projects set paced_at = now() - interval '11 seconds'");
        state = (await replica.Get<Backlog>().StateAsync(Cancellation))[Replica.Project];
        state.RequestsPerSecond.ShouldBe(9.5, 0.001, "what was lost comes back");
        state.SlowedDownAt.ShouldBeNull();
    }

    [Fact]
    public async Task Answer406_HoldsStartsUntilARecorderEnds()
    {
        var replica = await StartReplicaAsync();
        replica.Agora.Start = _ => Task.FromResult(Failed<StartedRecorder>(AgoraFailureKind.QuotaExhausted));
        var first = await replica.AcceptAsync("first");
        await FillBudgetAsync();
        await replica.WorkOnceAsync();
        replica.Agora.Starts.Count.ShouldBe(1);
        await replica.AcceptAsync("second");
        await FillBudgetAsync();

        (await replica.ClaimAsync()).ShouldBeEmpty();
        replica.Agora.Acquires.Count.ShouldBe(1);
        (await replica.Get<Backlog>().StateAsync(Cancellation))[Replica.Project].StartsHeldUntil.ShouldNotBeNull();
        await replica.Budgets.NoteAsync(
            replica.Budget,
            new(new StopAnswered(replica.Clock.Now, 1, 1, Ok(new StoppedRecorder(UploadStatus.Uploaded, []))), new LogDetail()),
            Cancellation
        );

        (await replica.Get<Backlog>().StateAsync(Cancellation))[Replica.Project].StartsHeldUntil.ShouldBeNull();
    }

    [Fact]
    public async Task Project_Paused_StartsNothingAndLooksAfterWhatRuns()
    {
        var replica = await StartReplicaAsync();
        var actions = replica.Get<ProjectActions>();
        var running = await replica.AcceptAsync("running");
        await replica.WorkUntilAsync(running, recording => recording.State == RecordingState.Recording);
        await actions.ActAsync(new ProjectOrder(Replica.Project, true, "Grace", "the bucket moves", Somebody, null), Cancellation);
        var waiting = await replica.AcceptAsync("waiting");
        var woken = await replica.AcceptAsync("woken");
        await replica.Requests.ChangeAsync(woken, new(TimeSpan.FromHours(1), null, null), "test", Cancellation);
        var starts = replica.Agora.Starts.Count;

        await replica.WorkUntilAsync(running, _ => replica.Agora.Queries.Count >= 5);
        await replica.Requests.StopAsync(running, "test", Cancellation);
        await replica.WorkUntilAsync(running, recording => recording.State == RecordingState.Completed);

        replica.Agora.Acquires.Count.ShouldBe(starts, "nothing new was even acquired");
        (await replica.FindAsync(waiting)).State.ShouldBe(RecordingState.Accepted);
        (await RunsAsync(woken)).ShouldHaveSingleItem().Phase.ShouldBe(RunPhase.Planned);
        await actions.ActAsync(new ProjectOrder(Replica.Project, false, "Grace", "it works", Somebody, null), Cancellation);
        await replica.WorkUntilAsync(waiting, recording => recording.State == RecordingState.Recording);
        (await TimelineAsync(woken)).ShouldContain(line => line.StartsWith("Decision: It waits until the project may send it"));
    }

    /// <summary>Nights, holidays, a project that waits for its first class: sums that fade must not underflow.</summary>
    [Theory]
    [InlineData("13 hours", 1)]
    [InlineData("14 hours", 0)]
    [InlineData("30 hours", 600)]
    [InlineData("400 days", 1)]
    [InlineData("-1 hour", 600)]
    public async Task Project_ThatWasIdleForLong_IsClaimedTakenAndTold(string idle, double load)
    {
        var replica = await StartReplicaAsync();
        var ids = await SeedAsync(1, priority: 1);
        await ExecuteAsync(
            $"update recording.projects set load = {load}, loaded_at = now() - interval '{idle}', paced_at = now() - interval '{idle}', next_call_at = now() - interval '{idle}'"
        );

        (await replica.Get<Backlog>().StateAsync(Cancellation))[Replica.Project].RequestsInLastMinute.ShouldBeLessThanOrEqualTo(load);
        (await replica.ClaimAsync()).ShouldHaveSingleItem().RecordingId.ShouldBe(ids[0]);
        await ExecuteAsync($"update recording.projects set loaded_at = now() - interval '{idle}', next_call_at = now()");
        (await TakeAsync(replica)).Slot.ShouldNotBeNull();
    }

    [Fact]
    public async Task RetryAfter_OfAnHour_DoesNotSilenceTheProjectForLongerThanAMinute()
    {
        var replica = await StartReplicaAsync();
        var refusal = new AgoraFailure(AgoraFailureKind.RateLimited, "too many", TimeSpan.FromHours(1));

        await replica.Budgets.NoteAsync(replica.Budget, new(null!, new LogDetail(), refusal), Cancellation);

        (
            await ScalarAsync<double>("select extract(epoch from next_call_at - now())::float8 from recording.projects")
        ).ShouldBeLessThanOrEqualTo(60);
        var stop = await replica.Budgets.TakeAsync(replica.Budget, starts: false, isOwed: true, Cancellation);
        stop.Slot.ShouldBeNull("no lease lasts until then");
    }

    /// <summary>The recorder is not found, its successor may not be started, and it comes back: that must be seen although nothing is started.</summary>
    [Fact]
    public async Task Project_Paused_LooksAfterTheOtherRecorderOfARecordingWhoseStartIsHeld()
    {
        var replica = await StartReplicaAsync();
        var id = await HeldReplacementAsync(replica);
        // The start that was put off is due again together with the next look at the other recorder, and the claim brings a moment for one request.
        await ExecuteAsync("update recording.runs set document = jsonb_set(document, '{dueAt}', to_jsonb(now() - interval '1 second'))");
        var asked = replica.Agora.Queries.Count;

        await replica.WorkUntilAsync(id, _ => replica.Agora.Queries.Count > asked + 1);

        replica.Agora.Acquires.Count.ShouldBe(1);
        replica.Agora.Starts.Count.ShouldBe(1);
    }

    /// <summary>The claim was made for the sake of the recorder that is watched, and brings a moment that no start may use.</summary>
    [Fact]
    public async Task Project_Paused_StartsNothingAtTheMomentOfAnotherRecorder()
    {
        var replica = await StartReplicaAsync();
        var id = await HeldReplacementAsync(replica);
        await ExecuteAsync(
            "update recording.runs set document = jsonb_set(document, '{dueAt}', to_jsonb(now() + case generation when 1 then interval '1 minute' else interval '-1 second' end));"
                + "update recording.schedule set due_at = now(), priority = 2, cost = 1, starts = false"
        );
        await FillBudgetAsync();
        var claim = await replica.ClaimOneAsync();
        claim.Slot.ShouldNotBeNull();

        await replica.Processor.ProcessAsync(claim, CancellationToken.None, Cancellation);

        replica.Agora.Acquires.Count.ShouldBe(1);
        (await RunsAsync(id))[1].Phase.ShouldBe(RunPhase.Planned);
    }

    /// <summary>A start that was on its way when its holder died may have been done: whoever comes next finds out, paused or not.</summary>
    [Fact]
    public async Task Project_PausedWhileAStartIsOnItsWay_HasItsOutcomeFoundOut()
    {
        var vanishing = await StartReplicaAsync();
        var heir = await StartReplicaAsync();
        var id = await vanishing.AcceptAsync();
        await VanishDuringStartAsync(vanishing, id);
        await heir.Get<ProjectActions>()
            .ActAsync(new ProjectOrder(Replica.Project, true, "Grace", "quiet, please", Somebody, null), Cancellation);

        var recording = await heir.WorkUntilAsync(id, r => r.State == RecordingState.Recording);

        recording.Runs.ShouldHaveSingleItem();
        heir.Agora.Starts.ShouldHaveSingleItem().ResourceId.ShouldBe(recording.Runs[0].ResourceId);
    }

    private static Task<Grant> TakeAsync(Replica replica) =>
        replica.Budgets.TakeAsync(replica.Budget, starts: false, isOwed: false, Cancellation);

    [Fact]
    public async Task Projects_RegisteredAgainAndAgain_UseUpNoNumbers()
    {
        var replica = await StartReplicaAsync();
        for (var n = 0; n < 20; n++)
        {
            await replica.Projects.RegisterAsync(Cancellation);
        }

        await StartReplicaAsync(new() { Projects = ["college"] });

        (await ScalarAsync<short>("select max(id) from recording.projects")).ShouldBe((short)2);
    }

    [Fact]
    public async Task Claim_BudgetSpent_DefersAFurtherCallWithoutMakingIt()
    {
        var replica = await StartReplicaAsync(new() { RequestsPerSecond = 1 });
        var id = await replica.AcceptAsync();
        await FillBudgetAsync();
        await replica.WorkOnceAsync();
        replica.Agora.Starts.Count.ShouldBe(1);
        await replica.Requests.ChangeAsync(id, new(TimeSpan.FromHours(1), null, null), "test", Cancellation);
        await ExecuteAsync(
            "update recording.runs set document = jsonb_set(document, '{dueAt}', to_jsonb(now() - interval '1 second'));"
                + "update recording.projects set next_call_at = now() + interval '1 second'"
        );

        await replica.WorkOnceAsync();

        replica.Agora.Queries.ShouldBeEmpty();
        (await TimelineAsync(id)).ShouldContain(line => line.StartsWith("Decision: It waits until the project may send it"));
        (await ScalarAsync<double>("select extract(epoch from due_at - now())::float8 from recording.schedule")).ShouldBeInRange(0.5, 1.2);
    }

    /// <summary>A recording whose recorder is not found any more while its project is paused: the successor is planned and may not be started.</summary>
    private static async Task<Guid> HeldReplacementAsync(Replica replica)
    {
        var id = await replica.AcceptAsync();
        await replica.WorkUntilAsync(id, recording => recording.State == RecordingState.Recording);
        await replica
            .Get<ProjectActions>()
            .ActAsync(new ProjectOrder(Replica.Project, true, "Grace", "quiet, please", Somebody, null), Cancellation);
        replica.Agora.Query = _ => Task.FromResult(Failed<RecorderStatus>(AgoraFailureKind.RecorderNotFound));
        await replica.WorkUntilAsync(id, recording => recording.Runs is [{ Phase: RunPhase.Replaced }, { Phase: RunPhase.Planned }]);
        return id;
    }
}
