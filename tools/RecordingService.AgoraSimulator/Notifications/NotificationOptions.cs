namespace RecordingService.Simulation;

/// <summary>Configures the notifications that the simulator sends; configuration section <c>Simulator:Notifications</c>.</summary>
public sealed class NotificationOptions
{
    /// <summary>Gets or sets the address that notifications are posted to.</summary>
    /// <value>Null: none are sent, except for <see cref="Projects"/>.</value>
    public Uri? Url { get; set; }

    /// <summary>Gets or sets the secret that signs them.</summary>
    public string Secret { get; set; } = "";

    /// <summary>Gets or sets the projects whose notifications go elsewhere.</summary>
    public IReadOnlyList<NotificationReceiver> Projects { get; set; } = [];

    /// <summary>Gets or sets the numbers of the events that are subscribed to.</summary>
    /// <value>Null or empty: all.</value>
    public IReadOnlyList<int>? Events { get; set; }

    /// <summary>Gets or sets the seed of loss, duplicates and disorder.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Gets or sets the share of events that are never sent; 0 to 1.</summary>
    public double LossRate { get; set; }

    /// <summary>Gets or sets the share of events that are sent twice; 0 to 1.</summary>
    public double DuplicateRate { get; set; }

    /// <summary>Gets or sets how long an event may be held back beyond <see cref="Delay"/>, each for a share of its own; recording time.</summary>
    /// <value>Zero: the events of one sid arrive in order, a later one only after the delivery of those before it.</value>
    public TimeSpan DisorderWindow { get; set; }

    /// <summary>Gets or sets how long after the event its notification is sent; recording time.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Gets or sets whether notifications carry signatures made with another secret.</summary>
    public bool Forge { get; set; }

    /// <summary>Gets or sets how often a notification is sent again when the answer is not 200 with JSON.</summary>
    /// <value>3, as documented.</value>
    public int Retries { get; set; } = 3;

    /// <summary>Gets or sets by how much the wait before a retry grows, recording time; the first retry follows at once.</summary>
    /// <value>5 seconds; the documentation only says that intervals grow.</value>
    public TimeSpan RetryStep { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets how long the receiver may take, real time.</summary>
    /// <value>10 seconds, as documented.</value>
    public TimeSpan AnswerTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets whether payloads carry <c>serviceScene</c>, as those of Chinese accounts do.</summary>
    public bool ServiceScene { get; set; }

    /// <summary>Gets or sets whether event 13 (registered for high availability) is sent when a recorder joins; its fields are not documented.</summary>
    public bool Registered { get; set; }

    /// <summary>Gets or sets whether event 90 (download failed) is sent once per recording.</summary>
    public bool DownloadFailed { get; set; }
}

/// <summary>Where the notifications of one project go.</summary>
public sealed class NotificationReceiver
{
    /// <summary>Gets or sets the App ID.</summary>
    public string AppId { get; set; } = "";

    /// <summary>Gets or sets the address.</summary>
    /// <value>Null: none are sent for this project.</value>
    public Uri? Url { get; set; }

    /// <summary>Gets or sets the secret.</summary>
    public string Secret { get; set; } = "";
}
