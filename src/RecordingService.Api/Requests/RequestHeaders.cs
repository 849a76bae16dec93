using System.Globalization;
using System.Net.Http.Headers;
using RecordingService.Api.Problems;

namespace RecordingService.Api.Requests;

/// <summary>Request headers with a meaning of their own.</summary>
internal static class RequestHeaders
{
    /// <summary>Name of the header of <see cref="IdempotencyKey"/>.</summary>
    public const string IdempotencyKeyName = "Idempotency-Key";

    /// <summary>Longest idempotency key.</summary>
    public const int IdempotencyKeyCharacters = 255;

    /// <summary>Name of the header of <see cref="Wait"/>.</summary>
    public const string PreferName = "Prefer";

    /// <summary>Name of the header that wants a version to be the stored one.</summary>
    public const string IfMatchName = "If-Match";

    /// <summary>Name of the header that wants a version not to be the stored one; * wants nothing to be stored.</summary>
    public const string IfNoneMatchName = "If-None-Match";

    /// <summary>Longest wait that a caller may ask for.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(90);

    /// <summary>Idempotency-Key: visible ASCII characters, quoted or not (IETF httpapi draft).</summary>
    public static string? IdempotencyKey(HttpRequest request, List<Violation> violations)
    {
        if (!request.Headers.TryGetValue(IdempotencyKeyName, out var values))
        {
            return null;
        }

        var key = values.ToString();
        if (key is ['"', .. var inner, '"'])
        {
            key = inner;
        }

        if (values.Count == 1 && key.Length is > 0 and <= IdempotencyKeyCharacters && key.All(c => c is >= '!' and <= '~'))
        {
            return key;
        }

        violations.Add(
            new(
                IdempotencyKeyName,
                Violation.Cut(key),
                $"must be given once, with 1 to {IdempotencyKeyCharacters} visible ASCII characters."
            )
        );
        return null;
    }

    /// <summary>Prefer: wait=N (RFC 7240), N in seconds; longer waits are cut to <see cref="LongestWait"/>.</summary>
    public static TimeSpan Wait(HttpRequest request, List<Violation> violations)
    {
        foreach (
            var preference in request.Headers[PreferName].SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries))
        )
        {
            var (name, value) = preference.Split(';')[0].Split('=', 2, StringSplitOptions.TrimEntries) is [var n, var v]
                ? (n, v)
                : (preference, "");
            if (!name.Equals("wait", StringComparison.OrdinalIgnoreCase))
            {
                // A preference that nobody knows is ignored, as RFC 7240 wants it.
                continue;
            }

            if (value.Trim('"') is { Length: > 0 } digits && digits.All(char.IsAsciiDigit))
            {
                return
                    digits.Length <= 2
                    && int.Parse(digits, CultureInfo.InvariantCulture) is var seconds
                    && seconds < LongestWait.TotalSeconds
                    ? TimeSpan.FromSeconds(seconds)
                    : LongestWait;
            }

            violations.Add(new(PreferName, Violation.Cut(preference), "must be wait=N with N in whole seconds."));
        }

        return TimeSpan.Zero;
    }

    /// <summary>If-Match and If-None-Match (RFC 9110) as one condition on a version, which is what entity tags are here.</summary>
    public static VersionCondition Condition(HttpRequest request, List<Violation> violations) =>
        new(Tags(request, IfMatchName, violations), Tags(request, IfNoneMatchName, violations));

    /// <summary>Tells the version that the answer shows.</summary>
    public static void TellVersion(HttpResponse response, int version) =>
        response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    private static List<string>? Tags(HttpRequest request, string name, List<Violation> violations)
    {
        if (!request.Headers.TryGetValue(name, out var values))
        {
            return null;
        }

        var tags = values.SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries)).ToList();
        if (tags is ["*"] || (tags.Count > 0 && tags.TrueForAll(tag => EntityTagHeaderValue.TryParse(tag, out _))))
        {
            return tags;
        }

        violations.Add(
            new(
                name,
                Violation.Cut(values.ToString()),
                "must be * or versions as given by the header ETag, in quotation marks, such as \"3\"."
            )
        );
        return null;
    }

    /// <summary>Tells the caller that the wait was heeded, and how long it was at most.</summary>
    public static void TellApplied(HttpResponse response, TimeSpan wait)
    {
        if (wait > TimeSpan.Zero)
        {
            response.Headers["Preference-Applied"] = string.Create(CultureInfo.InvariantCulture, $"wait={wait.TotalSeconds:0}");
        }
    }
}

/// <summary>What a request wants of the version that is stored.</summary>
/// <param name="IfMatch">Tags of which it must be one; null for no such wish.</param>
/// <param name="IfNoneMatch">Tags of which it must be none; null for no such wish.</param>
internal sealed record VersionCondition(IReadOnlyList<string>? IfMatch, IReadOnlyList<string>? IfNoneMatch)
{
    /// <summary>Whether the caller named the version that it knows.</summary>
    public bool NamesVersion => IfMatch is not null;

    /// <summary>Whether it holds for a version, or for nothing at all (null).</summary>
    public bool Holds(int? version) => (IfMatch is null || Has(IfMatch, version)) && (IfNoneMatch is null || !Has(IfNoneMatch, version));

    /// <summary>What stands in its way, as a sentence.</summary>
    public string Refusal(string what, int? version) =>
        version is null ? $"There is no {what}, and the request wants it to be there."
        : IfMatch is not null && !Has(IfMatch, version)
            ? $"{char.ToUpperInvariant(what[0])}{what[1..]} is in version {version}, and the request wants {Violation.Cut(string.Join(", ", IfMatch))}. Read it again and decide anew."
        : $"{char.ToUpperInvariant(what[0])}{what[1..]} is there in version {version}, and the request wants it not to be.";

    private static bool Has(IReadOnlyList<string> tags, int? version) =>
        version is not null && (tags is ["*"] || tags.Contains(string.Create(CultureInfo.InvariantCulture, $"\"{version}\"")));
}
