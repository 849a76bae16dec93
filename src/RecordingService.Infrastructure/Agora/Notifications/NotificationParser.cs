using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using RecordingService.Infrastructure.Agora.Wire;

namespace RecordingService.Infrastructure.Agora.Notifications;

/// <summary>Reads the envelope of a notification; <see cref="EventDetails"/> reads what is inside.</summary>
/// <remarks>
/// Only a body that is no JSON object, or names no event, cannot be read. Everything else may be missing, or text instead of a number: health checks
/// of the console are not documented, and members are added without notice. <b>Source:</b> Agora, receive notifications (June 2026).
/// </remarks>
internal static class NotificationParser
{
    private const int CloudRecording = 3;

    /// <summary>All that were seen have 32 characters.</summary>
    private const int LongestSid = 100;

    /// <summary>Sequence of a notice that has none.</summary>
    private const long NoSequence = -1;

    /// <summary>Reads a body.</summary>
    /// <param name="utf8">The body.</param>
    /// <param name="receivedAt">Stands in for times that are not told.</param>
    /// <param name="scrub">Removes secrets from text that Agora wrote.</param>
    /// <returns>The notification, or one sentence that says why there is none.</returns>
    public static (ParsedNotification? Notification, string? Problem) Read(
        ReadOnlyMemory<byte> utf8,
        DateTimeOffset receivedAt,
        Func<string, string> scrub
    )
    {
        try
        {
            using var document = JsonDocument.Parse(utf8);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return (null, "The body is no JSON object.");
            }

            return Json.Integer(Json.Member(document.RootElement, "eventType")) is { } eventType
                ? (Read(document.RootElement, eventType, utf8.Span, receivedAt, scrub), null)
                : (null, "The body names no eventType.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text with half a surrogate pair, or bytes that are no UTF-8, cannot become a string.
            return (null, "The body is no readable JSON.");
        }
    }

    private static ParsedNotification Read(
        JsonElement root,
        int eventType,
        ReadOnlySpan<byte> utf8,
        DateTimeOffset receivedAt,
        Func<string, string> scrub
    )
    {
        var payload = Json.Member(root, "payload");
        var product = Json.Integer(Json.Member(root, "productId")) ?? 0;
        // A sid goes into addresses and an index: text that is none names no recorder.
        var sid =
            Json.Text(Json.Member(payload, "sid")) is { Length: <= LongestSid } text
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
                ? text
                : null;
        var sequence = Json.Number(Json.Member(payload, "sequence"));
        var notifiedAt = Json.Time(Json.Member(root, "notifyMs")) ?? receivedAt;
        var header = new NoticeHeader(
            sid ?? "",
            sequence is { } number and >= 0 ? number : NoSequence,
            Json.Time(Json.Member(payload, "sendts")) ?? notifiedAt
        );
        var (notice, beside) =
            product == CloudRecording && sid is not null
                ? new EventDetails(header, Json.Member(payload, "details"), scrub).Read(eventType)
                : (null, null);
        return new ParsedNotification(
            Json.Text(Json.Member(root, "noticeId")) ?? MadeUpId(sid, sequence, eventType, utf8),
            product,
            eventType,
            Json.Text(Json.Member(payload, "cname")),
            Json.Uid(Json.Member(payload, "uid")),
            sid,
            notice,
            notifiedAt
        )
        {
            Beside = beside,
        };
    }

    private static string MadeUpId(string? sid, long? sequence, int eventType, ReadOnlySpan<byte> utf8) =>
        sid is not null && sequence is not null
            ? string.Create(CultureInfo.InvariantCulture, $"{sid}:{sequence}:{eventType}")
            : $"sha256:{Convert.ToHexStringLower(SHA256.HashData(utf8))}";
}

/// <summary>What every notice begins with.</summary>
internal readonly record struct NoticeHeader(string Sid, long Sequence, DateTimeOffset SentAt);
