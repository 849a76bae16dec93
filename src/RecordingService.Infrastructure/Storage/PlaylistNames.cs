using System.Buffers;
using RecordingService.Domain;
using RecordingService.Domain.RoomTypes;

namespace RecordingService.Infrastructure.Storage;

/// <summary>Which names the playlists of a run can have.</summary>
/// <remarks><b>Source:</b> Agora, manage-files (June 2026): a mix has <c>&lt;sid&gt;_&lt;cname&gt;.m3u8</c>.</remarks>
internal static class PlaylistNames
{
    public const string Extension = ".m3u8";

    /// <summary>
    /// Characters that become '-' in file names. Agora states it for web page recordings and is silent on mixes, so both spellings are looked for.
    /// </summary>
    private static readonly SearchValues<char> Replaced = SearchValues.Create("!@#$%^&*()+_.=[]{}~|,;:?<>");

    /// <summary>Names of a mix by rule, likeliest first: as is, then with special characters replaced, where that differs.</summary>
    public static IReadOnlyList<string> ByRule(string sid, string channel)
    {
        var asIs = $"{sid}_{channel}{Extension}";
        var replaced = $"{sid}_{string.Concat(channel.Select(c => Replaced.Contains(c) ? '-' : c))}{Extension}";
        return asIs == replaced ? [asIs] : [asIs, replaced];
    }

    /// <summary>
    /// Groups of spellings, one group for each playlist that the run should have. A mix has one playlist: a name that Agora gave comes before the rule.
    /// Individual recordings have one per user and kind; only Agora knows them.
    /// </summary>
    public static IReadOnlyList<IReadOnlyList<string>> Expected(RunFiles run)
    {
        var named = run
            .Named.Select(file => WithoutFolders(file.FileName))
            .Where(name => name.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) && name.Contains(run.Sid, StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal)
            .ToList();
        switch (run.Mode)
        {
            case RecordingMode.Mix:
                var byRule = ByRule(run.Sid, run.Channel);
                return
                [
                    [.. named.Where(byRule.Contains), .. byRule.Except(named), .. named.Except(byRule)],
                ];
            case RecordingMode.Individual:
                return [.. named.Select(name => new[] { name })];
            default:
                throw new ArgumentOutOfRangeException(nameof(run), run.Mode, "Unknown recording mode.");
        }
    }

    /// <summary>Some answers name files with their folders, others without.</summary>
    public static string WithoutFolders(string name) => name[(name.LastIndexOf('/') + 1)..];

    /// <summary>Address of a file in a run's folder; every character of a name is escaped, because channel names may hold '#', '?', '%' and '+'.</summary>
    public static Uri Address(Uri baseUrl, IReadOnlyList<string> folders, string name) =>
        new($"{baseUrl.AbsoluteUri.TrimEnd('/')}/{string.Join('/', folders.Append(name).Select(Uri.EscapeDataString))}");
}
