using System.Text.Json;
using Microsoft.Extensions.Logging;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Infrastructure.Events;

/// <summary>What came back of a test.</summary>
/// <param name="EventId">Its event; sent as <c>webhook-id</c>.</param>
/// <param name="Delivered">Whether the receiver answered with 2xx.</param>
/// <param name="Status">HTTP status that came back; null when no answer came.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="Error">Why it does not count as delivered; null when it does.</param>
public sealed record WebhookTestResult(Guid EventId, bool Delivered, int? Status, TimeSpan Duration, string? Error);

/// <summary>Sends a webhook an event that tells of nothing, at once and once, so that whoever sets it up sees whether it works.</summary>
public sealed class WebhookProbe
{
    /// <summary>Type of the event.</summary>
    public const string EventType = "webhook.test";

    private readonly Webhooks webhooks;
    private readonly WebhookLanes lanes;
    private readonly ForwardCalls forward;
    private readonly WebhookSender sender;
    private readonly WebhookSecrets secrets;
    private readonly RecordingClock clock;
    private readonly ILogger<WebhookProbe> log;

    internal WebhookProbe(
        Webhooks webhooks,
        WebhookLanes lanes,
        ForwardCalls forward,
        WebhookSender sender,
        WebhookSecrets secrets,
        RecordingClock clock,
        ILogger<WebhookProbe> log
    ) =>
        (this.webhooks, this.lanes, this.forward, this.sender, this.secrets, this.clock, this.log) = (
            webhooks,
            lanes,
            forward,
            sender,
            secrets,
            clock,
            log
        );

    /// <summary>Sends it, also to a webhook that is disabled.</summary>
    /// <param name="id">The webhook.</param>
    /// <param name="allowed">Projects that the caller may see; null for all.</param>
    /// <param name="actor">Who wants it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What came back; null when there is no such webhook.</returns>
    public async Task<WebhookTestResult?> SendAsync(
        Guid id,
        IReadOnlyList<string>? allowed,
        Actor actor,
        CancellationToken cancellationToken
    )
    {
        if (await webhooks.TestAsync(id, allowed, actor, cancellationToken) is not { } webhook)
        {
            return null;
        }

        var now = clock.RealNow;
        var eventId = Guid.CreateVersion7(now);
        var target = new Uri(webhook.Url);
        var signing = (await secrets.ReadAsync([id], cancellationToken))[id];
        if (signing.Problem is { } problem)
        {
            log.SecretUnreadable(id, target.Host, problem);
            return new(eventId, false, null, TimeSpan.Zero, WebhookSecrets.Sentence(problem));
        }

        var answer = await sender.SendAsync(target, $"{eventId}", Body(eventId, id, now), signing.Secrets, cancellationToken);
        var outcome = answer.IsDelivered ? DeliveryOutcome.Delivered : DeliveryOutcome.Failed;
        if (answer.IsDelivered)
        {
            await forward.CallAsync(id, clock.RealNow, cancellationToken);
        }

        var standing = await lanes.KeepAsync(id, new(eventId, EventType, null, 1, outcome, answer), clock.RealNow, cancellationToken);
        if (answer.IsDelivered && standing.WasFailing >= WebhookLanes.FailuresThatCount)
        {
            log.Recovered(id, target.Host, standing.WasFailing);
        }

        return new(eventId, answer.IsDelivered, answer.Status, answer.Duration, answer.Error);
    }

    private static byte[] Body(Guid eventId, Guid webhook, DateTimeOffset at)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("id", eventId);
            json.WriteString("type", EventType);
            json.WriteString("timestamp", at.UtcDateTime);
            json.WriteStartObject("data");
            json.WriteString("webhookId", webhook);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return body.ToArray();
    }
}
