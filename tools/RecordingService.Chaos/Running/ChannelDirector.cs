using RecordingService.Chaos.Timetables;
using RecordingService.Simulation;

namespace RecordingService.Chaos.Running;

/// <summary>Lets users come and go in the channels of all clients, by one script, and notes when somebody published.</summary>
internal sealed class ChannelDirector(AgoraSimulator agora, RunClock clock, IReadOnlyList<(string AppId, string Channel)> channels)
{
    private readonly Dictionary<string, HashSet<string>> publishing = channels.ToDictionary(one => one.Channel, _ => new HashSet<string>());
    private readonly Dictionary<string, DateTimeOffset> since = [];
    private readonly List<(string Channel, Interval Interval)> published = [];

    /// <summary>Plays the script of a class in its channels, the same for each client.</summary>
    public async Task PlayAsync(ClassPlan plan, DateTimeOffset begin, CancellationToken cancellationToken)
    {
        foreach (var (appId, channel) in channels)
        {
            agora.Channels.Script(channel, appId);
        }

        foreach (var step in plan.Steps)
        {
            await clock.WaitUntilAsync(begin + step.At, cancellationToken);
            foreach (var (appId, channel) in channels)
            {
                Perform(step, appId, channel);
            }
        }
    }

    /// <summary>Tells when somebody published in a channel, up to now.</summary>
    public IReadOnlyList<Interval> Published(string channel)
    {
        var open = since.TryGetValue(channel, out var from) ? new[] { new Interval(from, clock.Now) } : [];
        return [.. published.Where(one => one.Channel == channel).Select(one => one.Interval), .. open];
    }

    private void Perform(ChannelStep step, string appId, string channel)
    {
        var users = publishing[channel];
        var before = users.Count > 0;
        if (step.HasMedia)
        {
            users.Add(step.Uid);
        }
        else
        {
            users.Remove(step.Uid);
        }

        var now = clock.Now;
        switch (step.Presence)
        {
            case Presence.Publishes:
                agora.Channels.Join(channel, new ChannelUser(step.Uid), appId);
                break;
            case Presence.Speaks:
                agora.Channels.Join(channel, new ChannelUser(step.Uid, Video: false), appId);
                break;
            case Presence.Listens:
                agora.Channels.Join(channel, new ChannelUser(step.Uid, ChannelRole.Audience, Audio: false, Video: false), appId);
                break;
            case Presence.Gone:
                agora.Channels.Leave(channel, step.Uid, appId);
                break;
        }

        var after = users.Count > 0;
        if (after && !before)
        {
            since[channel] = now;
        }
        else if (before && !after && since.Remove(channel, out var from))
        {
            published.Add((channel, new Interval(from, now)));
        }
    }
}
