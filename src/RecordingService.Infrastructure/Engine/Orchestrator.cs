using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace RecordingService.Infrastructure.Engine;

/// <summary>The loop of a replica: claims what is due, as much as it has free slots for, and has it processed.</summary>
internal sealed class Orchestrator(
    Schedule schedule,
    Projects projects,
    Processor processor,
    RoomTypes roomTypes,
    SchemaGate schema,
    EngineState state,
    TimeProvider time,
    IOptions<EngineOptions> options,
    ILogger<Orchestrator> log
) : BackgroundService
{
    private static readonly TimeSpan DatabaseRetry = TimeSpan.FromSeconds(1);
    private const int SlowStart = 8;

    private readonly EngineOptions engine = options.Value;
    private readonly ConcurrentDictionary<long, Task> inWork = [];
    private readonly CancellationTokenSource drainIsOver = new();
    private readonly Random jitter = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var slots = SlowStart;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!state.IsReady && !await BeginAsync(stoppingToken))
                {
                    await Task.Delay(DatabaseRetry, time, stoppingToken);
                    continue;
                }

                var claimed = engine.Works ? await ClaimAsync(Math.Min(slots, engine.Slots), stoppingToken) : 0;
                // Room grows only while claims go well, so that a replica that just came up does not take more than it proves to carry.
                slots = Math.Min(engine.Slots, slots + SlowStart);
                if (claimed == 0)
                {
                    await state.NextLookAsync(engine.Poll * (0.8 + 0.4 * jitter.NextDouble()), time, stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                slots = SlowStart;
                state.IsReady = false;
                log.DatabaseLost(e.Message);
                await Task.Delay(DatabaseRetry, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        state.Drain();
        log.Draining(inWork.Count);
        await base.StopAsync(cancellationToken);
        await Task.WhenAny(Task.WhenAll(inWork.Values), Task.Delay(engine.Drain, time, cancellationToken));
        await drainIsOver.CancelAsync();
        log.Drained(inWork.Count);
    }

    public override void Dispose()
    {
        drainIsOver.Dispose();
        base.Dispose();
    }

    private async Task<bool> BeginAsync(CancellationToken cancellationToken)
    {
        if (!await schema.IsCurrentAsync(cancellationToken))
        {
            log.SchemaMissing();
            return false;
        }

        await schedule.ReadClockAsync(cancellationToken);
        await projects.RegisterAsync(cancellationToken);
        await roomTypes.SeedAsync(cancellationToken);
        log.Working(state.Replica, string.Join(", ", projects.Names));
        state.IsReady = true;
        return true;
    }

    private async Task<int> ClaimAsync(int slots, CancellationToken cancellationToken)
    {
        var free = slots - inWork.Count;
        if (free <= 0)
        {
            return 0;
        }

        var claims = await schedule.ClaimAsync(projects.Budgets, free, state.Replica, engine.Lease, cancellationToken);
        Telemetry.Claims.Add(claims.Count);
        foreach (var claim in claims)
        {
            var done = new TaskCompletionSource();
            inWork[claim.Token] = done.Task;
            _ = Task.Run(() => ProcessAsync(claim, done), CancellationToken.None);
        }

        return claims.Count;
    }

    private async Task ProcessAsync(Claim claim, TaskCompletionSource done)
    {
        try
        {
            await processor.ProcessAsync(claim, state.Draining, drainIsOver.Token);
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
            done.SetResult();
            state.Wake();
        }
    }

    private async Task TryReleaseAsync(Claim claim, TimeSpan delay)
    {
        try
        {
            await schedule.ReleaseAsync(claim, delay, drainIsOver.Token);
        }
        catch (Exception e)
        {
            // Not even that got through: the lease runs out by itself.
            log.DatabaseLost(e.Message);
        }
    }
}
