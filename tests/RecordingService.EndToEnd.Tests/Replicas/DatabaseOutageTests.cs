using System.Diagnostics;
using System.Globalization;
using RecordingService.LocalStack.Postgres;
using RecordingService.LocalStack.Processes;
using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Replicas;

/// <summary>PostgreSQL is gone for several leases while a hundred classes are recorded, and comes back.</summary>
public sealed class DatabaseOutageTests : OwnPostgresTest
{
    private const int Classes = 100;
    private const double Factor = 10;

    /// <summary>Requests that the service makes in a second of recording time for an App ID: few, so that a herd would be seen.</summary>
    private const int Rate = 3;

    /// <summary>Requests that Agora takes: a third more, for what is paid for and comes late on a busy machine.</summary>
    private const int Granted = 4;

    /// <summary>Names the length of the outage, such as 00:01:00.</summary>
    private const string OutageVariable = "DATABASE_OUTAGE";

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);
    private static readonly string[] Projects = ["demo", "second"];
    private static readonly string[] AppIds = [DemoAccount.AppId, Cloud.SecondAppId];

    /// <summary>As many leases as 60 s are of a lease of 15 s, unless the environment says otherwise.</summary>
    private static readonly TimeSpan Outage = Environment.GetEnvironmentVariable(OutageVariable) is { Length: > 0 } given
        ? TimeSpan.Parse(given, CultureInfo.InvariantCulture)
        : 4 * Lease;

    [Fact]
    public async Task Database_GoneForFourLeases_LosesNothingAndIsNotFollowedByAHerd()
    {
        await using var postgres = await StartPostgresAsync();
        await using var cloud = await StartCloudAsync(postgres);
        Replica[] replicas = [await StartReplicaAsync(cloud), await StartReplicaAsync(cloud)];
        var classes = await RecordAsync(replicas);

        // Questions that take long keep leases taken: some holders learn of their answers while nothing can be written.
        var slow = cloud.Agora.Faults.Add(
            Fault.Delay(new FaultMatch { Operation = AgoraOperation.Query }, TimeSpan.FromSeconds(0.5 * Factor))
        );
        await Eventually.HoldsAsync(async () => await LeasesAsync(cloud) >= 3);
        using (var server = Process.GetProcessById(postgres.Pid.ShouldNotBeNull()))
        {
            server.Kill();
        }

        var outage = Stopwatch.StartNew();
        cloud.Agora.Faults.Remove(slow);
        await Eventually.HoldsAsync(() => outage.Elapsed >= Outage, Outage + TimeSpan.FromSeconds(5));
        await postgres.RestartAsync(TestContext.Current.CancellationToken);
        var back = TimeProvider.System.GetUtcNow();
        var gone = outage.Elapsed;

        var lookedAfter = await LookedAfterAsync(cloud, replicas[0], classes, back);
        foreach (var (_, id) in classes)
        {
            await Eventually.BecomesAsync(() => replicas[0].StateAsync(id), state => state == "recording");
        }

        var after = cloud.Agora.Journal.Calls().Where(call => call.RealAt > back).ToList();
        var most = AppIds
            .Select(appId => MostPerSecond([.. after.Where(call => call.AppId == appId).Select(call => call.RealAt).Order()]))
            .ToList();
        TestContext.Current.TestOutputHelper!.WriteLine(
            "Database gone for {0:0.0} s, lease {1:0} s: {2} classes looked after again, the last {3:0.0} s after the return; at most {4} calls a second to a project, of {5} granted",
            gone.TotalSeconds,
            Lease.TotalSeconds,
            lookedAfter.Count,
            (lookedAfter.Values.Max() - back).TotalSeconds,
            string.Join(" and ", most),
            Granted * Factor
        );
        foreach (var second in after.GroupBy(call => (int)(call.RealAt - back).TotalSeconds).OrderBy(second => second.Key))
        {
            TestContext.Current.TestOutputHelper!.WriteLine(
                "{0} s: {1}",
                second.Key,
                string.Join(
                    ", ",
                    second
                        .GroupBy(call => (call.AppId[..2], call.Operation, call.Status, call.AnswerLost, call.Took.TotalMilliseconds > 300))
                        .Select(kind => $"{kind.Key} x{kind.Count()}")
                )
            );
        }

        most.ShouldAllBe(calls => calls <= Granted * Factor);
        cloud.Agora.Journal.Calls().ShouldNotContain(call => call.Status == 429);

        foreach (var (_, id) in classes)
        {
            await replicas[1].PostAsync($"/v1/recordings/{id}/stop", null);
        }

        foreach (var (channel, id) in classes)
        {
            await Eventually.BecomesAsync(() => replicas[1].StateAsync(id), state => state == "completed", TimeSpan.FromSeconds(90));
            cloud.Agora.Journal.Recorders(channel).ShouldHaveSingleItem(await replicas[1].TellAsync(id)).LeftAt.ShouldNotBeNull();
        }

        cloud.Agora.Journal.Calls().ShouldNotContain(call => call.Status == 429);
    }

    /// <summary>When each class was first asked about after the return.</summary>
    private static async Task<IReadOnlyDictionary<string, DateTimeOffset>> LookedAfterAsync(
        Cloud cloud,
        Replica replica,
        IReadOnlyList<(string Channel, string Id)> classes,
        DateTimeOffset back
    )
    {
        try
        {
            return await Eventually.BecomesAsync(
                () => Task.FromResult(Look()),
                looks => looks.Count == Classes,
                TimeSpan.FromSeconds(60),
                description: "every class is looked after again"
            );
        }
        catch (TimeoutException exception)
        {
            var looks = Look();
            var (channel, id) = classes.FirstOrDefault(one => !looks.ContainsKey(one.Channel), classes[0]);
            throw new TimeoutException($"{looks.Count} of {Classes} are; not {channel}:\n{await replica.TellAsync(id)}", exception);
        }

        Dictionary<string, DateTimeOffset> Look() =>
            cloud
                .Agora.Journal.Calls()
                .Where(call => call.RealAt > back && call.Operation == AgoraOperation.Query)
                .GroupBy(call => call.Channel)
                .ToDictionary(calls => calls.Key, calls => calls.Min(call => call.RealAt));
    }

    private static async Task<IReadOnlyList<(string Channel, string Id)>> RecordAsync(Replica[] replicas)
    {
        List<(string Channel, string Id)> classes = [];
        for (var number = 0; number < Classes; number++)
        {
            var channel = $"outage-{number}";
            classes.Add((channel, await replicas[number % 2].RecordAsync(channel, project: Projects[number / 2 % 2])));
        }

        foreach (var (_, id) in classes)
        {
            await Eventually.BecomesAsync(() => replicas[0].StateAsync(id), state => state == "recording", TimeSpan.FromSeconds(60));
        }

        return classes;
    }

    private static async Task<Cloud> StartCloudAsync(PrivatePostgres postgres)
    {
        var connectionString = await postgres.RecreateDatabaseAsync("recording", TestContext.Current.CancellationToken);
        await ApiProcess.MigrateAsync(new ApiConfiguration { ConnectionString = connectionString }, TestContext.Current.CancellationToken);
        return await Cloud.StartAsync(
            connectionString,
            Factor,
            options =>
            {
                foreach (var project in options.Projects)
                {
                    project.RequestsPerSecond = Granted;
                }
            }
        );
    }

    private static Task<Replica> StartReplicaAsync(Cloud cloud) =>
        cloud.StartReplicaAsync(
            ("Engine__Lease", $"{Lease:c}"),
            ("Engine__LongestEffect", "00:00:01.3"),
            ("Engine__LeaseMargin", "00:00:00.2"),
            ("Agora__ConnectTimeout", "00:00:00.3"),
            ("Agora__AttemptTimeout", "00:00:01"),
            ("Storage__LookTimeout", "00:00:01.3"),
            ("Agora__Projects__demo__RequestsPerSecond", $"{Rate}"),
            ("Agora__Projects__second__RequestsPerSecond", $"{Rate}")
        );

    private static async Task<long> LeasesAsync(Cloud cloud) =>
        (
            await cloud.QueryAsync(
                "select count(*) from recording.schedule where lease_owner is not null and due_at > now()",
                row => row.GetInt64(0)
            )
        )[0];

    private static int MostPerSecond(List<DateTimeOffset> arrivals)
    {
        var (most, first) = (0, 0);
        for (var last = 0; last < arrivals.Count; last++)
        {
            while (arrivals[last] - arrivals[first] >= TimeSpan.FromSeconds(1))
            {
                first++;
            }

            most = Math.Max(most, last - first + 1);
        }

        return most;
    }
}
