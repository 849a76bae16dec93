namespace RecordingService.Domain.Recordings;

/// <summary>Why a recording is as it is, in plain words.</summary>
/// <param name="Code">Stable word for programs.</param>
/// <param name="Message">One sentence for people.</param>
/// <param name="Advice">What to do about it.</param>
public sealed record Reason(string Code, string Message, string Advice)
{
    /// <summary>Whether it tells of a call that did not get through, so that the next answer ends it.</summary>
    internal bool EndsWithAnswer => Code is "throttled" or "agora_unavailable" or "project_suspended";

    /// <summary>Whether it tells of files that did not come.</summary>
    internal bool TellsOfFiles => Code is "files_missing" or "files_partial";

    /// <summary>Code of <see cref="Internal"/>: it lasts until this service has worked on the recording.</summary>
    public const string InternalCode = "internal";

    /// <summary>Agora refuses the request itself.</summary>
    public static Reason RequestRefused(string detail) =>
        new("request_refused", detail, "Correct the room type or the channel and start again; repeating the same request cannot help.");

    /// <summary>The Agora project cannot record.</summary>
    public static Reason ProjectMisconfigured(string detail) =>
        new("project_misconfigured", detail, "Check App ID, enabled services, billing state and hosts of this project.");

    /// <summary>Agora refuses the project's credentials; accepted recordings wait.</summary>
    public static Reason ProjectSuspended(string detail) =>
        new(
            "project_suspended",
            detail,
            "Check customer key and secret of this project; recordings go on by themselves once Agora accepts them."
        );

    /// <summary>Agora asks for fewer requests or has no free recorder.</summary>
    public static Reason Throttled(string detail) =>
        new("throttled", detail, "Nothing to do: the call is repeated. If it lasts, ask Agora for a higher quota.");

    /// <summary>Agora does not answer or answers with server errors.</summary>
    public static Reason AgoraUnavailable(string detail) =>
        new("agora_unavailable", detail, "Nothing to do: the call is repeated. The state shown is the last one that was proven.");

    /// <summary>Agora accepted a start, and it is not known whether a recorder runs.</summary>
    public static Reason OutcomeUnknown(string detail) =>
        new("start_outcome_unknown", detail, "Nothing to do: the start is repeated, then another recorder takes over.");

    /// <summary>Agora does not find the recorder.</summary>
    public static Reason RecorderInDoubt(string detail) =>
        new("recorder_in_doubt", detail, "Nothing to do: the recorder is checked again and replaced if it stays away.");

    /// <summary>A recorder was lost, and another one is being started.</summary>
    public static Reason RecorderReplaced(string detail) =>
        new("recorder_replaced", detail, "Nothing to do: another recorder takes over. A gap of some seconds is possible.");

    /// <summary>No query proved in time that a recorder runs.</summary>
    public static Reason Unproven(string detail) =>
        new(
            "unproven",
            detail,
            "Look at the timeline for what Agora answered. A maximum duration below two minutes leaves no time for a second recorder."
        );

    /// <summary>Nobody published.</summary>
    public static Reason NobodyPublished(string detail) =>
        new("idle", detail, "If the class was on, check that its clients publish in this channel, and the longest break of the room type.");

    /// <summary>Files were expected and none came.</summary>
    public static Reason FilesMissing(string detail) =>
        new(
            "files_missing",
            detail,
            "Check bucket, region, keys and public address of the storage profile; the timeline tells what was looked for."
        );

    /// <summary>Some files never came.</summary>
    public static Reason FilesPartial(string detail) =>
        new(
            "files_partial",
            detail,
            "Play what is there. If it happens again, check that the bucket lies in the region of the Agora project."
        );

    /// <summary>This service fails at the recording, again and again.</summary>
    public static Reason Internal(int times) =>
        new(
            InternalCode,
            $"This service failed {times} times in a row to work on this recording; it goes on trying.",
            "Tell the operators: the log names the fault under this recording's id. A recorder that runs goes on recording meanwhile."
        );

    /// <summary>Nothing is started in the project at present.</summary>
    /// <param name="isPaused">Whether an operator paused it; otherwise its quota of recorders is used up.</param>
    public static Reason StartsHeld(bool isPaused) =>
        isPaused
            ? new(
                "starts_held",
                "An operator paused the project: nothing is started in it until it is resumed.",
                "Operators resume it with POST /v1/projects/NAME/resume; GET /v1/projects/NAME/actions tells who paused it and why."
            )
            : new(
                "starts_held",
                "Agora's quota of recorders is used up: nothing is started until one of them ends.",
                "If it lasts: end recordings that nobody needs, or ask Agora for a higher quota."
            );

    /// <summary>An operator ended the recording as lost.</summary>
    public static Reason ClosedByOperator(Closure closure) =>
        new(
            "closed_by_operator",
            $"Operator {closure.Operator} closed it as lost: {closure.Note}",
            "Nothing more comes of it. The files that were found are listed; start a new recording if the class goes on."
        );

    /// <summary>The recording ended with a recorder whose sid never became known.</summary>
    public static Reason OrphanPossible(string detail) =>
        new("orphan_possible", detail, "It leaves by itself once the channel is idle. Nothing can stop it earlier without its sid.");
}
