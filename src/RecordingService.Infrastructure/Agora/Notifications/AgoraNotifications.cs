using System.Text;
using RecordingService.Domain;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Infrastructure.Agora.Notifications;

/// <summary>Checks and reads what Agora tells unasked.</summary>
/// <remarks>Safe for concurrent use. Nothing that anybody sends makes it throw.</remarks>
public sealed class AgoraNotifications
{
    private readonly AgoraProjects _projects;
    private readonly RecordingNow _now;
    private readonly IEnumerable<StorageProfile> _buckets;

    internal AgoraNotifications(AgoraProjects projects, IEnumerable<StorageProfile> buckets, RecordingNow now)
    {
        _projects = projects;
        _now = now;
        _buckets = buckets;
    }

    /// <summary>Checks the signature, then reads the body.</summary>
    /// <param name="project">Configured name of the project, without regard to case; null tries the secrets of all, because a body carries no App ID.</param>
    /// <param name="body">The raw body.</param>
    /// <param name="signatureV2">Header Agora-Signature-V2, or null.</param>
    /// <param name="signatureV1">Header Agora-Signature, or null; counts only without V2.</param>
    public NotificationReading Read(string? project, ReadOnlyMemory<byte> body, string? signatureV2, string? signatureV1)
    {
        List<AgoraProject> candidates =
            project is null ? [.. _projects.All]
            : _projects.Find(project) is { } named ? [named]
            : [];
        if (candidates.Count == 0)
        {
            return new NotificationReading.UnknownProject();
        }

        if (candidates.TrueForAll(candidate => candidate.NotificationSecrets.Count == 0))
        {
            return new NotificationReading.NoSecret();
        }

        var genuine = candidates.FindAll(candidate =>
            NotificationSignature.IsGenuine(candidate.NotificationSecrets, body.Span, signatureV2, signatureV1)
        );
        if (genuine.Count == 0)
        {
            return new NotificationReading.Forged();
        }

        var signer = genuine[0];
        var scrub = ScrubberOf(signer);
        var (notification, problem) = NotificationParser.Read(body, Now, scrub);
        return notification is null
            ? new NotificationReading.Unreadable(problem!)
            : new NotificationReading.Accepted(notification, signer.Name, scrub(Encoding.UTF8.GetString(body.Span)));
    }

    /// <summary>Reads a body again that was accepted before; nothing, when it says nothing of a recorder.</summary>
    internal IEnumerable<AgoraNotice> Reread(string project, string body)
    {
        var scrub = _projects.Find(project) is { } named ? ScrubberOf(named) : text => text;
        var notification = NotificationParser.Read(Encoding.UTF8.GetBytes(body), Now, scrub).Notification;
        return new AgoraNotice?[] { notification?.Notice, notification?.Beside }.OfType<AgoraNotice>();
    }

    /// <summary>Stands in for times that a notification does not tell; never the clock of this machine, which may be wrong.</summary>
    private DateTimeOffset Now => _now() ?? DateTimeOffset.UnixEpoch;

    private Func<string, string> ScrubberOf(AgoraProject project)
    {
        var keys = new SecretScrubber(
            _buckets
                .Select(bucket => bucket.Keys())
                .SelectMany(keys => new[] { keys.AccessKey, keys.SecretKey, keys.StsToken }.OfType<string>())
        );
        return text => keys.Scrub(project.Scrubber.Scrub(text));
    }
}
