namespace RecordingService.Client;

/// <summary>Something that happened to a recording: the same object in the feed, in the stream and in the body of a webhook.</summary>
/// <remarks>Events arrive at least once, those of one recording in the order of <see cref="Sequence"/>. Keep the <see cref="Id"/> to know a repeat.</remarks>
public sealed record RecordingEvent
{
    /// <summary>Identity of the event; the webhook-id of a webhook.</summary>
    public required Guid Id { get; init; }

    /// <summary>What happened: one of <see cref="RecordingEventTypes"/>. A newer service may have more; ignore those that you do not know.</summary>
    public required string Type { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>Number of the event among those of its recording, from 1 and without a gap; null where no recording is told of.</summary>
    public int? Sequence { get; init; }

    /// <summary>Place in the feed; read on behind it. Null where the event has none.</summary>
    public string? Cursor { get; init; }

    /// <summary>The recording as it was then, in short.</summary>
    public required RecordingEventData Data { get; init; }
}

/// <summary>A recording at the moment of an event. The members of <see cref="RecordingEventTypes.WebhookTest"/> are empty.</summary>
public sealed record RecordingEventData
{
    /// <summary>The recording.</summary>
    public Guid? RecordingId { get; init; }

    /// <summary>Agora project.</summary>
    public string? Project { get; init; }

    /// <summary>Channel.</summary>
    public string? Channel { get; init; }

    /// <summary>Label within the channel.</summary>
    public string? Label { get; init; }

    /// <summary>Your own id.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Room type.</summary>
    public string? RoomType { get; init; }

    /// <summary>How far it had come.</summary>
    public RecordingState? State { get; init; }

    /// <summary>State of its files.</summary>
    public FilesState? Files { get; init; }

    /// <summary>Why it was as it was; null while all is well.</summary>
    public RecordingEventReason? Reason { get; init; }

    /// <summary>Why it ends or ended.</summary>
    public EndReason? EndReason { get; init; }

    /// <summary>What Agora told of an upload; in the events of uploads only.</summary>
    public RecordingEventUpload? Upload { get; init; }

    /// <summary>Address of the recording, relative to the service.</summary>
    public string? Href { get; init; }
}

/// <summary>Why a recording was as it was; the recording itself has advice, too.</summary>
public sealed record RecordingEventReason
{
    /// <summary>Stable word for programs.</summary>
    public required string Code { get; init; }

    /// <summary>One sentence for people; a long one is cut.</summary>
    public required string Message { get; init; }
}

/// <summary>What Agora told of an upload.</summary>
public sealed record RecordingEventUpload
{
    /// <summary>Number of the recorder whose files they are, from 1.</summary>
    public int? Run { get; init; }

    /// <summary>Name of the playlist, without folders; null when it is not known.</summary>
    public string? PlaylistFileName { get; init; }

    /// <summary>Share that is uploaded, 0 to 1; in <see cref="RecordingEventTypes.UploadProgressed"/>.</summary>
    public double? Progress { get; init; }

    /// <summary>Names of the files, playlists first, as many as an event holds; in <see cref="RecordingEventTypes.Uploaded"/> and <see cref="RecordingEventTypes.BackedUp"/>.</summary>
    public IReadOnlyList<string>? FileNames { get; init; }

    /// <summary>How many files there are, those beyond <see cref="FileNames"/> included.</summary>
    public int? FileCount { get; init; }
}

/// <summary>A page of events, oldest first.</summary>
public sealed record EventPage
{
    /// <summary>The events; may be empty although more follow behind <see cref="Next"/>, when few of many match a filter.</summary>
    public required IReadOnlyList<RecordingEvent> Items { get; init; }

    /// <summary>Read on behind it; there is always one.</summary>
    public required string Next { get; init; }
}

/// <summary>Which events are wanted; each member that is set narrows them down.</summary>
public sealed record EventFilter
{
    /// <summary>Only these types, out of <see cref="RecordingEventTypes"/>.</summary>
    public IReadOnlyList<string>? Types { get; init; }

    /// <summary>Only this project.</summary>
    public string? Project { get; init; }

    /// <summary>Only this recording.</summary>
    public Guid? Recording { get; init; }
}

/// <summary>The types of events.</summary>
public static class RecordingEventTypes
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

    /// <summary>The reason came, changed or went, and the state of the recording did not change.</summary>
    public const string ReasonChanged = "recording.reason_changed";

    /// <summary>Agora told how much of an upload is done.</summary>
    public const string UploadProgressed = "recording.upload_progressed";

    /// <summary>Agora told that everything is uploaded.</summary>
    public const string Uploaded = "recording.uploaded";

    /// <summary>Agora told that files went to its backup and arrive later.</summary>
    public const string BackedUp = "recording.backed_up";

    /// <summary>A test of a webhook, which tells of no recording.</summary>
    public const string WebhookTest = "webhook.test";
}
