using RecordingService.Domain;
using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Tests.Engine.Support;
using static RecordingService.Infrastructure.Tests.Engine.Support.ScriptedAgora;

namespace RecordingService.Infrastructure.Tests.Engine;

/// <summary>What operators want comes to whoever holds the recording, once, whatever happens in between.</summary>
public sealed class OperatorTests(EngineDatabase server) : EngineTest(server)
{
    /// <summary>Nothing is asked by itself once a recorder is proven.</summary>
    private static readonly ReplicaSettings Patient = new()
    {
        Lifecycle = Replica.Quick with { MonitoringInterval = TimeSpan.FromHours(1) },
    };

    [Fact]
    public async Task Recheck_OfARecordingThatWaits_IsAskedAtOnceAndToldOnce()
    {
        var (replica, id) = await RecordAsync();
        var asked = replica.Agora.Queries.Count;
        (await replica.WorkOnceAsync()).ShouldBe(0, "nothing is due");

        await ActAsync(replica, id, OperatorAction.Recheck);
        await replica.WorkOnceAsync();

        replica.Agora.Queries.Count.ShouldBe(asked + 1);
        await ShouldBeTakenInAsync();
        (await TimelineAsync(id))
            .SkipWhile(line => !line.StartsWith("Request: Operator"))
            .ShouldBe([
                "Request: Operator ada asked to recheck it: because",
                "Decision: An operator wants an answer now; what is due next is done at once.",
                "Answer: The recorder runs (status 5).",
            ]);
        (await replica.WorkOnceAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Replace_OfARunningRecorder_DrawsAnotherUidAndStopsTheFormer()
    {
        var (replica, id) = await RecordAsync();

        await ActAsync(replica, id, OperatorAction.Replace);
        var recording = await replica.WorkUntilAsync(id, r => r.Runs[0].Phase == RunPhase.Closed);

        recording.State.ShouldBe(RecordingState.Recording);
        recording.Runs.Select(run => (run.Phase, run.End)).ShouldBe([(RunPhase.Closed, RunEnd.Surplus), (RunPhase.Recording, null)]);
        (recording.Runs[0].RecorderUid < 900_500_000, recording.Runs[1].RecorderUid >= 900_500_000).ShouldBe((true, true));
        recording.Runs[0].ReplacedBy.ShouldBe(2, "it is kept between two replicas");
    }

    [Fact]
    public async Task Close_WhileAcquireIsInFlight_StartsNothing()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        var gate = new Gate();
        replica.Agora.Acquire = async _ =>
        {
            await gate.PassAsync();
            return Ok(new AcquiredResource("resource"));
        };
        await FillBudgetAsync();
        var work = replica.WorkOnceAsync();
        await gate.Reached;

        await ActAsync(replica, id, OperatorAction.Close);
        gate.Open();
        await work;

        replica.Agora.Starts.ShouldBeEmpty("the intent of the start meets the signal");
        var recording = await replica.FindAsync(id);
        (recording.State, recording.Reason!.Code).ShouldBe((RecordingState.Failed, "closed_by_operator"));
        await ShouldBeTakenInAsync();
        (await ScalarAsync<long>("select count(*) from recording.schedule")).ShouldBe(0);
    }

    [Fact]
    public async Task Close_WhileAQuestionIsInFlight_IsTakenInAsSoonAsItIsAnswered()
    {
        var (replica, id) = await RecordAsync();
        var gate = new Gate();
        replica.Agora.Query = async _ =>
        {
            await gate.PassAsync();
            return Ok(new RecorderStatus(5, [], null));
        };
        await ActAsync(replica, id, OperatorAction.Recheck);
        var work = replica.WorkOnceAsync();
        await gate.Reached;

        await ActAsync(replica, id, OperatorAction.Close);
        gate.Open();
        await work;

        (await replica.WorkUntilAsync(id, r => r.Runs[0].Phase == RunPhase.Closed)).State.ShouldBe(RecordingState.Failed);
        replica.Agora.Stops.ShouldHaveSingleItem();
        await ShouldBeTakenInAsync();
    }

    [Fact]
    public async Task Close_WhoseHolderVanishes_IsStillKnownToTheNextOne()
    {
        var (replica, id) = await RecordAsync();
        var heir = await StartReplicaAsync(Patient);
        replica.Agora.Stop = _ => throw new InvalidOperationException("The process dies here.");
        heir.Agora.Stop = _ => Task.FromResult(Failed<StoppedRecorder>(AgoraFailureKind.ServerError));
        await ActAsync(replica, id, OperatorAction.Close);
        await Should.ThrowAsync<InvalidOperationException>(replica.WorkOnceAsync);
        (await replica.FindAsync(id)).Closure!.Note.ShouldBe("because", "it is committed with the intent of the stop");

        await EndLeaseAsync(id);
        var recording = await heir.WorkUntilAsync(id, r => r.Runs[0].Phase == RunPhase.Closed);

        (recording.State, recording.Reason!.Code).ShouldBe((RecordingState.Failed, "closed_by_operator"));
        heir.Agora.Stops.ShouldHaveSingleItem();
        (await TimelineAsync(id)).Count(line => line.StartsWith("Decision: An operator closed it")).ShouldBe(1);
    }

    [Fact]
    public async Task Action_WhoseHolderLosesItsLease_IsTakenInByTheNextOne()
    {
        var (replica, id) = await RecordAsync();
        var heir = await StartReplicaAsync(Patient);
        var gate = new Gate();
        replica.Agora.Query = async _ =>
        {
            await gate.PassAsync();
            return Ok(new RecorderStatus(5, [], null));
        };
        await ActAsync(replica, id, OperatorAction.Recheck);
        var work = replica.WorkOnceAsync();
        await gate.Reached;

        await EndLeaseAsync(id);
        await heir.WorkOnceAsync();
        gate.Open();
        await work;

        heir.Agora.Queries.ShouldHaveSingleItem();
        await ShouldBeTakenInAsync();
        (await TimelineAsync(id)).Count(line => line.StartsWith("Decision: An operator wants")).ShouldBe(1);
    }

    [Fact]
    public async Task Recheck_OfARecordingThatIsAtRest_IsToldAndLeavesItAtRest()
    {
        var (replica, id) = await RecordAsync();
        await ActAsync(replica, id, OperatorAction.Close);
        await replica.WorkUntilAsync(id, r => r.Runs[0].Phase == RunPhase.Closed);
        var before = await ScalarAsync<string>($"select document::text from recording.recordings where id = '{id}'");

        await ActAsync(replica, id, OperatorAction.Recheck);
        await replica.WorkOnceAsync();

        (await ScalarAsync<string>($"select document::text from recording.recordings where id = '{id}'")).ShouldBe(before);
        (await TimelineAsync(id))[^1].ShouldBe("Decision: There is nothing left to recheck: the recording is failed.");
        (await ScalarAsync<long>("select count(*) from recording.schedule")).ShouldBe(0);
    }

    private async Task<(Replica Replica, Guid Id)> RecordAsync()
    {
        var replica = await StartReplicaAsync(Patient);
        var id = await replica.AcceptAsync();
        await FillBudgetAsync();
        await replica.WorkUntilAsync(id, recording => recording.State == RecordingState.Recording);
        return (replica, id);
    }

    private static async Task ActAsync(Replica replica, Guid id, OperatorAction action) =>
        (
            await replica.Operators.TakeAsync(new(id, action, "ada", "because", "test", null), Cancellation)
        ).ShouldBeOfType<OperatorOutcome.Taken>();

    private async Task ShouldBeTakenInAsync() => (await ScalarAsync<long>("select count(*) from recording.inputs")).ShouldBe(0);
}
