namespace RecordingService.Infrastructure.Events;

/// <summary>When an event that was not delivered is tried again.</summary>
internal sealed class RetryLadder(IReadOnlyList<TimeSpan> waits, Random jitter)
{
    /// <summary>Nobody is kept quiet for longer by one answer.</summary>
    public static readonly TimeSpan LongestRetryAfter = TimeSpan.FromDays(1);

    /// <summary>A fifth is added or taken, so that what failed together does not come back together.</summary>
    private const double Jitter = 0.2;

    /// <summary>Many attempts end at once, and a source of randomness is not made for that.</summary>
    private readonly Lock turn = new();

    private readonly TimeSpan whole = waits.Aggregate(TimeSpan.Zero, (sum, wait) => sum + wait);

    /// <summary>The wait before the next attempt, or null when the event is to be given up.</summary>
    /// <param name="failures">Attempts that failed before this one.</param>
    /// <param name="since">How long ago the first of them was, without the time in which nobody tried.</param>
    /// <param name="retryAfter">What the receiver asks for; it may make the wait longer, never shorter, because each attempt uses up a step.</param>
    public TimeSpan? Next(int failures, TimeSpan since, TimeSpan? retryAfter)
    {
        // An event is also given up by age: a webhook that fails now and then has attempts beside the ladder (see WebhookLanes).
        if (failures >= waits.Count || since >= whole)
        {
            return null;
        }

        var wait = waits[failures] * (1 - Jitter + 2 * Jitter * Chance());
        var asked = retryAfter is { } after && after > LongestRetryAfter ? LongestRetryAfter : retryAfter ?? TimeSpan.Zero;
        // What many are asked to wait for together must not end for all at the same moment.
        asked += waits[0] * Chance() * (asked > TimeSpan.Zero ? 1 : 0);
        return wait > asked ? wait : asked;
    }

    private double Chance()
    {
        lock (turn)
        {
            return jitter.NextDouble();
        }
    }
}
