using System.Text.RegularExpressions;

namespace RecordingService.Infrastructure.Agora;

/// <summary>Takes secrets out of text that comes back from Agora, which may quote a request.</summary>
internal sealed partial class SecretScrubber
{
    private const string Mask = "***";
    private readonly string[] _secrets;

    /// <param name="secrets">Values to take out.</param>
    public SecretScrubber(IEnumerable<string?> secrets) =>
        _secrets = [.. secrets.OfType<string>().Where(s => s.Length > 0).Distinct().OrderByDescending(s => s.Length)];

    public string Scrub(string text)
    {
        var scrubbed = Tokens().Replace(text, Mask);
        foreach (var secret in _secrets)
        {
            scrubbed = scrubbed.Replace(secret, Mask, StringComparison.OrdinalIgnoreCase);
        }

        return scrubbed;
    }

    /// <summary>RTC tokens of both versions, as far as neither a sid nor the name of a file can look like them, and basic credentials.</summary>
    [GeneratedRegex(
        @"006[0-9a-fA-F]{32}[A-Za-z0-9+/=]{24,}|007e[AFJN][A-Za-z0-9+/=]{24,}|[Bb]asic\s+[A-Za-z0-9+/=]+",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Tokens();
}
