using System.Text.Json.Nodes;

namespace RecordingService.Simulation;

/// <summary>Which calls a fault touches; what is null matches everything.</summary>
public sealed record FaultMatch
{
    /// <summary>Gets the operation.</summary>
    public AgoraOperation? Operation { get; init; }

    /// <summary>Gets the App ID.</summary>
    public string? AppId { get; init; }

    /// <summary>Gets the channel name.</summary>
    public string? Channel { get; init; }

    /// <summary>Gets the recorder uid.</summary>
    public string? Uid { get; init; }

    /// <summary>Gets the index of the host.</summary>
    public int? Host { get; init; }

    /// <summary>Gets how many matching calls pass unharmed first.</summary>
    public int Skip { get; init; }

    /// <summary>Gets how many calls it touches at most; null for all.</summary>
    public int? Times { get; init; }

    /// <summary>Gets the share of the remaining matching calls that it touches, drawn from the seed.</summary>
    public double Probability { get; init; } = 1;
}

/// <summary>What goes wrong with a call. The members combine; without any of them a fault does nothing.</summary>
/// <remarks>Order: delay, hold, kill or move (query and stop), perform, kill or move (start), delay, hold, answer or cut. Of several faults that match, the oldest acts.</remarks>
public sealed record Fault
{
    /// <summary>Gets which calls it touches.</summary>
    public FaultMatch Match { get; init; } = new();

    /// <summary>Gets whether the operation is performed.</summary>
    public bool Perform { get; init; } = true;

    /// <summary>Gets how long the call waits before it is performed, recording time.</summary>
    public TimeSpan DelayBefore { get; init; }

    /// <summary>Gets how long the answer waits, recording time.</summary>
    public TimeSpan DelayAfter { get; init; }

    /// <summary>Gets where the call stops until the fault is lifted; null for nowhere. <see cref="ActiveFault.Held"/> tells that it came there.</summary>
    /// <remarks>A call whose caller goes away while it is held before it is performed is never performed.</remarks>
    public FaultHold? Hold { get; init; }

    /// <summary>Gets the HTTP status that is answered instead of the true one.</summary>
    public int? Status { get; init; }

    /// <summary>Gets the body that goes with <see cref="Status"/>; null for <c>{}</c>.</summary>
    /// <remarks>The texts <c>{cname}</c>, <c>{uid}</c>, <c>{resourceId}</c> and <c>{sid}</c> stand for those of the call.</remarks>
    public JsonNode? Body { get; init; }

    /// <summary>Gets whether the connection is cut instead of an answer.</summary>
    public bool Cut { get; init; }

    /// <summary>Gets the seconds in <c>Retry-After</c> of an answer with <see cref="Status"/>; null for no such header.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>Gets whether the call is never answered, until the caller gives up.</summary>
    public bool Silent { get; init; }

    /// <summary>Gets what the checks after a start's answer find: a rejection of token, storage or transcoding; null for the truth.</summary>
    public RecorderEnd? Reject { get; init; }

    /// <summary>Gets the name of the scenario that it was made from, or null.</summary>
    public string? Scenario { get; init; }

    /// <summary>Gets whether the recorder of the call dies.</summary>
    public bool KillRecorder { get; init; }

    /// <summary>Gets for how long the recorder of the call is away while it moves to another server; null for no move.</summary>
    public TimeSpan? MoveServer { get; init; }

    /// <summary>Answers an error of the service without performing the call.</summary>
    public static Fault Refuse(FaultMatch match, int status, int code, string reason = "injected") =>
        new()
        {
            Match = match,
            Perform = false,
            Status = status,
            Body = AgoraAnswer.Error(status, code, reason).Body,
        };

    /// <summary>Performs the call and answers an error of the service.</summary>
    public static Fault Misreport(FaultMatch match, int status, int code, string reason = "injected") =>
        Refuse(match, status, code, reason) with
        {
            Perform = true,
        };

    /// <summary>Performs the call and cuts the connection instead of answering.</summary>
    public static Fault LoseAnswer(FaultMatch match) => new() { Match = match, Cut = true };

    /// <summary>Cuts the connection without performing the call.</summary>
    public static Fault LoseCall(FaultMatch match) =>
        new()
        {
            Match = match,
            Perform = false,
            Cut = true,
        };

    /// <summary>Performs the call after a while.</summary>
    public static Fault Delay(FaultMatch match, TimeSpan delay) => new() { Match = match, DelayBefore = delay };
}

/// <summary>Where a call is held.</summary>
public enum FaultHold
{
    /// <summary>It has come in and nothing is done.</summary>
    BeforePerforming,

    /// <summary>All is done and nothing is answered.</summary>
    BeforeAnswering,
}

/// <summary>A fault that is in force.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Fault">The fault.</param>
/// <param name="Matched">How many calls have matched.</param>
/// <param name="Fired">How many calls it has touched.</param>
/// <param name="Held">How many calls it holds now.</param>
public sealed record ActiveFault(string Id, Fault Fault, int Matched, int Fired, int Held = 0);
