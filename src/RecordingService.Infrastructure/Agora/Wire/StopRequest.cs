using System.Text.Json.Serialization;

namespace RecordingService.Infrastructure.Agora.Wire;

/// <summary>Body of stop.</summary>
internal sealed record StopRequest(
    [property: JsonPropertyName("cname")] string Cname,
    [property: JsonPropertyName("uid")] string Uid,
    [property: JsonPropertyName("clientRequest")] StopClientRequest ClientRequest
);

/// <param name="AsyncStop">True: the answer does not wait for uploads, which may take 20 s.</param>
internal sealed record StopClientRequest([property: JsonPropertyName("async_stop")] bool AsyncStop);
