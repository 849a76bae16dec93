namespace RecordingService.Domain.RoomTypes;

/// <summary>Agora's table of video profiles, and which profile of it comes next to a wanted quality.</summary>
/// <remarks>
/// <para>
/// Sizes are written as wide pictures; the same size upright is the same profile. The table has one bit rate for a size and frame rate in a
/// communication channel; a live channel takes twice as much, at most <see cref="MaxBitrateKbps"/>. Bit rates from half to double of that
/// value count as being on the table: within them Agora trades sharpness for space and nothing breaks.
/// </para>
/// <para><b>Source:</b> Agora, recording video profile (June 2026). Its rows above 1920 x 1080 are left out: start refuses them.</para>
/// </remarks>
public static class VideoProfiles
{
    /// <summary>Most pixels of a canvas. <value>1920 x 1080.</value></summary>
    /// <remarks><b>Source:</b> Agora, start, transcodingConfig (June 2026).</remarks>
    public const int MaxPixels = 1920 * 1080;

    /// <summary>Longest side. <value>1920 pixels.</value></summary>
    /// <remarks><b>Source:</b> Agora, start, transcodingConfig, in the text before June 2026; the newer one names the product of both sides only.</remarks>
    public const int MaxSide = 1920;

    /// <summary>Highest bit rate. <value>6500 kbps; Agora answers more with an error.</value></summary>
    /// <remarks><b>Source:</b> Agora, start, transcodingConfig.bitrate (June 2026).</remarks>
    public const int MaxBitrateKbps = 6500;

    /// <summary>Frame rates that Agora takes; it turns any other into 15 in silence.</summary>
    /// <remarks><b>Source:</b> Agora, start, transcodingConfig.fps (June 2026).</remarks>
    public static readonly IReadOnlyList<int> FrameRates = [1, 7, 10, 15, 24, 30, 60];

    /// <summary>How far from the table's bit rate a bit rate may be. <value>Factor 2 in both directions.</value></summary>
    private const int Tolerance = 2;

    private static readonly Row[] Rows =
    [
        new(160, 120, 15, 65),
        new(120, 120, 15, 50),
        new(320, 180, 15, 140),
        new(180, 180, 15, 100),
        new(240, 180, 15, 120),
        new(320, 240, 15, 200),
        new(240, 240, 15, 140),
        new(424, 240, 15, 220),
        new(640, 360, 15, 400),
        new(640, 360, 30, 600),
        new(360, 360, 15, 260),
        new(360, 360, 30, 400),
        new(480, 360, 15, 320),
        new(480, 360, 30, 490),
        new(640, 480, 10, 400),
        new(640, 480, 15, 500),
        new(640, 480, 30, 750),
        new(480, 480, 15, 400),
        new(480, 480, 30, 600),
        new(848, 480, 15, 610),
        new(848, 480, 30, 930),
        new(960, 720, 15, 910),
        new(960, 720, 30, 1380),
        new(1280, 720, 15, 1130),
        new(1280, 720, 30, 1710),
        new(1920, 1080, 15, 2080),
        new(1920, 1080, 30, 3150),
        new(1920, 1080, 60, 4780),
    ];

    /// <summary>Whether size and frame rate are a row of the table.</summary>
    public static bool Has(VideoQuality quality) => Find(quality) is not null;

    /// <summary>Bit rates that go with a size and frame rate of the table, in kbps; null when these are not on it.</summary>
    public static (int Least, int Most)? BitratesOf(VideoQuality quality, ChannelProfile channel) =>
        Find(quality) is { } row ? row.BitratesIn(channel) : null;

    /// <summary>The profile of the table that comes next to a wanted quality.</summary>
    /// <remarks>
    /// The size comes first, by area and shape together, each compared by its ratio, upright when more is wanted in height than in width.
    /// Of that size's rows, the one with the nearest frame rate. The wanted bit rate stays when the row tolerates it; otherwise the row's own.
    /// </remarks>
    public static VideoQuality Nearest(VideoQuality wanted, ChannelProfile channel)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        var (width, height) = (Math.Max(1, wanted.Width), Math.Max(1, wanted.Height));
        var upright = height > width;
        var (longSide, shortSide) = upright ? (height, width) : (width, height);
        var nearest = Rows.OrderBy(row => Distance(row, longSide, shortSide))
            .ThenBy(row => Math.Abs(row.FramesPerSecond - (long)wanted.FramesPerSecond))
            .First();
        var (least, most) = nearest.BitratesIn(channel);
        var bitrate = wanted.BitrateKbps >= least && wanted.BitrateKbps <= most ? wanted.BitrateKbps : nearest.BitrateIn(channel);
        return upright
            ? new(nearest.Height, nearest.Width, nearest.FramesPerSecond, bitrate)
            : new(nearest.Width, nearest.Height, nearest.FramesPerSecond, bitrate);
    }

    private static double Distance(Row row, int longSide, int shortSide)
    {
        var area = Math.Log((double)longSide * shortSide / ((double)row.Width * row.Height));
        var shape = Math.Log((double)longSide / shortSide / ((double)row.Width / row.Height));
        return (area * area) + (shape * shape);
    }

    private static Row? Find(VideoQuality quality)
    {
        ArgumentNullException.ThrowIfNull(quality);
        var (longSide, shortSide) = (Math.Max(quality.Width, quality.Height), Math.Min(quality.Width, quality.Height));
        return Array.Find(Rows, row => row.Width == longSide && row.Height == shortSide && row.FramesPerSecond == quality.FramesPerSecond);
    }

    private sealed record Row(int Width, int Height, int FramesPerSecond, int CommunicationKbps)
    {
        public int BitrateIn(ChannelProfile channel) =>
            channel switch
            {
                ChannelProfile.Communication => CommunicationKbps,
                ChannelProfile.Live => Math.Min(2 * CommunicationKbps, MaxBitrateKbps),
            };

        public (int Least, int Most) BitratesIn(ChannelProfile channel)
        {
            var own = BitrateIn(channel);
            return ((own + Tolerance - 1) / Tolerance, Math.Min(own * Tolerance, MaxBitrateKbps));
        }
    }
}
