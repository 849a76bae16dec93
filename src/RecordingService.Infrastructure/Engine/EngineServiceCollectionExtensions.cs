using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using RecordingService.Domain.Lifecycle;
using RecordingService.Infrastructure.Agora;
using RecordingService.Infrastructure.Events;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Infrastructure.Engine;

/// <summary>Brings the engine into the service collection.</summary>
public static class EngineServiceCollectionExtensions
{
    /// <summary>Name of the connection string.</summary>
    public const string ConnectionStringName = "Recording";

    /// <summary>Transactions here are two round trips; who pauses longer is frozen or gone.</summary>
    private static readonly TimeSpan LongestPauseInTransaction = TimeSpan.FromSeconds(5);

    /// <summary>Statements here take milliseconds: a database that is silent for longer is not there, and callers are told so.</summary>
    private static readonly TimeSpan LongestStatement = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestCancellation = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestConnect = TimeSpan.FromSeconds(4);

    /// <summary>More than the statements that the engine repeats.</summary>
    private const int PreparedStatements = 60;

    /// <summary>Adds the database, the request side, the read side and the orchestrator.</summary>
    public static IServiceCollection AddEngine(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<EngineOptions>().Bind(configuration.GetSection(EngineOptions.Section)).ValidateOnStart();
        services.AddOptions<RecordingTimeOptions>().Bind(configuration.GetSection(RecordingTimeOptions.Section)).ValidateOnStart();
        services.AddOptions<EventFeedOptions>().Bind(configuration.GetSection(EventFeedOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<EventFeedOptions>, EventFeedOptionsValidator>();
        services.AddSingleton<IValidateOptions<EngineOptions>>(_ => new EngineOptionsValidator(LongestCall(configuration)));
        services.AddSingleton<IValidateOptions<RecordingTimeOptions>, RecordingTimeOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(_ => LifecycleConfiguration.Read(configuration));

        services.AddSingleton(_ =>
        {
            var connectionString = configuration.GetConnectionString(ConnectionStringName) is { Length: > 0 } given
                ? given
                : throw new OptionsValidationException(
                    "ConnectionStrings",
                    typeof(string),
                    [$"ConnectionStrings:{ConnectionStringName} is missing or empty; it names the PostgreSQL database."]
                );
            return NpgsqlDataSource.Create(WithDefaults(connectionString));
        });
        services.AddDbContextFactory<RecordingDb>(
            (provider, db) => db.UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>(), Configure)
        );

        services.AddSingleton<RecordingClock>();
        services.AddSingleton<EngineState>();
        services.AddSingleton(provider => new Projects(
            provider.GetRequiredService<IOptions<AgoraOptions>>().Value,
            provider.GetRequiredService<NpgsqlDataSource>()
        ));
        services.AddSingleton<RequestBudgets>();
        services.AddSingleton<Schedule>();
        services.AddSingleton(provider => new Backlog(
            provider.GetRequiredService<NpgsqlDataSource>(),
            provider.GetRequiredService<Projects>(),
            provider.GetRequiredService<RequestBudgets>(),
            provider.GetRequiredService<RecordingClock>(),
            provider.GetRequiredService<LifecycleOptions>()
        ));
        services.AddSingleton(provider => new ProjectActions(
            provider.GetRequiredService<NpgsqlDataSource>(),
            provider.GetRequiredService<Projects>(),
            provider.GetRequiredService<RecordingClock>()
        ));
        services.AddSingleton<RecordingStore>();
        services.AddSingleton<RunPreparation>();
        services.AddSingleton<AgoraCalls>();
        services.AddSingleton<Processor>();
        services.AddSingleton(provider => new SchemaGate(provider.GetRequiredService<IDbContextFactory<RecordingDb>>()));
        services.AddSingleton(provider => new RoomTypes(provider.GetRequiredService<IDbContextFactory<RecordingDb>>()));
        services.AddSingleton(provider => new RecordingQueries(provider.GetRequiredService<IDbContextFactory<RecordingDb>>()));
        services.AddSingleton(provider => new RecordingRequests(
            provider.GetRequiredService<NpgsqlDataSource>(),
            provider.GetRequiredService<RecordingClock>(),
            provider.GetRequiredService<EngineState>()
        ));
        services.AddSingleton(provider => new OperatorRequests(
            provider.GetRequiredService<NpgsqlDataSource>(),
            provider.GetRequiredService<RecordingClock>(),
            provider.GetRequiredService<EngineState>()
        ));
        services.AddSingleton(provider => new NotificationIntake(
            provider.GetRequiredService<NpgsqlDataSource>(),
            provider.GetRequiredService<EngineState>(),
            provider.GetRequiredService<RecordingClock>(),
            provider.GetRequiredService<ILogger<NotificationIntake>>()
        ));
        services.AddSingleton(provider => new ApiKeys(provider.GetRequiredService<NpgsqlDataSource>()));
        services.AddSingleton(provider => new ApiKeyRing(
            provider.GetRequiredService<NpgsqlDataSource>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ApiKeyRing>>()
        ));
        services.AddSingleton(provider => new Audit(provider.GetRequiredService<IDbContextFactory<RecordingDb>>()));
        services.AddSingleton<RecordingNow>(provider =>
        {
            var clock = provider.GetRequiredService<RecordingClock>();
            return () => clock.IsKnown ? clock.Now : null;
        });
        services.AddSingleton(provider => new RecordingWaits(
            provider.GetRequiredService<RecordingQueries>(),
            provider.GetRequiredService<EngineState>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton<EventStore>();
        services.AddSingleton(provider => new EventFeed(
            provider.GetRequiredService<EventStore>(),
            provider.GetRequiredService<EngineState>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IOptions<EventFeedOptions>>(),
            provider.GetRequiredService<ILogger<EventFeed>>()
        ));
        services.AddSingleton<Reconciliation>();
        // Services stop in reverse: what the orchestrator settles as it drains still gets its place.
        services.AddHostedService(provider => provider.GetRequiredService<EventFeed>());
        services.AddHostedService<Orchestrator>();
        services.AddHostedService(provider => provider.GetRequiredService<Reconciliation>());
        return services;
    }

    /// <summary>Adds what webhooks keep in the database.</summary>
    internal static IServiceCollection AddWebhookTables(this IServiceCollection services)
    {
        services.AddSingleton<WebhookLanes>();
        services.AddSingleton<ForwardCalls>();
        services.AddSingleton<WebhookUpkeep>();
        services.AddSingleton(provider => new Webhooks(
            provider.GetRequiredService<NpgsqlDataSource>(),
            provider.GetRequiredService<RecordingClock>(),
            provider.GetRequiredService<SecretVault>(),
            provider.GetRequiredService<WebhookSignal>(),
            provider.GetRequiredService<ForwardCalls>(),
            provider.GetRequiredService<WebhookOptions>()
        ));
        return services;
    }

    /// <summary>What the engine needs of its connections; settings of the connection string win.</summary>
    /// <remarks>
    /// The server ends a session that pauses inside a transaction: a replica that is frozen there would keep its recording from all
    /// others, because claims skip locked rows. Statements are prepared once per connection: planning is a third of their cost here.
    /// </remarks>
    internal static NpgsqlConnectionStringBuilder WithDefaults(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        settings.ApplicationName ??= "recording-service";
        settings.Options ??= $"-c idle_in_transaction_session_timeout={LongestPauseInTransaction.TotalMilliseconds:0}";
        if (!settings.ShouldSerialize("Timeout"))
        {
            settings.Timeout = (int)LongestConnect.TotalSeconds;
        }

        if (!settings.ShouldSerialize("Command Timeout"))
        {
            settings.CommandTimeout = (int)LongestStatement.TotalSeconds;
        }

        if (!settings.ShouldSerialize("Cancellation Timeout"))
        {
            settings.CancellationTimeout = (int)LongestCancellation.TotalMilliseconds;
        }

        if (!settings.ShouldSerialize("Max Auto Prepare"))
        {
            settings.MaxAutoPrepare = PreparedStatements;
        }

        return settings;
    }

    private static TimeSpan LongestCall(IConfiguration configuration)
    {
        var agora = configuration.GetSection(AgoraOptions.Section).Get<AgoraOptions>() ?? new();
        var storage = configuration.GetSection(StorageOptions.Section).Get<StorageOptions>() ?? new();
        var call = agora.ConnectTimeout + agora.AttemptTimeout;
        return call > storage.LookTimeout ? call : storage.LookTimeout;
    }

    internal static void Configure(Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure.NpgsqlDbContextOptionsBuilder npgsql) =>
        npgsql.MigrationsHistoryTable("migrations", "recording");
}
