using System.Text.Json;

namespace RecordingService.Simulation;

/// <summary>Body of <c>update</c>; what is null stays as it is.</summary>
internal sealed record UpdateRequest(
    TaskIdentity Task,
    UidList? Audio,
    UidList? Video,
    bool? OnHold,
    IReadOnlyList<string>? PublishUrls,
    StorageConfig? Storage
)
{
    public static UpdateRequest Read(BodyReader reader, JsonElement body, string mode)
    {
        var task = TaskIdentity.Read(reader, body);
        var request = reader.Object(body, "clientRequest");
        var subscribe = reader.Object(request, "streamSubscribe", required: false);
        var page = reader.Object(request, "webRecordingConfig", required: false);
        var publish = reader.Object(request, "rtmpPublishConfig", required: false);
        var storage = reader.Object(request, "storageConfig", required: false);
        var isWeb = mode == AgoraRoute.Web;
        reader.Require(!isWeb || !IsPresent(subscribe), "streamSubscribe is not for mode web");
        reader.Require(isWeb || !IsPresent(page) && !IsPresent(publish), "webRecordingConfig and rtmpPublishConfig are for mode web");
        reader.Require(
            IsPresent(subscribe) || IsPresent(page) || IsPresent(publish) || IsPresent(storage),
            "nothing to update in clientRequest"
        );
        return new UpdateRequest(
            task,
            SubscriptionBody.Read(reader, reader.Object(subscribe, "audioUidList", required: false), "AudioUids"),
            SubscriptionBody.Read(reader, reader.Object(subscribe, "videoUidList", required: false), "VideoUids"),
            IsPresent(page) ? reader.Flag(page, "onhold") : null,
            IsPresent(publish) ? WebPage.Outputs(reader, publish) : null,
            IsPresent(storage) ? StorageConfig.Read(reader, storage) : null
        );
    }

    private static bool IsPresent(JsonElement element) => element.ValueKind == JsonValueKind.Object;
}
