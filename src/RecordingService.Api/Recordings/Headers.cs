using System.Globalization;
using RecordingService.Api.Problems;

namespace RecordingService.Api.Recordings;

/// <summary>Request headers with a meaning of their own.</summary>
internal static class Headers
{
    /// <summary>Longest wait that a caller may ask for.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(90);

    /// <summary>Idempotency-Key: 1 to 255 visible ASCII characters, quoted or not (IETF httpapi draft).</summary>
    public static string? IdempotencyKey(HttpRequest request, List<Violation> violations)
    {
        if (!request.Headers.TryGetValue("Idempotency-Key", out var values))
        {
            return null;
        }

        var key = values.ToString();
        if (key is ['"', .. var inner, '"'])
        {
            key = inner;
        }

        if (values.Count == 1 && key.Length is > 0 and <= 255 && key.All(c => c is >= '!' and <= '~'))
        {
            return key;
        }

        violations.Add(
            new(
                "Idempotency-Key",
                key.Length <= 100 ? key : $"{key[..100]}...",
                "must be given once, with 1 to 255 visible ASCII characters."
            )
        );
        return null;
    }

    /// <summary>Prefer: wait=N (RFC 7240), N in seconds; longer waits are cut to <see cref="LongestWait"/>.</summary>
    public static TimeSpan Wait(HttpRequest request, List<Violation> violations)
    {
        foreach (var preference in request.Headers["Prefer"].SelectMany(value => (value ?? "").Split(',')).Select(part => part.Trim()))
        {
            if (!preference.StartsWith("wait", StringComparison.OrdinalIgnoreCase))
            {
                // A preference that nobody knows is ignored, as RFC 7240 wants it.
                continue;
            }

            var number = preference.Split('=', 2).ElementAtOrDefault(1)?.Trim().Trim('"');
            if (int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            {
                return seconds < LongestWait.TotalSeconds ? TimeSpan.FromSeconds(seconds) : LongestWait;
            }

            violations.Add(new("Prefer", preference, "must be wait=N with N in whole seconds."));
        }

        return TimeSpan.Zero;
    }
}
