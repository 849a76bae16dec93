using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using RecordingService.Api.Recordings;
using RecordingService.Domain.RoomTypes;

namespace RecordingService.Api.RoomTypes;

/// <summary>The room types.</summary>
/// <param name="Items">All of them, by name.</param>
public sealed record RoomTypeList(IReadOnlyList<RoomTypeResource> Items);

/// <summary>A kind of class.</summary>
/// <param name="Name">Name, as used in <c>roomType</c>.</param>
/// <param name="Version">Counts its changes, from 1, and goes on when its name is made again. A recording keeps the version that it started with.</param>
/// <param name="Description">One sentence.</param>
/// <param name="Policy">What it decides. PUT takes it back as it stands here.</param>
/// <param name="IdleTime">What follows from it: the idle time that recorders are given when a start says nothing else, and what an idle exit means.</param>
public sealed record RoomTypeResource(string Name, int Version, string Description, PolicyResource Policy, IdleTimeResource IdleTime);

/// <summary>What a room type decides about its recordings.</summary>
public sealed record PolicyResource
{
    /// <summary>Recording mode.</summary>
    public required RecordingMode Mode { get; init; }

    /// <summary>Channel profile of the SDK clients; must equal theirs.</summary>
    public required ChannelProfile ChannelProfile { get; init; }

    /// <summary>Streams that are recorded.</summary>
    public required StreamTypes StreamTypes { get; init; }

    /// <summary>Longest expected time without a publisher: a break or an absence.</summary>
    public required TimeSpan LongestBreak { get; init; }

    /// <summary>Whether the recorder stays in an empty channel until stop or maximum duration.</summary>
    public required bool StayInChannel { get; init; }

    /// <summary>What it means when a recorder leaves an empty channel.</summary>
    public required IdleExit OnIdleExit { get; init; }

    /// <summary>Longest recording.</summary>
    public required TimeSpan MaxDuration { get; init; }

    /// <summary>How individual mode keeps streams.</summary>
    public required StreamMode StreamMode { get; init; }

    /// <summary>Time between two pictures taken of each video in individual mode; null takes none.</summary>
    public required TimeSpan? SnapshotInterval { get; init; }

    /// <summary>Whether pictures are all that is kept.</summary>
    public required bool SnapshotsOnly { get; init; }

    /// <summary>Sound of a mix or a web page.</summary>
    public required AudioQuality AudioQuality { get; init; }

    /// <summary>Layout of a mix when it begins.</summary>
    public required VideoLayout Layout { get; init; }

    /// <summary>Canvas of a mix or a web page.</summary>
    public required QualityResource Quality { get; init; }

    /// <summary>Whether MP4 files are made beside HLS.</summary>
    public required bool Mp4 { get; init; }

    /// <summary>Storage profile; null takes the project's own.</summary>
    public required string? StorageProfile { get; init; }
}

/// <summary>Canvas of a mix or a web page.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="FramesPerSecond">Frames a second.</param>
/// <param name="BitrateKbps">Bit rate in kbit/s.</param>
public sealed record QualityResource(int Width, int Height, int FramesPerSecond, int BitrateKbps);

/// <summary>A room type as a whole.</summary>
public sealed record PutRoomTypeRequest
{
    /// <summary>One sentence, 1 to 200 characters.</summary>
    [Required, MaxLength(200)]
    public required string Description { get; init; }

    /// <summary>What it decides.</summary>
    [Required]
    public required PutPolicy Policy { get; init; }
}

/// <summary>What a room type decides about its recordings. What is left out, or null, takes its default.</summary>
public sealed record PutPolicy
{
    /// <summary>Recording mode. Default: mix.</summary>
    [DefaultValue(RecordingMode.Mix)]
    public RecordingMode? Mode { get; init; }

    /// <summary>Channel profile of the SDK clients; must equal theirs. Default: live.</summary>
    [DefaultValue(Domain.RoomTypes.ChannelProfile.Live)]
    public ChannelProfile? ChannelProfile { get; init; }

    /// <summary>Streams that are recorded. Default: audioAndVideo.</summary>
    [DefaultValue(Domain.RoomTypes.StreamTypes.AudioAndVideo)]
    public StreamTypes? StreamTypes { get; init; }

    /// <summary>Longest expected time without a publisher, a break or an absence: PT0S to PT12H, default PT2M. Recorders wait twice as long, at least 30 s.</summary>
    public TimeSpan? LongestBreak { get; init; }

    /// <summary>Whether the recorder stays in an empty channel until stop or maximum duration. Default: false.</summary>
    [DefaultValue(false)]
    public bool? StayInChannel { get; init; }

    /// <summary>What it means when a recorder leaves an empty channel. Default: complete.</summary>
    [DefaultValue(IdleExit.Complete)]
    public IdleExit? OnIdleExit { get; init; }

    /// <summary>Longest recording, PT1M to PT23H30M. Default: PT4H.</summary>
    public TimeSpan? MaxDuration { get; init; }

    /// <summary>How individual mode keeps streams; original goes with streamTypes audio only. Default: standard.</summary>
    [DefaultValue(Domain.RoomTypes.StreamMode.Standard)]
    public StreamMode? StreamMode { get; init; }

    /// <summary>Time between two pictures taken of each video, PT5S to PT1H in whole seconds; individual mode only. Default: none are taken.</summary>
    public TimeSpan? SnapshotInterval { get; init; }

    /// <summary>Whether pictures are all that is kept; needs snapshotInterval. Default: false.</summary>
    [DefaultValue(false)]
    public bool? SnapshotsOnly { get; init; }

    /// <summary>Sound of a mix or a web page. Default: mono48.</summary>
    [DefaultValue(Domain.RoomTypes.AudioQuality.Mono48)]
    public AudioQuality? AudioQuality { get; init; }

    /// <summary>Layout of a mix when it begins; custom needs places of pictures, which a live recording is given. Default: bestFit.</summary>
    [DefaultValue(VideoLayout.BestFit)]
    public VideoLayout? Layout { get; init; }

    /// <summary>Canvas of a mix, from Agora's table of video profiles, or of a web page. Default: 1280 x 720, 15 fps, 2260 kbps.</summary>
    public QualityResource? Quality { get; init; }

    /// <summary>Whether MP4 files are made beside HLS; not in individual mode. Default: false.</summary>
    [DefaultValue(false)]
    public bool? Mp4 { get; init; }

    /// <summary>Storage profile. Default: the project's own.</summary>
    public string? StorageProfile { get; init; }
}
