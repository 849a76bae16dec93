using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;
using RecordingService.Infrastructure.Agora.Notifications;

namespace RecordingService.Infrastructure.Engine;

/// <summary>Works on one claimed recording: load, decide, commit the intent, call, decide again ... settle.</summary>
internal sealed class Processor(
    RecordingStore store,
    Schedule schedule,
    RequestBudgets budgets,
    Projects projects,
    RunPreparation preparation,
    AgoraCalls agora,
    AgoraNotifications notifications,
    RecordingClock clock,
    TimeProvider time,
    LifecycleOptions lifecycle,
    IOptions<EngineOptions> options,
    ILogger<Processor> log
)
{
    private static readonly TimeSpan LeastWait = TimeSpan.FromMilliseconds(50);

    /// <summary>Enough for a channel that has used nine tenths of its uids; with more used, a larger range is needed.</summary>
    private const int MostDraws = 50;

    /// <summary>How many times in a row the work on a recording fails before callers and operators are told.</summary>
    private const int FailuresToTell = 5;

    private readonly EngineOptions engine = options.Value;

    /// <summary>Works until nothing is due any more, and gives the recording back.</summary>
    /// <param name="claim">The lease.</param>
    /// <param name="draining">Set while the replica stops: what is in flight is finished, nothing new is begun.</param>
    /// <param name="cancellationToken">Ends waits for the database at the very end of a drain.</param>
    /// <returns>The recording as settled, or null when the lease was lost.</returns>
    public async Task<Recording?> ProcessAsync(Claim claim, CancellationToken draining, CancellationToken cancellationToken)
    {
        var hold = await HoldAsync(claim, cancellationToken);
        try
        {
            return await WorkAsync(hold, draining, cancellationToken);
        }
        catch
        {
            await KeepLateAsync(hold, cancellationToken);
            throw;
        }
    }

    /// <summary>Gives a recording back that this replica failed to work on; after some failures in a row callers and operators are told.</summary>
    public async Task GiveBackAsync(Claim claim, TimeSpan delay, CancellationToken cancellationToken)
    {
        var isStuck = claim.Attempt >= FailuresToTell;
        var alert = new Note(
            clock.Now,
            NoteKind.Alert,
            null,
            "This service fails to work on the recording; it goes on trying.",
            Repeats: true
        );
        await store.ReleaseAsync(claim, delay, isStuck ? Reason.Internal(claim.Attempt) : null, isStuck ? alert : null, cancellationToken);
        if (isStuck)
        {
            log.Stuck(claim.RecordingId, claim.Attempt);
        }
    }

    private async Task<Recording?> WorkAsync(Hold hold, CancellationToken draining, CancellationToken cancellationToken)
    {
        while (true)
        {
            var decision = StateMachine.Decide(hold.State, [.. hold.Events, new Woken(clock.Now)], lifecycle);
            if (decision.Calls.Count > 0 && draining.IsCancellationRequested)
            {
                // What is known is kept; calls not begun are left to whoever comes next.
                return await SettleAsync(hold, StateMachine.Absorb(hold.State, hold.Events, lifecycle), cancellationToken);
            }

            var (affordable, deferred, turn) = await PayAsync(hold, decision, cancellationToken);
            if (deferred.Count > 0)
            {
                decision = Join(decision, StateMachine.Absorb(decision.Recording, deferred, lifecycle), affordable);
            }

            if (decision.Calls.Count == 0)
            {
                return await SettleAsync(hold, decision, cancellationToken);
            }

            // Before the intent, so that a signal that came meanwhile is still seen in time.
            await TurnAsync(turn, cancellationToken);
            switch (await CommitIntentAsync(hold, decision, cancellationToken))
            {
                case Intent.Lost:
                    await KeepLateAsync(hold, cancellationToken);
                    return null;
                case Intent.Signalled:
                    await TakeInAsync(hold, cancellationToken);
                    continue;
            }

            if (!await PayAgainAsync(hold, decision.Calls, turn, cancellationToken) || !await HasTimeAsync(hold, cancellationToken))
            {
                await KeepLateAsync(hold, cancellationToken);
                return null;
            }

            await CallAsync(hold, decision.Calls, cancellationToken);
        }
    }

    /// <summary>Makes the calls side by side. A fault in one of them does not cost the answers of the others.</summary>
    private async Task CallAsync(Hold hold, IReadOnlyList<Call> calls, CancellationToken cancellationToken)
    {
        var recording = hold.State;
        Task<Answered>[] answers = [.. calls.Select(call => agora.MakeAsync(recording, call, CancellationToken.None))];
        try
        {
            await Task.WhenAll(answers);
        }
        finally
        {
            hold.Answered(answers.Where(answer => answer.IsCompletedSuccessfully).Select(answer => answer.Result));
        }

        foreach (var answer in answers)
        {
            await NoteAsync(hold.Budget, await answer, cancellationToken);
        }
    }

    /// <summary>What an answer means for the whole project. The recording does not hang on it: its own answers say the same to each.</summary>
    private async Task NoteAsync(Budget budget, Answered answered, CancellationToken cancellationToken)
    {
        try
        {
            await budgets.NoteAsync(budget, answered, cancellationToken);
        }
        catch (Exception e) when (IsPassing(e))
        {
            log.BudgetNotTold(budget.ProjectId, e.GetType().Name);
        }
    }

    /// <summary>Waits for the moment of a request that was granted ahead.</summary>
    private async Task TurnAsync(long turn, CancellationToken cancellationToken)
    {
        if (time.GetElapsedTime(time.GetTimestamp(), turn) is var wait && wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time, cancellationToken);
        }
    }

    private async Task<Hold> HoldAsync(Claim claim, CancellationToken cancellationToken)
    {
        var loaded = await store.LoadAsync(claim.RecordingId, cancellationToken);
        var hold = new Hold(claim, loaded.Recording, projects.BudgetOf(loaded.Recording.Project));
        if (loaded.Recording.Runs.Any(run => run.InFlight is not null))
        {
            log.HolderVanished(claim.RecordingId, claim.Token);
            hold.Events.Add(new HolderVanished(clock.Now));
        }

        if (loaded.Recording.Reason is { Code: Reason.InternalCode })
        {
            // It tells of work that failed; what is settled now did not. Until then it stays: the work may fail again.
            hold.Trouble = loaded.Recording.Reason;
            hold.State = hold.State with { Reason = null };
        }

        hold.TakeIn(loaded, notice => notifications.Reread(notice.Project, notice.Body), clock.Now);
        return hold;
    }

    /// <summary>A caller or a late outcome came in while this replica was calling: looks again before anything else is sent.</summary>
    private async Task TakeInAsync(Hold hold, CancellationToken cancellationToken)
    {
        var loaded = await store.LoadAsync(hold.Claim.RecordingId, cancellationToken);
        hold.State = hold.State with { Wishes = loaded.Recording.Wishes };
        hold.TakeIn(loaded, notice => notifications.Reread(notice.Project, notice.Body), clock.Now);
    }

    /// <summary>Pays for calls with what was granted with the claim, then out of the project's budget.</summary>
    /// <returns>Also the monotonic time stamp from which all that is paid for may be sent.</returns>
    private async Task<(List<Call> Affordable, List<CallDeferred> Deferred, long Turn)> PayAsync(
        Hold hold,
        Decision decision,
        CancellationToken cancellationToken
    )
    {
        List<Call> affordable = [];
        List<CallDeferred> deferred = [];
        var turn = time.GetTimestamp();
        foreach (var call in decision.Calls.OrderBy(call => call.Operation == RunOperation.Stop ? 0 : 1))
        {
            if (hold.Paid.Remove((call.Generation, call.Operation)) || !NextSteps.IsRequest(call.Operation))
            {
                affordable.Add(call);
                continue;
            }

            var starts = NextSteps.Starts(decision.Recording.Runs[call.Generation - 1]);
            var grant = await GrantAsync(hold, starts, cancellationToken);
            if (grant.Slot is { } slot)
            {
                turn = Math.Max(turn, slot);
                affordable.Add(call);
            }
            else
            {
                deferred.Add(new(clock.Now, call.Generation, call.Operation, (grant.Wait + LeastWait) * clock.Speed));
            }
        }

        return (affordable, deferred, turn);
    }

    /// <summary>The moment of the claim for the first request that it may serve, unless it has passed; else another one.</summary>
    private Task<Grant> GrantAsync(Hold hold, bool starts, CancellationToken cancellationToken)
    {
        // While starts are held, the moment was granted to another recorder of this recording.
        if (hold.Slot is not { } slot || (starts && !hold.Claim.MayStart))
        {
            // What follows from an answer is sent if its moment is not further off than the lease allows.
            return budgets.TakeAsync(hold.Budget, starts, isOwed: hold.HasCalled, cancellationToken);
        }

        hold.Slot = null;
        return budgets.IsStale(slot, hold.Budget)
            ? budgets.TakeAsync(hold.Budget, starts, isOwed: true, cancellationToken)
            : Task.FromResult(new Grant(slot, TimeSpan.Zero));
    }

    /// <summary>
    /// Waits for other moments where the intent took so long that the paid ones have passed: when a database that stood still is back, all
    /// that waited for it would be sent at once.
    /// </summary>
    /// <returns>False when the lease was lost meanwhile.</returns>
    private async Task<bool> PayAgainAsync(Hold hold, IReadOnlyList<Call> calls, long turn, CancellationToken cancellationToken)
    {
        var requests = calls.Count(call => NextSteps.IsRequest(call.Operation));
        while (requests > 0 && budgets.IsStale(turn, hold.Budget))
        {
            turn = 0;
            for (var n = 0; n < requests; n++)
            {
                if (await TakeOwedAsync(hold, cancellationToken) is not { } slot)
                {
                    return false;
                }

                turn = Math.Max(turn, slot);
            }

            await TurnAsync(turn, cancellationToken);
        }

        return true;
    }

    /// <summary>A moment for a request that is as good as begun, however long it takes to get one; null when the lease was lost meanwhile.</summary>
    private async Task<long?> TakeOwedAsync(Hold hold, CancellationToken cancellationToken)
    {
        while (true)
        {
            var grant = await budgets.TakeAsync(hold.Budget, starts: false, isOwed: true, cancellationToken);
            if (grant.Slot is { } slot)
            {
                return slot;
            }

            await TurnAsync(budgets.After(grant.Wait.TotalSeconds), cancellationToken);
            if (!await HasTimeAsync(hold, cancellationToken))
            {
                return null;
            }
        }
    }

    /// <summary>The decision without the calls that have to wait for the budget.</summary>
    private static Decision Join(Decision first, Decision then, List<Call> affordable) =>
        new(
            then.Recording,
            affordable,
            [
                .. first.Notes.Where(note => note.Kind != NoteKind.Call || affordable.Any(call => call.Generation == note.Generation)),
                .. then.Notes,
            ]
        )
        {
            Uploads = [.. first.Uploads, .. then.Uploads],
        };

    private enum Intent
    {
        Committed,
        Signalled,
        Lost,
    }

    private async Task<Intent> CommitIntentAsync(Hold hold, Decision decision, CancellationToken cancellationToken)
    {
        // Questions may be asked again by anybody: only what changes something at Agora needs its intent on disk first.
        if (decision.Calls.All(call => call.Operation is RunOperation.Query or RunOperation.InspectFiles or RunOperation.FindSid))
        {
            hold.Decided(decision.Recording, decision);
            return Intent.Committed;
        }

        for (var draw = 0; ; draw++)
        {
            var prepared = preparation.Prepare(decision, clock.Now);
            var sent = time.GetTimestamp();
            try
            {
                var written = hold.Trouble is null ? prepared : prepared with { Reason = hold.Trouble };
                var change = new Change(hold.Written, written, [.. hold.Log, .. hold.Entries(decision.Notes)], hold.Inputs, hold.Found)
                {
                    Uploads = Announced(prepared, [.. hold.Uploads, .. decision.Uploads]),
                };
                var signals = await store.CommitIntentAsync(hold.Claim, hold.Seen, engine.Lease, change, cancellationToken);
                if (signals is null)
                {
                    return Intent.Lost;
                }

                if (signals > hold.Seen)
                {
                    hold.Seen = signals.Value;
                    hold.Refund(decision.Calls);
                    return Intent.Signalled;
                }

                hold.Committed(prepared, Deadline(sent));
                Alarm(prepared, change.Log);
                return Intent.Committed;
            }
            catch (PostgresException clash) when (clash.ConstraintName == RecordingDb.OneUidIndex && draw < MostDraws)
            {
                log.UidTaken(hold.Claim.RecordingId);
            }
        }
    }

    private async Task<Recording?> SettleAsync(Hold hold, Decision decision, CancellationToken cancellationToken)
    {
        var settled = WithPlaylists(decision.Recording);
        hold.Decided(settled, decision);
        var change = new Change(hold.Written, settled, hold.Log, hold.Inputs, hold.Found) { Uploads = Announced(settled, hold.Uploads) };
        if (await WriteAsync(hold, change, cancellationToken))
        {
            Alarm(settled, change.Log);
            return settled;
        }

        await KeepLateAsync(hold, cancellationToken);
        return null;
    }

    /// <summary>What a person should look at stands in the timeline and in the log.</summary>
    private void Alarm(Recording recording, IEnumerable<LogEntry> lines)
    {
        foreach (var (note, _) in lines.Where(line => line.Note.Kind == NoteKind.Alert))
        {
            log.Alert(recording.Id, recording.Channel, note.Message);
        }
    }

    /// <summary>Makes sure that the longest call would end within the lease; a holder whose lease is lost starts nothing.</summary>
    private async Task<bool> HasTimeAsync(Hold hold, CancellationToken cancellationToken)
    {
        while (!hold.MayCall(time, engine))
        {
            var sent = time.GetTimestamp();
            if (!await schedule.RenewAsync(hold.Claim, engine.Lease, cancellationToken))
            {
                log.LeaseLost(hold.Claim.RecordingId, hold.Claim.Token);
                return false;
            }

            hold.Renewed(Deadline(sent));
        }

        return true;
    }

    private long Deadline(long sent) => sent + (long)(engine.Lease.TotalSeconds * time.TimestampFrequency);

    /// <summary>Settles, and settles again while the database is away: the outcome is kept as long as this process lives.</summary>
    private async Task<bool> WriteAsync(Hold hold, Change change, CancellationToken cancellationToken)
    {
        var settleId = Guid.NewGuid();
        for (var attempt = 0; ; attempt++)
        {
            // Anew each time: what was ten seconds away before an outage may be overdue after it.
            var next = hold.HasMore ? new NextStep(TimeSpan.Zero, 0, 0) : NextSteps.Of(change.Recording, clock);
            try
            {
                if (await store.SettleAsync(hold.Claim, hold.Seen, settleId, next, change, cancellationToken))
                {
                    return true;
                }

                var before = attempt > 0 && await store.WasSettledAsync(hold.Claim, settleId, next, cancellationToken);
                if (!before)
                {
                    log.LeaseLost(hold.Claim.RecordingId, hold.Claim.Token);
                }

                return before;
            }
            catch (Exception e) when (IsPassing(e) && !cancellationToken.IsCancellationRequested)
            {
                log.SettleRepeated(hold.Claim.RecordingId, e.GetType().Name);
                await Task.Delay(TimeSpan.FromMilliseconds(250), time, cancellationToken);
            }
        }
    }

    /// <summary>The lease is lost, but a sid that was learned under it is not: it becomes an input for whoever holds the recording now.</summary>
    private async Task KeepLateAsync(Hold hold, CancellationToken cancellationToken)
    {
        List<LateStart> late =
        [
            .. hold
                .AllOutcomes.OfType<StartAnswered>()
                .Where(e => e.Result.Value is not null)
                .Select(e => new LateStart(e.Generation, e.ResourceId, e.Result.Value!.Sid)),
        ];
        while (late.Count > 0)
        {
            try
            {
                await store.KeepLateAsync(hold.Claim.RecordingId, late, cancellationToken);
                log.LateOutcomeKept(hold.Claim.RecordingId, late.Count);
                Telemetry.LateOutcomes.Add(late.Count);
                return;
            }
            catch (Exception e) when (IsPassing(e) && !cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(250), time, cancellationToken);
            }
        }
    }

    private List<UploadAnnouncement> Announced(Recording recording, IReadOnlyList<UploadNews> uploads) =>
        [
            .. uploads.Select(news => new UploadAnnouncement(
                EventTypes.Of(news.Kind),
                EventUpload.Of(news, agora.PlaylistNameOf(recording, recording.Runs[news.Generation - 1]))
            )),
        ];

    private Recording WithPlaylists(Recording recording)
    {
        if (recording.Runs.All(run => run.Playlist is not null || run.Sid is null))
        {
            return recording;
        }

        return recording with
        {
            Runs =
            [
                .. recording.Runs.Select(run =>
                    run.Playlist is null && agora.PlaylistOf(recording, run) is { } url ? run with { Playlist = url } : run
                ),
            ],
        };
    }

    /// <summary>Whether the database may do on another connection what it did not do on this one.</summary>
    private static bool IsPassing(Exception e) =>
        e switch
        {
            // Class 57: an operator or a time-out ended the statement or its session. 25P03: the session paused for too long.
            PostgresException refusal => refusal.IsTransient
                || refusal.SqlState.StartsWith("57", StringComparison.Ordinal)
                || refusal.SqlState == "25P03",
            NpgsqlException or TimeoutException or IOException => true,
            _ => false,
        };
}
