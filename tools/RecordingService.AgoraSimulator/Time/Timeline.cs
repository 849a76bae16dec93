namespace RecordingService.Simulation;

/// <summary>One lock, one clock and one agenda: everything that happens in the simulated world happens here, in order of recording time.</summary>
/// <remarks>
/// Whoever looks first lets all that is due happen, each entry at its own due time. So the state depends on the script and the time of the
/// look, never on when a timer fired; the loop only makes sure that somebody looks.
/// </remarks>
internal sealed partial class Timeline(RecordingClock clock, ILogger<Timeline> log)
{
    private readonly Lock gate = new();
    private readonly PriorityQueue<Action<DateTimeOffset>, (DateTimeOffset Due, long Order)> agenda = new();
    private TaskCompletionSource earlierEntry = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long order;

    public RecordingClock Clock => clock;

    public T Now<T>(Func<DateTimeOffset, T> look)
    {
        lock (gate)
        {
            return look(Advance());
        }
    }

    public void Now(Action<DateTimeOffset> act)
    {
        lock (gate)
        {
            act(Advance());
        }
    }

    /// <summary>Adds an entry to the agenda; to be called from inside <see cref="Now{T}"/> or an entry.</summary>
    public void At(DateTimeOffset due, Action<DateTimeOffset> entry)
    {
        agenda.Enqueue(entry, (due, order++));
        earlierEntry.TrySetResult();
    }

    /// <summary>Forgets everything that was to come.</summary>
    public void Clear() => agenda.Clear();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            Task earlier;
            DateTimeOffset? next;
            lock (gate)
            {
                Advance();
                earlierEntry = new(TaskCreationOptions.RunContinuationsAsynchronously);
                earlier = earlierEntry.Task;
                next = agenda.TryPeek(out _, out var first) ? first.Due : null;
            }

            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var due = next is { } at
                ? clock.WaitUntilAsync(at, waiting.Token)
                : Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, waiting.Token);
            await Task.WhenAny(due, earlier);
            await waiting.CancelAsync();
        }
    }

    private DateTimeOffset Advance()
    {
        var now = clock.Now;
        while (agenda.TryPeek(out var entry, out var first) && first.Due <= now)
        {
            agenda.Dequeue();
            try
            {
                entry(first.Due);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // A full disk loses a file, as a real bucket might; the world goes on.
                LogFileLost(exception);
            }
        }

        return now;
    }

    [LoggerMessage(1, LogLevel.Error, "A file could not be written to the bucket folder")]
    private partial void LogFileLost(Exception exception);
}
