namespace RecordingService.Simulation;

/// <summary>A stretch of recording time.</summary>
/// <param name="From">Its start.</param>
/// <param name="To">Its end; for what goes on, the time of the look.</param>
public readonly record struct Interval(DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>Gets its length.</summary>
    public TimeSpan Length => To - From;
}

/// <summary>When something held.</summary>
internal sealed class Intervals
{
    private readonly List<Interval> closed = [];
    private DateTimeOffset? openSince;

    public void Set(DateTimeOffset now, bool holds)
    {
        if (holds)
        {
            openSince ??= now;
        }
        else if (openSince is { } from)
        {
            openSince = null;
            closed.Add(new Interval(from, now));
        }
    }

    public IReadOnlyList<Interval> Until(DateTimeOffset now) => openSince is { } from ? [.. closed, new Interval(from, now)] : [.. closed];
}

/// <summary>Questions about several sets of intervals at once.</summary>
internal static class Overlap
{
    /// <summary>How long at least so many held at once.</summary>
    public static TimeSpan LengthOf(IEnumerable<Interval> intervals, int atLeast)
    {
        var total = TimeSpan.Zero;
        var (level, since) = (0, DateTimeOffset.MinValue);
        foreach (var (at, step) in Steps(intervals))
        {
            total += level >= atLeast ? at - since : TimeSpan.Zero;
            (level, since) = (level + step, at);
        }

        return total;
    }

    /// <summary>The largest number that held at once; what ends when the next begins does not count as both.</summary>
    public static int Peak(IEnumerable<Interval> intervals)
    {
        var (level, peak) = (0, 0);
        foreach (var (_, step) in Steps(intervals))
        {
            level += step;
            peak = Math.Max(peak, level);
        }

        return peak;
    }

    private static IEnumerable<(DateTimeOffset At, int Step)> Steps(IEnumerable<Interval> intervals) =>
        intervals
            .Where(interval => interval.Length > TimeSpan.Zero)
            .SelectMany(interval => new[] { (At: interval.From, Step: 1), (At: interval.To, Step: -1) })
            .OrderBy(step => step.At)
            .ThenBy(step => step.Step);
}
