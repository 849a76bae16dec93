using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace RecordingService.Infrastructure.Engine;

/// <summary>The loop of a replica: claims what is due, as much as it has free slots for, and has it processed.</summary>
internal sealed class Orchestrator(
    Schedule schedule,
    Projects projects,
    Processor processor,
    RecordingClock clock,
    RoomTypes roomTypes,
    SchemaGate schema,
    EngineState state,
    TimeProvider time,
    IOptions<EngineOptions> options,
    ILogger<Orchestrator> log
) : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan DatabaseRetry = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Between two claims: each recording that is done wakes the loop, and without a breath claims come in handfuls. With it they hold
    /// twice as many, and a backlog of starts is worked off a quarter faster (2 cores, 64 slots).
    /// </summary>
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// Recordings that a replica takes which has not yet brought one to an end: its first calls wait for connections and compilation, and
    /// many of them would reach Agora all at once, however well their moments were spread.
    /// </summary>
    private const int FirstSlots = 4;

    /// <summary>How many more it takes each time some were brought to an end.</summary>
    private const int MoreSlots = 8;

    private readonly EngineOptions engine = options.Value;
    private readonly ConcurrentDictionary<long, Task> inWork = [];
    private readonly CancellationTokenSource drainIsOver = new();
    private readonly Random jitter = new();
    private ITimer? drainLimit;
    private int done;
    private bool isDisposed;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, state.Draining);
        var ending = ends.Token;
        var slots = FirstSlots;
        while (!ending.IsCancellationRequested)
        {
            try
            {
                if (!state.IsReady && !await BeginAsync(ending))
                {
                    await Task.Delay(DatabaseRetry, time, ending);
                    continue;
                }

                if (clock.IsStale)
                {
                    // Claims bring readings along; a replica that claims nothing has to ask, and learns that way whether the database is there.
                    await schedule.ReadClockAsync(ending);
                }

                var claimed = engine.Works ? await ClaimAsync(Math.Min(slots, engine.Slots)) : 0;
                // Room grows only while work gets done, so that a replica that just came up does not take more than it proves to carry.
                slots = Interlocked.Exchange(ref done, 0) > 0 ? Math.Min(engine.Slots, slots + MoreSlots) : slots;
                await Task.Delay(Breath, time, ending);
                if (claimed == 0)
                {
                    await state.NextLookAsync(engine.Poll * (0.8 + 0.4 * jitter.NextDouble()), time, ending);
                }
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                slots = FirstSlots;
                state.IsReady = false;
                if (e is NpgsqlException or TimeoutException)
                {
                    log.DatabaseLost(e, e.Message);
                }
                else
                {
                    log.LoopFailed(e);
                }

                await Task.Delay(DatabaseRetry, time, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// The host says that it is going to stop. HTTP stops before this service does and waits for its requests: they must learn of the end
    /// now, or those that wait for a recording would use up the whole time for stopping.
    /// </summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        BeginDrain();
        return Task.CompletedTask;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        BeginDrain();
        await base.StopAsync(cancellationToken);
        if (isDisposed)
        {
            return;
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, drainIsOver.Token);
        await Task.WhenAll(inWork.Values).WaitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await drainIsOver.CancelAsync();
        log.Drained(inWork.Count);
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Dispose()
    {
        isDisposed = true;
        drainLimit?.Dispose();
        drainIsOver.Dispose();
        base.Dispose();
    }

    private void BeginDrain()
    {
        if (!state.Draining.IsCancellationRequested)
        {
            log.Draining(inWork.Count);
            drainLimit = time.CreateTimer(_ => drainIsOver.Cancel(), null, engine.Drain, Timeout.InfiniteTimeSpan);
            state.Drain();
        }
    }

    private async Task<bool> BeginAsync(CancellationToken cancellationToken)
    {
        if (!await schema.IsCurrentAsync(cancellationToken))
        {
            log.SchemaMissing();
            return false;
        }

        await projects.RegisterAsync(cancellationToken);
        await roomTypes.SeedAsync(cancellationToken);
        // Last, because a known time lets callers in.
        await schedule.ReadClockAsync(cancellationToken);
        if (await projects.CountUnattendedAsync(cancellationToken) is var unattended and > 0)
        {
            log.Unattended(unattended);
        }

        log.Working(state.Replica, string.Join(", ", projects.Names));
        state.IsReady = true;
        return true;
    }

    /// <summary>Claims and begins. A drain does not cut it short: what a cut claim had taken would belong to nobody until its leases run out.</summary>
    private async Task<int> ClaimAsync(int slots)
    {
        var free = slots - inWork.Count;
        if (free <= 0)
        {
            return 0;
        }

        var claims = await schedule.ClaimAsync(projects.Budgets, free, state.Replica, engine.Lease, drainIsOver.Token);
        Telemetry.Claims.Add(claims.Count);
        foreach (var claim in claims)
        {
            var ended = new TaskCompletionSource();
            inWork[claim.Token] = ended.Task;
            _ = Task.Run(() => ProcessAsync(claim, ended), CancellationToken.None);
        }

        return claims.Count;
    }

    private async Task ProcessAsync(Claim claim, TaskCompletionSource ended)
    {
        try
        {
            await processor.ProcessAsync(claim, state.Draining, drainIsOver.Token);
            Interlocked.Increment(ref done);
        }
        catch (Exception e)
        {
            Telemetry.ProcessingFailures.Add(1);
            var delay = TimeSpan.FromSeconds(Math.Min(60, Math.Pow(2, Math.Min(claim.Attempt, 6))));
            log.ProcessingFailed(e, claim.RecordingId, claim.Attempt, delay);
            await TryReleaseAsync(claim, delay);
        }
        finally
        {
            inWork.TryRemove(claim.Token, out _);
            ended.SetResult();
            state.Wake();
        }
    }

    private async Task TryReleaseAsync(Claim claim, TimeSpan delay)
    {
        try
        {
            await processor.GiveBackAsync(claim, delay, drainIsOver.Token);
        }
        catch (Exception e)
        {
            // Not even that got through: the lease runs out by itself.
            log.DatabaseLost(e, e.Message);
        }
    }
}
