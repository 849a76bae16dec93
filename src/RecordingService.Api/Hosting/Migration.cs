using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Hosting;

/// <summary>Brings the database to the schema of this version and ends; run once before replicas of a new version start.</summary>
internal static partial class Migration
{
    public static async Task<int> RunAsync(IServiceProvider services)
    {
        var log = services.GetRequiredService<ILoggerFactory>().CreateLogger("RecordingService.Migration");
        try
        {
            await services.GetRequiredService<SchemaGate>().MigrateAsync(CancellationToken.None);
            log.Migrated();
            return 0;
        }
        catch (Npgsql.NpgsqlException e)
        {
            log.MigrationFailed(e.Message);
            return 1;
        }
    }

    [LoggerMessage(3001, LogLevel.Information, "The database has the schema of this version")]
    private static partial void Migrated(this ILogger log);

    [LoggerMessage(3002, LogLevel.Error, "The database could not be migrated: {Reason}")]
    private static partial void MigrationFailed(this ILogger log, string reason);
}
