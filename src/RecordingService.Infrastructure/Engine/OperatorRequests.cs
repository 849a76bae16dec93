using System.Security.Cryptography;
using System.Text;
using Npgsql;
using RecordingService.Domain.Lifecycle;

namespace RecordingService.Infrastructure.Engine;

/// <summary>A checked request of an operator.</summary>
/// <param name="RecordingId">The recording.</param>
/// <param name="Action">What is to be done.</param>
/// <param name="Operator">Who wants it.</param>
/// <param name="Note">Why.</param>
/// <param name="Caller">Who sent the request.</param>
/// <param name="IdempotencyKey">The caller's idempotency key, or null.</param>
public sealed record OperatorRequest(
    Guid RecordingId,
    OperatorAction Action,
    string Operator,
    string Note,
    string Caller,
    string? IdempotencyKey
);

/// <summary>What became of an operator's request.</summary>
public abstract record OperatorOutcome
{
    private OperatorOutcome() { }

    /// <summary>It was stored, and waits for the holder of the recording.</summary>
    /// <param name="Since">When, in recording time.</param>
    public sealed record Taken(DateTimeOffset Since) : OperatorOutcome;

    /// <summary>The idempotency key was used for this very request.</summary>
    /// <param name="Since">When that was first stored, in recording time.</param>
    public sealed record Repeated(DateTimeOffset Since) : OperatorOutcome;

    /// <summary>The idempotency key was used for another request.</summary>
    /// <param name="RecordingId">The recording that it stands for.</param>
    public sealed record KeyReused(Guid RecordingId) : OperatorOutcome;
}

/// <summary>Stores what operators want of a recording: an input for its holder, and a line that tells who wanted it and why.</summary>
public sealed class OperatorRequests
{
    // Purpose: an action is stored once, told once, and wakes the holder, in one statement; a key that is known stores nothing. Makes the
    // schedule row anew where nothing was left to do. Index: primary keys. Locks: the schedule row first, as the holder's writes do, so
    // that the two never wait for each other; the key behind it, which is why this is not IdempotencyKeys.RememberSql. Bound: one recording.
    private const string TakeSql = $"""
        with held as materialized (select 1 from recording.schedule where recording_id = @id for no key update),
        remembered as (
          insert into recording.idempotency (caller, key, fingerprint, recording_id, created_at)
          select @caller, @key, @fingerprint, @id, now() where @key::text is not null and (select count(*) from held) >= 0
          on conflict do nothing returning 1),
        taken as (
          insert into recording.inputs (recording_id, kind, body, received_at)
          select @id, '{Input.OperatorKind}', @body, now()
           where (select count(*) from held) >= 0 and (@key::text is null or exists (select 1 from remembered)) returning id),
        told as (
          insert into recording.log (recording_id, kind, message, detail, at, last_at, count)
          select @id, 'Request', @message, @detail, @at, @at, 1 from taken),
        woken as (
          insert into recording.schedule as s (recording_id, project_id, priority, cost, due_at, lease_token, signal_seq, attempt, state_version)
          select r.id, r.project_id, 0, 0, now(), nextval('recording.lease_token'), 1, 0, {Schedule.VersionOfState} from recording.recordings r, taken where r.id = @id
          on conflict (recording_id) do update
             set signal_seq = s.signal_seq + 1, priority = 0,
                 due_at = case when s.lease_owner is null or s.due_at <= now() then now() else s.due_at end)
        select count(*) from taken
        """;

    private readonly NpgsqlDataSource database;
    private readonly RecordingClock clock;
    private readonly EngineState state;

    internal OperatorRequests(NpgsqlDataSource database, RecordingClock clock, EngineState state) =>
        (this.database, this.clock, this.state) = (database, clock, state);

    /// <summary>What an idempotency key already stands for; null when it is new or there is none.</summary>
    public async Task<OperatorOutcome?> FindAsync(OperatorRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.IdempotencyKey is not { } key
            || await IdempotencyKeys.FindAsync(database, request.Caller, key, Fingerprint(request), cancellationToken) is not { } use
                ? null
            : use.IsSame ? new OperatorOutcome.Repeated(clock.ToRecordingTime(use.Since))
            : new OperatorOutcome.KeyReused(use.Subject);
    }

    /// <summary>Stores an action. Once this returns, whoever holds the recording takes it in.</summary>
    public async Task<OperatorOutcome> TakeAsync(OperatorRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var (name, action) = (request.Operator, request.Action.ToString().ToLowerInvariant());
        var now = clock.Now;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        RecordingStore.Add(
            batch,
            TakeSql,
            ("id", request.RecordingId),
            ("caller", request.Caller),
            ("key", request.IdempotencyKey),
            ("fingerprint", Fingerprint(request)),
            ("body", RecordingStore.Json(new OperatorInput(request.Action, name, request.Note))),
            ("at", now),
            ("message", $"Operator {name} asked to {action} it: {request.Note}"),
            (
                "detail",
                RecordingStore.Json(
                    new LogDetail
                    {
                        Caller = request.Caller,
                        Operator = name,
                        Action = action,
                        Note = request.Note,
                    }
                )
            ),
            ("version", StateJson.Version)
        );
        var isTaken = await batch.ExecuteScalarAsync(cancellationToken) is > 0L;
        state.Wake();
        // Not taken means that the same key was faster; it stands in the table now.
        return isTaken ? new OperatorOutcome.Taken(now) : (await FindAsync(request, cancellationToken))!;
    }

    /// <summary>Two requests are the same when they want the same of the same recording, by the same operator for the same reason.</summary>
    private static byte[] Fingerprint(OperatorRequest request) =>
        SHA256.HashData(
            Encoding.UTF8.GetBytes(
                $"operator\n{request.RecordingId:D}\n{request.Action}\n{request.Operator.Length}:{request.Operator}\n{request.Note}"
            )
        );
}
