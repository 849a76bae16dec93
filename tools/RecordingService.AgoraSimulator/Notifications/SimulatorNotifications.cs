using System.Text.Json.Nodes;

namespace RecordingService.Simulation;

/// <summary>The notifications to the customer: who gets them, and what goes wrong with them.</summary>
/// <remarks>Each sid has a queue of its own beside the simulated world, so a receiver that is slow delays neither recorders nor other sids.</remarks>
public sealed class SimulatorNotifications : IDisposable
{
    private readonly Timeline timeline;
    private readonly NoticeDelivery delivery;
    private readonly CancellationToken closing;
    private readonly Dictionary<string, Task> queues = [];
    private CancellationTokenSource sending;
    private NotificationOptions settings;

    internal SimulatorNotifications(NotificationOptions settings, Timeline timeline, SimulatorJournal journal, CancellationToken closing)
    {
        (this.settings, this.timeline, this.closing) = (settings, timeline, closing);
        delivery = new NoticeDelivery(timeline.Clock, journal);
        sending = CancellationTokenSource.CreateLinkedTokenSource(closing);
    }

    /// <summary>Gets or sets what is in force for the events to come.</summary>
    public NotificationOptions Settings
    {
        get => timeline.Now(_ => settings);
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            timeline.Now(_ => settings = value);
        }
    }

    /// <summary>Gets the same for who is inside the timeline already.</summary>
    internal NotificationOptions SettingsHere => settings;

    /// <summary>Sends an event that no recorder would send by itself.</summary>
    /// <param name="appId">App ID whose receiver gets it.</param>
    /// <param name="notice">The event.</param>
    /// <returns>Its <c>noticeId</c>.</returns>
    public string Send(string appId, CustomNotice notice)
    {
        ArgumentNullException.ThrowIfNull(notice);
        return timeline.Now(now =>
        {
            var payload = notice.Payload?.DeepClone().AsObject() ?? [];
            payload["cname"] ??= notice.Channel;
            payload["uid"] ??= notice.Uid;
            payload["sid"] ??= notice.Sid;
            payload["sequence"] ??= notice.Sequence;
            payload["sendts"] ??= now.ToUnixTimeMilliseconds();
            payload["serviceType"] ??= 0;
            payload["details"] ??= new JsonObject();
            var id = notice.NoticeId ?? SeededIds.NoticeId(notice.Sid, notice.EventType, notice.Sequence);
            var task = new TaskIdentity(notice.Channel, notice.Uid);
            Enqueue(new Notice(id, appId, task, notice.Sid, notice.EventType, notice.Sequence, payload), now, null);
            return id;
        });
    }

    /// <summary>Gives up what is under way and frees the connections.</summary>
    public void Dispose()
    {
        sending.Cancel();
        sending.Dispose();
        delivery.Dispose();
    }

    /// <summary>Sends an event of a recorder; to be called from inside the timeline.</summary>
    /// <param name="notice">The event.</param>
    /// <param name="now">When it happened.</param>
    /// <param name="after">What must be done before it is sent, or null.</param>
    internal void Enqueue(Notice notice, DateTimeOffset now, Task? after)
    {
        if (FateOf(notice, now) is not { } fate)
        {
            return;
        }

        var isOrdered = settings.DisorderWindow == TimeSpan.Zero;
        var before = isOrdered ? queues.GetValueOrDefault(notice.Sid, Task.CompletedTask) : Task.CompletedTask;
        var token = sending.Token;
        var sent = Task.Run(
            async () =>
            {
                await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await (after ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await delivery.DeliverAsync(notice, fate, token);
            },
            token
        );
        queues[notice.Sid] = sent;
    }

    internal void Clear()
    {
        sending.Cancel();
        sending.Dispose();
        sending = CancellationTokenSource.CreateLinkedTokenSource(closing);
        queues.Clear();
    }

    private NoticeFate? FateOf(Notice notice, DateTimeOffset now)
    {
        var own = settings.Projects.FirstOrDefault(project => project.AppId == notice.AppId);
        var (url, secret) = own is null ? (settings.Url, settings.Secret) : (own.Url, own.Secret);
        if (url is null || settings.Events is { Count: > 0 } events && !events.Contains(notice.EventType))
        {
            return null;
        }

        var chances = new SeededIds(settings.Seed);
        var due = now + settings.Delay + settings.DisorderWindow * chances.Chance($"disorder {notice.Id}", notice.Sequence);
        return new NoticeFate(
            url,
            secret,
            due,
            chances.Chance($"loss {notice.Id}", notice.Sequence) < settings.LossRate,
            chances.Chance($"duplicate {notice.Id}", notice.Sequence) < settings.DuplicateRate ? 2 : 1,
            settings
        );
    }
}

/// <summary>An event as a test wants it.</summary>
public sealed record CustomNotice
{
    /// <summary>Gets the number of the event.</summary>
    public int EventType { get; init; }

    /// <summary>Gets the <c>noticeId</c>; null for one of its own.</summary>
    public string? NoticeId { get; init; }

    /// <summary>Gets the channel name.</summary>
    public string Channel { get; init; } = "";

    /// <summary>Gets the recorder uid.</summary>
    public string Uid { get; init; } = "";

    /// <summary>Gets the sid.</summary>
    public string Sid { get; init; } = "";

    /// <summary>Gets the sequence number.</summary>
    public int Sequence { get; init; }

    /// <summary>Gets members of the payload; those above are added when they are missing.</summary>
    public JsonObject? Payload { get; init; }
}
