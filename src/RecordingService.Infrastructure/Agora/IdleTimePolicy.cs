using System.Globalization;
using RecordingService.Domain.RoomTypes;

namespace RecordingService.Infrastructure.Agora;

/// <summary>Agora's maxIdleTime for a recording, and how it came about.</summary>
/// <param name="MaxIdleTime">Whole seconds within Agora's range.</param>
/// <param name="Derivation">One sentence for people.</param>
public sealed record IdleTime(TimeSpan MaxIdleTime, string Derivation);

/// <summary>Turns what a room type must survive into the idle time after which a recorder leaves.</summary>
/// <remarks>Idle means that nobody is in the channel (communication profile) or that no host is (live profile); the recorder does not count.</remarks>
public static class IdleTimePolicy
{
    /// <summary>Least idle time ever asked for. <value>30 s.</value></summary>
    /// <remarks><b>Source:</b> Agora, start, maxIdleTime: its default (June 2026). Less would end recordings sooner than Agora itself thinks wise.</remarks>
    public static readonly TimeSpan Floor = TimeSpan.FromSeconds(30);

    /// <summary>Longest idle time that Agora takes. <value>2,592,000 s, 30 days; the shortest is 5 s, below <see cref="Floor"/>.</value></summary>
    /// <remarks><b>Source:</b> Agora, start, maxIdleTime (June 2026).</remarks>
    public static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(2_592_000);

    /// <summary>Idle time for a break. <value>Twice the break.</value></summary>
    /// <remarks><b>Source:</b> Agora, integration best practices (September 2020): a fixed break of 5 min asks for 10 min.</remarks>
    private const int BreakFactor = 2;

    /// <summary>Derives the idle time of a recording.</summary>
    /// <param name="policy">The policy that the recording keeps.</param>
    /// <param name="longestBreak">Break that this recording must survive; raises the policy's own, never lowers it. Null: the policy's own.</param>
    /// <param name="maxDuration">Longest time that this recording may take.</param>
    public static IdleTime Derive(RecordingPolicy policy, TimeSpan? longestBreak, TimeSpan maxDuration)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (policy.StayInChannel)
        {
            return Bounded(maxDuration, $"The recorder stays in the channel for the maximum duration of {Text(maxDuration)}");
        }

        var raised = longestBreak > policy.LongestBreak;
        var longest = raised ? longestBreak!.Value : policy.LongestBreak;
        return Bounded(
            longest * BreakFactor,
            $"Twice the longest expected break of {Text(longest)} ({(raised ? "asked for by this recording" : "room type")}) is {Text(longest * BreakFactor)}"
        );
    }

    private static IdleTime Bounded(TimeSpan wanted, string derivation)
    {
        var seconds = TimeSpan.FromSeconds(Math.Ceiling(wanted.TotalSeconds));
        return seconds < Floor ? new IdleTime(Floor, $"{derivation}; {Text(Floor)} is the least.")
            : seconds > Ceiling ? new IdleTime(Ceiling, $"{derivation}; Agora takes at most {Text(Ceiling)}.")
            : new IdleTime(seconds, $"{derivation}.");
    }

    private static string Text(TimeSpan time) =>
        time.TotalSeconds < 120 || time.TotalSeconds % 60 != 0
            ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s")
            : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} min");
}
