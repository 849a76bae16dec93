using Npgsql;
using RecordingService.LocalStack.Postgres;
using RecordingService.LocalStack.Processes;

namespace RecordingService.Benchmarks;

/// <summary>A service with a private PostgreSQL that keeps what it commits, gone after use. Nothing else uses the machine.</summary>
internal sealed class MeasuredService : IAsyncDisposable
{
    private readonly DirectoryInfo folder;
    private readonly PrivatePostgres postgres;
    private readonly ApiProcess api;

    private MeasuredService(DirectoryInfo folder, PrivatePostgres postgres, ApiProcess api, NpgsqlDataSource database)
    {
        (this.folder, this.postgres, this.api) = (folder, postgres, api);
        Database = database;
    }

    public Uri Address => api.Address;

    public int Pid => api.Pid;

    public NpgsqlDataSource Database { get; }

    /// <param name="works">Whether it works on recordings and sends webhooks, too.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<MeasuredService> StartAsync(bool works, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("recording-benchmark-");
        // Of the kind that is kept: one to be thrown away would not wait for the disk.
        var postgres = await PrivatePostgres.StartAsync(
            new PrivatePostgresOptions { Folder = Path.Combine(folder.FullName, "postgres") },
            cancellationToken
        );
        try
        {
            var configuration = new ApiConfiguration
            {
                ConnectionString = await postgres.RecreateDatabaseAsync("recording", cancellationToken),
                AgoraHosts = [new Uri($"http://127.0.0.1:{LoopbackPort.FindFree()}")],
                Further = new Dictionary<string, string>
                {
                    ["Engine__Works"] = works ? "true" : "false",
                    ["Serilog__MinimumLevel__Default"] = "Warning",
                    ["Serilog__MinimumLevel__Override__Microsoft.Hosting.Lifetime"] = "Warning",
                },
            };
            await ApiProcess.MigrateAsync(configuration, cancellationToken);
            var api = await ApiProcess.StartAsync(configuration, cancellationToken: cancellationToken);
            return new MeasuredService(folder, postgres, api, NpgsqlDataSource.Create(configuration.ConnectionString));
        }
        catch
        {
            await postgres.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the figures depend on, one line each.</summary>
    public async Task<IReadOnlyList<string>> FactsAsync(CancellationToken cancellationToken)
    {
        await using var command = Database.CreateCommand(
            "select current_setting('fsync') || ', synchronous_commit ' || current_setting('synchronous_commit')"
        );
        var durability = await command.ExecuteScalarAsync(cancellationToken);
        return
        [
            $"{Environment.ProcessorCount} cores for client, service and database together; {Processor()}",
            $"{System.Runtime.InteropServices.RuntimeInformation.OSDescription}; {System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}",
            $"{postgres.Description}, fsync {durability}",
        ];
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await api.TerminateAsync();
        await api.DisposeAsync();
        await postgres.DisposeAsync();
        foreach (var left in new[] { postgres.Folder, folder.FullName }.OfType<string>().Where(Directory.Exists))
        {
            Directory.Delete(left, recursive: true);
        }
    }

    private static string Processor() =>
        File.Exists("/proc/cpuinfo")
        && File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } model
            ? model[(model.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            : "processor unknown";
}
