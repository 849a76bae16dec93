using System.Text.Json.Serialization;

namespace RecordingService.Client;

/// <summary>How JSON is read and written, by generated code, so that trimmed and native programs can use the client.</summary>
/// <remarks>Members that nobody here knows are skipped: a newer service adds some. What is null is not written.</remarks>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectRequiredConstructorParameters = true,
    Converters = [typeof(DurationConverter)]
)]
[JsonSerializable(typeof(StartRecordingRequest))]
[JsonSerializable(typeof(ChangeRecordingRequest))]
[JsonSerializable(typeof(ChangeLayoutRequest))]
[JsonSerializable(typeof(ChangeSubscriptionRequest))]
[JsonSerializable(typeof(OperatorActionRequest))]
[JsonSerializable(typeof(Recording))]
[JsonSerializable(typeof(RecordingPage))]
[JsonSerializable(typeof(StoppedRecordings))]
[JsonSerializable(typeof(TimelinePage))]
[JsonSerializable(typeof(RecordingFileList))]
[JsonSerializable(typeof(Diagnosis))]
[JsonSerializable(typeof(DesiredLayout))]
[JsonSerializable(typeof(DesiredSubscription))]
[JsonSerializable(typeof(EventPage))]
[JsonSerializable(typeof(RecordingEvent))]
[JsonSerializable(typeof(ProblemDocument))]
[JsonSerializable(typeof(LayoutRegion[]))]
[JsonSerializable(typeof(UserBackground[]))]
[JsonSerializable(typeof(UserSelection))]
internal sealed partial class ClientJson : JsonSerializerContext;
