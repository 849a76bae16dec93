namespace RecordingService.Simulation;

/// <summary>Configures a simulated Agora Cloud Recording; configuration section <c>Simulator</c>. All durations are recording time.</summary>
public sealed class SimulatorOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Simulator";

    /// <summary>Gets the addresses to listen on, one per simulated host.</summary>
    /// <value>Empty: one host on a free port of 127.0.0.1. Port 0 stands for a free port.</value>
    public IList<string> Urls { get; } = [];

    /// <summary>Gets or sets an address for control, bucket and health that no host fault touches.</summary>
    /// <value>Null: these paths answer on the hosts only, and a host that refuses connections takes them along.</value>
    public string? SideUrl { get; set; }

    /// <summary>Gets or sets the address under which others reach the buckets.</summary>
    /// <value>Null: the side address, or else the first host.</value>
    public Uri? PublicUrl { get; set; }

    /// <summary>Gets or sets the folder that the buckets are written to.</summary>
    /// <value>Null: files are kept in memory.</value>
    public string? BucketFolder { get; set; }

    /// <summary>Gets or sets how many seconds of recording time pass in one real second before <see cref="RealFrom"/>.</summary>
    /// <value>1 by default, at least 1.</value>
    public double Factor { get; set; } = 1;

    /// <summary>Gets or sets the instant from which recording time is real time.</summary>
    /// <value>Required when <see cref="Factor"/> is not 1.</value>
    public DateTimeOffset? RealFrom { get; set; }

    /// <summary>Gets or sets the seed of every identifier and of fault probabilities.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Gets the projects (App IDs) that exist.</summary>
    public IList<SimulatedProject> Projects { get; } = [];

    /// <summary>Gets the buckets that exist.</summary>
    public IList<SimulatedBucket> Buckets { get; } = [];

    /// <summary>Gets or sets how long an acquired resource can be started.</summary>
    /// <value>5 minutes.</value>
    public TimeSpan ResourceLifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Gets or sets the window over which the rate limit counts; the limit grows with it.</summary>
    /// <value>1 second. With a large <see cref="Factor"/> a wider window forgives the network's jitter, which the factor magnifies.</value>
    public TimeSpan RateWindow { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets when a recorder reaches status 2, counted from its start.</summary>
    public TimeSpan StartingAfter { get; set; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Gets or sets when a recorder reaches status 3, counted from its start.</summary>
    public TimeSpan PartlyReadyAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets when a recorder joins the channel (status 4), counted from its start.</summary>
    public TimeSpan ReadyAfter { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets or sets when the recording of a web page begins, counted from its start.</summary>
    /// <value>5 seconds, as documented.</value>
    public TimeSpan PageReadyAfter { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets when a recorder that was started with a wrong token, storage or transcoding disappears, counted from its start.</summary>
    public TimeSpan AsyncFailureAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets the length of a slice.</summary>
    /// <value>15 seconds; whole seconds.</value>
    public TimeSpan SliceLength { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Gets or sets how long a file takes from its end to the bucket.</summary>
    public TimeSpan UploadDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets or sets how long a synchronous stop waits for the upload before it answers code 50.</summary>
    public TimeSpan SyncStopLimit { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Gets or sets how many server moves one recorder survives.</summary>
    /// <value>3, by an FAQ of 2020.</value>
    public int MovesSurvived { get; set; } = 3;

    /// <summary>Gets or sets what goes wrong between recorders and buckets.</summary>
    public UploadOptions Uploads { get; set; } = new();

    /// <summary>Gets or sets who is notified of events, and how unreliably.</summary>
    public NotificationOptions Notifications { get; set; } = new();

    /// <summary>Gets the answers that Agora's documentation leaves open.</summary>
    public OpenPointOptions OpenPoints { get; } = new();
}

/// <summary>A project (App ID) of the simulated Agora.</summary>
public sealed class SimulatedProject
{
    /// <summary>Gets or sets the App ID, 32 hexadecimal digits.</summary>
    public string AppId { get; set; } = "";

    /// <summary>Gets or sets the customer key, the user name of Basic authentication.</summary>
    public string CustomerKey { get; set; } = "";

    /// <summary>Gets or sets the customer secret.</summary>
    public string CustomerSecret { get; set; } = "";

    /// <summary>Gets or sets the App Certificate.</summary>
    /// <value>Null or empty: the project works without tokens.</value>
    public string? Certificate { get; set; }

    /// <summary>Gets or sets the rate limit over all methods.</summary>
    public int RequestsPerSecond { get; set; } = 10;

    /// <summary>Gets or sets how many recorders of channels may live at once.</summary>
    public int ConcurrentTasks { get; set; } = 50;

    /// <summary>Gets or sets how many recorders of web pages may live at once.</summary>
    public int ConcurrentPages { get; set; } = 200;
}

/// <summary>A bucket of the customer, with the keys that open it.</summary>
public sealed class SimulatedBucket
{
    /// <summary>Gets or sets the bucket's name.</summary>
    public string Name { get; set; } = "";

    /// <summary>Gets or sets the access key.</summary>
    public string AccessKey { get; set; } = "";

    /// <summary>Gets or sets the secret key.</summary>
    public string SecretKey { get; set; } = "";
}
