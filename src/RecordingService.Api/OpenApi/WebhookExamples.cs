using System.Text.Json.Nodes;
using RecordingService.Api.Events;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.OpenApi;

/// <summary>The webhook that the OpenAPI document shows.</summary>
internal static class WebhookExamples
{
    /// <summary>Stands where no webhook exists yet.</summary>
    public static readonly Guid WebhookId = Guid.Parse("019900b7-e300-7b52-8f4d-3a9c5d2e7f60");

    private static readonly Guid EventId = Guid.Parse("019900b7-f970-7d05-b1c6-4e8f2a7d9c31");

    private static readonly WebhookResource Webhook = new()
    {
        Id = WebhookId,
        Url = "https://school.example.org/hooks/recordings",
        Description = "publishes lessons",
        Types = [EventType.Completed, EventType.Failed],
        Projects = null,
        State = WebhookState.Active,
        DisabledReason = null,
        DisabledAt = null,
        FailingSince = null,
        ConsecutiveFailures = 0,
        LastSuccessAt = Examples.Start.AddMinutes(46),
        LastFailureAt = null,
        LastFailure = null,
        Waiting = 0,
        Retrying = 0,
        Secrets = [new(Examples.Start.AddDays(-1), null)],
        CreatedAt = Examples.Start.AddDays(-1),
        CreatedBy = "anonymous",
    };

    private static WebhookWithSecretResource WithSecret(bool isRotated) =>
        new()
        {
            Id = Webhook.Id,
            Url = Webhook.Url,
            Description = Webhook.Description,
            Types = Webhook.Types,
            Projects = Webhook.Projects,
            State = Webhook.State,
            DisabledReason = Webhook.DisabledReason,
            DisabledAt = Webhook.DisabledAt,
            FailingSince = Webhook.FailingSince,
            ConsecutiveFailures = Webhook.ConsecutiveFailures,
            LastSuccessAt = isRotated ? Webhook.LastSuccessAt : null,
            LastFailureAt = Webhook.LastFailureAt,
            LastFailure = Webhook.LastFailure,
            Waiting = Webhook.Waiting,
            Retrying = Webhook.Retrying,
            Secrets = isRotated
                ? [new(Examples.Start.AddHours(2), null), new(Examples.Start.AddDays(-1), Examples.Start.AddHours(26))]
                : Webhook.Secrets,
            CreatedAt = Webhook.CreatedAt,
            CreatedBy = Webhook.CreatedBy,
            Secret = "whsec_ZXhhbXBsZSBvZiBhIHNlY3JldCBvZiAzMiBieXRlcyE=",
        };

    public static JsonNode? Request(string? operationId) =>
        operationId switch
        {
            "createWebhook" => new JsonObject
            {
                ["url"] = Webhook.Url,
                ["description"] = Webhook.Description,
                ["types"] = new JsonArray("recording.completed", "recording.failed"),
            },
            "changeWebhook" => new JsonObject { ["types"] = new JsonArray("recording.completed", "recording.failed") },
            "rotateWebhookSecret" => new JsonObject { ["overlap"] = "PT24H" },
            "replayWebhook" => new JsonObject { ["after"] = EventCursor.Write(0) },
            _ => null,
        };

    public static object? Response(string? operationId) =>
        operationId switch
        {
            "createWebhook" => WithSecret(isRotated: false),
            "rotateWebhookSecret" => WithSecret(isRotated: true),
            "listWebhooks" => new WebhookList([Webhook]),
            "getWebhook" or "changeWebhook" => Webhook,
            "replayWebhook" => Webhook with { Waiting = 12 },
            "testWebhook" => new WebhookTest(EventId, true, 204, 87, null),
            "listDeliveries" => new DeliveryPage(
                [
                    new(
                        EventId,
                        "recording.completed",
                        Examples.RecordingId,
                        6,
                        2,
                        Examples.Start.AddMinutes(46),
                        87,
                        DeliveryOutcome.Delivered,
                        204,
                        null,
                        null
                    ),
                    new(
                        EventId,
                        "recording.completed",
                        Examples.RecordingId,
                        6,
                        1,
                        Examples.Start.AddMinutes(46).AddSeconds(-5),
                        140,
                        DeliveryOutcome.Failed,
                        503,
                        "It answered 503.",
                        Examples.Start.AddMinutes(46)
                    ),
                ],
                null
            ),
            _ => null,
        };
}
