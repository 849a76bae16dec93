using System.Text.Json.Nodes;

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
    RecorderFlaw? Flaw
);

/// <summary>The life of one recorder. All methods run inside the <see cref="Timeline"/>.</summary>
internal sealed class Recorder
{
    private const int MostRecorded = 17;
    private const int TimeOverCode = 1;

    private static readonly TimeSpan ProgressEvery = TimeSpan.FromMinutes(1);

    private readonly RecorderTask task;
    private readonly Channel channel;
    private readonly Timeline timeline;
    private readonly SeededIds ids;
    private readonly SimulatorOptions options;
    private readonly RecorderNotices notices;
    private readonly RecordedFiles files;
    private HashSet<(string Uid, bool IsVideo)> streams = [];
    private Phase phase = Phase.Starting;
    private DateTimeOffset phaseSince;
    private DateTimeOffset? idleSince;
    private RecorderFlaw? flaw;
    private int moves;
    private int pageCode;

    public Recorder(
        RecorderTask task,
        Channel channel,
        Timeline timeline,
        IBucketStore store,
        SeededIds ids,
        SimulatorOptions options,
        SimulatorNotifications notifications,
        DateTimeOffset now
    )
    {
        (this.task, this.channel, this.timeline, this.ids, this.options) = (task, channel, timeline, ids, options);
        notices = new RecorderNotices(notifications, options.OpenPoints, task);
        files = new RecordedFiles(task, channel.Name, timeline, store, ids, options, notices);
        CurrentUid = task.Request.Task.Uid;
        StartedAt = phaseSince = now;
        Subscription = task.Request.Subscription;
        Layout = task.Request.Layout;
        OnHold = Page?.OnHold == true;
        PublishUrls = Page?.PublishUrls ?? [];
        if (Page is null)
        {
            channel.Attach(this, now);
            InPhase(options.StartingAfter, notices.RecorderStarted);
        }

        if (task.Flaw is { } found)
        {
            Reject(now, found);
        }

        InPhase(options.PartlyReadyAfter, notices.UploaderStarted);
        if (task.Flaw is not null)
        {
            return;
        }

        InPhase(Page is null ? options.ReadyAfter : options.PageReadyAfter, Join);
        if (Page is { } page)
        {
            timeline.At(now + options.PageReadyAfter + page.MaxTime, due => End(due, RecorderEnd.TimeOver));
        }

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

    public RecordedFiles Files => files;

    public RecorderSubscription Subscription { get; private set; }

    /// <summary>Layout of the mix, with every default.</summary>
    public JsonObject Layout { get; set; }

    /// <summary>The recording of a page is paused.</summary>
    public bool OnHold { get; private set; }

    /// <summary>Where the page is streamed to.</summary>
    public IReadOnlyList<string> PublishUrls { get; private set; }

    private WebPage? Page => task.Request.Page;

    /// <summary>The status that a query answers.</summary>
    public int Status(DateTimeOffset now) =>
        phase switch
        {
            Phase.Ended when WhyEnded == RecorderEnd.Killed => 20,
            Phase.Ended => now < UploadedAt ? 6 : 8,
            Phase.InChannel => files.HasUploaded ? 5 : 4,
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
        files.Follow(now, task.Request.Snapshots?.IsAlone == true ? [] : published);
        Receiving.Set(now, published.Count > 0);
        if (Page is null)
        {
            TellStreams(now);
            FollowIdleness(now);
        }
    }

    /// <summary>Takes on what an update changes.</summary>
    public void Update(DateTimeOffset now, UpdateRequest request)
    {
        Subscription = new RecorderSubscription(request.Audio ?? Subscription.Audio, request.Video ?? Subscription.Video);
        OnHold = request.OnHold ?? OnHold;
        PublishUrls = request.PublishUrls ?? PublishUrls;
        files.Storage = request.Storage ?? files.Storage;
        LookAtChannel(now);
    }

    /// <summary>Gives up on its page, as event 71 tells it.</summary>
    /// <returns>False when it records no page.</returns>
    public bool FailPage(DateTimeOffset now, int code)
    {
        if (Page is null)
        {
            return false;
        }

        pageCode = code;
        End(now, RecorderEnd.PageFailed);
        return true;
    }

    /// <summary>Gives up after a while for what is wrong with its task.</summary>
    public void Reject(DateTimeOffset now, RecorderFlaw found)
    {
        flaw = found;
        timeline.At(now + options.AsyncFailureAfter, due => End(due, found.End));
    }

    /// <summary>Leaves for good.</summary>
    public void End(DateTimeOffset now, RecorderEnd why)
    {
        if (phase == Phase.Ended)
        {
            return;
        }

        var isCrash = why is RecorderEnd.Killed or RecorderEnd.ServerLost;
        var isRejected = flaw?.End == why;
        var hasJoined = phase is Phase.InChannel or Phase.Moving;
        files.Close(now, isCrash);
        Enter(Phase.Ended, now);
        (EndedAt, WhyEnded) = (now, why);
        UploadedAt = files.HasRecorded && !isCrash && !isRejected ? now + options.UploadDelay : now;
        var linger = why switch
        {
            RecorderEnd.Killed => options.OpenPoints.CrashStatusFor,
            _ when isCrash || isRejected => TimeSpan.Zero,
            _ => options.OpenPoints.ExitWindow,
        };
        GoneAt = UploadedAt > now + linger ? UploadedAt : now + linger;
        if (isRejected)
        {
            notices.Rejected(now, flaw!);
        }
        else if (isCrash)
        {
            notices.Died(now, why);
        }
        else
        {
            if (hasJoined && Page is null)
            {
                notices.Left(now, why);
            }
            else if (Page is not null)
            {
                var code = why == RecorderEnd.TimeOver ? TimeOverCode : pageCode;
                notices.PageStopped(now, code, RecorderFiles.PageList(this, options.OpenPoints));
            }

            timeline.At(UploadedAt, Finish);
        }

        if (Page is null)
        {
            channel.Detach(this, why, now);
        }
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

        files.Close(now, isCrash: true);
        files.Move();
        Enter(Phase.Moving, now);
        moves++;
        InPhase(
            away,
            due =>
            {
                CurrentUid = ids.MovedUid(task.Sid, moves);
                notices.MovedTo(due, CurrentUid);
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
        InChannel.Set(now, Page is null);
        notices.Joined(now);
        if (Page is not null)
        {
            notices.PageStarted(now);
        }

        InPhase(ProgressEvery, TellProgress);
        if (task.Request.Snapshots is { } snapshots)
        {
            InPhase(snapshots.Interval, due => TakeSnapshots(due, snapshots.Interval));
        }

        LookAtChannel(now);
    }

    private void Finish(DateTimeOffset now)
    {
        if (files.HasRecorded)
        {
            files.Finish(now);
            var isBackup = files.IsBackup;
            notices.Uploaded(now, isBackup, RecorderFiles.List(this, options.OpenPoints), files.Stored);
            if (options.Uploads.CrossRegionDelay is var delay && delay > TimeSpan.Zero)
            {
                timeline.At(
                    now + delay,
                    due => notices.Uploaded(due, isBackup: false, RecorderFiles.List(this, options.OpenPoints), files.Stored)
                );
            }
        }

        notices.Exited(now, WhyEnded!.Value);
    }

    private void TakeSnapshots(DateTimeOffset now, TimeSpan interval)
    {
        foreach (var user in Received().Where(user => user.Video))
        {
            files.TakeSnapshot(now, user.Uid);
        }

        InPhase(now + interval - phaseSince, due => TakeSnapshots(due, interval));
    }

    private void TellProgress(DateTimeOffset now)
    {
        if (files.HasRecorded)
        {
            notices.Progress(now, files.UploadedShare);
        }

        InPhase(now + ProgressEvery - phaseSince, TellProgress);
    }

    private void TellStreams(DateTimeOffset now)
    {
        var received = Received().SelectMany(user => Streams(user)).ToHashSet();
        foreach (var (uid, isVideo) in streams.Except(received).Order())
        {
            notices.StreamChanged(now, uid, isVideo, isReceived: false);
        }

        foreach (var (uid, isVideo) in received.Except(streams).Order())
        {
            notices.StreamChanged(now, uid, isVideo, isReceived: true);
        }

        streams = received;
    }

    private void Enter(Phase next, DateTimeOffset now)
    {
        (phase, phaseSince, idleSince) = (next, now, null);
        InChannel.Set(now, false);
        Receiving.Set(now, false);
        streams = [];
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

    /// <summary>Who counts, with what it publishes and this recorder subscribes to.</summary>
    private IEnumerable<ChannelUser> Received() =>
        channel
            .Users.Where(_ => channel.Encryption == task.Request.Encryption)
            .Where(user => !task.Request.IsLive || user.Role == ChannelRole.Host)
            .Select(user =>
                user with
                {
                    Audio = user.Audio && task.Request.WantsAudio && Subscription.Hears(user.Uid, options.OpenPoints),
                    Video = user.Video && task.Request.WantsVideo && Subscription.Sees(user.Uid, options.OpenPoints),
                }
            )
            .Where(user => user.Audio || user.Video)
            .Take(MostRecorded);

    private static IEnumerable<(string Uid, bool IsVideo)> Streams(ChannelUser user)
    {
        if (user.Audio)
        {
            yield return (user.Uid, false);
        }

        if (user.Video)
        {
            yield return (user.Uid, true);
        }
    }

    private IEnumerable<TrackKey> Published()
    {
        if (Page is not null)
        {
            return OnHold ? [] : [new TrackKey(null, HasAudio: true, HasVideo: true)];
        }

        List<(string Uid, bool IsVideo)> received = [.. Received().SelectMany(Streams)];
        return task.Request.IsIndividual
            ? received.Select(stream => new TrackKey(stream.Uid, HasAudio: !stream.IsVideo, HasVideo: stream.IsVideo))
            : received.Take(1).Select(_ => new TrackKey(null, task.Request.WantsAudio, task.Request.WantsVideo));
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
}
