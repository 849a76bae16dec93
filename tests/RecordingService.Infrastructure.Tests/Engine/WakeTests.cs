using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Tests.Engine.Support;

namespace RecordingService.Infrastructure.Tests.Engine;

public sealed class WakeTests(EngineDatabase server) : EngineTest(server)
{
    [Fact]
    public async Task Wake_WhileHeld_LeavesTheLeaseAndMakesTheSettlementDueAtOnce()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        await FillBudgetAsync();
        var claim = await replica.ClaimOneAsync();

        await WakeAsync(id);

        (await replica.ClaimAsync()).ShouldBeEmpty("a wake never breaks a lease");
        (await SettleAsync(replica, claim, new NextStep(TimeSpan.FromHours(1), 4, 1))).ShouldBeTrue();
        var next = await replica.ClaimOneAsync();
        next.SignalSeq.ShouldBe(claim.SignalSeq + 1);
        next.Slot.ShouldBeNull("an input costs nothing");
    }

    [Fact]
    public async Task Wake_OfARecordingThatWaits_MakesItDueAtOnce()
    {
        var replica = await StartReplicaAsync();
        var id = (await SeedAsync(1, due: "now() + interval '1 hour'"))[0];

        await WakeAsync(id);

        (await replica.ClaimOneAsync()).RecordingId.ShouldBe(id);
    }

    [Fact]
    public async Task Wake_AfterTheScheduleRowIsGone_MakesItAnewWithANewToken()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        await FillBudgetAsync();
        var claim = await replica.ClaimOneAsync();
        (await SettleAsync(replica, claim, null)).ShouldBeTrue();
        (await ScalarAsync<long>("select count(*) from recording.schedule")).ShouldBe(0);

        await WakeAsync(id);

        (await replica.ClaimOneAsync()).Token.ShouldBeGreaterThan(claim.Token);
    }

    [Fact]
    public async Task Finish_WithASignalPending_KeepsTheRowAndMakesItDueAtOnce()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        await FillBudgetAsync();
        var claim = await replica.ClaimOneAsync();
        await WakeAsync(id);

        (await SettleAsync(replica, claim, null)).ShouldBeTrue();

        (await replica.ClaimOneAsync()).RecordingId.ShouldBe(id);
    }

    [Fact]
    public async Task Release_WithASignalPending_IsDueAtOnce()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        await FillBudgetAsync();
        var claim = await replica.ClaimOneAsync();
        await WakeAsync(id);

        await replica.Store.ReleaseAsync(claim, TimeSpan.FromHours(1), null, null, Cancellation);

        var next = await replica.ClaimOneAsync();
        await replica.Store.ReleaseAsync(next, TimeSpan.FromHours(1), null, null, Cancellation);
        (await replica.ClaimAsync()).ShouldBeEmpty("no signal came since: the delay holds");
    }

    /// <summary>Signals, holders that crash and holders that stall, all at once: nobody else's lease is entered, and no signal is lost.</summary>
    [Fact]
    public async Task Wake_ManySignalsCrashesAndStalls_LosesNoSignalAndHoldsNothingTwice()
    {
        const int recordings = 12;
        var replicas = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => StartReplicaAsync()));
        var ids = await SeedAsync(recordings, due: "now() + interval '1 hour'");
        await FillBudgetAsync();
        var stress = new SignalStress(ids);
        using var over = new CancellationTokenSource(TimeSpan.FromSeconds(5), TimeProvider.System);

        var workers = Enumerable.Range(0, 8).Select(n => stress.WorkAsync(replicas[n % 3], n, over.Token)).ToList();
        var signallers = Enumerable.Range(0, 4).Select(n => stress.SignalAsync(Database, n, over.Token)).ToList();
        await Task.WhenAll(workers.Concat(signallers));
        await stress.WorkOffAsync(replicas[0]);

        TestContext.Current.TestOutputHelper!.WriteLine(stress.ToString());
        stress.Signals.ShouldBeGreaterThan(200);
        stress.Crashes.ShouldBeGreaterThan(3);
        stress.Stalls.ShouldBeGreaterThan(3);
        stress.DoubleHoldings.ShouldBe(0);
        stress.Lost().ShouldBeEmpty();
    }

    private async Task WakeAsync(Guid id)
    {
        await using var command = Database.CreateCommand(Schedule.WakeSql);
        command.Parameters.AddWithValue("id", id);
        command.Parameters.AddWithValue("version", StateJson.Version);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    private static async Task<bool> SettleAsync(Replica replica, Claim claim, NextStep? next)
    {
        var recording = (await replica.Store.LoadAsync(claim.RecordingId, Cancellation)).Recording;
        return await replica.Store.SettleAsync(
            claim,
            claim.SignalSeq,
            Guid.NewGuid(),
            next,
            new Change(recording, recording, [], []),
            Cancellation
        );
    }
}
