using Npgsql;
using RecordingService.Domain.Lifecycle;

namespace RecordingService.Infrastructure.Engine;

/// <summary>What waits for the request budget of a project, and how long a recording waits behind it.</summary>
public sealed class Backlog
{
    // Purpose: requests to Agora that come before the proof of a recording: stops and proofs always, starts that became due earlier, each
    // with the proof that follows it and is more urgent than the next start. Index: schedule_due, the ranges of four priorities; primary
    // key. Locks: none. Bound: index entries of the project's backlog.
    private const string AheadSql = """
        with own as (select project_id, due_at, priority = 3 and lease_owner is null as waits from recording.schedule where recording_id = @id)
        select coalesce(sum(case when s.priority = 3 then s.cost + 1 else s.cost end), 0)::int
        from own join recording.schedule s on s.project_id = own.project_id
        where s.recording_id <> @id and (s.priority in (1, 2) or (s.priority = 3 and own.waits and s.due_at <= own.due_at))
        """;

    /// <summary>Acquire, start and the query that proves it.</summary>
    private const int CallsOfAStart = 3;

    private readonly NpgsqlDataSource database;
    private readonly Projects projects;
    private readonly LifecycleOptions lifecycle;

    internal Backlog(NpgsqlDataSource database, Projects projects, LifecycleOptions lifecycle) =>
        (this.database, this.projects, this.lifecycle) = (database, projects, lifecycle);

    /// <summary>Estimates how long it takes from now until a recorder is proven, if Agora answers every call at once and well.</summary>
    /// <param name="project">Name of its project.</param>
    /// <param name="id">A recording that was accepted and has no recorder yet.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<TimeSpan> EstimateAsync(string project, Guid id, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(AheadSql);
        command.Parameters.AddWithValue("id", id);
        var ahead = (int)(await command.ExecuteScalarAsync(cancellationToken))!;
        return lifecycle.ProofLadder[0] + TimeSpan.FromSeconds((ahead + CallsOfAStart) / projects.BudgetOf(project).RatePerSecond);
    }
}
