using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace RecordingService.Infrastructure.Engine;

/// <summary>What a key turned out to be.</summary>
public abstract record ApiKeyVerdict
{
    private ApiKeyVerdict() { }

    /// <summary>It is good.</summary>
    /// <param name="Id">Its public part.</param>
    /// <param name="Caller">Who it belongs to.</param>
    /// <param name="Scopes">What it lets the caller do.</param>
    /// <param name="Projects">Projects that it is good for; null for all.</param>
    public sealed record Good(string Id, string Caller, IReadOnlyList<Scope> Scopes, IReadOnlyList<string>? Projects) : ApiKeyVerdict;

    /// <summary>It is none.</summary>
    /// <param name="Id">The id in it; null when it does not even look like a key.</param>
    /// <param name="Why">What its holder is told. More is told only to who has the secret.</param>
    public sealed record Refused(string? Id, string Why) : ApiKeyVerdict;
}

/// <summary>The keys as this replica knows them: all that are live, read together and kept for some seconds.</summary>
/// <remarks>
/// Keys are few, so requests cost no look-up. A key that does not hold by what is known is looked for once more in the database, be its id known
/// or not: it may have been made a moment ago by another replica. However many bad keys come, one read is on its way for all of them, and one waits.
/// </remarks>
public sealed class ApiKeyRing
{
    /// <summary>How long keys are used without being read again: a revocation is effective everywhere after that time and a read.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(5);

    /// <summary>A little more than the minute of <see cref="UsedSql"/>, or every second write would come too early and change nothing.</summary>
    private static readonly TimeSpan BetweenUses = TimeSpan.FromSeconds(61);

    // Purpose: every key whose holder may be let in, and those that ended lately, to tell their holders why. The time of the database comes with
    // them, because expiry is its business. Index: none, a table of some hundred rows.
    private const string ReadSql = """
        select clock_timestamp(), k.id, k.caller, k.scopes, k.projects, k.hash, k.expires_at, k.revoked_at
          from (select 1) always left join recording.api_keys k
            on coalesce(least(k.revoked_at, k.expires_at), 'infinity') > now() - interval '30 days'
        """;

    // Purpose: when a key was used last, at most once a minute by all replicas. Index: primary key. Bound: one row.
    private const string UsedSql = """
        update recording.api_keys set last_used_at = now()
         where id = @id and (last_used_at is null or last_used_at < now() - interval '1 minute')
        """;

    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<string, long> used = [];
    private readonly NpgsqlDataSource database;
    private readonly TimeProvider time;
    private readonly ILogger<ApiKeyRing> log;
    private volatile Known? current;
    private Task<Known>? reading;
    private Task<Known>? following;

    internal ApiKeyRing(NpgsqlDataSource database, TimeProvider time, ILogger<ApiKeyRing> log) =>
        (this.database, this.time, this.log) = (database, time, log);

    /// <summary>How often the keys were read, and secrets compared: what a refusal costs must not tell whether the id is known.</summary>
    internal (int Reads, int Comparisons) Work => (reads, comparisons);

    /// <summary>The last use that was written, or is being written.</summary>
    internal Task Writing { get; private set; } = Task.CompletedTask;

    private int reads;
    private int comparisons;

    /// <summary>Whether a text is a key, and whose.</summary>
    /// <exception cref="NpgsqlException">The database does not answer, and what is known is too old to let anybody in.</exception>
    public async ValueTask<ApiKeyVerdict> VerifyAsync(string text, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (ApiKeyText.Read(text) is not var (id, secret))
        {
            return new ApiKeyVerdict.Refused(null, "What was sent does not look like a key of this service: rsk_ID_SECRET.");
        }

        var known = await FreshAsync(cancellationToken);
        var verdict = Judge(known, id, secret);
        if (verdict is ApiKeyVerdict.Refused)
        {
            known = await ReadAgainAsync(fromNowOn: true).WaitAsync(cancellationToken);
            verdict = Judge(known, id, secret);
        }

        if (verdict is ApiKeyVerdict.Good)
        {
            NoteUse(id);
        }

        return verdict;
    }

    /// <summary>Whether a key that was good still is: for answers that go on for long.</summary>
    /// <exception cref="NpgsqlException">The database does not answer, and what is known is too old.</exception>
    public async ValueTask<bool> HoldsAsync(string id, CancellationToken cancellationToken)
    {
        var known = await FreshAsync(cancellationToken);
        return known.Keys.TryGetValue(id, out var key) && key.RevokedAt is null && !HasExpired(key, known);
    }

    private async ValueTask<Known> FreshAsync(CancellationToken cancellationToken) =>
        current is { } known && time.GetElapsedTime(known.At) <= Freshness
            ? known
            : await ReadAgainAsync(fromNowOn: false).WaitAsync(cancellationToken);

    private bool HasExpired(Entry key, Known known) => key.ExpiresAt <= known.DatabaseTime + time.GetElapsedTime(known.At);

    private ApiKeyVerdict Judge(Known known, string id, string secret)
    {
        Interlocked.Increment(ref comparisons);
        var key = known.Keys.GetValueOrDefault(id);
        if (!ApiKeyText.Matches(secret, key?.Hash) || key is null)
        {
            return new ApiKeyVerdict.Refused(id, "The key is not known, or its secret is wrong.");
        }

        if (key.RevokedAt is { } revokedAt)
        {
            return new ApiKeyVerdict.Refused(id, $"The key '{id}' was revoked at {revokedAt.UtcDateTime:s}Z.");
        }

        return HasExpired(key, known)
            ? new ApiKeyVerdict.Refused(id, $"The key '{id}' expired at {key.ExpiresAt?.UtcDateTime:s}Z.")
            : new ApiKeyVerdict.Good(id, key.Caller, key.Scopes, key.Projects);
    }

    /// <param name="fromNowOn">Whether a read that has begun already is too early.</param>
    private Task<Known> ReadAgainAsync(bool fromNowOn)
    {
        lock (gate)
        {
            if (reading is { IsCompleted: false } underWay)
            {
                return fromNowOn ? following ??= FollowAsync(underWay) : underWay;
            }

            return following ?? (reading = ReadAsync());
        }
    }

    private async Task<Known> FollowAsync(Task before)
    {
        // Never at once, in the middle of the assignment to following: it would be put back to what is over, and the keys would never be read again.
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        Task<Known> mine;
        lock (gate)
        {
            following = null;
            mine = reading = ReadAsync();
        }

        return await mine;
    }

    private async Task<Known> ReadAsync()
    {
        Interlocked.Increment(ref reads);
        // Taken before the statement is sent, so that the time on its way counts as age.
        var at = time.GetTimestamp();
        await using var command = database.CreateCommand(ReadSql);
        await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
        Dictionary<string, Entry> keys = [];
        DateTimeOffset databaseTime = default;
        while (await reader.ReadAsync(CancellationToken.None))
        {
            databaseTime = reader.GetFieldValue<DateTimeOffset>(0);
            if (!reader.IsDBNull(1))
            {
                keys[reader.GetString(1)] = new(
                    reader.GetString(2),
                    ApiKeys.ToScopes(reader.GetFieldValue<string[]>(3)),
                    reader.IsDBNull(4) ? null : reader.GetFieldValue<string[]>(4),
                    reader.GetFieldValue<byte[]>(5),
                    reader.IsDBNull(6) ? null : reader.GetFieldValue<DateTimeOffset>(6),
                    reader.IsDBNull(7) ? null : reader.GetFieldValue<DateTimeOffset>(7)
                );
            }
        }

        var known = new Known(keys, databaseTime, at);
        lock (gate)
        {
            if (current is not { } newer || newer.At <= at)
            {
                current = known;
            }
        }

        return known;
    }

    /// <summary>Not in the way of the request: nobody waits for it, and a use that could not be written is written with a later one.</summary>
    private void NoteUse(string id)
    {
        var now = time.GetTimestamp();
        if (
            used.TryGetValue(id, out var last)
                ? time.GetElapsedTime(last, now) >= BetweenUses && used.TryUpdate(id, now, last)
                : used.TryAdd(id, now)
        )
        {
            Writing = Task.Run(() => WriteUseAsync(id), CancellationToken.None);
        }
    }

    private async Task WriteUseAsync(string id)
    {
        try
        {
            await using var command = database.CreateCommand(UsedSql);
            command.Parameters.AddWithValue("id", id);
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is NpgsqlException or ObjectDisposedException or InvalidOperationException)
        {
            used.TryRemove(id, out _);
            log.UseNotWritten(id, e.Message);
        }
    }

    private sealed record Known(IReadOnlyDictionary<string, Entry> Keys, DateTimeOffset DatabaseTime, long At);

    private sealed record Entry(
        string Caller,
        IReadOnlyList<Scope> Scopes,
        IReadOnlyList<string>? Projects,
        byte[] Hash,
        DateTimeOffset? ExpiresAt,
        DateTimeOffset? RevokedAt
    );
}
