using System.Collections.Concurrent;
using Npgsql;
using RecordingService.LocalStack.Postgres;
using RecordingService.LocalStack.Processes;
using RecordingService.Simulation;

namespace RecordingService.Fuzz;

/// <summary>The service as the local stack runs it, with a database, a simulated Agora and a bucket of its own, gone after use.</summary>
internal sealed class FuzzedService : IAsyncDisposable
{
    private readonly DirectoryInfo folder;
    private readonly PrivatePostgres postgres;
    private readonly AgoraSimulator agora;
    private readonly ApiProcess api;
    private readonly NpgsqlDataSource database;
    private readonly ConcurrentQueue<string> faults;

    /// <summary>A second project beside the demo's; examples of the OpenAPI document name it so.</summary>
    public const string OtherProject = "school";

    private const string OtherAppId = "00112233445566778899aabbccddeeff";

    private FuzzedService(
        DirectoryInfo folder,
        PrivatePostgres postgres,
        AgoraSimulator agora,
        ApiProcess api,
        string key,
        string connectionString,
        ConcurrentQueue<string> faults
    )
    {
        (this.folder, this.postgres, this.agora, this.api, this.faults) = (folder, postgres, agora, api, faults);
        Key = key;
        database = NpgsqlDataSource.Create(connectionString);
        var connection = new NpgsqlConnectionStringBuilder(connectionString);
        Secrets =
        [
            DemoAccount.Certificate,
            DemoAccount.CustomerSecret,
            DemoAccount.NotificationSecret,
            DemoAccount.SecretKey,
            DemoAccount.MasterKey,
            connection.Password ?? connectionString,
        ];
        InternalPlaces = [$"127.0.0.1:{connection.Port}", $"Port={connection.Port}", folder.FullName, AppContext.BaseDirectory];
    }

    public Uri Address => api.Address;

    /// <summary>An API key that allows everything.</summary>
    public string Key { get; }

    /// <summary>What no answer may tell.</summary>
    public IReadOnlyList<string> Secrets { get; }

    /// <summary>Hosts and folders that nobody outside needs to know.</summary>
    public IReadOnlyList<string> InternalPlaces { get; }

    /// <summary>What the service logged as its own faults.</summary>
    public IReadOnlyCollection<string> LoggedFaults => faults;

    public static async Task<FuzzedService> StartAsync(CancellationToken cancellationToken)
    {
        // Not a temporary folder by the framework's means, which the server's account may not enter.
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"recording-fuzz-{Guid.CreateVersion7():N}"));
        await using var undo = new Undo();
        undo.Add(() => folder.Delete(recursive: true));
        var postgres = await PrivatePostgres.StartAsync(
            new PrivatePostgresOptions { Folder = Path.Combine(folder.FullName, "postgres"), ThrowAway = true },
            cancellationToken
        );
        undo.Add(postgres);
        var bucket = folder.CreateSubdirectory("bucket");
        var agora = await AgoraSimulator.StartAsync(
            new SimulatorOptions
            {
                BucketFolder = bucket.FullName,
                Projects =
                {
                    new SimulatedProject
                    {
                        AppId = DemoAccount.AppId,
                        CustomerKey = DemoAccount.CustomerKey,
                        CustomerSecret = DemoAccount.CustomerSecret,
                        Certificate = DemoAccount.Certificate,
                    },
                    new SimulatedProject
                    {
                        AppId = OtherAppId,
                        CustomerKey = DemoAccount.CustomerKey,
                        CustomerSecret = DemoAccount.CustomerSecret,
                        Certificate = DemoAccount.Certificate,
                    },
                },
                Buckets =
                {
                    new SimulatedBucket
                    {
                        Name = DemoAccount.Bucket,
                        AccessKey = DemoAccount.AccessKey,
                        SecretKey = DemoAccount.SecretKey,
                    },
                },
            },
            cancellationToken
        );
        undo.Add(agora);
        var configuration = new ApiConfiguration
        {
            ConnectionString = await postgres.RecreateDatabaseAsync("recording", cancellationToken),
            AgoraHosts = agora.Hosts,
            BucketAddress = new Uri(agora.PublicBucketUrl, DemoAccount.Bucket),
            Further = Settings(agora.Hosts),
        };
        await ApiProcess.MigrateAsync(configuration, cancellationToken);
        var key = await ApiProcess.CreateKeyAsync(configuration, "fuzz", "admin,operate,record,read", cancellationToken);
        var faults = new ConcurrentQueue<string>();
        var api = await ApiProcess.StartAsync(configuration, onOutput: Listen, cancellationToken: cancellationToken);
        undo.Keep();
        return new FuzzedService(folder, postgres, agora, api, key, configuration.ConnectionString, faults);

        void Listen(string line)
        {
            if (
                line.Contains("\"Level\":\"Error\"", StringComparison.Ordinal)
                || line.Contains("\"Level\":\"Fatal\"", StringComparison.Ordinal)
            )
            {
                faults.Enqueue(line);
            }
        }
    }

    private static Dictionary<string, string> Settings(IReadOnlyList<Uri> agoraHosts)
    {
        const string project = $"Agora__Projects__{OtherProject}__";
        var settings = new Dictionary<string, string>
        {
            [$"{project}AppId"] = OtherAppId,
            [$"{project}CustomerKey"] = DemoAccount.CustomerKey,
            [$"{project}CustomerSecret"] = DemoAccount.CustomerSecret,
            [$"{project}Certificate"] = DemoAccount.Certificate,
            [$"{project}NotificationSecrets__0"] = DemoAccount.NotificationSecret,
            [$"{project}StorageProfile"] = "lessons",
            ["Access__Required"] = "true",
            // High enough for requests to be refused for what they are, and not for their number; bad keys are refused either way.
            ["Access__RequestsPerSecond"] = "1000",
            ["Access__FailedAttempts"] = "50",
            // A test of a webhook that nobody answers ends before the patience of this run does, and attempts take little of the machine.
            ["Webhooks__Timeout"] = "00:00:02",
            ["Webhooks__Slots"] = "8",
            ["Webhooks__InFlight"] = "2",
        };
        for (var i = 0; i < agoraHosts.Count; i++)
        {
            settings[$"{project}Hosts__{i}"] = agoraHosts[i].AbsoluteUri.TrimEnd('/');
        }

        return settings;
    }

    public async Task<IReadOnlyList<Guid>> StoredRecordingsAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select id from recording.recordings");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<Guid> ids = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            ids.Add(reader.GetGuid(0));
        }

        return ids;
    }

    /// <summary>What is stored without what belongs to it: a request that was refused or cut in the middle must leave all of it or nothing.</summary>
    public async Task<IReadOnlyList<string>> HalfStoredAsync(CancellationToken cancellationToken)
    {
        (string What, string Sql)[] looks =
        [
            (
                "recordings without a run",
                "recording.recordings r where not exists (select 1 from recording.runs n where n.recording_id = r.id)"
            ),
            (
                "recordings without a line in their timeline",
                "recording.recordings r where not exists (select 1 from recording.log l where l.recording_id = r.id)"
            ),
            (
                "live recordings that nobody looks after",
                "recording.recordings r where r.ended_at is null and not exists (select 1 from recording.schedule s where s.recording_id = r.id)"
            ),
            (
                "idempotency keys of a recording that is not there",
                """
                recording.idempotency k where k.recording_id <> '00000000-0000-0000-0000-000000000000'
                  and not exists (select 1 from recording.recordings r where r.id = k.recording_id)
                """
            ),
            (
                "runs of no recording",
                "recording.runs n where not exists (select 1 from recording.recordings r where r.id = n.recording_id)"
            ),
            (
                "API keys without a line in the audit",
                "recording.api_keys k where not exists (select 1 from recording.audit a where a.action = 'createApiKey' and a.subject = k.id)"
            ),
            (
                "webhooks without a secret",
                "recording.webhooks w where not exists (select 1 from recording.webhook_secrets s where s.webhook_id = w.id)"
            ),
        ];
        List<string> found = [];
        foreach (var (what, sql) in looks)
        {
            await using var command = database.CreateCommand($"select count(*) from {sql}");
            if (await command.ExecuteScalarAsync(cancellationToken) is long count and > 0)
            {
                found.Add($"{count} {what}");
            }
        }

        return found;
    }

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        await api.TerminateAsync();
        await api.DisposeAsync();
        await agora.DisposeAsync();
        await postgres.DisposeAsync();
        if (folder.Exists)
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Ends in the opposite order what was started, unless all of it was.</summary>
    private sealed class Undo : IAsyncDisposable
    {
        private readonly Stack<Func<ValueTask>> steps = new();

        public void Add(IAsyncDisposable part) => steps.Push(part.DisposeAsync);

        public void Add(Action step) =>
            steps.Push(() =>
            {
                step();
                return ValueTask.CompletedTask;
            });

        public void Keep() => steps.Clear();

        public async ValueTask DisposeAsync()
        {
            while (steps.TryPop(out var step))
            {
                await step();
            }
        }
    }
}
