using System.Collections.Concurrent;
using RecordingService.Domain.Recordings;

namespace RecordingService.Infrastructure.Engine;

/// <summary>Lets requests wait for a recording. However many wait, one query per look answers all of them.</summary>
public sealed class RecordingWaits
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<long, Waiter> waiters = [];
    private readonly RecordingQueries queries;
    private readonly EngineState state;
    private readonly TimeProvider time;
    private long number;
    private int looking;

    internal RecordingWaits(RecordingQueries queries, EngineState state, TimeProvider time)
    {
        this.queries = queries;
        this.state = state;
        this.time = time;
    }

    /// <summary>Waits until a recording is as wanted, the time is up, or this replica stops.</summary>
    /// <returns>Whether it is as wanted.</returns>
    public async Task<bool> WaitAsync(Guid id, Func<Recording, bool> wanted, TimeSpan atMost, CancellationToken cancellationToken)
    {
        if (atMost <= TimeSpan.Zero)
        {
            return false;
        }

        var waiter = new Waiter(id, wanted, new(TaskCreationOptions.RunContinuationsAsynchronously));
        var key = Interlocked.Increment(ref number);
        waiters[key] = waiter;
        if (Interlocked.Exchange(ref looking, 1) == 0)
        {
            _ = Task.Run(LookAsync, CancellationToken.None);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, state.Draining);
        try
        {
            var up = Task.Delay(atMost, time, limit.Token);
            await Task.WhenAny(waiter.Done.Task, up);
            return waiter.Done.Task.IsCompletedSuccessfully;
        }
        finally
        {
            waiters.TryRemove(key, out _);
            await limit.CancelAsync();
        }
    }

    private async Task LookAsync()
    {
        do
        {
            while (!waiters.IsEmpty)
            {
                try
                {
                    await LookOnceAsync();
                }
                catch (Exception)
                {
                    // The database is away for a moment, or this process ends; those who wait have a limit of their own.
                }

                await Task.Delay(Look, time);
            }

            Interlocked.Exchange(ref looking, 0);
            // Who came after the last look and before that line saw that somebody looks, and relies on it.
        } while (!waiters.IsEmpty && Interlocked.Exchange(ref looking, 1) == 0);
    }

    private async Task LookOnceAsync()
    {
        var waiting = waiters.Values.ToList();
        var found = await queries.FindAllAsync([.. waiting.Select(waiter => waiter.Id).Distinct()], CancellationToken.None);
        var recordings = found.ToDictionary(snapshot => snapshot.Recording.Id, snapshot => snapshot.Recording);
        foreach (var waiter in waiting)
        {
            if (recordings.TryGetValue(waiter.Id, out var recording) && waiter.Wanted(recording))
            {
                waiter.Done.TrySetResult();
            }
        }
    }

    private sealed record Waiter(Guid Id, Func<Recording, bool> Wanted, TaskCompletionSource Done);
}
