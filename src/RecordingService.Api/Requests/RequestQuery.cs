using System.Globalization;
using RecordingService.Api.Problems;

namespace RecordingService.Api.Requests;

/// <summary>Reads the query of a request parameter by parameter and collects every rule that it breaks.</summary>
internal sealed class RequestQuery(IQueryCollection query, List<Violation> violations)
{
    private const int TextCharacters = 200;

    private static readonly string[] TimeFormats =
    [
        "yyyy-MM-dd'T'HH:mm:ssZ",
        "yyyy-MM-dd'T'HH:mm:sszzz",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFZ",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz",
    ];

    private readonly List<string> known = [];

    /// <summary>A text, or null.</summary>
    public string? Text(string name, int atMost = TextCharacters) =>
        Take(name, $"1 to {atMost} characters, none of them a control character", text => IsText(text, atMost) ? text : null);

    /// <summary>A text that fulfils a rule, or null.</summary>
    public string? Text(string name, string rule, Func<string, bool> isValid) => Take(name, rule, text => isValid(text) ? text : null);

    /// <summary>A whole number within a range, or the default.</summary>
    public long Number(string name, long least, long most, long otherwise) =>
        Take<long>(
            name,
            most == long.MaxValue ? $"a whole number, {least} or more" : $"a whole number from {least} to {most}",
            text =>
                long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
                    ? number
                    : null
        ) ?? otherwise;

    /// <summary>One of the names of an enumeration, or null.</summary>
    public T? OneOf<T>(string name)
        where T : struct, Enum =>
        Take<T>(
            name,
            $"one of {string.Join(", ", Enum.GetNames<T>().Select(value => char.ToLowerInvariant(value[0]) + value[1..]))}",
            text => Enum.GetValues<T>().Cast<T?>().FirstOrDefault(value => text.Equals($"{value}", StringComparison.OrdinalIgnoreCase))
        );

    /// <summary>A time (RFC 3339), or null.</summary>
    public DateTimeOffset? Time(string name) =>
        Take<DateTimeOffset>(
            name,
            "a time as in RFC 3339, such as 2026-09-01T08:00:00Z; a plus in it is written %2B",
            text =>
                DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
                    ? time
                    : null
        );

    /// <summary>A value that a parameter stands for, or null.</summary>
    public T? Take<T>(string name, string rule, Func<string, T?> read)
        where T : struct
    {
        T? value = null;
        return TryTake(name, out var text) && (value = read(text)) is null ? Refuse<T?>(name, text, rule) : value;
    }

    /// <summary>Refuses parameters that nobody asked for: a misspelt filter would list everything.</summary>
    public void RefuseUnknown()
    {
        foreach (var (name, values) in query.Where(parameter => !known.Contains(parameter.Key, StringComparer.OrdinalIgnoreCase)))
        {
            violations.Add(
                new(Violation.Cut(name), Violation.Cut(values.ToString()), $"is not known here; known are {string.Join(", ", known)}.")
            );
        }
    }

    private string? Take(string name, string rule, Func<string, string?> read) =>
        !TryTake(name, out var text) ? null : read(text) ?? Refuse<string?>(name, text, rule);

    private T? Refuse<T>(string name, string text, string rule)
    {
        violations.Add(new(name, Violation.Cut(text), $"must be {rule}."));
        return default;
    }

    private bool TryTake(string name, out string text)
    {
        known.Add(name);
        var given = query.TryGetValue(name, out var values);
        text = values.ToString();
        if (values.Count > 1)
        {
            violations.Add(new(name, Violation.Cut(text), "must be given only once."));
            return false;
        }

        return given;
    }

    private static bool IsText(string text, int atMost) => text.Length > 0 && text.Length <= atMost && !text.Any(char.IsControl);
}
