using RecordingService.LocalStack.Postgres;
#if FULL_PACKAGE_FEED
using Testcontainers.PostgreSql;
#endif

namespace RecordingService.Testing;

/// <summary>Starts a PostgreSQL that is deleted after the tests.</summary>
internal static class ThrowAwayServer
{
#if FULL_PACKAGE_FEED
    public static async Task<(IAsyncDisposable Server, string ConnectionString)> StartAsync()
    {
        if (await PrivatePostgres.IsInstalledAsync())
        {
            return await StartPrivateAsync();
        }

        var container = new PostgreSqlBuilder("postgres:17").Build();
        await container.StartAsync();
        return (container, container.GetConnectionString());
    }
#else
    public static Task<(IAsyncDisposable Server, string ConnectionString)> StartAsync() => StartPrivateAsync();
#endif

    private static async Task<(IAsyncDisposable Server, string ConnectionString)> StartPrivateAsync()
    {
        var postgres = await PrivatePostgres.StartAsync(new PrivatePostgresOptions { ThrowAway = true });
        return (postgres, postgres.ConnectionString());
    }
}
