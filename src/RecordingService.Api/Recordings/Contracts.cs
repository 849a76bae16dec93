using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using RecordingService.Domain;
using RecordingService.Domain.Recordings;
using RecordingService.Domain.RoomTypes;

namespace RecordingService.Api.Recordings;

/// <summary>A request to record a class.</summary>
public sealed record StartRecordingRequest
{
    /// <summary>Channel of the class: 1 to 64 characters out of a-z A-Z 0-9, space and !#$%&amp;()+-:;&lt;=.&gt;?@[]^_{}|~, In web page mode it is a mere label of the task, under the same rule.</summary>
    [Required, MaxLength(64)]
    public required string Channel { get; init; }

    /// <summary>Name of a room type: one-to-one, small-class, lecture, exam, or one of your own. It decides layout, quality, idle time and duration.</summary>
    [Required]
    public required string RoomType { get; init; }

    /// <summary>Agora project; the default project when it is left out.</summary>
    public string? Project { get; init; }

    /// <summary>Tells several recordings of one channel apart: 1 to 32 of a-z 0-9 and -. Default: main.</summary>
    [DefaultValue("main")]
    public string? Label { get; init; }

    /// <summary>Your own id for the class, up to 200 characters. Recordings can be listed by it.</summary>
    [MaxLength(200)]
    public string? ExternalId { get; init; }

    /// <summary>Recording mode instead of the room type's. The room type's policy must go with it.</summary>
    public RecordingMode? Mode { get; init; }

    /// <summary>Encryption of the channel, the very same that its clients use. Left out when they use none.</summary>
    public EncryptionRequest? Encryption { get; init; }

    /// <summary>The page to record; required in web page mode, and for it only.</summary>
    public WebPageResource? WebPage { get; init; }

    /// <summary>Where the files go; the room type's or the project's own profile when it is left out.</summary>
    public string? StorageProfile { get; init; }

    /// <summary>Longest recording as an ISO 8601 duration, PT1M to PT23H30M. Default: the room type's.</summary>
    public TimeSpan? MaxDuration { get; init; }

    /// <summary>Longest expected time without a publisher as an ISO 8601 duration, PT0S to PT12H. Only raises the room type's.</summary>
    public TimeSpan? LongestBreak { get; init; }

    /// <summary>Your own data: at most 20 texts, names up to 50 characters, values up to 500.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>Encryption of a channel.</summary>
public sealed record EncryptionRequest
{
    /// <summary>Algorithm of the clients.</summary>
    [Required]
    public required EncryptionMode Mode { get; init; }

    /// <summary>Name of the key in the configuration of the Agora project (ChannelKeys); the key itself is never sent here.</summary>
    [Required]
    public required string Key { get; init; }

    /// <summary>The 32 bytes of the clients in base64; required by aes128Gcm2 and aes256Gcm2, and for them only.</summary>
    public string? Salt { get; init; }
}

/// <summary>A page that is recorded as a browser shows it.</summary>
/// <param name="Url">Absolute http or https address, at most 1024 characters, without user and password. It is shown and stored as it is.</param>
public sealed record WebPageResource([property: Required] Uri Url);

/// <summary>Encryption of a channel, as far as it may be shown.</summary>
/// <param name="Mode">Algorithm.</param>
/// <param name="Key">Name of the key.</param>
public sealed record EncryptionResource(EncryptionMode Mode, string Key);

/// <summary>Changes to a live recording. What is left out stays as it is.</summary>
public sealed record ChangeRecordingRequest
{
    /// <summary>New longest recording, counted from its acceptance, PT1M to PT23H30M.</summary>
    public TimeSpan? MaxDuration { get; init; }

    /// <summary>New longest expected time without a publisher. Agora fixes the idle time of a running recorder, so recorders started later use it.</summary>
    public TimeSpan? LongestBreak { get; init; }

    /// <summary>Replaces your own data.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>One class, or a part of it, that is or was recorded.</summary>
public sealed record RecordingResource
{
    /// <summary>Identity of the recording.</summary>
    public required Guid Id { get; init; }

    /// <summary>How far it has come.</summary>
    public required RecordingState State { get; init; }

    /// <summary>Why it is as it is, in plain words; null while all is well.</summary>
    public ReasonResource? Reason { get; init; }

    /// <summary>Channel.</summary>
    public required string Channel { get; init; }

    /// <summary>Agora project.</summary>
    public required string Project { get; init; }

    /// <summary>Label within the channel.</summary>
    public required string Label { get; init; }

    /// <summary>Room type.</summary>
    public required string RoomType { get; init; }

    /// <summary>Recording mode.</summary>
    public required RecordingMode Mode { get; init; }

    /// <summary>Encryption of the channel; null for none.</summary>
    public EncryptionResource? Encryption { get; init; }

    /// <summary>The page that is recorded, in web page mode.</summary>
    public WebPageResource? WebPage { get; init; }

    /// <summary>Your own id.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Your own data.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>Storage profile.</summary>
    public required string StorageProfile { get; init; }

    /// <summary>What is to be feared of where the bucket lies; null when nothing is.</summary>
    public string? StorageWarning { get; init; }

    /// <summary>Longest recording.</summary>
    public required TimeSpan MaxDuration { get; init; }

    /// <summary>Longest expected time without a publisher that the recorders are given.</summary>
    public required TimeSpan LongestBreak { get; init; }

    /// <summary>Idle time that recorders are given (maxIdleTime), and how it was derived.</summary>
    public required IdleTimeResource IdleTime { get; init; }

    /// <summary>When it was accepted.</summary>
    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>When a query first proved that a recorder runs.</summary>
    public DateTimeOffset? ConfirmedAt { get; init; }

    /// <summary>When a caller asked to stop.</summary>
    public DateTimeOffset? StopRequestedAt { get; init; }

    /// <summary>When the recording ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it ends or ended.</summary>
    public EndReason? EndReason { get; init; }

    /// <summary>When its state is checked next; null when nothing is left to do.</summary>
    public DateTimeOffset? NextCheckAt { get; init; }

    /// <summary>
    /// Told by a start that is answered before a recorder is proven: how long that takes, by the requests to Agora that come first and the
    /// budget of the project, in whole seconds and at least. Null in every other answer.
    /// </summary>
    public TimeSpan? EstimatedWait { get; init; }

    /// <summary>Its files.</summary>
    public required FilesResource Files { get; init; }

    /// <summary>The recorders that have worked for it, oldest first.</summary>
    public required IReadOnlyList<RunResource> Runs { get; init; }
}

/// <summary>A reason in plain words.</summary>
/// <param name="Code">Stable word for programs.</param>
/// <param name="Message">One sentence for people.</param>
/// <param name="Advice">What to do about it.</param>
public sealed record ReasonResource(string Code, string Message, string Advice);

/// <summary>Idle time of recorders.</summary>
/// <param name="MaxIdleTime">How long a recorder waits in a channel without publishers before it leaves; null for a web page.</param>
/// <param name="Derivation">How it was derived.</param>
/// <param name="OnExit">What happens when it is over.</param>
public sealed record IdleTimeResource(TimeSpan? MaxIdleTime, string Derivation, string OnExit);

/// <summary>Files of a recording.</summary>
/// <param name="State">Whether they are there.</param>
/// <param name="PlaylistUrl">Address of the playlist of the newest recorder that has one, known before the playlist is there; null where nothing was recorded.</param>
/// <param name="Playlists">Addresses of the playlists of all recorders, oldest first; more than one after a replacement.</param>
public sealed record FilesResource(FilesState State, Uri? PlaylistUrl, IReadOnlyList<Uri> Playlists);

/// <summary>The files of a recording.</summary>
/// <param name="State">Whether they are there.</param>
/// <param name="Items">The files, by recorder, playlists first.</param>
public sealed record FileList(FilesState State, IReadOnlyList<FileResource> Items);

/// <summary>A file of a recording.</summary>
/// <param name="Generation">Number of the recorder that made it.</param>
/// <param name="FileName">Name without folders.</param>
/// <param name="Url">Public address.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Bytes">Size; null when the bucket did not tell.</param>
/// <param name="Duration">Playing time of a playlist or slice.</param>
/// <param name="Verified">Whether it was found in the bucket.</param>
public sealed record FileResource(
    int Generation,
    string FileName,
    Uri Url,
    RecordingFileKind Kind,
    long? Bytes,
    TimeSpan? Duration,
    bool Verified
);

/// <summary>One Agora recording task.</summary>
public sealed record RunResource
{
    /// <summary>Number, from 1.</summary>
    public required int Generation { get; init; }

    /// <summary>How far it has come.</summary>
    public required RunPhase Phase { get; init; }

    /// <summary>When its sid was learned.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it was first proven to record.</summary>
    public DateTimeOffset? ProvenAt { get; init; }

    /// <summary>When it was last proven to record.</summary>
    public DateTimeOffset? LastProofAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it ended.</summary>
    public RunEnd? End { get; init; }

    /// <summary>State of its files.</summary>
    public required FilesState Files { get; init; }

    /// <summary>Its playlist.</summary>
    public Uri? PlaylistUrl { get; init; }

    /// <summary>Users whose sound or picture it receives, as Agora's notifications told; empty without them.</summary>
    public IReadOnlyList<uint> Publishers { get; init; } = [];

    /// <summary>Share of its files that is uploaded, 0 to 1, as Agora's notifications told; null without them.</summary>
    public double? UploadProgress { get; init; }

    /// <summary>Why and when it left, as Agora's notifications told.</summary>
    public string? Departure { get; init; }

    /// <summary>The change of layout, subscription or credentials that Agora refused last.</summary>
    public string? RefusedChange { get; init; }

    /// <summary>Its identity at Agora, for their console and support.</summary>
    public required AgoraResource Agora { get; init; }
}

/// <summary>Identity of a recorder at Agora.</summary>
/// <param name="RecorderUid">Uid in the channel.</param>
/// <param name="ResourceId">Resource id.</param>
/// <param name="Sid">Recording id.</param>
/// <param name="Mode">Recording mode.</param>
public sealed record AgoraResource(uint? RecorderUid, string? ResourceId, string? Sid, RecordingMode Mode);

/// <summary>A page of recordings, newest first.</summary>
/// <param name="Items">The recordings.</param>
/// <param name="NextCursor">Continue with it; null on the last page.</param>
public sealed record RecordingPage(IReadOnlyList<RecordingResource> Items, string? NextCursor);

/// <summary>What happened to a recording, oldest first.</summary>
/// <param name="Items">The lines.</param>
/// <param name="Next">Pass it as <c>after</c> to read on.</param>
public sealed record Timeline(IReadOnlyList<TimelineItem> Items, long Next);

/// <summary>A line of a timeline.</summary>
/// <param name="Sequence">Position; grows, with gaps.</param>
/// <param name="At">When it happened.</param>
/// <param name="LastAt">When it last happened, for lines that were counted up.</param>
/// <param name="Count">How often it happened in a row.</param>
/// <param name="Kind">request, state, call, answer, decision or alert.</param>
/// <param name="Generation">The recorder it tells of; null for the recording itself.</param>
/// <param name="Message">One plain sentence.</param>
/// <param name="Detail">The facts of a call: operation, host, httpStatus, code, durationMs, requestId, sid and the like.</param>
public sealed record TimelineItem(
    long Sequence,
    DateTimeOffset At,
    DateTimeOffset LastAt,
    int Count,
    string Kind,
    int? Generation,
    string Message,
    IReadOnlyDictionary<string, object> Detail
);

/// <summary>What a stop by channel stopped.</summary>
/// <param name="Items">The recordings that it stopped; none when nothing was live.</param>
public sealed record StoppedRecordings(IReadOnlyList<RecordingResource> Items);
