using System.Text.Json.Serialization;

namespace RecordingService.Infrastructure.Agora.Wire;

/// <summary>Body of update: only what changes.</summary>
internal sealed record UpdateRequest(
    [property: JsonPropertyName("cname")] string Cname,
    [property: JsonPropertyName("uid")] string Uid,
    [property: JsonPropertyName("clientRequest")] UpdateClientRequest ClientRequest
);

internal sealed record UpdateClientRequest(
    [property: JsonPropertyName("streamSubscribe")] StreamSubscribe? StreamSubscribe,
    [property: JsonPropertyName("storageConfig")] StorageConfig? StorageConfig
);

internal sealed record StreamSubscribe(
    [property: JsonPropertyName("audioUidList")] AudioUidList? Audio,
    [property: JsonPropertyName("videoUidList")] VideoUidList? Video
);

/// <summary>One of the two; unSubscribe with a capital S, as Agora's own clients and its guide spell it, not its reference pages.</summary>
internal sealed record AudioUidList(
    [property: JsonPropertyName("subscribeAudioUids")] IReadOnlyList<string>? Subscribe,
    [property: JsonPropertyName("unSubscribeAudioUids")] IReadOnlyList<string>? Unsubscribe
);

/// <inheritdoc cref="AudioUidList"/>
internal sealed record VideoUidList(
    [property: JsonPropertyName("subscribeVideoUids")] IReadOnlyList<string>? Subscribe,
    [property: JsonPropertyName("unSubscribeVideoUids")] IReadOnlyList<string>? Unsubscribe
);

/// <summary>Body of updateLayout.</summary>
internal sealed record UpdateLayoutRequest(
    [property: JsonPropertyName("cname")] string Cname,
    [property: JsonPropertyName("uid")] string Uid,
    [property: JsonPropertyName("clientRequest")] Layout ClientRequest
);
