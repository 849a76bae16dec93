using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using RecordingService.Domain;
using RecordingService.Infrastructure.Agora.Notifications;

namespace RecordingService.Infrastructure.Engine;

/// <summary>
/// Stores what Agora tells unasked: each notice once, matched to its run, as an input of its recording. Notices that come while a write is under way
/// go into the next one together, because Agora sends them in bursts and waits for each answer.
/// </summary>
/// <remarks>
/// A notice that PostgreSQL refuses fails alone, not those that are written with it. One that was taken is stored or refused before this ends.
/// </remarks>
public sealed class NotificationIntake : IAsyncDisposable
{
    private const int MostTogether = 200;

    /// <summary>Characters of the bodies that are written together: a few large ones should not hold up the small ones behind them.</summary>
    private const long LongestTogether = 4L * 1024 * 1024;

    /// <summary>
    /// Characters of the bodies that wait while the database does not answer. That is more than 50,000 ordinary notices; what comes beyond is
    /// refused at once and sent again by Agora, instead of filling the memory.
    /// </summary>
    private const long LongestQueue = 32L * 1024 * 1024;

    /// <summary>More is no sid and no id of Agora's; an index takes some 2,700 bytes.</summary>
    private const int LongestId = 200;

    /// <summary>News that decides nothing waits a little for more of its kind; callers see it within that time.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(3);

    /// <summary>How long an ending service goes on storing what it has taken; nobody waits for the answer any more.</summary>
    private static readonly TimeSpan LongestFarewell = TimeSpan.FromSeconds(3);

    // Purpose: stores notices that are new, finds the run of each, leaves an input and wakes its recording. A run is found by its sid, which is Agora's own
    // name for it, else by channel and uid, which no other run ever has; after a move of servers Agora tells another uid.
    // Index: primary key of notifications, runs by sid, runs_one_uid, primary key of schedule. Locks: the ids of the notices in their order, since two
    // replicas may be told the same at once, then schedule rows in order of their ids. Bound: @MostTogether notices, no two with one id.
    // A live lease is never shortened, and news that can wait makes nothing due later than it was, nor takes it out of its turn.
    // A recorder that no run matches is unknown the first time that its sid is told.
    private const string StoreSql = $$"""
        with told as (
          select * from unnest(@projects::text[], @ids::text[], @products::int[], @types::int[], @channels::text[], @uids::bigint[], @sids::text[],
                               @bodies::text[], @tells::boolean[], @waits::interval[])
                        as t(project, notice_id, product_id, event_type, channel, recorder_uid, sid, body, tells, wait)),
        matched as materialized (
          select t.*, r.recording_id, r.generation
          from told t left join lateral (
            select 1 as rank, recording_id, generation from recording.runs where t.tells and sid = t.sid and project = t.project
            union all
            select 2, recording_id, generation from recording.runs
             where t.tells and project = t.project and channel = t.channel and recorder_uid = t.recorder_uid and (sid is null or sid = t.sid)
            order by rank limit 1) r on true),
        fresh as (
          insert into recording.notifications (project, notice_id, product_id, event_type, channel, recorder_uid, sid, recording_id, generation, body, received_at)
          select project, notice_id, product_id, event_type, channel, recorder_uid, sid, recording_id, generation, body, now() from matched
          order by project, notice_id
          on conflict do nothing returning project, notice_id, recording_id, generation, body),
        input as (
          insert into recording.inputs (recording_id, kind, body, received_at)
          select recording_id, '{{Input.NoticeKind}}', jsonb_build_object('generation', generation, 'project', project, 'body', body), now()
          from fresh where recording_id is not null),
        woken as (
          insert into recording.schedule as s (recording_id, project_id, priority, cost, due_at, lease_token, signal_seq, attempt, state_version)
          select r.id, r.project_id, 0, 0, now() + w.wait, nextval('recording.lease_token'), 1, 0, {{Schedule.VersionOfState}}
          from (select f.recording_id, min(m.wait) as wait from fresh f join matched m using (project, notice_id) where f.recording_id is not null group by 1) w
          join recording.recordings r on r.id = w.recording_id order by r.id
          on conflict (recording_id) do update
             set signal_seq = s.signal_seq + 1,
                 priority = case when s.lease_owner is null and s.due_at <= excluded.due_at and excluded.due_at > now() then s.priority else 0 end,
                 due_at = case when s.lease_owner is null or s.due_at <= now() then least(s.due_at, excluded.due_at) else s.due_at end)
        select project, notice_id, f.recording_id is not null,
               f.recording_id is null and m.tells and m.sid is not null
                 and not exists (select 1 from recording.notifications n where n.sid = m.sid and n.project = m.project)
        from fresh f join matched m using (project, notice_id)
        """;

    // Purpose: tells people who look at a recording that a recorder of somebody else is in its channel, too. Index: recordings_one_live.
    // Locks: none. Bound: what is live in one channel.
    private const string UnknownSql = """
        insert into recording.log (recording_id, kind, message, detail, at, last_at, count)
        select r.id, 'Alert', @message, @detail, @at, @at, 1 from recording.recordings r
         where r.project = @project and r.channel = @channel
           and r.ended_at is null and r.stop_requested_at is null and r.stop_ordered_at is null
        """;

    private readonly NpgsqlDataSource database;
    private readonly EngineState state;
    private readonly RecordingClock clock;
    private readonly ILogger log;
    private readonly Channel<Waiting> queue = Channel.CreateUnbounded<Waiting>(new() { SingleReader = true });
    private readonly CancellationTokenSource ends = new();
    private readonly Task writing;
    private long queued;

    internal NotificationIntake(NpgsqlDataSource database, EngineState state, RecordingClock clock, ILogger<NotificationIntake> log)
    {
        this.database = database;
        this.state = state;
        this.clock = clock;
        this.log = log;
        writing = Task.Run(WriteAsync);
    }

    /// <summary>Stores a notification. Once this returns, it is not forgotten.</summary>
    /// <returns>What it was found to be.</returns>
    /// <exception cref="NpgsqlException">The database did not store it; Agora sends it again.</exception>
    /// <exception cref="DatabaseUnavailableException">Too much waits for the database already, or this service ends; Agora sends it again.</exception>
    public async Task<NoticeFate> StoreAsync(NotificationReading.Accepted notification, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(notification);
        var waiting = new Waiting(notification, new(TaskCreationOptions.RunContinuationsAsynchronously));
        if (Interlocked.Add(ref queued, waiting.Length) > LongestQueue || !queue.Writer.TryWrite(waiting))
        {
            Interlocked.Add(ref queued, -waiting.Length);
            throw new DatabaseUnavailableException();
        }

        return await waiting.Done.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Stores what was taken, as long as that takes no more than a few seconds, and ends the writing.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await writing.WaitAsync(LongestFarewell, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ends.CancelAsync();
        // What is left fails at once now, and whoever waits for it is told.
        await writing;
        ends.Dispose();
    }

    private async Task WriteAsync()
    {
        List<Waiting> batch = [];
        while (await queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            var length = 0L;
            while (batch.Count < MostTogether && length < LongestTogether && queue.Reader.TryRead(out var waiting))
            {
                batch.Add(waiting);
                length += waiting.Length;
            }

            await StoreAsync(batch);
            Interlocked.Add(ref queued, -length);
            batch.Clear();
        }
    }

    /// <summary>Stores them together, or else by halves, until whatever the database refuses stands alone. Never throws: each one is told by itself.</summary>
    private async Task StoreAsync(List<Waiting> batch, bool isRepeated = false)
    {
        try
        {
            var fates = await InsertAsync([.. batch.DistinctBy(waiting => waiting.Key)]);
            foreach (var (_, key, done) in batch)
            {
                // Told twice in one batch: the first of them is the one that counts.
                var fate = fates.Remove(key, out var found) ? found : NoticeFate.Repeated;
                Telemetry.Notices.Add(1, new KeyValuePair<string, object?>("fate", fate.ToString()));
                done.TrySetResult(fate);
            }
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DeadlockDetected && !isRepeated)
        {
            await StoreAsync(batch, isRepeated: true);
        }
        catch (Exception e) when (batch.Count > 1 && IsAboutTheContent(e))
        {
            var half = batch.Count / 2;
            await StoreAsync(batch[..half]);
            await StoreAsync(batch[half..]);
        }
        catch (Exception e)
        {
            var told = ends.IsCancellationRequested ? new DatabaseUnavailableException() : e;
            batch.ForEach(waiting => waiting.Done.TrySetException(told));
        }
    }

    private async Task<Dictionary<(string Project, string Id), NoticeFate>> InsertAsync(List<Waiting> batch)
    {
        await using var command = database.CreateCommand(StoreSql);
        Add("projects", NpgsqlDbType.Text, one => one.Key.Project);
        Add("ids", NpgsqlDbType.Text, one => one.Key.Id);
        Add("products", NpgsqlDbType.Integer, one => one.Parsed.ProductId);
        Add("types", NpgsqlDbType.Integer, one => one.Parsed.EventType);
        Add("channels", NpgsqlDbType.Text, one => Short(one.Parsed.Channel));
        Add("uids", NpgsqlDbType.Bigint, one => (long?)one.Parsed.RecorderUid);
        Add("sids", NpgsqlDbType.Text, one => Short(one.Parsed.Sid));
        Add("bodies", NpgsqlDbType.Text, one => one.Notification.Body);
        // What says nothing of a recorder (other products, health checks) is kept, but is nothing to take in.
        Add("tells", NpgsqlDbType.Boolean, one => one.Parsed.Notice is not null);
        Add("waits", NpgsqlDbType.Interval, one => WaitOf(one.Parsed.Notice));
        command.Parameters.AddWithValue("version", StateJson.Version);

        Dictionary<(string, string), NoticeFate> fates = [];
        List<(string, string)> unknown = [];
        await using (var reader = await command.ExecuteReaderAsync(ends.Token))
        {
            while (await reader.ReadAsync(ends.Token))
            {
                var key = (reader.GetString(0), reader.GetString(1));
                fates[key] = reader.GetBoolean(2) ? NoticeFate.TakenIn : NoticeFate.Unmatched;
                if (reader.GetBoolean(3))
                {
                    unknown.Add(key);
                }
            }
        }

        if (batch.Exists(one => WaitOf(one.Parsed.Notice) == TimeSpan.Zero && fates.GetValueOrDefault(one.Key) == NoticeFate.TakenIn))
        {
            state.Wake();
        }

        foreach (var one in batch.Where(one => unknown.Contains(one.Key)).DistinctBy(one => (one.Key.Project, one.Parsed.Sid)))
        {
            await ReportAsync(one.Key.Project, one.Parsed);
        }

        return fates;

        void Add<T>(string name, NpgsqlDbType type, Func<Waiting, T> value) =>
            command.Parameters.Add(new(name, NpgsqlDbType.Array | type) { Value = batch.ConvertAll(one => value(one)) });
    }

    /// <summary>
    /// Tells of a recorder that this service did not start. It is left alone: another system may share the App ID, and a database that was
    /// restored knows less than Agora. The notice is stored already, so nothing here may fail it.
    /// </summary>
    private async Task ReportAsync(string project, ParsedNotification told)
    {
        Telemetry.UnknownRecorders.Add(1, new KeyValuePair<string, object?>("project", project));
        log.UnknownRecorder(project, told.Channel, told.RecorderUid, told.Sid!);
        if (told.Channel is null || !clock.IsKnown)
        {
            return;
        }

        try
        {
            await using var connection = await database.OpenConnectionAsync(ends.Token);
            await using var batch = new NpgsqlBatch(connection);
            RecordingStore.Add(
                batch,
                UnknownSql,
                ("project", project),
                ("channel", told.Channel),
                (
                    "message",
                    $"Agora tells of a recorder in this channel that this service did not start (uid {told.RecorderUid}, sid {told.Sid}). It is left alone."
                ),
                ("detail", RecordingStore.Json(new LogDetail { Sid = told.Sid, RecorderUid = told.RecorderUid })),
                ("at", clock.Now)
            );
            await batch.ExecuteNonQueryAsync(ends.Token);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or OperationCanceledException)
        {
            log.UnknownRecorderUntold(e);
        }
    }

    /// <summary>Whether another notice might have been stored. Classes 22 and 23: data or a constraint; 54: too large. No database error at all: text that cannot be sent.</summary>
    private static bool IsAboutTheContent(Exception e) =>
        e switch
        {
            PostgresException refusal => refusal.SqlState[..2] is "22" or "23" or "54",
            NpgsqlException or TimeoutException or IOException or OperationCanceledException or ObjectDisposedException => false,
            _ => true,
        };

    private static string IdOf(ParsedNotification notification) =>
        notification.NoticeId.Length <= LongestId
            ? notification.NoticeId
            : $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(notification.NoticeId)))}";

    private static string? Short(string? text) => text is { Length: > LongestId } ? null : text;

    /// <summary>News of a start, an end, a fault or files is taken in at once.</summary>
    private static TimeSpan WaitOf(AgoraNotice? notice) =>
        notice is RecorderStarted or StatusChanged or RecorderLeft or RecorderMoved or Faulted or FilesNamed ? TimeSpan.Zero : Soon;

    private sealed record Waiting(
        NotificationReading.Accepted Notification,
        (string Project, string Id) Key,
        TaskCompletionSource<NoticeFate> Done
    )
    {
        public Waiting(NotificationReading.Accepted notification, TaskCompletionSource<NoticeFate> done)
            : this(notification, (Projects.CanonicalName(notification.Project), IdOf(notification.Notification)), done) { }

        public ParsedNotification Parsed => Notification.Notification;

        public int Length => Notification.Body.Length;
    }
}

/// <summary>What became of a notification.</summary>
public enum NoticeFate
{
    /// <summary>It waits for its recording to take it in.</summary>
    TakenIn,

    /// <summary>It was told before.</summary>
    Repeated,

    /// <summary>It is kept, but tells of no recorder of this service.</summary>
    Unmatched,
}
