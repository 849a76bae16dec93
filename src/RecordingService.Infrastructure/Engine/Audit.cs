using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace RecordingService.Infrastructure.Engine;

/// <summary>Who does something, as the audit names it.</summary>
/// <param name="Caller">Name of the caller.</param>
/// <param name="KeyId">Id of the key that was used, or null.</param>
/// <param name="TraceId">The request in the logs, or null.</param>
public sealed record Actor(string Caller, string? KeyId = null, string? TraceId = null);

/// <summary>A write of a caller.</summary>
/// <param name="Id">Its number; they grow in the order in which writes were committed.</param>
/// <param name="At">When.</param>
/// <param name="Caller">Who.</param>
/// <param name="KeyId">With which key; null where none was needed.</param>
/// <param name="Action">What was done, such as putRoomType.</param>
/// <param name="Subject">To what: a room type, a project, the id of a key.</param>
/// <param name="Detail">What it became; never a secret.</param>
/// <param name="TraceId">Names the request in the logs.</param>
public sealed record AuditEntry(
    long Id,
    DateTimeOffset At,
    string Caller,
    string? KeyId,
    string Action,
    string Subject,
    IReadOnlyDictionary<string, object> Detail,
    string? TraceId
);

/// <summary>Who wrote what, of everything that has no timeline of its own: room types, projects' actions, keys. Lines are never changed.</summary>
public sealed class Audit
{
    /// <summary>Any number that nothing else here locks.</summary>
    private const long Turn = 0x5253_4155_4449_54;

    // Purpose: a line in the transaction of its write. Locks: one writer at a time until its commit, so that numbers become visible in their
    // order and nobody who reads on behind a number misses a line. Writes like these come some times a day. Bound: one row.
    private const string InsertSql = """
        with turn as materialized (select pg_advisory_xact_lock(@turn))
        insert into recording.audit (at, caller, key_id, action, subject, detail, trace_id)
        select clock_timestamp(), @caller, @keyId, @action, @subject, @detail, @traceId from turn
        """;

    private readonly IDbContextFactory<RecordingDb> contexts;

    internal Audit(IDbContextFactory<RecordingDb> contexts) => this.contexts = contexts;

    /// <summary>Lines behind a number, oldest first.</summary>
    public async Task<IReadOnlyList<AuditEntry>> ListAsync(long after, int limit, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await context
            .Audit.AsNoTracking()
            .Where(row => row.Id > after)
            .OrderBy(row => row.Id)
            .Take(limit)
            .ToListAsync(cancellationToken);
        return
        [
            .. rows.Select(row => new AuditEntry(
                row.Id,
                row.At,
                row.Caller,
                row.KeyId,
                row.Action,
                row.Subject,
                JsonSerializer.Deserialize<Dictionary<string, object>>(row.Detail)!,
                row.TraceId
            )),
        ];
    }

    /// <summary>Waits for the turn to write, until the end of the transaction: for writes that lock rows which nobody should wait for.</summary>
    internal static async Task TakeTurnAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select pg_advisory_xact_lock(@turn)", transaction.Connection, transaction);
        command.Parameters.AddWithValue("turn", Turn);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Adds a line to a transaction.</summary>
    internal static async Task WriteAsync(
        NpgsqlTransaction transaction,
        Actor actor,
        string action,
        string subject,
        JsonObject detail,
        CancellationToken cancellationToken
    )
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        RecordingStore.Add(
            batch,
            InsertSql,
            ("turn", Turn),
            ("caller", actor.Caller),
            ("keyId", actor.KeyId),
            ("action", action),
            ("subject", subject),
            ("detail", new NpgsqlParameter { Value = detail.ToJsonString(), NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Jsonb }),
            ("traceId", actor.TraceId)
        );
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
