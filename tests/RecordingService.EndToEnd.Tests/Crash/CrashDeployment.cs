using Npgsql;
using RecordingService.LocalStack.Processes;
using RecordingService.Simulation;

namespace RecordingService.EndToEnd.Tests.Crash;

/// <summary>A replica with the names by which the database knows it.</summary>
/// <param name="Replica">The process and its caller.</param>
/// <param name="Name">Name of its sessions.</param>
/// <param name="Number">Owner of its leases.</param>
internal sealed record Member(Replica Replica, string Name, int Number);

/// <summary>Two replicas on one database, with a third to come for each that is killed; all points of a class of tests share it, one after the other.</summary>
public sealed class CrashDeployment(EndToEndDatabase postgres) : IAsyncDisposable
{
    /// <summary>Recording time is fast, yet a take-over of some seconds must not look like an outage to the recorders' limits.</summary>
    public const double Factor = 10;

    /// <summary>How long the leases of a dead replica last.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);

    /// <summary>How long after one query of a replaced recorder the next one is due: within the time that a call may take. Recording time.</summary>
    public static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(5);

    private static readonly (string Key, string Value)[] Settings =
    [
        ("Engine__Lease", $"{Lease:c}"),
        ("Engine__LongestEffect", "00:00:02.2"),
        ("Engine__LeaseMargin", "00:00:00.2"),
        ("Agora__ConnectTimeout", "00:00:00.4"),
        ("Agora__AttemptTimeout", "00:00:01.8"),
        ("Storage__LookTimeout", "00:00:02.2"),
        // Files of recorders that died are waited for; nothing here depends on how long.
        ("Lifecycle__UploadUsual", "00:01:00"),
        ("Lifecycle__WatchInterval", $"{WatchInterval:c}"),
    ];

    private readonly List<Member> members = [];
    private string connectionString = "";
    private int started;
    private Task next = Task.CompletedTask;

    internal Cloud Cloud { get; private set; } = null!;

    internal Front Front { get; private set; } = null!;

    internal AgoraSimulator Agora => Cloud.Agora;

    /// <summary>The replicas that live.</summary>
    internal IReadOnlyList<Member> Members
    {
        get
        {
            lock (members)
            {
                return [.. members];
            }
        }
    }

    /// <summary>Makes sure that two replicas live; the first time it starts everything.</summary>
    internal async Task BecomeReadyAsync()
    {
        if (Cloud is null)
        {
            connectionString = await postgres.CreateDatabaseAsync();
            Cloud = await Cloud.StartAsync(connectionString, Factor);
            Front = await Front.StartAsync(Agora.Hosts[0], () => [.. Members.Select(member => member.Replica.Api.Address)]);
            await Task.WhenAll(StartAsync(), StartAsync());
        }

        await next;
        while (Members.Count < 2)
        {
            await StartAsync();
        }

        Agora.Notifications.Settings = new NotificationOptions();
    }

    /// <summary>Kills a replica as <c>kill -9</c> does.</summary>
    internal async Task KillAsync(Member doomed)
    {
        lock (members)
        {
            members.Remove(doomed);
        }

        doomed.Replica.Api.Kill();
        await doomed.Replica.Api.Process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Has another replica started, beside whatever goes on.</summary>
    internal void StartNext() => next = StartAsync();

    /// <summary>Has the events of recorders told, to whichever replica lives.</summary>
    internal void Notify() =>
        Agora.Notifications.Settings = new NotificationOptions
        {
            Projects =
            [
                new NotificationReceiver
                {
                    AppId = DemoAccount.AppId,
                    Url = new Uri(Front.Address, "/agora/notifications/demo"),
                    Secret = DemoAccount.NotificationSecret,
                },
            ],
        };

    public async ValueTask DisposeAsync()
    {
        if (Cloud is null)
        {
            return;
        }

        await next.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Front.DisposeAsync();
        await Cloud.DisposeAsync();
    }

    private async Task StartAsync()
    {
        var name = $"replica-{Interlocked.Increment(ref started)}";
        var replica = await Cloud.StartReplicaAsync([
            .. Settings,
            (
                "ConnectionStrings__Recording",
                new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = name }.ConnectionString
            ),
            ("Storage__Profiles__lessons__PublicBaseUrl", new Uri(Front.Address, $"/bucket/{DemoAccount.Bucket}").AbsoluteUri),
        ]);
        var member = new Member(replica, name, replica.Number);
        lock (members)
        {
            members.Add(member);
        }
    }
}
