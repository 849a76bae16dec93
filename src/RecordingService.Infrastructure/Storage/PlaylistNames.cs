using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;
using RecordingService.Domain;
using RecordingService.Domain.RoomTypes;

namespace RecordingService.Infrastructure.Storage;

/// <summary>One playlist that a run can have.</summary>
/// <param name="Spellings">Names that it can have, likeliest first.</param>
/// <param name="Need">What its absence means.</param>
/// <param name="Transferred">Its newest version among those that came later from Agora's backup cloud, or null. The larger file of both counts.</param>
internal sealed record ExpectedPlaylist(IReadOnlyList<string> Spellings, PlaylistNeed Need, string? Transferred = null);

/// <summary>What the absence of a playlist means.</summary>
internal enum PlaylistNeed
{
    /// <summary>The run is not complete: Agora named it, or it is the only one by rule.</summary>
    Required,

    /// <summary>Nothing is known: the server that would have written it may have received nothing before the recorder was moved away.</summary>
    Possible,

    /// <summary>Nothing is missing.</summary>
    Optional,
}

/// <summary>Which names the playlists of a run can have.</summary>
/// <remarks>
/// <b>Source:</b> Agora, manage-files (June 2026): a mix and a web page have <c>&lt;sid&gt;_&lt;cname&gt;.m3u8</c>; after the n-th move to another server new
/// files begin with <c>bak&lt;n&gt;_</c>, n from 0; lists from the backup cloud end with <c>_&lt;tick&gt;_&lt;index&gt;.m3u8</c>, and of both the larger one is whole.
/// </remarks>
internal static partial class PlaylistNames
{
    public const string Extension = ".m3u8";

    /// <summary>More moves to another server than any recording has; a name that tells of thousands must not have them all looked for.</summary>
    public const int MostMoves = 10;

    /// <summary>
    /// Characters that become '-' in file names. Agora states it for web page recordings and is silent on mixes, so both spellings are looked for.
    /// </summary>
    private static readonly SearchValues<char> Replaced = SearchValues.Create("!@#$%^&*()+_.=[]{}~|,;:?<>");

    /// <summary>Names of a mix or web page by rule, likeliest first: as is, then with special characters replaced, where that differs.</summary>
    public static IReadOnlyList<string> ByRule(string sid, string channel)
    {
        var asIs = $"{sid}_{channel}{Extension}";
        var replaced = $"{sid}_{string.Concat(channel.Select(c => Replaced.Contains(c) ? '-' : c))}{Extension}";
        return asIs == replaced ? [asIs] : [asIs, replaced];
    }

    /// <summary>Whether one name is that of the same list on a later server.</summary>
    public static bool Follows(string later, string earlier)
    {
        var (one, other) = (MoveOf(later), MoveOf(earlier));
        return one.Name == other.Name && one.Move > other.Move;
    }

    private static (int Move, string Name) MoveOf(string name) =>
        name.StartsWith("bak", StringComparison.Ordinal)
        && name.IndexOf('_', StringComparison.Ordinal) is > 3 and var end
        && int.TryParse(name.AsSpan(3, end - 3), NumberStyles.None, CultureInfo.InvariantCulture, out var move)
            ? (move, name[(end + 1)..])
            : (-1, name);

    /// <summary>Name of the same playlist after the n-th move of the recorder to another server.</summary>
    public static string AfterMove(int move, string name) => string.Create(CultureInfo.InvariantCulture, $"bak{move}_{name}");

    /// <summary>
    /// The playlists that the run should have, in order. A mix and a web page have one, and one more for each move to another server that Agora
    /// named or that was found; a name that Agora gave comes before the rule. Individual recordings have one per user and kind; only Agora and the bucket know them.
    /// </summary>
    /// <remarks>
    /// A server writes its first list with its first slice. So where a later list is known, an earlier one that nobody named may never have been written: the
    /// recorder was moved away before anybody published. That is certain of moves in silence, and possible of any other.
    /// </remarks>
    /// <param name="run">The run; names that Agora gave are required.</param>
    /// <param name="listed">Names found in the folder of the run, whether it was listed or they were looked for.</param>
    public static IReadOnlyList<ExpectedPlaylist> Expected(RunFiles run, IReadOnlyList<string>? listed = null)
    {
        var byRule = ByRule(run.Sid, run.Channel);
        var named = PlaylistsOf(run, run.Named.Select(file => WithoutFolders(file.FileName)), byRule);
        var found = PlaylistsOf(run, listed ?? [], byRule);
        var last = named.Concat(found).Max(name => name.Move);
        return run.Mode switch
        {
            RecordingMode.Mix or RecordingMode.WebPage =>
            [
                .. named
                    .Concat(found)
                    .Select(name => name.Move)
                    .Concat(Enumerable.Range(0, Math.Min(last ?? 0, MostMoves)).Cast<int?>())
                    .Append(null)
                    .Distinct()
                    .Order()
                    .Select(move =>
                        OneOf(run, move, last, [.. named.Where(n => n.Move == move)], [.. found.Where(n => n.Move == move)], byRule)
                    ),
            ],
            RecordingMode.Individual =>
            [
                .. named
                    .Concat(found)
                    .GroupBy(name => (name.Move, name.Base))
                    .Select(same => new ExpectedPlaylist(
                        [same.Key.Move is { } move ? AfterMove(move, same.Key.Base) : same.Key.Base],
                        same.Any(named.Contains) ? PlaylistNeed.Required : PlaylistNeed.Optional,
                        Newest(same)
                    )),
            ],
        };
    }

    /// <summary>Some answers name files with their folders, others without.</summary>
    public static string WithoutFolders(string name) => name[(name.LastIndexOf('/') + 1)..];

    /// <summary>Address of a file in a run's folder; every character of a name is escaped, because channel names may hold '#', '?', '%' and '+'.</summary>
    public static Uri Address(Uri baseUrl, IReadOnlyList<string> folders, string name) =>
        new($"{baseUrl.AbsoluteUri.TrimEnd('/')}/{string.Join('/', folders.Append(name).Select(Uri.EscapeDataString))}");

    /// <summary>The sid that a file's name begins with, or null when no recorder names a file so.</summary>
    public static string? SidOf(string fileName) =>
        SidInFront().Match(fileName) is { Success: true } match ? match.Groups["sid"].Value : null;

    private static ExpectedPlaylist OneOf(
        RunFiles run,
        int? move,
        int? last,
        IReadOnlyList<PlaylistName> named,
        IReadOnlyList<PlaylistName> found,
        IReadOnlyList<string> byRule
    )
    {
        var rule = move is { } n ? byRule.Select(name => AfterMove(n, name)).ToList() : byRule;
        var given = named
            .Concat(found)
            .Where(name => name.Index is null)
            .Select(name => name.Text)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        return new ExpectedPlaylist(
            [.. given.Where(rule.Contains), .. rule.Except(given), .. given.Except(rule)],
            NeedOf(run, move, last, named.Count > 0, found.Count > 0),
            Newest(named.Concat(found))
        );
    }

    private static PlaylistNeed NeedOf(RunFiles run, int? move, int? last, bool isNamed, bool isFound) =>
        isNamed || (move is null && (isFound || last is null)) ? PlaylistNeed.Required
        : isFound || Server(move) < run.MovesInSilence ? PlaylistNeed.Optional
        : PlaylistNeed.Possible;

    /// <summary>Number of the server that writes the list after a move: the first one, 0, before any.</summary>
    private static int Server(int? move) => move is { } nth ? nth + 1 : 0;

    private static string? Newest(IEnumerable<PlaylistName> names) =>
        names.Where(name => name.Index is not null).MaxBy(name => name.Index)?.Text;

    private static List<PlaylistName> PlaylistsOf(RunFiles run, IEnumerable<string> names, IReadOnlyList<string> byRule) =>
        [
            .. names
                .Where(name =>
                    name.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) && name.Contains(run.Sid, StringComparison.Ordinal)
                )
                .Select(name => Read(name, byRule))
                .Distinct(),
        ];

    /// <summary>Takes a name apart. What looks like a version may be a part of the channel's name, so it counts only when the rest is the name of a playlist.</summary>
    private static PlaylistName Read(string text, IReadOnlyList<string> byRule)
    {
        int? move = null;
        var rest = text;
        if (Moved().Match(text) is { Success: true } moved && TryNumber(moved.Groups["move"].Value) is { } number and < int.MaxValue)
        {
            (move, rest) = ((int)number, text[moved.Length..]);
        }

        if (
            Versioned().Match(rest) is { Success: true } version
            && TryNumber(version.Groups["index"].Value) is { } index
            && version.Groups["base"].Value + Extension is var original
            && (byRule.Contains(original) || Individual().IsMatch(original))
        )
        {
            return new PlaylistName(text, move, original, index);
        }

        return new PlaylistName(text, move, rest, null);
    }

    private static long? TryNumber(string digits) =>
        long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <param name="Text">The whole name.</param>
    /// <param name="Move">Number of the move after which it was begun, or null before the first.</param>
    /// <param name="Base">Name without the marks of moves and versions.</param>
    /// <param name="Index">Number of the version from the backup cloud, or null for the recorder's own.</param>
    private sealed record PlaylistName(string Text, int? Move, string Base, long? Index);

    [GeneratedRegex(@"^bak(?<move>\d+)_", RegexOptions.CultureInvariant)]
    private static partial Regex Moved();

    [GeneratedRegex(@"^(?<base>.+)_\d+_(?<index>\d+)\.m3u8\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Versioned();

    [GeneratedRegex(@"__uid_e_(audio|video)\.m3u8\z", RegexOptions.CultureInvariant)]
    private static partial Regex Individual();

    [GeneratedRegex(@"^(bak\d+_)?(?<sid>[0-9a-f]{32})_", RegexOptions.CultureInvariant)]
    private static partial Regex SidInFront();
}
