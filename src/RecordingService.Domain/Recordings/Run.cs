using RecordingService.Domain.RoomTypes;

namespace RecordingService.Domain.Recordings;

/// <summary>One Agora recording task inside a recording. Recorders die and are replaced, so a recording has 1..n runs.</summary>
public sealed record Run
{
    /// <summary>Playlists of some hundred users; slices are named by the playlists.</summary>
    private const int MostNamed = 2000;

    /// <summary>Number of the run within its recording, from 1. Odd generations use the primary half of the recorder uids, even ones the backup half.</summary>
    public required int Generation { get; init; }

    /// <summary>How far its life has come.</summary>
    public required RunPhase Phase { get; init; }

    /// <summary>When the next step of this run is due; null while a call is in flight or when nothing is left to do.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>The call that was committed as an intent and has no outcome yet.</summary>
    public RunOperation? InFlight { get; init; }

    /// <summary>Number of the last call of this run; an outcome that carries another number is late.</summary>
    public int Stamp { get; init; }

    /// <summary>Whether an operator waits for an answer about this run.</summary>
    public bool RecheckIsOpen { get; init; }

    /// <summary>When the last answer came that an operator waited for, or when it was found that nobody can be asked.</summary>
    public DateTimeOffset? RecheckedAt { get; init; }

    /// <summary>Uid of the recorder, drawn when the first acquire is prepared and never used again in this channel.</summary>
    public uint? RecorderUid { get; init; }

    /// <summary>What the start request is rebuilt from; fixed together with the uid.</summary>
    public StartParameters? Parameters { get; init; }

    /// <summary>Resource id of the last acquire.</summary>
    public string? ResourceId { get; init; }

    /// <summary>When the resource id was answered; it is good for 5 minutes.</summary>
    public DateTimeOffset? AcquiredAt { get; init; }

    /// <summary>Agora's handle of the running recorder.</summary>
    public string? Sid { get; init; }

    /// <summary>When the sid was learned.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When a query first proved that the recorder runs (status 4 or 5).</summary>
    public DateTimeOffset? ProvenAt { get; init; }

    /// <summary>When a query last proved that the recorder runs.</summary>
    public DateTimeOffset? LastProofAt { get; init; }

    /// <summary>Whether Agora ever told of a recorded file: somebody published.</summary>
    public bool SawMedia { get; init; }

    /// <summary>Whether the stop was answered with "nothing recorded" (206/435) although media had been told of.</summary>
    public bool ToldEmpty { get; init; }

    /// <summary>When a query first told of a recorded file, or null.</summary>
    public DateTimeOffset? FileToldAt { get; init; }

    /// <summary>Whether a look into the bucket ever found a file of this run, so that its address is right.</summary>
    public bool FilesShown { get; init; }

    /// <summary>Whether a start was sent that may have worked although no answer told its sid.</summary>
    public bool MayRun { get; init; }

    /// <summary>Failed tries in a row within the present ladder.</summary>
    public int Tries { get; init; }

    /// <summary>Answers "not found" in a row.</summary>
    public int Doubts { get; init; }

    /// <summary>Answers in a row that refuse a stop for a reason of their own.</summary>
    public int Refusals { get; init; }

    /// <summary>When the present doubt began: the first "not found" of the row.</summary>
    public DateTimeOffset? DoubtSince { get; init; }

    /// <summary>Version of the layout that the recorder was given.</summary>
    public int LayoutVersion { get; init; }

    /// <summary>Version of the subscription that the recorder was given.</summary>
    public int SubscriptionVersion { get; init; }

    /// <summary>When the recorder was last given the credentials of its storage; null as long as it has those of its start.</summary>
    public DateTimeOffset? StorageRenewedAt { get; init; }

    /// <summary>Changes whose last try did not get through, at most one for each operation.</summary>
    public IReadOnlyList<PutOffChange> PutOffChanges { get; init; } = [];

    /// <summary>The changes that Agora refused last, at most one for each operation.</summary>
    public IReadOnlyList<RefusedChange> RefusedChanges { get; init; } = [];

    /// <summary>What Agora has told unasked, and what is made of it.</summary>
    public Evidence Evidence { get; init; } = Evidence.None;

    /// <summary>When a notice last brought a question forward.</summary>
    public DateTimeOffset? HintedAt { get; init; }

    /// <summary>Generation that is to take over from this one by an operator's order, or null.</summary>
    public int? ReplacedBy { get; init; }

    /// <summary>When the run ended or was given up.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it ended.</summary>
    public RunEnd? End { get; init; }

    /// <summary>State of its files.</summary>
    public FilesState Files { get; init; }

    /// <summary>Files that Agora's answers and notices have named, in the order in which they became known.</summary>
    public IReadOnlyList<AgoraFile> Named { get; init; } = [];

    /// <summary>Address of its playlist: by rule as soon as the sid is known, or as found.</summary>
    public Uri? Playlist { get; init; }

    /// <summary>What is named with more files: after a move to another server an answer names those of the last server only.</summary>
    internal IReadOnlyList<AgoraFile> NamedWith(IReadOnlyList<AgoraFile> files) =>
        files.Count == 0 ? Named : [.. Named.UnionBy(files, file => file.FileName).Take(MostNamed)];

    /// <summary>The change of a running recorder that is due next, and when; null when it has what is wanted.</summary>
    public (RunOperation Operation, DateTimeOffset DueAt)? NextChange(Wishes wishes)
    {
        if (Phase is not (RunPhase.Proving or RunPhase.Recording) || InFlight is not null || Parameters is not { } parameters)
        {
            return null;
        }

        List<(RunOperation Operation, DateTimeOffset DueAt)> wanted = [];
        if (parameters.StorageRenewal is { } interval && (StorageRenewedAt ?? StartedAt) is { } since)
        {
            wanted.Add((RunOperation.RenewStorage, NotBefore(RunOperation.RenewStorage, since + interval)));
        }

        if (parameters.Mode == RecordingMode.Mix && IsOutdated(LayoutVersion, wishes.Layout?.Version, RunOperation.UpdateLayout))
        {
            wanted.Add((RunOperation.UpdateLayout, NotBefore(RunOperation.UpdateLayout, StartedAt ?? DateTimeOffset.MinValue)));
        }

        if (
            parameters.Mode is RecordingMode.Mix or RecordingMode.Individual
            && IsOutdated(SubscriptionVersion, wishes.Subscription?.Version, RunOperation.UpdateSubscription)
        )
        {
            wanted.Add((RunOperation.UpdateSubscription, NotBefore(RunOperation.UpdateSubscription, StartedAt ?? DateTimeOffset.MinValue)));
        }

        return wanted is [] ? null : wanted.MinBy(change => change.DueAt);
    }

    /// <summary>The change that was put off, or null.</summary>
    internal PutOffChange? PutOff(RunOperation operation) => PutOffChanges.FirstOrDefault(change => change.Operation == operation);

    private DateTimeOffset NotBefore(RunOperation operation, DateTimeOffset due) =>
        PutOff(operation)?.Until is { } until && until > due ? until : due;

    private bool IsOutdated(int applied, int? desired, RunOperation operation) =>
        desired > applied && RefusedChanges.All(refused => refused.Operation != operation || refused.Version != desired);

    /// <summary>How many times Agora moved the recorder before it received anything, as its notices prove and no query denies: so many servers wrote no file.</summary>
    public int MovesInSilence => Evidence.MovesInSilence.Count(move => !(FileToldAt <= move.At));

    /// <summary>Whether this run is the one that is to carry the recording: on its way, running, or in doubt.</summary>
    public bool Carries =>
        Phase
            is RunPhase.Planned
                or RunPhase.Acquired
                or RunPhase.OutcomeUnknown
                or RunPhase.SidUnknown
                or RunPhase.Proving
                or RunPhase.Recording
                or RunPhase.Doubtful;

    /// <summary>Whether a recorder of this run may be in the channel, as far as is known.</summary>
    public bool MayBeInChannel =>
        MayRun
        || Phase
            is RunPhase.SidUnknown
                or RunPhase.Proving
                or RunPhase.Recording
                or RunPhase.Doubtful
                or RunPhase.Replaced
                or RunPhase.Stopping;

    /// <summary>Whether the recording need not wait for this run any more before it has ended.</summary>
    public bool HasEnded => Phase is RunPhase.Uploading or RunPhase.Orphaned or RunPhase.Closed;
}

/// <summary>A change that is tried again.</summary>
/// <param name="Operation">What is to be changed.</param>
/// <param name="Until">It is not tried before.</param>
/// <param name="Tries">Tries in a row that did not get through.</param>
public sealed record PutOffChange(RunOperation Operation, DateTimeOffset Until, int Tries);

/// <summary>A change that Agora refused.</summary>
/// <param name="Operation">What was to be changed.</param>
/// <param name="Version">Version that was refused.</param>
/// <param name="Message">Why.</param>
public sealed record RefusedChange(RunOperation Operation, int Version, string Message);

/// <summary>How far the life of a run has come.</summary>
public enum RunPhase
{
    /// <summary>A resource is to be acquired.</summary>
    Planned,

    /// <summary>A resource is acquired and to be started.</summary>
    Acquired,

    /// <summary>A start was sent and nothing tells whether it worked; the same start is repeated.</summary>
    OutcomeUnknown,

    /// <summary>Agora says that it runs already, without telling the sid (201/7).</summary>
    SidUnknown,

    /// <summary>The sid is known; queries are to prove that it records.</summary>
    Proving,

    /// <summary>Proven to record; queries watch it.</summary>
    Recording,

    /// <summary>Agora does not find it; checked again before it is given up.</summary>
    Doubtful,

    /// <summary>Given up and replaced; its sid is still watched, because a server move of Agora answers "not found" for up to 90 s.</summary>
    Replaced,

    /// <summary>It is being asked to leave.</summary>
    Stopping,

    /// <summary>Ended; its files are being looked for.</summary>
    Uploading,

    /// <summary>Given up without ever having had a sid; a recorder may be in the channel until the channel is idle.</summary>
    Orphaned,

    /// <summary>Nothing is left to do.</summary>
    Closed,
}

/// <summary>Why a run ended.</summary>
public enum RunEnd
{
    /// <summary>It was asked to leave because the recording ends.</summary>
    Stopped,

    /// <summary>It was asked to leave because another run carries the recording.</summary>
    Surplus,

    /// <summary>It left a channel without publishers.</summary>
    Idle,

    /// <summary>It left or died, as Agora told.</summary>
    Died,

    /// <summary>Agora no longer finds it.</summary>
    Lost,

    /// <summary>It was not proven within 90 s of its sid.</summary>
    NeverProven,

    /// <summary>Agora refused it.</summary>
    Refused,

    /// <summary>Its uid was taken.</summary>
    Conflict,

    /// <summary>Its start was never answered with a sid.</summary>
    OutcomeUnknown,

    /// <summary>It was given up before a start was sent.</summary>
    NeverStarted,
}

/// <summary>The calls that a run makes.</summary>
public enum RunOperation
{
    /// <summary>Agora's acquire.</summary>
    Acquire,

    /// <summary>Agora's start.</summary>
    Start,

    /// <summary>Agora's query.</summary>
    Query,

    /// <summary>Agora's stop.</summary>
    Stop,

    /// <summary>Looking into the bucket; costs no request to Agora.</summary>
    InspectFiles,

    /// <summary>Agora's updateLayout.</summary>
    UpdateLayout,

    /// <summary>Agora's update, with another subscription.</summary>
    UpdateSubscription,

    /// <summary>Agora's update, with new credentials of the storage.</summary>
    RenewStorage,

    /// <summary>Reading the sid from the names of files in the bucket; costs no request to Agora.</summary>
    FindSid,
}
