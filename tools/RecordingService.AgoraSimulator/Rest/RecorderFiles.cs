using System.Text.Json.Nodes;

namespace RecordingService.Simulation;

/// <summary>Writes the <c>serverResponse</c> of query and stop: status and files of a recorder.</summary>
internal static class RecorderFiles
{
    public static JsonObject OfQuery(Recorder recorder, int status, OpenPointOptions openPoints)
    {
        var response = new JsonObject { ["status"] = status };
        List<Track> uploaded = [.. recorder.Files.Tracks.Where(track => track.IsUploaded)];
        if (uploaded.Count > 0 || openPoints.EmptyFileListBeforeFirstSlice)
        {
            Append(response, recorder, uploaded, openPoints);
            response["sliceStartTime"] =
                uploaded.Count == 0 ? 0 : uploaded.Min(track => track.FirstSliceAt!.Value).ToUnixTimeMilliseconds();
        }

        return response;
    }

    public static JsonObject OfStop(Recorder recorder, bool isAsync, OpenPointOptions openPoints)
    {
        var response = new JsonObject();
        Append(response, recorder, [.. recorder.Files.Tracks.Where(track => track.FirstSliceAt is not null)], openPoints);
        var uploadingStatus = isAsync ? openPoints.AsyncStopUploadingStatus : "uploaded";
        if (uploadingStatus.Length > 0)
        {
            response["uploadingStatus"] = uploadingStatus;
        }

        return response;
    }

    /// <summary>Everything that was recorded, as events list it.</summary>
    public static JsonArray List(Recorder recorder, OpenPointOptions openPoints) =>
        [
            .. recorder
                .Files.Tracks.Where(track => track.FirstSliceAt is not null)
                .SelectMany(track => Elements(track, recorder.Task.Request, openPoints)),
        ];

    /// <summary>Key of the newest playlist, or null when nothing was recorded.</summary>
    public static string? LastPlaylistKey(Recorder recorder) =>
        recorder.Files.Tracks.LastOrDefault(track => track.FirstSliceAt is not null) is { } track
            ? track.Names.Key(track.Names.Playlist)
            : null;

    private static void Append(JsonObject response, Recorder recorder, List<Track> tracks, OpenPointOptions openPoints)
    {
        var request = recorder.Task.Request;
        var isJson = request.IsIndividual || request.WantsMp4;
        response["fileListMode"] = isJson ? "json" : "string";
        response["fileList"] =
            isJson ? new JsonArray([.. tracks.SelectMany(track => Elements(track, request, openPoints))])
            : tracks is [.., var last] ? Named(last, last.Names.Playlist, openPoints)
            : "";
    }

    private static IEnumerable<JsonNode> Elements(Track track, StartRequest request, OpenPointOptions openPoints)
    {
        string[] names = request.WantsMp4 ? [track.Names.Playlist, track.Names.Mp4(0)] : [track.Names.Playlist];
        return names.Select(name => new JsonObject
        {
            ["fileName"] = Named(track, name, openPoints),
            ["trackType"] = track.Key.TrackType,
            ["uid"] = track.Key.Uid ?? "0",
            ["mixedAllUser"] = track.Key.Uid is null,
            ["isPlayable"] = true,
            ["sliceStartTime"] = track.FirstSliceAt!.Value.ToUnixTimeMilliseconds(),
        });
    }

    private static string Named(Track track, string name, OpenPointOptions openPoints) =>
        openPoints.FileListCarriesPrefix ? track.Names.Key(name) : name;
}
