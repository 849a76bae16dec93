using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Infrastructure.Events;

/// <summary>Sends events to webhooks: takes the feed into lanes, claims lanes that are due, makes one attempt for each, and settles what came of it.</summary>
/// <remarks>Every replica does the same; what they compete for are rows (<see cref="WebhookLanes"/>).</remarks>
internal sealed class WebhookDispatcher(
    WebhookLanes lanes,
    ForwardCalls forward,
    WebhookUpkeep upkeep,
    EventFeed feed,
    WebhookSender sender,
    WebhookSecrets secrets,
    SecretVault vault,
    RecordingClock clock,
    EngineState state,
    WebhookSignal signal,
    TimeProvider time,
    WebhookOptions options,
    IOptions<EngineOptions> engine,
    ILogger<WebhookDispatcher> log
) : BackgroundService
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    /// <summary>The feed wakes the loop; this is for webhooks that another replica took back to an earlier position.</summary>
    private static readonly TimeSpan LongestIdle = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan UpkeepInterval = TimeSpan.FromMinutes(1);

    /// <summary>Part of the lease in which nothing is sent any more: the settlement has to fit in, too.</summary>
    private static readonly TimeSpan LeaseMargin = TimeSpan.FromSeconds(5);

    /// <summary>How long this replica leaves a webhook alone that it cannot sign for; somebody has to configure a key. Others may have it.</summary>
    private static readonly TimeSpan SecretRetry = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<long, Task> inWork = [];
    private readonly CancellationTokenSource cut = new();
    private readonly RetryLadder ladder = new(options.Ladder, new());

    /// <summary>One for each loop: they are not made for several at once.</summary>
    private readonly Random sendJitter = new();
    private readonly Random tendJitter = new();

    /// <summary>Webhooks that this replica could not sign for, and when that was.</summary>
    private readonly ConcurrentDictionary<Guid, long> unsigned = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!engine.Value.Works)
        {
            return;
        }

        using var ends = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, state.Draining);
        var ending = ends.Token;
        await Task.WhenAll(LoopAsync(FollowAsync, ending), LoopAsync(SendAsync, ending), LoopAsync(TendAsync, ending));
    }

    /// <summary>Attempts in flight end and are settled; what takes longer than the drain is sent again by another replica.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(inWork.Values)
            .WaitAsync(engine.Value.Drain, time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await cut.CancelAsync();
    }

    public override void Dispose()
    {
        cut.Dispose();
        base.Dispose();
    }

    /// <summary>Takes the feed into lanes, a page for each webhook that is behind.</summary>
    /// <returns>The newest position that was there, null while nobody is sent events; and whether a webhook is still behind it.</returns>
    internal async Task<(long? Newest, bool More)> FanOutAsync(CancellationToken cancellationToken)
    {
        var (newest, made, more) = await lanes.FanOutAsync(clock.RealNow, cancellationToken);
        if (made)
        {
            signal.RaiseDue();
        }

        return (newest, more);
    }

    /// <summary>Claims what is due, as much as there are free slots, and begins to send it.</summary>
    /// <returns>The attempts that were begun.</returns>
    internal async Task<IReadOnlyList<Task>> BeginAsync(CancellationToken cancellationToken)
    {
        var free = options.Slots - inWork.Count;
        var claims = free > 0 ? await lanes.ClaimAsync(free, Unsigned(), clock.RealNow, cancellationToken) : [];
        if (claims.Count == 0)
        {
            return [];
        }

        IReadOnlyDictionary<Guid, SigningSecrets> signing;
        try
        {
            signing = await ReadSecretsAsync(claims, cancellationToken);
        }
        catch
        {
            await GiveBackAsync(claims);
            throw;
        }

        List<Task> begun = [];
        foreach (var claim in claims)
        {
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            inWork[claim.Token] = ended.Task;
            begun.Add(ended.Task);
            _ = Task.Run(() => WorkAsync(claim, signing[claim.WebhookId], ended), CancellationToken.None);
        }

        return begun;
    }

    /// <summary>Webhooks that are left alone for now.</summary>
    private List<Guid> Unsigned()
    {
        foreach (var (webhook, at) in unsigned)
        {
            if (time.GetElapsedTime(at) >= SecretRetry)
            {
                unsigned.TryRemove(webhook, out _);
            }
        }

        return [.. unsigned.Keys];
    }

    /// <summary>What the claims are signed with. A webhook that cannot be signed for is told once, however many recordings wait for it.</summary>
    private async Task<IReadOnlyDictionary<Guid, SigningSecrets>> ReadSecretsAsync(
        IReadOnlyList<LaneClaim> claims,
        CancellationToken cancellationToken
    )
    {
        var signing = await secrets.ReadAsync([.. claims.Select(claim => claim.WebhookId)], cancellationToken);
        foreach (var claim in claims.DistinctBy(claim => claim.WebhookId))
        {
            if (signing[claim.WebhookId].Problem is { } problem)
            {
                unsigned[claim.WebhookId] = time.GetTimestamp();
                log.SecretUnreadable(claim.WebhookId, claim.Url.Host, problem);
                await lanes.KeepUnsignedAsync(claim.WebhookId, WebhookSecrets.Sentence(problem), clock.RealNow, cancellationToken);
            }
        }

        return signing;
    }

    /// <summary>Lanes that cannot be worked on wait for nobody's lease, as far as the database is there.</summary>
    private async Task GiveBackAsync(IReadOnlyList<LaneClaim> claims)
    {
        try
        {
            foreach (var claim in claims)
            {
                await SettleAsync(claim, LaneStep.Hold, TimeSpan.Zero, null);
            }
        }
        catch (Exception e) when (e is DbException or TimeoutException or OperationCanceledException)
        {
            // Their leases run out. What went wrong before is told.
        }
    }

    /// <summary>Measures, raises alarms, cuts the log.</summary>
    internal async Task UpkeepAsync(CancellationToken cancellationToken)
    {
        var now = clock.RealNow;
        var counts = await upkeep.CountAsync(cancellationToken);
        Telemetry.WebhooksFailing.Record(counts.Failing);
        Telemetry.WebhooksGone.Record(counts.Gone);
        Telemetry.WebhookBacklog.Record(counts.Waiting);
        foreach (var failing in await upkeep.AlarmAsync(now, cancellationToken))
        {
            log.StillFailing(failing.Id, new Uri(failing.Url).Host, failing.Since, failing.Waiting, failing.LastFailure);
        }

        await upkeep.CutAsync(now, cancellationToken);
        if (await upkeep.ResealAsync(cancellationToken) is var resealed and > 0)
        {
            log.Resealed(resealed, vault.CurrentKey!);
        }
    }

    private async Task LoopAsync(Func<CancellationToken, Task> step, CancellationToken ending)
    {
        while (!ending.IsCancellationRequested)
        {
            try
            {
                if (state.IsReady)
                {
                    await step(ending);
                }
                else
                {
                    await Task.Delay(AfterFailure, time, ending);
                }
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The engine's loop tells of a database that is away; nothing else tells of a fault in the tables of webhooks alone.
                if (e is not DatabaseUnavailableException && !EventFeed.IsAway(e))
                {
                    log.LoopFailed(e);
                }

                await Task.Delay(AfterFailure, time, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task FollowAsync(CancellationToken ending)
    {
        var (newest, more) = await FanOutAsync(ending);
        if (more)
        {
            return;
        }

        using var woken = CancellationTokenSource.CreateLinkedTokenSource(ending);
        var idle = Task.Delay(LongestIdle, time, woken.Token);
        // Whoever waits for events makes this replica look for them ten times a second: not as long as nobody is sent any.
        var told = newest is { } known ? feed.WaitAsync(known, woken.Token) : idle;
        await Task.WhenAny(told, signal.BehindAsync(woken.Token), idle);
        await woken.CancelAsync();
    }

    private async Task SendAsync(CancellationToken ending)
    {
        // A drain does not cut a claim short: what it had taken would belong to nobody until its leases run out.
        if ((await BeginAsync(cut.Token)).Count == 0)
        {
            await signal.DueAsync(options.Poll * (0.8 + 0.4 * sendJitter.NextDouble()), time, ending);
        }
    }

    private async Task TendAsync(CancellationToken ending)
    {
        await UpkeepAsync(ending);
        await Task.Delay(UpkeepInterval * (0.8 + 0.4 * tendJitter.NextDouble()), time, ending);
    }

    private async Task WorkAsync(LaneClaim claim, SigningSecrets signing, TaskCompletionSource ended)
    {
        try
        {
            await DeliverAsync(claim, signing);
        }
        catch (OperationCanceledException) when (cut.IsCancellationRequested)
        {
            // The lease runs out, and another replica sends it again.
        }
        catch (Exception e)
        {
            log.NotSettled(e, claim.WebhookId, e.Message);
        }
        finally
        {
            inWork.TryRemove(claim.Token, out _);
            ended.SetResult();
            signal.RaiseDue();
        }
    }

    private async Task DeliverAsync(LaneClaim claim, SigningSecrets signing)
    {
        if (!claim.IsWanted || await FindAsync(claim.Position) is not { } told)
        {
            await SettleAsync(claim, LaneStep.Advance, null, null);
            return;
        }

        if (signing.Problem is not null)
        {
            // Due for others, who may have the key.
            await SettleAsync(claim, LaneStep.Hold, TimeSpan.Zero, null);
            return;
        }

        if (time.GetElapsedTime(claim.ClaimedAt) > options.Lease - options.Timeout - LeaseMargin)
        {
            // This process was held up: the attempt might end after the lease, beside that of another replica.
            await SettleAsync(claim, LaneStep.Hold, TimeSpan.Zero, null);
            return;
        }

        var answer = await sender.SendAsync(claim.Url, $"{told.Id}", told.Json, signing.Secrets, cut.Token);
        var wait = ladder.Next(claim.Failures, claim.FailingFor, answer.RetryAfter);
        var outcome =
            answer.IsDelivered ? DeliveryOutcome.Delivered
            : answer.IsGone ? DeliveryOutcome.Gone
            : wait is null ? DeliveryOutcome.GivenUp
            : DeliveryOutcome.Failed;
        var step = outcome switch
        {
            DeliveryOutcome.Delivered or DeliveryOutcome.GivenUp => LaneStep.Advance,
            DeliveryOutcome.Failed => LaneStep.Retry,
            DeliveryOutcome.Gone => LaneStep.Hold,
        };
        var attempt = new LoggedAttempt(told.Id, told.Type, told.Sequence, claim.Failures + 1, outcome, answer);
        if (answer.IsDelivered && claim.IsFailing)
        {
            await forward.CallAsync(claim.WebhookId, clock.RealNow, cut.Token);
        }

        var standing = await SettleAsync(claim, step, step == LaneStep.Retry ? wait : TimeSpan.Zero, attempt);
        Tell(claim, standing.CalledForward ? attempt with { Outcome = DeliveryOutcome.Failed } : attempt, standing);
    }

    /// <summary>The event at a position. Another replica may have taken it into a lane before this one has seen it, so the database has the last word.</summary>
    private async Task<FeedEvent?> FindAsync(long position)
    {
        var page = await feed.ReadAsync(position - 1, EventFilter.None, 1, cut.Token);
        if (page.Items.Count == 0)
        {
            page = await feed.ReadStoredAsync(position - 1, EventFilter.None, 1, cut.Token);
        }

        return page.Items is [var found] && found.Position == position ? found : null;
    }

    private async Task<WebhookStanding> SettleAsync(LaneClaim claim, LaneStep step, TimeSpan? wait, LoggedAttempt? attempt)
    {
        var standing = await lanes.SettleAsync(claim, step, wait, attempt, clock.RealNow, cut.Token);
        if (standing is { IsThere: true, LeaseLost: true })
        {
            log.LaneLost(claim.WebhookId, claim.RecordingId);
        }

        return standing;
    }

    private void Tell(LaneClaim claim, LoggedAttempt attempt, WebhookStanding standing)
    {
        var (host, error) = (claim.Url.Host, attempt.Answer.Error ?? "");
        Telemetry.WebhookAttempts.Add(1, new KeyValuePair<string, object?>("outcome", attempt.Outcome.ToString()));
        if (standing.Disabled)
        {
            log.Gone(claim.WebhookId, host);
        }
        else if (attempt.Outcome == DeliveryOutcome.GivenUp)
        {
            Telemetry.WebhookEventsGivenUp.Add(1);
            log.GivenUp(attempt.EventId, attempt.Type, claim.RecordingId, claim.WebhookId, host, attempt.Attempt, error);
        }

        if (standing.Failures == WebhookLanes.FailuresThatCount && standing.WasFailing < standing.Failures)
        {
            log.Failing(claim.WebhookId, host, standing.Failures, attempt.EventId, error);
        }
        else if (standing.Failures == 0 && standing.WasFailing >= WebhookLanes.FailuresThatCount)
        {
            log.Recovered(claim.WebhookId, host, standing.WasFailing);
        }
    }
}
