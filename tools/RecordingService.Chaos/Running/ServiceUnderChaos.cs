using System.Globalization;
using RecordingService.LocalStack.Postgres;
using RecordingService.LocalStack.Processes;
using RecordingService.Simulation;

namespace RecordingService.Chaos.Running;

/// <summary>The service as it is deployed: replicas as processes on a PostgreSQL of their own, with lease, poll and time-outs as much faster as its time runs.</summary>
internal sealed class ServiceUnderChaos : IAsyncDisposable
{
    private static readonly TimeSpan StandardLease = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ShortestLease = TimeSpan.FromSeconds(2);

    private readonly DirectoryInfo folder;
    private readonly PrivatePostgres postgres;
    private readonly ApiConfiguration configuration;
    private readonly ApiProcess?[] replicas;
    private readonly int[] ports;
    private readonly TextWriter[] logs;

    private ServiceUnderChaos(DirectoryInfo folder, PrivatePostgres postgres, ApiConfiguration configuration, int count, string logFolder)
    {
        (this.folder, this.postgres, this.configuration) = (folder, postgres, configuration);
        replicas = new ApiProcess?[count];
        ports = [.. Enumerable.Range(0, count).Select(_ => LoopbackPort.FindFree())];
        logs =
        [
            .. Enumerable
                .Range(0, count)
                .Select(n => TextWriter.Synchronized(File.CreateText(Path.Combine(logFolder, $"replica-{n}.log")))),
        ];
    }

    /// <summary>Gets how long a replica owns a recording; real time.</summary>
    public TimeSpan Lease { get; private init; }

    /// <summary>Gets the addresses of the replicas, which they keep when they are started again.</summary>
    public IReadOnlyList<Uri> Addresses => [.. ports.Select(port => new Uri($"http://127.0.0.1:{port}"))];

    /// <summary>Name of a project of the service.</summary>
    public static string ProjectName(int project) => project == 0 ? "demo" : $"project{project}";

    /// <summary>Starts database and replicas.</summary>
    public static async Task<ServiceUnderChaos> StartAsync(
        AgoraSimulator agora,
        RunClock clock,
        IReadOnlyList<string> appIds,
        int replicas,
        string logFolder,
        CancellationToken cancellationToken
    )
    {
        // Not a temporary folder by the framework's means, which the server's account may not enter.
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"recording-chaos-{Guid.CreateVersion7():N}"));
        // Of the kind that is kept: one to be thrown away would lose commits when it is restarted at once.
        var postgres = await PrivatePostgres.StartAsync(
            new PrivatePostgresOptions { Folder = Path.Combine(folder.FullName, "postgres") },
            cancellationToken
        );
        var lease = StandardLease / clock.Factor is var divided && divided > ShortestLease ? divided : ShortestLease;
        ServiceUnderChaos? service = null;
        try
        {
            var configuration = new ApiConfiguration
            {
                ConnectionString = await postgres.RecreateDatabaseAsync("recording", cancellationToken),
                AgoraHosts = agora.Hosts,
                BucketAddress = new Uri(agora.PublicBucketUrl, DemoAccount.Bucket),
                Factor = clock.Factor,
                RealFrom = clock.RealFrom,
                Further = new Dictionary<string, string>([.. Settings(agora, appIds), .. Times(clock.Factor, lease)]),
            };
            await ApiProcess.MigrateAsync(configuration, cancellationToken);
            service = new ServiceUnderChaos(folder, postgres, configuration, replicas, logFolder) { Lease = lease };
            for (var replica = 0; replica < replicas; replica++)
            {
                await service.StartReplicaAsync(replica, cancellationToken);
            }

            return service;
        }
        catch
        {
            if (service is null)
            {
                await postgres.DisposeAsync();
                folder.Delete(recursive: true);
            }
            else
            {
                await service.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>Starts a replica at its address.</summary>
    public async Task StartReplicaAsync(int replica, CancellationToken cancellationToken) =>
        replicas[replica] = await ApiProcess.StartAsync(configuration, ports[replica], logs[replica].WriteLine, cancellationToken);

    /// <summary>Ends a replica without warning.</summary>
    public async Task KillReplicaAsync(int replica)
    {
        if (replicas[replica] is { } process)
        {
            replicas[replica] = null;
            await process.DisposeAsync();
        }
    }

    /// <summary>Freezes a replica.</summary>
    public void Freeze(int replica) => replicas[replica]?.Process.Suspend();

    /// <summary>Lets a frozen replica go on.</summary>
    public void Thaw(int replica) => replicas[replica]?.Process.Resume();

    /// <summary>Ends the database at once, as a crash does, and starts it again at its address.</summary>
    public Task RestartDatabaseAsync(CancellationToken cancellationToken) => postgres.RestartAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        for (var replica = 0; replica < replicas.Length; replica++)
        {
            await KillReplicaAsync(replica);
            await logs[replica].DisposeAsync();
        }

        await postgres.DisposeAsync();
        folder.Delete(recursive: true);
        if (postgres.Folder is { } substitute && Directory.Exists(substitute))
        {
            Directory.Delete(substitute, recursive: true);
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Settings(AgoraSimulator agora, IReadOnlyList<string> appIds)
    {
        for (var number = 0; number < appIds.Count; number++)
        {
            var project = $"Agora__Projects__{ProjectName(number)}__";
            yield return new($"{project}AppId", appIds[number]);
            yield return new($"{project}CustomerKey", DemoAccount.CustomerKey);
            yield return new($"{project}CustomerSecret", DemoAccount.CustomerSecret);
            yield return new($"{project}Certificate", DemoAccount.Certificate);
            yield return new($"{project}NotificationSecrets__0", DemoAccount.NotificationSecret);
            yield return new($"{project}StorageProfile", "lessons");
            for (var host = 0; host < agora.Hosts.Count; host++)
            {
                yield return new($"{project}Hosts__{host}", agora.Hosts[host].AbsoluteUri.TrimEnd('/'));
            }
        }

        yield return new("Serilog__MinimumLevel__Default", "Warning");
    }

    /// <summary>What production has in real time, divided; where the lease cannot be, it leaves the rest its room.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Times(double factor, TimeSpan lease)
    {
        yield return Time("Engine__Lease", lease);
        yield return Time("Engine__LongestEffect", TimeSpan.FromSeconds(8) / factor);
        yield return Time("Engine__LeaseMargin", TimeSpan.FromSeconds(3) / factor);
        yield return Time("Engine__Poll", TimeSpan.FromMilliseconds(Math.Max(30, 200 / factor)));
        yield return Time("Agora__ConnectTimeout", TimeSpan.FromSeconds(2) / factor);
        yield return Time("Agora__AttemptTimeout", TimeSpan.FromSeconds(5.9) / factor);
        yield return Time("Agora__ReturnToFirstHostAfter", TimeSpan.FromMinutes(5) / factor);
        yield return Time("Storage__LookTimeout", TimeSpan.FromSeconds(7.5) / factor);

        static KeyValuePair<string, string> Time(string key, TimeSpan value) => new(key, value.ToString("c", CultureInfo.InvariantCulture));
    }
}
