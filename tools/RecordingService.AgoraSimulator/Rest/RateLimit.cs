namespace RecordingService.Simulation;

/// <summary>Counts the calls of one project over a sliding window of recording time; refused calls do not count.</summary>
internal sealed class RateLimit(int perSecond, TimeSpan window)
{
    private readonly Lock gate = new();
    private readonly Queue<DateTimeOffset> admitted = [];
    private readonly int limit = Math.Max(1, (int)(perSecond * window.TotalSeconds));

    public bool Admit(DateTimeOffset now)
    {
        lock (gate)
        {
            while (admitted.TryPeek(out var oldest) && now - oldest >= window)
            {
                admitted.Dequeue();
            }

            if (admitted.Count >= limit)
            {
                return false;
            }

            admitted.Enqueue(now);
            return true;
        }
    }
}
