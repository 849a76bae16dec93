using RecordingService.Domain;

namespace RecordingService.Infrastructure.Agora.Notifications;

/// <summary>A notification of Agora, read.</summary>
/// <param name="NoticeId">
/// Agora's id, the same for every delivery of one event. Where Agora sent none it is made of sid, sequence and event type; where these are
/// missing too, of a hash of the body.
/// </param>
/// <param name="ProductId">3 is Cloud Recording; 0 when not told.</param>
/// <param name="EventType">Agora's number of the event.</param>
/// <param name="Channel">Channel name (cname), or null when not told.</param>
/// <param name="RecorderUid">Uid of the recorder, or null when not told. After a move (event 12) it is another than the one that was started.</param>
/// <param name="Sid">Sid of the recorder, or null when not told.</param>
/// <param name="Notice">What it says of a recorder; null for other products, and for health checks and others that name no sid.</param>
/// <param name="NotifiedAt">Time of this delivery, by Agora's clock; the time of receipt when not told.</param>
public sealed record ParsedNotification(
    string NoticeId,
    int ProductId,
    int EventType,
    string? Channel,
    uint? RecorderUid,
    string? Sid,
    AgoraNotice? Notice,
    DateTimeOffset NotifiedAt
)
{
    /// <summary>Files that are named beside <see cref="Notice"/>, as 3, 71, 81 and 1001 do; null when there are none, or the notice itself names them.</summary>
    public FilesNamed? Beside { get; init; }
}

/// <summary>What came of reading a notification.</summary>
public abstract record NotificationReading
{
    private NotificationReading() { }

    /// <summary>Genuine and read.</summary>
    /// <param name="Notification">What it says.</param>
    /// <param name="Project">Configured name of the project whose secret signed it. Projects that share a secret cannot be told apart: the first by name is given.</param>
    /// <param name="Body">The body as it came, without the secrets of this service.</param>
    public sealed record Accepted(ParsedNotification Notification, string Project, string Body) : NotificationReading;

    /// <summary>The signature is missing, or none of the secrets made it.</summary>
    public sealed record Forged : NotificationReading;

    /// <summary>Genuine, but no notification.</summary>
    /// <param name="Reason">One sentence for people; holds nothing of the body.</param>
    public sealed record Unreadable(string Reason) : NotificationReading;

    /// <summary>The project that was named is not configured.</summary>
    public sealed record UnknownProject : NotificationReading;

    /// <summary>Neither the project that was named, nor any when none was named, has a secret.</summary>
    public sealed record NoSecret : NotificationReading;
}
