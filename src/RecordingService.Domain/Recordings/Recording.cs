using RecordingService.Domain.RoomTypes;

namespace RecordingService.Domain.Recordings;

/// <summary>One class, or a part of it, that a caller asked to record. Holds all of its runs; the public state is derived from them.</summary>
public sealed record Recording
{
    /// <summary>Identity for callers, UUIDv7.</summary>
    public required Guid Id { get; init; }

    /// <summary>Name of the Agora project.</summary>
    public required string Project { get; init; }

    /// <summary>Channel name (Agora's cname).</summary>
    public required string Channel { get; init; }

    /// <summary>Tells several recordings of one channel apart. <value>Default: main.</value></summary>
    public required string Label { get; init; }

    /// <summary>Name of the room type.</summary>
    public required string RoomType { get; init; }

    /// <summary>Version of the room type that <see cref="Policy"/> is the snapshot of.</summary>
    public required int RoomTypeVersion { get; init; }

    /// <summary>What the room type decided when the recording was accepted.</summary>
    public required RecordingPolicy Policy { get; init; }

    /// <summary>Name of the storage profile.</summary>
    public required string StorageProfile { get; init; }

    /// <summary>Encryption of the channel, or null for none.</summary>
    public ChannelEncryption? Encryption { get; init; }

    /// <summary>The page to record, in web page mode.</summary>
    public Uri? WebPage { get; init; }

    /// <summary>When it was accepted.</summary>
    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>What callers want now; theirs to change at any time.</summary>
    public required Wishes Wishes { get; init; }

    /// <summary>All runs, oldest first.</summary>
    public IReadOnlyList<Run> Runs { get; init; } = [];

    /// <summary>When a run was first proven to record.</summary>
    public DateTimeOffset? ConfirmedAt { get; init; }

    /// <summary>The order to end, once given. It is never taken back.</summary>
    public StopOrder? Stop { get; init; }

    /// <summary>That an operator closed it, or null. It is never taken back.</summary>
    public Closure? Closure { get; init; }

    /// <summary>When the last recorder had left.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it is as it is; null while all is well.</summary>
    public Reason? Reason { get; init; }

    /// <summary>State of the files of all runs together.</summary>
    public FilesState Files => FilesOf(Runs);

    /// <summary>Public state.</summary>
    public RecordingState State =>
        this switch
        {
            { EndedAt: not null, Stop.Reason: EndReason.Failed } or { EndedAt: not null, Closure: not null } => RecordingState.Failed,
            { EndedAt: not null, Files: FilesState.Pending } => RecordingState.Uploading,
            { EndedAt: not null, ConfirmedAt: null, Files: FilesState.Complete or FilesState.Partial } => RecordingState.Completed,
            { EndedAt: not null, ConfirmedAt: null } when Runs.Any(run => run.FilesShown) => RecordingState.Completed,
            { EndedAt: not null, ConfirmedAt: null, Stop.Reason: EndReason.MaxDuration } => RecordingState.Failed,
            { EndedAt: not null, ConfirmedAt: null, Stop.Reason: EndReason.Requested } => RecordingState.Aborted,
            { EndedAt: not null } => RecordingState.Completed,
            { Stop: not null } or { Wishes.StopRequestedAt: not null } => RecordingState.Stopping,
            _ when Runs.Any(run => run.Phase == RunPhase.Recording) => RecordingState.Recording,
            { ConfirmedAt: not null } => RecordingState.Recovering,
            _ when Runs is [{ Phase: RunPhase.Planned, Stamp: 0 }] => RecordingState.Accepted,
            _ => RecordingState.Starting,
        };

    /// <summary>Whether nothing records, and a recorder is to be started.</summary>
    public bool WaitsForARecorder =>
        Stop is null
        && Wishes.StopRequestedAt is null
        && EndedAt is null
        && Runs.Any(run => run.Phase is RunPhase.Planned or RunPhase.Acquired)
        && !Runs.Any(run => run.Phase is RunPhase.Proving or RunPhase.Recording);

    /// <summary>When the maximum duration is over, counted from the acceptance.</summary>
    public DateTimeOffset EndsAt => AcceptedAt + Wishes.MaxDuration;

    /// <summary>When something is due next; null when nothing is left to do, or when all that is left is a call in flight.</summary>
    public DateTimeOffset? DueAt
    {
        get
        {
            var due = Runs.Min(run => run.InFlight is null ? Earlier(run.DueAt, run.NextChange(Wishes)?.DueAt) : null);
            return Stop is null && (due is null || EndsAt < due) ? EndsAt : due;
        }
    }

    /// <summary>Makes a recording whose first run is due at once.</summary>
    public static Recording Accept(Recording recording) =>
        recording with
        {
            Runs =
            [
                new Run
                {
                    Generation = 1,
                    Phase = RunPhase.Planned,
                    DueAt = recording.AcceptedAt,
                },
            ],
        };

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other : one;

    private static FilesState FilesOf(IReadOnlyList<Run> runs)
    {
        var states = runs.Where(run => run.Phase != RunPhase.Orphaned)
            .Select(run => run.Files)
            .Where(state => state != FilesState.Empty)
            .Distinct()
            .ToList();
        return states switch
        {
            // Whether an orphan recorded anything is not known.
            [] => runs.Any(run => run.Phase == RunPhase.Orphaned) ? FilesState.NotVerified : FilesState.Empty,
            [var only] => only,
            _ when states.Contains(FilesState.Pending) => FilesState.Pending,
            _ when states.Contains(FilesState.Partial) => FilesState.Partial,
            // Beside a recorder whose files could not be proven, nothing is known to be missing.
            _ when states.Contains(FilesState.Complete) && states.Contains(FilesState.Missing) => FilesState.Partial,
            _ => FilesState.NotVerified,
        };
    }
}

/// <summary>What callers want of a live recording. The HTTP interface owns these; the state machine only reads them.</summary>
/// <param name="MaxDuration">Longest recording, from the acceptance.</param>
/// <param name="LongestBreak">Longest expected time without a publisher, or null for the room type's; runs started later use it.</param>
/// <param name="StopRequestedAt">When a caller asked to stop, or null.</param>
public sealed record Wishes(TimeSpan MaxDuration, TimeSpan? LongestBreak, DateTimeOffset? StopRequestedAt)
{
    /// <summary>Layout asked for while it lives, or null for the room type's.</summary>
    public Desired<MixLayout>? Layout { get; init; }

    /// <summary>Subscription asked for while it lives, or null for everybody's.</summary>
    public Desired<Subscription>? Subscription { get; init; }
}

/// <summary>A whole state that was asked for.</summary>
/// <param name="Version">Counts what was asked for, from 1.</param>
/// <param name="Value">The state.</param>
public sealed record Desired<T>(int Version, T Value);

/// <summary>That an operator closed a recording as lost.</summary>
/// <param name="At">When.</param>
/// <param name="Operator">Who.</param>
/// <param name="Note">Why.</param>
public sealed record Closure(DateTimeOffset At, string Operator, string Note);

/// <summary>The order to end a recording.</summary>
/// <param name="Reason">Why.</param>
/// <param name="At">The moment that it is dated to; for an idle exit the moment when the last recorder that had heard anybody was gone.</param>
public sealed record StopOrder(EndReason Reason, DateTimeOffset At);
