using RecordingService.Simulation;

namespace RecordingService.Chaos.Verdicts;

/// <summary>Sums, cuts and differences of stretches of time.</summary>
internal static class Spans
{
    /// <summary>When at least so many held at once.</summary>
    public static IReadOnlyList<Interval> AtLeast(IEnumerable<Interval> intervals, int count)
    {
        List<Interval> held = [];
        var level = 0;
        DateTimeOffset? since = null;
        // What ends when the next begins is one stretch, not two.
        foreach (
            var (at, step) in intervals
                .Where(interval => interval.Length > TimeSpan.Zero)
                .SelectMany(interval => new[] { (At: interval.From, Step: 1), (At: interval.To, Step: -1) })
                .OrderBy(step => step.At)
                .ThenByDescending(step => step.Step)
        )
        {
            level += step;
            if (level >= count)
            {
                since ??= at;
            }
            else if (since is { } from)
            {
                since = null;
                if (at > from)
                {
                    held.Add(new Interval(from, at));
                }
            }
        }

        return held;
    }

    /// <summary>When at least one held.</summary>
    public static IReadOnlyList<Interval> Union(IEnumerable<Interval> intervals) => AtLeast(intervals, 1);

    /// <summary>When both held; neither overlaps itself.</summary>
    public static IReadOnlyList<Interval> Both(IReadOnlyList<Interval> one, IReadOnlyList<Interval> other) => AtLeast(one.Concat(other), 2);

    /// <summary>When the first held and the second did not; neither overlaps itself.</summary>
    public static IReadOnlyList<Interval> Without(IReadOnlyList<Interval> one, IReadOnlyList<Interval> other)
    {
        List<Interval> left = [];
        foreach (var whole in one)
        {
            var from = whole.From;
            foreach (var part in other.Where(part => part.To > whole.From && part.From < whole.To).OrderBy(part => part.From))
            {
                if (part.From > from)
                {
                    left.Add(new Interval(from, part.From));
                }

                from = part.To > from ? part.To : from;
            }

            if (whole.To > from)
            {
                left.Add(new Interval(from, whole.To));
            }
        }

        return left;
    }

    /// <summary>Seconds in all.</summary>
    public static double Seconds(IEnumerable<Interval> intervals) => intervals.Sum(interval => interval.Length.TotalSeconds);
}
