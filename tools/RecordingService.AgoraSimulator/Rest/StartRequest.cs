using System.Text.Json;

namespace RecordingService.Simulation;

/// <summary>Body of <c>start</c>, mix and individual mode.</summary>
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
    private const int MaxListedUids = 32;
    private const int LongestIdleSeconds = 2_592_000;

    public bool IsIndividual => Mode == AgoraRoute.Individual;

    public static StartRequest Read(BodyReader reader, JsonElement body, string mode, OpenPointOptions openPoints)
    {
        var task = TaskIdentity.Read(reader, body);
        var request = reader.Object(body, "clientRequest");
        var selected = request.ValueKind == JsonValueKind.Object && request.TryGetProperty("recordingConfig", out _);
        reader.Require(selected, "services not selected!");
        var recording = reader.Object(request, "recordingConfig");
        var channelType = reader.Integer(recording, "channelType", 0, 1, otherwise: null);
        var streamTypes = reader.Integer(recording, "streamTypes", 0, 2, otherwise: 2);
        var idleSeconds = reader.Integer(recording, "maxIdleTime", 5, LongestIdleSeconds, otherwise: 30);
        reader.Integer(recording, "videoStreamType", 0, 1, otherwise: 0);
        reader.Integer(recording, "audioProfile", 0, 2, otherwise: 0);
        ReadSubscription(reader, recording);
        if (mode == AgoraRoute.Individual)
        {
            reader.Integer(recording, "subscribeUidGroup", 0, 5, otherwise: null);
        }

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
            Transcoding.IsValid(reader.Object(recording, "transcodingConfig", required: false), openPoints),
            StorageConfig.Read(reader, reader.Object(request, "storageConfig")),
            ReadEncryption(reader, recording)
        );
    }

    private static ChannelEncryption ReadEncryption(BodyReader reader, JsonElement recording)
    {
        var encryption = reader.Integer(recording, "decryptionMode", 0, 8, otherwise: 0);
        var secret = reader.Text(recording, "secret", required: encryption != 0);
        var salt = reader.Text(recording, "salt", required: encryption is 7 or 8);
        reader.Require(salt is null || IsBase64Of32Bytes(salt), "invalid salt value");
        return encryption == 0 ? ChannelEncryption.None : new ChannelEncryption((int)encryption, secret, salt);
    }

    private static void ReadSubscription(BodyReader reader, JsonElement recording)
    {
        foreach (var kind in (string[])["AudioUids", "VideoUids"])
        {
            var wanted = reader.Texts(recording, "subscribe" + kind);
            // The documentation's pages spell it with a small s, Agora's own clients with a capital one.
            var unwanted = reader.Texts(recording, "unsubscribe" + kind) ?? reader.Texts(recording, "unSubscribe" + kind);
            reader.Require(wanted is null || unwanted is null, $"subscribe{kind} and unsubscribe{kind} exclude each other");
            reader.Require((wanted ?? unwanted ?? []).Count <= MaxListedUids, $"more than {MaxListedUids} entries in {kind}");
        }
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
internal sealed record StorageConfig(string Bucket, string AccessKey, string SecretKey, IReadOnlyList<string> Folders)
{
    private const int MaxPrefixLength = 128;

    public static StorageConfig Read(BodyReader reader, JsonElement storage)
    {
        reader.Integer(storage, "vendor", 0, 11, otherwise: null);
        reader.Integer(storage, "region", 0, 1000, otherwise: null);
        var folders = reader.Texts(storage, "fileNamePrefix") ?? [];
        var valid = folders.All(folder => folder.Length > 0 && folder.All(char.IsAsciiLetterOrDigit));
        reader.Require(valid && string.Join('/', folders).Length <= MaxPrefixLength, "invalid fileNamePrefix value");
        return new StorageConfig(
            reader.Text(storage, "bucket") ?? "",
            reader.Text(storage, "accessKey") ?? "",
            reader.Text(storage, "secretKey") ?? "",
            folders
        );
    }
}
