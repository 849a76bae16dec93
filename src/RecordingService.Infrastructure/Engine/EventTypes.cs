using RecordingService.Domain.Lifecycle;

namespace RecordingService.Infrastructure.Engine;

/// <summary>What callers are told of. Names are never given another meaning.</summary>
public static class EventTypes
{
    /// <summary>The recording is stored.</summary>
    public const string Accepted = "recording.accepted";

    /// <summary>A recorder is being started, or is not proven yet.</summary>
    public const string Starting = "recording.starting";

    /// <summary>A recorder is proven to run.</summary>
    public const string Recording = "recording.recording";

    /// <summary>The recorder is in doubt or being replaced.</summary>
    public const string Recovering = "recording.recovering";

    /// <summary>An end was ordered, and recorders are leaving.</summary>
    public const string Stopping = "recording.stopping";

    /// <summary>No recorder runs any more; the files are being waited for.</summary>
    public const string Uploading = "recording.uploading";

    /// <summary>Ended as meant, and the state of the files is final.</summary>
    public const string Completed = "recording.completed";

    /// <summary>Ended by a fault that needs a person, or closed as lost by one.</summary>
    public const string Failed = "recording.failed";

    /// <summary>Ended by request before anything was recorded.</summary>
    public const string Aborted = "recording.aborted";

    /// <summary>The state of the files changed, and the state of the recording did not.</summary>
    public const string FilesChanged = "recording.files_changed";

    /// <summary>The code of the reason came, changed or went, and the state of the recording did not change.</summary>
    public const string ReasonChanged = "recording.reason_changed";

    /// <summary>Agora told how much of an upload is done (its event 33).</summary>
    public const string UploadProgressed = "recording.upload_progressed";

    /// <summary>Agora told that everything is uploaded (its event 31).</summary>
    public const string Uploaded = "recording.uploaded";

    /// <summary>Agora told that files went to its backup and arrive later (its event 32).</summary>
    public const string BackedUp = "recording.backed_up";

    /// <summary>All that the feed tells, in the order of a recording's life.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Accepted,
        Starting,
        Recording,
        Recovering,
        Stopping,
        Uploading,
        Completed,
        Failed,
        Aborted,
        FilesChanged,
        ReasonChanged,
        UploadProgressed,
        Uploaded,
        BackedUp,
    ];

    internal static string Of(UploadNewsKind kind) =>
        kind switch
        {
            UploadNewsKind.Progressed => UploadProgressed,
            UploadNewsKind.Uploaded => Uploaded,
            UploadNewsKind.BackedUp => BackedUp,
        };
}
