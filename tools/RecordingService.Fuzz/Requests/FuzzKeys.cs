namespace RecordingService.Fuzz.Requests;

/// <summary>The API keys that requests carry.</summary>
/// <param name="Full">Allows everything.</param>
/// <param name="Reading">Allows no more than to read.</param>
/// <param name="OtherProject">Is good for a project that most recordings do not belong to.</param>
internal sealed record FuzzKeys(string Full, string Reading, string OtherProject)
{
    /// <summary>A known id with a secret that is not its own.</summary>
    public string Wrong => $"{Full[..^1]}{(Full[^1] == '0' ? '1' : '0')}";

    /// <summary>What no answer may tell.</summary>
    public IEnumerable<string> Secrets => new[] { Full, Reading, OtherProject }.Select(key => key.Split('_')[^1]);

    /// <summary>The key of a request: mostly one that allows everything, because what has none gets no further than to the door.</summary>
    /// <returns>The key, or null for none, and what is odd about it, or null.</returns>
    public (string? Key, string? Oddity) Draw(Random random) =>
        random.Next(100) switch
        {
            < 78 => (Full, null),
            < 84 => (null, "no key"),
            < 88 => (Wrong, "wrong key"),
            < 94 => (Reading, "key that may only read"),
            _ => (OtherProject, "key of another project"),
        };
}

/// <summary>Ids of what exists, so that requests reach what is behind an id.</summary>
/// <param name="Recordings">Recordings.</param>
/// <param name="Webhooks">Webhooks.</param>
internal sealed record FuzzTargets(IReadOnlyList<string> Recordings, IReadOnlyList<string> Webhooks);
