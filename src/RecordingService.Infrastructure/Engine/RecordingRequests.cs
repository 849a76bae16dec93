using System.Security.Cryptography;
using System.Text;
using Npgsql;
using RecordingService.Domain.Recordings;
using RecordingService.Domain.RoomTypes;

namespace RecordingService.Infrastructure.Engine;

/// <summary>Changes to a live recording; null leaves a member as it is.</summary>
public sealed record RecordingChange(TimeSpan? MaxDuration, TimeSpan? LongestBreak, IReadOnlyDictionary<string, string>? Metadata);

/// <summary>Stores what callers want. One round trip and one commit each; the orchestrator does the rest.</summary>
public sealed class RecordingRequests
{
    // Purpose: a recording and its first event, as announced. Index: primary keys; recordings_one_live refuses a second live one in the channel, and
    // waits for one that is being stored at the same moment. Locks: the new rows. Bound: one row each; none without the project's row.
    private const string InsertSql = $"""
        with accepted as (
          insert into recording.recordings (id, project_id, project, channel, label, room_type, room_type_version, policy, storage_profile, encryption, web_page,
                 external_id, metadata, accepted_at, max_duration, longest_break, state, files_state, next_check_at, document,
                 event_seq, announced_state, announced_files)
          select @id, p.id, @project, @channel, @label, @roomType, @roomTypeVersion, @policy, @storageProfile, @encryption::jsonb, @webPage,
                 @externalId, @metadata, @at, @maxDuration, @longestBreak, @state, @files, @at, jsonb_build_object('version', @version), 1, @state, @files
          from recording.projects p where p.name = @project returning id, project_id)
        {Announcements.AcceptedSql}
        """;

    private const string InsertRunSql = """
        insert into recording.runs (recording_id, generation, project, channel, phase, document) values (@id, 1, @project, @channel, @phase, @document)
        """;

    private const string InsertScheduleSql = """
        insert into recording.schedule (recording_id, project_id, priority, cost, starts, due_at, lease_token, signal_seq, attempt, state_version)
        select @id, p.id, 3, 1, true, now(), nextval('recording.lease_token'), 0, 0, @version from recording.projects p where p.name = @project
        """;

    // Purpose: remembers the key of a start. Not IdempotencyKeys.RememberSql: a key that is known must fail, so that the recording beside it is
    // rolled back. A repeat that comes while the first is under way waits here for its end. Index: primary key. Locks: the key's row. Bound: one row.
    private const string InsertKeySql = """
        insert into recording.idempotency (caller, key, fingerprint, recording_id, created_at) values (@caller, @key, @fingerprint, @id, now())
        """;

    private const string InsertLogSql = """
        insert into recording.log (recording_id, kind, message, detail, at, last_at, count) values (@id, 'Request', @message, @detail, @at, @at, 1)
        """;

    // Purpose: the recording that holds the place of a live one in its channel. Index: recordings_one_live.
    private const string LiveSql = """
        select id, room_type, storage_profile, max_duration, longest_break, external_id, policy, encryption, web_page, metadata from recording.recordings
        where project = @project and channel = @channel and label = @label
          and ended_at is null and stop_requested_at is null and stop_ordered_at is null
        """;

    // Purpose: a stop is stored once, told once, and wakes the holder, in one statement. Index: primary key, or recordings by channel.
    // Locks: schedule rows first, then their recordings: the order of the holder's writes, so that the two never wait for each other.
    // Bound: one recording, or those that are live in one channel.
    internal const string StopSql = $"""
        with held as materialized (
          select s.recording_id from recording.schedule s join recording.recordings r on r.id = s.recording_id
           where (r.id = @id or (r.channel = @channel and (@projects::text[] is null or r.project = any(@projects)) and (@label::text is null or r.label = @label)))
             and r.ended_at is null and r.stop_requested_at is null
           order by s.recording_id for no key update of s),
        stopped as (
          update recording.recordings set stop_requested_at = @at
           where (id = @id or (channel = @channel and (@projects::text[] is null or project = any(@projects)) and (@label::text is null or label = @label)))
             and ended_at is null and stop_requested_at is null and (select count(*) from held) >= 0 returning id),
        told as (
          insert into recording.log (recording_id, kind, message, detail, at, last_at, count)
          select id, 'Request', @message, @detail, @at, @at, 1 from stopped),
        woken as (
          insert into recording.schedule as s (recording_id, project_id, priority, cost, due_at, lease_token, signal_seq, attempt, state_version)
          select r.id, r.project_id, 0, 0, now(), nextval('recording.lease_token'), 1, 0, {Schedule.VersionOfState} from recording.recordings r join stopped using (id)
          on conflict (recording_id) do update
             set signal_seq = s.signal_seq + 1, priority = 0,
                 due_at = case when s.lease_owner is null or s.due_at <= now() then now() else s.due_at end)
        select id from stopped
        """;

    // Purpose: new wishes for a live recording, told and waking its holder. Index: primary keys. Locks: as for a stop. Bound: one row.
    private const string ChangeSql = """
        with held as materialized (select 1 from recording.schedule where recording_id = @id for no key update),
        changed as (
          update recording.recordings
             set max_duration = coalesce(@maxDuration::interval, max_duration), longest_break = coalesce(@longestBreak::interval, longest_break),
                 metadata = coalesce(@metadata::jsonb, metadata)
           where id = @id and (select count(*) from held) >= 0
             -- An end that was asked for or ordered is never taken back: promising more time then would be a lie. Callers' own data may change for ever.
             and ((@maxDuration::interval is null and @longestBreak::interval is null)
               or (ended_at is null and stop_requested_at is null and stop_ordered_at is null))
           returning id),
        told as (
          insert into recording.log (recording_id, kind, message, detail, at, last_at, count)
          select id, 'Request', @message, @detail, @at, @at, 1 from changed),
        woken as (
          update recording.schedule s
             set signal_seq = s.signal_seq + 1, priority = 0,
                 due_at = case when s.lease_owner is null or s.due_at <= now() then now() else s.due_at end
            from changed where s.recording_id = changed.id)
        select count(*) from changed
        """;

    private static readonly string LayoutSql = DesiredSql("layout");

    private static readonly string SubscriptionSql = DesiredSql("subscription");

    private readonly NpgsqlDataSource database;
    private readonly RecordingClock clock;
    private readonly EngineState state;

    internal RecordingRequests(NpgsqlDataSource database, RecordingClock clock, EngineState state)
    {
        this.database = database;
        this.clock = clock;
        this.state = state;
    }

    /// <summary>Stores a request to record. Once this returns, the recording is never forgotten.</summary>
    public async Task<StartOutcome> AcceptAsync(StartRequest request, CancellationToken cancellationToken)
    {
        var fingerprint = Fingerprint(request);
        while (true)
        {
            try
            {
                return await InsertAsync(request, fingerprint, cancellationToken);
            }
            catch (PostgresException clash) when (clash.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                if (await FindByKeyAsync(request, fingerprint, cancellationToken) is { } byKey)
                {
                    return byKey;
                }

                if (await FindLiveAsync(request, fingerprint, cancellationToken) is { } live)
                {
                    return live;
                }

                // What stood in the way has ended in between: the place is free.
            }
        }
    }

    /// <summary>Asks to stop a recording. Safe early, late and twice.</summary>
    public Task StopAsync(Guid id, string caller, CancellationToken cancellationToken) =>
        StopAsync(id, null, null, null, caller, cancellationToken);

    /// <summary>Asks to stop what is live in a channel.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="projects">Only in these projects; null for all.</param>
    /// <param name="label">Only this label; null for all.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The recordings that this request stopped.</returns>
    public Task<IReadOnlyList<Guid>> StopChannelAsync(
        string channel,
        IReadOnlyCollection<string>? projects,
        string? label,
        string caller,
        CancellationToken cancellationToken
    ) => StopAsync(null, channel, projects, label, caller, cancellationToken);

    /// <summary>Changes the wishes for a live recording.</summary>
    /// <returns>False when it has ended or does not exist.</returns>
    public async Task<bool> ChangeAsync(Guid id, RecordingChange change, string caller, CancellationToken cancellationToken)
    {
        List<string> parts = [];
        if (change.MaxDuration is { } duration)
        {
            parts.Add($"maximum duration {duration}");
        }

        if (change.LongestBreak is { } longestBreak)
        {
            parts.Add($"longest break {longestBreak}");
        }

        if (change.Metadata is not null)
        {
            parts.Add("metadata");
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        RecordingStore.Add(
            batch,
            ChangeSql,
            ("id", id),
            ("maxDuration", change.MaxDuration),
            ("longestBreak", change.LongestBreak),
            ("metadata", change.Metadata is { } metadata ? RecordingStore.Json(new Dictionary<string, string>(metadata)) : null),
            ("at", clock.Now),
            ("message", $"Changed: {string.Join(", ", parts)}."),
            ("detail", RecordingStore.Json(new LogDetail { Caller = caller }))
        );
        var changed = await batch.ExecuteScalarAsync(cancellationToken) is > 0L;
        state.Wake();
        return changed;
    }

    /// <summary>Stores the layout that callers want of a live mix, if nobody asked for another one since it was read.</summary>
    /// <param name="id">The recording.</param>
    /// <param name="next">The whole layout; its version is one more than that which it was made from (1 when nothing was asked for before).</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False when another version is stored, the recording has ended or is to end, or does not exist.</returns>
    public Task<bool> ChangeLayoutAsync(Guid id, Desired<MixLayout> next, string caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(next);
        var regions = next.Value.Regions.Count > 0 ? $", {next.Value.Regions.Count} regions" : "";
        return ChangeDesiredAsync(LayoutSql, id, next, $"Layout asked for: {next.Value.Kind}{regions}", caller, cancellationToken);
    }

    /// <summary>Stores the subscription that callers want of a live recording, if nobody asked for another one since it was read.</summary>
    /// <param name="id">The recording.</param>
    /// <param name="next">The whole subscription; its version is one more than that which it was made from (1 when nothing was asked for before).</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False when another version is stored, the recording has ended or is to end, or does not exist.</returns>
    public Task<bool> ChangeSubscriptionAsync(Guid id, Desired<Subscription> next, string caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(next);
        var text = $"Subscription asked for: sound of {Text(next.Value.Audio)}, picture of {Text(next.Value.Video)}";
        return ChangeDesiredAsync(SubscriptionSql, id, next, text, caller, cancellationToken);

        static string Text(StreamSelection selection) =>
            selection.Kind switch
            {
                SelectionKind.All => "everybody",
                SelectionKind.Only => string.Join(", ", selection.Uids),
                SelectionKind.AllBut => $"everybody but {string.Join(", ", selection.Uids)}",
            };
    }

    // Purpose: a whole new state that callers want of a live recording, told and waking its holder; by compare-and-set, so that no caller's
    // members are lost to another's. Index: primary keys. Locks: as for a stop. Bound: one row.
    private static string DesiredSql(string column) =>
        $"""
            with held as materialized (select 1 from recording.schedule where recording_id = @id for no key update),
            changed as (
              update recording.recordings set {column} = @next
               where id = @id and (select count(*) from held) >= 0 and coalesce(({column} ->> 'version')::int, 0) = @before
                 and ended_at is null and stop_requested_at is null and stop_ordered_at is null
               returning id),
            told as (
              insert into recording.log (recording_id, kind, message, detail, at, last_at, count)
              select id, 'Request', @message, @detail, @at, @at, 1 from changed),
            woken as (
              update recording.schedule s
                 set signal_seq = s.signal_seq + 1, priority = 0,
                     due_at = case when s.lease_owner is null or s.due_at <= now() then now() else s.due_at end
                from changed where s.recording_id = changed.id)
            select count(*) from changed
            """;

    private async Task<bool> ChangeDesiredAsync<T>(
        string sql,
        Guid id,
        Desired<T> next,
        string message,
        string caller,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        RecordingStore.Add(
            batch,
            sql,
            ("id", id),
            ("next", RecordingStore.Json(next)),
            ("before", next.Version - 1),
            ("at", clock.Now),
            ("message", $"{message} (version {next.Version})."),
            ("detail", RecordingStore.Json(new LogDetail { Caller = caller }))
        );
        var changed = await batch.ExecuteScalarAsync(cancellationToken) is > 0L;
        state.Wake();
        return changed;
    }

    private async Task<StartOutcome> InsertAsync(StartRequest request, byte[] fingerprint, CancellationToken cancellationToken)
    {
        var now = clock.Now;
        var id = Guid.CreateVersion7(now);
        var run = new Run
        {
            Generation = 1,
            Phase = RunPhase.Planned,
            DueAt = now,
        };

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction);
        RecordingStore.Add(
            batch,
            InsertSql,
            ("id", id),
            ("project", request.Project),
            ("channel", request.Channel),
            ("label", request.Label),
            ("roomType", request.RoomType.Name),
            ("roomTypeVersion", request.RoomType.Version),
            ("policy", RecordingStore.Json(request.Policy)),
            ("storageProfile", request.StorageProfile),
            ("encryption", request.Encryption is { } encryption ? RecordingStore.Json(encryption) : null),
            ("webPage", request.WebPage?.OriginalString),
            ("externalId", request.ExternalId),
            ("metadata", request.Metadata is { } metadata ? RecordingStore.Json(new Dictionary<string, string>(metadata)) : null),
            ("at", now),
            ("maxDuration", request.MaxDuration ?? request.Policy.MaxDuration),
            ("longestBreak", request.LongestBreak),
            ("state", nameof(RecordingState.Accepted)),
            ("files", nameof(FilesState.Pending)),
            ("version", StateJson.Version),
            ("eventId", Guid.CreateVersion7(now)),
            (
                "data",
                RecordingStore.Json(
                    new EventData(Announcements.Word(RecordingState.Accepted), Announcements.Word(FilesState.Pending), null, null)
                )
            )
        );
        RecordingStore.Add(
            batch,
            InsertRunSql,
            ("id", id),
            ("project", request.Project),
            ("channel", request.Channel),
            ("phase", run.Phase.ToString()),
            ("document", RecordingStore.Json(run))
        );
        RecordingStore.Add(batch, InsertScheduleSql, ("id", id), ("project", request.Project), ("version", StateJson.Version));
        RecordingStore.Add(
            batch,
            InsertLogSql,
            ("id", id),
            (
                "message",
                $"Asked to record channel '{request.Channel}' as {request.RoomType.Name}{(request.Mode is { } mode ? $" in mode {mode}" : "")}."
            ),
            ("detail", RecordingStore.Json(new LogDetail { Caller = request.Caller })),
            ("at", now)
        );
        if (request.IdempotencyKey is { } key)
        {
            RecordingStore.Add(batch, InsertKeySql, ("caller", request.Caller), ("key", key), ("fingerprint", fingerprint), ("id", id));
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        state.Announced();
        state.Wake();
        return new StartOutcome.Accepted(id);
    }

    private async Task<StartOutcome?> FindByKeyAsync(StartRequest request, byte[] fingerprint, CancellationToken cancellationToken) =>
        request.IdempotencyKey is not { } key
        || await IdempotencyKeys.FindAsync(database, request.Caller, key, fingerprint, cancellationToken) is not { } use
            ? null
        : use.IsSame ? new StartOutcome.Existing(use.Subject)
        : new StartOutcome.KeyReused(use.Subject);

    private async Task<StartOutcome?> FindLiveAsync(StartRequest request, byte[] fingerprint, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        Guid id;
        List<Difference> differences = [];
        await using (var command = new NpgsqlCommand(LiveSql, connection))
        {
            command.Parameters.AddWithValue("project", request.Project);
            command.Parameters.AddWithValue("channel", request.Channel);
            command.Parameters.AddWithValue("label", request.Label);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            if (!await reader.ReadAsync(cancellationToken))
            {
                return null;
            }

            id = reader.GetGuid(0);
            Compare("roomType", request.RoomType.Name, reader.GetString(1));
            Compare("storageProfile", request.NamesStorageProfile ? request.StorageProfile : null, reader.GetString(2));
            Compare("maxDuration", request.MaxDuration?.ToString(), reader.GetTimeSpan(3).ToString());
            Compare("longestBreak", request.LongestBreak?.ToString(), reader.IsDBNull(4) ? null : reader.GetTimeSpan(4).ToString());
            Compare("externalId", request.ExternalId, reader.IsDBNull(5) ? null : reader.GetString(5));
            Compare(
                "metadata",
                Written(request.Metadata),
                Written(reader.IsDBNull(9) ? null : StateJson.Read<Dictionary<string, string>>(reader.GetString(9)))
            );
            Compare("mode", request.Mode?.ToString(), StateJson.Read<RecordingPolicy>(reader.GetString(6)).Mode.ToString());
            var live = reader.IsDBNull(7) ? null : StateJson.Read<ChannelEncryption>(reader.GetString(7));
            Compare("encryption.mode", request.Encryption?.Mode.ToString(), live?.Mode.ToString());
            Compare("encryption.key", request.Encryption?.Key, live?.Key);
            Compare("encryption.salt", request.Encryption?.Salt, live?.Salt);
            Compare("webPage.url", request.WebPage?.OriginalString, reader.IsDBNull(8) ? null : reader.GetString(8));
        }

        if (differences.Count > 0)
        {
            return new StartOutcome.Differs(id, differences);
        }

        if (request.IdempotencyKey is { } key)
        {
            // The key keeps meaning this recording, even after it has ended.
            await using var remember = new NpgsqlCommand($"{InsertKeySql} on conflict do nothing", connection);
            remember.Parameters.AddWithValue("caller", request.Caller);
            remember.Parameters.AddWithValue("key", key);
            remember.Parameters.AddWithValue("fingerprint", fingerprint);
            remember.Parameters.AddWithValue("id", id);
            await remember.ExecuteNonQueryAsync(cancellationToken);
        }

        return new StartOutcome.Existing(id);

        void Compare(string field, string? asked, string? live)
        {
            if (asked is not null && asked != live)
            {
                differences.Add(new(field, asked, live));
            }
        }
    }

    /// <summary>One spelling of callers' own data, whatever the order in which it was written.</summary>
    private static string? Written(IReadOnlyDictionary<string, string>? metadata) =>
        metadata is null
            ? null
            : StateJson.Write(
                metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary(pair => pair.Key, pair => pair.Value)
            );

    private async Task<IReadOnlyList<Guid>> StopAsync(
        Guid? id,
        string? channel,
        IReadOnlyCollection<string>? projects,
        string? label,
        string caller,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        RecordingStore.Add(
            batch,
            StopSql,
            ("id", id),
            ("channel", channel),
            ("projects", projects?.ToArray()),
            ("label", label),
            ("at", clock.Now),
            ("message", "Asked to stop."),
            ("detail", RecordingStore.Json(new LogDetail { Caller = caller })),
            ("version", StateJson.Version)
        );
        List<Guid> stopped = [];
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                stopped.Add(reader.GetGuid(0));
            }
        }

        state.Wake();
        return stopped;
    }

    /// <summary>Two requests are the same when everything that the caller wrote is.</summary>
    private static byte[] Fingerprint(StartRequest request)
    {
        var metadata =
            request.Metadata?.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key.Length}:{pair.Key}={pair.Value}")
            ?? [];
        string?[] parts =
        [
            request.Project,
            request.Channel,
            request.Label,
            request.RoomType.Name,
            request.NamesStorageProfile ? request.StorageProfile : null,
            request.ExternalId,
            request.MaxDuration?.ToString(),
            request.LongestBreak?.ToString(),
            .. metadata,
            // What came later is written only when it is there: a key that an older version remembered still means its request. Each begins
            // with a letter, and metadata with a digit, so that neither can be taken for the other.
            .. Named("mode", request.Mode?.ToString()),
            .. Named("encryption", request.Encryption is { } encryption ? StateJson.Write(encryption) : null),
            .. Named("webPage", request.WebPage?.OriginalString),
        ];
        return SHA256.HashData(
            Encoding.UTF8.GetBytes(string.Join('\n', parts.Select(part => part is null ? "-" : $"{part.Length}:{part}")))
        );

        static string[] Named(string name, string? value) => value is null ? [] : [$"{name}={value}"];
    }
}
