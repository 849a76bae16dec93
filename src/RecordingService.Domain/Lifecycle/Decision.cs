using RecordingService.Domain.Recordings;

namespace RecordingService.Domain.Lifecycle;

/// <summary>What follows from an event: the next recording, the calls to make, and what to tell.</summary>
/// <param name="Recording">The next recording. Calls are already marked in flight in it: committing it commits the intent.</param>
/// <param name="Calls">Calls to make after the commit, at most one per run.</param>
/// <param name="Notes">What goes into the timeline.</param>
public sealed record Decision(Recording Recording, IReadOnlyList<Call> Calls, IReadOnlyList<Note> Notes)
{
    /// <summary>What callers are told beside the change of state, files and reason, which whoever writes the recording tells; oldest first.</summary>
    public IReadOnlyList<UploadNews> Uploads { get; init; } = [];
}

/// <summary>A call to make for a run.</summary>
public sealed record Call(int Generation, int Stamp, RunOperation Operation);

/// <summary>One line of the timeline.</summary>
/// <param name="At">When, in recording time.</param>
/// <param name="Kind">What kind of line.</param>
/// <param name="Generation">The run, or null for the recording itself.</param>
/// <param name="Message">One plain sentence.</param>
/// <param name="Repeats">Whether an equal line directly before it may just be counted up.</param>
public sealed record Note(DateTimeOffset At, NoteKind Kind, int? Generation, string Message, bool Repeats = false);

/// <summary>What Agora told of the upload of a run, for callers: what its native SDKs tell by callbacks.</summary>
/// <param name="Kind">What was told.</param>
/// <param name="Generation">The run.</param>
/// <param name="Progress">0 to 10,000, or null when it was not told.</param>
/// <param name="FileNames">Files that were named with it, in the order told.</param>
public sealed record UploadNews(UploadNewsKind Kind, int Generation, int? Progress, IReadOnlyList<string> FileNames);

/// <summary>What was told of an upload.</summary>
public enum UploadNewsKind
{
    /// <summary>So much of it is done (event 33).</summary>
    Progressed,

    /// <summary>Everything is in the bucket (event 31).</summary>
    Uploaded,

    /// <summary>Files went to Agora's backup and arrive later (event 32).</summary>
    BackedUp,
}

/// <summary>Kind of a timeline line.</summary>
public enum NoteKind
{
    /// <summary>A caller asked for something.</summary>
    Request,

    /// <summary>The public state changed; callers are told.</summary>
    State,

    /// <summary>A call is about to be made.</summary>
    Call,

    /// <summary>A call was answered, or was not.</summary>
    Answer,

    /// <summary>The machine decided something.</summary>
    Decision,

    /// <summary>Something that a person should look at.</summary>
    Alert,

    /// <summary>Agora told something unasked.</summary>
    Notice,
}
