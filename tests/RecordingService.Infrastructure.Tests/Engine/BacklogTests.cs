using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Tests.Engine.Support;

namespace RecordingService.Infrastructure.Tests.Engine;

public sealed class BacklogTests(EngineDatabase server) : EngineTest(server)
{
    /// <summary>What a project with 10 requests a second is budgeted.</summary>
    private const double Rate = 9.5;

    [Fact]
    public async Task Estimate_CountsStartsWithTheirProofsThatCameEarlier()
    {
        var replica = await StartReplicaAsync(new() { RequestsPerSecond = 10 });
        List<Guid> ids = [];
        for (var n = 0; n < 4; n++)
        {
            ids.Add(await replica.AcceptAsync($"class-{n}"));
        }

        (await EstimateAsync(replica, ids[0])).ShouldBe(FirstQuestion(replica) + (3 / Rate), 0.001);
        (await EstimateAsync(replica, ids[3])).ShouldBe(FirstQuestion(replica) + (12 / Rate), 0.001);
    }

    [Fact]
    public async Task Estimate_CountsStopsAndProofsAndNoMonitoring()
    {
        var replica = await StartReplicaAsync(new() { RequestsPerSecond = 10 });
        short[] priorities = [1, 2, 4, 5];
        foreach (var priority in priorities)
        {
            var other = await replica.AcceptAsync($"priority-{priority}");
            await ExecuteAsync($"update recording.schedule set priority = {priority}, starts = false where recording_id = '{other}'");
        }

        var id = await replica.AcceptAsync("asked");

        (await EstimateAsync(replica, id)).ShouldBe(FirstQuestion(replica) + (5 / Rate), 0.001);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(1, 2)]
    public async Task Start_ThatWasPutOff_GoesBeforeNewOnes(int tries, int priority)
    {
        var replica = await StartReplicaAsync();
        var recording = (await replica.Store.LoadAsync(await replica.AcceptAsync(), Cancellation)).Recording;

        var waiting = recording with { Runs = [recording.Runs[0] with { Tries = tries }] };

        NextSteps.Of(waiting, replica.Get<RecordingClock>()).ShouldNotBeNull().Priority.ShouldBe((short)priority);
    }

    /// <summary>Only such rows may be passed over while nothing is started.</summary>
    [Theory]
    [InlineData(RunPhase.Closed, true)]
    [InlineData(RunPhase.Replaced, false)]
    [InlineData(RunPhase.Stopping, false)]
    public async Task Row_StartsARecorder_OnlyIfNothingElseIsLeftToDo(RunPhase before, bool expected)
    {
        var replica = await StartReplicaAsync();
        var recording = (await replica.Store.LoadAsync(await replica.AcceptAsync(), Cancellation)).Recording;
        var start = recording.Runs[0];
        var other = start with { Phase = before, DueAt = before == RunPhase.Closed ? null : start.DueAt!.Value.AddMinutes(1) };

        var next = NextSteps.Of(recording with { Runs = [other, start with { Generation = 2 }] }, replica.Get<RecordingClock>());

        next.ShouldNotBeNull().Starts.ShouldBe(expected);
    }

    private static double FirstQuestion(Replica replica) => replica.Get<LifecycleOptions>().ProofLadder[0].TotalSeconds;

    private static async Task<double> EstimateAsync(Replica replica, Guid id) =>
        (await replica.Get<Backlog>().EstimateAsync((await replica.FindAsync(id)).Project, id, Cancellation))!.Value.TotalSeconds;
}
