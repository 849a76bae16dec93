namespace RecordingService.Simulation;

/// <summary>Role of a user in a channel of the live profile.</summary>
public enum ChannelRole
{
    /// <summary>May publish.</summary>
    Host,

    /// <summary>Only listens; does not keep a live channel from being idle.</summary>
    Audience,
}

/// <summary>A simulated user.</summary>
/// <param name="Uid">Uid in the channel.</param>
/// <param name="Role">Role.</param>
/// <param name="Audio">Publishes audio.</param>
/// <param name="Video">Publishes video.</param>
public sealed record ChannelUser(string Uid, ChannelRole Role = ChannelRole.Host, bool Audio = true, bool Video = true);

/// <summary>A channel of one App ID: who is in it, and which recorders watch it.</summary>
internal sealed class Channel(string appId, string name)
{
    private const string Teacher = "1";
    private const string OtherTeacher = "2";

    private readonly OrderedDictionary<string, ChannelUser> users = new(StringComparer.Ordinal);
    private readonly List<Recorder> recorders = [];
    private bool isScripted;

    public string AppId => appId;

    /// <summary>When somebody published in it, recorded or not.</summary>
    public Intervals Published { get; } = new();

    public string Name => name;

    public ChannelEncryption Encryption { get; private set; } = ChannelEncryption.None;

    public void Encrypt(ChannelEncryption encryption, DateTimeOffset now)
    {
        Encryption = encryption;
        Notify(now);
    }

    /// <summary>Who is in it, in order of joining.</summary>
    public IReadOnlyCollection<ChannelUser> Users => users.Values;

    /// <summary>Takes the channel out of the hands of the teacher that comes by itself.</summary>
    public void Script(DateTimeOffset now)
    {
        if (!isScripted)
        {
            isScripted = true;
            users.Clear();
            Notify(now);
        }
    }

    public void Join(ChannelUser user, DateTimeOffset now)
    {
        Script(now);
        var clashing = recorders.Find(recorder => recorder.IsInChannel && recorder.CurrentUid == user.Uid);
        if (clashing is null)
        {
            users[user.Uid] = user;
            Notify(now);
        }
        else
        {
            clashing.End(now, RecorderEnd.UidConflict);
        }
    }

    public void Leave(string uid, DateTimeOffset now)
    {
        Script(now);
        users.Remove(uid);
        Notify(now);
    }

    /// <summary>Takes note of a recorder from its start on, long before it is in the channel.</summary>
    public void Attach(Recorder recorder, DateTimeOffset now)
    {
        recorders.Add(recorder);
        if (!isScripted && users.Count == 0)
        {
            var teacher = recorder.CurrentUid == Teacher ? OtherTeacher : Teacher;
            users.Add(teacher, new ChannelUser(teacher));
            Notify(now);
        }
    }

    /// <summary>Forgets a recorder that ended; the teacher that came by itself goes with the last one that was stopped.</summary>
    public void Detach(Recorder recorder, RecorderEnd end, DateTimeOffset now)
    {
        recorders.Remove(recorder);
        if (!isScripted && end == RecorderEnd.Stopped && recorders.Count == 0)
        {
            users.Clear();
        }

        Notify(now);
    }

    /// <summary>Removes a user whose uid a recorder brought along: they kick each other out.</summary>
    public bool Kick(string uid, DateTimeOffset now)
    {
        if (!users.Remove(uid))
        {
            return false;
        }

        Notify(now);
        return true;
    }

    private void Notify(DateTimeOffset now)
    {
        Published.Set(now, users.Values.Any(user => user.Role == ChannelRole.Host && (user.Audio || user.Video)));
        foreach (var recorder in recorders.ToArray())
        {
            recorder.LookAtChannel(now);
        }
    }
}
