using System.Security.Cryptography;

namespace RecordingService.Infrastructure.Engine;

/// <summary>What this replica is doing, for its loop, its health answers and its waits.</summary>
public sealed class EngineState : IDisposable
{
    private readonly CancellationTokenSource draining = new();
    private readonly SemaphoreSlim wake = new(0, 1);

    /// <summary>A number that tells replicas apart.</summary>
    public int Replica { get; } = RandomNumberGenerator.GetInt32(1, int.MaxValue);

    /// <summary>Whether the database answers and has the schema that this version needs.</summary>
    public bool IsReady { get; internal set; }

    /// <summary>Cancelled when this replica is about to stop.</summary>
    public CancellationToken Draining => draining.Token;

    internal void Drain() => draining.Cancel();

    /// <summary>Makes the loop look at once: something was stored here, or a slot became free.</summary>
    internal void Wake()
    {
        if (wake.CurrentCount == 0)
        {
            try
            {
                wake.Release();
            }
            catch (SemaphoreFullException)
            {
                // Somebody else was faster: the loop looks anyway.
            }
        }
    }

    internal async Task NextLookAsync(TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        using var woken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var delay = Task.Delay(atMost, time, woken.Token);
        await Task.WhenAny(delay, wake.WaitAsync(woken.Token));
        await woken.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        draining.Dispose();
        wake.Dispose();
    }
}
