using System.Text;

namespace RecordingService.Infrastructure.Tests.Storage;

/// <summary>Playlists as Agora writes them.</summary>
internal static class Playlist
{
    public static string Of(params string[] slices) => Of(slices, isFinished: true);

    public static string Of(string[] slices, bool isFinished)
    {
        var text = new StringBuilder(
            "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:18\n#EXT-X-AGORA-TRACK-EVENT:EVENT=START,TRACK_TYPE=AUDIO,TIME=20261121100003114\n"
        );
        foreach (var slice in slices)
        {
            text.Append("#EXTINF:15.019000\n").Append(slice).Append('\n');
        }

        return text.Append(isFinished ? "#EXT-X-ENDLIST\n" : "").ToString();
    }
}
