using System.Text.Encodings.Web;
using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;

namespace RecordingService.Infrastructure.Engine;

/// <summary>The part of an event that changes from one to the next, in the words of the HTTP interface; the rest stands in the recording's row.</summary>
internal sealed record EventData(string State, string Files, EventReason? Reason, string? EndReason, EventUpload? Upload = null);

/// <summary>The reason as it was.</summary>
internal sealed record EventReason(string Code, string Message)
{
    /// <summary>Bytes of the message as JSON; longer ones would make an event too large for receivers of webhooks.</summary>
    private const int LongestMessage = 3000;

    public static EventReason Of(Reason reason) => new(reason.Code, EventText.Cut(reason.Message, LongestMessage));
}

/// <summary>What was told of the upload of a run.</summary>
/// <param name="Run">Generation of the run.</param>
/// <param name="PlaylistFileName">Playlist as named, else by rule; null when neither is known.</param>
/// <param name="Progress">0 to 1, or null.</param>
/// <param name="FileNames">Files that were named, as many as an event holds; null for news of progress.</param>
/// <param name="FileCount">How many were named.</param>
internal sealed record EventUpload(int Run, string? PlaylistFileName, double? Progress, IReadOnlyList<string>? FileNames, int? FileCount)
{
    /// <summary>Bytes of all names together, as JSON: with the playlist, the reason and the recording's own texts an event has less than 20 kB.</summary>
    private const int LongestNames = 12_000;

    /// <summary>Bytes of the playlist's name as JSON; more than an object in a bucket may have, where no character has to be escaped.</summary>
    private const int LongestName = 1500;

    /// <param name="news">What was told.</param>
    /// <param name="playlist">Name of the run's playlist as far as it is known; one that was named with the news comes first.</param>
    public static EventUpload Of(UploadNews news, string? playlist)
    {
        var name = news.FileNames.FirstOrDefault(IsPlaylist) ?? playlist;
        var isProgress = news.Kind == UploadNewsKind.Progressed;
        return new(
            news.Generation,
            name is not null && EventText.Bytes(name) <= LongestName ? name : null,
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
            left -= EventText.Bytes(name) + 3;
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

/// <summary>How long texts are in an event, where a character may become six bytes.</summary>
internal static class EventText
{
    private const string Omission = "...";

    // What this encoder makes of a text is ASCII, half surrogates included; it is that of the writer of events.
    public static int Bytes(string text) => JavaScriptEncoder.Default.Encode(text).Length;

    /// <summary>As much of a text as fits, whole characters of it.</summary>
    public static string Cut(string text, int bytes)
    {
        // No text is longer than six bytes for each of its parts.
        if (text.Length * 6 <= bytes || Bytes(text) <= bytes)
        {
            return text;
        }

        var left = bytes - Omission.Length;
        var kept = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            left -= Bytes(rune.ToString());
            if (left < 0)
            {
                break;
            }

            kept += rune.Utf16SequenceLength;
        }

        return $"{text[..kept]}{Omission}";
    }
}
