using System.Text.Json.Serialization;

namespace RecordingService.Infrastructure.Agora.Wire;

/// <summary>Body of start. Holds secrets: it is serialised and sent, and goes nowhere else.</summary>
/// <remarks><b>Source:</b> Agora, start (June 2026). Members are written in this order; members that are null are left out.</remarks>
internal sealed record StartRequest(
    [property: JsonPropertyName("cname")] string Cname,
    [property: JsonPropertyName("uid")] string Uid,
    [property: JsonPropertyName("clientRequest")] StartClientRequest ClientRequest
);

internal sealed record StartClientRequest(
    [property: JsonPropertyName("token")] string? Token,
    [property: JsonPropertyName("recordingConfig")] RecordingConfig RecordingConfig,
    [property: JsonPropertyName("recordingFileConfig")] RecordingFileConfig RecordingFileConfig,
    [property: JsonPropertyName("storageConfig")] StorageConfig StorageConfig
)
{
    /// <summary>Without the token.</summary>
    public override string ToString() => nameof(StartClientRequest);
}

/// <param name="ChannelType">0 communication, 1 live.</param>
/// <param name="StreamTypes">0 audio, 1 video, 2 both.</param>
/// <param name="StreamMode">Individual only.</param>
/// <param name="MaxIdleSeconds">5 to 2,592,000; wire name <c>maxIdleTime</c>.</param>
/// <param name="SubscribeUidGroup">Individual only, and required there: how many uids are expected.</param>
/// <param name="TranscodingConfig">Mix only. Must lie here: anywhere else Agora passes over it in silence and records 360 x 640.</param>
internal sealed record RecordingConfig(
    [property: JsonPropertyName("channelType")] int ChannelType,
    [property: JsonPropertyName("streamTypes")] int StreamTypes,
    [property: JsonPropertyName("streamMode")] string? StreamMode,
    [property: JsonPropertyName("maxIdleTime")] int MaxIdleSeconds,
    [property: JsonPropertyName("subscribeUidGroup")] int? SubscribeUidGroup,
    [property: JsonPropertyName("transcodingConfig")] TranscodingConfig? TranscodingConfig
);

/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="FramesPerSecond">Wire name <c>fps</c>.</param>
/// <param name="BitrateKbps">Wire name <c>bitrate</c>.</param>
/// <param name="MixedVideoLayout">0 floating, 1 best fit, 2 vertical.</param>
internal sealed record TranscodingConfig(
    [property: JsonPropertyName("width")] int Width,
    [property: JsonPropertyName("height")] int Height,
    [property: JsonPropertyName("fps")] int FramesPerSecond,
    [property: JsonPropertyName("bitrate")] int BitrateKbps,
    [property: JsonPropertyName("mixedVideoLayout")] int MixedVideoLayout
);

internal sealed record RecordingFileConfig([property: JsonPropertyName("avFileType")] IReadOnlyList<string> AvFileType);

internal sealed record StorageConfig(
    [property: JsonPropertyName("vendor")] int Vendor,
    [property: JsonPropertyName("region")] int Region,
    [property: JsonPropertyName("bucket")] string Bucket,
    [property: JsonPropertyName("accessKey")] string AccessKey,
    [property: JsonPropertyName("secretKey")] string SecretKey,
    [property: JsonPropertyName("fileNamePrefix")] IReadOnlyList<string>? FileNamePrefix,
    [property: JsonPropertyName("extensionParams")] StorageExtension? ExtensionParams
)
{
    /// <summary>A record would print its keys.</summary>
    public override string ToString() => Bucket;
}

internal sealed record StorageExtension([property: JsonPropertyName("endpoint")] string Endpoint);
