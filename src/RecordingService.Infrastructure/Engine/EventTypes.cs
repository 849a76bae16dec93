using System.Text.Json.Serialization;
using RecordingService.Domain.Lifecycle;

namespace RecordingService.Infrastructure.Engine;

/// <summary>What happened to a recording. More may come: ignore what you do not know.</summary>
public enum EventType
{
    /// <summary>The recording is stored.</summary>
    [JsonStringEnumMemberName(EventTypes.Accepted)]
    Accepted,

    /// <summary>A recorder is being started, or is not proven yet.</summary>
    [JsonStringEnumMemberName(EventTypes.Starting)]
    Starting,

    /// <summary>A recorder is proven to run.</summary>
    [JsonStringEnumMemberName(EventTypes.Recording)]
    Recording,

    /// <summary>The recorder is in doubt or being replaced.</summary>
    [JsonStringEnumMemberName(EventTypes.Recovering)]
    Recovering,

    /// <summary>An end was ordered, and recorders are leaving.</summary>
    [JsonStringEnumMemberName(EventTypes.Stopping)]
    Stopping,

    /// <summary>No recorder runs any more; the files are being waited for.</summary>
    [JsonStringEnumMemberName(EventTypes.Uploading)]
    Uploading,

    /// <summary>Ended as meant, and the state of the files is final.</summary>
    [JsonStringEnumMemberName(EventTypes.Completed)]
    Completed,

    /// <summary>Ended by a fault that needs a person, or closed as lost by one.</summary>
    [JsonStringEnumMemberName(EventTypes.Failed)]
    Failed,

    /// <summary>Ended by request before anything was recorded.</summary>
    [JsonStringEnumMemberName(EventTypes.Aborted)]
    Aborted,

    /// <summary>The state of the files changed, and that of the recording did not.</summary>
    [JsonStringEnumMemberName(EventTypes.FilesChanged)]
    FilesChanged,

    /// <summary>The code of the reason came, changed or went, and the state of the recording did not change.</summary>
    [JsonStringEnumMemberName(EventTypes.ReasonChanged)]
    ReasonChanged,

    /// <summary>Agora told how much of an upload is done (its event 33).</summary>
    [JsonStringEnumMemberName(EventTypes.UploadProgressed)]
    UploadProgressed,

    /// <summary>Agora told that everything is uploaded (its event 31).</summary>
    [JsonStringEnumMemberName(EventTypes.Uploaded)]
    Uploaded,

    /// <summary>Agora told that files went to its backup and arrive later (its event 32).</summary>
    [JsonStringEnumMemberName(EventTypes.BackedUp)]
    BackedUp,
}

/// <summary>The names of <see cref="EventType"/>, which are never given another meaning.</summary>
public static class EventTypes
{
    /// <inheritdoc cref="EventType.Accepted"/>
    public const string Accepted = "recording.accepted";

    /// <inheritdoc cref="EventType.Starting"/>
    public const string Starting = "recording.starting";

    /// <inheritdoc cref="EventType.Recording"/>
    public const string Recording = "recording.recording";

    /// <inheritdoc cref="EventType.Recovering"/>
    public const string Recovering = "recording.recovering";

    /// <inheritdoc cref="EventType.Stopping"/>
    public const string Stopping = "recording.stopping";

    /// <inheritdoc cref="EventType.Uploading"/>
    public const string Uploading = "recording.uploading";

    /// <inheritdoc cref="EventType.Completed"/>
    public const string Completed = "recording.completed";

    /// <inheritdoc cref="EventType.Failed"/>
    public const string Failed = "recording.failed";

    /// <inheritdoc cref="EventType.Aborted"/>
    public const string Aborted = "recording.aborted";

    /// <inheritdoc cref="EventType.FilesChanged"/>
    public const string FilesChanged = "recording.files_changed";

    /// <inheritdoc cref="EventType.ReasonChanged"/>
    public const string ReasonChanged = "recording.reason_changed";

    /// <inheritdoc cref="EventType.UploadProgressed"/>
    public const string UploadProgressed = "recording.upload_progressed";

    /// <inheritdoc cref="EventType.Uploaded"/>
    public const string Uploaded = "recording.uploaded";

    /// <inheritdoc cref="EventType.BackedUp"/>
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
