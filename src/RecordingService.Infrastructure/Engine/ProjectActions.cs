using System.Text.Json.Nodes;
using Npgsql;

namespace RecordingService.Infrastructure.Engine;

/// <summary>What operators do to a project: its starts are held, and go on. Every action is kept with who did it and why.</summary>
public sealed class ProjectActions
{
    // Purpose: the action and its effect in one transaction; an action that changes nothing is kept, too. Index: primary key. Bound: one row.
    // Nobody has to be woken: a claim that passes starts over takes them at the next look.
    private const string ActSql = """
        with acted as (
          update recording.projects set paused_at = case when @pauses then coalesce(paused_at, now()) end where id = @project returning id)
        insert into recording.project_actions (project_id, at, action, operator, note)
        select id, now(), @action, @operator, @note from acted
        """;

    // Purpose: the last actions, newest first. Index: (project_id, id). Bound: @most rows.
    private const string ListSql = """
        select at, action, operator, note from recording.project_actions where project_id = @project order by id desc limit @most
        """;

    /// <summary>How many actions are told.</summary>
    public const int Told = 50;

    private readonly NpgsqlDataSource database;
    private readonly Projects projects;
    private readonly RecordingClock clock;

    internal ProjectActions(NpgsqlDataSource database, Projects projects, RecordingClock clock) =>
        (this.database, this.projects, this.clock) = (database, projects, clock);

    /// <summary>Starts no recorder for the project any more; those that run are looked after and stopped as ever.</summary>
    /// <param name="project">Name of a configured project.</param>
    /// <param name="by">The operator.</param>
    /// <param name="note">Why.</param>
    /// <param name="actor">Who sent the request.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task PauseAsync(string project, string by, string note, Actor actor, CancellationToken cancellationToken) =>
        ActAsync(project, "pause", by, note, actor, cancellationToken);

    /// <summary>Starts recorders again, first those that waited longest.</summary>
    /// <param name="project">Name of a configured project.</param>
    /// <param name="by">The operator.</param>
    /// <param name="note">Why.</param>
    /// <param name="actor">Who sent the request.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task ResumeAsync(string project, string by, string note, Actor actor, CancellationToken cancellationToken) =>
        ActAsync(project, "resume", by, note, actor, cancellationToken);

    /// <summary>The last actions, newest first, at most <see cref="Told"/>.</summary>
    public async Task<IReadOnlyList<ProjectAction>> ListAsync(string project, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ListSql);
        command.Parameters.AddWithValue("project", projects.BudgetOf(project).ProjectId);
        command.Parameters.AddWithValue("most", Told);
        List<ProjectAction> actions = [];
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            actions.Add(
                new(
                    clock.ToRecordingTime(reader.GetFieldValue<DateTimeOffset>(0)),
                    reader.GetString(1),
                    reader.GetString(2),
                    reader.GetString(3)
                )
            );
        }

        return actions;
    }

    private async Task ActAsync(string project, string action, string by, string note, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(actor);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(ActSql, connection, transaction);
        command.Parameters.AddWithValue("project", projects.BudgetOf(project).ProjectId);
        command.Parameters.AddWithValue("pauses", action == "pause");
        command.Parameters.AddWithValue("action", action);
        command.Parameters.AddWithValue("operator", by);
        command.Parameters.AddWithValue("note", note);
        await command.ExecuteNonQueryAsync(cancellationToken);
        var detail = new JsonObject { ["operator"] = by, ["note"] = note };
        await Audit.WriteAsync(transaction, actor, $"{action}Project", project, detail, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}

/// <summary>What an operator did to a project.</summary>
/// <param name="At">When, in recording time.</param>
/// <param name="Action">pause or resume.</param>
/// <param name="Operator">Who.</param>
/// <param name="Note">Why.</param>
public sealed record ProjectAction(DateTimeOffset At, string Action, string Operator, string Note);
