using System.ComponentModel.DataAnnotations;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Events;

/// <summary>A request to be sent events.</summary>
public sealed record CreateWebhookRequest
{
    /// <summary>Where events are sent: an https address of at most 2000 characters on the internet.</summary>
    [Required, MaxLength(2000)]
    public required string Url { get; init; }

    /// <summary>What it is for, up to 200 characters.</summary>
    [MaxLength(200)]
    public string? Description { get; init; }

    /// <summary>Types of events that are sent. Default, and when empty: all.</summary>
    public IReadOnlyList<EventType>? Types { get; init; }

    /// <summary>Projects whose events are sent. Default: all.</summary>
    public IReadOnlyList<string>? Projects { get; init; }
}

/// <summary>A change of a webhook. What is left out stays as it is.</summary>
public sealed record ChangeWebhookRequest
{
    /// <summary>Where events are sent: an https address of at most 2000 characters on the internet. What waits is sent there soon.</summary>
    [MaxLength(2000)]
    public string? Url { get; init; }

    /// <summary>What it is for, up to 200 characters; null for nothing.</summary>
    [MaxLength(200)]
    public string? Description { get; init; }

    /// <summary>Types of events that are sent; empty for all. Counts for what waits, too: what was left out before and lies behind an event that waits is sent, when it is wanted now.</summary>
    public IReadOnlyList<EventType>? Types { get; init; }

    /// <summary>Whether events are sent. Meanwhile they wait, and are sent when it is true again.</summary>
    public bool? Enabled { get; init; }
}

/// <summary>How a secret is changed.</summary>
public sealed record RotateSecretRequest
{
    /// <summary>How long the present secret signs beside the new one: PT0S to P7D. Default: PT24H.</summary>
    public TimeSpan? Overlap { get; init; }
}

/// <summary>What is to be sent again.</summary>
public sealed record ReplayRequest
{
    /// <summary>Cursor of an event of the feed, the stream or a webhook: everything after it is sent again.</summary>
    [Required]
    public required string After { get; init; }
}

/// <summary>The webhooks.</summary>
/// <param name="Items">All of them, newest first.</param>
public sealed record WebhookList(IReadOnlyList<WebhookResource> Items);

/// <summary>A receiver of events. All times are real time.</summary>
public record WebhookResource
{
    /// <summary>Identity.</summary>
    public required Guid Id { get; init; }

    /// <summary>Where events are sent.</summary>
    public required string Url { get; init; }

    /// <summary>What it is for.</summary>
    public required string? Description { get; init; }

    /// <summary>Types of events that are sent; empty for all.</summary>
    public required IReadOnlyList<EventType> Types { get; init; }

    /// <summary>Projects whose events are sent; null for all.</summary>
    public required IReadOnlyList<string>? Projects { get; init; }

    /// <summary>How it stands.</summary>
    public required WebhookState State { get; init; }

    /// <summary>Why it is disabled, or null.</summary>
    public required WebhookDisabledReason? DisabledReason { get; init; }

    /// <summary>Since when it is disabled, or null.</summary>
    public required DateTimeOffset? DisabledAt { get; init; }

    /// <summary>When the first attempt failed after which none succeeded, or null.</summary>
    public required DateTimeOffset? FailingSince { get; init; }

    /// <summary>Attempts that failed since the last one that succeeded.</summary>
    public required int ConsecutiveFailures { get; init; }

    /// <summary>When something was delivered last, to the second; or null.</summary>
    public required DateTimeOffset? LastSuccessAt { get; init; }

    /// <summary>When an attempt failed last, or null.</summary>
    public required DateTimeOffset? LastFailureAt { get; init; }

    /// <summary>Why it failed, or why nothing can be sent, as a sentence; or null.</summary>
    public required string? LastFailure { get; init; }

    /// <summary>Recordings of which an event is to be delivered.</summary>
    public required int Waiting { get; init; }

    /// <summary>Those among them whose next event was tried and not taken. One such recording does not hold up the others.</summary>
    public required int Retrying { get; init; }

    /// <summary>The secrets that sign now, newest first, without their values.</summary>
    public required IReadOnlyList<WebhookSecret> Secrets { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who made it.</summary>
    public required string CreatedBy { get; init; }
}

/// <summary>A webhook and the secret that was made for it, which is shown in this answer only.</summary>
public sealed record WebhookWithSecretResource : WebhookResource
{
    /// <summary>The secret: <c>whsec_</c> and base64, as libraries for Standard Webhooks take it.</summary>
    public required string Secret { get; init; }
}

/// <summary>What came back of a test.</summary>
/// <param name="EventId">Identity of the test event; sent as <c>webhook-id</c>.</param>
/// <param name="Delivered">Whether the receiver answered with 2xx.</param>
/// <param name="Status">HTTP status that came back; null when no answer came.</param>
/// <param name="DurationMs">How long it took, in milliseconds.</param>
/// <param name="Error">Why it does not count as delivered, as a sentence; null when it does.</param>
public sealed record WebhookTest(Guid EventId, bool Delivered, int? Status, int DurationMs, string? Error);

/// <summary>A page of the delivery log.</summary>
/// <param name="Items">Attempts, newest first.</param>
/// <param name="NextCursor">Pass it as <c>cursor</c> for the next page; null on the last one.</param>
public sealed record DeliveryPage(IReadOnlyList<DeliveryResource> Items, string? NextCursor);

/// <summary>An attempt to deliver an event.</summary>
/// <param name="EventId">Identity of the event; sent as <c>webhook-id</c>.</param>
/// <param name="Type">Its type.</param>
/// <param name="RecordingId">Its recording; null for a test.</param>
/// <param name="Sequence">Its number within the recording; null for a test.</param>
/// <param name="Attempt">Step of the ladder for the event, from 1. An attempt that was called forward has the step that it had to wait for, so a number may repeat.</param>
/// <param name="At">When it had ended.</param>
/// <param name="DurationMs">How long it took, in milliseconds.</param>
/// <param name="Outcome">delivered, failed (it is tried again), givenUp (it was the last attempt) or gone (410: the webhook is disabled, unless it was given another address meanwhile).</param>
/// <param name="Status">HTTP status that came back; null when no answer came.</param>
/// <param name="Error">Why it does not count as delivered, as a sentence; null when it does.</param>
/// <param name="NextAt">When the event is tried again at the latest; null when it is not, or not known.</param>
public sealed record DeliveryResource(
    Guid EventId,
    string Type,
    Guid? RecordingId,
    int? Sequence,
    int Attempt,
    DateTimeOffset At,
    int DurationMs,
    DeliveryOutcome Outcome,
    int? Status,
    string? Error,
    DateTimeOffset? NextAt
);

/// <summary>What a webhook is sent when somebody has it tested. It is about no recording and no event of the feed.</summary>
/// <param name="Id">Identity; sent as <c>webhook-id</c>.</param>
/// <param name="Type">webhook.test.</param>
/// <param name="Timestamp">When.</param>
/// <param name="Data">What it is about.</param>
public sealed record TestEventResource(Guid Id, string Type, DateTimeOffset Timestamp, TestEventDataResource Data);

/// <summary>What a test is about.</summary>
/// <param name="WebhookId">The webhook.</param>
public sealed record TestEventDataResource(Guid WebhookId);
