using Npgsql;
using RecordingService.Infrastructure.Events;

namespace RecordingService.Infrastructure.Engine;

/// <summary>How all webhooks stand together.</summary>
/// <param name="Failing">Those that are sent events and did not take the last <see cref="WebhookLanes.FailuresThatCount"/>.</param>
/// <param name="Gone">Those that are disabled because they answered 410.</param>
/// <param name="Waiting">Recordings with an event that waits, over all webhooks.</param>
internal sealed record WebhookCounts(long Failing, long Gone, long Waiting);

/// <summary>A webhook that has been failing for too long.</summary>
internal sealed record FailingWebhook(Guid Id, string Url, DateTimeOffset Since, string? LastFailure, long Waiting);

/// <summary>What has to be done about webhooks now and then: counting, alarms, the length of the delivery log, secrets under old keys.</summary>
internal sealed class WebhookUpkeep(NpgsqlDataSource database, SecretVault vault, WebhookOptions options)
{
    // Purpose: the gauges. Index: lanes by webhook. Locks: none. Bound: webhooks, and the lanes that wait.
    private const string CountSql = """
        select count(*) filter (where state = 'active' and consecutive_failures >= @count), count(*) filter (where disabled_reason = 'gone'),
               (select count(*) from recording.webhook_lanes) from recording.webhooks
        """;

    // Purpose: takes the alarm for webhooks that have been failing for long, so that one replica tells it, and tells it again after a while.
    // Index: none, webhooks are few. Locks: their rows in order of their ids, as claims do. Bound: webhooks.
    private const string AlarmSql = """
        with late as materialized (
          select id from recording.webhooks
           where state = 'active' and consecutive_failures > 0 and failing_since < @now - @after and (alarmed_at is null or alarmed_at < @now - @again)
           order by id for no key update)
        update recording.webhooks w set alarmed_at = @now from late where w.id = late.id
        returning w.id, w.url, w.failing_since, w.last_failure, (select count(*) from recording.webhook_lanes l where l.webhook_id = w.id)
        """;

    // Purpose: cuts the delivery log by age: the log grows by time, so the first line that is young enough ends it.
    // Index: primary key. Locks: what is deleted. Bound: what has grown old since the last time.
    private const string CutByAgeSql = """
        delete from recording.webhook_attempts
         where id < coalesce((select id from recording.webhook_attempts where at >= @old order by id limit 1), 9223372036854775807)
        """;

    // Purpose: cuts the delivery log of each webhook by length. Index: attempts by webhook. Locks: what is deleted. Bound: what is too much.
    private const string CutByLengthSql = """
        delete from recording.webhook_attempts a using
          (select w.id, (select x.id from recording.webhook_attempts x where x.webhook_id = w.id order by x.id desc offset @keep limit 1) as last
             from recording.webhooks w) k
         where a.webhook_id = k.id and a.id <= k.last
        """;

    private const string ForgetSql = "delete from recording.webhook_secrets where expires_at < @now";

    // Purpose: a page of what lies under other keys, in an order in which what cannot be opened keeps nothing behind it from its turn.
    // Index: primary key. Bound: @page rows.
    private const string OldKeysSql = """
        select id, key_id, sealed from recording.webhook_secrets where lower(key_id) <> lower(@key) and id > @after order by id limit @page
        """;

    private const string ResealSql = """
        update recording.webhook_secrets set key_id = @key, sealed = @sealed where id = @id and sealed = @before
        """;

    private const int ResealPage = 100;

    /// <summary>An alarm that nobody cares for is told again.</summary>
    private static readonly TimeSpan AlarmAgain = TimeSpan.FromHours(6);

    public async Task<WebhookCounts> CountAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(CountSql);
        command.Parameters.AddWithValue("count", WebhookLanes.FailuresThatCount);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
    }

    /// <summary>The webhooks for which this replica has to raise an alarm.</summary>
    public async Task<IReadOnlyList<FailingWebhook>> AlarmAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(AlarmSql);
        command.Parameters.AddWithValue("now", now.ToUniversalTime());
        command.Parameters.AddWithValue("after", options.AlarmAfter);
        command.Parameters.AddWithValue("again", AlarmAgain);
        List<FailingWebhook> failing = [];
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            failing.Add(
                new(
                    reader.GetGuid(0),
                    reader.GetString(1),
                    reader.GetFieldValue<DateTimeOffset>(2),
                    reader.IsDBNull(3) ? null : reader.GetString(3),
                    reader.GetInt64(4)
                )
            );
        }

        return failing;
    }

    /// <summary>Cuts the delivery log, and forgets secrets that sign no more.</summary>
    public async Task CutAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new(CutByAgeSql) { Parameters = { new("old", (now - options.LogAge).ToUniversalTime()) } });
        batch.BatchCommands.Add(new(CutByLengthSql) { Parameters = { new("keep", options.LogEntries) } });
        batch.BatchCommands.Add(new(ForgetSql) { Parameters = { new("now", now.ToUniversalTime()) } });
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Encrypts anew what lies under another key than the current one, so that old keys can be taken away.</summary>
    /// <returns>How many secrets were encrypted anew.</returns>
    public async Task<int> ResealAsync(CancellationToken cancellationToken)
    {
        if (vault.CurrentKey is not { } key)
        {
            return 0;
        }

        var resealed = 0;
        IReadOnlyList<(Guid Id, SealedSecret Secret)> page = [];
        do
        {
            page = await OldKeysAsync(key, page is [.., var (last, _)] ? last : Guid.Empty, cancellationToken);
            foreach (var (id, before) in page)
            {
                if (vault.TryOpen(before, id, out var secret, out _))
                {
                    var after = vault.Seal(secret, id);
                    await using var command = database.CreateCommand(ResealSql);
                    command.Parameters.AddWithValue("id", id);
                    command.Parameters.AddWithValue("key", after.KeyId);
                    command.Parameters.AddWithValue("sealed", after.Sealed);
                    command.Parameters.AddWithValue("before", before.Sealed);
                    resealed += await command.ExecuteNonQueryAsync(cancellationToken);
                }
            }
        } while (page.Count == ResealPage);

        return resealed;
    }

    private async Task<IReadOnlyList<(Guid Id, SealedSecret Secret)>> OldKeysAsync(
        string key,
        Guid after,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(OldKeysSql);
        command.Parameters.AddWithValue("key", key);
        command.Parameters.AddWithValue("after", after);
        command.Parameters.AddWithValue("page", ResealPage);
        List<(Guid Id, SealedSecret Secret)> old = [];
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            old.Add((reader.GetGuid(0), new(reader.GetString(1), reader.GetFieldValue<byte[]>(2))));
        }

        return old;
    }
}
