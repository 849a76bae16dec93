using System.Globalization;
using System.Text.Json;
using RecordingService.Domain;
using RecordingService.Infrastructure.Agora.Wire;

namespace RecordingService.Infrastructure.Agora.Notifications;

/// <summary>Reads the details of an event of Cloud Recording; an event without the member that it is about is an <see cref="OtherNotice"/>.</summary>
/// <remarks><b>Source:</b> Agora, receive notifications: event types of product 3 (June 2026).</remarks>
internal sealed class EventDetails(NoticeHeader header, JsonElement? details, Func<string, string> scrub)
{
    /// <summary>leaveCode: a signal ended the process. <b>Source:</b> as the class, recorder_leave.</summary>
    private const int Signal = 2;

    /// <summary>leaveCode: nobody was in the channel. <b>Source:</b> as the class, recorder_leave.</summary>
    private const int NoUsers = 4;

    private const int Unknown = -1;

    /// <summary>The notice, and files that are named beside it.</summary>
    public (AgoraNotice Notice, FilesNamed? Beside) Read(int eventType) =>
        eventType switch
        {
            1 => (Fault(), null),
            2 => (new Warned(header.Sid, header.Sequence, header.SentAt, Number("module") ?? Unknown, Number("warnCode") ?? 0), null),
            3 when Number("status") is { } status => (new StatusChanged(header.Sid, header.Sequence, header.SentAt, status), Beside()),
            4 => (Files(UploadStatus.Unknown), null),
            11 => (SessionExit(), null),
            12 => (new RecorderMoved(header.Sid, header.Sequence, header.SentAt, Json.Uid(Member("newUid"))), null),
            13 => (new RecorderMoved(header.Sid, header.Sequence, header.SentAt, null), null),
            30 => (Started(isRecorder: false), null),
            31 => (Files(UploadStatus.Uploaded), null),
            32 => (Files(UploadStatus.BackedUp), null),
            33 when Number("progress") is { } progress => (
                new UploadProgressed(header.Sid, header.Sequence, header.SentAt, Math.Clamp(progress, 0, 10_000)),
                null
            ),
            40 or 70 => (Started(isRecorder: true), null),
            41 => (RecorderLeave(), null),
            42 => (new SliceStarted(header.Sid, header.Sequence, header.SentAt, Json.Time(Member("startUtcMs")) ?? header.SentAt), null),
            43 or 44 when Json.Uid(Member("streamUid")) is { } uid && Number("state") is { } state => (
                new StreamChanged(header.Sid, header.Sequence, header.SentAt, uid, IsVideo: eventType == 44, IsReceived: state == 0),
                null
            ),
            45 when Text("fileName") is { } name => (
                new SnapshotTaken(header.Sid, header.Sequence, header.SentAt, FileLists.File(name).FileName),
                null
            ),
            71 => (WebPageStopped(), Beside()),
            _ => (new OtherNotice(header.Sid, header.Sequence, header.SentAt, eventType, Sentence(eventType)), Beside()),
        };

    private Faulted Fault() =>
        new(
            header.Sid,
            header.Sequence,
            header.SentAt,
            Number("module") ?? Unknown,
            Number("errorLevel") ?? 0,
            Number("errorCode") ?? 0,
            Quoted("errorMsg")
        );

    private RecorderStarted Started(bool isRecorder) =>
        new(header.Sid, header.Sequence, header.SentAt, isRecorder, Failed: Number("status") is not (null or 0));

    private RecorderLeft SessionExit() =>
        Number("exitStatus") switch
        {
            0 => Left(LeaveCause.Unknown, "The session ended normally, uploads included.") with { IsFinished = true },
            1 => Left(LeaveCause.Failed, "The session ended abnormally."),
            { } other => Left(LeaveCause.Unknown, $"The session ended with status {Invariant(other)}."),
            null => Left(LeaveCause.Unknown, "The session ended."),
        };

    private RecorderLeft RecorderLeave() =>
        Number("leaveCode") switch
        {
            null or < 0 => Left(LeaveCause.Unknown, "The recorder left the channel."),
            0 => Left(LeaveCause.Failed, "The recorder could not be initialised (leave code 0)."),
            var code and > 0 when (code & NoUsers) != 0 => Left(
                LeaveCause.Idle,
                $"The recorder left because nobody was in the channel (leave code {Invariant(code.Value)})."
            ),
            var code and > 0 when (code & Signal) != 0 => Left(
                LeaveCause.Failed,
                $"The recorder's process was ended by a signal (leave code {Invariant(code.Value)})."
            ),
            { } code => Left(LeaveCause.Unknown, $"The recorder left the channel (leave code {Invariant(code)})."),
        };

    private RecorderLeft WebPageStopped()
    {
        var (cause, detail) = Number("code") switch
        {
            0 => (LeaveCause.Orderly, "The web page recorder was stopped"),
            1 => (LeaveCause.Orderly, "The web page recorder reached its maximum duration"),
            2 => (LeaveCause.Failed, "The web page asks for more than the recorder can do"),
            3 => (LeaveCause.Failed, "The web page recorder could not be started"),
            4 => (LeaveCause.Failed, "The web page did not load in time"),
            5 => (LeaveCause.Failed, "The address of the web page could not be reached"),
            6 => (LeaveCause.Failed, "The web page recorder failed"),
            _ => (LeaveCause.Unknown, "The web page recorder stopped"),
        };
        return Left(cause, Quoted("message") is { } message ? $"{detail}: \"{message}\"." : $"{detail}.");
    }

    private RecorderLeft Left(LeaveCause cause, string detail) => new(header.Sid, header.Sequence, header.SentAt, cause, detail);

    private FilesNamed Files(UploadStatus upload) =>
        new(header.Sid, header.Sequence, header.SentAt, FileLists.Read(Member("fileList")), upload);

    /// <summary>Event 81 lists files by user.</summary>
    private FilesNamed? Beside()
    {
        var byUser = Member("uids") is { ValueKind: JsonValueKind.Array } users
            ? users.EnumerateArray().SelectMany(user => FileLists.Read(Json.Member(user, "fileList")))
            : [];
        List<AgoraFile> files = [.. FileLists.Read(Member("fileList")), .. byUser];
        return files.Count == 0 ? null : new FilesNamed(header.Sid, header.Sequence, header.SentAt, files, UploadStatus.Unknown);
    }

    /// <summary>Never the address of a CDN (100): it holds a stream key.</summary>
    private string Sentence(int eventType) =>
        eventType switch
        {
            60 => $"Upload to ApsaraVideo started{Value("video", Json.Text(Json.Member(Member("aliVodInfo"), "videoId")))}.",
            61 => "ApsaraVideo took the upload.",
            72 => $"The web page reached a limit of the recorder, which stops{Value("limit", Text("limitType"))}.",
            73 => $"The web page was loaded again{Value("reason", Text("reason"))}.",
            80 => "Postponed transcoding started.",
            81 => $"Postponed transcoding ended{Value("result", Text("result"))}.",
            90 => $"Files could not be fetched for transcoding{Value("files", Text("fileName"))}.",
            100 => $"Publishing to a CDN changed{Value("status", Text("status"))}.",
            1001 => $"Postponed transcoding is over{Value("result", Text("result"))}.",
            _ => $"Event {Invariant(eventType)}{Value("name", Text("msgName"))}.",
        };

    private string Value(string name, string? text) => text is null ? "" : $" ({name} {QuotedText.Shortened(scrub(text))})";

    private JsonElement? Member(string name) => Json.Member(details, name);

    private int? Number(string name) => Json.Integer(Member(name));

    private string? Text(string name) => Json.Text(Member(name));

    private string? Quoted(string name) => Text(name) is { } text ? QuotedText.Shortened(scrub(text)) : null;

    private static string Invariant(int number) => number.ToString(CultureInfo.InvariantCulture);
}
