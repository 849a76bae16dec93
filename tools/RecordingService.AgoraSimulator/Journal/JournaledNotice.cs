namespace RecordingService.Simulation;

/// <summary>One attempt to deliver a notification.</summary>
/// <param name="Number">Position in the journal, from 1, in the order in which attempts ended.</param>
/// <param name="At">Recording time of its end.</param>
/// <param name="NoticeId">Id of the event, the same in each attempt.</param>
/// <param name="AppId">App ID.</param>
/// <param name="Channel">Channel name.</param>
/// <param name="Uid">Recorder uid of the payload; a random one after a server move.</param>
/// <param name="Sid">Sid.</param>
/// <param name="EventType">Number of the event.</param>
/// <param name="Sequence">Position among the events of its sid, from 0.</param>
/// <param name="Attempt">Number of the attempt, from 1; 0 for an event that was lost.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Status">HTTP status of the answer, or null.</param>
/// <param name="Forged">Whether the signatures were wrong on purpose.</param>
/// <param name="Body">The body, byte for byte as it was sent.</param>
public sealed record JournaledNotice(
    long Number,
    DateTimeOffset At,
    string NoticeId,
    string AppId,
    string Channel,
    string Uid,
    string Sid,
    int EventType,
    int Sequence,
    int Attempt,
    NoticeOutcome Outcome,
    int? Status,
    bool Forged,
    string Body
);

/// <summary>What came of an attempt to deliver a notification.</summary>
public enum NoticeOutcome
{
    /// <summary>The receiver answered 200 with JSON.</summary>
    Delivered,

    /// <summary>The receiver answered something else.</summary>
    Refused,

    /// <summary>No answer in time, or no connection.</summary>
    Unanswered,

    /// <summary>Never sent, by <see cref="NotificationOptions.LossRate"/>.</summary>
    Lost,
}
