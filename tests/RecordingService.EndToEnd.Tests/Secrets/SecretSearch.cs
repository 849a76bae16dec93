using System.Text;
using System.Text.RegularExpressions;

namespace RecordingService.EndToEnd.Tests.Secrets;

/// <summary>Finds secrets in whatever was written: plain, in base64 wherever they begin in it, as base64url, in hexadecimal digits, percent-encoded or escaped as in JSON.</summary>
internal sealed partial class SecretSearch(IReadOnlyDictionary<string, string> secrets)
{
    /// <summary>Anything shorter is found by chance.</summary>
    private const int LeastCharacters = 11;

    private readonly IReadOnlyList<(string Name, string Form, string Text)> forms =
    [
        .. secrets.SelectMany(secret => Forms(secret.Value).Select(form => (secret.Key, form.Form, form.Text))),
    ];

    /// <summary>Which secrets stand in a text, and how.</summary>
    public IReadOnlyList<string> In(string text)
    {
        string[] readings = [text, Unescaped(text), Uri.UnescapeDataString(text)];
        return
        [
            .. forms
                .Where(form => readings.Any(reading => reading.Contains(form.Text, StringComparison.Ordinal)))
                .Select(form => $"{form.Name} ({form.Form})")
                .Distinct(),
        ];
    }

    /// <summary>Every way in which a secret is looked for.</summary>
    public static IEnumerable<(string Form, string Text)> Forms(string secret)
    {
        secret.Length.ShouldBeGreaterThanOrEqualTo(LeastCharacters);
        yield return ("plain", secret);
        var bytes = Encoding.UTF8.GetBytes(secret);
        yield return ("hex", Convert.ToHexStringLower(bytes));
        yield return ("HEX", Convert.ToHexString(bytes));
        for (var shift = 0; shift < 3; shift++)
        {
            var part = Base64(bytes, shift);
            yield return ($"base64, {shift} bytes behind a multiple of three", part);
            yield return ($"base64url, {shift} bytes behind a multiple of three", part.Replace('+', '-').Replace('/', '_'));
        }
    }

    /// <summary>The characters that depend on the secret alone, whatever stands before and behind it.</summary>
    private static string Base64(byte[] secret, int shift)
    {
        var text = Convert.ToBase64String([.. new byte[shift], .. secret]);
        var first = ((shift * 8) + 5) / 6;
        var behind = (shift + secret.Length) * 8 / 6;
        return text[first..behind];
    }

    private static string Unescaped(string text) =>
        Escape().Replace(text, match => match.Groups[1].Success ? $"{(char)Convert.ToInt32(match.Groups[1].Value, 16)}" : match.Value[1..]);

    [GeneratedRegex("""\\u([0-9a-fA-F]{4})|\\["/\\]""")]
    private static partial Regex Escape();
}
