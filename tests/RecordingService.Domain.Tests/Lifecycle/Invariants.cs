using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;
using static RecordingService.Domain.Recordings.RecordingState;

namespace RecordingService.Domain.Tests.Lifecycle;

/// <summary>What holds after every decision, whatever happened.</summary>
internal static class Invariants
{
    private static readonly RecordingState[] Final = [Completed, Failed, Aborted];

    /// <summary>The public states that may follow each other, from one announcement to the next.</summary>
    private static readonly Dictionary<RecordingState, RecordingState[]> LegalNext = new()
    {
        [Accepted] = [Starting, Stopping, Aborted, Failed],
        [Starting] = [RecordingState.Recording, Recovering, Stopping, Uploading, Completed, Failed, Aborted],
        [RecordingState.Recording] = [Recovering, Stopping, Uploading, Completed, Failed],
        [Recovering] = [RecordingState.Recording, Stopping, Uploading, Completed, Failed],
        [Stopping] = [Uploading, Completed, Failed, Aborted],
        [Uploading] = [Completed, Failed, Aborted],
        [Completed] = [],
        [Failed] = [],
        [Aborted] = [],
    };

    public static void Hold(Recording before, Decision decision, DateTimeOffset now)
    {
        var after = decision.Recording;
        var announced = before.Stop is null ? before with { Wishes = before.Wishes with { StopRequestedAt = null } } : before;

        if (after.State != announced.State)
        {
            LegalNext[announced.State].ShouldContain(after.State, $"after {announced.State}");
        }

        decision
            .Notes.Count(note => note.Kind == NoteKind.State)
            .ShouldBe(after.State == announced.State ? 0 : 1, "each change of state is announced once");
        if (Final.Contains(announced.State))
        {
            (after.State, after.EndedAt, after.Stop).ShouldBe((before.State, before.EndedAt, before.Stop), "final states absorb");
        }

        if (after.State == Failed)
        {
            after.Reason.ShouldNotBeNull("a failure has a reason");
        }

        if (before.Stop is not null)
        {
            after.Stop.ShouldBe(before.Stop, "an order to end is never taken back");
        }

        HasWorkExactlyWhenDue(after, now);
        foreach (var run in after.Runs)
        {
            RunIsSound(before.Runs.ElementAtOrDefault(run.Generation - 1), run);
        }

        after
            .Runs.Count(run => run.Phase == RunPhase.Recording && run.InFlight is null)
            .ShouldBeLessThanOrEqualTo(1, "every proven run but the newest is called off as soon as its call is answered");
        decision.Calls.Select(call => call.Generation).ShouldBeUnique("at most one call per run");
    }

    public static void InFlightIsKnown(Recording recording, IReadOnlyList<Call> inFlight)
    {
        var marked = recording.Runs.Where(run => run.InFlight is not null).Select(run => (run.Generation, run.Stamp)).Order();
        marked.ShouldBeSubsetOf(inFlight.Select(call => (call.Generation, call.Stamp)), "a call in flight is one that was made");
    }

    public static void OutcomesTwiceEqualOnce(Decision decision, IReadOnlyList<LifecycleEvent> events, LifecycleOptions options)
    {
        if (events.All(@event => @event is Outcome or Woken))
        {
            var again = StateMachine.Decide(decision.Recording, events, options);
            again.Recording.ShouldBe(decision.Recording, "an event twice equals once");
            again.Calls.ShouldBeEmpty("an event twice equals once");
        }
    }

    private static void HasWorkExactlyWhenDue(Recording recording, DateTimeOffset now)
    {
        var hasCall = recording.Runs.Any(run => run.InFlight is not null);
        var hasTimer = recording.Runs.Any(run => run.DueAt is not null && run.InFlight is null);
        var isOpen = recording.EndedAt is null && recording.Stop is null;

        (recording.DueAt is not null).ShouldBe(hasTimer || isOpen, "something is due exactly when there is a timer or an end to come");
        if (recording.EndedAt is null)
        {
            (hasCall || hasTimer || isOpen).ShouldBeTrue("a recording that has not ended is never forgotten");
        }

        if (recording.DueAt is { } due)
        {
            due.ShouldBeGreaterThan(now, "what is due has been done");
        }

        if (recording.DueAt is null && !hasCall)
        {
            recording.EndedAt.ShouldNotBeNull();
            recording.Files.ShouldNotBe(FilesState.Pending, "nothing is due only when the files are final");
            Final.ShouldContain(recording.State);
        }
    }

    private static void RunIsSound(Run? before, Run run)
    {
        if (run.Phase == RunPhase.Orphaned)
        {
            run.Sid.ShouldBeNull();
            run.MayBeInChannel.ShouldBeTrue("an orphan may be in the channel");
        }

        (run.MayRun && run.Phase is not (RunPhase.OutcomeUnknown or RunPhase.SidUnknown or RunPhase.Orphaned)).ShouldBeFalse(
            $"a start that may have worked is not forgotten in {run.Phase}"
        );
        (run.InFlight is { } operation && !ChangeTransitions.IsChange(operation) && run.DueAt is not null).ShouldBeFalse(
            "a run waits for an answer or for a time, not for both"
        );
        (run.HasEnded || run.EndedAt is null).ShouldBeTrue($"{run.Phase} has not ended");
        (run.Phase == RunPhase.Closed && run.Files == FilesState.Pending).ShouldBeFalse("a closed run awaits no files");
        if (before?.Sid is { } sid)
        {
            run.Sid.ShouldBe(sid, "a sid is never lost");
        }

        if (before is { ProvenAt: not null })
        {
            run.ProvenAt.ShouldBe(before.ProvenAt, "a proof stays");
        }
    }
}
