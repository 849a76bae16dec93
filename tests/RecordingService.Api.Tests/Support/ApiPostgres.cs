using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using RecordingService.Api.Tests.Support;
using RecordingService.Infrastructure.Engine;
using RecordingService.Testing;

[assembly: AssemblyFixture(typeof(ApiPostgres))]

namespace RecordingService.Api.Tests.Support;

public sealed class ApiPostgres() : PostgresFixture(MigrateAsync)
{
    private static async Task MigrateAsync(string connectionString)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new($"ConnectionStrings:{EngineServiceCollectionExtensions.ConnectionStringName}", connectionString)])
            .Build();
        await using var services = new ServiceCollection().AddLogging().AddEngine(configuration).BuildServiceProvider();
        await services.GetRequiredService<SchemaGate>().MigrateAsync(CancellationToken.None);
        await TestKey.StoreAsync(connectionString);
    }
}
