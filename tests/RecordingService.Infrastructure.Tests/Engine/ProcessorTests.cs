using RecordingService.Domain;
using RecordingService.Domain.Recordings;
using RecordingService.Infrastructure.Tests.Engine.Support;
using RecordingService.Testing;
using static RecordingService.Infrastructure.Tests.Engine.Support.ScriptedAgora;

namespace RecordingService.Infrastructure.Tests.Engine;

public sealed class ProcessorTests(EngineDatabase server) : EngineTest(server)
{
    [Fact]
    public async Task Recording_FromStartToFiles_LeavesNoScheduleRowAndATruthfulEnd()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();

        await replica.WorkUntilAsync(id, recording => recording.State == RecordingState.Recording);
        await replica.Requests.StopAsync(id, "test", Cancellation);
        await replica.WorkUntilAsync(id, recording => recording.State == RecordingState.Completed);

        (await ScalarAsync<long>("select count(*) from recording.schedule")).ShouldBe(0);
        replica.Agora.Acquires.Count.ShouldBe(1);
        replica.Agora.Starts.Count.ShouldBe(1);
        replica.Agora.Stops.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Recorder_ThatIsNotFoundAnyMore_IsReplacedInTheSameHold()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        await replica.WorkUntilAsync(id, recording => recording.State == RecordingState.Recording);
        var first = (await RunsAsync(id))[0].Sid;
        replica.Agora.Query = call =>
            Task.FromResult(
                call.Sid == first ? Failed<RecorderStatus>(AgoraFailureKind.RecorderNotFound) : Ok(new RecorderStatus(5, [], null))
            );

        var recording = await replica.WorkUntilAsync(id, r => r.Runs is [_, { Phase: RunPhase.Recording }]);

        recording.Runs[1].RecorderUid.ShouldNotBe(recording.Runs[0].RecorderUid);
    }

    [Fact]
    public async Task Start_WhenItReachesAgora_HasItsIntentCommitted()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        Run? seen = null;
        long? uid = null;
        replica.Agora.Start = async _ =>
        {
            seen = (await RunsAsync(id))[0];
            uid = await ScalarAsync<long>($"select recorder_uid from recording.runs where recording_id = '{id}'");
            return Ok(new StartedRecorder("sid"));
        };

        await replica.WorkUntilAsync(id, recording => recording.Runs[0].Sid is not null);

        var call = replica.Agora.Starts.ShouldHaveSingleItem();
        seen.ShouldNotBeNull();
        seen.InFlight.ShouldBe(RunOperation.Start);
        seen.ResourceId.ShouldBe(call.ResourceId);
        seen.RecorderUid.ShouldBe(call.RecorderUid);
        seen.Parameters!.FileNamePrefix.ShouldBe(call.Parameters.FileNamePrefix);
        seen.Parameters.TokenIssuedAt.ShouldBe(call.Parameters.TokenIssuedAt);
        uid.ShouldBe(call.RecorderUid);
    }

    [Fact]
    public async Task Holder_VanishesBetweenIntentAndOutcome_LeavesTheOutcomeUnknownAndTheSameStartIsRepeated()
    {
        var vanishing = await StartReplicaAsync();
        var heir = await StartReplicaAsync();
        var id = await vanishing.AcceptAsync();
        await VanishDuringStartAsync(vanishing, id);
        await heir.WorkOnceAsync();
        var run = (await RunsAsync(id))[0];

        run.Phase.ShouldBe(RunPhase.OutcomeUnknown);
        run.MayRun.ShouldBeTrue();
        heir.Log.Of(2001).Count.ShouldBe(1);
        await heir.WorkUntilAsync(id, recording => recording.State == RecordingState.Recording);
        var first = vanishing.Agora.Starts.ShouldHaveSingleItem();
        var again = heir.Agora.Starts.ShouldHaveSingleItem();
        again.ResourceId.ShouldBe(first.ResourceId);
        again.RecorderUid.ShouldBe(first.RecorderUid);
        again.Parameters.TokenSalt.ShouldBe(first.Parameters.TokenSalt);
        again.Parameters.TokenIssuedAt.ShouldBe(first.Parameters.TokenIssuedAt);
    }

    [Fact]
    public async Task Holder_StallsPastItsLeaseDuringStart_HandsTheSidToWhoeverHoldsTheRecordingThen()
    {
        var stalling = await StartReplicaAsync();
        var heir = await StartReplicaAsync();
        var id = await stalling.AcceptAsync();
        var gate = new Gate();
        stalling.Agora.Start = async _ =>
        {
            await gate.PassAsync();
            return Ok(new StartedRecorder("sid-of-the-stalled"));
        };
        heir.Agora.Start = _ => Task.FromResult(Failed<StartedRecorder>(AgoraFailureKind.AlreadyStarted));
        await FillBudgetAsync();
        var claim = await stalling.ClaimOneAsync();
        var work = stalling.Processor.ProcessAsync(claim, CancellationToken.None, Cancellation);
        await gate.Reached;

        await EndLeaseAsync(id);
        await heir.WorkUntilAsync(id, recording => recording.Runs[0].Phase == RunPhase.SidUnknown);
        gate.Open();

        (await work).ShouldBeNull("its lease is lost");
        var recording = await heir.WorkUntilAsync(id, r => r.State == RecordingState.Recording);
        recording.Runs.ShouldHaveSingleItem().Sid.ShouldBe("sid-of-the-stalled");
        stalling.Log.Of(2003).Count.ShouldBe(1);
        (await ScalarAsync<long>("select count(*) from recording.inputs")).ShouldBe(0, "the input is taken in");
    }

    [Fact]
    public async Task Holder_StallsUntilTheRecordingIsOver_StillHasItsRecorderStopped()
    {
        var stalling = await StartReplicaAsync();
        var heir = await StartReplicaAsync();
        var id = await stalling.AcceptAsync();
        var gate = new Gate();
        stalling.Agora.Start = async _ =>
        {
            await gate.PassAsync();
            return Ok(new StartedRecorder("orphan"));
        };
        await FillBudgetAsync();
        var work = stalling.Processor.ProcessAsync(await stalling.ClaimOneAsync(), CancellationToken.None, Cancellation);
        await gate.Reached;
        await EndLeaseAsync(id);
        await heir.Requests.StopAsync(id, "test", Cancellation);
        await heir.WorkUntilAsync(id, recording => recording.EndedAt is not null);
        (await ScalarAsync<long>("select count(*) from recording.schedule")).ShouldBe(0);

        gate.Open();
        await work;
        await heir.WorkUntilAsync(id, recording => recording.Runs[0].Phase == RunPhase.Closed);

        heir.Agora.Stops.ShouldHaveSingleItem().Sid.ShouldBe("orphan");
    }

    [Fact]
    public async Task StopRequest_WhileAcquireIsInFlight_KeepsTheStartFromBeingSent()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        replica.Agora.Acquire = async _ =>
        {
            await replica.Requests.StopAsync(id, "test", Cancellation);
            return Ok(new AcquiredResource("resource"));
        };

        var recording = await replica.WorkUntilAsync(id, r => r.EndedAt is not null);

        replica.Agora.Starts.ShouldBeEmpty();
        recording.State.ShouldBe(RecordingState.Aborted);
    }

    [Fact]
    public async Task Calls_OneOfTwoThrows_TheOthersSidIsKeptAllTheSame()
    {
        var replica = await StartReplicaAsync(new() { Lifecycle = Replica.Quick with { ReplacementLadder = [TimeSpan.FromHours(1)] } });
        var id = await replica.AcceptAsync();
        await replica.WorkUntilAsync(id, recording => recording.State == RecordingState.Recording);
        replica.Agora.Query = _ => Task.FromResult(Failed<RecorderStatus>(AgoraFailureKind.RecorderNotFound));
        await replica.WorkUntilAsync(id, recording => recording.Runs.Count == 2);
        // The second run begins while the first is watched: when its acquire is answered the next look at the first one is due, too.
        var due = replica.Clock.Now.AddSeconds(1);
        replica.Agora.Acquire = async _ =>
        {
            await Eventually.HoldsAsync(() => replica.Clock.Now >= due);
            replica.Agora.Query = _ => throw new InvalidOperationException("A fault of this service.");
            return Ok(new AcquiredResource("second resource"));
        };
        replica.Agora.Start = _ => Task.FromResult(Ok(new StartedRecorder("second")));
        await ExecuteAsync(
            $"update recording.runs set document = jsonb_set(document, '{{dueAt}}', to_jsonb(case generation when 1 then '{due:O}'::timestamptz else now() - interval '1 second' end))"
        );
        await EndLeaseAsync(id);
        await FillBudgetAsync();
        var claim = await replica.ClaimOneAsync();

        await Should.ThrowAsync<InvalidOperationException>(() =>
            replica.Processor.ProcessAsync(claim, CancellationToken.None, Cancellation)
        );

        replica.Agora.Query = _ => Task.FromResult(Ok(new RecorderStatus(5, [], null)));
        await EndLeaseAsync(id);
        var recording = await replica.WorkUntilAsync(id, r => r.Runs[^1].Sid is not null);
        recording.Runs[^1].Sid.ShouldBe("second");
        replica.Agora.Starts.Count.ShouldBe(2, "the sid was known already");
    }

    [Fact]
    public async Task QuietPolls_OneAfterTheOther_AreOneLineOfTheTimeline()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        await replica.WorkUntilAsync(id, recording => recording.State == RecordingState.Recording);

        var before = replica.Agora.Queries.Count;
        await replica.WorkUntilAsync(id, _ => replica.Agora.Queries.Count >= before + 5);

        var lines = await TimelineAsync(id);
        lines[^1].ShouldBe($"Answer: The recorder runs (status 5). x{replica.Agora.Queries.Count - 1}");
        lines.Count(line => line.Contains("The recorder runs", StringComparison.Ordinal)).ShouldBe(1);
    }
}
