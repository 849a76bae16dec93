using Npgsql;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Crash;

/// <summary>A lock that keeps the statements of replicas waiting inside PostgreSQL, before their commit.</summary>
/// <remarks>A replica that dies meanwhile leaves a session that finds its client gone once it may go on: a transaction without its commit is rolled back.</remarks>
internal sealed class DatabaseHold : IAsyncDisposable
{
    private readonly CrashDeployment deployment;
    private readonly NpgsqlConnection connection;
    private readonly NpgsqlTransaction transaction;

    private DatabaseHold(CrashDeployment deployment, NpgsqlConnection connection, NpgsqlTransaction transaction) =>
        (this.deployment, this.connection, this.transaction) = (deployment, connection, transaction);

    /// <summary>Nobody claims anything.</summary>
    public static Task<DatabaseHold> OfClaimsAsync(CrashDeployment deployment) =>
        OfAsync(deployment, "select 1 from recording.projects for no key update");

    /// <summary>Nobody writes what became of a recording.</summary>
    public static Task<DatabaseHold> OfRecordingAsync(CrashDeployment deployment, string id) =>
        OfAsync(deployment, "select 1 from recording.recordings where id = @id for no key update", id);

    /// <summary>Nobody adds to a table.</summary>
    public static Task<DatabaseHold> OfTableAsync(CrashDeployment deployment, string table) =>
        OfAsync(deployment, $"lock table recording.{table} in share mode");

    /// <summary>Waits until a replica waits for this lock, and tells which; of several, the one that came first.</summary>
    public async Task<Member> ReachedAsync()
    {
        var name = await Eventually.BecomesAsync(
            async () => (await WaitingAsync()).Select(session => session.Name).FirstOrDefault(),
            waiting => waiting is not null,
            description: "a replica waits for the lock"
        );
        return deployment.Members.Single(member => member.Name == name);
    }

    /// <summary>Ends the sessions that wait for this lock.</summary>
    public async Task EndWaitingAsync()
    {
        foreach (var (_, pid) in await WaitingAsync())
        {
            await deployment.Cloud.QueryAsync("select pg_terminate_backend(@pid)", row => row.GetBoolean(0), ("pid", pid));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }

    private static async Task<DatabaseHold> OfAsync(CrashDeployment deployment, string sql, string? id = null)
    {
        var connection = await deployment.Cloud.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection, transaction);
        if (id is not null)
        {
            command.Parameters.AddWithValue("id", Guid.Parse(id));
        }

        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return new DatabaseHold(deployment, connection, transaction);
    }

    private Task<IReadOnlyList<(string Name, int Pid)>> WaitingAsync() =>
        deployment.Cloud.QueryAsync(
            "select application_name, pid from pg_stat_activity where @me = any(pg_blocking_pids(pid)) order by query_start",
            row => (row.GetString(0), row.GetInt32(1)),
            ("me", connection.ProcessID)
        );
}
