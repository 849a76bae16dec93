using Npgsql;
using RecordingService.Infrastructure.Events;

namespace RecordingService.Infrastructure.Engine;

/// <summary>The next event of a recording for a webhook, held by this replica until its lease runs out.</summary>
/// <param name="WebhookId">The webhook.</param>
/// <param name="Url">Its address.</param>
/// <param name="RecordingId">The recording.</param>
/// <param name="Position">Position of the event.</param>
/// <param name="IsWanted">Whether the webhook still wants events like it.</param>
/// <param name="Failures">Attempts for it that failed.</param>
/// <param name="FailingFor">How long ago the first of them was, without the time in which it was due and nobody tried.</param>
/// <param name="IsFailing">Whether the webhook is failing, so that a success calls forward what waits.</param>
/// <param name="Token">Fencing token; the settlement must present it.</param>
/// <param name="ClaimedAt">Monotonic time stamp from before the claim was sent.</param>
internal sealed record LaneClaim(
    Guid WebhookId,
    Uri Url,
    Guid RecordingId,
    long Position,
    bool IsWanted,
    int Failures,
    TimeSpan FailingFor,
    bool IsFailing,
    long Token,
    long ClaimedAt
);

/// <summary>What a claimed lane is to be done with.</summary>
internal enum LaneStep
{
    /// <summary>On to the next event of the recording.</summary>
    Advance,

    /// <summary>The same event again later.</summary>
    Retry,

    /// <summary>The same event again later, and nothing was tried.</summary>
    Hold,
}

/// <summary>A line of the delivery log.</summary>
/// <param name="EventId">The event.</param>
/// <param name="Type">Its type.</param>
/// <param name="Sequence">Its number within the recording, or null.</param>
/// <param name="Attempt">Step of the ladder, from 1.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Answer">What came back.</param>
internal sealed record LoggedAttempt(Guid EventId, string Type, int? Sequence, int Attempt, DeliveryOutcome Outcome, WebhookAnswer Answer)
{
    /// <summary>A test that fails tells the one who asked for it, and nobody else.</summary>
    public bool CountsAsFailure => Outcome != DeliveryOutcome.Delivered && Type != WebhookProbe.EventType;
}

/// <summary>How a webhook stands after a settlement.</summary>
/// <param name="IsThere">False when it was deleted meanwhile.</param>
/// <param name="WasFailing">How many attempts in a row had failed before.</param>
/// <param name="Failures">How many have failed in a row now.</param>
/// <param name="LeaseLost">Whether somebody else has the lane, so that it was left as it is.</param>
/// <param name="Disabled">Whether this settlement disabled it: the first 410 of the present address.</param>
/// <param name="CalledForward">Whether the event was to be given up, and waits because it was called forward while it was being sent.</param>
internal sealed record WebhookStanding(bool IsThere, int WasFailing, int Failures, bool LeaseLost, bool Disabled, bool CalledForward)
{
    public static readonly WebhookStanding Unknown = new(false, 0, 0, LeaseLost: false, Disabled: false, CalledForward: false);
}

/// <summary>
/// What is to be delivered: one row for each webhook and recording of which an event is not delivered yet, whatever the number of events. The
/// events themselves wait in the feed.
/// </summary>
/// <remarks>
/// A row (lane) has the position of the recording's first event that the webhook wants and was not delivered (head), and webhooks.position tells
/// up to where lanes were made. So an event is either behind that position, or at or behind the head of its lane, or done
/// (docs/adr/0016). Everybody who moves a head or the position locks the row of the webhook first, and reads events in a statement of its own after that:
/// within the statement that waited for the lock, they would be those from before the wait.
/// </remarks>
internal sealed class WebhookLanes(NpgsqlDataSource database, EngineState state, WebhookOptions options, TimeProvider time)
{
    /// <summary>Whether webhook w wants event e of project p.</summary>
    private const string Wanted = "(w.types = '{}' or e.type = any(w.types)) and (w.projects is null or p.name = any(w.projects))";

    /// <summary>Events that one step of making lanes looks at.</summary>
    internal const int Page = 500;

    /// <summary>
    /// As many failures in a row, and log and gauge tell of it, and lanes are called forward when it answers again. Callers see the state failing from
    /// the first one on.
    /// </summary>
    internal const int FailuresThatCount = 3;

    // Purpose: the webhooks for which lanes have to be made, and the newest position; those first that are nearest to it, so that whoever has few
    // events to get does not wait for pages of others. Index: events by position. Locks: none. Bound: webhooks.
    private const string BehindSql = """
        select n.position, w.id, exists (select 1 from recording.webhooks where state = 'active')
          from (select coalesce(max(position), 0) as position from recording.events) n
          left join recording.webhooks w on w.state = 'active' and w.position < n.position
         order by w.position desc, w.id
        """;

    // Purpose: nobody else makes or settles lanes of the webhook until this transaction ends. Index: primary key. Bound: one row.
    private const string LockSql = """
        select position, consecutive_failures from recording.webhooks where id = @webhook for no key update
        """;

    // Purpose: takes a page of events behind the webhook's position into lanes. A lane with an earlier head has them behind it already; after a
    // replay the head goes back, and whoever holds the lane learns of it at the settlement.
    // Index: events by position; primary keys. Locks: the webhook's row is locked (LockSql). Bound: @page events.
    private const string FanOutSql = $"""
        with w as materialized (select id, types, projects, position from recording.webhooks where id = @webhook and state = 'active'),
        page as materialized (
          select e.position, e.recording_id, e.type, e.project_id from recording.events e
           where e.position > (select position from w) order by e.position limit @page),
        made as (
          insert into recording.webhook_lanes as l (webhook_id, recording_id, head, attempt, due_at, lease_token)
          select h.webhook_id, h.recording_id, h.head, 0, @now, nextval('recording.lease_token')
          from (select w.id as webhook_id, e.recording_id, min(e.position) as head
                  from page e join recording.projects p on p.id = e.project_id cross join w
                 where e.recording_id is not null and {Wanted} group by w.id, e.recording_id) h
          on conflict (webhook_id, recording_id) do update
             set head = excluded.head, attempt = 0, failing_since = null,
                 due_at = case when l.lease_owner is not null and l.due_at > @now then l.due_at else @now end
           where excluded.head < l.head
          returning 1),
        moved as (
          update recording.webhooks set position = (select max(position) from page)
           where id = @webhook and exists (select 1 from page) and (select count(*) from made) >= 0)
        select count(*)::int from page
        """;

    // Purpose: whether anything is due at all, but for webhooks that this replica cannot sign for. Index: webhook_lanes_due. Locks: none.
    // Bound: webhooks.
    private const string DueSql = """
        select w.id from recording.webhooks w where w.state = 'active' and not w.id = any(@except)
           and exists (select 1 from recording.webhook_lanes l where l.webhook_id = w.id and l.due_at <= @now) order by w.id
        """;

    // Purpose: a row that somebody holds for long must not keep the others waiting. Until the end of the transaction.
    private const string PatienceSql = "select set_config('lock_timeout', '250ms', true)";

    // Purpose: nobody else claims lanes of these webhooks until this transaction ends, so that what is in flight can be counted. In a statement of
    // its own: the next one must not see less than was committed when the locks were got; it takes the webhooks from the setting.
    // Index: primary key. Locks: rows of webhooks in order of their ids. Bound: webhooks.
    private const string LockAllSql = $"{LockThose}{LockRest}";

    // Purpose: as above, without those that somebody holds. Only when waiting was in vain: a settlement holds a row for a moment, too.
    private const string LockFreeSql = $"{LockThose} skip locked{LockRest}";

    private const string LockThose = """
        with locked as materialized (select id from recording.webhooks where id = any(@webhooks) order by id for no key update
        """;

    private const string LockRest = ") select set_config('recording.claims', coalesce(string_agg(id::text, ','), ''), true) from locked";

    // Purpose: claims what is due, in turn for each webhook, as far as no more than @most are in flight for it over all replicas; no more than one for
    // a webhook that has taken nothing yet or fails, and those first that have the fewest: receivers that never answer must not take the slots of
    // all others. The time for which it was due and nobody tried (webhook disabled, no replica, no key) is no time of failing.
    // Index: webhook_lanes_in_flight, webhook_lanes_due. Locks: the webhooks' rows are locked (LockAllSql), so their lanes stand still.
    // Bound: @slots rows.
    private const string ClaimSql = $"""
        with w as materialized (
          select id, url, types, projects, consecutive_failures >= @count as failing,
                 case when last_success_at is null or consecutive_failures >= @count then 1 else @most end as most,
                 (select count(*) from recording.webhook_lanes l
                   where l.webhook_id = webhooks.id and l.lease_owner is not null and l.due_at > @now) as busy
          from recording.webhooks where id = any(string_to_array(current_setting('recording.claims'), ',')::uuid[]) and state = 'active'),
        candidate as materialized (
          select d.place, w.busy + row_number() over (partition by w.id order by d.due_at) as turn, d.due_at from w cross join lateral (
            select l.ctid as place, l.due_at from recording.webhook_lanes l
             where l.webhook_id = w.id and l.due_at <= @now order by l.due_at limit greatest(0, w.most - w.busy)) d),
        claimed as (
          update recording.webhook_lanes l
             set due_at = @now + @lease, lease_owner = @replica, lease_token = nextval('recording.lease_token'),
                 attempt = greatest(0, l.attempt), failing_since = l.failing_since + (@now - l.due_at)
           where l.ctid = any(array(select place from candidate order by turn, due_at limit @slots))
          returning l.webhook_id, l.recording_id, l.head, l.attempt, l.failing_since, l.lease_token)
        select c.webhook_id, w.url, c.recording_id, c.head, c.attempt, extract(epoch from @now - c.failing_since)::float8, c.lease_token,
               exists (select 1 from recording.events e join recording.projects p on p.id = e.project_id where e.position = c.head and {Wanted}),
               w.failing
        from claimed c join w on w.id = c.webhook_id
        """;

    // Purpose: brings a lane on to the recording's next event that the webhook wants, or ends it when there is none. A head that was moved back
    // meanwhile (replay) stays where it is. Index: primary keys; events by recording. Locks: the webhook's row is locked (LockSql).
    // Bound: one lane, events of one recording. No row when the lease is lost.
    private const string AdvanceSql = $"""
        with held as materialized (
          select head from recording.webhook_lanes where webhook_id = @webhook and recording_id = @recording and lease_token = @token),
        next as materialized (
          select min(e.position) as position from recording.events e join recording.projects p on p.id = e.project_id
            join recording.webhooks w on w.id = @webhook
           where e.recording_id = @recording and e.position > @position and e.position <= w.position and {Wanted}),
        ended as (
          delete from recording.webhook_lanes l using held, next
           where l.webhook_id = @webhook and l.recording_id = @recording and held.head = @position and next.position is null),
        kept as (
          update recording.webhook_lanes l
             set head = case when held.head = @position then next.position else held.head end, attempt = 0, failing_since = null,
                 due_at = @now, lease_owner = null, lease_token = nextval('recording.lease_token')
            from held, next
           where l.webhook_id = @webhook and l.recording_id = @recording and (held.head <> @position or next.position is not null))
        select 1 from held
        """;

    // Purpose: gives a lane back whose event is to be tried again; at once where the head was moved back meanwhile (replay), soon and without a
    // step of the ladder where it was called forward meanwhile (ForwardCalls): it has fewer attempts than its claim has seen.
    // Index: primary key. Locks: the webhook's row is locked (LockSql). Bound: one row; none when the lease is lost.
    private const string RetrySql = """
        update recording.webhook_lanes
           set attempt = case when head = @position then greatest(0, attempt + @tried) else 0 end,
               failing_since = case when head <> @position then null when @tried = 1 then coalesce(failing_since, @now) else failing_since end,
               due_at = case when head <> @position then @now
                             when attempt < @failures then @now + least(@wait, random() * @spread) else @now + @wait end,
               lease_owner = null, lease_token = nextval('recording.lease_token')
         where webhook_id = @webhook and recording_id = @recording and lease_token = @token returning 1
        """;

    private const string LogSql = """
        insert into recording.webhook_attempts (webhook_id, recording_id, event_id, type, sequence, attempt, outcome, status, error, duration_ms, at, next_at)
        select @webhook, @recording, @event, @type, @sequence, @attempt, @outcome, @status, @error, @duration, @now, @now + @wait
         where exists (select 1 from recording.webhooks where id = @webhook)
        """;

    // Purpose: whether a lane that is held was called forward meanwhile. Index: primary key. Locks: the webhook's row is locked (LockSql).
    // Bound: one row; none when the lease is lost.
    private const string WasCalledSql = """
        select attempt < @failures from recording.webhook_lanes
         where webhook_id = @webhook and recording_id = @recording and lease_token = @token and head = @position
        """;

    // Purpose: what callers see of a webhook that answered. Written seldom while it goes well. Index: primary key. Bound: one row.
    private const string SucceededSql = """
        update recording.webhooks set failing_since = null, consecutive_failures = 0, alarmed_at = null, last_success_at = @now
         where id = @webhook and (failing_since is not null or consecutive_failures > 0 or last_success_at is null
            or last_success_at < @now - interval '1 second')
        """;

    // Purpose: what callers see of a webhook that failed; one that wants nothing more is disabled, unless it was given another address
    // meanwhile. Tells whether that was just now. Index: primary key. Bound: one row.
    private const string FailedSql = """
        with before as (select state, url from recording.webhooks where id = @webhook)
        update recording.webhooks w
           set failing_since = coalesce(w.failing_since, @now), consecutive_failures = w.consecutive_failures + 1, last_failure_at = @now,
               last_failure = @error,
               state = case when @gone and w.url = @url then 'disabled' else w.state end,
               disabled_reason = case when @gone and w.url = @url and w.state = 'active' then 'gone' else w.disabled_reason end,
               disabled_at = case when @gone and w.url = @url and w.state = 'active' then @now else w.disabled_at end
          from before where w.id = @webhook
        returning @gone and before.url = @url and before.state = 'active'
        """;

    // Purpose: callers see why a webhook is sent nothing, although nothing was tried. Index: primary key. Bound: one row.
    private const string UnsignedSql = """
        update recording.webhooks set failing_since = coalesce(failing_since, @now), last_failure_at = @now, last_failure = @error where id = @webhook
        """;

    // Purpose: the secrets that sign now, newest first. Index: webhook_secrets by webhook. Locks: none. Bound: two of each webhook.
    private const string SecretsSql = """
        select webhook_id, id, key_id, sealed from recording.webhook_secrets
        where webhook_id = any(@webhooks) and (expires_at is null or expires_at > @now) order by webhook_id, created_at desc
        """;

    /// <summary>Takes a page of events into lanes for each webhook that is behind: one that is far behind does not keep the others waiting.</summary>
    /// <returns>The newest position of the feed (null while no webhook is active), whether lanes were made, and whether there is more to be made.</returns>
    public async Task<(long? Newest, bool Made, bool More)> FanOutAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        long? newest = null;
        List<Guid> behind = [];
        await using (var command = database.CreateCommand(BehindSql))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                newest = reader.GetBoolean(2) ? reader.GetInt64(0) : null;
                if (!reader.IsDBNull(1))
                {
                    behind.Add(reader.GetGuid(1));
                }
            }
        }

        var more = false;
        foreach (var webhook in behind)
        {
            more |= await FanOutAsync(webhook, now, cancellationToken) == Page;
        }

        return (newest, behind.Count > 0, more);
    }

    /// <summary>Claims what is due.</summary>
    /// <param name="slots">How many at most.</param>
    /// <param name="except">Webhooks of which nothing is wanted.</param>
    /// <param name="now">Real time.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IReadOnlyList<LaneClaim>> ClaimAsync(
        int slots,
        IReadOnlyCollection<Guid> except,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        List<Guid> due = [];
        await using (var command = database.CreateCommand(DueSql))
        {
            command.Parameters.AddWithValue("now", now.ToUniversalTime());
            command.Parameters.AddWithValue("except", except.ToArray());
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                due.Add(reader.GetGuid(0));
            }
        }

        if (due.Count == 0)
        {
            return [];
        }

        try
        {
            return await ClaimAsync(LockAllSql, due, slots, now, cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return await ClaimAsync(LockFreeSql, due, slots, now, cancellationToken);
        }
    }

    /// <summary>Gives a lane back, and keeps what came of it: one transaction.</summary>
    /// <param name="claim">The lane.</param>
    /// <param name="step">What is to be done with it.</param>
    /// <param name="wait">When the same event is tried again; null for <see cref="LaneStep.Advance"/>.</param>
    /// <param name="attempt">The attempt; null when none was made.</param>
    /// <param name="now">Real time.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<WebhookStanding> SettleAsync(
        LaneClaim claim,
        LaneStep step,
        TimeSpan? wait,
        LoggedAttempt? attempt,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var calledForward = attempt?.Outcome == DeliveryOutcome.GivenUp && await WasCalledAsync(claim, transaction, cancellationToken);
        if (calledForward)
        {
            (step, wait, attempt) = (LaneStep.Retry, ForwardCalls.Spread, attempt! with { Outcome = DeliveryOutcome.Failed });
        }

        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(new(LockSql) { Parameters = { new("webhook", claim.WebhookId) } });
        var lane = new NpgsqlBatchCommand(step == LaneStep.Advance ? AdvanceSql : RetrySql)
        {
            Parameters =
            {
                new("webhook", claim.WebhookId),
                new("recording", claim.RecordingId),
                new("token", claim.Token),
                new("position", claim.Position),
                new("now", now.ToUniversalTime()),
            },
        };
        if (step != LaneStep.Advance)
        {
            lane.Parameters.Add(new("wait", wait ?? TimeSpan.Zero));
            lane.Parameters.Add(new("tried", step == LaneStep.Retry ? 1 : 0));
            lane.Parameters.Add(new("failures", claim.Failures));
            lane.Parameters.Add(new("spread", ForwardCalls.Spread));
        }

        batch.BatchCommands.Add(lane);
        if (attempt is not null)
        {
            AddAttempt(batch, claim.WebhookId, claim.RecordingId, claim.Url, attempt, step == LaneStep.Retry ? wait : null, now);
        }

        var standing = WebhookStanding.Unknown;
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            if (await reader.ReadAsync(cancellationToken))
            {
                standing = Standing(reader.GetInt32(1), attempt);
            }

            await reader.NextResultAsync(cancellationToken);
            standing = standing with { LeaseLost = !await reader.ReadAsync(cancellationToken), CalledForward = calledForward };
            // Behind them only a failure answers (FailedSql).
            standing = standing with
            {
                Disabled =
                    await reader.NextResultAsync(cancellationToken)
                    && await reader.ReadAsync(cancellationToken)
                    && !reader.IsDBNull(0)
                    && reader.GetBoolean(0),
            };
            await ReadToTheEndAsync(reader, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return standing;
    }

    /// <summary>Keeps what came of an attempt beside the lanes: a test.</summary>
    public async Task<WebhookStanding> KeepAsync(
        Guid webhook,
        LoggedAttempt attempt,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(new(LockSql) { Parameters = { new("webhook", webhook) } });
        AddAttempt(batch, webhook, null, null, attempt, null, now);
        var standing = WebhookStanding.Unknown;
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            if (await reader.ReadAsync(cancellationToken))
            {
                standing = Standing(reader.GetInt32(1), attempt);
            }

            await ReadToTheEndAsync(reader, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return standing;
    }

    /// <summary>Keeps why a webhook is sent nothing.</summary>
    public async Task KeepUnsignedAsync(Guid webhook, string error, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(UnsignedSql);
        command.Parameters.AddWithValue("webhook", webhook);
        command.Parameters.AddWithValue("error", error);
        command.Parameters.AddWithValue("now", now.ToUniversalTime());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The secrets that sign now, by webhook, newest first.</summary>
    public async Task<ILookup<Guid, (Guid Id, SealedSecret Secret)>> SecretsAsync(
        IEnumerable<Guid> webhooks,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(SecretsSql);
        command.Parameters.AddWithValue("webhooks", webhooks.Distinct().ToArray());
        command.Parameters.AddWithValue("now", now.ToUniversalTime());
        List<(Guid Webhook, Guid Id, SealedSecret Secret)> secrets = [];
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            secrets.Add((reader.GetGuid(0), reader.GetGuid(1), new(reader.GetString(2), reader.GetFieldValue<byte[]>(3))));
        }

        return secrets.ToLookup(secret => secret.Webhook, secret => (secret.Id, secret.Secret));
    }

    private async Task<IReadOnlyList<LaneClaim>> ClaimAsync(
        string lockSql,
        IReadOnlyList<Guid> due,
        int slots,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var sent = time.GetTimestamp();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        // One round trip: until its end all are one transaction, and a replica that is frozen in the middle keeps nobody waiting.
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new(PatienceSql));
        batch.BatchCommands.Add(new(lockSql) { Parameters = { new("webhooks", due.ToArray()) } });
        batch.BatchCommands.Add(
            new(ClaimSql)
            {
                Parameters =
                {
                    new("now", now.ToUniversalTime()),
                    new("lease", options.Lease),
                    new("most", options.InFlight),
                    new("slots", slots),
                    new("replica", state.Replica),
                    new("count", FailuresThatCount),
                },
            }
        );
        List<LaneClaim> claims = [];
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            claims.Add(
                new(
                    reader.GetGuid(0),
                    new(reader.GetString(1)),
                    reader.GetGuid(2),
                    reader.GetInt64(3),
                    reader.GetBoolean(7),
                    reader.GetInt32(4),
                    reader.IsDBNull(5) ? TimeSpan.Zero : TimeSpan.FromSeconds(reader.GetDouble(5)),
                    reader.GetBoolean(8),
                    reader.GetInt64(6),
                    sent
                )
            );
        }

        // A transaction that could not be committed throws here.
        await reader.NextResultAsync(cancellationToken);
        return claims;
    }

    private static async Task<bool> WasCalledAsync(LaneClaim claim, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        batch.BatchCommands.Add(new(LockSql) { Parameters = { new("webhook", claim.WebhookId) } });
        batch.BatchCommands.Add(
            new(WasCalledSql)
            {
                Parameters =
                {
                    new("webhook", claim.WebhookId),
                    new("recording", claim.RecordingId),
                    new("token", claim.Token),
                    new("position", claim.Position),
                    new("failures", claim.Failures),
                },
            }
        );
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var called = await reader.ReadAsync(cancellationToken) && reader.GetBoolean(0);
        await ReadToTheEndAsync(reader, cancellationToken);
        return called;
    }

    /// <returns>How many events were looked at; none when somebody holds the webhook's row for long.</returns>
    private async Task<int> FanOutAsync(Guid webhook, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new(PatienceSql));
        batch.BatchCommands.Add(new(LockSql) { Parameters = { new("webhook", webhook) } });
        batch.BatchCommands.Add(
            new(FanOutSql) { Parameters = { new("webhook", webhook), new("now", now.ToUniversalTime()), new("page", Page) } }
        );
        try
        {
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            await reader.NextResultAsync(cancellationToken);
            await reader.NextResultAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            var seen = reader.GetInt32(0);
            // A transaction that could not be committed throws here.
            await reader.NextResultAsync(cancellationToken);
            return seen;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return 0;
        }
    }

    /// <summary>A reader that is put away before its end keeps to itself what the statements behind threw.</summary>
    private static async Task ReadToTheEndAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        while (await reader.NextResultAsync(cancellationToken))
        {
            // Nothing in there is of interest.
        }
    }

    private static WebhookStanding Standing(int failures, LoggedAttempt? attempt) =>
        WebhookStanding.Unknown with
        {
            IsThere = true,
            WasFailing = failures,
            Failures =
                attempt is null ? failures
                : attempt.Outcome == DeliveryOutcome.Delivered ? 0
                : attempt.CountsAsFailure ? failures + 1
                : failures,
        };

    private static void AddAttempt(
        NpgsqlBatch batch,
        Guid webhook,
        Guid? recording,
        Uri? sentTo,
        LoggedAttempt attempt,
        TimeSpan? wait,
        DateTimeOffset now
    )
    {
        var at = now.ToUniversalTime();
        batch.BatchCommands.Add(
            new(LogSql)
            {
                Parameters =
                {
                    new("webhook", webhook),
                    Nullable("recording", NpgsqlTypes.NpgsqlDbType.Uuid, recording),
                    new("event", attempt.EventId),
                    new("type", attempt.Type),
                    Nullable("sequence", NpgsqlTypes.NpgsqlDbType.Integer, attempt.Sequence),
                    new("attempt", attempt.Attempt),
                    new("outcome", attempt.Outcome.ToString()),
                    Nullable("status", NpgsqlTypes.NpgsqlDbType.Integer, attempt.Answer.Status),
                    Nullable("error", NpgsqlTypes.NpgsqlDbType.Text, attempt.Answer.Error),
                    new("duration", (int)attempt.Answer.Duration.TotalMilliseconds),
                    new("now", at),
                    Nullable("wait", NpgsqlTypes.NpgsqlDbType.Interval, wait),
                },
            }
        );
        if (attempt.Outcome == DeliveryOutcome.Delivered)
        {
            // What is more than a page was called forward before (ForwardCalls.CallAsync).
            batch.BatchCommands.Add(ForwardCalls.Waiting(webhook, now));
            batch.BatchCommands.Add(ForwardCalls.InFlight(webhook, now));
            batch.BatchCommands.Add(new(SucceededSql) { Parameters = { new("webhook", webhook), new("now", at) } });
        }
        else if (attempt.CountsAsFailure)
        {
            batch.BatchCommands.Add(
                new(FailedSql)
                {
                    Parameters =
                    {
                        new("webhook", webhook),
                        new("now", at),
                        new("error", attempt.Answer.Error ?? ""),
                        new("gone", attempt.Answer.IsGone),
                        Nullable("url", NpgsqlTypes.NpgsqlDbType.Text, sentTo?.OriginalString),
                    },
                }
            );
        }
    }

    private static NpgsqlParameter Nullable(string name, NpgsqlTypes.NpgsqlDbType type, object? value) =>
        new(name, type) { Value = value ?? DBNull.Value };
}
