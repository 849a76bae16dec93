namespace RecordingService.Infrastructure.Engine;

/// <summary>What became of an attempt to deliver an event.</summary>
public enum DeliveryOutcome
{
    /// <summary>The receiver answered with 2xx.</summary>
    Delivered,

    /// <summary>Anything else; it is tried again.</summary>
    Failed,

    /// <summary>It was the last attempt for the event; the recording's next event is sent.</summary>
    GivenUp,

    /// <summary>The receiver answered 410: the webhook is disabled, unless it was given another address meanwhile, and the event waits.</summary>
    Gone,
}

/// <summary>How a webhook stands.</summary>
public enum WebhookState
{
    /// <summary>It takes what it is sent.</summary>
    Active,

    /// <summary>It did not take what it was sent last; that is tried again.</summary>
    Failing,

    /// <summary>It is sent nothing. What happens meanwhile waits.</summary>
    Disabled,
}

/// <summary>Why a webhook is sent nothing.</summary>
public enum WebhookDisabledReason
{
    /// <summary>Somebody asked for it.</summary>
    Requested,

    /// <summary>The receiver answered 410.</summary>
    Gone,
}

/// <summary>A receiver of events. All times are real time.</summary>
public sealed record Webhook
{
    /// <summary>Identity.</summary>
    public required Guid Id { get; init; }

    /// <summary>Address.</summary>
    public required string Url { get; init; }

    /// <summary>What it is for, or null.</summary>
    public required string? Description { get; init; }

    /// <summary>Types of events that it is sent; empty for all.</summary>
    public required IReadOnlyList<string> Types { get; init; }

    /// <summary>Projects whose events it is sent; null for all.</summary>
    public required IReadOnlyList<string>? Projects { get; init; }

    /// <summary>Why it is sent nothing, or null when it is sent events.</summary>
    public required WebhookDisabledReason? DisabledReason { get; init; }

    /// <summary>Since when it is sent nothing, or null.</summary>
    public required DateTimeOffset? DisabledAt { get; init; }

    /// <summary>Since when no attempt succeeded, or null when the last one did.</summary>
    public required DateTimeOffset? FailingSince { get; init; }

    /// <summary>Attempts that failed since the last one that succeeded.</summary>
    public required int ConsecutiveFailures { get; init; }

    /// <summary>When an event was delivered last, or null.</summary>
    public required DateTimeOffset? LastSuccessAt { get; init; }

    /// <summary>When an attempt failed last, or null.</summary>
    public required DateTimeOffset? LastFailureAt { get; init; }

    /// <summary>Why it failed, or why nothing can be sent; or null.</summary>
    public required string? LastFailure { get; init; }

    /// <summary>Recordings of which an event is to be delivered.</summary>
    public required int Waiting { get; init; }

    /// <summary>Those among them whose next event was tried without success.</summary>
    public required int Retrying { get; init; }

    /// <summary>Secrets that sign, newest first.</summary>
    public required IReadOnlyList<WebhookSecret> Secrets { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who made it.</summary>
    public required string CreatedBy { get; init; }
}

/// <summary>A secret of a webhook, without the secret.</summary>
/// <param name="CreatedAt">Since when it signs.</param>
/// <param name="ExpiresAt">When it stops signing; null for the newest.</param>
public sealed record WebhookSecret(DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt);

/// <summary>A change of a webhook; null leaves a member as it is.</summary>
public sealed record WebhookChange
{
    /// <summary>Address.</summary>
    public string? Url { get; init; }

    /// <summary>Whether the description is changed.</summary>
    public bool SetsDescription { get; init; }

    /// <summary>What it is for; null for nothing.</summary>
    public string? Description { get; init; }

    /// <summary>Types of events that it is sent; empty for all.</summary>
    public IReadOnlyList<string>? Types { get; init; }

    /// <summary>Whether it is sent events.</summary>
    public bool? Enabled { get; init; }
}

/// <summary>An attempt to deliver an event.</summary>
/// <param name="Number">Place in the log; grows.</param>
/// <param name="EventId">The event; sent as <c>webhook-id</c>.</param>
/// <param name="Type">Its type.</param>
/// <param name="RecordingId">Its recording; null for a test.</param>
/// <param name="Sequence">Its number within the recording; null for a test.</param>
/// <param name="Attempt">Step of the ladder for the event, from 1; an attempt that was called forward has the step that it had to wait for.</param>
/// <param name="At">When it had ended.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Status">HTTP status that came back; null when no answer came.</param>
/// <param name="Error">Why it does not count as delivered; null when it does.</param>
/// <param name="NextAt">When the event is tried again at the latest; null when it is not.</param>
public sealed record WebhookDelivery(
    long Number,
    Guid EventId,
    string Type,
    Guid? RecordingId,
    int? Sequence,
    int Attempt,
    DateTimeOffset At,
    TimeSpan Duration,
    DeliveryOutcome Outcome,
    int? Status,
    string? Error,
    DateTimeOffset? NextAt
);
