using RecordingService.Domain.Recordings;

namespace RecordingService.Domain.Lifecycle;

/// <summary>Something that happened. Carries its data and its time: the machine reads no clock.</summary>
/// <param name="At">When it happened, in recording time.</param>
public abstract record LifecycleEvent(DateTimeOffset At);

/// <summary>The recording is looked at because something is due or callers' wishes changed.</summary>
public sealed record Woken(DateTimeOffset At) : LifecycleEvent(At);

/// <summary>The replica that held the recording vanished; calls that were in flight have no outcome.</summary>
public sealed record HolderVanished(DateTimeOffset At) : LifecycleEvent(At);

/// <summary>An operator did something to the recording.</summary>
/// <param name="At">When it was taken in.</param>
/// <param name="Action">What was done.</param>
/// <param name="Operator">Who did it.</param>
/// <param name="Note">Why.</param>
public sealed record OperatorActed(DateTimeOffset At, OperatorAction Action, string Operator, string Note) : LifecycleEvent(At);

/// <summary>Something that happened to one run.</summary>
/// <param name="At">When it happened, in recording time.</param>
/// <param name="Generation">The run.</param>
public abstract record RunEvent(DateTimeOffset At, int Generation) : LifecycleEvent(At);

/// <summary>The next step of the run is due.</summary>
public sealed record StepDue(DateTimeOffset At, int Generation) : RunEvent(At, Generation);

/// <summary>The run is to end.</summary>
/// <param name="At">When it was ordered.</param>
/// <param name="Generation">The run.</param>
/// <param name="Surplus">Whether another run carries the recording on; false when the recording ends.</param>
public sealed record LeaveOrdered(DateTimeOffset At, int Generation, bool Surplus) : RunEvent(At, Generation);

/// <summary>An operator wants to know now how the run is.</summary>
public sealed record RecheckOrdered(DateTimeOffset At, int Generation) : RunEvent(At, Generation);

/// <summary>An operator wants another recorder to take over.</summary>
public sealed record ReplaceOrdered(DateTimeOffset At, int Generation) : RunEvent(At, Generation);

/// <summary>An operator closed the recording: nothing more is expected of the run.</summary>
public sealed record CloseOrdered(DateTimeOffset At, int Generation) : RunEvent(At, Generation);

/// <summary>A call that was in flight has no outcome, because its holder vanished.</summary>
public sealed record OutcomeLost(DateTimeOffset At, int Generation) : RunEvent(At, Generation);

/// <summary>A call was not made, because the project cannot send it yet: its request budget is spent for now, or its starts are held.</summary>
/// <param name="At">When it was refused.</param>
/// <param name="Generation">The run.</param>
/// <param name="Operation">The call.</param>
/// <param name="Wait">Estimated wait.</param>
public sealed record CallDeferred(DateTimeOffset At, int Generation, RunOperation Operation, TimeSpan Wait) : RunEvent(At, Generation);

/// <summary>A change of the running recorder is due.</summary>
/// <param name="At">When it is due.</param>
/// <param name="Generation">The run.</param>
/// <param name="Operation">The change.</param>
public sealed record ChangeDue(DateTimeOffset At, int Generation, RunOperation Operation) : RunEvent(At, Generation);

/// <summary>Agora told something unasked.</summary>
/// <param name="At">When it was taken in.</param>
/// <param name="Generation">The run.</param>
/// <param name="Notice">What was told.</param>
public sealed record NoticeReceived(DateTimeOffset At, int Generation, AgoraNotice Notice) : RunEvent(At, Generation);

/// <summary>Outcome of a call.</summary>
/// <param name="At">When the answer was there.</param>
/// <param name="Generation">The run.</param>
/// <param name="Stamp">Number of the call; another than the run's present one is late.</param>
public abstract record Outcome(DateTimeOffset At, int Generation, int Stamp) : RunEvent(At, Generation);

/// <summary>Outcome of acquire.</summary>
public sealed record AcquireAnswered(DateTimeOffset At, int Generation, int Stamp, AgoraResult<AcquiredResource> Result)
    : Outcome(At, Generation, Stamp);

/// <summary>Outcome of start.</summary>
/// <param name="At">When the answer was there.</param>
/// <param name="Generation">The run.</param>
/// <param name="Stamp">Number of the call.</param>
/// <param name="ResourceId">The resource that was started.</param>
/// <param name="Result">The answer.</param>
public sealed record StartAnswered(DateTimeOffset At, int Generation, int Stamp, string ResourceId, AgoraResult<StartedRecorder> Result)
    : Outcome(At, Generation, Stamp);

/// <summary>Outcome of query.</summary>
public sealed record QueryAnswered(DateTimeOffset At, int Generation, int Stamp, AgoraResult<RecorderStatus> Result)
    : Outcome(At, Generation, Stamp);

/// <summary>Outcome of stop.</summary>
public sealed record StopAnswered(DateTimeOffset At, int Generation, int Stamp, AgoraResult<StoppedRecorder> Result)
    : Outcome(At, Generation, Stamp);

/// <summary>Outcome of a look into the bucket.</summary>
public sealed record FilesInspected(DateTimeOffset At, int Generation, int Stamp, FilesInspection Inspection)
    : Outcome(At, Generation, Stamp);

/// <summary>Outcome of a change of a running recorder.</summary>
/// <param name="At">When the answer was there.</param>
/// <param name="Generation">The run.</param>
/// <param name="Stamp">Number of the call.</param>
/// <param name="Operation">The change.</param>
/// <param name="Version">Version of the layout or subscription that was sent; 0 for credentials.</param>
/// <param name="Result">The answer.</param>
public sealed record ChangeAnswered(
    DateTimeOffset At,
    int Generation,
    int Stamp,
    RunOperation Operation,
    int Version,
    AgoraResult<UpdatedRecorder> Result
) : Outcome(At, Generation, Stamp);

/// <summary>Outcome of a search for the sid in the bucket.</summary>
public sealed record SidSearched(DateTimeOffset At, int Generation, int Stamp, SidSearch Search) : Outcome(At, Generation, Stamp);

/// <summary>The sid of a run became known outside its turn.</summary>
/// <param name="At">When it was learned.</param>
/// <param name="Generation">The run.</param>
/// <param name="Sid">The sid.</param>
/// <param name="ResourceId">The resource that was started.</param>
/// <param name="From">Who told it.</param>
public sealed record SidLearned(DateTimeOffset At, int Generation, string Sid, string ResourceId, SidSource From = SidSource.LateAnswer)
    : RunEvent(At, Generation);

/// <summary>Who told the sid of a run.</summary>
public enum SidSource
{
    /// <summary>An answer to a start, after its turn.</summary>
    LateAnswer,

    /// <summary>A notification of Agora.</summary>
    Notification,

    /// <summary>The name of a file in the bucket.</summary>
    File,
}

/// <summary>The kinds of run events, for the catalogue.</summary>
internal enum RunEventKind
{
    /// <summary><see cref="Lifecycle.StepDue"/>.</summary>
    StepDue,

    /// <summary><see cref="Lifecycle.LeaveOrdered"/>.</summary>
    LeaveOrdered,

    /// <summary><see cref="Lifecycle.OutcomeLost"/>.</summary>
    OutcomeLost,

    /// <summary><see cref="Lifecycle.CallDeferred"/>.</summary>
    CallDeferred,

    /// <summary><see cref="Lifecycle.SidLearned"/>.</summary>
    SidLearned,

    /// <summary><see cref="Lifecycle.AcquireAnswered"/>.</summary>
    AcquireAnswered,

    /// <summary><see cref="Lifecycle.StartAnswered"/>.</summary>
    StartAnswered,

    /// <summary><see cref="Lifecycle.QueryAnswered"/>.</summary>
    QueryAnswered,

    /// <summary><see cref="Lifecycle.StopAnswered"/>.</summary>
    StopAnswered,

    /// <summary><see cref="Lifecycle.FilesInspected"/>.</summary>
    FilesInspected,

    /// <summary><see cref="Lifecycle.ChangeDue"/>.</summary>
    ChangeDue,

    /// <summary><see cref="Lifecycle.ChangeAnswered"/>.</summary>
    ChangeAnswered,

    /// <summary><see cref="Lifecycle.SidSearched"/>.</summary>
    SidSearched,

    /// <summary><see cref="Lifecycle.NoticeReceived"/>.</summary>
    NoticeReceived,

    /// <summary><see cref="Lifecycle.RecheckOrdered"/>.</summary>
    RecheckOrdered,

    /// <summary><see cref="Lifecycle.ReplaceOrdered"/>.</summary>
    ReplaceOrdered,

    /// <summary><see cref="Lifecycle.CloseOrdered"/>.</summary>
    CloseOrdered,
}
