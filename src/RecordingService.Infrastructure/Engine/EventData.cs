using System.Text.Json;
using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;

namespace RecordingService.Infrastructure.Engine;

/// <summary>The part of an event that changes from one to the next, in the words of the HTTP interface; the rest stands in the recording's row.</summary>
internal sealed record EventData(string State, string Files, EventReason? Reason, string? EndReason, EventUpload? Upload = null);

/// <summary>The reason as it was.</summary>
internal sealed record EventReason(string Code, string Message)
{
    /// <summary>Longer ones would make an event too large for receivers of webhooks.</summary>
    private const int LongestMessage = 1000;

    public static EventReason Of(Reason reason) =>
        new(reason.Code, reason.Message.Length <= LongestMessage ? reason.Message : $"{reason.Message[..LongestMessage]}...");
}

/// <summary>What was told of the upload of a run.</summary>
/// <param name="Run">Generation of the run.</param>
/// <param name="PlaylistFileName">Playlist as named, else by rule; null when neither is known.</param>
/// <param name="Progress">0 to 1, or null.</param>
/// <param name="FileNames">Files that were named, as many as an event holds; null for news of progress.</param>
/// <param name="FileCount">How many were named.</param>
internal sealed record EventUpload(int Run, string? PlaylistFileName, double? Progress, IReadOnlyList<string>? FileNames, int? FileCount)
{
    /// <summary>Bytes of all names together, as JSON: an event has less than 20 kB.</summary>
    private const int LongestNames = 12_000;

    private const int LongestName = 1000;

    /// <param name="news">What was told.</param>
    /// <param name="playlist">Name of the run's playlist as far as it is known; one that was named with the news comes first.</param>
    public static EventUpload Of(UploadNews news, string? playlist)
    {
        var name = news.FileNames.FirstOrDefault(IsPlaylist) ?? playlist;
        var isProgress = news.Kind == UploadNewsKind.Progressed;
        return new(
            news.Generation,
            name is { Length: <= LongestName } ? name : null,
            news.Progress / 10_000.0,
            isProgress ? null : Fitting(news.FileNames),
            isProgress ? null : news.FileNames.Count
        );
    }

    private static List<string> Fitting(IReadOnlyList<string> names)
    {
        var left = LongestNames;
        List<string> fitting = [];
        // Playlists come first: they name the rest.
        foreach (var name in names.OrderBy(name => IsPlaylist(name) ? 0 : 1))
        {
            left -= JsonEncodedText.Encode(name).EncodedUtf8Bytes.Length + 3;
            if (left < 0)
            {
                break;
            }

            fitting.Add(name);
        }

        return fitting;
    }

    private static bool IsPlaylist(string name) => name.EndsWith(".m3u8", StringComparison.OrdinalIgnoreCase);
}
