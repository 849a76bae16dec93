namespace RecordingService.Simulation;

/// <summary>What a recorder was started with.</summary>
/// <param name="Request">Body of the start.</param>
/// <param name="AppId">App ID.</param>
/// <param name="ResourceId">Resource it uses up.</param>
/// <param name="Sid">Its sid.</param>
/// <param name="TokenExpiresAt">When its token ends, or null without a token.</param>
/// <param name="Flaw">What the checks after the answer will find, or null.</param>
internal sealed record RecorderTask(
    StartRequest Request,
    string AppId,
    string ResourceId,
    string Sid,
    DateTimeOffset? TokenExpiresAt,
    RecorderEnd? Flaw
);

/// <summary>The life of one recorder. All methods run inside the <see cref="Timeline"/>.</summary>
internal sealed class Recorder
{
    private readonly RecorderTask task;
    private readonly Channel channel;
    private readonly Timeline timeline;
    private readonly IBucketStore store;
    private readonly SeededIds ids;
    private readonly SimulatorOptions options;
    private readonly List<Track> tracks = [];
    private Phase phase = Phase.Starting;
    private DateTimeOffset phaseSince;
    private DateTimeOffset? idleSince;
    private int moves;

    public Recorder(
        RecorderTask task,
        Channel channel,
        Timeline timeline,
        IBucketStore store,
        SeededIds ids,
        SimulatorOptions options,
        DateTimeOffset now
    )
    {
        (this.task, this.channel, this.timeline, this.store, this.ids, this.options) = (task, channel, timeline, store, ids, options);
        CurrentUid = task.Request.Task.Uid;
        StartedAt = phaseSince = now;
        channel.Attach(this, now);
        if (task.Flaw is { } flaw)
        {
            timeline.At(now + options.AsyncFailureAfter, due => End(due, flaw));
            return;
        }

        InPhase(options.ReadyAfter, Join);
        if (task.TokenExpiresAt is { } expiry)
        {
            timeline.At(expiry, due => End(due, RecorderEnd.TokenExpired));
        }
    }

    private enum Phase
    {
        Starting,
        InChannel,

        /// <summary>Its server is lost and the next one not found yet.</summary>
        Moving,
        Ended,
    }

    public RecorderTask Task => task;

    public string CurrentUid { get; private set; }

    public DateTimeOffset StartedAt { get; }

    public DateTimeOffset? EndedAt { get; private set; }

    public RecorderEnd? WhyEnded { get; private set; }

    /// <summary>When its last file is in the bucket.</summary>
    public DateTimeOffset UploadedAt { get; private set; }

    /// <summary>From when on nobody finds it any more.</summary>
    public DateTimeOffset GoneAt { get; private set; } = DateTimeOffset.MaxValue;

    public bool SidDelivered { get; set; }

    public Intervals InChannel { get; } = new();

    public Intervals Receiving { get; } = new();

    public bool IsAlive => phase != Phase.Ended;

    public bool IsInChannel => phase == Phase.InChannel;

    public bool HasMoved => phase == Phase.Moving;

    public bool HasRecorded => tracks.Exists(track => track.FirstSliceAt is not null);

    public IReadOnlyList<Track> Tracks => tracks;

    /// <summary>The status that a query answers.</summary>
    public int Status(DateTimeOffset now) =>
        phase switch
        {
            Phase.Ended when WhyEnded == RecorderEnd.Killed => 20,
            Phase.Ended => now < UploadedAt ? 6 : 8,
            Phase.InChannel => tracks.Exists(track => track.IsUploaded) ? 5 : 4,
            Phase.Starting when now - phaseSince >= options.PartlyReadyAfter => 3,
            Phase.Starting when now - phaseSince >= options.StartingAfter => 2,
            _ => 1,
        };

    /// <summary>Follows what changed in the channel: opens and closes tracks, starts and stops the idle time.</summary>
    public void LookAtChannel(DateTimeOffset now)
    {
        if (phase != Phase.InChannel)
        {
            return;
        }

        var published = Published().ToHashSet();
        foreach (var track in tracks.Where(track => track.IsOpen && !published.Contains(track.Key)))
        {
            CutAndUpload(track, now, goesOn: false);
        }

        foreach (var key in published)
        {
            var track = tracks.Find(track => track.Key == key && IsOfThisServer(track)) ?? AddTrack(key);
            if (!track.IsOpen)
            {
                track.Open(now);
                InPhase(now + options.SliceLength - phaseSince, due => CutOnTime(track, now, due));
            }
        }

        Receiving.Set(now, published.Count > 0);
        FollowIdleness(now);
    }

    /// <summary>Leaves for good.</summary>
    public void End(DateTimeOffset now, RecorderEnd why)
    {
        if (phase == Phase.Ended)
        {
            return;
        }

        var isCrash = why is RecorderEnd.Killed or RecorderEnd.ServerLost;
        CloseTracks(now, isCrash);
        Enter(Phase.Ended, now);
        (EndedAt, WhyEnded) = (now, why);
        UploadedAt = HasRecorded && !isCrash ? now + options.UploadDelay : now;
        var linger = why switch
        {
            RecorderEnd.Killed => options.OpenPoints.CrashStatusFor,
            _ when isCrash || why == task.Flaw => TimeSpan.Zero,
            _ => options.OpenPoints.ExitWindow,
        };
        GoneAt = UploadedAt > now + linger ? UploadedAt : now + linger;
        if (!isCrash && HasRecorded)
        {
            timeline.At(UploadedAt, _ => FinishPlaylists());
        }

        channel.Detach(this, why, now);
    }

    /// <summary>Loses its server and comes back on another one with a random uid, if it has not moved too often.</summary>
    public void Move(DateTimeOffset now, TimeSpan away)
    {
        if (phase is Phase.Ended or Phase.Moving)
        {
            return;
        }

        if (moves == options.MovesSurvived)
        {
            End(now, RecorderEnd.ServerLost);
            return;
        }

        CloseTracks(now, isCrash: true);
        Enter(Phase.Moving, now);
        moves++;
        InPhase(
            away,
            due =>
            {
                CurrentUid = ids.MovedUid(task.Sid, moves);
                Join(due);
            }
        );
    }

    private void Join(DateTimeOffset now)
    {
        if (channel.Kick(CurrentUid, now))
        {
            End(now, RecorderEnd.UidConflict);
            return;
        }

        Enter(Phase.InChannel, now);
        InChannel.Set(now, true);
        LookAtChannel(now);
    }

    private void Enter(Phase next, DateTimeOffset now)
    {
        (phase, phaseSince, idleSince) = (next, now, null);
        InChannel.Set(now, false);
        Receiving.Set(now, false);
    }

    /// <summary>Plans for later in this phase; a phase that ended earlier takes its plans along.</summary>
    private void InPhase(TimeSpan after, Action<DateTimeOffset> entry)
    {
        var (planned, since) = (phase, phaseSince);
        timeline.At(
            since + after,
            due =>
            {
                if (phase == planned && phaseSince == since)
                {
                    entry(due);
                }
            }
        );
    }

    private IEnumerable<TrackKey> Published()
    {
        var (audio, video) = (false, false);
        foreach (var user in channel.Users.Where(user => !task.Request.IsLive || user.Role == ChannelRole.Host))
        {
            var (hears, sees) = (user.Audio && task.Request.WantsAudio, user.Video && task.Request.WantsVideo);
            if (task.Request.IsIndividual && hears)
            {
                yield return new TrackKey(user.Uid, HasAudio: true, HasVideo: false);
            }

            if (task.Request.IsIndividual && sees)
            {
                yield return new TrackKey(user.Uid, HasAudio: false, HasVideo: true);
            }

            (audio, video) = (audio || hears, video || sees);
        }

        if (!task.Request.IsIndividual && (audio || video))
        {
            yield return new TrackKey(null, task.Request.WantsAudio, task.Request.WantsVideo);
        }
    }

    private void FollowIdleness(DateTimeOffset now)
    {
        var isIdle = !channel.Users.Any(user => !task.Request.IsLive || user.Role == ChannelRole.Host);
        if (!isIdle)
        {
            idleSince = null;
            return;
        }

        if (idleSince is null)
        {
            idleSince = now;
            InPhase(
                now + task.Request.MaxIdle - phaseSince,
                due =>
                {
                    if (idleSince == now)
                    {
                        End(due, RecorderEnd.Idle);
                    }
                }
            );
        }
    }

    private Track AddTrack(TrackKey key)
    {
        var name = options.OpenPoints.SanitizeChannelName ? FileNames.Sanitize(channel.Name) : channel.Name;
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
        InPhase(now + options.SliceLength - phaseSince, due => CutOnTime(track, now, due));
    }

    private void CutAndUpload(Track track, DateTimeOffset now, bool goesOn)
    {
        if (track.Cut(now, goesOn) is { } upload)
        {
            timeline.At(now + options.UploadDelay, _ => upload());
        }
    }

    private void CloseTracks(DateTimeOffset now, bool isCrash)
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

    private void FinishPlaylists()
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
}
