using System.Text.Json;
using System.Text.Json.Serialization;
using RecordingService.Domain;
using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;
using RecordingService.Domain.RoomTypes;

namespace RecordingService.Infrastructure.Engine;

/// <summary>What the state machine knows of a recording beside its columns and runs.</summary>
internal sealed record RecordingDocument(StopOrder? Stop, Reason? Reason, Closure? Closure = null)
{
    /// <summary>Version of the code that wrote the recording and its runs; it outlives the row in the schedule.</summary>
    public short? Version { get; init; }
}

/// <summary>A start answer that its caller could not settle any more.</summary>
internal sealed record LateStart(int Generation, string ResourceId, string Sid);

/// <summary>A notification that waits to be taken in; it is read again from its body, so that every version of this code understands it.</summary>
internal sealed record NoticeInput(int Generation, string Project, string Body);

/// <summary>An operator's action that waits to be taken in.</summary>
internal sealed record OperatorInput(OperatorAction Action, string Operator, string Note);

/// <summary>The facts behind a timeline line; only what is known is written.</summary>
internal sealed record LogDetail
{
    public string? Operation { get; init; }
    public string? Host { get; init; }
    public int? HttpStatus { get; init; }
    public int? Code { get; init; }
    public string? RequestId { get; init; }
    public int? DurationMs { get; init; }
    public string? Sid { get; init; }
    public uint? RecorderUid { get; init; }
    public string? Caller { get; init; }
    public string? Operator { get; init; }
    public string? Action { get; init; }
    public string? Note { get; init; }
    public string? Failure { get; init; }
}

/// <summary>The persisted JSON. Its shape is versioned by <see cref="Version"/>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true
)]
[JsonSerializable(typeof(RecordingDocument))]
[JsonSerializable(typeof(Run))]
[JsonSerializable(typeof(RecordingPolicy))]
[JsonSerializable(typeof(IReadOnlyList<RecordingFile>))]
[JsonSerializable(typeof(LateStart))]
[JsonSerializable(typeof(NoticeInput))]
[JsonSerializable(typeof(OperatorInput))]
[JsonSerializable(typeof(LogDetail))]
[JsonSerializable(typeof(ChannelEncryption))]
[JsonSerializable(typeof(Desired<MixLayout>))]
[JsonSerializable(typeof(Desired<Subscription>))]
[JsonSerializable(typeof(Reason))]
[JsonSerializable(typeof(EventData))]
[JsonSerializable(typeof(EventUpload))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class StateJson : JsonSerializerContext
{
    /// <summary>Version of the persisted state that this code reads and writes.</summary>
    public const short Version = 1;

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, typeof(T), Default);

    public static T Read<T>(string json) => (T)JsonSerializer.Deserialize(json, typeof(T), Default)!;
}
