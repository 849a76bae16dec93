using System.Text.Json.Serialization;

namespace RecordingService.Infrastructure.Agora.Wire;

/// <summary>Body of acquire. <c>startParameter</c> is never sent: any difference from the later start fails that with "request_hash mismatch".</summary>
internal sealed record AcquireRequest(
    [property: JsonPropertyName("cname")] string Cname,
    [property: JsonPropertyName("uid")] string Uid,
    [property: JsonPropertyName("clientRequest")] AcquireClientRequest ClientRequest
);

/// <param name="Scene">0: real-time audio and video; 1: web page.</param>
/// <param name="ResourceExpiredHours">1 to 720; wire name <c>resourceExpiredHour</c>.</param>
internal sealed record AcquireClientRequest(
    [property: JsonPropertyName("scene")] int Scene,
    [property: JsonPropertyName("resourceExpiredHour")] int ResourceExpiredHours
);
