namespace RecordingService.Simulation;

/// <summary>What one recorder writes: its tracks, and their way to the bucket. All methods run inside the <see cref="Timeline"/>.</summary>
internal sealed class RecordedFiles(
    RecorderTask task,
    string channel,
    Timeline timeline,
    IBucketStore store,
    SeededIds ids,
    SimulatorOptions options,
    RecorderNotices notices
)
{
    private readonly List<Track> tracks = [];
    private int moves;
    private bool hasPictures;
    private StorageConfig storage = task.Request.Storage;
    private S3Upload? upload = task.Request.Storage.Endpoint is null ? null : new S3Upload(task.Request.Storage);
    private DateTimeOffset puttingAt;

    /// <summary>Where new files go.</summary>
    public StorageConfig Storage
    {
        get => storage;
        set
        {
            storage = value;
            upload = value.Endpoint is null ? null : new S3Upload(value);
        }
    }

    /// <summary>The real store that files go to, or null.</summary>
    public S3Upload? Upload => upload;

    /// <summary>Completes when everything that is due is in the bucket.</summary>
    public Task Stored => upload?.Done ?? Task.CompletedTask;

    /// <summary>Whether files are on their way through Agora's backup.</summary>
    public bool IsBackup => options.Uploads.CrossRegionDelay > TimeSpan.Zero || upload?.HasFailed == true;

    public IReadOnlyList<Track> Tracks => tracks;

    public bool HasRecorded => tracks.Exists(track => track.FirstSliceAt is not null);

    public bool HasUploaded => hasPictures || tracks.Exists(track => track.IsUploaded);

    /// <summary>Share of the recorded seconds that is uploaded.</summary>
    public double UploadedShare =>
        tracks.Sum(track => track.SecondsCut) is > 0 and var cut ? (double)tracks.Sum(track => track.SecondsUploaded) / cut : 0;

    /// <summary>Closes what is not wanted any more and opens what is.</summary>
    public void Follow(DateTimeOffset now, IReadOnlySet<TrackKey> wanted)
    {
        foreach (var track in tracks.Where(track => track.IsOpen && !wanted.Contains(track.Key)))
        {
            CutAndUpload(track, now, goesOn: false);
        }

        foreach (var key in wanted)
        {
            var track = tracks.Find(track => track.Key == key && IsOfThisServer(track)) ?? AddTrack(key);
            if (!track.IsOpen)
            {
                notices.TrackStarted(now, key, track.InterruptedAt);
                track.Open(now);
                timeline.At(now + options.SliceLength, due => CutOnTime(track, now, due));
            }
        }
    }

    /// <summary>Ends all tracks; a crash loses the slices that are open.</summary>
    public void Close(DateTimeOffset now, bool isCrash)
    {
        foreach (var track in tracks.Where(track => track.IsOpen))
        {
            if (isCrash)
            {
                track.Abandon();
            }
            else
            {
                CutAndUpload(track, now, goesOn: false);
            }
        }
    }

    /// <summary>Takes a picture of a user.</summary>
    public void TakeSnapshot(DateTimeOffset now, string uid)
    {
        var names = NamesOf(new TrackKey(uid, HasAudio: false, HasVideo: true));
        var key = names.Key(names.Snapshot(now));
        timeline.At(
            now + options.UploadDelay,
            due =>
            {
                hasPictures = true;
                puttingAt = due;
                Put(key, () => SampleMedia.Picture);
                notices.SnapshotUploaded(due, key);
            }
        );
    }

    /// <summary>From now on another server writes, under names of its own.</summary>
    public void Move() => moves++;

    /// <summary>Completes the playlists, once the last slice is uploaded.</summary>
    public void Finish(DateTimeOffset now)
    {
        puttingAt = now;
        foreach (var track in tracks.Where(track => track.IsUploaded && IsOfThisServer(track)))
        {
            PutCompletePlaylist(track);
            PutMerged(track);
            if (task.Request.WantsMp4)
            {
                track.PutMp4();
            }
        }
    }

    private Track AddTrack(TrackKey key)
    {
        var track = new Track(key, NamesOf(key), Put, options.OpenPoints.CommaAfterExtInf);
        tracks.Add(track);
        return track;
    }

    private FileNames NamesOf(TrackKey key)
    {
        var name = options.OpenPoints.SanitizeChannelName || task.Request.Page is not null ? FileNames.Sanitize(channel) : channel;
        return new FileNames(task.Request.Storage.Folders, moves, task.Sid, name, key);
    }

    private void PutCompletePlaylist(Track track)
    {
        if (options.Uploads.LatePlaylists == 0)
        {
            track.PutPlaylist(ended: true);
        }

        for (var version = 0; version < options.Uploads.LatePlaylists; version++)
        {
            track.PutPlaylist(track.Names.Late(puttingAt, version), ended: version == options.Uploads.LatePlaylists - 1);
        }
    }

    private void Put(string key, Func<byte[]> content)
    {
        var isSlice = key.EndsWith(".ts", StringComparison.Ordinal);
        if (isSlice && ids.Chance($"slice {key}", 0) < options.Uploads.SliceLossRate)
        {
            return;
        }

        if (options.Uploads.CrossRegionDelay is var delay && delay > TimeSpan.Zero)
        {
            timeline.At(puttingAt + delay, _ => Store(key, content));
        }
        else
        {
            Store(key, content);
        }
    }

    private void Store(string key, Func<byte[]> content)
    {
        if (upload is null)
        {
            store.Put(storage.Bucket, key, content);
        }
        else
        {
            upload.Put(key, content);
        }
    }

    /// <summary>Joins the audio and the video of a user in one more playlist.</summary>
    private void PutMerged(Track video)
    {
        var audio = tracks.Find(track =>
            track.Key == new TrackKey(video.Key.Uid, HasAudio: true, HasVideo: false) && IsOfThisServer(track)
        );
        if (task.Request.HasMergedPlaylist && video.Key is { HasVideo: true, Uid: not null } && audio?.IsUploaded == true)
        {
            var name = video.Names.Merged(options.OpenPoints.MergedPlaylistType);
            var text = Playlist.Merge(audio.Names.Playlist, video.Names.Playlist);
            Put(video.Names.Key(name), () => System.Text.Encoding.UTF8.GetBytes(text));
        }
    }

    private bool IsOfThisServer(Track track) => track.Names.Moves == moves;

    private void CutOnTime(Track track, DateTimeOffset sliceStart, DateTimeOffset now)
    {
        if (track.SliceStart != sliceStart)
        {
            return;
        }

        CutAndUpload(track, now, goesOn: true);
        timeline.At(now + options.SliceLength, due => CutOnTime(track, now, due));
    }

    private void CutAndUpload(Track track, DateTimeOffset now, bool goesOn)
    {
        if (track.Cut(now, goesOn) is not { } send)
        {
            return;
        }

        timeline.At(
            now + options.UploadDelay,
            due =>
            {
                var isFirst = !HasUploaded;
                puttingAt = due;
                send();
                if (isFirst)
                {
                    notices.FirstFile(due, track.Names.Playlist);
                }
            }
        );
    }
}
