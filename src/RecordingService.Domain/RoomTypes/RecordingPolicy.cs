namespace RecordingService.Domain.RoomTypes;

/// <summary>What a room type decides about its recordings. A recording keeps the snapshot that it started with.</summary>
public sealed record RecordingPolicy
{
    /// <summary>Recording mode. <value>Default: mix.</value></summary>
    public RecordingMode Mode { get; init; } = RecordingMode.Mix;

    /// <summary>Channel profile of the SDK clients; must equal theirs. <value>Default: live.</value></summary>
    public ChannelProfile ChannelProfile { get; init; } = ChannelProfile.Live;

    /// <summary>Streams to record. <value>Default: audio and video.</value></summary>
    public StreamTypes StreamTypes { get; init; } = StreamTypes.AudioAndVideo;

    /// <summary>Longest expected time without a publisher: a break or an absence. <value>Default 2 min; 0 to 12 h.</value></summary>
    /// <remarks>The idle time that Agora is given is twice this, so that a break survives (source: best practice, a 5 min break gives 10 min).</remarks>
    public TimeSpan LongestBreak { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Whether the recorder stays in an empty channel until stop or maximum duration. <value>Default: false.</value></summary>
    public bool StayInChannel { get; init; }

    /// <summary>Longest recording. <value>Default 4 h; 1 min to 23 h 30 min, because a token lives 24 h and cannot be renewed.</value></summary>
    public TimeSpan MaxDuration { get; init; } = TimeSpan.FromHours(4);

    /// <summary>What an idle exit means. <value>Default: the class is complete.</value></summary>
    public IdleExit OnIdleExit { get; init; } = IdleExit.Complete;

    /// <summary>How the streams of individual mode are kept. <value>Default: standard.</value></summary>
    public StreamMode StreamMode { get; init; } = StreamMode.Standard;

    /// <summary>Time between two pictures taken of each video in individual mode; null takes none. <value>Default: none; 5 s to 1 h.</value></summary>
    /// <remarks><b>Source:</b> Agora, start, snapshotConfig.captureInterval (June 2026).</remarks>
    public TimeSpan? SnapshotInterval { get; init; }

    /// <summary>Whether pictures are all that is kept. <value>Default: false; needs <see cref="SnapshotInterval"/>.</value></summary>
    public bool SnapshotsOnly { get; init; }

    /// <summary>Sound of a mix or a web page. <value>Default: 48 kHz, mono, about 48 kbps.</value></summary>
    public AudioQuality AudioQuality { get; init; } = AudioQuality.Mono48;

    /// <summary>Layout of a mix when it begins. <value>Default: best fit; custom cannot be a default.</value></summary>
    public VideoLayout Layout { get; init; } = VideoLayout.BestFit;

    /// <summary>Canvas of a mix. <value>Default 1280 x 720, 15 fps, 2260 kbps.</value></summary>
    public VideoQuality Quality { get; init; } = new(1280, 720, 15, 2260);

    /// <summary>Whether MP4 files are made beside HLS. <value>Default: false. Mix and web page only.</value></summary>
    public bool Mp4 { get; init; }

    /// <summary>Storage profile; null takes the project's own.</summary>
    public string? StorageProfile { get; init; }
}

/// <summary>Recording mode, in Agora's words.</summary>
public enum RecordingMode
{
    /// <summary>All streams in one picture (Agora: mix).</summary>
    Mix,

    /// <summary>Each stream by itself (Agora: individual).</summary>
    Individual,

    /// <summary>A web page as a browser shows it (Agora: web).</summary>
    WebPage,
}

/// <summary>How individual mode keeps streams (Agora: streamMode).</summary>
public enum StreamMode
{
    /// <summary>Audio is transcoded; audio and video have separate playlists (Agora: default).</summary>
    Default,

    /// <summary>As <see cref="Default"/>, with a merged playlist beside them (Agora: standard).</summary>
    Standard,

    /// <summary>Audio as it was sent; sound only (Agora: original).</summary>
    Original,
}

/// <summary>Sound of a mix or a web page (Agora: audioProfile).</summary>
public enum AudioQuality
{
    /// <summary>48 kHz, mono, about 48 kbps (Agora: 0).</summary>
    Mono48,

    /// <summary>48 kHz, mono, about 128 kbps (Agora: 1).</summary>
    Mono128,

    /// <summary>48 kHz, stereo, about 192 kbps (Agora: 2).</summary>
    Stereo192,
}

/// <summary>Channel profile of the SDK clients.</summary>
public enum ChannelProfile
{
    /// <summary>Everybody speaks; idle means that no user is in the channel (Agora: 0).</summary>
    Communication,

    /// <summary>Hosts and audience; idle means that no host is in the channel (Agora: 1).</summary>
    Live,
}

/// <summary>Streams to record.</summary>
public enum StreamTypes
{
    /// <summary>Sound only (Agora: 0).</summary>
    Audio,

    /// <summary>Picture only (Agora: 1).</summary>
    Video,

    /// <summary>Sound and picture (Agora: 2).</summary>
    AudioAndVideo,
}

/// <summary>Layout of a mixed recording.</summary>
public enum VideoLayout
{
    /// <summary>One large picture, small ones over it (Agora: 0).</summary>
    Floating,

    /// <summary>Equal cells (Agora: 1).</summary>
    BestFit,

    /// <summary>One large picture, small ones beside it (Agora: 2).</summary>
    Vertical,

    /// <summary>Each picture where it was put (Agora: 3).</summary>
    Custom,
}

/// <summary>Canvas of a mixed recording.</summary>
/// <param name="Width">Pixels, 1 to 1920; width times height at most 1920 x 1080.</param>
/// <param name="Height">Pixels, 1 to 1920.</param>
/// <param name="FramesPerSecond">1, 7, 10, 15, 24, 30 or 60.</param>
/// <param name="BitrateKbps">1 to 6500.</param>
/// <remarks><b>Source:</b> Agora, start, transcodingConfig (June 2026).</remarks>
public sealed record VideoQuality(int Width, int Height, int FramesPerSecond, int BitrateKbps);

/// <summary>What the recorder's leaving an empty channel means.</summary>
public enum IdleExit
{
    /// <summary>The class is over: the recording completes.</summary>
    Complete,

    /// <summary>The class may go on: a new run is tried after 1, 2, 4 ... min until stop or maximum duration.</summary>
    Resume,
}
