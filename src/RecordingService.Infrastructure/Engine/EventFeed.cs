using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace RecordingService.Infrastructure.Engine;

/// <summary>
/// All events in one order that never changes: whoever has read up to a position has read everything in front of it, and nothing comes there later.
/// Follows it for everybody on this replica: however many follow, one look answers all of them.
/// </summary>
/// <remarks>
/// Whoever follows holds nothing but a position. <see cref="WaitAsync(long, CancellationToken)"/> until there is more, then
/// <see cref="ReadAsync"/> from there: out of memory as a rule, and out of the database for those who are far behind.
/// </remarks>
public sealed class EventFeed : BackgroundService
{
    /// <summary>Nobody waits and nothing is known to be without a place: only events of a replica that died before it could give them one.</summary>
    private static readonly TimeSpan IdleLook = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan DatabaseRetry = TimeSpan.FromSeconds(1);

    /// <summary>Between two looks: what many write at once gets its places together.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(10);

    /// <summary>Between two measurements of how long events wait for their places.</summary>
    private static readonly TimeSpan MeasureInterval = TimeSpan.FromSeconds(15);

    /// <summary>For the last look of a replica that stops; whatever it does not reach is done by another one, or at the next start.</summary>
    private static readonly TimeSpan LastLook = TimeSpan.FromSeconds(2);

    /// <summary>Events that are read at once.</summary>
    private const int Page = 500;

    /// <summary>Reads of those who are behind what is kept here. A thousand may come back at once, and must leave connections to the engine.</summary>
    private const int ReadsAtOnce = 8;

    private readonly SemaphoreSlim reads = new(ReadsAtOnce);
    private readonly EventStore store;
    private readonly EngineState state;
    private readonly TimeProvider time;
    private readonly EventFeedOptions options;
    private readonly ILogger log;
    private readonly Random jitter = new();
    private volatile EventTail? tail;
    private volatile TaskCompletionSource newer = NewSignal();
    private volatile bool isIdle;
    private int waiting;
    private long? measuredAt;

    internal EventFeed(EventStore store, EngineState state, TimeProvider time, IOptions<EventFeedOptions> options, ILogger<EventFeed> log)
    {
        this.store = store;
        this.state = state;
        this.time = time;
        this.options = options.Value;
        this.log = log;
    }

    /// <summary>Reads on from a position: nothing, when this replica knows of nothing newer.</summary>
    public async Task<EventPage> ReadAsync(long after, EventFilter filter, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return tail is { } known && known.Covers(after)
            ? known.Read(after, filter, limit)
            : await ReadStoredAsync(after, filter, limit, cancellationToken);
    }

    /// <summary>Reads on from a position what the database holds now, whatever this replica has seen of it.</summary>
    public async Task<EventPage> ReadStoredAsync(long after, EventFilter filter, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        // Before the look, which sees at least as much: whoever finds nothing that matches goes on behind it, and does not look there again.
        var known = tail?.Last ?? 0;
        var (page, isEnd) = await InTurnAsync(() => store.ReadAsync(after, filter, limit, cancellationToken), cancellationToken);
        return isEnd ? page with { Next = Math.Max(page.Next, known) } : page;
    }

    /// <summary>The newest position.</summary>
    public async Task<long> EndAsync(CancellationToken cancellationToken) =>
        (await InTurnAsync(() => store.EndAsync(cancellationToken), cancellationToken)).Last;

    /// <summary>Whether a position was ever given, so that a reader can have it.</summary>
    public async Task<bool> WasGivenAsync(long position, CancellationToken cancellationToken) =>
        position <= tail?.Last || position <= (await InTurnAsync(() => store.EndAsync(cancellationToken), cancellationToken)).Given;

    /// <summary>Waits until there is something behind a position.</summary>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public async Task WaitAsync(long after, CancellationToken cancellationToken)
    {
        while (!await WaitAsync(after, Timeout.InfiniteTimeSpan, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Waits until there is something behind a position, the time is up, or the wait is ended.</summary>
    /// <returns>Whether there is something.</returns>
    public async Task<bool> WaitAsync(long after, TimeSpan atMost, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        Interlocked.Increment(ref waiting);
        // Only out of its long pause: each look that is asked for takes the lock that others may need more.
        if (isIdle && tail?.HasMore(after) != true)
        {
            state.Announced();
        }

        try
        {
            while (true)
            {
                // Before the look: what comes after it is told by this signal.
                var signal = newer;
                if (tail?.HasMore(after) == true)
                {
                    return true;
                }

                var left = atMost == Timeout.InfiniteTimeSpan ? atMost : atMost - time.GetElapsedTime(begun);
                if ((left <= TimeSpan.Zero && left != Timeout.InfiniteTimeSpan) || cancellationToken.IsCancellationRequested)
                {
                    return false;
                }

                await signal.Task.WaitAsync(left, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }
    }

    /// <summary>Gives their places to what was settled last on this replica: without another one nobody would before the next start.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (!state.IsReady)
        {
            return;
        }

        using var patience = new CancellationTokenSource(LastLook, time);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            await LookAsync(isWoken: true, ends.Token);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            // Left to another replica, or to the next start; what is wrong with the database was told before.
        }
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        base.Dispose();
        reads.Dispose();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isWoken = true;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await MeasureAsync(stoppingToken);
                var hasUnstamped = state.IsReady && await LookAsync(isWoken, stoppingToken);
                await Task.Delay(Breath, time, stoppingToken);
                // First said, then looked: whoever begins to wait in between sees the one or is seen by the other.
                isIdle = !hasUnstamped && state.IsReady;
                Interlocked.MemoryBarrier();
                isIdle = isIdle && Volatile.Read(ref waiting) == 0;
                var pause = isIdle ? IdleLook : options.Poll;
                isWoken = await state.NextAnnouncementAsync(pause * (0.8 + 0.4 * jitter.NextDouble()), time, stoppingToken);
                isIdle = false;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                if (IsAway(e))
                {
                    // The orchestrator of this replica tells operators of a lost database.
                    log.FeedWaits(e.Message);
                }
                else
                {
                    log.FeedFailed(e);
                }

                // The next look begins with the end of the feed: it may be another server that answers then, which knows less.
                isWoken = false;
                await Task.Delay(DatabaseRetry, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Gives places where some are missing, and takes in what is new.</summary>
    /// <returns>Whether events without a place are left.</returns>
    internal async Task<bool> LookAsync(bool isWoken, CancellationToken cancellationToken)
    {
        if (tail is null)
        {
            var last = (await store.EndAsync(cancellationToken)).Last;
            Advance(new([], last, last));
        }

        var hadLock = true;
        var end = isWoken ? null : await store.EndAsync(cancellationToken);
        if (end is not null && tail is { } seen && end.Given < seen.Last)
        {
            // Positions are never taken back, so this database lacks what was read: a standby took over that had not received everything.
            log.FeedWentBack(seen.Last, end.Given);
            Advance(new([], end.Last, end.Last));
        }

        if (end is null or { HasUnstamped: true })
        {
            long stamped;
            do
            {
                (hadLock, stamped) = await store.StampAsync(cancellationToken);
                Telemetry.Events.Add(stamped);
            } while (stamped == EventStore.MostStamped);
        }

        if (end is null or { HasUnstamped: true } || end.Last > tail!.Last)
        {
            await TakeInAsync(cancellationToken);
        }

        // Whoever has the lock may have looked before this replica's event was there.
        return !hadLock;
    }

    /// <summary>
    /// Whether the database as a whole does not answer, of which the orchestrator tells operators. Everything else is a fault of the feed, or of the
    /// tables of webhooks, alone, such as a missing right, a broken index or a look that the server ends because it takes too long.
    /// </summary>
    internal static bool IsAway(Exception e) =>
        e switch
        {
            // Class 08: the connection. 57P: an operator ended the session, or the server starts or stops.
            PostgresException refusal => refusal.IsTransient
                || refusal.SqlState.StartsWith("08", StringComparison.Ordinal)
                || refusal.SqlState.StartsWith("57P", StringComparison.Ordinal),
            NpgsqlException or TimeoutException => true,
            _ => false,
        };

    /// <summary>Measures now and then, before the look, so that a look that always fails does not hide what it leaves.</summary>
    private async Task MeasureAsync(CancellationToken cancellationToken)
    {
        if (!state.IsReady || (measuredAt is { } last && time.GetElapsedTime(last) < MeasureInterval))
        {
            return;
        }

        measuredAt = time.GetTimestamp();
        Telemetry.EventDelay.Record((long)(await store.DelayAsync(cancellationToken)).TotalSeconds);
    }

    private async Task<T> InTurnAsync<T>(Func<Task<T>> read, CancellationToken cancellationToken)
    {
        await reads.WaitAsync(cancellationToken);
        try
        {
            return await read();
        }
        finally
        {
            reads.Release();
        }
    }

    private async Task TakeInAsync(CancellationToken cancellationToken)
    {
        bool isEnd;
        do
        {
            var known = tail!;
            (var page, isEnd) = await store.ReadAsync(known.Last, EventFilter.None, Page, cancellationToken);
            // A page may have nothing to tell, where recordings were removed, and goes on all the same.
            if (page.Next > known.Last)
            {
                Advance(known.With(page, options.Kept));
            }
        } while (!isEnd);
    }

    private void Advance(EventTail next)
    {
        tail = next;
        Interlocked.Exchange(ref newer, NewSignal()).SetResult();
    }

    // Those who wait go on by themselves, and not one after the other in this loop.
    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
