using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using RecordingService.Domain.Recordings;

namespace RecordingService.Infrastructure.Engine;

/// <summary>News of an upload as an event tells it.</summary>
internal sealed record UploadAnnouncement(string Type, EventUpload Upload);

/// <summary>
/// Writes events in the statement that writes the change that they tell of. The row of the recording keeps what was announced last, and its lock is
/// the order: whoever writes announces what differs from that, so nothing is announced twice or missed.
/// </summary>
internal static class Announcements
{
    /// <summary>One for the change of files and one for that of the reason: a change of state tells all three.</summary>
    private const int MostChanges = 2;

    /// <summary>
    /// Parts of a WITH clause. `known` locks the row of @id and has what it will be (is_state, is_files, is_reason) beside what was announced; `told` has
    /// a row for each event, which is inserted. The statement goes on with an update of the row that sets <see cref="Announced"/>. What only older builds
    /// wrote counts as announced as it is.
    /// </summary>
    /// <param name="state">SQL for the state after the write; r is the row before it.</param>
    /// <param name="files">SQL for the state of the files.</param>
    /// <param name="reason">SQL for the code of the reason, or null.</param>
    /// <param name="data">SQL for what all events tell.</param>
    /// <param name="condition">SQL that must hold of the row, else nothing is written.</param>
    public static string With(string state, string files, string reason, string data, string condition = "true") =>
        $"""
            with known as materialized (
              select r.id, r.project_id, r.event_seq,
                     coalesce(r.announced_state, r.state) as was_state,
                     case when r.announced_state is null then r.files_state else r.announced_files end as was_files,
                     case when r.announced_state is null then r.document -> 'reason' ->> 'code' else r.announced_reason end as was_reason,
                     {state} as is_state, {files} as is_files, {reason} as is_reason, {data} as data
                from recording.recordings r where r.id = @id and {condition} for no key update),
            told as materialized (
              select k.id, k.project_id, k.event_seq, k.data, n.type, n.upload, row_number() over (order by n.rank, n.number) as number
                from known k cross join lateral (
                  select 0 as rank, u.number, u.type, u.upload from unnest(@uploadTypes, @uploads) with ordinality u(type, upload, number)
                  union all
                  select 1, 0, 'recording.' || lower(k.is_state), null where k.is_state <> k.was_state
                  union all
                  select 2, 0, '{EventTypes.FilesChanged}', null where k.is_state = k.was_state and k.is_files <> k.was_files
                  union all
                  select 3, 0, '{EventTypes.ReasonChanged}', null where k.is_state = k.was_state and k.is_reason is distinct from k.was_reason) n),
            announced as (
              insert into recording.events (event_id, recording_id, project_id, sequence, type, at, data)
              select (@eventIds)[number], id, project_id, event_seq + number, type, @at,
                     case when upload is null then data else data || jsonb_build_object('upload', upload) end
                from told order by number)
            """;

    /// <summary>What the update of the row sets; k is `known`.</summary>
    public const string Announced = """
        event_seq = k.event_seq + (select count(*) from told), announced_state = k.is_state, announced_files = k.is_files, announced_reason = k.is_reason
        """;

    /// <summary>What the update of the row returns: how many events there are to be told.</summary>
    public const string Count = "(select count(*) from told)";

    /// <summary>SQL: whether a row of recordings is not as it was announced, because an older build wrote it last. What only older builds wrote counts as announced.</summary>
    public static string IsUntold(string row) =>
        $"({row}.announced_state is not null and ({row}.state, {row}.files_state, {row}.document -> 'reason' ->> 'code') "
        + $"is distinct from ({row}.announced_state, {row}.announced_files, {row}.announced_reason))";

    /// <summary>The first event of a recording; the row is inserted as announced.</summary>
    // Purpose: tells that a recording was accepted, in the statement that inserts it. Index: those of events, of which events_sequence is unique: the
    // recording is new, so nothing is waited for. Locks: the new row. Bound: one row.
    public const string AcceptedSql = $"""
        insert into recording.events (event_id, recording_id, project_id, sequence, type, at, data)
        select @eventId, id, project_id, 1, '{EventTypes.Accepted}', @at, @data from accepted
        """;

    /// <summary>The same as <see cref="Data"/>, read from a row r by SQL, with another reason.</summary>
    public const string DataOfRow = """
        jsonb_strip_nulls(jsonb_build_object(
          'state', lower(r.state), 'files', lower(left(r.files_state, 1)) || substr(r.files_state, 2),
          'reason', jsonb_build_object('code', @reason ->> 'code', 'message', @reason ->> 'message'),
          'endReason', coalesce(
            lower(left(r.document -> 'stop' ->> 'reason', 1)) || substr(r.document -> 'stop' ->> 'reason', 2),
            case when r.stop_requested_at is not null then 'requested' end)))
        """;

    /// <summary>What all events of a write tell of the recording.</summary>
    public static EventData Data(Recording recording) =>
        new(
            Word(recording.State),
            Word(recording.Files),
            recording.Reason is { } reason ? EventReason.Of(reason) : null,
            (recording.Stop?.Reason ?? (recording.Wishes.StopRequestedAt is null ? null : EndReason.Requested)) is { } end
                ? Word(end)
                : null
        );

    /// <summary>What the clause of <see cref="With"/> needs beside the parameters of its expressions.</summary>
    public static (string Name, object? Value)[] Parameters(DateTimeOffset at, IReadOnlyList<UploadAnnouncement> uploads) =>
        [
            ("at", at),
            ("eventIds", Enumerable.Range(0, uploads.Count + MostChanges).Select(_ => Guid.CreateVersion7(at)).ToArray()),
            ("uploadTypes", uploads.Select(upload => upload.Type).ToArray()),
            (
                "uploads",
                new NpgsqlParameter
                {
                    Value = uploads.Select(upload => StateJson.Write(upload.Upload)).ToArray(),
                    NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb,
                }
            ),
        ];

    public static NpgsqlParameter Code(Reason? reason) =>
        new() { Value = (object?)reason?.Code ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    /// <summary>The word of the HTTP interface for a member of an enumeration.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
