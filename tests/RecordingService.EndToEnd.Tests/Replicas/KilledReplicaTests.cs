using System.Diagnostics;
using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Replicas;

/// <summary>Two replicas on one database; one of them dies without a word.</summary>
public sealed class KilledReplicaTests(EndToEndDatabase postgres)
{
    private const double Factor = 10;
    private static readonly string[] Projects = ["demo", "second"];

    [Fact]
    public async Task Replica_KilledWhileAllAreRecording_IsTakenOverWithin20SecondsWithOneRecorderPerClass()
    {
        await using var cloud = await Cloud.StartAsync(postgres, Factor);
        var doomed = await cloud.StartReplicaAsync();
        var survivor = await cloud.StartReplicaAsync();
        var classes = await StartClassesAsync(100, doomed, survivor);

        // Slow queries keep a part of the recordings leased at any moment: those are the ones that a death hits.
        cloud.Agora.Faults.Add(Fault.Delay(new FaultMatch { Operation = AgoraOperation.Query }, TimeSpan.FromSeconds(4 * Factor)));
        var held = await Eventually.BecomesAsync(() => LeasesOfAsync(cloud, doomed.Number), leases => leases.Count >= 8);
        doomed.Api.Kill();
        var death = Stopwatch.StartNew();
        held = await LeasesOfAsync(cloud, doomed.Number);
        cloud.Agora.Faults.Clear();

        var takenOver = await TakeOversAsync(cloud, held, death);
        foreach (var (_, id) in classes)
        {
            await survivor.PostAsync($"/v1/recordings/{id}/stop", null);
        }

        foreach (var (channel, id) in classes)
        {
            await Eventually.BecomesAsync(() => survivor.StateAsync(id), state => state == "completed", TimeSpan.FromSeconds(60));
            cloud.Agora.Journal.Recorders(channel).Count.ShouldBe(1, await survivor.TellAsync(id));
            cloud.Agora.Journal.MostRecordersAtOnce(channel).ShouldBe(1);
            // The teacher publishes when the recorder is started; it hears them once it is in the channel, some two seconds later.
            (cloud.Agora.Journal.Published(channel) - cloud.Agora.Journal.Recorded(channel)).ShouldBeLessThan(TimeSpan.FromSeconds(5));
        }

        held.Count.ShouldBeGreaterThanOrEqualTo(8);
        takenOver.Max().ShouldBeLessThan(20);
        TestContext.Current.TestOutputHelper!.WriteLine(
            "Take-over of {0} leases after kill -9: p50 {1:0.0} s, max {2:0.0} s",
            takenOver.Count,
            takenOver.Order().ElementAt(takenOver.Count / 2),
            takenOver.Max()
        );
    }

    [Fact]
    public async Task Replica_KilledDuringTheStartWindow_LeavesAtMostOneOrphanPerInterruptedStart()
    {
        await using var cloud = await Cloud.StartAsync(postgres, Factor);
        var doomed = await cloud.StartReplicaAsync();
        // Every start works at once and is answered late: whoever dies in between never hears of its recorder.
        var slow = cloud.Agora.Faults.Add(
            new Fault
            {
                Match = new FaultMatch { Operation = AgoraOperation.Start },
                DelayAfter = TimeSpan.FromSeconds(3 * Factor),
            }
        );
        List<(string Channel, string Id)> classes = [];
        for (var number = 0; number < 12; number++)
        {
            var channel = $"start-{number}";
            classes.Add((channel, await doomed.RecordAsync(channel)));
        }

        var interrupted = await Eventually.BecomesAsync(() => StartsInFlightAsync(cloud), starts => starts.Count >= 4);
        doomed.Api.Kill();
        interrupted = await StartsInFlightAsync(cloud);
        cloud.Agora.Faults.Remove(slow);
        var survivor = await cloud.StartReplicaAsync();

        foreach (var (_, id) in classes)
        {
            await Eventually.BecomesAsync(() => survivor.StateAsync(id), state => state == "recording", TimeSpan.FromSeconds(60));
        }

        var orphans = cloud.Agora.Journal.Orphans();
        TestContext.Current.TestOutputHelper!.WriteLine(
            "{0} starts interrupted, {1} orphans: {2}",
            interrupted.Count,
            orphans.Count,
            string.Join(", ", orphans.Select(orphan => $"{orphan.Channel} uid {orphan.Uid} sid {orphan.Sid}"))
        );
        orphans.Count.ShouldBeInRange(1, interrupted.Count);
        foreach (var (channel, id) in classes)
        {
            var recorders = cloud.Agora.Journal.Recorders(channel);
            var known = recorders.Where(recorder => recorder.SidDelivered).ShouldHaveSingleItem(await survivor.TellAsync(id));
            known.LeftAt.ShouldBeNull();
            orphans.Count(orphan => orphan.Channel == channel).ShouldBeLessThanOrEqualTo(interrupted.Contains(id) ? 1 : 0, channel);
            cloud.Agora.Journal.Recorders(channel).Select(recorder => recorder.Uid).ShouldBeUnique();
        }
    }

    private static async Task<List<(string Channel, string Id)>> StartClassesAsync(int count, params Replica[] replicas)
    {
        List<(string Channel, string Id)> classes = [];
        for (var number = 0; number < count; number++)
        {
            var channel = $"class-{number}";
            classes.Add(
                (channel, await replicas[number % replicas.Length].RecordAsync(channel, project: Projects[number / 2 % Projects.Length]))
            );
        }

        foreach (var (_, id) in classes)
        {
            await Eventually.BecomesAsync(() => replicas[0].StateAsync(id), state => state == "recording", TimeSpan.FromSeconds(60));
        }

        return classes;
    }

    private static async Task<IReadOnlyList<(Guid Id, long Token)>> LeasesOfAsync(Cloud cloud, int replica) =>
        await cloud.QueryAsync(
            "select recording_id, lease_token from recording.schedule where lease_owner = @replica and due_at > now()",
            row => (row.GetGuid(0), row.GetInt64(1)),
            ("replica", replica)
        );

    /// <summary>Seconds from the death until another replica holds each of the leases.</summary>
    private static async Task<IReadOnlyList<double>> TakeOversAsync(Cloud cloud, IReadOnlyList<(Guid Id, long Token)> held, Stopwatch death)
    {
        var waiting = held.ToDictionary(lease => lease.Id, lease => lease.Token);
        List<double> seconds = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                var now = await cloud.QueryAsync(
                    "select recording_id, lease_token from recording.schedule where recording_id = any(@ids)",
                    row => (Id: row.GetGuid(0), Token: row.GetInt64(1)),
                    ("ids", waiting.Keys.ToArray())
                );
                foreach (var (id, _) in now.Where(row => row.Token != waiting[row.Id]))
                {
                    waiting.Remove(id);
                    seconds.Add(death.Elapsed.TotalSeconds);
                }

                return waiting.Count == 0;
            },
            TimeSpan.FromSeconds(25)
        );
        return seconds;
    }

    private static async Task<HashSet<string>> StartsInFlightAsync(Cloud cloud) =>
        [
            .. await cloud.QueryAsync(
                "select recording_id from recording.runs where document->>'inFlight' = 'Start'",
                row => row.GetGuid(0).ToString()
            ),
        ];
}
