using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;

namespace RecordingService.Infrastructure.Engine;

/// <summary>A checked request of an operator about a project.</summary>
/// <param name="Project">Name of a configured project.</param>
/// <param name="Pauses">Whether nothing is to be started from now on; otherwise what waits is started again, first what waited longest.</param>
/// <param name="Operator">Who wants it.</param>
/// <param name="Note">Why.</param>
/// <param name="Actor">Who sent the request; idempotency keys are the caller's.</param>
/// <param name="IdempotencyKey">The caller's idempotency key, or null.</param>
public sealed record ProjectOrder(string Project, bool Pauses, string Operator, string Note, Actor Actor, string? IdempotencyKey)
{
    /// <summary>The word that is kept.</summary>
    public string Action => Pauses ? "pause" : "resume";
}

/// <summary>What operators do to a project: its starts are held, and go on. Every action is kept with who did it and why.</summary>
public sealed class ProjectActions
{
    // Purpose: the action, its effect and its key in one statement; an action that changes nothing is kept, too, and a key that is known does
    // nothing. Index: primary keys. Bound: one row. Nobody has to be woken: a claim that passes starts over takes them at the next look.
    private const string ActSql = $"""
        with remembered as ({IdempotencyKeys.RememberSql}),
        acted as (
          update recording.projects set paused_at = case when @pauses then coalesce(paused_at, now()) end
           where id = @project and (@key::text is null or exists (select 1 from remembered)) returning id),
        kept as (
          insert into recording.project_actions (project_id, at, action, operator, note)
          select id, now(), @action, @operator, @note from acted)
        select count(*) from acted
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

    /// <summary>Pauses or resumes a project. Recorders that run are looked after and stopped as ever.</summary>
    /// <returns>False when the idempotency key stands for another request; nothing is done then.</returns>
    public async Task<bool> ActAsync(ProjectOrder order, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var fingerprint = Fingerprint(order);
        if (await TryActAsync(order, fingerprint, cancellationToken))
        {
            return true;
        }

        return order.IdempotencyKey is { } key
            && await IdempotencyKeys.FindAsync(database, order.Actor.Caller, key, fingerprint, cancellationToken) is { IsSame: true };
    }

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

    /// <returns>False when the idempotency key is known already.</returns>
    private async Task<bool> TryActAsync(ProjectOrder order, byte[] fingerprint, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // First, because every claim that pays for a request writes the row of the project, too.
        await Audit.TakeTurnAsync(transaction, cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction);
        RecordingStore.Add(
            batch,
            ActSql,
            ("caller", order.Actor.Caller),
            ("key", order.IdempotencyKey),
            ("fingerprint", fingerprint),
            ("subject", IdempotencyKeys.NoRecording),
            ("project", projects.BudgetOf(order.Project).ProjectId),
            ("pauses", order.Pauses),
            ("action", order.Action),
            ("operator", order.Operator),
            ("note", order.Note)
        );
        if (await batch.ExecuteScalarAsync(cancellationToken) is not > 0L)
        {
            return false;
        }

        var detail = new JsonObject { ["operator"] = order.Operator, ["note"] = order.Note };
        await Audit.WriteAsync(transaction, order.Actor, $"{order.Action}Project", order.Project, detail, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private static byte[] Fingerprint(ProjectOrder order) =>
        SHA256.HashData(
            Encoding.UTF8.GetBytes($"project\n{order.Project}\n{order.Action}\n{order.Operator.Length}:{order.Operator}\n{order.Note}")
        );
}

/// <summary>What an operator did to a project.</summary>
/// <param name="At">When, in recording time.</param>
/// <param name="Action">pause or resume.</param>
/// <param name="Operator">Who.</param>
/// <param name="Note">Why.</param>
public sealed record ProjectAction(DateTimeOffset At, string Action, string Operator, string Note);
