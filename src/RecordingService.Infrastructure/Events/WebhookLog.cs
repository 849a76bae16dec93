using Microsoft.Extensions.Logging;

namespace RecordingService.Infrastructure.Events;

/// <summary>Log messages about webhooks, ids 5100 to 5199. Never a secret, a signature or a body.</summary>
internal static partial class WebhookLog
{
    [LoggerMessage(
        5101,
        LogLevel.Warning,
        "Webhook {WebhookId} ({Host}) fails: {Failures} attempts in a row, the last one for event {EventId}: {Error}"
    )]
    public static partial void Failing(this ILogger log, Guid webhookId, string host, int failures, Guid eventId, string error);

    [LoggerMessage(5102, LogLevel.Information, "Webhook {WebhookId} ({Host}) answers again after {Failures} failed attempts")]
    public static partial void Recovered(this ILogger log, Guid webhookId, string host, int failures);

    [LoggerMessage(
        5103,
        LogLevel.Error,
        "Alert: webhook {WebhookId} ({Host}) has been failing since {Since:O}, and events of {Waiting} recordings wait for it: {Error}"
    )]
    public static partial void StillFailing(
        this ILogger log,
        Guid webhookId,
        string host,
        DateTimeOffset since,
        long waiting,
        string? error
    );

    [LoggerMessage(
        5104,
        LogLevel.Error,
        "Alert: webhook {WebhookId} ({Host}) answered 410 and is disabled; what waits for it is kept until it is enabled or deleted"
    )]
    public static partial void Gone(this ILogger log, Guid webhookId, string host);

    [LoggerMessage(
        5105,
        LogLevel.Error,
        "Alert: event {EventId} ({Type}) of recording {RecordingId} is given up for webhook {WebhookId} ({Host}) at step {Attempts} of its ladder: {Error}"
    )]
    public static partial void GivenUp(
        this ILogger log,
        Guid eventId,
        string type,
        Guid recordingId,
        Guid webhookId,
        string host,
        int attempts,
        string error
    );

    [LoggerMessage(
        5106,
        LogLevel.Error,
        "Alert: webhook {WebhookId} ({Host}) is sent nothing, because its secret cannot be read: {Problem}"
    )]
    public static partial void SecretUnreadable(this ILogger log, Guid webhookId, string host, string problem);

    [LoggerMessage(5107, LogLevel.Error, "The loop that sends webhooks failed, and goes on in a second")]
    public static partial void LoopFailed(this ILogger log, Exception exception);

    [LoggerMessage(
        5108,
        LogLevel.Warning,
        "What came of an attempt for webhook {WebhookId} could not be kept; the event is sent again when the lease ends ({Error})"
    )]
    public static partial void NotSettled(this ILogger log, Exception exception, Guid webhookId, string error);

    [LoggerMessage(
        5109,
        LogLevel.Warning,
        "Webhook {WebhookId}: the lane of recording {RecordingId} was lost to another replica while its event was being sent"
    )]
    public static partial void LaneLost(this ILogger log, Guid webhookId, Guid recordingId);

    [LoggerMessage(5110, LogLevel.Information, "{Count} webhook secrets were encrypted anew with the key {Key}")]
    public static partial void Resealed(this ILogger log, int count, string key);
}
