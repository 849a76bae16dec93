using Npgsql;
using RecordingService.Domain.Lifecycle;

namespace RecordingService.Infrastructure.Engine;

/// <summary>What waits for the request budget of a project, how long a recording waits behind it, and what that does to monitoring.</summary>
public sealed class Backlog
{
    // Purpose: requests to Agora that come before the proof of a recording: stops, proofs and starts that were put off always, starts that
    // became due earlier, each start with the proof that follows it and is more urgent than the next start; and the rate that they are sent
    // at. Index: schedule_due, the ranges of four priorities; primary keys. Locks: none. Bound: index entries of the project's backlog.
    private const string AheadSql = $"""
        with own as (select project_id, due_at, priority = 3 and (lease_owner is null or due_at <= now()) as waits from recording.schedule where recording_id = @id)
        select coalesce((
            select sum(case when s.starts then 3 else s.cost end)
            from own join recording.schedule s on s.project_id = own.project_id
            where s.recording_id <> @id and (s.priority in (1, 2) or (s.priority = 3 and own.waits and s.due_at <= own.due_at))), 0)::int,
          ({RequestBudgets.Spacing})::float8, ({RequestBudgets.MayStart})
        from recording.projects p cross join (select @rate::float8 as rate) r where p.id = @project
        """;

    // Purpose: the project as operators see it. Index: primary key; schedule_due, what is due of one project. Locks: none.
    // Bound: index entries of what is overdue in the project, or, while its starts are held, of all its work.
    private const string StateSql = $"""
        select p.name, {RequestBudgets.Load}, 1 / ({RequestBudgets.Spacing}), p.pace < 1 and r.rate * ({RequestBudgets.Spacing}) > 1,
               p.paced_at, greatest(0, extract(epoch from p.next_call_at - now()))::float8,
               case when p.starts_from > now() then p.starts_from end, p.paused_at,
               (select count(*) from unnest(array[0,1,2,3,4]::smallint[]) q(priority) cross join lateral (select 1 from recording.schedule s
                 where s.project_id = p.id and s.priority = q.priority and s.cost > 0 and (s.due_at <= now() or (s.starts and not ({RequestBudgets.MayStart})))) d)::int,
               coalesce(extract(epoch from now() - (select min(s.due_at) from recording.schedule s
                 where s.project_id = p.id and s.priority = 4 and s.due_at <= now())), 0)::float8
        from recording.projects p join unnest(@ids::smallint[], @rates::float8[]) r(id, rate) on r.id = p.id
        order by p.name
        """;

    /// <summary>Acquire, start and the query that proves it.</summary>
    private const int CallsOfAStart = 3;

    private readonly NpgsqlDataSource database;
    private readonly Projects projects;
    private readonly RequestBudgets budgets;
    private readonly RecordingClock clock;
    private readonly LifecycleOptions lifecycle;

    internal Backlog(
        NpgsqlDataSource database,
        Projects projects,
        RequestBudgets budgets,
        RecordingClock clock,
        LifecycleOptions lifecycle
    ) => (this.database, this.projects, this.budgets, this.clock, this.lifecycle) = (database, projects, budgets, clock, lifecycle);

    /// <summary>Estimates how long it takes from now until a recorder is proven, if Agora answers every call at once and well.</summary>
    /// <param name="project">Name of its project.</param>
    /// <param name="id">A recording that was accepted and has no recorder yet.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Recording time; null while the project starts nothing and nobody can tell how long.</returns>
    public async Task<TimeSpan?> EstimateAsync(string project, Guid id, CancellationToken cancellationToken)
    {
        var budget = projects.BudgetOf(project);
        await using var command = database.CreateCommand(AheadSql);
        command.Parameters.AddWithValue("id", id);
        command.Parameters.AddWithValue("project", budget.ProjectId);
        command.Parameters.AddWithValue("rate", budgets.RateOf(budget));
        command.Parameters.AddWithValue("recovery", budgets.Recovery);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        if (!reader.GetBoolean(2))
        {
            return null;
        }

        var spacing = TimeSpan.FromSeconds(reader.GetDouble(1)) * clock.Speed;
        return lifecycle.ProofLadder[0] + (reader.GetInt32(0) + CallsOfAStart) * spacing;
    }

    /// <summary>Tells how the projects of this replica stand, by name.</summary>
    /// <exception cref="DatabaseUnavailableException">The database was never reached.</exception>
    public async Task<IReadOnlyDictionary<string, ProjectBacklog>> StateAsync(CancellationToken cancellationToken)
    {
        var configured = projects.Budgets is { Count: > 0 } registered ? registered : throw new DatabaseUnavailableException();
        await using var command = database.CreateCommand(StateSql);
        command.Parameters.AddWithValue("ids", configured.Select(budget => budget.ProjectId).ToArray());
        command.Parameters.AddWithValue("rates", configured.Select(budgets.RateOf).ToArray());
        command.Parameters.AddWithValue("recovery", budgets.Recovery);
        Dictionary<string, ProjectBacklog> states = [];
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            states[reader.GetString(0)] = new()
            {
                RequestsInLastMinute = reader.GetDouble(1) / clock.Speed,
                RequestsPerSecond = reader.GetDouble(2) / clock.Speed,
                SlowedDownAt = reader.GetBoolean(3) ? clock.ToRecordingTime(reader.GetFieldValue<DateTimeOffset>(4)) : null,
                NextRequestIn = TimeSpan.FromSeconds(reader.GetDouble(5)) * clock.Speed,
                StartsHeldUntil = At(6),
                PausedAt = At(7),
                Waiting = reader.GetInt32(8),
                MonitoringInterval = lifecycle.MonitoringInterval + TimeSpan.FromSeconds(reader.GetDouble(9)) * clock.Speed,
            };
        }

        return states;

        DateTimeOffset? At(int column) =>
            reader.IsDBNull(column) ? null : clock.ToRecordingTime(reader.GetFieldValue<DateTimeOffset>(column));
    }
}

/// <summary>How a project stands with its request budget. All times are recording time.</summary>
public sealed record ProjectBacklog
{
    /// <summary>Requests that may be sent per second now.</summary>
    public required double RequestsPerSecond { get; init; }

    /// <summary>Requests of about the last minute; older ones fade out.</summary>
    public required double RequestsInLastMinute { get; init; }

    /// <summary>When Agora last took less than was sent, or null when the full rate is back.</summary>
    public required DateTimeOffset? SlowedDownAt { get; init; }

    /// <summary>How far ahead requests are granted already.</summary>
    public required TimeSpan NextRequestIn { get; init; }

    /// <summary>Recordings that wait for their next request.</summary>
    public required int Waiting { get; init; }

    /// <summary>Wait between two queries of a proven recorder, with what the backlog adds to it.</summary>
    public required TimeSpan MonitoringInterval { get; init; }

    /// <summary>Until when nothing is started because the quota of recorders is used up, or null.</summary>
    public required DateTimeOffset? StartsHeldUntil { get; init; }

    /// <summary>Since when an operator has it start nothing, or null.</summary>
    public required DateTimeOffset? PausedAt { get; init; }
}
