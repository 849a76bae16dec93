using System.Security.Cryptography;

namespace RecordingService.Infrastructure.Engine;

/// <summary>What this replica is doing, for its loop, its health answers and its waits.</summary>
public sealed class EngineState : IDisposable
{
    private readonly CancellationTokenSource draining = new();
    private readonly SemaphoreSlim wake = new(0, 1);
    private readonly SemaphoreSlim announced = new(0, 1);

    /// <summary>A number that tells replicas apart.</summary>
    public int Replica { get; } = RandomNumberGenerator.GetInt32(1, int.MaxValue);

    /// <summary>Whether the database answers and has the schema that this version needs.</summary>
    public bool IsReady { get; internal set; }

    /// <summary>Cancelled when this replica is about to stop.</summary>
    public CancellationToken Draining => draining.Token;

    internal void Drain() => draining.Cancel();

    /// <summary>Makes the loop look at once: something was stored here, or a slot became free.</summary>
    internal void Wake() => Raise(wake);

    /// <summary>Makes the feed look at once: an event may have been committed here.</summary>
    internal void Announced() => Raise(announced);

    internal Task NextLookAsync(TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken) =>
        WaitAsync(wake, atMost, time, cancellationToken);

    /// <returns>Whether something was announced here.</returns>
    internal Task<bool> NextAnnouncementAsync(TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken) =>
        WaitAsync(announced, atMost, time, cancellationToken);

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
                // Somebody else was faster: the loop looks anyway.
            }
        }
    }

    private static async Task<bool> WaitAsync(SemaphoreSlim signal, TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        using var woken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var delay = Task.Delay(atMost, time, woken.Token);
        var raised = signal.WaitAsync(woken.Token);
        await Task.WhenAny(delay, raised);
        await woken.CancelAsync();
        // Raised at the last moment, it is taken all the same.
        await raised.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return raised.IsCompletedSuccessfully;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        draining.Dispose();
        wake.Dispose();
        announced.Dispose();
    }
}
