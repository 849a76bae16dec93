using System.Text.Json.Serialization;
using RecordingService.Domain.Recordings;

namespace RecordingService.Api.OpenApi.Webhooks;

/// <summary>Something that happened, as it is told by webhooks, by the feed and by the event stream, byte for byte the same.</summary>
/// <param name="Id">Identity of the event; the same however often it is told, so that receivers know repeats.</param>
/// <param name="Type">What happened. More types may come: ignore those that you do not know.</param>
/// <param name="Timestamp">When.</param>
/// <param name="Sequence">Number among the events of its recording, from 1, without gaps.</param>
/// <param name="Cursor">Its place in the feed, to read on from.</param>
/// <param name="Data">What it is about, as it was then.</param>
public sealed record EventResource(Guid Id, string Type, DateTimeOffset Timestamp, int Sequence, string Cursor, EventDataResource Data);

/// <summary>What an event tells. It is small on purpose; <c>href</c> tells the rest.</summary>
public sealed record EventDataResource
{
    /// <summary>The recording.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Guid? RecordingId { get; init; }

    /// <summary>Its Agora project.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Project { get; init; }

    /// <summary>Its channel.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Channel { get; init; }

    /// <summary>Its label.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Label { get; init; }

    /// <summary>The caller's own id for the class.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ExternalId { get; init; }

    /// <summary>Its room type.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RoomType { get; init; }

    /// <summary>Its state.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RecordingState? State { get; init; }

    /// <summary>State of its files.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FilesState? Files { get; init; }

    /// <summary>Why it is as it is, or null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public EventReasonResource? Reason { get; init; }

    /// <summary>Why it ended or is to end.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public EndReason? EndReason { get; init; }

    /// <summary>News of an upload; only in events about one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public EventUploadResource? Upload { get; init; }

    /// <summary>Address of the recording, relative to this service.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Href { get; init; }
}

/// <summary>A reason, as short as an event needs it.</summary>
/// <param name="Code">Stable word for programs.</param>
/// <param name="Message">One sentence for people.</param>
public sealed record EventReasonResource(string Code, string Message);

/// <summary>News of the upload of one recorder's files.</summary>
/// <param name="Run">Generation of the recorder.</param>
/// <param name="PlaylistFileName">Name of its playlist, or null while it is not known.</param>
/// <param name="Progress">How much is done, from 0 to 1.</param>
/// <param name="FileNames">Files that were named, playlists first, as many as an event holds; null for news of progress.</param>
/// <param name="FileCount">How many were named.</param>
public sealed record EventUploadResource(
    int Run,
    string? PlaylistFileName,
    double? Progress,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? FileNames,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? FileCount
);
