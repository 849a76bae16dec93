using System.Text.Json.Serialization;
using RecordingService.Domain.Recordings;

namespace RecordingService.Api.Events;

// What an event looks like, for the OpenAPI document: the feed writes each of them once, and all readers share that. A test compares the two.

/// <summary>Events in their order.</summary>
/// <param name="Items">The events; may be empty.</param>
/// <param name="Next">Pass it as after to read on: whatever happens later comes behind it. Always there, also when there are no items.</param>
public sealed record EventList(IReadOnlyList<EventResource> Items, string Next);

/// <summary>Something that happened to a recording. The same object in the feed, in the stream and in webhooks.</summary>
public sealed record EventResource
{
    /// <summary>Identity. An event may be delivered more than once, always with the same id.</summary>
    public required Guid Id { get; init; }

    /// <summary>What happened.</summary>
    public required EventType Type { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>Number within the recording, from 1 without a gap.</summary>
    public required int Sequence { get; init; }

    /// <summary>Place in the feed: pass it as after to read on behind this event.</summary>
    public required string Cursor { get; init; }

    /// <summary>The recording as it was then.</summary>
    public required EventDataResource Data { get; init; }
}

/// <summary>A recording as it was when something happened to it.</summary>
public sealed record EventDataResource
{
    /// <summary>Identity of the recording.</summary>
    public required Guid RecordingId { get; init; }

    /// <summary>Name of the Agora project.</summary>
    public required string Project { get; init; }

    /// <summary>Channel of the class.</summary>
    public required string Channel { get; init; }

    /// <summary>Tells several recordings of one channel apart.</summary>
    public required string Label { get; init; }

    /// <summary>Your own id, if you gave one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ExternalId { get; init; }

    /// <summary>Name of the room type.</summary>
    public required string RoomType { get; init; }

    /// <summary>State after it.</summary>
    public required RecordingState State { get; init; }

    /// <summary>State of the files after it.</summary>
    public required FilesState Files { get; init; }

    /// <summary>Why it is so; null while all is well.</summary>
    public required EventReasonResource? Reason { get; init; }

    /// <summary>Why the recording ends or ended, once an end was asked for or ordered.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public EndReason? EndReason { get; init; }

    /// <summary>What Agora told of an upload, in events that tell of one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public EventUploadResource? Upload { get; init; }

    /// <summary>Address of the recording, relative to this service.</summary>
    public required string Href { get; init; }
}

/// <summary>Why a recording is as it is.</summary>
/// <param name="Code">Stable word for programs.</param>
/// <param name="Message">One sentence for people; a long one is cut.</param>
public sealed record EventReasonResource(string Code, string Message);

/// <summary>What Agora told of the upload of a recorder's files.</summary>
public sealed record EventUploadResource
{
    /// <summary>Generation of the recorder, as in the runs of the recording.</summary>
    public required int Run { get; init; }

    /// <summary>Name of the playlist, as it was told or else by rule; null when neither is known.</summary>
    public required string? PlaylistFileName { get; init; }

    /// <summary>Share that is uploaded, 0 to 1 (upload_progressed).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Progress { get; init; }

    /// <summary>The files that were named, playlists first (uploaded, backed_up); as many as an event of 20 kB holds.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? FileNames { get; init; }

    /// <summary>How many files were named.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? FileCount { get; init; }
}

/// <summary>What happened to a recording. More may come: ignore what you do not know.</summary>
public enum EventType
{
    /// <summary>The recording is stored.</summary>
    [JsonStringEnumMemberName("recording.accepted")]
    Accepted,

    /// <summary>A recorder is being started, or is not proven yet.</summary>
    [JsonStringEnumMemberName("recording.starting")]
    Starting,

    /// <summary>A recorder is proven to run.</summary>
    [JsonStringEnumMemberName("recording.recording")]
    Recording,

    /// <summary>The recorder is in doubt or being replaced.</summary>
    [JsonStringEnumMemberName("recording.recovering")]
    Recovering,

    /// <summary>An end was ordered, and recorders are leaving.</summary>
    [JsonStringEnumMemberName("recording.stopping")]
    Stopping,

    /// <summary>No recorder runs any more; the files are being waited for.</summary>
    [JsonStringEnumMemberName("recording.uploading")]
    Uploading,

    /// <summary>Ended as meant, and the state of the files is final.</summary>
    [JsonStringEnumMemberName("recording.completed")]
    Completed,

    /// <summary>Ended by a fault that needs a person, or closed as lost by one.</summary>
    [JsonStringEnumMemberName("recording.failed")]
    Failed,

    /// <summary>Ended by request before anything was recorded.</summary>
    [JsonStringEnumMemberName("recording.aborted")]
    Aborted,

    /// <summary>The state of the files changed, and that of the recording did not.</summary>
    [JsonStringEnumMemberName("recording.files_changed")]
    FilesChanged,

    /// <summary>The code of the reason came, changed or went, and the state of the recording did not change.</summary>
    [JsonStringEnumMemberName("recording.reason_changed")]
    ReasonChanged,

    /// <summary>Agora told how much of an upload is done (its event 33).</summary>
    [JsonStringEnumMemberName("recording.upload_progressed")]
    UploadProgressed,

    /// <summary>Agora told that everything is uploaded (its event 31).</summary>
    [JsonStringEnumMemberName("recording.uploaded")]
    Uploaded,

    /// <summary>Agora told that files went to its backup and arrive later (its event 32).</summary>
    [JsonStringEnumMemberName("recording.backed_up")]
    BackedUp,
}
