using RecordingService.Domain.Recordings;

namespace RecordingService.Domain.Lifecycle;

/// <summary>What follows from an event: the next recording, the calls to make, and what to tell.</summary>
/// <param name="Recording">The next recording. Calls are already marked in flight in it: committing it commits the intent.</param>
/// <param name="Calls">Calls to make after the commit, at most one per run.</param>
/// <param name="Notes">What goes into the timeline.</param>
public sealed record Decision(Recording Recording, IReadOnlyList<Call> Calls, IReadOnlyList<Note> Notes);

/// <summary>A call to make for a run.</summary>
public sealed record Call(int Generation, int Stamp, RunOperation Operation);

/// <summary>One line of the timeline.</summary>
/// <param name="At">When, in recording time.</param>
/// <param name="Kind">What kind of line.</param>
/// <param name="Generation">The run, or null for the recording itself.</param>
/// <param name="Message">One plain sentence.</param>
/// <param name="Repeats">Whether an equal line directly before it may just be counted up.</param>
public sealed record Note(DateTimeOffset At, NoteKind Kind, int? Generation, string Message, bool Repeats = false);

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
