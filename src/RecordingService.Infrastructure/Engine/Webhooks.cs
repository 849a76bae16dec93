using System.Text.Json.Nodes;
using System.Xml;
using Npgsql;
using RecordingService.Infrastructure.Events;

namespace RecordingService.Infrastructure.Engine;

/// <summary>Who is sent events, as callers see and change it. What is sent when is the business of <see cref="WebhookDispatcher"/>.</summary>
public sealed class Webhooks
{
    private const string Columns = """
        w.id, w.url, w.description, w.types, w.projects, w.state, w.disabled_reason, w.disabled_at, w.failing_since, w.consecutive_failures,
        w.last_success_at, w.last_failure_at, w.last_failure, w.created_at, w.created_by,
        (select count(*)::int from recording.webhook_lanes l where l.webhook_id = w.id),
        (select count(*)::int from recording.webhook_lanes l where l.webhook_id = w.id and l.attempt > 0),
        (select array_agg(s.created_at order by s.created_at desc) from recording.webhook_secrets s
          where s.webhook_id = w.id and (s.expires_at is null or s.expires_at > @now)),
        (select array_agg(s.expires_at order by s.created_at desc) from recording.webhook_secrets s
          where s.webhook_id = w.id and (s.expires_at is null or s.expires_at > @now))
        """;

    /// <summary>Whoever may see some projects only sees webhooks that are sent events of no others.</summary>
    private const string Seen = "(@allowed::text[] is null or w.projects <@ @allowed)";

    // Purpose: webhooks, newest first, or one. Index: primary key; lanes by webhook. Locks: none. Bound: webhooks, and the lanes that wait.
    private const string ReadSql = $"""
        select {Columns} from recording.webhooks w where (@webhook::uuid is null or w.id = @webhook) and {Seen} order by w.id desc
        """;

    // Purpose: a webhook that is sent what comes from now on. What is committed and has no position yet comes later, so it is sent, too.
    // None when there are @most already (LimitSql comes before). Index: events by position. Bound: one row, a count of webhooks.
    private const string InsertSql = """
        insert into recording.webhooks (id, url, description, types, projects, state, position, consecutive_failures, created_at, created_by)
        select @webhook, @url, @description, @types, @projects, 'active', coalesce((select max(position) from recording.events), 0), 0, @now, @by
         where (select count(*) from recording.webhooks) < @most
        """;

    // Purpose: one webhook is made at a time, so that there are never more than may be. In a statement of its own: the next one has to see what was
    // made before. Locks: until the end of the transaction.
    private const string LimitSql = "select pg_advisory_xact_lock(7302113905572)";

    private const string InsertSecretSql = """
        insert into recording.webhook_secrets (id, webhook_id, key_id, sealed, created_at) values (@id, @webhook, @key, @sealed, @now)
        """;

    // Purpose: nobody else changes the webhook or its lanes until this transaction ends. Index: primary key. Bound: one row.
    private const string LockSql = $"select w.url, w.state from recording.webhooks w where w.id = @webhook and {Seen} for no key update";

    private const string ChangeSql = """
        update recording.webhooks
           set url = coalesce(@url, url), description = case when @describes then @description else description end, types = coalesce(@types, types),
               state = case @enabled when true then 'active' when false then 'disabled' else state end,
               disabled_reason = case when @enabled then null when not @enabled and state = 'active' then 'requested' else disabled_reason end,
               disabled_at = case when @enabled then null when not @enabled and state = 'active' then @now else disabled_at end
         where id = @webhook
        """;

    // Index: secrets by webhook. Bound: two rows, or three.
    private const string SecretsSql = "select id, key_id, sealed from recording.webhook_secrets where webhook_id = @webhook";

    // Purpose: from now on the newest secret and the one before sign, that one until @until; older ones do not, nor those that nobody can read:
    // with them nothing could be sent until they expire. Index: secrets by webhook. Bound: three rows.
    private const string RetireSql = """
        with before as (
          select id from recording.webhook_secrets where webhook_id = @webhook and expires_at is null and not id = any(@unreadable)
           order by created_at desc limit 1),
        gone as (
          delete from recording.webhook_secrets where webhook_id = @webhook and id not in (select id from before))
        update recording.webhook_secrets set expires_at = @until where id in (select id from before)
        """;

    // Purpose: lanes are made again from an earlier position on. Index: primary key. Bound: one row.
    private const string ReplaySql = "update recording.webhooks set position = least(position, @after) where id = @webhook";

    // Purpose: removes it with its secrets, lanes and log. Index: primary key; those of the references. Bound: what waits for one webhook, and its log.
    private const string DeleteSql = "delete from recording.webhooks where id = @webhook";

    // Purpose: a page of the delivery log, newest first. Index: attempts by webhook (and recording). Locks: none. Bound: @most rows.
    private const string LogSql = """
        select id, event_id, type, recording_id, sequence, attempt, at, duration_ms, outcome, status, error, next_at from recording.webhook_attempts
        where webhook_id = @webhook and id < @before and (@recording::uuid is null or recording_id = @recording) order by id desc limit @most
        """;

    /// <summary>Very much may wait for a webhook that is removed because it is dead.</summary>
    private static readonly TimeSpan LongestDelete = TimeSpan.FromMinutes(1);

    private readonly NpgsqlDataSource database;
    private readonly RecordingClock clock;
    private readonly SecretVault vault;
    private readonly WebhookSignal signal;
    private readonly ForwardCalls forward;
    private readonly int most;

    internal Webhooks(
        NpgsqlDataSource database,
        RecordingClock clock,
        SecretVault vault,
        WebhookSignal signal,
        ForwardCalls forward,
        WebhookOptions options
    ) =>
        (this.database, this.clock, this.vault, this.signal, this.forward, most) = (
            database,
            clock,
            vault,
            signal,
            forward,
            options.MostWebhooks
        );

    /// <summary>All webhooks, newest first.</summary>
    /// <param name="allowed">Projects that the caller may see; null for all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<IReadOnlyList<Webhook>> ListAsync(IReadOnlyList<string>? allowed, CancellationToken cancellationToken) =>
        ReadAsync(null, allowed, cancellationToken);

    /// <summary>A webhook, or null.</summary>
    /// <param name="id">Its identity.</param>
    /// <param name="allowed">Projects that the caller may see; null for all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<Webhook?> FindAsync(Guid id, IReadOnlyList<string>? allowed, CancellationToken cancellationToken) =>
        await ReadAsync(id, allowed, cancellationToken) is [var found] ? found : null;

    /// <summary>Makes a webhook that is sent what happens from now on.</summary>
    /// <param name="url">Address, permitted by <see cref="TargetGuard"/>.</param>
    /// <param name="description">What it is for, or null.</param>
    /// <param name="types">Types of events that it is sent; empty for all.</param>
    /// <param name="projects">Projects whose events it is sent; null for all.</param>
    /// <param name="actor">Who makes it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>It, and its secret, which cannot be read again; null when there are as many as there may be (<see cref="WebhookOptions.MostWebhooks"/>).</returns>
    /// <exception cref="InvalidOperationException">No key is configured to keep the secret with (<see cref="SecretVault.CanSeal"/>).</exception>
    public async Task<(Webhook Webhook, string Secret)?> CreateAsync(
        string url,
        string? description,
        IReadOnlyList<string> types,
        IReadOnlyList<string>? projects,
        Actor actor,
        CancellationToken cancellationToken
    )
    {
        var id = Guid.CreateVersion7(clock.RealNow);
        var secret = WebhookSigner.NewSecret();
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var insert = new NpgsqlBatchCommand(InsertSql)
            {
                Parameters =
                {
                    new("webhook", id),
                    new("url", url),
                    Text("description", description),
                    new("types", types.ToArray()),
                    Texts("projects", projects),
                    Now(),
                    new("by", actor.Caller),
                    new("most", most),
                },
            };
            await RunAsync(transaction, cancellationToken, new(LimitSql), insert);
            if (insert.RecordsAffected == 0)
            {
                return null;
            }

            await RunAsync(transaction, cancellationToken, SecretOf(id, secret));
            JsonObject detail = new()
            {
                ["origin"] = Origin(url),
                ["types"] = Names(types),
                ["projects"] = projects is null ? null : Names(projects),
            };
            await Audit.WriteAsync(transaction, actor, "createWebhook", $"{id}", detail, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        signal.Raise();
        return ((await FindAsync(id, null, cancellationToken))!, WebhookSigner.Text(secret));
    }

    /// <summary>Changes a webhook.</summary>
    /// <returns>It as it is then, or null when there is none.</returns>
    public async Task<Webhook?> ChangeAsync(
        Guid id,
        WebhookChange change,
        IReadOnlyList<string>? allowed,
        Actor actor,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(change);
        JsonObject detail = [];
        if (change.Url is not null)
        {
            detail["origin"] = Origin(change.Url);
        }

        if (change.SetsDescription)
        {
            detail["description"] = change.Description;
        }

        if (change.Types is not null)
        {
            detail["types"] = Names(change.Types);
        }

        if (change.Enabled is { } enabled)
        {
            detail["enabled"] = enabled;
        }

        var anew = false;
        var isThere = await LockedAsync(
            id,
            allowed,
            async (transaction, before) =>
            {
                anew = (change.Url is not null && change.Url != before.Url) || (change.Enabled == true && before.State == "disabled");
                var command = new NpgsqlBatchCommand(ChangeSql)
                {
                    Parameters =
                    {
                        new("webhook", id),
                        Text("url", change.Url),
                        new("describes", change.SetsDescription),
                        Text("description", change.Description),
                        Texts("types", change.Types),
                        new("enabled", NpgsqlTypes.NpgsqlDbType.Boolean) { Value = (object?)change.Enabled ?? DBNull.Value },
                        Now(),
                    },
                };
                await RunAsync(transaction, cancellationToken, command);
            },
            new(actor, "changeWebhook", detail),
            cancellationToken
        );
        if (isThere && (change.Url is not null || change.Enabled == true))
        {
            // The change is kept: a caller that goes away now does not leave half of what waits behind.
            await forward.HastenAsync(id, anew, clock.RealNow, CancellationToken.None);
        }

        signal.Raise();
        return isThere ? await FindAsync(id, allowed, cancellationToken) : null;
    }

    /// <summary>Gives a webhook a new secret; the present one signs beside it for a while, unless it cannot be read here.</summary>
    /// <param name="id">The webhook.</param>
    /// <param name="overlap">How long the present secret signs on.</param>
    /// <param name="allowed">Projects that the caller may see; null for all.</param>
    /// <param name="actor">Who wants it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The webhook, and the secret, which cannot be read again; null when there is no such webhook.</returns>
    /// <exception cref="InvalidOperationException">No key is configured to keep the secret with (<see cref="SecretVault.CanSeal"/>).</exception>
    public async Task<(Webhook Webhook, string Secret)?> RotateAsync(
        Guid id,
        TimeSpan overlap,
        IReadOnlyList<string>? allowed,
        Actor actor,
        CancellationToken cancellationToken
    )
    {
        var secret = WebhookSigner.NewSecret();
        var isThere = await LockedAsync(
            id,
            allowed,
            async (transaction, _) =>
            {
                var unreadable = await UnreadableAsync(id, transaction, cancellationToken);
                var retire = new NpgsqlBatchCommand(RetireSql)
                {
                    Parameters =
                    {
                        new("webhook", id),
                        new("unreadable", unreadable),
                        new("until", (clock.RealNow + overlap).ToUniversalTime()),
                    },
                };
                await RunAsync(transaction, cancellationToken, retire, SecretOf(id, secret));
            },
            new(actor, "rotateWebhookSecret", new() { ["overlap"] = XmlConvert.ToString(overlap) }),
            cancellationToken
        );
        return isThere ? ((await FindAsync(id, allowed, cancellationToken))!, WebhookSigner.Text(secret)) : null;
    }

    /// <summary>Sends again what came after a place in the feed, in the order of each recording.</summary>
    /// <param name="id">The webhook.</param>
    /// <param name="after">Position in the feed.</param>
    /// <param name="allowed">Projects that the caller may see; null for all.</param>
    /// <param name="actor">Who wants it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether there is such a webhook.</returns>
    public async Task<bool> ReplayAsync(
        Guid id,
        long after,
        IReadOnlyList<string>? allowed,
        Actor actor,
        CancellationToken cancellationToken
    )
    {
        var isThere = await LockedAsync(
            id,
            allowed,
            (transaction, _) =>
                RunAsync(
                    transaction,
                    cancellationToken,
                    new NpgsqlBatchCommand(ReplaySql) { Parameters = { new("webhook", id), new("after", after) } }
                ),
            new(actor, "replayWebhook", new() { ["after"] = EventCursor.Write(after) }),
            cancellationToken
        );
        signal.Raise();
        return isThere;
    }

    /// <summary>Keeps that somebody has a webhook tested.</summary>
    /// <returns>The webhook, or null when there is none.</returns>
    public async Task<Webhook?> TestAsync(Guid id, IReadOnlyList<string>? allowed, Actor actor, CancellationToken cancellationToken) =>
        await LockedAsync(id, allowed, (_, _) => Task.CompletedTask, new(actor, "testWebhook", []), cancellationToken)
            ? await FindAsync(id, allowed, cancellationToken)
            : null;

    /// <summary>Removes a webhook with everything that waits for it.</summary>
    /// <returns>Whether there was such a webhook.</returns>
    public Task<bool> DeleteAsync(Guid id, IReadOnlyList<string>? allowed, Actor actor, CancellationToken cancellationToken) =>
        LockedAsync(
            id,
            allowed,
            async (transaction, _) =>
            {
                await using var command = new NpgsqlCommand(DeleteSql, transaction.Connection, transaction);
                command.Parameters.AddWithValue("webhook", id);
                command.CommandTimeout = (int)LongestDelete.TotalSeconds;
                await command.ExecuteNonQueryAsync(cancellationToken);
            },
            new(actor, "deleteWebhook", []),
            cancellationToken
        );

    /// <summary>A page of the delivery log, newest first.</summary>
    /// <param name="id">The webhook.</param>
    /// <param name="before">Place in the log that the page ends before; null for the newest.</param>
    /// <param name="recording">Attempts for this recording only; null for all.</param>
    /// <param name="most">Longest page.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IReadOnlyList<WebhookDelivery>> DeliveriesAsync(
        Guid id,
        long? before,
        Guid? recording,
        int most,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(LogSql);
        command.Parameters.AddWithValue("webhook", id);
        command.Parameters.AddWithValue("before", before ?? long.MaxValue);
        command.Parameters.Add(new("recording", NpgsqlTypes.NpgsqlDbType.Uuid) { Value = (object?)recording ?? DBNull.Value });
        command.Parameters.AddWithValue("most", most);
        List<WebhookDelivery> deliveries = [];
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            deliveries.Add(
                new(
                    reader.GetInt64(0),
                    reader.GetGuid(1),
                    reader.GetString(2),
                    reader.IsDBNull(3) ? null : reader.GetGuid(3),
                    reader.IsDBNull(4) ? null : reader.GetInt32(4),
                    reader.GetInt32(5),
                    reader.GetFieldValue<DateTimeOffset>(6),
                    TimeSpan.FromMilliseconds(reader.GetInt32(7)),
                    Enum.Parse<DeliveryOutcome>(reader.GetString(8)),
                    reader.IsDBNull(9) ? null : reader.GetInt32(9),
                    reader.IsDBNull(10) ? null : reader.GetString(10),
                    reader.IsDBNull(11) ? null : reader.GetFieldValue<DateTimeOffset>(11)
                )
            );
        }

        return deliveries;
    }

    private async Task<bool> LockedAsync(
        Guid id,
        IReadOnlyList<string>? allowed,
        Func<NpgsqlTransaction, Before, Task> then,
        AuditLine line,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        Before before;
        await using (var command = new NpgsqlCommand(LockSql, connection, transaction))
        {
            command.Parameters.AddWithValue("webhook", id);
            command.Parameters.Add(Texts("allowed", allowed));
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            if (!await reader.ReadAsync(cancellationToken))
            {
                return false;
            }

            before = new(reader.GetString(0), reader.GetString(1));
        }

        await then(transaction, before);
        await Audit.WriteAsync(transaction, line.Actor, line.Action, $"{id}", line.Detail, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private async Task<IReadOnlyList<Webhook>> ReadAsync(Guid? id, IReadOnlyList<string>? allowed, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ReadSql);
        command.Parameters.Add(new("webhook", NpgsqlTypes.NpgsqlDbType.Uuid) { Value = (object?)id ?? DBNull.Value });
        command.Parameters.Add(Texts("allowed", allowed));
        command.Parameters.Add(Now());
        List<Webhook> webhooks = [];
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            webhooks.Add(Read(reader));
        }

        return webhooks;
    }

    private static Webhook Read(NpgsqlDataReader reader) =>
        new()
        {
            Id = reader.GetGuid(0),
            Url = reader.GetString(1),
            Description = reader.IsDBNull(2) ? null : reader.GetString(2),
            Types = reader.GetFieldValue<string[]>(3),
            Projects = reader.IsDBNull(4) ? null : reader.GetFieldValue<string[]>(4),
            DisabledReason =
                reader.GetString(5) == "active" ? null
                : !reader.IsDBNull(6) && reader.GetString(6) == "gone" ? WebhookDisabledReason.Gone
                : WebhookDisabledReason.Requested,
            DisabledAt = At(reader, 7),
            FailingSince = At(reader, 8),
            ConsecutiveFailures = reader.GetInt32(9),
            LastSuccessAt = At(reader, 10),
            LastFailureAt = At(reader, 11),
            LastFailure = reader.IsDBNull(12) ? null : reader.GetString(12),
            CreatedAt = reader.GetFieldValue<DateTimeOffset>(13),
            CreatedBy = reader.GetString(14),
            Waiting = reader.GetInt32(15),
            Retrying = reader.GetInt32(16),
            Secrets = reader.IsDBNull(17)
                ? []
                :
                [
                    .. reader
                        .GetFieldValue<DateTimeOffset[]>(17)
                        .Zip(reader.GetFieldValue<DateTimeOffset?[]>(18), (created, expires) => new WebhookSecret(created, expires)),
                ],
        };

    private static DateTimeOffset? At(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);

    private NpgsqlBatchCommand SecretOf(Guid webhook, byte[] secret)
    {
        var id = Guid.CreateVersion7(clock.RealNow);
        var hidden = vault.Seal(secret, id);
        return new(InsertSecretSql)
        {
            Parameters = { new("id", id), new("webhook", webhook), new("key", hidden.KeyId), new("sealed", hidden.Sealed), Now() },
        };
    }

    /// <summary>Secrets of a webhook that this replica has no key for.</summary>
    private async Task<Guid[]> UnreadableAsync(Guid webhook, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SecretsSql, transaction.Connection, transaction);
        command.Parameters.AddWithValue("webhook", webhook);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<Guid> unreadable = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            var id = reader.GetGuid(0);
            if (!vault.TryOpen(new(reader.GetString(1), reader.GetFieldValue<byte[]>(2)), id, out _, out _))
            {
                unreadable.Add(id);
            }
        }

        return [.. unreadable];
    }

    private static async Task RunAsync(
        NpgsqlTransaction transaction,
        CancellationToken cancellationToken,
        params NpgsqlBatchCommand[] commands
    )
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        foreach (var command in commands)
        {
            batch.BatchCommands.Add(command);
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Where it is sent to, without what may be secret in the address.</summary>
    private static string Origin(string url) => new Uri(url).GetLeftPart(UriPartial.Authority);

    private static JsonArray Names(IEnumerable<string> names) => [.. names.Select(name => JsonValue.Create(name))];

    private NpgsqlParameter Now() => new("now", clock.RealNow.ToUniversalTime());

    private static NpgsqlParameter Text(string name, string? value) =>
        new(name, NpgsqlTypes.NpgsqlDbType.Text) { Value = (object?)value ?? DBNull.Value };

    private static NpgsqlParameter Texts(string name, IReadOnlyList<string>? values) =>
        new(name, NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Text) { Value = (object?)values?.ToArray() ?? DBNull.Value };

    /// <summary>A webhook before a change.</summary>
    private sealed record Before(string Url, string State);

    /// <summary>What the audit tells of a write.</summary>
    private sealed record AuditLine(Actor Actor, string Action, JsonObject Detail);
}
