using RecordingService.LocalStack.Processes;
using RecordingService.Simulation;

namespace RecordingService.Chaos.Verdicts;

/// <summary>Looks through the simulator's bucket for what recorders left there.</summary>
internal static class BucketLook
{
    private const string PlaylistEnd = ".m3u8";
    private const string Backup = "bak";
    private const string Duration = "#EXTINF:";

    /// <summary>Reads all playlists and looks whether their slices are there.</summary>
    /// <returns>What there is of each recorder, by sid; nothing of those that left nothing.</returns>
    public static async Task<IReadOnlyDictionary<string, RecorderFiles>> ReadAsync(
        HttpClient http,
        AgoraSimulator agora,
        CancellationToken cancellationToken
    )
    {
        var root = new Uri(agora.PublicBucketUrl, DemoAccount.Bucket + "/");
        var keys = (await http.GetStringAsync(root, cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries).ToHashSet();
        List<Playlist> playlists = [];
        foreach (var key in keys.Where(key => key.EndsWith(PlaylistEnd, StringComparison.Ordinal)))
        {
            var address = new Uri(root, string.Join('/', key.Split('/').Select(Uri.EscapeDataString)));
            playlists.Add(Read(key, await http.GetStringAsync(address, cancellationToken), keys));
        }

        return playlists
            .GroupBy(playlist => playlist.Sid)
            .ToDictionary(
                group => group.Key,
                group => new RecorderFiles(
                    group.Key,
                    group.Sum(playlist => playlist.Slices),
                    group.Sum(playlist => playlist.Missing),
                    // A server that a recorder was moved away from finishes nothing any more.
                    group.MaxBy(playlist => playlist.Server)!.IsFinished,
                    group.Sum(playlist => playlist.Seconds),
                    group.Max(playlist => playlist.Server) + 1
                )
            );
    }

    /// <summary>Reads a playlist, whose name is <c>[bakN_]sid_channel.m3u8</c>.</summary>
    internal static Playlist Read(string key, string text, IReadOnlySet<string> keys)
    {
        var slash = key.LastIndexOf('/') + 1;
        var (folder, parts) = (key[..slash], key[slash..].Split('_'));
        var isBackup = parts[0].StartsWith(Backup, StringComparison.Ordinal) && parts[0].Length < 8;
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        List<string> slices = [.. lines.Where(line => line[0] != '#').Select(Uri.UnescapeDataString)];
        return new Playlist(
            parts[isBackup ? 1 : 0],
            isBackup ? 1 + int.Parse(parts[0][Backup.Length..], System.Globalization.CultureInfo.InvariantCulture) : 0,
            slices.Count,
            slices.Count(slice => !keys.Contains(folder + slice)),
            lines.Contains("#EXT-X-ENDLIST"),
            lines.Where(line => line.StartsWith(Duration, StringComparison.Ordinal)).Sum(SecondsOf)
        );
    }

    private static double SecondsOf(string line) =>
        double.Parse(line[Duration.Length..].TrimEnd(',', '\r'), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A playlist.</summary>
    /// <param name="Sid">Sid of its recorder.</param>
    /// <param name="Server">Number of the recorder's server, from 0.</param>
    /// <param name="Slices">Slices that it names.</param>
    /// <param name="Missing">How many of them are not there.</param>
    /// <param name="IsFinished">Whether it has an end.</param>
    /// <param name="Seconds">How long its slices are together.</param>
    internal sealed record Playlist(string Sid, int Server, int Slices, int Missing, bool IsFinished, double Seconds);
}
