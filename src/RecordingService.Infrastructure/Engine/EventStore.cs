using Npgsql;
using NpgsqlTypes;

namespace RecordingService.Infrastructure.Engine;

/// <summary>The events in the database: gives committed ones their places, and reads them in that order.</summary>
internal sealed class EventStore(NpgsqlDataSource database)
{
    /// <summary>The sequence that places are taken from. It also tells which were ever given.</summary>
    public const string Sequence = "event_position";

    /// <summary>Places given at once, so that a backlog is stamped in short transactions.</summary>
    public const int MostStamped = 1000;

    /// <summary>Events that one read looks through for those that match a filter.</summary>
    private const int MostSeen = 5000;

    /// <summary>Name of the lock, any number that nothing else here locks.</summary>
    internal const long StampLock = 7_302_113_905_571;

    // Purpose: one replica at a time gives places. In a statement of its own: the next one must not see less than was committed when the lock
    // was got. A replica that does not get it leaves the work to the one that has it. Locks: until the end of the transaction.
    private const string LockSql = "select set_config('recording.stamps', pg_try_advisory_xact_lock(@lock)::text, true)";

    // Purpose: places for committed events, in order of their ids, behind all that were given. An event that commits later gets a later place,
    // whatever its id. Index: events_unstamped. Locks: the stamped rows, which nobody else writes. Bound: @most rows.
    private const string StampSql = $"""
        with fresh as materialized (
          select id from recording.events where position is null and current_setting('recording.stamps') = 'true' order by id limit @most),
        numbered as materialized (select id, nextval('recording.{Sequence}') as position from fresh),
        stamped as (update recording.events e set position = n.position from numbered n where e.id = n.id returning 1)
        select current_setting('recording.stamps') = 'true', (select count(*) from stamped)
        """;

    // Purpose: the last place that readers can see, the last that was ever given (of events that were removed, too), and whether any event has
    // none yet. Index: events_position, events_unstamped. Bound: three entries.
    private const string EndSql = $"""
        select coalesce((select max(position) from recording.events), 0),
               (select case when is_called then last_value else 0 end from recording.{Sequence}),
               exists (select 1 from recording.events where position is null)
        """;

    // Purpose: for how long the oldest event has been without a place; numbers are drawn in the order of writes, nearly. Index: events_unstamped.
    // Locks: none. Bound: one entry.
    private const string DelaySql = """
        select coalesce((select greatest(now() - at, interval '0') from recording.events where position is null order by id limit 1), interval '0')
        """;

    private static readonly string PageSql = SqlOf("e.position > @after");

    private static readonly string PageOfRecordingSql = SqlOf("e.recording_id = @recording and e.position > @after");

    // Purpose: events behind a place that match, in order, and the last place that was looked at, which is behind them when few match. Events of
    // recordings that operators removed are left out: they lack what every event promises.
    // Index: events_position, or events_sequence for one recording; primary keys. Locks: none. Bound: @seen events.
    private static string SqlOf(string condition) =>
        $"""
            with seen as materialized (
              select e.position, e.event_id, e.recording_id, e.project_id, e.sequence, e.type, e.at, e.data
                from recording.events e where {condition} order by e.position limit @seen),
            matching as (
              select s.*, p.name, r.channel, r.label, r.external_id, r.room_type
                from seen s join recording.projects p on p.id = s.project_id left join recording.recordings r on r.id = s.recording_id
               where (s.recording_id is null or r.id is not null) and (@types is null or s.type = any(@types)) and (@projects is null or p.name = any(@projects))
               order by s.position limit @limit)
            select (select max(position) from seen), (select count(*) from seen), m.position, m.event_id, m.type, m.at, m.sequence, m.name, m.recording_id, m.data::text,
                   m.channel, m.label, m.external_id, m.room_type
              from (values (1)) one left join matching m on true
             order by m.position
            """;

    /// <summary>Gives places, unless another replica is at it.</summary>
    /// <returns>Whether this replica got the lock, and how many places it gave.</returns>
    public async Task<(bool HadLock, long Stamped)> StampAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        // One round trip: until its end both statements are one transaction, and a replica that is frozen in the middle keeps nobody waiting.
        await using var batch = new NpgsqlBatch(connection);
        RecordingStore.Add(batch, LockSql, ("lock", StampLock));
        RecordingStore.Add(batch, StampSql, ("most", MostStamped));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var done = (reader.GetBoolean(0), reader.GetInt64(1));
        // Reads to the end, where a transaction that could not be committed throws.
        await reader.NextResultAsync(cancellationToken);
        return done;
    }

    /// <summary>The end of the feed.</summary>
    public async Task<FeedEnd> EndAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(EndSql);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new(reader.GetInt64(0), reader.GetInt64(1), reader.GetBoolean(2));
    }

    /// <summary>For how long the oldest event has waited for its place.</summary>
    public async Task<TimeSpan> DelayAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(DelaySql);
        return (TimeSpan)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Events behind a place.</summary>
    /// <returns>Also whether everything behind the place was looked at.</returns>
    public async Task<(EventPage Page, bool IsEnd)> ReadAsync(
        long after,
        EventFilter filter,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(filter.RecordingId is null ? PageSql : PageOfRecordingSql);
        var seen = filter is { Projects: null, Types: null } ? limit : Math.Max(limit, MostSeen);
        command.Parameters.AddWithValue("after", after);
        command.Parameters.AddWithValue("seen", seen);
        command.Parameters.AddWithValue("limit", limit);
        command.Parameters.Add(Names("types", filter.Types));
        command.Parameters.Add(Names("projects", filter.Projects));
        if (filter.RecordingId is { } recording)
        {
            command.Parameters.AddWithValue("recording", recording);
        }

        List<FeedEvent> items = [];
        var (last, isEnd) = (after, true);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            last = reader.IsDBNull(0) ? after : reader.GetInt64(0);
            isEnd = reader.GetInt64(1) < seen;
            if (!reader.IsDBNull(2))
            {
                items.Add(Event(reader));
            }
        }

        return items.Count == limit ? (new(items, items[^1].Position), false) : (new(items, last), isEnd);
    }

    private static FeedEvent Event(NpgsqlDataReader reader) =>
        new(
            reader.GetInt64(2),
            reader.GetGuid(3),
            reader.GetString(4),
            reader.GetFieldValue<DateTimeOffset>(5),
            reader.GetInt32(6),
            reader.GetString(7),
            reader.IsDBNull(8) ? null : reader.GetGuid(8),
            reader.IsDBNull(10)
                ? null
                : new(reader.GetString(10), reader.GetString(11), reader.IsDBNull(12) ? null : reader.GetString(12), reader.GetString(13)),
            StateJson.Read<EventData>(reader.GetString(9))
        );

    private static NpgsqlParameter Names(string name, IReadOnlyCollection<string>? values) =>
        new(name, NpgsqlDbType.Array | NpgsqlDbType.Text) { Value = values is null ? DBNull.Value : values.ToArray() };
}

/// <summary>Where the feed ends.</summary>
/// <param name="Last">Last place that readers can see; 0 when there is none.</param>
/// <param name="Given">Last place that was ever given.</param>
/// <param name="HasUnstamped">Whether a committed event has no place yet.</param>
internal sealed record FeedEnd(long Last, long Given, bool HasUnstamped);
