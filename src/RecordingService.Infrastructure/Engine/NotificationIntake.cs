using System.Threading.Channels;
using Npgsql;
using NpgsqlTypes;
using RecordingService.Domain;
using RecordingService.Infrastructure.Agora.Notifications;

namespace RecordingService.Infrastructure.Engine;

/// <summary>
/// Stores what Agora tells unasked: each notice once, matched to its run, as an input of its recording. Notices that come while a write is under way
/// go into the next one together, because Agora sends them in bursts and waits for each answer.
/// </summary>
public sealed class NotificationIntake : IAsyncDisposable
{
    private const int MostTogether = 200;

    /// <summary>More is no sid and no id of Agora's; an index takes some 2,700 bytes.</summary>
    private const int LongestId = 200;

    /// <summary>News that decides nothing waits a little for more of its kind; callers see it within that time.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(3);

    // Purpose: stores notices that are new, finds the run of each, leaves an input and wakes its recording. A run is found by its sid, which is Agora's own
    // name for it, else by channel and uid, which no other run ever has; after a move of servers Agora tells another uid.
    // Index: primary key of notifications, runs by sid, runs_one_uid, primary key of schedule. Locks: schedule rows in order of their ids.
    // Bound: @MostTogether notices. A live lease is never shortened, and news that can wait makes nothing due later than it was.
    private const string StoreSql = $$"""
        with told as (
          select * from unnest(@projects::text[], @ids::text[], @products::int[], @types::int[], @channels::text[], @uids::bigint[], @sids::text[],
                               @bodies::text[], @waits::interval[]) as t(project, notice_id, product_id, event_type, channel, recorder_uid, sid, body, wait)),
        matched as (
          select t.*, r.recording_id, r.generation
          from told t left join lateral (
            select recording_id, generation from recording.runs where sid = t.sid and project = t.project
            union all
            select recording_id, generation from recording.runs
             where project = t.project and channel = t.channel and recorder_uid = t.recorder_uid and (sid is null or sid = t.sid)
            limit 1) r on true),
        fresh as (
          insert into recording.notifications (project, notice_id, product_id, event_type, channel, recorder_uid, sid, recording_id, generation, body, received_at)
          select project, notice_id, product_id, event_type, channel, recorder_uid, sid, recording_id, generation, body, now() from matched
          on conflict do nothing returning project, notice_id, recording_id, generation, body),
        input as (
          insert into recording.inputs (recording_id, kind, body, received_at)
          select recording_id, '{{Input.NoticeKind}}', jsonb_build_object('generation', generation, 'project', project, 'body', body), now()
          from fresh where recording_id is not null),
        woken as (
          insert into recording.schedule as s (recording_id, project_id, priority, cost, due_at, lease_token, signal_seq, attempt, state_version)
          select r.id, r.project_id, 0, 0, now() + w.wait, nextval('recording.lease_token'), 1, 0, @version
          from (select f.recording_id, min(m.wait) as wait from fresh f join matched m using (project, notice_id) where f.recording_id is not null group by 1) w
          join recording.recordings r on r.id = w.recording_id order by r.id
          on conflict (recording_id) do update
             set signal_seq = s.signal_seq + 1,
                 priority = case when s.lease_owner is null and s.due_at <= excluded.due_at then s.priority else 0 end,
                 due_at = case when s.lease_owner is null or s.due_at <= now() then least(s.due_at, excluded.due_at) else s.due_at end)
        select project, notice_id, recording_id is not null from fresh
        """;

    private readonly NpgsqlDataSource database;
    private readonly EngineState state;
    private readonly Channel<Waiting> queue = Channel.CreateUnbounded<Waiting>(new() { SingleReader = true });
    private readonly CancellationTokenSource ends = new();
    private readonly Task writing;

    internal NotificationIntake(NpgsqlDataSource database, EngineState state)
    {
        this.database = database;
        this.state = state;
        writing = WriteAsync();
    }

    /// <summary>Stores a notification. Once this returns, it is not forgotten.</summary>
    /// <returns>What it was found to be.</returns>
    /// <exception cref="NpgsqlException">The database did not store it; Agora sends it again.</exception>
    public async Task<NoticeFate> StoreAsync(NotificationReading.Accepted notification, CancellationToken cancellationToken)
    {
        var waiting = new Waiting(notification, new(TaskCreationOptions.RunContinuationsAsynchronously));
        await queue.Writer.WriteAsync(waiting, cancellationToken);
        return await waiting.Done.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Ends the writing.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await ends.CancelAsync();
        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ends.Dispose();
    }

    private async Task WriteAsync()
    {
        List<Waiting> batch = [];
        while (await queue.Reader.WaitToReadAsync(ends.Token))
        {
            batch.Clear();
            while (batch.Count < MostTogether && queue.Reader.TryRead(out var waiting))
            {
                batch.Add(waiting);
            }

            try
            {
                await StoreAsync(batch);
            }
            catch (Exception e)
            {
                batch.ForEach(waiting => waiting.Done.TrySetException(e));
            }
        }
    }

    private async Task StoreAsync(List<Waiting> batch)
    {
        var told = batch.ConvertAll(waiting => waiting.Notification);
        await using var command = database.CreateCommand(StoreSql);
        Add("projects", NpgsqlDbType.Text, one => one.Project);
        Add("ids", NpgsqlDbType.Text, one => IdOf(one.Notification));
        Add("products", NpgsqlDbType.Integer, one => one.Notification.ProductId);
        Add("types", NpgsqlDbType.Integer, one => one.Notification.EventType);
        Add("channels", NpgsqlDbType.Text, one => Short(one.Notification.Channel));
        Add("uids", NpgsqlDbType.Bigint, one => (long?)one.Notification.RecorderUid);
        Add("sids", NpgsqlDbType.Text, one => Short(one.Notification.Sid));
        Add("bodies", NpgsqlDbType.Text, one => one.Body);
        Add("waits", NpgsqlDbType.Interval, one => WaitOf(one.Notification.Notice));
        command.Parameters.AddWithValue("version", StateJson.Version);

        Dictionary<(string, string), NoticeFate> fates = [];
        await using (var reader = await command.ExecuteReaderAsync(ends.Token))
        {
            while (await reader.ReadAsync(ends.Token))
            {
                fates[(reader.GetString(0), reader.GetString(1))] = reader.GetBoolean(2) ? NoticeFate.TakenIn : NoticeFate.Unmatched;
            }
        }

        if (fates.ContainsValue(NoticeFate.TakenIn))
        {
            state.Wake();
        }

        foreach (var (notification, done) in batch)
        {
            // Told twice in one batch: the first of them is the one that counts.
            var key = (notification.Project, IdOf(notification.Notification));
            var fate = fates.Remove(key, out var found) ? found : NoticeFate.Repeated;
            Telemetry.Notices.Add(1, new KeyValuePair<string, object?>("fate", fate.ToString()));
            done.TrySetResult(fate);
        }

        void Add<T>(string name, NpgsqlDbType type, Func<NotificationReading.Accepted, T> value) =>
            command.Parameters.Add(new(name, NpgsqlDbType.Array | type) { Value = told.ConvertAll(one => value(one)) });
    }

    private static string IdOf(ParsedNotification notification) =>
        notification.NoticeId.Length <= LongestId ? notification.NoticeId : notification.NoticeId[..LongestId];

    private static string? Short(string? text) => text is { Length: > LongestId } ? null : text;

    /// <summary>News of a start, an end, a fault or files is taken in at once.</summary>
    private static TimeSpan WaitOf(AgoraNotice? notice) =>
        notice is RecorderStarted or StatusChanged or RecorderLeft or RecorderMoved or Faulted or FilesNamed ? TimeSpan.Zero : Soon;

    private sealed record Waiting(NotificationReading.Accepted Notification, TaskCompletionSource<NoticeFate> Done);
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
