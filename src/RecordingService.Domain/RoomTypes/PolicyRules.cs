namespace RecordingService.Domain.RoomTypes;

/// <summary>What a policy must be like so that Agora takes and keeps every recording that is made by it.</summary>
/// <remarks>
/// Agora checks most of this only after it has answered a start, and a fault shows as a recorder that vanishes. So all of it is checked when a
/// policy is stored, and once more when a start changes its mode.
/// </remarks>
public static class PolicyRules
{
    /// <summary>Shortest maximum duration. <value>1 min.</value></summary>
    public static readonly TimeSpan ShortestDuration = TimeSpan.FromMinutes(1);

    /// <summary>Longest maximum duration. <value>23 h 30 min: a token lives 24 h and cannot be renewed; half an hour is left for start and stop.</value></summary>
    /// <remarks><b>Source:</b> Agora, token privileges (June 2026): 24 h at most.</remarks>
    public static readonly TimeSpan LongestDuration = new(23, 30, 0);

    /// <summary>Longest break. <value>12 h; twice of it is far below the 30 d that Agora takes as idle time.</value></summary>
    public static readonly TimeSpan LongestBreak = TimeSpan.FromHours(12);

    /// <summary>Shortest time between two pictures. <value>5 s.</value></summary>
    /// <remarks><b>Source:</b> Agora, start, snapshotConfig.captureInterval (June 2026). A guide of theirs says 1 s; the longer one holds in both.</remarks>
    public static readonly TimeSpan ShortestSnapshotInterval = TimeSpan.FromSeconds(5);

    /// <summary>Longest time between two pictures. <value>1 h.</value></summary>
    /// <remarks><b>Source:</b> Agora, start, snapshotConfig.captureInterval (June 2026).</remarks>
    public static readonly TimeSpan LongestSnapshotInterval = TimeSpan.FromHours(1);

    private const int LeastPageSide = 240;
    private const int LeastPageFrames = 5;
    private const int MostPageFrames = 60;
    private const int LeastPageKbps = 50;

    private const string Service = "RecordingService, room types";
    private const string Token = "Agora, token privileges";
    private const string Start = "Agora, start, recordingConfig";
    private const string Files = "Agora, start, recordingFileConfig";
    private const string Snapshots = "Agora, start, snapshotConfig";
    private const string Canvas = "Agora, start, transcodingConfig";
    private const string Table = "Agora, recording video profile";
    private const string Page = "Agora, start, web_recorder_service";

    /// <summary>Finds every rule that a policy breaks; none when it is fine.</summary>
    public static IReadOnlyList<RuleViolation> Check(RecordingPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return
        [
            .. Times(policy),
            .. policy.Mode switch
            {
                RecordingMode.Mix => Mix(policy),
                RecordingMode.Individual => Individual(policy),
                RecordingMode.WebPage => WebPage(policy),
            },
        ];
    }

    private static IEnumerable<RuleViolation> Times(RecordingPolicy policy)
    {
        if (policy.LongestBreak < TimeSpan.Zero || policy.LongestBreak > LongestBreak)
        {
            yield return new("longestBreak", policy.LongestBreak, "must be from PT0S to PT12H.", Service);
        }

        if (policy.MaxDuration < ShortestDuration || policy.MaxDuration > LongestDuration)
        {
            yield return new(
                "maxDuration",
                policy.MaxDuration,
                "must be from PT1M to PT23H30M: a token lives 24 h and cannot be renewed.",
                Token
            );
        }
    }

    private static IEnumerable<RuleViolation> Mix(RecordingPolicy policy)
    {
        if (policy.Layout == VideoLayout.Custom)
        {
            yield return new(
                "layout",
                policy.Layout,
                "must be floating, bestFit or vertical; custom needs places of pictures, which a live recording is given.",
                "Agora, recording layout"
            );
        }

        foreach (var violation in NoSnapshots(policy).Concat(OnTheTable(policy)))
        {
            yield return violation;
        }
    }

    private static IEnumerable<RuleViolation> Individual(RecordingPolicy policy)
    {
        if (policy.StreamMode == StreamMode.Original && policy.StreamTypes != StreamTypes.Audio)
        {
            yield return new(
                "streamMode",
                policy.StreamMode,
                "must be default or standard; original goes with streamTypes audio only.",
                Start
            );
        }

        if (policy.Mp4)
        {
            yield return new("mp4", policy.Mp4, "must be false in individual mode, which makes HLS only.", Files);
        }

        if (policy.SnapshotInterval is { } interval)
        {
            if (interval < ShortestSnapshotInterval || interval > LongestSnapshotInterval || interval.Ticks % TimeSpan.TicksPerSecond != 0)
            {
                yield return new("snapshotInterval", interval, "must be from PT5S to PT1H, in whole seconds.", Snapshots);
            }

            if (policy.StreamTypes == StreamTypes.Audio)
            {
                yield return new(
                    "streamTypes",
                    policy.StreamTypes,
                    "must be video or audioAndVideo, because pictures are taken of video.",
                    Snapshots
                );
            }
        }
        else if (policy.SnapshotsOnly)
        {
            yield return new(
                "snapshotsOnly",
                policy.SnapshotsOnly,
                "must be false without a snapshotInterval: nothing would be recorded.",
                Snapshots
            );
        }
    }

    private static IEnumerable<RuleViolation> WebPage(RecordingPolicy policy)
    {
        var quality = policy.Quality;
        foreach (var (name, side) in new[] { ("width", quality.Width), ("height", quality.Height) })
        {
            if (side is < LeastPageSide or > VideoProfiles.MaxSide)
            {
                yield return new($"quality.{name}", side, $"must be from {LeastPageSide} to {VideoProfiles.MaxSide} for a web page.", Page);
            }
        }

        if (IsTooLarge(quality))
        {
            yield return new("quality", Text(quality), "must have at most 1920 x 1080 pixels.", Page);
        }

        if (quality.FramesPerSecond is < LeastPageFrames or > MostPageFrames)
        {
            yield return new(
                "quality.framesPerSecond",
                quality.FramesPerSecond,
                $"must be from {LeastPageFrames} to {MostPageFrames} for a web page.",
                Page
            );
        }

        if (quality.BitrateKbps is < LeastPageKbps or > VideoProfiles.MaxBitrateKbps)
        {
            yield return new(
                "quality.bitrateKbps",
                quality.BitrateKbps,
                $"must be from {LeastPageKbps} to {VideoProfiles.MaxBitrateKbps} for a web page.",
                Page
            );
        }

        foreach (var violation in NoSnapshots(policy))
        {
            yield return violation;
        }
    }

    private static IEnumerable<RuleViolation> NoSnapshots(RecordingPolicy policy)
    {
        if (policy.SnapshotInterval is not null)
        {
            yield return new(
                "snapshotInterval",
                policy.SnapshotInterval,
                "must be left out: pictures are taken in individual mode only.",
                Snapshots
            );
        }

        if (policy.SnapshotsOnly)
        {
            yield return new(
                "snapshotsOnly",
                policy.SnapshotsOnly,
                "must be false: pictures are taken in individual mode only.",
                Snapshots
            );
        }
    }

    private static List<RuleViolation> OnTheTable(RecordingPolicy policy)
    {
        var quality = policy.Quality;
        var nearest = $"The nearest valid profile is {Text(VideoProfiles.Nearest(quality, policy.ChannelProfile))}.";
        List<RuleViolation> violations = [];
        foreach (var (name, side) in new[] { ("width", quality.Width), ("height", quality.Height) })
        {
            if (side is < 1 or > VideoProfiles.MaxSide)
            {
                violations.Add(new($"quality.{name}", side, $"must be from 1 to {VideoProfiles.MaxSide}. {nearest}", Canvas));
            }
        }

        if (violations.Count == 0 && IsTooLarge(quality))
        {
            violations.Add(new("quality", Text(quality), $"must have at most 1920 x 1080 pixels. {nearest}", Canvas));
        }

        if (!VideoProfiles.FrameRates.Contains(quality.FramesPerSecond))
        {
            violations.Add(
                new(
                    "quality.framesPerSecond",
                    quality.FramesPerSecond,
                    $"must be one of {string.Join(", ", VideoProfiles.FrameRates)}. {nearest}",
                    Canvas
                )
            );
        }

        if (violations.Count == 0 && !VideoProfiles.Has(quality))
        {
            violations.Add(new("quality", Text(quality), $"must be a size and frame rate of Agora's table. {nearest}", Table));
        }

        if (quality.BitrateKbps is < 1 or > VideoProfiles.MaxBitrateKbps)
        {
            violations.Add(
                new("quality.bitrateKbps", quality.BitrateKbps, $"must be from 1 to {VideoProfiles.MaxBitrateKbps}. {nearest}", Canvas)
            );
        }
        else if (
            VideoProfiles.BitratesOf(quality, policy.ChannelProfile) is var (least, most)
            && (quality.BitrateKbps < least || quality.BitrateKbps > most)
        )
        {
            var channel = policy.ChannelProfile switch
            {
                ChannelProfile.Communication => "communication",
                ChannelProfile.Live => "live",
            };
            violations.Add(
                new(
                    "quality.bitrateKbps",
                    quality.BitrateKbps,
                    $"must be from {least} to {most} for {quality.Width} x {quality.Height} at {quality.FramesPerSecond} fps in a {channel} channel. {nearest}",
                    Table
                )
            );
        }

        return violations;
    }

    private static bool IsTooLarge(VideoQuality quality) => (long)quality.Width * quality.Height > VideoProfiles.MaxPixels;

    private static string Text(VideoQuality quality) =>
        $"{quality.Width} x {quality.Height}, {quality.FramesPerSecond} fps, {quality.BitrateKbps} kbps";
}
