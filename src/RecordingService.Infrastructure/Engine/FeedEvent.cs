using System.Buffers;
using System.Text;
using System.Text.Json;

namespace RecordingService.Infrastructure.Engine;

/// <summary>An event with its place in the feed, written once as JSON and shared by all readers.</summary>
public sealed class FeedEvent
{
    private readonly byte[] frame;
    private readonly int jsonFrom;

    internal FeedEvent(
        long position,
        Guid id,
        string type,
        DateTimeOffset at,
        int sequence,
        string project,
        Guid? recordingId,
        RecordingFacts? facts,
        EventData data
    )
    {
        (Position, Id, Type, Project, RecordingId, Sequence) = (position, id, type, project, recordingId, sequence);
        var buffer = new ArrayBufferWriter<byte>(1024);
        buffer.Write(Encoding.UTF8.GetBytes($"id: {EventCursor.Write(position)}\nevent: {type}\ndata: "));
        jsonFrom = buffer.WrittenCount;
        using (var json = new Utf8JsonWriter(buffer))
        {
            Write(json, at, facts, data);
        }

        buffer.Write("\n\n"u8);
        frame = buffer.WrittenSpan.ToArray();
    }

    /// <summary>Place in the feed.</summary>
    public long Position { get; }

    /// <summary>Identity, the same in the feed, the stream and webhooks.</summary>
    public Guid Id { get; }

    /// <summary>One of <see cref="EventTypes"/>.</summary>
    public string Type { get; }

    /// <summary>Name of the project.</summary>
    public string Project { get; }

    /// <summary>The recording, or null when it tells of none.</summary>
    public Guid? RecordingId { get; }

    /// <summary>Number within the recording, from 1.</summary>
    public int Sequence { get; }

    /// <summary>The payload as UTF-8 JSON on one line: an item of the feed, the data of the stream, the body of a webhook.</summary>
    public ReadOnlyMemory<byte> Json => frame.AsMemory(jsonFrom..^2);

    /// <summary>The event of the stream (text/event-stream).</summary>
    public ReadOnlyMemory<byte> Frame => frame;

    private void Write(Utf8JsonWriter json, DateTimeOffset at, RecordingFacts? facts, EventData data)
    {
        json.WriteStartObject();
        json.WriteString("id", Id);
        json.WriteString("type", Type);
        json.WriteString("timestamp", at.UtcDateTime);
        json.WriteNumber("sequence", Sequence);
        json.WriteString("cursor", EventCursor.Write(Position));
        json.WriteStartObject("data");
        if (RecordingId is { } recordingId)
        {
            json.WriteString("recordingId", recordingId);
        }

        json.WriteString("project", Project);
        if (facts is not null)
        {
            json.WriteString("channel", facts.Channel);
            json.WriteString("label", facts.Label);
            if (facts.ExternalId is not null)
            {
                json.WriteString("externalId", facts.ExternalId);
            }

            json.WriteString("roomType", facts.RoomType);
        }

        json.WriteString("state", data.State);
        json.WriteString("files", data.Files);
        Write(json, data.Reason);
        if (data.EndReason is not null)
        {
            json.WriteString("endReason", data.EndReason);
        }

        if (data.Upload is not null)
        {
            Write(json, data.Upload);
        }

        if (RecordingId is not null)
        {
            json.WriteString("href", $"/v1/recordings/{RecordingId}");
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, EventReason? reason)
    {
        if (reason is null)
        {
            json.WriteNull("reason");
            return;
        }

        json.WriteStartObject("reason");
        json.WriteString("code", reason.Code);
        json.WriteString("message", reason.Message);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, EventUpload upload)
    {
        json.WriteStartObject("upload");
        json.WriteNumber("run", upload.Run);
        json.WriteString("playlistFileName", upload.PlaylistFileName);
        if (upload.Progress is { } progress)
        {
            json.WriteNumber("progress", progress);
        }

        if (upload.FileNames is { } names)
        {
            json.WriteStartArray("fileNames");
            foreach (var name in names)
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
            json.WriteNumber("fileCount", upload.FileCount ?? names.Count);
        }

        json.WriteEndObject();
    }
}

/// <summary>What an event tells of its recording that never changes.</summary>
internal sealed record RecordingFacts(string Channel, string Label, string? ExternalId, string RoomType);

/// <summary>Which events a reader gets.</summary>
/// <param name="Projects">Names of projects, or null for all.</param>
/// <param name="Types">Types, or null for all.</param>
/// <param name="RecordingId">The one recording, or null for all.</param>
public sealed record EventFilter(
    IReadOnlyCollection<string>? Projects = null,
    IReadOnlyCollection<string>? Types = null,
    Guid? RecordingId = null
)
{
    /// <summary>All events.</summary>
    public static EventFilter None { get; } = new();

    internal bool Matches(FeedEvent one) =>
        (RecordingId is null || RecordingId == one.RecordingId)
        && (Types is null || Types.Contains(one.Type))
        && (Projects is null || Projects.Contains(one.Project));
}

/// <summary>Some events in their order.</summary>
/// <param name="Items">The events; may be empty although more follow behind <paramref name="Next"/>, when few of many match.</param>
/// <param name="Next">Position to read on from.</param>
public sealed record EventPage(IReadOnlyList<FeedEvent> Items, long Next);
