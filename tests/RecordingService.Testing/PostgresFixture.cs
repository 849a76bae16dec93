using Npgsql;
using Xunit;

namespace RecordingService.Testing;

/// <summary>Gives tests databases of their own on one real PostgreSQL per test process, each a clone of a migrated template.</summary>
/// <remarks>
/// The server is the one that <c>RECORDING_TEST_POSTGRES</c> names (connection string of a database whose user may create others), or
/// else a throw-away private one. A test assembly derives a class that passes its migration, and registers it with
/// <c>[assembly: AssemblyFixture(typeof(...))]</c>.
/// </remarks>
public abstract class PostgresFixture : IAsyncLifetime
{
    private const string ServerVariable = "RECORDING_TEST_POSTGRES";

    private readonly Func<string, Task> migrate;
    private readonly string prefix = $"recording_test_{Guid.CreateVersion7().ToString("N")[^10..]}";
    private readonly SemaphoreSlim one = new(1);
    private readonly List<string> databases = [];
    private IAsyncDisposable? server;
    private string? adminConnectionString;
    private bool templateIsReady;

    /// <summary>Initialises the fixture.</summary>
    /// <param name="migrate">Brings the empty database behind a connection string up to date; called once.</param>
    protected PostgresFixture(Func<string, Task> migrate) => this.migrate = migrate;

    /// <summary>Gets the connection string of a database from which others can be created.</summary>
    public string AdminConnectionString => adminConnectionString ?? throw new InvalidOperationException("The fixture is not initialised.");

    private string Template => $"{prefix}_template";

    /// <summary>Starts or finds the server.</summary>
    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable(ServerVariable) is { Length: > 0 } existing)
        {
            adminConnectionString = existing;
            return;
        }

        (server, adminConnectionString) = await ThrowAwayServer.StartAsync();
    }

    /// <summary>Makes a database that is migrated and empty.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        await one.WaitAsync();
        try
        {
            if (!templateIsReady)
            {
                await ExecuteAsync($"CREATE DATABASE {Template}");
                databases.Add(Template);
                // A pooled connection would stay open, and a database with connections cannot be cloned.
                await migrate(ConnectionString(Template, pooling: false));
                await ExecuteAsync($"ALTER DATABASE {Template} WITH ALLOW_CONNECTIONS false");
                templateIsReady = true;
            }

            var database = $"{prefix}_{databases.Count}";
            await ExecuteAsync($"CREATE DATABASE {database} TEMPLATE {Template}");
            databases.Add(database);
            return ConnectionString(database, pooling: true);
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>Drops the databases and stops the server if it is ours.</summary>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (server is not null)
        {
            // The databases go with the server.
            await server.DisposeAsync();
        }
        else
        {
            foreach (var database in databases)
            {
                await ExecuteAsync($"DROP DATABASE IF EXISTS {database} WITH (FORCE)");
            }
        }

        one.Dispose();
    }

    private string ConnectionString(string database, bool pooling) =>
        new NpgsqlConnectionStringBuilder(AdminConnectionString) { Database = database, Pooling = pooling }.ConnectionString;

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(AdminConnectionString) { Pooling = false }.ConnectionString
        );
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
