using System.Text.Json;
using System.Text.Json.Nodes;

namespace RecordingService.Simulation;

/// <summary>Body of <c>start</c>.</summary>
internal sealed record StartRequest(
    TaskIdentity Task,
    string Mode,
    JsonElement ClientRequest,
    string? Token,
    bool IsLive,
    bool WantsAudio,
    bool WantsVideo,
    TimeSpan MaxIdle,
    bool WantsMp4,
    bool HasValidTranscoding,
    StorageConfig Storage,
    ChannelEncryption Encryption
)
{
    private const string Standard = "standard";
    private const string Original = "original";
    private const int LongestIdleSeconds = 2_592_000;

    public RecorderSubscription Subscription { get; private init; } = RecorderSubscription.Everything;

    /// <summary>Snapshots, or null for none.</summary>
    public SnapshotConfig? Snapshots { get; private init; }

    /// <summary>The page of web mode, or null in the others.</summary>
    public WebPage? Page { get; private init; }

    /// <summary>Each user has a playlist of both kinds beside those of each.</summary>
    public bool HasMergedPlaylist { get; private init; }

    /// <summary>Layout of the mix, with every default.</summary>
    public JsonObject Layout { get; private init; } = [];

    public bool IsIndividual => Mode == AgoraRoute.Individual;

    public static StartRequest Read(BodyReader reader, JsonElement body, string mode, OpenPointOptions openPoints)
    {
        var task = TaskIdentity.Read(reader, body);
        var request = reader.Object(body, "clientRequest");
        if (mode == AgoraRoute.Web)
        {
            return ReadPage(reader, task, mode, request);
        }

        var selected = request.ValueKind == JsonValueKind.Object && request.TryGetProperty("recordingConfig", out _);
        reader.Require(selected, "services not selected!");
        var recording = reader.Object(request, "recordingConfig");
        var channelType = reader.Integer(recording, "channelType", 0, 1, otherwise: null);
        var streamTypes = reader.Integer(recording, "streamTypes", 0, 2, otherwise: 2);
        var idleSeconds = reader.Integer(recording, "maxIdleTime", 5, LongestIdleSeconds, otherwise: 30);
        reader.Integer(recording, "videoStreamType", 0, 1, otherwise: 0);
        reader.Integer(recording, "audioProfile", 0, 2, otherwise: 0);
        var isIndividual = mode == AgoraRoute.Individual;
        if (isIndividual)
        {
            reader.Integer(recording, "subscribeUidGroup", 0, 5, otherwise: null);
        }

        var subscription = ReadSubscription(reader, recording, streamTypes);
        var snapshots = isIndividual ? SnapshotConfig.Read(reader, request, streamTypes != 0, openPoints) : null;
        reader.Require(
            snapshots is null || subscription.Audio is null || subscription.Video is not null,
            "snapshots need a list of video beside the one of audio"
        );
        var transcoding = reader.Object(recording, "transcodingConfig", required: false);

        return new StartRequest(
            task,
            mode,
            request.ValueKind == JsonValueKind.Object ? request.Clone() : default,
            reader.Text(request, "token", required: false),
            IsLive: channelType == 1,
            WantsAudio: streamTypes != 1,
            WantsVideo: streamTypes != 0,
            TimeSpan.FromSeconds(idleSeconds),
            ReadFileTypes(reader, request, mode),
            Transcoding.IsValid(transcoding, openPoints),
            StorageConfig.Read(reader, reader.Object(request, "storageConfig")),
            ReadEncryption(reader, recording)
        )
        {
            Subscription = subscription,
            Snapshots = snapshots,
            HasMergedPlaylist = isIndividual && ReadStreamMode(reader, recording, streamTypes) == Standard,
            Layout = RecordingService.Simulation.Layout.Read(new BodyReader("layout"), transcoding),
        };
    }

    private static ChannelEncryption ReadEncryption(BodyReader reader, JsonElement recording)
    {
        var encryption = reader.Integer(recording, "decryptionMode", 0, 8, otherwise: 0);
        var secret = reader.Text(recording, "secret", required: encryption != 0);
        var salt = reader.Text(recording, "salt", required: encryption is 7 or 8);
        reader.Require(salt is null || IsBase64Of32Bytes(salt), "invalid salt value");
        return encryption == 0 ? ChannelEncryption.None : new ChannelEncryption((int)encryption, secret, salt);
    }

    private static StartRequest ReadPage(BodyReader reader, TaskIdentity task, string mode, JsonElement request) =>
        new(
            task,
            mode,
            request.ValueKind == JsonValueKind.Object ? request.Clone() : default,
            Token: null,
            IsLive: false,
            WantsAudio: true,
            WantsVideo: true,
            MaxIdle: TimeSpan.MaxValue,
            ReadFileTypes(reader, request, mode),
            HasValidTranscoding: true,
            StorageConfig.Read(reader, reader.Object(request, "storageConfig")),
            ChannelEncryption.None
        )
        {
            Page = WebPage.Read(reader, request),
        };

    private static RecorderSubscription ReadSubscription(BodyReader reader, JsonElement recording, long streamTypes)
    {
        var audio = SubscriptionBody.Read(reader, recording, "AudioUids");
        var video = SubscriptionBody.Read(reader, recording, "VideoUids");
        reader.Require(streamTypes != 0 || video is null, "streamTypes 0 excludes lists of video");
        reader.Require(streamTypes != 1 || audio is null, "streamTypes 1 excludes lists of audio");
        return new RecorderSubscription(audio, video);
    }

    private static string ReadStreamMode(BodyReader reader, JsonElement recording, long streamTypes)
    {
        var streamMode = reader.Text(recording, "streamMode", required: false) ?? "default";
        reader.Require(streamMode is "default" or Standard or Original, "invalid streamMode value");
        reader.Require(streamMode != Original || streamTypes == 0, "streamMode original needs streamTypes 0");
        return streamMode;
    }

    private static bool ReadFileTypes(BodyReader reader, JsonElement request, string mode)
    {
        var config = reader.Object(request, "recordingFileConfig", required: false);
        var types = reader.Texts(config, "avFileType") ?? ["hls"];
        var valid = types.Contains("hls") && types.All(type => type == "hls" || (type == "mp4" && mode != AgoraRoute.Individual));
        reader.Require(valid, "invalid avFileType value");
        return types.Contains("mp4");
    }

    private static bool IsBase64Of32Bytes(string text)
    {
        Span<byte> bytes = stackalloc byte[64];
        return text.Length <= 64 && Convert.TryFromBase64String(text, bytes, out var written) && written == 32;
    }
}

/// <summary>Where the recorder uploads to.</summary>
/// <param name="Bucket">Bucket.</param>
/// <param name="AccessKey">Access key.</param>
/// <param name="SecretKey">Secret key.</param>
/// <param name="Folders">Elements of fileNamePrefix.</param>
/// <param name="Endpoint">Host of a store that speaks S3, or null for a bucket of the simulator.</param>
/// <param name="StsToken">Token of temporary keys, or null.</param>
internal sealed record StorageConfig(
    string Bucket,
    string AccessKey,
    string SecretKey,
    IReadOnlyList<string> Folders,
    string? Endpoint,
    string? StsToken
)
{
    private const int MaxPrefixLength = 128;
    private const int S3Compatible = 11;

    public static StorageConfig Read(BodyReader reader, JsonElement storage)
    {
        var vendor = reader.Integer(storage, "vendor", 0, S3Compatible, otherwise: null);
        var isS3 = vendor == S3Compatible;
        var extension = reader.Object(storage, "extensionParams", required: isS3);
        var endpoint = reader.Text(extension, "endpoint", required: isS3);
        reader.Integer(storage, "region", 0, 1000, otherwise: null);
        var folders = reader.Texts(storage, "fileNamePrefix") ?? [];
        var valid = folders.All(folder => folder.Length > 0 && folder.All(char.IsAsciiLetterOrDigit));
        reader.Require(valid && string.Join('/', folders).Length <= MaxPrefixLength, "invalid fileNamePrefix value");
        return new StorageConfig(
            reader.Text(storage, "bucket") ?? "",
            reader.Text(storage, "accessKey") ?? "",
            reader.Text(storage, "secretKey") ?? "",
            folders,
            isS3 ? endpoint : null,
            reader.Text(storage, "stsToken", required: false)
        );
    }
}
