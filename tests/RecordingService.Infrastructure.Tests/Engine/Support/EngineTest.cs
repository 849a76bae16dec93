using Npgsql;
using RecordingService.Domain.Recordings;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Infrastructure.Tests.Engine.Support;

/// <summary>A test with a database of its own and replicas that share it.</summary>
public abstract class EngineTest(EngineDatabase server) : IAsyncLifetime
{
    private readonly List<Replica> replicas = [];

    protected string ConnectionString { get; private set; } = "";

    internal NpgsqlDataSource Database { get; private set; } = null!;

    /// <summary>Who asks, where it does not matter.</summary>
    protected static readonly Actor Somebody = new("test");

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        ConnectionString = await server.CreateDatabaseAsync();
        Database = NpgsqlDataSource.Create(ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var replica in replicas)
        {
            await replica.DisposeAsync();
        }

        await Database.DisposeAsync();
    }

    /// <summary>A replica that knows the database's time and has registered its projects.</summary>
    internal async Task<Replica> StartReplicaAsync(ReplicaSettings? settings = null)
    {
        var replica = new Replica(settings?.ConnectionString ?? ConnectionString, settings ?? new());
        replicas.Add(replica);
        await replica.BeginAsync(Cancellation);
        return replica;
    }

    /// <summary>A replica whose loop is started by the test.</summary>
    internal Replica NewReplica(ReplicaSettings? settings = null)
    {
        var replica = new Replica(settings?.ConnectionString ?? ConnectionString, settings ?? new());
        replicas.Add(replica);
        return replica;
    }

    /// <summary>Rows of the schedule that are due, one recording each, the first one longest.</summary>
    protected async Task<IReadOnlyList<Guid>> SeedAsync(
        int count,
        string project = Replica.Project,
        short priority = 4,
        short cost = 1,
        bool starts = false,
        string due = "now() - interval '1 minute' + n * interval '1 millisecond'"
    )
    {
        await using var command = Database.CreateCommand(
            $"""
            with fresh as (
              insert into recording.recordings (id, project_id, project, channel, label, room_type, room_type_version, policy, storage_profile,
                     accepted_at, max_duration, state, files_state, document, metadata)
              select gen_random_uuid(), p.id, p.name, 'seeded', gen_random_uuid()::text, 'lecture', 1, '{"{}"}', 'main', now(), interval '4 hours',
                     'Accepted', 'Pending', '{"{}"}', jsonb_build_object('n', n::text)
              from generate_series(1, @count) n, recording.projects p where p.name = @project returning id, project_id, (metadata ->> 'n')::int as n)
            insert into recording.schedule (recording_id, project_id, priority, cost, starts, due_at, lease_token, signal_seq, attempt, state_version)
            select id, project_id, @priority, @cost, @starts, {due}, nextval('recording.lease_token'), 0, 0, 1 from fresh order by n
            returning recording_id
            """
        );
        command.Parameters.AddWithValue("count", count);
        command.Parameters.AddWithValue("project", project);
        command.Parameters.AddWithValue("priority", priority);
        command.Parameters.AddWithValue("cost", cost);
        command.Parameters.AddWithValue("starts", starts);
        List<Guid> ids = [];
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        while (await reader.ReadAsync(Cancellation))
        {
            ids.Add(reader.GetGuid(0));
        }

        return ids;
    }

    /// <summary>Nothing was asked of Agora lately.</summary>
    protected async Task FillBudgetAsync() => await SpendBudgetAsync(TimeSpan.Zero);

    /// <summary>The next request may be sent so much later.</summary>
    protected async Task SpendBudgetAsync(TimeSpan ahead) =>
        await ExecuteAsync($"update recording.projects set next_call_at = now() + interval '{ahead.TotalMilliseconds:0} milliseconds'");

    /// <summary>A replica dies when its start has reached Agora, and its lease runs out.</summary>
    internal async Task VanishDuringStartAsync(Replica vanishing, Guid id)
    {
        vanishing.Agora.Start = _ => throw new InvalidOperationException("The process dies here.");
        await FillBudgetAsync();
        var claim = await vanishing.ClaimOneAsync();
        await Should.ThrowAsync<InvalidOperationException>(() =>
            vanishing.Processor.ProcessAsync(claim, CancellationToken.None, Cancellation)
        );
        await EndLeaseAsync(id);
    }

    /// <summary>The lease of a recording runs out.</summary>
    protected async Task EndLeaseAsync(Guid id) =>
        await ExecuteAsync($"update recording.schedule set due_at = now() - interval '1 second' where recording_id = '{id}'");

    protected async Task ExecuteAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    protected string DatabaseName => new NpgsqlConnectionStringBuilder(ConnectionString).Database!;

    /// <summary>Runs a statement on the server's own database, beside that of the test.</summary>
    protected async Task ExecuteAsAdminAsync(string sql)
    {
        await using var admin = NpgsqlDataSource.Create(server.AdminConnectionString);
        await using var command = admin.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    protected async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    /// <summary>The runs as they are committed, read on a connection of its own.</summary>
    protected async Task<IReadOnlyList<Run>> RunsAsync(Guid id)
    {
        await using var command = Database.CreateCommand(
            $"select document from recording.runs where recording_id = '{id}' order by generation"
        );
        List<Run> runs = [];
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        while (await reader.ReadAsync(Cancellation))
        {
            runs.Add(StateJson.Read<Run>(reader.GetString(0)));
        }

        return runs;
    }

    /// <summary>The timeline as "kind: message xcount".</summary>
    protected async Task<IReadOnlyList<string>> TimelineAsync(Guid id)
    {
        await using var command = Database.CreateCommand(
            $"select kind, message, count from recording.log where recording_id = '{id}' order by id"
        );
        List<string> lines = [];
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        while (await reader.ReadAsync(Cancellation))
        {
            var count = reader.GetInt32(2);
            lines.Add($"{reader.GetString(0)}: {reader.GetString(1)}{(count == 1 ? "" : $" x{count}")}");
        }

        return lines;
    }
}

/// <summary>Tests that measure: alone, so that they measure the engine and not each other.</summary>
[CollectionDefinition(nameof(Measured), DisableParallelization = true)]
public sealed class Measured;
