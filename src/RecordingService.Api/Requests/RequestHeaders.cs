using System.Globalization;
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

    /// <summary>Tells the caller that the wait was heeded, and how long it was at most.</summary>
    public static void TellApplied(HttpResponse response, TimeSpan wait)
    {
        if (wait > TimeSpan.Zero)
        {
            response.Headers["Preference-Applied"] = string.Create(CultureInfo.InvariantCulture, $"wait={wait.TotalSeconds:0}");
        }
    }
}
