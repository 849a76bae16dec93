using System.Globalization;

namespace RecordingService.Infrastructure.Storage;

/// <summary>What an HLS playlist says. One that joins others, as individual mode makes for each user, names no slices of its own and is never open.</summary>
/// <param name="Slices">Slices in order, by the name that the playlist gives them.</param>
/// <param name="IsFinished">Whether the list is closed (EXT-X-ENDLIST); Agora keeps replacing an open one.</param>
internal sealed record HlsPlaylist(IReadOnlyList<HlsSlice> Slices, bool IsFinished)
{
    public TimeSpan Duration => Slices.Aggregate(TimeSpan.Zero, (sum, slice) => sum + (slice.Duration ?? TimeSpan.Zero));

    /// <summary>Reads a playlist; null when the text is none. Tags that it does not need, Agora's own among them, are passed over.</summary>
    public static HlsPlaylist? Parse(string text)
    {
        var lines = text.TrimStart('\uFEFF').Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (lines is not ["#EXTM3U", ..])
        {
            return null;
        }

        if (Array.Exists(lines, line => line.StartsWith("#EXT-X-STREAM-INF", StringComparison.Ordinal)))
        {
            // The playlists that it joins are Agora's own, and looked for by their names.
            return new HlsPlaylist([], IsFinished: true);
        }

        var slices = new List<HlsSlice>();
        var isFinished = false;
        TimeSpan? duration = null;
        foreach (var line in lines)
        {
            if (line.StartsWith("#EXTINF:", StringComparison.Ordinal))
            {
                duration = ParseSeconds(line.AsSpan("#EXTINF:".Length));
            }
            else if (line.StartsWith("#EXT-X-ENDLIST", StringComparison.Ordinal))
            {
                isFinished = true;
            }
            else if (line[0] != '#')
            {
                // A line is a URI reference (RFC 8216), so a name with unusual characters may stand there escaped; the object is called by its plain name.
                slices.Add(new HlsSlice(Uri.UnescapeDataString(line), duration));
                duration = null;
            }
        }

        return new HlsPlaylist(slices, isFinished);
    }

    /// <summary>Agora leaves out the comma after the seconds that the HLS specification asks for.</summary>
    private static TimeSpan? ParseSeconds(ReadOnlySpan<char> value)
    {
        var comma = value.IndexOf(',');
        var seconds = comma < 0 ? value : value[..comma];
        return
            decimal.TryParse(
                seconds,
                NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture,
                out var parsed
            )
            && parsed <= MaxSliceSeconds
            ? TimeSpan.FromTicks((long)(parsed * TimeSpan.TicksPerSecond))
            : null;
    }

    /// <summary>A day; Agora cuts after about 15 s, so a larger number is damage that must not overflow a sum.</summary>
    private const decimal MaxSliceSeconds = 86_400;
}

/// <summary>A slice that a playlist names.</summary>
internal sealed record HlsSlice(string Name, TimeSpan? Duration);
