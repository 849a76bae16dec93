namespace RecordingService.Infrastructure.Engine;

/// <summary>The newest events of the feed in memory, without a gap; replaced as a whole when more come.</summary>
/// <param name="Events">In their order.</param>
/// <param name="From">All events behind this position are here.</param>
/// <param name="Last">Position up to which everything was read: that of the newest one, as a rule.</param>
internal sealed record EventTail(FeedEvent[] Events, long From, long Last)
{
    /// <summary>Longest events together; a few very long ones must not fill the memory.</summary>
    private const long MostBytes = 16L * 1024 * 1024;

    /// <summary>Whether what follows a position is known here, be it nothing.</summary>
    public bool Covers(long after) => after >= From;

    /// <summary>Whether there is anything behind a position, here or in front of what is here.</summary>
    public bool HasMore(long after) => after < Last;

    public EventPage Read(long after, EventFilter filter, int limit)
    {
        List<FeedEvent> items = [];
        for (var i = IndexBehind(after); i < Events.Length; i++)
        {
            if (filter.Matches(Events[i]))
            {
                items.Add(Events[i]);
                if (items.Count == limit)
                {
                    return new(items, items[^1].Position);
                }
            }
        }

        return new(items, Math.Max(after, Last));
    }

    public EventTail With(EventPage newer, int most)
    {
        FeedEvent[] all = [.. Events, .. newer.Items];
        var bytes = all.Sum(one => (long)one.Frame.Length);
        var dropped = 0;
        while (all.Length - dropped > most || (bytes > MostBytes && all.Length - dropped > 1))
        {
            bytes -= all[dropped++].Frame.Length;
        }

        return new(all[dropped..], dropped == 0 ? From : all[dropped - 1].Position, newer.Next);
    }

    private int IndexBehind(long after)
    {
        var (low, high) = (0, Events.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = Events[middle].Position <= after ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
