using Microsoft.EntityFrameworkCore;

namespace RecordingService.Infrastructure.Engine;

/// <summary>Applies migrations, and tells whether they are applied.</summary>
public sealed class SchemaGate
{
    private static readonly TimeSpan LongestMigrationStep = TimeSpan.FromMinutes(30);

    private readonly IDbContextFactory<RecordingDb> contexts;

    internal SchemaGate(IDbContextFactory<RecordingDb> contexts) => this.contexts = contexts;

    /// <summary>Brings the database to the schema of this version. Several may try at once: EF lets one of them work.</summary>
    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        // A migration may rewrite a large table; the short time-out of the service's own statements is not meant for it.
        context.Database.SetCommandTimeout(LongestMigrationStep);
        await context.Database.MigrateAsync(cancellationToken);
    }

    /// <summary>Whether every migration of this version is applied. A database that is ahead is fine: new code is rolled out beside old.</summary>
    public async Task<bool> IsCurrentAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return !(await context.Database.GetPendingMigrationsAsync(cancellationToken)).Any();
    }
}
