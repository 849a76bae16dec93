using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace RecordingService.Infrastructure.Agora.Wire;

/// <summary>Request bodies, written without reflection.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AcquireRequest))]
[JsonSerializable(typeof(StartRequest))]
[JsonSerializable(typeof(UpdateRequest))]
[JsonSerializable(typeof(UpdateLayoutRequest))]
[JsonSerializable(typeof(StopRequest))]
internal sealed partial class WireJson : JsonSerializerContext;

/// <summary>Writes request bodies.</summary>
internal static class WireWriter
{
    /// <summary>Leaves '+', '&amp;', '&lt;' and '&gt;', which channel names may hold, as they are: some readers of JSON are poor at escapes.</summary>
    private static readonly WireJson Plain = new(
        new JsonSerializerOptions(WireJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
    );

    public static byte[] Write<T>(T request)
        where T : class => JsonSerializer.SerializeToUtf8Bytes(request, (JsonTypeInfo<T>)Plain.GetTypeInfo(typeof(T))!);
}
