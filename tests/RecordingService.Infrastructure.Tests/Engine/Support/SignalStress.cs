using System.Collections.Concurrent;
using Npgsql;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Infrastructure.Tests.Engine.Support;

/// <summary>Signallers count each recording up, workers take the count in; some of them crash or stall in between.</summary>
internal sealed class SignalStress(IReadOnlyList<Guid> ids)
{
    private static readonly TimeSpan Lease = TimeSpan.FromMilliseconds(150);

    private readonly ConcurrentDictionary<Guid, long> sent = new(ids.Select(id => KeyValuePair.Create(id, 0L)));
    private readonly ConcurrentDictionary<Guid, long> takenIn = new(ids.Select(id => KeyValuePair.Create(id, 0L)));
    private readonly ConcurrentDictionary<Guid, long> holders = [];
    private int signals;
    private int crashes;
    private int stalls;
    private int settled;
    private int refused;
    private int doubleHoldings;

    public int Signals => signals;
    public int Crashes => crashes;
    public int Stalls => stalls;
    public int DoubleHoldings => doubleHoldings;

    public async Task SignalAsync(NpgsqlDataSource database, int seed, CancellationToken over)
    {
        var random = new Random(seed);
        while (!over.IsCancellationRequested)
        {
            var id = ids[random.Next(ids.Count)];
            // What is signalled is there before the signal, as an input is.
            sent.AddOrUpdate(id, 1, (_, n) => n + 1);
            await using var command = database.CreateCommand(Schedule.WakeSql);
            command.Parameters.AddWithValue("id", id);
            command.Parameters.AddWithValue("version", StateJson.Version);
            await command.ExecuteNonQueryAsync(CancellationToken.None);
            Interlocked.Increment(ref signals);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(4)), TimeProvider.System, CancellationToken.None);
        }
    }

    public async Task WorkAsync(Replica replica, int seed, CancellationToken over)
    {
        var random = new Random(1000 + seed);
        while (!over.IsCancellationRequested)
        {
            var claims = await replica.Schedule.ClaimAsync(replica.Projects.Budgets, 3, seed, Lease, CancellationToken.None);
            foreach (var claim in claims)
            {
                await HoldAsync(replica, claim, random);
            }
        }
    }

    /// <summary>What is still signalled when the signallers are done is taken in by an honest worker.</summary>
    public async Task WorkOffAsync(Replica replica)
    {
        var calm = new Random(1);
        await Testing.Eventually.HoldsAsync(
            async () =>
            {
                foreach (var claim in await replica.Schedule.ClaimAsync(replica.Projects.Budgets, 50, 99, Lease, CancellationToken.None))
                {
                    await HoldAsync(replica, claim, calm, honest: true);
                }

                return Lost().Count == 0;
            },
            TimeSpan.FromSeconds(3)
        );
    }

    public IReadOnlyList<Guid> Lost() => [.. ids.Where(id => takenIn[id] < sent[id])];

    public override string ToString() =>
        $"{signals} signals, {settled} settlements, {refused} refused by the token, {crashes} crashes, {stalls} stalls, {doubleHoldings} double holdings";

    private async Task HoldAsync(Replica replica, Claim claim, Random random, bool honest = false)
    {
        var id = claim.RecordingId;
        var seen = sent[id];
        Enter(claim);
        var fate = honest ? 1 : random.NextDouble();
        if (fate < 0.03)
        {
            // Crashes: neither settles nor releases.
            Interlocked.Increment(ref crashes);
            Leave(claim);
            return;
        }

        if (fate < 0.06)
        {
            // Stalls past its lease and then goes on as if nothing had been.
            Interlocked.Increment(ref stalls);
            Leave(claim);
            await Task.Delay(Lease * 1.5, TimeProvider.System, CancellationToken.None);
        }

        var recording = (await replica.Store.LoadAsync(id, CancellationToken.None)).Recording;
        Leave(claim);
        var accepted = await replica.Store.SettleAsync(
            claim,
            claim.SignalSeq,
            Guid.NewGuid(),
            new NextStep(TimeSpan.FromHours(1), 4, 0),
            new Change(recording, recording, [], []),
            CancellationToken.None
        );
        if (accepted)
        {
            Interlocked.Increment(ref settled);
            takenIn.AddOrUpdate(id, seen, (_, before) => Math.Max(before, seen));
        }
        else
        {
            Interlocked.Increment(ref refused);
        }
    }

    /// <summary>Somebody else inside although both leases live, as each counts its own. A holder past its deadline does not go in.</summary>
    private void Enter(Claim claim)
    {
        var now = TimeProvider.System.GetTimestamp();
        if (now >= claim.Deadline)
        {
            return;
        }

        if (holders.TryGetValue(claim.RecordingId, out var until) && now < until)
        {
            Interlocked.Increment(ref doubleHoldings);
        }

        holders[claim.RecordingId] = claim.Deadline;
    }

    private void Leave(Claim claim) => holders.TryRemove(KeyValuePair.Create(claim.RecordingId, claim.Deadline));
}
