using Npgsql;

namespace RecordingService.Infrastructure.Engine;

/// <summary>
/// Calls forward what waits for a webhook. In pages, each a transaction: after days of an outage as many lanes wait as there were recordings, and
/// no statement may take so long that it is cut off, or keeps whoever else needs the webhook's row.
/// </summary>
/// <remarks>
/// Of a lane in flight the attempts are lowered, by one at least and below those that its claim has seen: so its settlement knows that it was called
/// forward meanwhile, and neither waits a step of the ladder nor uses one up.
/// </remarks>
internal sealed class ForwardCalls(NpgsqlDataSource database)
{
    /// <summary>Lanes that one transaction calls forward.</summary>
    internal const int Page = 1000;

    // Purpose: nobody else moves lanes of the webhook until this transaction ends. Index: primary key. Bound: one row.
    private const string LockSql = "select 1 from recording.webhooks where id = @webhook for no key update";

    private const string Failing = "exists (select 1 from recording.webhooks w where w.id = @webhook and w.consecutive_failures >= @count)";

    // Purpose: calls forward what waits for a webhook that answers again, spread over a while; nothing when it was not failing. Such an attempt
    // takes the place of the one that it had to wait for, so that it uses up no step of the ladder. What was called is not found again.
    // Index: webhook_lanes_due. Locks: the webhook's row is locked (LockSql). Bound: @page lanes.
    private const string WaitingSql = $"""
        update recording.webhook_lanes l set due_at = @now + random() * @spread, attempt = greatest(0, l.attempt - 1)
         where {Failing} and l.ctid = any(array(
           select c.ctid from recording.webhook_lanes c
            where c.webhook_id = @webhook and c.lease_owner is null and c.due_at > @now + @spread order by c.due_at limit @page))
        """;

    // Purpose: tells those who hold lanes of a webhook that answers again. Index: webhook_lanes_in_flight.
    // Locks: the webhook's row is locked (LockSql). Bound: what is in flight for one webhook.
    private const string InFlightSql = $"""
        update recording.webhook_lanes l set attempt = l.attempt - 1
         where {Failing} and l.webhook_id = @webhook and l.lease_owner is not null and l.due_at > @now
        """;

    // Purpose: what waits is tried now, because somebody changed the webhook. @anew: as if it had never been tried, because it was not, at that
    // address, or because nobody tried it for as long as the webhook was disabled. Answers with the page's last recording if there may be more.
    // Index: primary key. Locks: the webhook's row is locked (LockSql). Bound: @page lanes.
    private const string HastenSql = """
        with page as materialized (
          select recording_id from recording.webhook_lanes where webhook_id = @webhook and recording_id > @after order by recording_id limit @page),
        hastened as (
          update recording.webhook_lanes l
             set attempt = case when l.lease_owner is not null and l.due_at > @now then case when @anew then -1 else l.attempt - 1 end
                                when @anew then 0 else greatest(0, l.attempt - 1) end,
                 failing_since = case when @anew then null else l.failing_since end,
                 due_at = case when l.lease_owner is not null then l.due_at else least(l.due_at, @now) end
            from page where l.webhook_id = @webhook and l.recording_id = page.recording_id and (@anew or l.due_at > @now))
        select recording_id from page order by recording_id offset @page - 1
        """;

    /// <summary>How long lanes that are called forward are spread over.</summary>
    internal static readonly TimeSpan Spread = TimeSpan.FromSeconds(30);

    /// <summary>A webhook that was failing answers again. Before that is kept, so that whoever dies meanwhile leaves it to the next success.</summary>
    public async Task CallAsync(Guid webhook, DateTimeOffset now, CancellationToken cancellationToken)
    {
        int called;
        do
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            await using var batch = new NpgsqlBatch(connection);
            batch.BatchCommands.Add(new(LockSql) { Parameters = { new("webhook", webhook) } });
            var page = Waiting(webhook, now);
            batch.BatchCommands.Add(page);
            await batch.ExecuteNonQueryAsync(cancellationToken);
            called = page.RecordsAffected;
        } while (called == Page);
    }

    /// <summary>Somebody changed the webhook.</summary>
    /// <param name="webhook">The webhook.</param>
    /// <param name="anew">Whether attempts so far count no more.</param>
    /// <param name="now">Real time.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task HastenAsync(Guid webhook, bool anew, DateTimeOffset now, CancellationToken cancellationToken)
    {
        for (Guid? after = Guid.Empty; after is not null; )
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            await using var batch = new NpgsqlBatch(connection);
            batch.BatchCommands.Add(new(LockSql) { Parameters = { new("webhook", webhook) } });
            batch.BatchCommands.Add(
                new(HastenSql)
                {
                    Parameters =
                    {
                        new("webhook", webhook),
                        new("after", after.Value),
                        new("anew", anew),
                        new("now", now.ToUniversalTime()),
                        new("page", Page),
                    },
                }
            );
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            await reader.NextResultAsync(cancellationToken);
            after = await reader.ReadAsync(cancellationToken) ? reader.GetGuid(0) : null;
            // Reads to the end, where a transaction that could not be committed throws.
            await reader.NextResultAsync(cancellationToken);
        }
    }

    /// <summary>Calls forward a page of what waits; for whoever has locked the webhook's row.</summary>
    internal static NpgsqlBatchCommand Waiting(Guid webhook, DateTimeOffset now) =>
        new(WaitingSql)
        {
            Parameters =
            {
                new("webhook", webhook),
                new("now", now.ToUniversalTime()),
                new("spread", Spread),
                new("count", WebhookLanes.FailuresThatCount),
                new("page", Page),
            },
        };

    /// <summary>Tells those who hold lanes; for whoever has locked the webhook's row.</summary>
    internal static NpgsqlBatchCommand InFlight(Guid webhook, DateTimeOffset now) =>
        new(InFlightSql)
        {
            Parameters = { new("webhook", webhook), new("now", now.ToUniversalTime()), new("count", WebhookLanes.FailuresThatCount) },
        };
}
