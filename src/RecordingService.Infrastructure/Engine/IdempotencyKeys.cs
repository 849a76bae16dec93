using Npgsql;

namespace RecordingService.Infrastructure.Engine;

/// <summary>What callers' idempotency keys stand for. A key is stored in the very statement that does the work, so that one is never there without the other.</summary>
internal static class IdempotencyKeys
{
    // Purpose: remembers a key, and returns no row when it is known already; nothing without a key. A repeat that comes while the first is under
    // way waits here for its end, and does the work if that was rolled back. Index: primary key. Locks: the key's row. Bound: one row.
    // Parameters: caller, key, fingerprint, and subject: what the key stands for.
    public const string RememberSql = """
        insert into recording.idempotency (caller, key, fingerprint, recording_id, created_at)
        select @caller, @key, @fingerprint, @subject, now() where @key::text is not null
        on conflict do nothing returning 1
        """;

    // Purpose: what a key stands for. Index: primary key. Bound: one row.
    private const string FindSql =
        "select recording_id, fingerprint, created_at from recording.idempotency where caller = @caller and key = @key";

    /// <summary>Subject of a key that stands for no recording.</summary>
    public static readonly Guid NoRecording = Guid.Empty;

    /// <summary>What a key stands for; null when it is new.</summary>
    public static async Task<KeyUse?> FindAsync(
        NpgsqlDataSource database,
        string caller,
        string key,
        byte[] fingerprint,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(FindSql);
        command.Parameters.AddWithValue("caller", caller);
        command.Parameters.AddWithValue("key", key);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new(
                reader.GetGuid(0),
                reader.GetFieldValue<byte[]>(1).AsSpan().SequenceEqual(fingerprint),
                reader.GetFieldValue<DateTimeOffset>(2)
            )
            : null;
    }
}

/// <summary>Use of an idempotency key.</summary>
/// <param name="Subject">What it stands for: a recording, or <see cref="IdempotencyKeys.NoRecording"/>.</param>
/// <param name="IsSame">Whether it stands for the very request that was asked about.</param>
/// <param name="Since">When it was first used, by the time of the database.</param>
internal sealed record KeyUse(Guid Subject, bool IsSame, DateTimeOffset Since);
