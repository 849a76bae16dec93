using Npgsql;

namespace RecordingService.LocalStack.Postgres;

/// <summary>A PostgreSQL server of one's own on a free loopback port, started from what is installed and gone after use.</summary>
/// <remarks>
/// Installed binaries come first (version 15 or newer, run as OS user <c>postgres</c> by root), the Docker CLI second. A run that was
/// killed leaves its server and folder behind; the next start finds both by the released lock of the folder and clears them up.
/// </remarks>
public sealed class PrivatePostgres : IAsyncDisposable
{
    private const string Superuser = "postgres";

    private readonly IPostgresServer server;

    private PrivatePostgres(IPostgresServer server) => this.server = server;

    /// <summary>Gets the port on 127.0.0.1.</summary>
    public int Port => server.Port;

    /// <summary>Gets the version and the origin of the server, for people.</summary>
    public string Description => server.Description;

    /// <summary>Gets the folder that holds the cluster, or null when Docker keeps it.</summary>
    /// <remarks>It differs from the folder asked for when root asked for one that the account <c>postgres</c> cannot enter.</remarks>
    public string? Folder => server.Folder;

    /// <summary>Gets the process id of the server, or null when Docker runs it.</summary>
    public int? Pid => server.Pid;

    /// <summary>Says whether the programs of a PostgreSQL that is new enough are installed, so that no container is needed.</summary>
    public static async Task<bool> IsInstalledAsync(CancellationToken cancellationToken = default) =>
        (await PostgresInstallation.FindAllAsync(cancellationToken)).Count > 0;

    /// <summary>Starts a server and waits until it accepts connections.</summary>
    /// <exception cref="PrivatePostgresException">Nothing to start a server with, or the folder cannot be used.</exception>
    public static async Task<PrivatePostgres> StartAsync(PrivatePostgresOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Folder is null && !options.ThrowAway)
        {
            throw new ArgumentException("A cluster that is kept needs a folder.", nameof(options));
        }

        var installations = await PostgresInstallation.FindAllAsync(cancellationToken);
        if (installations.Count > 0)
        {
            return new PrivatePostgres(await InstalledPostgres.StartAsync(installations, options, cancellationToken));
        }

        if (await DockerPostgres.IsUsableAsync(cancellationToken))
        {
            return new PrivatePostgres(await DockerPostgres.StartAsync(options, cancellationToken));
        }

        throw new PrivatePostgresException(
            $"No PostgreSQL {PostgresInstallation.OldestMajor} or newer and no running Docker found: install PostgreSQL (Debian and Ubuntu: "
                + "apt-get install postgresql; macOS: brew install postgresql@17), or start Docker, "
                + $"or point {PostgresInstallation.BinVariable} at the folder that holds initdb, pg_ctl and postgres."
        );
    }

    /// <summary>Makes the connection string of a database as superuser.</summary>
    public string ConnectionString(string database = Superuser) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = Port,
            Username = Superuser,
            Password = server.Password,
            Database = database,
        }.ConnectionString;

    /// <summary>Makes an empty database, dropping the one of that name and its connections first.</summary>
    /// <returns>The connection string of the new database.</returns>
    public async Task<string> RecreateDatabaseAsync(string database, CancellationToken cancellationToken = default)
    {
        var quoted = new NpgsqlCommandBuilder().QuoteIdentifier(database);
        await using var source = NpgsqlDataSource.Create(ConnectionString());
        await using var drop = source.CreateCommand($"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)");
        await drop.ExecuteNonQueryAsync(cancellationToken);
        await using var create = source.CreateCommand($"CREATE DATABASE {quoted}");
        await create.ExecuteNonQueryAsync(cancellationToken);
        return ConnectionString(database);
    }

    /// <summary>Ends the server at once, as a crash does, and starts it again on its port: connections break, what was committed comes back from the log.</summary>
    /// <exception cref="PrivatePostgresException">It does not start again, or runs in Docker, which would give it another port.</exception>
    public Task RestartAsync(CancellationToken cancellationToken = default) => server.RestartAsync(cancellationToken);

    /// <summary>Stops the server, and deletes its folder when it was to be thrown away.</summary>
    public ValueTask DisposeAsync() => server.DisposeAsync();
}
