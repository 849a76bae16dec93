namespace RecordingService.Simulation;

/// <summary>What one recorder writes: its tracks, and their way to the bucket. All methods run inside the <see cref="Timeline"/>.</summary>
internal sealed class RecordedFiles(
    RecorderTask task,
    string channel,
    Timeline timeline,
    IBucketStore store,
    SimulatorOptions options,
    RecorderNotices notices
)
{
    private readonly List<Track> tracks = [];
    private int moves;

    public IReadOnlyList<Track> Tracks => tracks;

    public bool HasRecorded => tracks.Exists(track => track.FirstSliceAt is not null);

    public bool HasUploaded => tracks.Exists(track => track.IsUploaded);

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

    /// <summary>From now on another server writes, under names of its own.</summary>
    public void Move() => moves++;

    /// <summary>Completes the playlists, once the last slice is uploaded.</summary>
    public void Finish()
    {
        foreach (var track in tracks.Where(track => track.IsUploaded && IsOfThisServer(track)))
        {
            track.PutPlaylist(ended: true);
            if (task.Request.WantsMp4)
            {
                track.PutMp4();
            }
        }
    }

    private Track AddTrack(TrackKey key)
    {
        var name = options.OpenPoints.SanitizeChannelName ? FileNames.Sanitize(channel) : channel;
        var names = new FileNames(task.Request.Storage.Folders, moves, task.Sid, name, key);
        var track = new Track(key, names, task.Request.Storage.Bucket, store, options.OpenPoints.CommaAfterExtInf);
        tracks.Add(track);
        return track;
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
        if (track.Cut(now, goesOn) is not { } upload)
        {
            return;
        }

        timeline.At(
            now + options.UploadDelay,
            due =>
            {
                var isFirst = !HasUploaded;
                upload();
                if (isFirst)
                {
                    notices.FirstFile(due, track.Names.Playlist);
                }
            }
        );
    }
}
