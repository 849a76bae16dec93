using RecordingService.LocalStack.Postgres;
using RecordingService.LocalStack.Processes;
using RecordingService.Simulation;

namespace RecordingService.LocalStack;

/// <summary>PostgreSQL, the simulator and the API, started in this order and stopped in the opposite one.</summary>
internal sealed class RunningStack : IAsyncDisposable
{
    private const string DatabaseName = "recording";
    private const double DemonstrationFactor = 20;
    private static readonly TimeSpan DemonstrationLength = TimeSpan.FromSeconds(45);

    private readonly StackFolder folder;
    private readonly Stack<IAsyncDisposable> parts = new();
    private ApiProcess? api;

    private RunningStack(StackFolder folder) => this.folder = folder;

    public ApiProcess Api => api ?? throw new InvalidOperationException("The stack is not started.");

    /// <summary>The key that calls carry, or null where none is needed.</summary>
    public string? Key { get; private set; }

    public RecordingTime RecordingTime { get; private set; } = new(TimeProvider.System, 1, DateTimeOffset.MinValue);

    /// <exception cref="LocalStackException">Something is in the way.</exception>
    /// <exception cref="PrivatePostgresException">There is no PostgreSQL to start.</exception>
    /// <exception cref="ServiceProcessException">The API does not start.</exception>
    public static async Task<RunningStack> StartAsync(
        CommandLine asked,
        TimeProvider time,
        TextWriter console,
        CancellationToken cancellationToken
    )
    {
        var stack = new RunningStack(StackFolder.Open());
        try
        {
            await stack.StartPartsAsync(asked, time, console, cancellationToken);
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts PostgreSQL alone, prints where it is, and runs it until cancelled.</summary>
    /// <exception cref="LocalStackException">Something is in the way.</exception>
    /// <exception cref="PrivatePostgresException">There is no PostgreSQL to start.</exception>
    public static async Task RunPostgresAsync(CommandLine asked, TimeProvider time, TextWriter console, CancellationToken cancellationToken)
    {
        await using var stack = new RunningStack(StackFolder.Open());
        var postgres = await stack.StartPostgresAsync(asked, time, console, cancellationToken);
        console.WriteLine(await postgres.RecreateDatabaseAsync(DatabaseName, cancellationToken));
        await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (api is not null)
        {
            await api.TerminateAsync();
            LeftoverProcess.Forget(folder.ApiPidFile);
        }

        while (parts.TryPop(out var part))
        {
            await part.DisposeAsync();
        }

        folder.Dispose();
    }

    private async Task StartPartsAsync(CommandLine asked, TimeProvider time, TextWriter console, CancellationToken cancellationToken)
    {
        if (await LeftoverProcess.EndAsync(folder.ApiPidFile, cancellationToken) is { } pid)
        {
            WriteNote(console, $"Ended the API process {pid} that a killed run had left behind.");
        }

        var port = ChoosePort(asked);
        folder.PrepareBucket(asked.Fresh);

        var postgres = await StartPostgresAsync(asked, time, console, cancellationToken);
        var configuration = new ApiConfiguration
        {
            ConnectionString = await postgres.RecreateDatabaseAsync(DatabaseName, cancellationToken),
            // Said in any case: what stands in the environment would reach the API and not this program.
            Further = new Dictionary<string, string> { ["Access__Required"] = asked.Keys ? "true" : "false" },
        };
        await ApiProcess.MigrateAsync(configuration, cancellationToken);
        console.WriteLine($"  database         {configuration.ConnectionString}");
        if (asked.Keys)
        {
            Key = await ApiProcess.CreateKeyAsync(configuration, "local", "record,read,operate,admin", cancellationToken);
        }

        // Only now, so that a slow first start of the above takes nothing from the fast time.
        RecordingTime = new RecordingTime(time, DemonstrationFactor, time.GetUtcNow() + DemonstrationLength);
        var simulator = await AgoraSimulator.StartAsync(
            SimulatedAgora.Options(folder.Bucket, RecordingTime, new Uri($"http://127.0.0.1:{port}")),
            cancellationToken
        );
        parts.Push(simulator);
        console.WriteLine($"  Agora simulator  {simulator.Hosts[0].Authority}, files in {folder.Bucket}");

        api = await ApiProcess.StartAsync(
            configuration with
            {
                AgoraHosts = simulator.Hosts,
                BucketAddress = new Uri(simulator.PublicBucketUrl, DemoAccount.Bucket),
                Factor = RecordingTime.Factor,
                RealFrom = RecordingTime.RealFrom,
            },
            port,
            folder.OpenApiLog().WriteLine,
            cancellationToken
        );
        parts.Push(api);
        LeftoverProcess.Remember(folder.ApiPidFile, api.Process);
        console.WriteLine($"  RecordingService http://localhost:{port}");
        if (Key is not null)
        {
            console.WriteLine($"  API key          {Key}");
        }

        console.WriteLine();
    }

    private async Task<PrivatePostgres> StartPostgresAsync(
        CommandLine asked,
        TimeProvider time,
        TextWriter console,
        CancellationToken cancellationToken
    )
    {
        var postgres = await PrivatePostgres.StartAsync(
            new PrivatePostgresOptions
            {
                Folder = folder.Postgres,
                Fresh = asked.Fresh,
                Note = text => WriteNote(console, text),
                Time = time,
            },
            cancellationToken
        );
        parts.Push(postgres);
        console.WriteLine($"  PostgreSQL       127.0.0.1:{postgres.Port}, {postgres.Description}");
        return postgres;
    }

    private static void WriteNote(TextWriter console, string text) => console.WriteLine($"  ({text})");

    private static int ChoosePort(CommandLine asked)
    {
        if (LoopbackPort.IsFree(asked.Port))
        {
            return asked.Port;
        }

        return asked is { Once: true, AskedPort: null }
            ? LoopbackPort.FindFree()
            : throw new LocalStackException(
                $"Port {asked.Port} is taken by another program: end that one, or choose another port with --port."
            );
    }
}
