namespace RecordingService.Domain;

/// <summary>What Agora tells unasked about a recorder: doubled, late, out of order or not at all, so a hint and never a proof.</summary>
/// <param name="Sid">Sid of the recorder.</param>
/// <param name="Sequence">Number within the sid, from 0; a gap is a loss.</param>
/// <param name="SentAt">When it happened, by Agora's clock.</param>
/// <remarks><b>Source:</b> Agora, receive notifications: event types of product 3 (June 2026).</remarks>
public abstract record AgoraNotice(string Sid, long Sequence, DateTimeOffset SentAt);

/// <summary>Event 1: an error inside Agora's service.</summary>
/// <param name="Sid">Sid of the recorder.</param>
/// <param name="Sequence">Number within the sid.</param>
/// <param name="SentAt">When it happened.</param>
/// <param name="Module">0 recorder, 1 uploader, 2 cloud service, 6 web page.</param>
/// <param name="Level">1 debug to 5 fatal.</param>
/// <param name="Code">Agora's number.</param>
/// <param name="Message">Agora's text, free of secrets.</param>
public sealed record Faulted(string Sid, long Sequence, DateTimeOffset SentAt, int Module, int Level, int Code, string? Message)
    : AgoraNotice(Sid, Sequence, SentAt);

/// <summary>Event 2: a warning, such as an upload that is repeated (module 1: 31 to the bucket, 32 to the backup).</summary>
public sealed record Warned(string Sid, long Sequence, DateTimeOffset SentAt, int Module, int Code) : AgoraNotice(Sid, Sequence, SentAt);

/// <summary>Event 3: another status, in the numbers of query.</summary>
public sealed record StatusChanged(string Sid, long Sequence, DateTimeOffset SentAt, int Status) : AgoraNotice(Sid, Sequence, SentAt);

/// <summary>Events 4, 31, 32 and 71: names of files. 4 names the playlist when it is first uploaded.</summary>
public sealed record FilesNamed(string Sid, long Sequence, DateTimeOffset SentAt, IReadOnlyList<AgoraFile> Files, UploadStatus Upload)
    : AgoraNotice(Sid, Sequence, SentAt);

/// <summary>Event 33: progress of the upload.</summary>
/// <param name="Sid">Sid of the recorder.</param>
/// <param name="Sequence">Number within the sid.</param>
/// <param name="SentAt">When it was so.</param>
/// <param name="Progress">0 to 10,000; 10,000 after the recorder left means that everything is uploaded.</param>
public sealed record UploadProgressed(string Sid, long Sequence, DateTimeOffset SentAt, int Progress) : AgoraNotice(Sid, Sequence, SentAt);

/// <summary>Events 11, 41 and 71: the recorder left, or its session is over.</summary>
/// <param name="Sid">Sid of the recorder.</param>
/// <param name="Sequence">Number within the sid.</param>
/// <param name="SentAt">When it left.</param>
/// <param name="Cause">Why, as far as was told.</param>
/// <param name="Detail">What was told, in one sentence.</param>
/// <param name="IsFinished">Whether its session is over with all uploads done (11 with exitStatus 0).</param>
public sealed record RecorderLeft(
    string Sid,
    long Sequence,
    DateTimeOffset SentAt,
    LeaveCause Cause,
    string Detail,
    bool IsFinished = false
) : AgoraNotice(Sid, Sequence, SentAt);

/// <summary>Events 12 and 13: Agora moved the recorder to another server, or is ready to.</summary>
/// <param name="Sid">Sid of the recorder; it stays the same.</param>
/// <param name="Sequence">Number within the sid.</param>
/// <param name="SentAt">When it happened.</param>
/// <param name="NewUid">Uid after the move (12), or null when only the readiness is told (13).</param>
public sealed record RecorderMoved(string Sid, long Sequence, DateTimeOffset SentAt, uint? NewUid) : AgoraNotice(Sid, Sequence, SentAt);

/// <summary>Events 40, 70 and 30: a part of the recorder started.</summary>
/// <param name="Sid">Sid of the recorder.</param>
/// <param name="Sequence">Number within the sid.</param>
/// <param name="SentAt">When it started.</param>
/// <param name="IsRecorder">Whether it is the recorder itself (40, 70); otherwise the uploader (30).</param>
/// <param name="Failed">Whether a status other than 0 was told.</param>
public sealed record RecorderStarted(string Sid, long Sequence, DateTimeOffset SentAt, bool IsRecorder, bool Failed)
    : AgoraNotice(Sid, Sequence, SentAt);

/// <summary>Event 42: a slice began, so somebody publishes.</summary>
public sealed record SliceStarted(string Sid, long Sequence, DateTimeOffset SentAt, DateTimeOffset SliceAt)
    : AgoraNotice(Sid, Sequence, SentAt);

/// <summary>Events 43 and 44: sound or picture of a user is received, or no longer.</summary>
public sealed record StreamChanged(string Sid, long Sequence, DateTimeOffset SentAt, uint Uid, bool IsVideo, bool IsReceived)
    : AgoraNotice(Sid, Sequence, SentAt);

/// <summary>Event 45: a picture was taken.</summary>
public sealed record SnapshotTaken(string Sid, long Sequence, DateTimeOffset SentAt, string FileName) : AgoraNotice(Sid, Sequence, SentAt);

/// <summary>Everything else, known by name (60, 61, 72, 73, 80, 81, 90, 100, 1001) or not.</summary>
/// <param name="Sid">Sid of the recorder.</param>
/// <param name="Sequence">Number within the sid.</param>
/// <param name="SentAt">When it happened.</param>
/// <param name="EventType">Agora's number.</param>
/// <param name="Detail">What was told, in one sentence.</param>
public sealed record OtherNotice(string Sid, long Sequence, DateTimeOffset SentAt, int EventType, string Detail)
    : AgoraNotice(Sid, Sequence, SentAt);

/// <summary>Why a recorder left.</summary>
public enum LeaveCause
{
    /// <summary>Not told, or told as normal (11 with exitStatus 0; leaveCode 8 or 16).</summary>
    Unknown,

    /// <summary>Nobody was in the channel for maxIdleTime (leaveCode with bit 4).</summary>
    Idle,

    /// <summary>It ended orderly because it was stopped or its time was over.</summary>
    Orderly,

    /// <summary>It failed (leaveCode 0, signal without bit 4, exitStatus 1, web codes 2 to 6).</summary>
    Failed,
}
