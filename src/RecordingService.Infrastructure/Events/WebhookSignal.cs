namespace RecordingService.Infrastructure.Events;

/// <summary>Tells the loops of this replica that something may be due.</summary>
internal sealed class WebhookSignal : IDisposable
{
    private readonly SemaphoreSlim behind = new(0, 1);
    private readonly SemaphoreSlim due = new(0, 1);

    /// <summary>Somebody asked for something.</summary>
    public void Raise()
    {
        Raise(behind);
        RaiseDue();
    }

    /// <summary>Lanes were made or given back.</summary>
    public void RaiseDue() => Raise(due);

    /// <summary>Waits until lanes may have to be made.</summary>
    public Task BehindAsync(CancellationToken cancellationToken) => behind.WaitAsync(cancellationToken);

    /// <summary>Waits until lanes may be due, at most that long.</summary>
    public async Task DueAsync(TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        using var woken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(Task.Delay(atMost, time, woken.Token), due.WaitAsync(woken.Token));
        await woken.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    public void Dispose()
    {
        behind.Dispose();
        due.Dispose();
    }

    private static void Raise(SemaphoreSlim signal)
    {
        if (signal.CurrentCount == 0)
        {
            try
            {
                signal.Release();
            }
            catch (SemaphoreFullException)
            {
                // Somebody else was faster: it is raised.
            }
        }
    }
}
