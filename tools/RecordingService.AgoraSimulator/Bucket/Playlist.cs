using System.Globalization;
using System.Text;

namespace RecordingService.Simulation;

/// <summary>A playlist as Agora writes it: its own track events, and no comma after the duration unless asked for.</summary>
internal sealed class Playlist(TrackKey track, bool comma)
{
    private const int TargetSlack = 3;

    private readonly StringBuilder body = new();
    private double longest;

    public int Count { get; private set; }

    public TimeSpan Duration { get; private set; }

    public void Add(string name, DateTimeOffset start, TimeSpan duration, bool afterInterruption)
    {
        if (afterInterruption)
        {
            body.Append("#EXT-X-DISCONTINUITY\n");
            AppendTrackEvent(track.HasAudio, "AUDIO", start);
            AppendTrackEvent(track.HasVideo, "VIDEO", start);
        }

        body.Append(CultureInfo.InvariantCulture, $"#EXTINF:{duration.TotalSeconds:F6}{(comma ? "," : "")}\n");
        // A channel name may hold '#' or '?', which would cut the address short.
        body.Append(Uri.EscapeDataString(name)).Append('\n');
        longest = Math.Max(longest, duration.TotalSeconds);
        Duration += duration;
        Count++;
    }

    public string Render(bool ended)
    {
        var target = (int)Math.Ceiling(longest) + TargetSlack;
        return $"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-ALLOW-CACHE:YES\n#EXT-X-TARGETDURATION:{target}\n{body}"
            + (ended ? "#EXT-X-ENDLIST\n" : "");
    }

    /// <summary>A playlist of playlists: the video of one, the audio of the other.</summary>
    public static string Merge(string audio, string video) =>
        $"#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"audio\",DEFAULT=YES,URI=\"{Uri.EscapeDataString(audio)}\"\n"
        + $"#EXT-X-STREAM-INF:BANDWIDTH=1000000,AUDIO=\"audio\"\n{Uri.EscapeDataString(video)}\n";

    private void AppendTrackEvent(bool present, string type, DateTimeOffset start)
    {
        if (present)
        {
            body.Append(
                CultureInfo.InvariantCulture,
                $"#EXT-X-AGORA-TRACK-EVENT:EVENT=START,TRACK_TYPE={type},TIME={FileNames.Utc17(start)}\n"
            );
        }
    }
}
