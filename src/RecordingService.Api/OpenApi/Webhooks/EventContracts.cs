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
public sealed record EventUploadResource
{
    /// <summary>Generation of the recorder.</summary>
    public required int Run { get; init; }

    /// <summary>Name of its playlist, or null while it is not known.</summary>
    public string? PlaylistFileName { get; init; }

    /// <summary>How much is done, from 0 to 1.</summary>
    public double? Progress { get; init; }

    /// <summary>Files that were named, playlists first, as many as an event holds; only where files were named.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? FileNames { get; init; }

    /// <summary>How many were named.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? FileCount { get; init; }
}
