using System.Globalization;

namespace RecordingService.Simulation;

/// <summary>Names of the files of one track, by Agora's rule.</summary>
internal sealed class FileNames
{
    private const string SpecialCharacters = "!@#$%^&*()+_.=[]{}~|,;:?<>";

    // Eleven digits, as in the only name that is documented.
    private const long LateTicks = 100_000_000_000;

    private readonly string folder;
    private readonly string stem;

    /// <param name="folders">Elements of fileNamePrefix.</param>
    /// <param name="moves">Server moves so far; from the first on, names start with <c>bak0_</c>, <c>bak1_</c> ...</param>
    /// <param name="sid">Sid of the recorder.</param>
    /// <param name="channel">Channel name as it appears in names.</param>
    /// <param name="track">Track of one user in individual mode; null in mix mode.</param>
    public FileNames(IReadOnlyList<string> folders, int moves, string sid, string channel, TrackKey track)
    {
        Moves = moves;
        folder = folders.Count == 0 ? "" : string.Join('/', folders) + "/";
        var backup = moves == 0 ? "" : $"bak{moves - 1}_";
        var user = track.Uid is null ? "" : $"__uid_s_{track.Uid}__uid_e_{(track.HasVideo ? "video" : "audio")}";
        stem = $"{backup}{sid}_{channel}{user}";
    }

    public int Moves { get; }

    public string Playlist => stem + ".m3u8";

    public string Slice(DateTimeOffset start) => $"{stem}_{Utc17(start)}.ts";

    public string Mp4(int index) => $"{stem}_{index}.mp4";

    /// <summary>Name of a playlist that comes late from the backup cloud.</summary>
    public string Late(DateTimeOffset at, int version) => $"{stem}_{at.ToUnixTimeMilliseconds() % LateTicks:D11}_{version}.m3u8";

    public string Snapshot(DateTimeOffset taken) => $"{stem}_{Utc17(taken)}.jpg";

    /// <summary>Name of the playlist of a user's audio and video, where those of each end with their kind.</summary>
    public string Merged(string type) => $"{stem[..(stem.LastIndexOf('_') + 1)]}{type}.m3u8";

    public string Key(string name) => folder + name;

    public static string Utc17(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMddHHmmssfff", CultureInfo.InvariantCulture);

    public static string Sanitize(string channel) => string.Concat(channel.Select(c => SpecialCharacters.Contains(c) ? '-' : c));
}

/// <summary>What one playlist holds: everything of a channel (mix), or the audio or the video of one user (individual).</summary>
/// <param name="Uid">The user, or null for all.</param>
/// <param name="HasAudio">Audio is in it.</param>
/// <param name="HasVideo">Video is in it.</param>
internal readonly record struct TrackKey(string? Uid, bool HasAudio, bool HasVideo)
{
    public string TrackType =>
        (HasAudio, HasVideo) switch
        {
            (true, true) => "audio_and_video",
            (true, false) => "audio",
            _ => "video",
        };
}
