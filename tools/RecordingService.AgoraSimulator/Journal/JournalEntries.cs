using System.Text.Json.Nodes;

namespace RecordingService.Simulation;

/// <summary>One call, as the simulator saw it.</summary>
/// <param name="Number">Position in the journal, from 1, in the order in which calls ended.</param>
/// <param name="At">Recording time of its arrival.</param>
/// <param name="RealAt">Real time of its arrival.</param>
/// <param name="Took">How long it took, real time.</param>
/// <param name="Host">Index of the host it came to.</param>
/// <param name="Operation">What it asked for.</param>
/// <param name="AppId">App ID of its path.</param>
/// <param name="Channel">Channel name, empty when unknown.</param>
/// <param name="Uid">Recorder uid, empty when unknown.</param>
/// <param name="ResourceId">Resource id of its path, or the one that acquire gave out.</param>
/// <param name="Sid">Sid of its path, or the one that start gave out.</param>
/// <param name="Status">HTTP status that was sent, or would have been; null when the call never got that far.</param>
/// <param name="Code">Agora's code in the body, or null.</param>
/// <param name="Performed">Whether the operation was performed, be it with a refusal as its result.</param>
/// <param name="AnswerLost">Whether the answer did not reach the caller.</param>
/// <param name="Fault">Id of the fault that touched it, or null.</param>
public sealed record JournaledCall(
    long Number,
    DateTimeOffset At,
    DateTimeOffset RealAt,
    TimeSpan Took,
    int Host,
    AgoraOperation Operation,
    string AppId,
    string Channel,
    string Uid,
    string ResourceId,
    string Sid,
    int? Status,
    int? Code,
    bool Performed,
    bool AnswerLost,
    string? Fault
);

/// <summary>The life of one recorder up to the time of the look.</summary>
/// <param name="AppId">App ID.</param>
/// <param name="Channel">Channel name.</param>
/// <param name="Uid">Uid it was started with.</param>
/// <param name="CurrentUid">Uid it has in the channel; differs after a server move.</param>
/// <param name="ResourceId">Resource id.</param>
/// <param name="Sid">Sid.</param>
/// <param name="StartedAt">Recording time of its start.</param>
/// <param name="InChannel">When it was in the channel.</param>
/// <param name="Receiving">When it was in the channel and received a publisher.</param>
/// <param name="LeftAt">When it left for good, or null while it lives.</param>
/// <param name="Why">Why it left, or null.</param>
/// <param name="SidDelivered">Whether any answer that carried its sid reached its reader.</param>
public sealed record RecorderLife(
    string AppId,
    string Channel,
    string Uid,
    string CurrentUid,
    string ResourceId,
    string Sid,
    DateTimeOffset StartedAt,
    IReadOnlyList<Interval> InChannel,
    IReadOnlyList<Interval> Receiving,
    DateTimeOffset? LeftAt,
    RecorderEnd? Why,
    bool SidDelivered
)
{
    /// <summary>Gets its mode: mix, individual or web.</summary>
    public string Mode { get; init; } = "";

    /// <summary>Gets the layout that is in force, with every default; empty outside mix mode.</summary>
    public JsonObject Layout { get; init; } = [];

    /// <summary>Gets whose streams it subscribes to now.</summary>
    public RecorderSubscription Subscription { get; init; } = RecorderSubscription.Everything;

    /// <summary>Gets whether the recording of a page is paused.</summary>
    public bool OnHold { get; init; }

    /// <summary>Gets since when it has been in the channel, or null if it never was.</summary>
    public DateTimeOffset? InChannelSince => InChannel.Count > 0 ? InChannel[0].From : null;

    /// <summary>Gets how many seconds it received a publisher.</summary>
    public double SecondsReceived => Receiving.Sum(interval => interval.Length.TotalSeconds);
}
