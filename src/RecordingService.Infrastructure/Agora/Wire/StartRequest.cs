using System.Text.Json.Serialization;

namespace RecordingService.Infrastructure.Agora.Wire;

/// <summary>Body of start. Holds secrets: it is serialised and sent, and goes nowhere else.</summary>
/// <remarks><b>Source:</b> Agora, start (June 2026). Members are written in this order; members that are null are left out.</remarks>
internal sealed record StartRequest(
    [property: JsonPropertyName("cname")] string Cname,
    [property: JsonPropertyName("uid")] string Uid,
    [property: JsonPropertyName("clientRequest")] StartClientRequest ClientRequest
);

/// <param name="Token">RTC token; null without a certificate, and for a web page, which joins no channel.</param>
/// <param name="RecordingConfig">Mix and individual only.</param>
/// <param name="RecordingFileConfig">Null only when pictures are all that is kept: its presence asks for a recording beside them.</param>
/// <param name="SnapshotConfig">Individual only.</param>
/// <param name="ExtensionServiceConfig">Web page only.</param>
/// <param name="StorageConfig">Bucket and keys.</param>
internal sealed record StartClientRequest(
    [property: JsonPropertyName("token")] string? Token,
    [property: JsonPropertyName("recordingConfig")] RecordingConfig? RecordingConfig,
    [property: JsonPropertyName("recordingFileConfig")] RecordingFileConfig? RecordingFileConfig,
    [property: JsonPropertyName("snapshotConfig")] SnapshotConfig? SnapshotConfig,
    [property: JsonPropertyName("extensionServiceConfig")] ExtensionServiceConfig? ExtensionServiceConfig,
    [property: JsonPropertyName("storageConfig")] StorageConfig StorageConfig
)
{
    /// <summary>Without the token.</summary>
    public override string ToString() => nameof(StartClientRequest);
}

/// <summary>How a channel is recorded.</summary>
internal sealed record RecordingConfig
{
    /// <summary>0 communication, 1 live.</summary>
    [JsonPropertyName("channelType")]
    public required int ChannelType { get; init; }

    /// <summary>0 audio, 1 video, 2 both.</summary>
    [JsonPropertyName("streamTypes")]
    public required int StreamTypes { get; init; }

    /// <summary>Individual only.</summary>
    [JsonPropertyName("streamMode")]
    public string? StreamMode { get; init; }

    /// <summary>0 none (left out), 1 to 8.</summary>
    [JsonPropertyName("decryptionMode")]
    public int? DecryptionMode { get; init; }

    [JsonPropertyName("secret")]
    public string? Secret { get; init; }

    /// <summary>Base64 of 32 bytes, with modes 7 and 8 only.</summary>
    [JsonPropertyName("salt")]
    public string? Salt { get; init; }

    /// <summary>Mix only: 0 to 2.</summary>
    [JsonPropertyName("audioProfile")]
    public int? AudioProfile { get; init; }

    /// <summary>5 to 2,592,000.</summary>
    [JsonPropertyName("maxIdleTime")]
    public required int MaxIdleSeconds { get; init; }

    /// <summary>Individual only, and required there: how many uids are expected.</summary>
    [JsonPropertyName("subscribeUidGroup")]
    public int? SubscribeUidGroup { get; init; }

    [JsonPropertyName("subscribeAudioUids")]
    public IReadOnlyList<string>? SubscribeAudioUids { get; init; }

    [JsonPropertyName("unSubscribeAudioUids")]
    public IReadOnlyList<string>? UnsubscribeAudioUids { get; init; }

    [JsonPropertyName("subscribeVideoUids")]
    public IReadOnlyList<string>? SubscribeVideoUids { get; init; }

    [JsonPropertyName("unSubscribeVideoUids")]
    public IReadOnlyList<string>? UnsubscribeVideoUids { get; init; }

    /// <summary>Mix only. Must lie here: anywhere else Agora passes over it in silence and records 360 x 640.</summary>
    [JsonPropertyName("transcodingConfig")]
    public TranscodingConfig? TranscodingConfig { get; init; }

    /// <summary>A record would print the key of the channel.</summary>
    public override string ToString() => nameof(RecordingConfig);
}

internal sealed record RecordingFileConfig([property: JsonPropertyName("avFileType")] IReadOnlyList<string> AvFileType);

/// <param name="CaptureSeconds">5 to 3600; wire name <c>captureInterval</c>.</param>
/// <param name="FileType">Must be jpg.</param>
internal sealed record SnapshotConfig(
    [property: JsonPropertyName("captureInterval")] int CaptureSeconds,
    [property: JsonPropertyName("fileType")] IReadOnlyList<string> FileType
);

/// <param name="ErrorHandlePolicy">Agora takes one value only.</param>
/// <param name="ExtensionServices">The web page recorder.</param>
internal sealed record ExtensionServiceConfig(
    [property: JsonPropertyName("errorHandlePolicy")] string ErrorHandlePolicy,
    [property: JsonPropertyName("extensionServices")] IReadOnlyList<ExtensionService> ExtensionServices
);

internal sealed record ExtensionService(
    [property: JsonPropertyName("serviceName")] string ServiceName,
    [property: JsonPropertyName("errorHandlePolicy")] string ErrorHandlePolicy,
    [property: JsonPropertyName("serviceParam")] WebPageParameters ServiceParam
);

/// <param name="Url">Address of the page.</param>
/// <param name="AudioProfile">0 to 2; required.</param>
/// <param name="VideoWidth">Pixels, 240 to 1920.</param>
/// <param name="VideoHeight">Pixels, 240 to 1920.</param>
/// <param name="VideoBitrateKbps">Wire name <c>videoBitrate</c>, as documented; two of Agora's own clients write a capital V.</param>
/// <param name="VideoFramesPerSecond">5 to 60; wire name <c>videoFps</c>.</param>
/// <param name="MaxRecordingHours">1 to 720; wire name <c>maxRecordingHour</c>. The task ends by itself after it.</param>
internal sealed record WebPageParameters(
    [property: JsonPropertyName("url")] string Url,
    [property: JsonPropertyName("audioProfile")] int AudioProfile,
    [property: JsonPropertyName("videoWidth")] int VideoWidth,
    [property: JsonPropertyName("videoHeight")] int VideoHeight,
    [property: JsonPropertyName("videoBitrate")] int VideoBitrateKbps,
    [property: JsonPropertyName("videoFps")] int VideoFramesPerSecond,
    [property: JsonPropertyName("maxRecordingHour")] int MaxRecordingHours
)
{
    /// <summary>A page's address may hold a password of its own.</summary>
    public override string ToString() => nameof(WebPageParameters);
}
