using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using RecordingService.LocalStack.Processes;

namespace RecordingService.LocalStack.Postgres;

/// <summary>A server in a container, for machines that have Docker but no PostgreSQL.</summary>
/// <remarks>Data that is kept lies in a volume named after the folder, so that nothing in the folder belongs to a foreign user.</remarks>
internal sealed class DockerPostgres : IPostgresServer
{
    private const string Image = "postgres:17";

    private readonly string name;

    private DockerPostgres(string name, string password)
    {
        this.name = name;
        Password = password;
    }

    public int Port { get; private set; }

    public string Password { get; }

    public string Description => $"{Image} in the Docker container {name}";

    public string? Folder => null;

    public int? Pid => null;

    public static async Task<bool> IsUsableAsync(CancellationToken cancellationToken) =>
        (await DockerAsync(["info", "--format", "{{.ServerVersion}}"], cancellationToken)).Succeeded;

    public static async Task<DockerPostgres> StartAsync(PrivatePostgresOptions options, CancellationToken cancellationToken)
    {
        var key = options.Folder is { } folder ? Path.GetFullPath(folder) : $"{Environment.ProcessId}/{Guid.CreateVersion7()}";
        var name = $"recording-postgres-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..12]}";
        // The container of a killed run has the same name, because the same folder has.
        await DockerAsync(["rm", "--force", name], cancellationToken);
        if (options.Fresh)
        {
            await DockerAsync(["volume", "rm", "--force", name], cancellationToken);
        }

        // A kept volume remembers the password it was made with, so that one follows from the folder.
        var password = options.ThrowAway ? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)) : name;
        string[] store = options.ThrowAway ? ["--tmpfs", "/var/lib/postgresql/data"] : ["--volume", $"{name}:/var/lib/postgresql/data"];
        string[] run =
        [
            "run",
            "--detach",
            "--rm",
            "--name",
            name,
            "--publish",
            "127.0.0.1::5432",
            "--env",
            "POSTGRES_PASSWORD",
            .. store,
            Image,
            "-c",
            "max_connections=300",
            .. options.ThrowAway ? ["-c", "fsync=off"] : Array.Empty<string>(),
        ];
        var environment = new Dictionary<string, string> { ["POSTGRES_PASSWORD"] = password };
        var started = await ExternalCommand.RunAsync("docker", run, environment: environment, cancellationToken: cancellationToken);
        if (!started.Succeeded)
        {
            throw new PrivatePostgresException($"Docker did not start {Image}: {started.Output}");
        }

        var server = new DockerPostgres(name, password);
        try
        {
            await server.BecomeReadyAsync(options, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public Task RestartAsync(CancellationToken cancellationToken) =>
        throw new PrivatePostgresException("A server in Docker gets another port when it is restarted: install PostgreSQL for this.");

    public async ValueTask DisposeAsync() => await DockerAsync(["stop", "--time", "20", name], CancellationToken.None);

    private static Task<CommandResult> DockerAsync(string[] arguments, CancellationToken cancellationToken) =>
        ExternalCommand.RunAsync("docker", arguments, cancellationToken: cancellationToken);

    private async Task BecomeReadyAsync(PrivatePostgresOptions options, CancellationToken cancellationToken)
    {
        var published = await DockerAsync(["port", name, "5432/tcp"], cancellationToken);
        Port = int.Parse(published.Output.Split(':')[^1], CultureInfo.InvariantCulture);
        var connectionString =
            $"Host=127.0.0.1;Port={Port};Username=postgres;Password={Password};Database=postgres;Pooling=false;Timeout=3";
        var started = options.Time.GetTimestamp();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(connectionString);
                await connection.OpenAsync(cancellationToken);
                return;
            }
            catch (NpgsqlException exception)
            {
                if (options.Time.GetElapsedTime(started) > options.ReadyWithin)
                {
                    throw new PrivatePostgresException($"The container {name} accepts no connection: {exception.Message}", exception);
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(250), options.Time, cancellationToken);
        }
    }
}
