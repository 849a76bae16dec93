namespace RecordingService.Simulation;

/// <summary>The users of the simulated channels.</summary>
/// <remarks>
/// A channel that nobody scripted gets a publishing teacher when a recorder starts in it, and loses it when the last recorder there is
/// stopped. The first call here for a channel takes it over: the teacher leaves, and only these calls decide.
/// Without an App ID the first project is meant.
/// </remarks>
public sealed class SimulatorChannels
{
    private readonly Timeline timeline;
    private readonly SimulatorJournal journal;
    private readonly string defaultAppId;
    private readonly Dictionary<(string AppId, string Name), Channel> channels = [];

    internal SimulatorChannels(Timeline timeline, SimulatorJournal journal, string defaultAppId) =>
        (this.timeline, this.journal, this.defaultAppId) = (timeline, journal, defaultAppId);

    /// <summary>Lets a user join, or changes what it publishes.</summary>
    /// <remarks>A recorder with the same uid in the channel and this user kick each other out.</remarks>
    public void Join(string channel, ChannelUser user, string? appId = null)
    {
        ArgumentNullException.ThrowIfNull(user);
        timeline.Now(now => Find(appId, channel).Join(user, now));
    }

    /// <summary>Lets a publishing host join.</summary>
    public void Join(string channel, string uid, string? appId = null) => Join(channel, new ChannelUser(uid), appId);

    /// <summary>Lets a user leave.</summary>
    public void Leave(string channel, string uid, string? appId = null) => timeline.Now(now => Find(appId, channel).Leave(uid, now));

    /// <summary>Empties a channel of the teacher that came by itself, and keeps it from coming.</summary>
    public void Script(string channel, string? appId = null) => timeline.Now(now => Find(appId, channel).Script(now));

    /// <summary>Encrypts a channel, or ends that; a recorder without the very same settings is in it but receives nothing.</summary>
    /// <remarks>Unlike the other calls it leaves the teacher that comes by itself alone.</remarks>
    public void Encrypt(string channel, ChannelEncryption encryption, string? appId = null)
    {
        ArgumentNullException.ThrowIfNull(encryption);
        timeline.Now(now => Find(appId, channel).Encrypt(encryption, now));
    }

    /// <summary>Tells who is in a channel.</summary>
    public IReadOnlyList<ChannelUser> Users(string channel, string? appId = null) =>
        timeline.Now<IReadOnlyList<ChannelUser>>(_ => [.. Find(appId, channel).Users.OrderBy(user => user.Uid, StringComparer.Ordinal)]);

    internal Channel Find(string? appId, string name)
    {
        var key = (appId ?? defaultAppId, name);
        if (!channels.TryGetValue(key, out var channel))
        {
            channels.Add(key, channel = new Channel(key.Item1, name));
            journal.Add(channel);
        }

        return channel;
    }

    internal void Clear() => channels.Clear();
}
