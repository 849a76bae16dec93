using RecordingService.Domain.RoomTypes;

namespace RecordingService.Domain;

/// <summary>The port to Agora Cloud Recording: one method per call of its REST interface that the lifecycle needs.</summary>
/// <remarks>
/// A provider failure is a value, never an exception: every method completes with a value or with a classified
/// <see cref="AgoraFailure"/>. Only cancellation throws. Calls are made exactly once; the ladders of retries are the state machine's.
/// </remarks>
public interface IAgora
{
    /// <summary>Asks for a resource id, which is good for one start within 5 minutes.</summary>
    Task<AgoraResult<AcquiredResource>> AcquireAsync(AcquireCall call, CancellationToken cancellationToken);

    /// <summary>Starts a recorder with an acquired resource. A success carries a sid.</summary>
    Task<AgoraResult<StartedRecorder>> StartAsync(StartCall call, CancellationToken cancellationToken);

    /// <summary>Asks what a recorder is doing.</summary>
    Task<AgoraResult<RecorderStatus>> QueryAsync(RecorderCall call, CancellationToken cancellationToken);

    /// <summary>Gives a mix another layout, as a whole.</summary>
    Task<AgoraResult<UpdatedRecorder>> UpdateLayoutAsync(RecorderCall call, MixLayout layout, CancellationToken cancellationToken);

    /// <summary>Changes whose sound and picture are recorded, as a whole.</summary>
    Task<AgoraResult<UpdatedRecorder>> UpdateSubscriptionAsync(
        RecorderCall call,
        Subscription subscription,
        CancellationToken cancellationToken
    );

    /// <summary>Hands the recorder the present temporary credentials of its storage profile.</summary>
    Task<AgoraResult<UpdatedRecorder>> RenewStorageAsync(
        RecorderCall call,
        IReadOnlyList<string> fileNamePrefix,
        CancellationToken cancellationToken
    );

    /// <summary>Asks a recorder to leave the channel, without waiting for its uploads.</summary>
    Task<AgoraResult<StoppedRecorder>> StopAsync(RecorderCall call, CancellationToken cancellationToken);
}

/// <summary>The request for a resource id.</summary>
/// <param name="Project">Name of the configured Agora project.</param>
/// <param name="Channel">Channel name (Agora's cname).</param>
/// <param name="RecorderUid">Uid that the recorder will use, 1 to 4294967295.</param>
/// <param name="ControlPeriod">How long query, update and stop may be called after the start (resourceExpiredHour), 1 h to 720 h.</param>
/// <param name="Mode">Recording mode of the start to come.</param>
/// <param name="StorageProfile">Name of the storage profile; its region may decide which host is called.</param>
public sealed record AcquireCall(
    string Project,
    string Channel,
    uint RecorderUid,
    TimeSpan ControlPeriod,
    RecordingMode Mode,
    string StorageProfile
);

/// <summary>The request to start a recorder.</summary>
/// <param name="Project">Name of the configured Agora project.</param>
/// <param name="Channel">Channel name (Agora's cname).</param>
/// <param name="RecorderUid">Uid given to acquire.</param>
/// <param name="ResourceId">Resource id answered by acquire.</param>
/// <param name="Parameters">Everything else that the request body is rebuilt from, byte for byte.</param>
public sealed record StartCall(string Project, string Channel, uint RecorderUid, string ResourceId, StartParameters Parameters);

/// <summary>What a start request is rebuilt from after a crash: neither tokens nor keys, only what they are derived from.</summary>
public sealed record StartParameters
{
    /// <summary>Recording mode.</summary>
    public required RecordingMode Mode { get; init; }

    /// <summary>Channel profile of the SDK clients.</summary>
    public required ChannelProfile ChannelProfile { get; init; }

    /// <summary>Which streams are recorded.</summary>
    public required StreamTypes StreamTypes { get; init; }

    /// <summary>Canvas of a mixed recording.</summary>
    public required VideoQuality Quality { get; init; }

    /// <summary>Layout that a mixed recording begins with.</summary>
    public MixLayout MixLayout { get; init; } = new();

    /// <summary>Whose sound and picture are recorded at first.</summary>
    public Subscription Subscription { get; init; } = Subscription.Everybody;

    /// <summary>Sound of a mix or a web page.</summary>
    public AudioQuality AudioQuality { get; init; }

    /// <summary>How individual mode keeps streams.</summary>
    public StreamMode StreamMode { get; init; } = StreamMode.Standard;

    /// <summary>Time between two pictures in individual mode, or null for none.</summary>
    public TimeSpan? SnapshotInterval { get; init; }

    /// <summary>Whether pictures are all that is kept.</summary>
    public bool SnapshotsOnly { get; init; }

    /// <summary>Encryption of the channel, or null for none.</summary>
    public ChannelEncryption? Encryption { get; init; }

    /// <summary>Address of the page, in web page mode.</summary>
    public Uri? WebPage { get; init; }

    /// <summary>Longest recording of a web page (maxRecordingHour). <value>1 h to 720 h, whole hours.</value></summary>
    public TimeSpan WebPageLimit { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Whether MP4 files are made beside HLS.</summary>
    public required bool Mp4 { get; init; }

    /// <summary>Idle time after which the recorder leaves (maxIdleTime). <value>5 s to 30 days, whole seconds.</value></summary>
    public required TimeSpan MaxIdleTime { get; init; }

    /// <summary>Issue time written into the RTC token, in recording time.</summary>
    public required DateTimeOffset TokenIssuedAt { get; init; }

    /// <summary>Validity of the RTC token. <value>At most 24 h.</value></summary>
    public required TimeSpan TokenLifetime { get; init; }

    /// <summary>Salt written into the RTC token. <value>1 to 99,999,999.</value></summary>
    public required uint TokenSalt { get; init; }

    /// <summary>Name of the storage profile.</summary>
    public required string StorageProfile { get; init; }

    /// <summary>How often the recorder is handed new credentials of its storage; null when they do not expire.</summary>
    public TimeSpan? StorageRenewal { get; init; }

    /// <summary>Whether the files of this run can be listed, so that their names tell its sid.</summary>
    public bool CanFindSid { get; init; }

    /// <summary>Folders of the files in the bucket, unique per run; each element is letters and digits only.</summary>
    public required IReadOnlyList<string> FileNamePrefix { get; init; }
}

/// <summary>Identifies a running recorder for query and stop.</summary>
/// <param name="Project">Name of the configured Agora project.</param>
/// <param name="Channel">Channel name (Agora's cname).</param>
/// <param name="RecorderUid">Uid of the recorder.</param>
/// <param name="ResourceId">Resource id of the recorder.</param>
/// <param name="Sid">Sid of the recorder.</param>
/// <param name="Mode">Recording mode.</param>
/// <param name="StorageProfile">Name of the storage profile; its region may decide which host is called.</param>
/// <param name="StreamTypes">What is recorded; lists of the other kind are refused.</param>
public sealed record RecorderCall(
    string Project,
    string Channel,
    uint RecorderUid,
    string ResourceId,
    string Sid,
    RecordingMode Mode,
    string StorageProfile,
    StreamTypes StreamTypes = StreamTypes.AudioAndVideo
);

/// <summary>Answer of acquire.</summary>
public sealed record AcquiredResource(string ResourceId);

/// <summary>Answer of a start that succeeded.</summary>
public sealed record StartedRecorder(string Sid);

/// <summary>Answer of query.</summary>
/// <param name="Status">Agora's status: 1 to 3 starting, 4 and 5 running, 6 to 8 ending, 20 died.</param>
/// <param name="Files">Files named in the answer; empty before the first slice.</param>
/// <param name="FirstSliceAt">Start of the first slice, or null when none is named yet.</param>
public sealed record RecorderStatus(int Status, IReadOnlyList<AgoraFile> Files, DateTimeOffset? FirstSliceAt);

/// <summary>Answer of an update that was taken over.</summary>
public sealed record UpdatedRecorder;

/// <summary>Answer of stop.</summary>
public sealed record StoppedRecorder(UploadStatus Upload, IReadOnlyList<AgoraFile> Files);

/// <summary>A file as Agora names it, without the prefix of its bucket folder.</summary>
/// <param name="FileName">Name without folders.</param>
/// <param name="TrackType">audio, video or audio_and_video; null when not told.</param>
/// <param name="Uid">Uid of the recorded user in individual mode; null for a mix or when not told.</param>
public sealed record AgoraFile(string FileName, string? TrackType = null, uint? Uid = null);

/// <summary>Upload state named by a stop answer.</summary>
public enum UploadStatus
{
    /// <summary>Not told.</summary>
    Unknown,

    /// <summary>Everything is in the bucket.</summary>
    Uploaded,

    /// <summary>At least one slice went to Agora's backup and arrives later.</summary>
    BackedUp,
}

/// <summary>A value or a classified failure, and the facts of the exchange either way.</summary>
public sealed record AgoraResult<T>(T? Value, AgoraFailure? Failure, AgoraExchange Exchange)
    where T : class;

/// <summary>The facts of one call for timeline and logs; holds no secret.</summary>
/// <param name="Host">Host that was called last.</param>
/// <param name="HttpStatus">HTTP status, or null when nothing was answered.</param>
/// <param name="Code">Agora's code in the body, or null.</param>
/// <param name="RequestId">Agora's X-Request-Id, or null.</param>
/// <param name="Duration">Time from the first attempt to the answer, real time.</param>
public sealed record AgoraExchange(string Host, int? HttpStatus, int? Code, string? RequestId, TimeSpan Duration);

/// <summary>Why a call did not succeed.</summary>
/// <param name="Kind">The class that the state machine decides by.</param>
/// <param name="Message">One plain sentence, free of secrets.</param>
/// <param name="RetryAfter">Wait that Agora asked for, or null.</param>
/// <param name="Files">Files named beside the failure, as stop 400/49 does; null when there are none.</param>
public sealed record AgoraFailure(
    AgoraFailureKind Kind,
    string Message,
    TimeSpan? RetryAfter = null,
    IReadOnlyList<AgoraFile>? Files = null
);

/// <summary>The closed set of failures, by what has to be done about them.</summary>
public enum AgoraFailureKind
{
    /// <summary>The request itself is wrong (40x with code 2, 401 channel name and the like). Repeating it cannot help.</summary>
    InvalidRequest,

    /// <summary>App ID unknown, service not enabled, project suspended (acquire 400/400, 400/405; gateway "appid is invalid").</summary>
    ProjectMisconfigured,

    /// <summary>Credentials refused (401, 403).</summary>
    Unauthorized,

    /// <summary>Too many requests for this App ID (429).</summary>
    RateLimited,

    /// <summary>The quota of concurrent tasks is used up (acquire 400/406).</summary>
    QuotaExhausted,

    /// <summary>A task with this channel and uid runs already (start 400/53).</summary>
    Conflict,

    /// <summary>This resource runs already, and the answer carries no sid (start 201/7).</summary>
    AlreadyStarted,

    /// <summary>The resource id expired or cannot be read (433, 1001).</summary>
    ResourceExpired,

    /// <summary>Ids do not belong together (432, 1003): a fault of this service.</summary>
    MismatchedIds,

    /// <summary>The gateway knows no such route (404 with a message): a fault of configuration.</summary>
    NoRoute,

    /// <summary>No worker has this recorder (404 with a code): ended, never started, or being moved.</summary>
    RecorderNotFound,

    /// <summary>The recorder is leaving already (stop 49, query 501).</summary>
    AlreadyExiting,

    /// <summary>The recorder ended without having recorded anything (stop 206/435).</summary>
    NothingRecorded,

    /// <summary>Agora is not done with the request (206/65) or with its uploads (code 50).</summary>
    NotCompleted,

    /// <summary>Any 50x, 504/62 and 500/62 included.</summary>
    ServerError,

    /// <summary>The request was sent and no readable answer came: time-out, cut connection, unreadable body, a start answered 200 without a sid.</summary>
    Unanswered,

    /// <summary>The request provably never left (DNS, connect, TLS).</summary>
    NotSent,
}
