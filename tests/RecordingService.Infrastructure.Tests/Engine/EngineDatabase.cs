using Microsoft.EntityFrameworkCore;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Tests.Engine;
using RecordingService.Testing;

[assembly: AssemblyFixture(typeof(EngineDatabase))]

namespace RecordingService.Infrastructure.Tests.Engine;

/// <summary>Databases with the schema of this version.</summary>
public sealed class EngineDatabase() : PostgresFixture(MigrateAsync)
{
    private static async Task MigrateAsync(string connectionString)
    {
        var options = new DbContextOptionsBuilder<RecordingDb>()
            .UseNpgsql(connectionString, EngineServiceCollectionExtensions.Configure)
            .Options;
        await using var context = new RecordingDb(options);
        await context.Database.MigrateAsync();
    }
}
