using System.Diagnostics;
using RecordingService.LocalStack.Postgres;
using RecordingService.LocalStack.Processes;
using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Rules;

/// <summary>Everything of ours dies at once in the middle of classes, and comes back (S16).</summary>
public sealed class CrashRuleTests : OwnPostgresTest
{
    private const int Recorded = 40;
    private const int Accepted = 10;
    private static readonly string[] Projects = ["demo", "second"];

    [Fact]
    [Trait("Rule", "S16")]
    public async Task S16_ServicesAndDatabaseKilledInTheMiddleOf50Classes_NothingIsStartedTwiceOrForgotten()
    {
        await using var first = await StartPostgresAsync();
        var database = first.ConnectionString(await MigratedAsync(first));
        await using var cloud = await Cloud.StartAsync(database, factor: 10);
        Replica[] killed = [await cloud.StartReplicaAsync(), await cloud.StartReplicaAsync()];
        var classes = await StartAsync(killed, 0, Recorded);
        foreach (var (_, id) in classes)
        {
            await Eventually.BecomesAsync(() => killed[0].StateAsync(id), state => state == "recording", TimeSpan.FromSeconds(60));
        }

        // The last ones are stored, and were perhaps sent to Agora; nobody has heard of the outcome.
        var slow = cloud.Agora.Faults.Add(
            new Fault
            {
                Match = new FaultMatch { Operation = AgoraOperation.Start },
                DelayAfter = TimeSpan.FromSeconds(30),
            }
        );
        classes = [.. classes, .. await StartAsync(killed, Recorded, Accepted)];
        foreach (var replica in killed)
        {
            replica.Api.Kill();
        }

        using (var server = Process.GetProcessById(first.Pid.ShouldNotBeNull()))
        {
            server.Kill();
        }

        await first.DisposeAsync();
        cloud.Agora.Faults.Remove(slow);
        var performed = cloud.Agora.Journal.Recorders().Select(recorder => recorder.Channel).ToHashSet();

        await using var second = await StartPostgresAsync();
        var moved = ("ConnectionStrings__Recording", second.ConnectionString("recording"));
        Replica[] replicas = [await cloud.StartReplicaAsync(moved), await cloud.StartReplicaAsync(moved)];
        foreach (var (_, id) in classes)
        {
            await Eventually.BecomesAsync(() => replicas[0].StateAsync(id), state => state == "recording", TimeSpan.FromSeconds(60));
        }

        foreach (var (channel, _) in classes.Take(Recorded))
        {
            // The recorder from before goes on; no other was ever started.
            cloud.Agora.Journal.Recorders(channel).ShouldHaveSingleItem(channel).LeftAt.ShouldBeNull(channel);
        }

        foreach (var (channel, id) in classes.Skip(Recorded))
        {
            // Of a start whose answer died with its replica, one recorder may be left whose sid nobody was told.
            var recorders = cloud.Agora.Journal.Recorders(channel);
            recorders.Count(recorder => recorder.SidDelivered).ShouldBe(1, await replicas[0].TellAsync(id));
            recorders.Count(recorder => !recorder.SidDelivered).ShouldBeLessThanOrEqualTo(performed.Contains(channel) ? 1 : 0, channel);
            recorders.Select(recorder => recorder.Uid).ShouldBeUnique();
        }

        await Task.WhenAll(classes.Select(one => replicas[1].PostAsync($"/v1/recordings/{one.Id}/stop", null)));
        foreach (var (channel, id) in classes)
        {
            await Eventually.BecomesAsync(() => replicas[1].StateAsync(id), state => state == "completed", TimeSpan.FromSeconds(60));
            cloud.Agora.Journal.Recorders(channel).ShouldAllBe(one => one.LeftAt != null || !one.SidDelivered, channel);
        }
    }

    private static async Task<List<(string Channel, string Id)>> StartAsync(Replica[] replicas, int from, int count) =>
        [
            .. await Task.WhenAll(
                Enumerable
                    .Range(from, count)
                    .Select(async number =>
                        ($"crash-{number}", await replicas[number % 2].RecordAsync($"crash-{number}", project: Projects[number / 2 % 2]))
                    )
            ),
        ];

    private static async Task<string> MigratedAsync(PrivatePostgres postgres)
    {
        const string name = "recording";
        await ApiProcess.MigrateAsync(
            new ApiConfiguration { ConnectionString = await postgres.RecreateDatabaseAsync(name, TestContext.Current.CancellationToken) },
            TestContext.Current.CancellationToken
        );
        return name;
    }
}
