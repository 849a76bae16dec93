using Npgsql;
using NpgsqlTypes;
using RecordingService.Domain;
using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;
using RecordingService.Domain.RoomTypes;

namespace RecordingService.Infrastructure.Engine;

/// <summary>A recording as it was read, with what came in for it.</summary>
/// <param name="Recording">The recording.</param>
/// <param name="Inputs">The oldest inputs.</param>
/// <param name="HasMore">Whether more inputs wait than were read at once.</param>
internal sealed record Loaded(Recording Recording, IReadOnlyList<Input> Inputs, bool HasMore);

/// <summary>Something that came in for a recording beside its turn: exactly one of the three.</summary>
internal sealed record Input(long Id, LateStart? Late, NoticeInput? Notice, OperatorInput? Operator)
{
    public const string LateStartKind = "late-start";
    public const string NoticeKind = "notice";
    public const string OperatorKind = "operator";
}

/// <summary>A line for the log, with the facts behind it.</summary>
internal sealed record LogEntry(Note Note, LogDetail Detail);

/// <summary>What one write brings: the recording, what is told about it, the inputs that it took in, and the files that were found. Runs equal to those written before are left out.</summary>
internal sealed record Change(
    Recording Written,
    Recording Recording,
    IReadOnlyList<LogEntry> Log,
    IReadOnlyList<long> ConsumedInputs,
    IReadOnlyDictionary<int, IReadOnlyList<RecordingFile>>? Found = null
)
{
    /// <summary>What callers are told of uploads, beside the change of the recording itself.</summary>
    public IReadOnlyList<UploadAnnouncement> Uploads { get; init; } = [];
}

/// <summary>Reads and writes recordings for the holder of a lease. Every write presents the fencing token; without it nothing is written.</summary>
internal sealed class RecordingStore(NpgsqlDataSource database, RecordingClock clock, EngineState state)
{
    /// <summary>Inputs that are taken in with one settlement; a recorder that tells much is worked off in several.</summary>
    internal const int MostInputs = 100;

    // Purpose: all that Decide needs. Index: primary keys, inputs by recording. Locks: none. Bound: one recording with its runs, and one
    // input more than are taken in at once. Inputs of a kind that only a newer version knows are left to it.
    private const string LoadSql = $"""
        select project, channel, label, room_type, room_type_version, policy, storage_profile, accepted_at, max_duration, longest_break,
               stop_requested_at, confirmed_at, ended_at, document, encryption, web_page, layout, subscription
        from recording.recordings where id = @id;
        select document from recording.runs where recording_id = @id order by generation;
        select id, kind, body from recording.inputs
         where recording_id = @id and kind in ('{Input.LateStartKind}', '{Input.NoticeKind}', '{Input.OperatorKind}') order by id limit @most
        """;

    // Purpose: the recording as decided, and the events that tell of what changed. Index: primary key. Locks: the row. Bound: one row, and
    // an event for each change and each news of an upload.
    private static readonly string SaveRecordingSql = $"""
        {Announcements.With(state: "@state", files: "@files", reason: "@code", data: "@data")}
        update recording.recordings r
           set state = @state, files_state = @files, confirmed_at = @confirmed, stop_ordered_at = @ordered, ended_at = @ended, next_check_at = @next,
               document = @document, {Announcements.Announced}
          from known k where r.id = k.id returning {Announcements.Count}
        """;

    private const string SaveRunSql = """
        insert into recording.runs (recording_id, generation, project, channel, recorder_uid, resource_id, sid, phase, document)
        values (@id, @generation, @project, @channel, @uid, @resource, @sid, @phase, @document)
        on conflict (recording_id, generation) do update
           set recorder_uid = excluded.recorder_uid, resource_id = excluded.resource_id, sid = excluded.sid, phase = excluded.phase,
               document = excluded.document
        """;

    private static readonly IReadOnlyDictionary<int, IReadOnlyList<RecordingFile>> NothingFound =
        new Dictionary<int, IReadOnlyList<RecordingFile>>();

    private const string SaveFilesSql = """
        insert into recording.run_files (recording_id, generation, files) values (@id, @generation, @files)
        on conflict (recording_id, generation) do update set files = excluded.files
        """;

    private const string LogSql = """
        insert into recording.log (recording_id, generation, kind, message, detail, at, last_at, count)
        values (@id, @generation, @kind, @message, @detail, @at, @at, 1)
        """;

    // Purpose: a quiet poll that says the same as the line directly before it only counts that line up. Index: log by recording.
    private const string RepeatSql = """
        with last as (select id, kind, message, generation from recording.log where recording_id = @id order by id desc limit 1),
        counted as (
          update recording.log l set count = l.count + 1, last_at = @at, detail = @detail from last
           where l.id = last.id and last.kind = @kind and last.message = @message and last.generation is not distinct from @generation returning l.id)
        insert into recording.log (recording_id, generation, kind, message, detail, at, last_at, count)
        select @id, @generation, @kind, @message, @detail, @at, @at, 1 where not exists (select 1 from counted)
        """;

    // Purpose: tells a settlement that was committed without an answer from one that never was. A row that was never settled has no
    // settle_id, and a row that is gone was ended by its holder: by this one only if it meant to end it. Index: primary key. Bound: one row.
    private const string WasSettledSql = """
        select coalesce((select settle_id is not distinct from @settle from recording.schedule where recording_id = @id), @finished)
        """;

    private const string ConsumeSql = "delete from recording.inputs where id = any(@inputs)";

    private const string LateSql =
        $"insert into recording.inputs (recording_id, kind, body, received_at) values (@id, '{Input.LateStartKind}', @body, now())";

    // Purpose: tells callers of a fault without reading what is stored, because that may be what cannot be read. Index: primary key. Bound: one row.
    private static readonly string TroubleSql = $$"""
        {{Announcements.With(
            state: "r.state",
            files: "r.files_state",
            reason: "@code",
            data: Announcements.DataOfRow,
            condition: "r.ended_at is null"
        )}}
        update recording.recordings r set document = jsonb_set(r.document, '{reason}', @reason), {{Announcements.Announced}}
          from known k where r.id = k.id returning {{Announcements.Count}}
        """;

    public async Task<Loaded> LoadAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(LoadSql);
        command.Parameters.AddWithValue("id", id);
        command.Parameters.AddWithValue("most", MostInputs + 1);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            throw new InvalidOperationException($"Recording {id} is scheduled but does not exist.");
        }

        var document = StateJson.Read<RecordingDocument>(reader.GetString(13));
        var recording = new Recording
        {
            Id = id,
            Project = reader.GetString(0),
            Channel = reader.GetString(1),
            Label = reader.GetString(2),
            RoomType = reader.GetString(3),
            RoomTypeVersion = reader.GetInt32(4),
            Policy = StateJson.Read<RecordingPolicy>(reader.GetString(5)),
            StorageProfile = reader.GetString(6),
            AcceptedAt = reader.GetFieldValue<DateTimeOffset>(7),
            Encryption = Document<ChannelEncryption>(14),
            WebPage = reader.IsDBNull(15) ? null : new Uri(reader.GetString(15)),
            Wishes = new(reader.GetTimeSpan(8), Optional<TimeSpan>(9), Optional<DateTimeOffset>(10))
            {
                Layout = Document<Desired<MixLayout>>(16),
                Subscription = Document<Desired<Subscription>>(17),
            },
            ConfirmedAt = Optional<DateTimeOffset>(11),
            EndedAt = Optional<DateTimeOffset>(12),
            Stop = document.Stop,
            Reason = document.Reason,
            Closure = document.Closure,
        };

        await reader.NextResultAsync(cancellationToken);
        List<Run> runs = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            runs.Add(StateJson.Read<Run>(reader.GetString(0)));
        }

        await reader.NextResultAsync(cancellationToken);
        List<Input> inputs = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            var (inputId, kind, body) = (reader.GetInt64(0), reader.GetString(1), reader.GetString(2));
            inputs.Add(
                kind switch
                {
                    Input.LateStartKind => new(inputId, StateJson.Read<LateStart>(body), null, null),
                    Input.OperatorKind => new(inputId, null, null, StateJson.Read<OperatorInput>(body)),
                    _ => new(inputId, null, StateJson.Read<NoticeInput>(body), null),
                }
            );
        }

        return new(recording with { Runs = runs }, [.. inputs.Take(MostInputs)], inputs.Count > MostInputs);

        T? Optional<T>(int column)
            where T : struct => reader.IsDBNull(column) ? null : reader.GetFieldValue<T>(column);

        T? Document<T>(int column)
            where T : class => reader.IsDBNull(column) ? null : StateJson.Read<T>(reader.GetString(column));
    }

    /// <summary>Commits an intent, which renews the lease.</summary>
    /// <returns>Null when the lease is lost; else the signals so far. When they are more than seen, nothing was written.</returns>
    public async Task<long?> CommitIntentAsync(Claim claim, long seen, TimeSpan lease, Change change, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction);
        Add(batch, Schedule.IntentSql, ("id", claim.RecordingId), ("token", claim.Token), ("lease", lease), ("version", StateJson.Version));
        AddChange(batch, change);
        var (held, announced) = await ExecuteAsync(batch, cancellationToken);
        if (held is not long signals)
        {
            return null;
        }

        if (signals <= seen)
        {
            await CommitAsync(transaction, announced, cancellationToken);
        }

        return signals;
    }

    /// <summary>Writes the outcome and gives the recording back.</summary>
    /// <returns>False when the lease is lost: nothing was written.</returns>
    public async Task<bool> SettleAsync(
        Claim claim,
        long seen,
        Guid settleId,
        NextStep? next,
        Change change,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction);
        if (next is null)
        {
            Add(batch, Schedule.FinishSql, ("id", claim.RecordingId), ("token", claim.Token), ("seen", seen));
        }
        else
        {
            AddSettle(batch, next);
        }

        AddChange(batch, change);
        var (settled, announced) = await ExecuteAsync(batch, cancellationToken);
        var held = settled is Guid;
        if (!held && next is null)
        {
            // A signal came after the last look: not finished after all, but due at once.
            await transaction.RollbackAsync(cancellationToken);
            return await SettleAsync(claim, seen, settleId, new NextStep(TimeSpan.Zero, 0, 0), change, cancellationToken);
        }

        if (held)
        {
            await CommitAsync(transaction, announced, cancellationToken);
        }

        return held;

        void AddSettle(NpgsqlBatch into, NextStep step) =>
            Add(
                into,
                Schedule.SettleSql,
                ("id", claim.RecordingId),
                ("token", claim.Token),
                ("seen", seen),
                ("settle", settleId),
                ("priority", step.Priority),
                ("cost", step.Cost),
                ("starts", step.Starts),
                ("version", StateJson.Version),
                ("delay", step.Delay)
            );
    }

    /// <summary>Tells whether a settlement whose commit was not answered was committed all the same.</summary>
    public async Task<bool> WasSettledAsync(Claim claim, Guid settleId, NextStep? next, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(WasSettledSql);
        command.Parameters.AddWithValue("finished", next is null);
        command.Parameters.AddWithValue("settle", settleId);
        command.Parameters.AddWithValue("id", claim.RecordingId);
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>Gives a recording back unchanged after an error, to be looked at again after a delay; tells callers when a reason is given.</summary>
    public async Task ReleaseAsync(Claim claim, TimeSpan delay, Reason? reason, Note? alert, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction);
        Add(batch, Schedule.ReleaseSql, ("id", claim.RecordingId), ("token", claim.Token), ("seen", claim.SignalSeq), ("delay", delay));
        if (reason is not null)
        {
            Add(
                batch,
                TroubleSql,
                [
                    ("id", claim.RecordingId),
                    ("reason", Json(reason)),
                    ("code", Announcements.Code(reason)),
                    .. Announcements.Parameters(clock.Now, []),
                ]
            );
        }

        if (alert is not null)
        {
            AddLog(batch, claim.RecordingId, alert, new LogDetail());
        }

        var (held, announced) = await ExecuteAsync(batch, cancellationToken);
        if (held is not null)
        {
            await CommitAsync(transaction, announced, cancellationToken);
        }
    }

    /// <summary>Keeps start answers that the lease holder could not settle any more, and wakes the recording for them.</summary>
    public async Task KeepLateAsync(Guid id, IReadOnlyList<LateStart> outcomes, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction);
        foreach (var outcome in outcomes)
        {
            Add(batch, LateSql, ("id", id), ("body", Json(outcome)));
        }

        Add(batch, Schedule.WakeSql, ("id", id), ("version", StateJson.Version));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <returns>What the first statement returned, which is null without the lease, and whether the write of the recording told anything.</returns>
    private static async Task<(object? Held, bool Announced)> ExecuteAsync(NpgsqlBatch batch, CancellationToken cancellationToken)
    {
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var held = await reader.ReadAsync(cancellationToken) ? reader.GetValue(0) : null;
        var announced =
            await reader.NextResultAsync(cancellationToken) && await reader.ReadAsync(cancellationToken) && reader.GetInt64(0) > 0;
        while (await reader.NextResultAsync(cancellationToken))
        {
            // A statement that fails at the end of the batch fails here, before the commit.
        }

        return (held, announced);
    }

    private async Task CommitAsync(NpgsqlTransaction transaction, bool announced, CancellationToken cancellationToken)
    {
        await transaction.CommitAsync(cancellationToken);
        if (announced)
        {
            state.Announced();
        }
    }

    private void AddChange(NpgsqlBatch batch, Change change)
    {
        var recording = change.Recording;
        Add(
            batch,
            SaveRecordingSql,
            [
                ("id", recording.Id),
                ("state", recording.State.ToString()),
                ("files", recording.Files.ToString()),
                ("confirmed", recording.ConfirmedAt),
                ("ordered", recording.Stop?.At),
                ("ended", recording.EndedAt),
                ("next", recording.DueAt),
                (
                    "document",
                    Json(new RecordingDocument(recording.Stop, recording.Reason, recording.Closure) { Version = StateJson.Version })
                ),
                ("code", Announcements.Code(recording.Reason)),
                ("data", Json(Announcements.Data(recording))),
                .. Announcements.Parameters(clock.Now, change.Uploads),
            ]
        );
        foreach (var run in recording.Runs.Where(run => !change.Written.Runs.Any(written => ReferenceEquals(written, run))))
        {
            Add(
                batch,
                SaveRunSql,
                ("id", recording.Id),
                ("generation", run.Generation),
                ("project", recording.Project),
                ("channel", recording.Channel),
                ("uid", (long?)run.RecorderUid),
                ("resource", run.ResourceId),
                ("sid", run.Sid),
                ("phase", run.Phase.ToString()),
                ("document", Json(run))
            );
        }

        foreach (var (generation, files) in change.Found ?? NothingFound)
        {
            Add(batch, SaveFilesSql, ("id", recording.Id), ("generation", generation), ("files", Json(files)));
        }

        foreach (var (note, detail) in change.Log)
        {
            AddLog(batch, recording.Id, note, detail);
        }

        if (change.ConsumedInputs.Count > 0)
        {
            Add(batch, ConsumeSql, ("inputs", change.ConsumedInputs.ToArray()));
        }
    }

    private static void AddLog(NpgsqlBatch batch, Guid id, Note note, LogDetail detail) =>
        Add(
            batch,
            note.Repeats ? RepeatSql : LogSql,
            ("id", id),
            ("generation", note.Generation),
            ("kind", note.Kind.ToString()),
            ("message", note.Message),
            ("detail", Json(detail)),
            ("at", note.At)
        );

    internal static NpgsqlParameter Json<T>(T value) => new() { Value = StateJson.Write(value), NpgsqlDbType = NpgsqlDbType.Jsonb };

    internal static void Add(NpgsqlBatch batch, string sql, params (string Name, object? Value)[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var (name, value) in parameters)
        {
            if (value is NpgsqlParameter parameter)
            {
                parameter.ParameterName = name;
                command.Parameters.Add(parameter);
            }
            else if (value is null)
            {
                command.Parameters.Add(new NpgsqlParameter(name, DBNull.Value));
            }
            else
            {
                command.Parameters.AddWithValue(name, value is DateTimeOffset at ? at.ToUniversalTime() : value);
            }
        }

        batch.BatchCommands.Add(command);
    }
}

/// <summary>When and how a recording is claimed next.</summary>
/// <param name="Delay">From now, in real time.</param>
/// <param name="Priority">1 stop, 2 first proof, doubt and starts that were put off, 3 new starts, 4 monitoring, 5 files; 0 when input waits.</param>
/// <param name="Cost">Requests to Agora that it begins with: 1, or 0 for a look into the bucket.</param>
/// <param name="Starts">Whether it starts a recorder.</param>
internal sealed record NextStep(TimeSpan Delay, short Priority, short Cost, bool Starts = false);
