namespace RecordingService.Simulation;

/// <summary>Remembers every call and every recorder: the oracle of end-to-end verdicts.</summary>
/// <remarks>Durations are recording time unless said otherwise. Without an App ID the channels of all projects are meant.</remarks>
public sealed class SimulatorJournal
{
    private readonly Timeline timeline;
    private readonly Lock callsGate = new();
    private readonly List<JournaledCall> calls = [];
    private readonly List<JournaledNotice> notices = [];
    private readonly List<Recorder> recorders = [];
    private readonly List<Channel> channels = [];

    internal SimulatorJournal(Timeline timeline) => this.timeline = timeline;

    /// <summary>Reads calls that ended, in that order.</summary>
    /// <param name="after">Number of the last call already read; 0 from the beginning.</param>
    /// <param name="limit">At most so many.</param>
    public IReadOnlyList<JournaledCall> Calls(long after = 0, int limit = int.MaxValue)
    {
        lock (callsGate)
        {
            return [.. calls.Skip((int)Math.Clamp(after, 0, calls.Count)).Take(limit)];
        }
    }

    /// <summary>Reads attempts to deliver notifications that ended, in that order.</summary>
    /// <param name="after">Number of the last attempt already read; 0 from the beginning.</param>
    /// <param name="limit">At most so many.</param>
    public IReadOnlyList<JournaledNotice> Notices(long after = 0, int limit = int.MaxValue)
    {
        lock (callsGate)
        {
            return [.. notices.Skip((int)Math.Clamp(after, 0, notices.Count)).Take(limit)];
        }
    }

    /// <summary>Reads the lives of all recorders, in order of their start.</summary>
    public IReadOnlyList<RecorderLife> Recorders(string? channel = null, string? appId = null) =>
        timeline.Now<IReadOnlyList<RecorderLife>>(now =>
            [
                .. recorders
                    .Where(recorder => channel is null || recorder.Task.Request.Task.Channel == channel)
                    .Where(recorder => appId is null || recorder.Task.AppId == appId)
                    .Select(recorder => LifeOf(recorder, now)),
            ]
        );

    /// <summary>Counts the starts that made a recorder with this uid in this channel.</summary>
    public int Starts(string channel, string uid, string? appId = null) => Recorders(channel, appId).Count(life => life.Uid == uid);

    /// <summary>Tells how many recorders were in a channel at once, at most.</summary>
    public int MostRecordersAtOnce(string channel, string? appId = null) =>
        Overlap.Peak(Recorders(channel, appId).SelectMany(life => life.InChannel));

    /// <summary>Tells for how long two or more recorders received media of a channel at once.</summary>
    public TimeSpan RecordedTwice(string channel, string? appId = null) => Recorded(channel, appId, atLeast: 2);

    /// <summary>Tells for how long somebody published in a channel since it was first named: what a perfect service would have recorded.</summary>
    public TimeSpan Published(string channel, string? appId = null) =>
        timeline.Now(now =>
            Overlap.LengthOf(
                channels
                    .Where(known => known.Name == channel && (appId ?? known.AppId) == known.AppId)
                    .SelectMany(known => known.Published.Until(now)),
                atLeast: 1
            )
        );

    /// <summary>Tells for how long at least one recorder received media of a channel.</summary>
    public TimeSpan Recorded(string channel, string? appId = null) => Recorded(channel, appId, atLeast: 1);

    /// <summary>Tells the largest number of calls to one project within any second that the rate limit counts, refused ones included.</summary>
    public int MostCallsPerSecond(string appId)
    {
        List<DateTimeOffset> arrivals = [.. Calls().Where(call => call.AppId == appId).Select(call => call.At).Order()];
        var (most, first) = (0, 0);
        for (var last = 0; last < arrivals.Count; last++)
        {
            while (arrivals[last] - arrivals[first] >= TimeSpan.FromSeconds(1))
            {
                first++;
            }

            most = Math.Max(most, last - first + 1);
        }

        return most;
    }

    /// <summary>Lists the recorders whose sid never reached anybody.</summary>
    public IReadOnlyList<RecorderLife> Orphans() => [.. Recorders().Where(life => !life.SidDelivered)];

    internal Recorder? FindAlive(string sid) => recorders.Find(recorder => recorder.Task.Sid == sid && recorder.IsAlive);

    internal void Add(Recorder recorder) => recorders.Add(recorder);

    internal void Add(Channel channel) => channels.Add(channel);

    internal void Add(JournaledCall call)
    {
        lock (callsGate)
        {
            calls.Add(call with { Number = calls.Count + 1 });
        }
    }

    internal void Add(JournaledNotice notice)
    {
        lock (callsGate)
        {
            notices.Add(notice with { Number = notices.Count + 1 });
        }
    }

    internal void Clear()
    {
        recorders.Clear();
        channels.Clear();
        lock (callsGate)
        {
            calls.Clear();
            notices.Clear();
        }
    }

    private TimeSpan Recorded(string channel, string? appId, int atLeast) =>
        Overlap.LengthOf(Recorders(channel, appId).SelectMany(life => life.Receiving), atLeast);

    private static RecorderLife LifeOf(Recorder recorder, DateTimeOffset now) =>
        new(
            recorder.Task.AppId,
            recorder.Task.Request.Task.Channel,
            recorder.Task.Request.Task.Uid,
            recorder.CurrentUid,
            recorder.Task.ResourceId,
            recorder.Task.Sid,
            recorder.StartedAt,
            recorder.InChannel.Until(now),
            recorder.Receiving.Until(now),
            recorder.EndedAt,
            recorder.WhyEnded,
            recorder.SidDelivered
        )
        {
            Mode = recorder.Task.Request.Mode,
            Layout = recorder.Task.Request.Mode == AgoraRoute.Mix ? recorder.Layout.DeepClone().AsObject() : [],
            Subscription = recorder.Subscription,
            OnHold = recorder.OnHold,
        };
}
