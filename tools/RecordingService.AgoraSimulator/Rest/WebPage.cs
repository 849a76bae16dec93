using System.Text.Json;
using System.Text.Json.Nodes;

namespace RecordingService.Simulation;

/// <summary>What web mode records.</summary>
/// <param name="OnHold">Starts paused.</param>
/// <param name="MaxTime">When the task ends by itself.</param>
/// <param name="PublishUrls">Where the page is streamed to, if it is.</param>
internal sealed record WebPage(bool OnHold, TimeSpan MaxTime, IReadOnlyList<string> PublishUrls)
{
    private const string WebRecorder = "web_recorder_service";
    private const string Publisher = "rtmp_publish_service";
    private const int MaxPixels = 1920 * 1080;

    public static WebPage? Read(BodyReader reader, JsonElement request)
    {
        var config = reader.Object(request, "extensionServiceConfig");
        var services = reader.Objects(config, "extensionServices");
        var page = Parameter(reader, services, WebRecorder);
        reader.Require(page.ValueKind == JsonValueKind.Object, "services not selected!");
        if (page.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        reader.Text(page, "url");
        reader.Integer(page, "audioProfile", 0, 2, otherwise: null);
        var width = reader.Integer(page, "videoWidth", 240, 1920, otherwise: null);
        var height = reader.Integer(page, "videoHeight", 240, 1920, otherwise: null);
        reader.Require(width * height <= MaxPixels, "the page is larger than 1920 x 1080");
        reader.Integer(page, "videoFps", 5, 60, otherwise: 15);
        reader.Integer(page, "maxVideoDuration", 30, 240, otherwise: 120);
        reader.Integer(page, "readyTimeout", 0, 60, otherwise: 0);
        var hours = reader.Integer(page, "maxRecordingHour", 1, 720, otherwise: null);
        return new WebPage(reader.Flag(page, "onhold"), TimeSpan.FromHours(hours), Outputs(reader, Parameter(reader, services, Publisher)));
    }

    public static IReadOnlyList<string> Outputs(BodyReader reader, JsonElement parent)
    {
        var outputs = reader.Objects(parent, "outputs");
        reader.Require(outputs.Count <= 1, "more than one output");
        return [.. outputs.Select(output => reader.Text(output, "rtmpUrl") ?? "")];
    }

    /// <summary>State of a page recorder in query and stop.</summary>
    public static JsonObject State(Recorder recorder, string state, IEnumerable<Track> tracks, OpenPointOptions openPoints) =>
        new()
        {
            ["serviceName"] = WebRecorder,
            ["payload"] = new JsonObject
            {
                ["state"] = state,
                ["onhold"] = recorder.OnHold,
                ["fileList"] = new JsonArray([.. tracks.SelectMany(track => Files(recorder, track, openPoints))]),
            },
        };

    /// <summary>State of the stream to elsewhere.</summary>
    public static JsonObject PublisherState(IEnumerable<string> urls, bool onHold) =>
        new()
        {
            ["serviceName"] = Publisher,
            ["payload"] = new JsonObject
            {
                ["state"] = "inProgress",
                ["outputs"] = new JsonArray([
                    .. urls.Select(url => new JsonObject { ["rtmpUrl"] = url, ["status"] = onHold ? "onhold" : "publishing" }),
                ]),
            },
        };

    public static IEnumerable<JsonNode> Files(Recorder recorder, Track track, OpenPointOptions openPoints)
    {
        string[] names = recorder.Task.Request.WantsMp4 ? [track.Names.Playlist, track.Names.Mp4(0)] : [track.Names.Playlist];
        return names.Select(name => new JsonObject
        {
            ["filename"] = openPoints.FileListCarriesPrefix ? track.Names.Key(name) : name,
            ["sliceStartTime"] = track.FirstSliceAt!.Value.ToUnixTimeMilliseconds(),
        });
    }

    private static JsonElement Parameter(BodyReader reader, IReadOnlyList<JsonElement> services, string name)
    {
        foreach (var service in services)
        {
            if (reader.Text(service, "serviceName") == name)
            {
                return reader.Object(service, "serviceParam");
            }
        }

        return default;
    }
}
