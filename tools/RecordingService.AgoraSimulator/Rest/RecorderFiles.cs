using System.Text.Json.Nodes;

namespace RecordingService.Simulation;

/// <summary>Writes the <c>serverResponse</c> of query and stop: status and files of a recorder.</summary>
internal static class RecorderFiles
{
    public static JsonObject OfQuery(Recorder recorder, int status, OpenPointOptions openPoints)
    {
        var response = new JsonObject { ["status"] = status };
        List<Track> uploaded = [.. recorder.Files.Tracks.Where(track => track.IsUploaded)];
        if (recorder.Task.Request.Page is not null)
        {
            var state =
                status < 4 ? "init"
                : status < 6 ? "inProgress"
                : "exit";
            response["extensionServiceState"] = PageStates(recorder, state, uploaded, openPoints);
            return response;
        }

        if (recorder.Task.Request.Snapshots is not null)
        {
            if (uploaded.Count > 0)
            {
                response["sliceStartTime"] = uploaded.Min(track => track.FirstSliceAt!.Value).ToUnixTimeMilliseconds();
            }

            return response;
        }

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
        List<Track> recorded = [.. recorder.Files.Tracks.Where(track => track.FirstSliceAt is not null)];
        var uploadingStatus =
            recorder.Files.IsBackup ? "backuped"
            : isAsync ? openPoints.AsyncStopUploadingStatus
            : "uploaded";
        if (recorder.Task.Request.Page is not null)
        {
            var states = PageStates(recorder, "exit", recorded, openPoints);
            var payload = new JsonObject { ["uploadingStatus"] = uploadingStatus };
            states.Insert(0, new JsonObject { ["serviceName"] = "upload_service", ["payload"] = payload });
            response["extensionServiceState"] = states;
            return response;
        }

        if (recorder.Task.Request.Snapshots is null)
        {
            Append(response, recorder, recorded, openPoints);
        }

        if (uploadingStatus.Length > 0)
        {
            response["uploadingStatus"] = uploadingStatus;
        }

        return response;
    }

    /// <summary>Files of a page, as event 71 lists them.</summary>
    public static JsonArray PageList(Recorder recorder, OpenPointOptions openPoints) =>
        [
            .. recorder
                .Files.Tracks.Where(track => track.FirstSliceAt is not null)
                .SelectMany(track => WebPage.Files(recorder, track, openPoints)),
        ];

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

    private static JsonArray PageStates(Recorder recorder, string state, List<Track> tracks, OpenPointOptions openPoints)
    {
        var states = new JsonArray(WebPage.State(recorder, state, tracks, openPoints));
        if (recorder.PublishUrls.Count > 0)
        {
            states.Add((JsonNode)WebPage.PublisherState(recorder.PublishUrls, recorder.OnHold));
        }

        return states;
    }

    private static void Append(JsonObject response, Recorder recorder, List<Track> tracks, OpenPointOptions openPoints)
    {
        var request = recorder.Task.Request;
        var isJson = request.IsIndividual || request.WantsMp4;
        response["fileListMode"] = isJson ? "json" : "string";
        response["fileList"] =
            isJson
                ? new JsonArray([
                    .. tracks.SelectMany(track => Elements(track, request, openPoints)),
                    .. Merged(tracks, request, openPoints),
                ])
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

    /// <summary>The playlists of both kinds of a user, which exist in streamMode standard.</summary>
    private static IEnumerable<JsonNode> Merged(List<Track> tracks, StartRequest request, OpenPointOptions openPoints) =>
        tracks
            .Where(track => request.HasMergedPlaylist && track.Key is { HasVideo: true, Uid: not null })
            .Where(video => tracks.Exists(audio => audio.Key.HasAudio && audio.Key.Uid == video.Key.Uid))
            .Select(video => new JsonObject
            {
                ["fileName"] = Named(video, video.Names.Merged(openPoints.MergedPlaylistType), openPoints),
                ["trackType"] = "audio_and_video",
                ["uid"] = video.Key.Uid,
                ["mixedAllUser"] = false,
                ["isPlayable"] = true,
                ["sliceStartTime"] = video.FirstSliceAt!.Value.ToUnixTimeMilliseconds(),
            });

    private static string Named(Track track, string name, OpenPointOptions openPoints) =>
        openPoints.FileListCarriesPrefix ? track.Names.Key(name) : name;
}
