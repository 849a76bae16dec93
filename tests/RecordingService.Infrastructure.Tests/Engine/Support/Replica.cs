using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using RecordingService.Domain;
using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.RoomTypes;
using RecordingService.Infrastructure.Agora;
using RecordingService.Infrastructure.Agora.Notifications;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Infrastructure.Tests.Engine.Support;

/// <summary>How a replica differs from the ordinary one.</summary>
internal sealed record ReplicaSettings
{
    public string? ConnectionString { get; init; }
    public IReadOnlyList<string> Projects { get; init; } = [Replica.Project];
    public int RequestsPerSecond { get; init; } = 100_000;
    public ScriptedAgora? Agora { get; init; }
    public LifecycleOptions Lifecycle { get; init; } = Replica.Quick;
    public IReadOnlyDictionary<string, string?> Configuration { get; init; } = new Dictionary<string, string?>();
    public Action<RecorderUidRanges>? Uids { get; init; }

    /// <summary>What a replica has beside the engine.</summary>
    public Action<IServiceCollection, IConfiguration>? Services { get; init; }
}

/// <summary>The engine of one replica as the service composes it, with a scripted Agora.</summary>
internal sealed class Replica : IAsyncDisposable
{
    public const string Project = "school";

    /// <summary>Ladders so short that nothing has to be waited for.</summary>
    public static readonly LifecycleOptions Quick = new()
    {
        HostLadder = [Milliseconds(20)],
        StartLadder = [Milliseconds(20), Milliseconds(20), Milliseconds(20)],
        ProofLadder = [Milliseconds(20)],
        DoubtLadder = [Milliseconds(20), Milliseconds(20), Milliseconds(20)],
        SilenceLadder = [Milliseconds(20)],
        WatchInterval = Milliseconds(20),
        MonitoringInterval = Milliseconds(20),
        ThrottleLadder = [Milliseconds(20)],
        ReplacementLadder = [Milliseconds(20)],
        UploadLadder = [Milliseconds(20)],
    };

    private readonly ServiceProvider provider;

    public Replica(string connectionString, ReplicaSettings settings)
    {
        Agora = settings.Agora ?? new ScriptedAgora();
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Configuration)
            .AddInMemoryCollection([new($"ConnectionStrings:{EngineServiceCollectionExtensions.ConnectionStringName}", connectionString)])
            .Build();
        var services = new ServiceCollection();
        services.AddEngine(configuration);
        services.Replace(ServiceDescriptor.Singleton(settings.Lifecycle));
        services.AddSingleton<IHostEnvironment>(new TestEnvironment());
        services.AddSingleton<IAgora>(Agora);
        services.AddSingleton<IRecordingFiles>(new CompleteFiles());
        services.AddSingleton<ILoggerFactory>(new LoggerFactory([Log]));
        services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        services.Configure<AgoraOptions>(options =>
        {
            foreach (var name in settings.Projects)
            {
                var project = new AgoraProjectOptions { RequestsPerSecond = settings.RequestsPerSecond, StorageProfile = "main" };
                settings.Uids?.Invoke(project.RecorderUids);
                options.Projects[name] = project;
            }
        });
        services.Configure<StorageOptions>(options => options.Profiles["main"] = new StorageProfileOptions());
        // Notices are read without a secret here: what they are signed with is the business of whoever takes them in.
        services.AddSingleton(provider => new AgoraNotifications(
            new AgoraProjects(Microsoft.Extensions.Options.Options.Create(new AgoraOptions()), TimeProvider.System),
            [],
            provider.GetRequiredService<RecordingNow>()
        ));
        settings.Services?.Invoke(services, configuration);
        provider = services.BuildServiceProvider();
    }

    public ScriptedAgora Agora { get; }
    public LogOfReplica Log { get; } = new();
    public Schedule Schedule => Get<Schedule>();
    public RequestBudgets Budgets => Get<RequestBudgets>();
    public RecordingStore Store => Get<RecordingStore>();
    public Processor Processor => Get<Processor>();
    public RecordingClock Clock => Get<RecordingClock>();
    public Projects Projects => Get<Projects>();
    public EngineState State => Get<EngineState>();
    public RecordingRequests Requests => Get<RecordingRequests>();
    public OperatorRequests Operators => Get<OperatorRequests>();
    public RecordingQueries Queries => Get<RecordingQueries>();
    public RecordingWaits Waits => Get<RecordingWaits>();
    public Orchestrator Orchestrator => provider.GetServices<IHostedService>().OfType<Orchestrator>().Single();
    public IReadOnlyList<IHostedService> Hosted => [.. provider.GetServices<IHostedService>()];
    public NpgsqlDataSource Database => Get<NpgsqlDataSource>();
    public Budget Budget => Projects.BudgetOf(Project);

    public T Get<T>()
        where T : notnull => provider.GetRequiredService<T>();

    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        await Projects.RegisterAsync(cancellationToken);
        await Schedule.ReadClockAsync(cancellationToken);
    }

    public Task<IReadOnlyList<Claim>> ClaimAsync(int free = 1000, TimeSpan? lease = null) =>
        Schedule.ClaimAsync(
            Projects.Budgets,
            free,
            State.Replica,
            lease ?? TimeSpan.FromSeconds(15),
            TestContext.Current.CancellationToken
        );

    public async Task<Claim> ClaimOneAsync(TimeSpan? lease = null) => (await ClaimAsync(1, lease)).ShouldHaveSingleItem();

    /// <summary>Claims what is due now and works on it, one after the other.</summary>
    public async Task<int> WorkOnceAsync()
    {
        var claims = await ClaimAsync();
        foreach (var claim in claims)
        {
            await Processor.ProcessAsync(claim, CancellationToken.None, TestContext.Current.CancellationToken);
        }

        return claims.Count;
    }

    /// <summary>Works until a recording is as wanted.</summary>
    public async Task<Domain.Recordings.Recording> WorkUntilAsync(Guid id, Func<Domain.Recordings.Recording, bool> wanted)
    {
        Domain.Recordings.Recording? last = null;
        await RecordingService.Testing.Eventually.HoldsAsync(async () =>
        {
            await WorkOnceAsync();
            last = await FindAsync(id);
            return wanted(last);
        });
        return last!;
    }

    public async Task<Domain.Recordings.Recording> FindAsync(Guid id) =>
        (await Queries.FindAsync(id, TestContext.Current.CancellationToken))!.Recording;

    public async Task<Guid> AcceptAsync(string channel = "maths", string label = "main") =>
        (await TryAcceptAsync(channel, label)).ShouldBeOfType<StartOutcome.Accepted>().RecordingId;

    public Task<StartOutcome> TryAcceptAsync(string channel = "maths", string label = "main", string? key = null) =>
        Requests.AcceptAsync(
            new StartRequest
            {
                Caller = "test",
                IdempotencyKey = key,
                Project = Project,
                Channel = channel,
                Label = label,
                RoomType = new("lecture", 1, "A lecture.", new RecordingPolicy()),
                StorageProfile = "main",
            },
            TestContext.Current.CancellationToken
        );

    public ValueTask DisposeAsync() => provider.DisposeAsync();

    private static TimeSpan Milliseconds(int ms) => TimeSpan.FromMilliseconds(ms);

    private sealed class TestEnvironment : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = "Development";
        public string ApplicationName { get; set; } = "test";
        public string ContentRootPath { get; set; } = "/";
        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}

/// <summary>What a replica logged.</summary>
internal sealed class LogOfReplica : ILoggerProvider, ILogger
{
    private readonly System.Collections.Concurrent.ConcurrentQueue<(int Id, string Text)> lines = [];

    public IReadOnlyList<string> Of(int eventId) => [.. lines.Where(line => line.Id == eventId).Select(line => line.Text)];

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    ) => lines.Enqueue((eventId.Id, $"{formatter(state, exception)} {exception}"));

    public void Dispose() { }
}
