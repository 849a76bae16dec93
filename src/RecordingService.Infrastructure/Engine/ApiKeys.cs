using System.Text.Json.Nodes;
using Npgsql;
using NpgsqlTypes;

namespace RecordingService.Infrastructure.Engine;

/// <summary>An API key without its secret, which nobody but its caller has.</summary>
/// <param name="Id">Its public part.</param>
/// <param name="Caller">Who it belongs to.</param>
/// <param name="Scopes">What it lets the caller do.</param>
/// <param name="Projects">Projects that it is good for; null for all.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="CreatedBy">Who made it.</param>
/// <param name="ExpiresAt">When it ends by itself; null for never.</param>
/// <param name="RevokedAt">When it was revoked, or null.</param>
/// <param name="RevokedBy">Who revoked it, or null.</param>
/// <param name="LastUsedAt">When it was used last, to a minute or two; null when it never was.</param>
public sealed record ApiKey(
    string Id,
    string Caller,
    IReadOnlyList<Scope> Scopes,
    IReadOnlyList<string>? Projects,
    DateTimeOffset CreatedAt,
    string CreatedBy,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt,
    string? RevokedBy,
    DateTimeOffset? LastUsedAt
);

/// <summary>A key to be made.</summary>
/// <param name="Caller">Who it is for, valid by <see cref="ApiKeys.IsCaller"/>.</param>
/// <param name="Scopes">What it lets the caller do; at least one.</param>
/// <param name="Projects">Projects that it is good for, in the spelling under which they are stored; null for all.</param>
/// <param name="Life">How long it is good; null for ever.</param>
public sealed record NewApiKey(string Caller, IReadOnlyList<Scope> Scopes, IReadOnlyList<string>? Projects, TimeSpan? Life);

/// <summary>What became of a request for a key.</summary>
public abstract record ApiKeyOutcome
{
    private ApiKeyOutcome() { }

    /// <summary>It is made.</summary>
    /// <param name="Key">The key.</param>
    /// <param name="Text">The key with its secret, to be shown once.</param>
    public sealed record Created(ApiKey Key, string Text) : ApiKeyOutcome;

    /// <summary>The caller has as many live keys as it may have.</summary>
    /// <param name="Live">Their ids.</param>
    public sealed record TooMany(IReadOnlyList<string> Live) : ApiKeyOutcome;
}

/// <summary>Makes, lists and revokes API keys.</summary>
public sealed class ApiKeys
{
    /// <summary>Live keys that a caller may have: the old and the new one during a rotation.</summary>
    public const int MostLive = 2;

    /// <summary>Longest name of a caller.</summary>
    public const int CallerCharacters = 64;

    /// <summary>Who everybody is where no key is needed; no key can be made for it.</summary>
    public const string Nobody = "anonymous";

    /// <summary>How many keys are told.</summary>
    public const int Told = 500;

    private const string Columns = "id, caller, scopes, projects, created_at, created_by, expires_at, revoked_at, revoked_by, last_used_at";

    private const string IsLive = "revoked_at is null and (expires_at is null or expires_at > now())";

    // Purpose: nobody else makes keys until this transaction ends, so that no caller ever has more than its number. Keys are made some times a year.
    private const string LockSql = "lock table recording.api_keys in share row exclusive mode";

    // Index: ix of the callers.
    private const string LiveSql = $"select id from recording.api_keys where caller = @caller and {IsLive} order by created_at";

    private const string InsertSql = $"""
        insert into recording.api_keys (id, caller, scopes, projects, hash, created_at, created_by, expires_at)
        values (@id, @caller, @scopes, @projects, @hash, now(), @by, now() + @life::interval) returning {Columns}
        """;

    // Purpose: the first revocation stands. Index: primary key. Bound: one row.
    private const string RevokeSql = """
        update recording.api_keys set revoked_at = now(), revoked_by = @by where id = @id and revoked_at is null returning caller
        """;

    private const string ExistsSql = "select exists (select 1 from recording.api_keys where id = @id)";

    // Purpose: all keys for people, live ones first. Bound: @most rows.
    private const string ListSql = $"select {Columns} from recording.api_keys order by not ({IsLive}), created_at desc, id limit @most";

    private readonly NpgsqlDataSource database;

    internal ApiKeys(NpgsqlDataSource database) => this.database = database;

    /// <summary>What a name of a caller is like.</summary>
    public static string CallerRule =>
        $"1 to {CallerCharacters} of a-z, 0-9, '-', '.' and '_', beginning with a letter, and not '{Nobody}'";

    /// <summary>Whether a text is a name that a caller may have.</summary>
    public static bool IsCaller(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length is > 0 and <= CallerCharacters
            && char.IsAsciiLetterLower(name[0])
            && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.' or '_')
            && name != Nobody;
    }

    /// <summary>Makes a key. Its text is told once: here.</summary>
    public async Task<ApiKeyOutcome> CreateAsync(NewApiKey wanted, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        ArgumentNullException.ThrowIfNull(actor);
        var (id, secret) = ApiKeyText.New();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var turn = new NpgsqlCommand(LockSql, connection, transaction))
        {
            await turn.ExecuteNonQueryAsync(cancellationToken);
        }

        var live = await LiveAsync(wanted.Caller, connection, transaction, cancellationToken);
        if (live.Count >= MostLive)
        {
            return new ApiKeyOutcome.TooMany(live);
        }

        ApiKey key;
        await using (var insert = new NpgsqlCommand(InsertSql, connection, transaction))
        {
            insert.Parameters.AddWithValue("id", id);
            insert.Parameters.AddWithValue("caller", wanted.Caller);
            insert.Parameters.AddWithValue("scopes", wanted.Scopes.Distinct().Order().Select(NameOf).ToArray());
            insert.Parameters.Add(
                new("projects", NpgsqlDbType.Array | NpgsqlDbType.Text) { Value = (object?)wanted.Projects?.ToArray() ?? DBNull.Value }
            );
            insert.Parameters.AddWithValue("hash", ApiKeyText.Hash(secret));
            insert.Parameters.AddWithValue("by", actor.Caller);
            insert.Parameters.Add(new("life", NpgsqlDbType.Interval) { Value = (object?)wanted.Life ?? DBNull.Value });
            await using var reader = await insert.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            key = Read(reader);
        }

        var detail = new JsonObject
        {
            ["caller"] = key.Caller,
            ["scopes"] = new JsonArray([.. key.Scopes.Select(scope => JsonValue.Create(NameOf(scope)))]),
            ["projects"] = key.Projects is { } projects ? new JsonArray([.. projects.Select(name => JsonValue.Create(name))]) : null,
            ["expiresAt"] = key.ExpiresAt is { } expiresAt ? JsonValue.Create(expiresAt) : null,
        };
        await Audit.WriteAsync(transaction, actor, "createApiKey", id, detail, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new ApiKeyOutcome.Created(key, ApiKeyText.Write(id, secret));
    }

    /// <summary>Revokes a key; twice does no harm. Replicas follow within <see cref="ApiKeyRing.Freshness"/>.</summary>
    /// <returns>False when there is no key of that id.</returns>
    public async Task<bool> RevokeAsync(string id, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(actor);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var revoke = new NpgsqlCommand(RevokeSql, connection, transaction))
        {
            revoke.Parameters.AddWithValue("id", id);
            revoke.Parameters.AddWithValue("by", actor.Caller);
            if (await revoke.ExecuteScalarAsync(cancellationToken) is string caller)
            {
                await Audit.WriteAsync(transaction, actor, "revokeApiKey", id, new() { ["caller"] = caller }, cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return true;
            }
        }

        await using var exists = new NpgsqlCommand(ExistsSql, connection, transaction);
        exists.Parameters.AddWithValue("id", id);
        return await exists.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>Keys, live ones first, at most <see cref="Told"/>.</summary>
    public async Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ListSql);
        command.Parameters.AddWithValue("most", Told);
        List<ApiKey> keys = [];
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            keys.Add(Read(reader));
        }

        return keys;
    }

    /// <summary>A scope as it is stored and shown.</summary>
    public static string NameOf(Scope scope) => scope.ToString().ToLowerInvariant();

    /// <summary>Scopes as they are stored; what only a newer version knows is left out.</summary>
    internal static IReadOnlyList<Scope> ToScopes(IEnumerable<string> names) =>
        [.. Enum.GetValues<Scope>().Where(scope => names.Contains(NameOf(scope)))];

    private static async Task<IReadOnlyList<string>> LiveAsync(
        string caller,
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand(LiveSql, connection, transaction);
        command.Parameters.AddWithValue("caller", caller);
        List<string> ids = [];
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            ids.Add(reader.GetString(0));
        }

        return ids;
    }

    private static ApiKey Read(NpgsqlDataReader row) =>
        new(
            row.GetString(0),
            row.GetString(1),
            ToScopes(row.GetFieldValue<string[]>(2)),
            row.IsDBNull(3) ? null : row.GetFieldValue<string[]>(3),
            row.GetFieldValue<DateTimeOffset>(4),
            row.GetString(5),
            Time(row, 6),
            Time(row, 7),
            row.IsDBNull(8) ? null : row.GetString(8),
            Time(row, 9)
        );

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}
