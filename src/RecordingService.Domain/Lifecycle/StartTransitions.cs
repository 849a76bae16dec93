using RecordingService.Domain.Recordings;
using static RecordingService.Domain.Lifecycle.LifecycleOptions;
using static RecordingService.Domain.Recordings.RunPhase;

namespace RecordingService.Domain.Lifecycle;

/// <summary>From the plan to a sid: acquire and start, rules S1 and S2.</summary>
internal static class StartTransitions
{
    public static readonly IReadOnlyList<Transition> All =
    [
        Row.On<StepDue>(
            "acquire",
            [Planned],
            [Planned],
            (s, _) => new(s.Run, s.Run.Tries == 0 ? "Asking Agora for a resource." : null, NoteKind.Call, RunOperation.Acquire)
        ),
        Row.On<AcquireAnswered>(
            "acquired",
            [Planned],
            [Acquired],
            (s, e) =>
                new(
                    s.Run.Enter(Acquired, s.Now) with
                    {
                        Doubts = s.Run.Doubts,
                        ResourceId = e.Result.Value!.ResourceId,
                        AcquiredAt = s.Now,
                    },
                    "Agora granted a resource.",
                    NoteKind.Answer
                ),
            "granted",
            (_, e) => e.Result.Failure is null
        ),
        Row.On<AcquireAnswered>(
            "acquire refused",
            [Planned],
            [Closed],
            (s, e) => Refuse(s, e.Result.Failure!),
            "refused for good",
            (_, e) => IsRefusal(e.Result.Failure!.Kind)
        ),
        Row.On<AcquireAnswered>("acquire again", [Planned], [Planned], (s, e) => Postpone(s, e.Result.Failure!), "any other failure"),
        Row.On<StepDue>(
            "resource expired",
            [Acquired],
            [Planned],
            (s, _) => new(s.Run.Enter(Planned, s.Now), "The resource was not started in time; acquiring another one."),
            "resource older than its lifetime",
            (s, _) => ResourceIsStale(s)
        ),
        Row.On<StepDue>("start", [Acquired], [Acquired], (s, _) => new(s.Run, "Starting the recorder.", NoteKind.Call, RunOperation.Start)),
        Row.On<StartAnswered>(
            "started",
            [Acquired, OutcomeUnknown],
            [Proving],
            (s, e) => Started(s, e.Result.Value!.Sid, e.ResourceId, "Agora started the recorder."),
            "sid",
            (_, e) => e.Result.Failure is null
        ),
        Row.On<StartAnswered>(
            "already started",
            [Acquired, OutcomeUnknown],
            [SidUnknown],
            (s, e) =>
                new(
                    s.Run.Enter(
                        SidUnknown,
                        s.Now + (s.Run.Parameters is { CanFindSid: true } ? s.Options.SidSearchInterval : s.Options.SidPatience)
                    ) with
                    {
                        MayRun = true,
                        DoubtSince = s.Now,
                    },
                    "A recorder runs with this resource, but Agora does not tell its sid.",
                    NoteKind.Answer,
                    Trouble: Reason.OutcomeUnknown(e.Result.Failure!.Message)
                ),
            "201/7",
            (_, e) => e.Result.Failure!.Kind == AgoraFailureKind.AlreadyStarted
        ),
        Row.On<StartAnswered>(
            "resource expired at start",
            [Acquired],
            [Planned],
            // At once the first time; a resource that never lives to its start must not spin.
            (s, _) =>
                new(
                    s.Run.Enter(Planned, s.Now + (s.Run.Doubts == 0 ? TimeSpan.Zero : Rung(s.Options.HostLadder, s.Run.Doubts - 1))) with
                    {
                        Doubts = s.Run.Doubts + 1,
                    },
                    "Agora no longer knows the resource; acquiring another one.",
                    NoteKind.Answer
                ),
            "433, 1001, and no earlier start that may have worked",
            (s, e) => e.Result.Failure!.Kind == AgoraFailureKind.ResourceExpired && !s.Run.MayRun
        ),
        Row.On<StartAnswered>(
            "start refused",
            [Acquired, OutcomeUnknown],
            [Closed, Orphaned],
            (s, e) => Refuse(s, e.Result.Failure!),
            "refused for good",
            (_, e) => IsRefusal(e.Result.Failure!.Kind)
        ),
        Row.On<StartAnswered>(
            "uid or resource unusable",
            [Acquired, OutcomeUnknown],
            [Closed, Orphaned],
            (s, e) =>
                new(
                    s.Run.MayRun ? s.Abandon(RunEnd.OutcomeUnknown) : s.Run.Close(s.Now, RunEnd.Conflict),
                    "This uid or resource cannot be started; the next recorder uses the other half of the uids.",
                    e.Result.Failure!.Kind == AgoraFailureKind.MismatchedIds ? NoteKind.Alert : NoteKind.Answer,
                    Trouble: Reason.RecorderReplaced(e.Result.Failure.Message)
                ),
            "400/53, 432, 1003; 433 after an unanswered start",
            (_, e) =>
                e.Result.Failure!.Kind is AgoraFailureKind.Conflict or AgoraFailureKind.MismatchedIds or AgoraFailureKind.ResourceExpired
        ),
        Row.On<StartAnswered>(
            "start put off",
            [Acquired, OutcomeUnknown],
            [Acquired, OutcomeUnknown],
            (s, e) => Postpone(s, e.Result.Failure!),
            "not sent, or 401, 403, 406, 429: certainly not started",
            (_, e) =>
                e.Result.Failure!.Kind
                    is AgoraFailureKind.NotSent
                        or AgoraFailureKind.Unauthorized
                        or AgoraFailureKind.RateLimited
                        or AgoraFailureKind.QuotaExhausted
        ),
        Row.On<StartAnswered>(
            "outcome unknown",
            [Acquired],
            [OutcomeUnknown],
            (s, e) => Unknown(s.Run.Enter(OutcomeUnknown, null), s, e.Result.Failure!.Message),
            "any 50x, 206/65, no answer"
        ),
        Row.On<StartAnswered>(
            "given up unanswered",
            [OutcomeUnknown],
            [Orphaned],
            (s, e) =>
                new(
                    s.Abandon(RunEnd.OutcomeUnknown),
                    "The start stayed unanswered; the next recorder uses the other half of the uids.",
                    Trouble: Reason.OutcomeUnknown(e.Result.Failure!.Message)
                ),
            "ladder exhausted",
            (s, _) => s.Run.Tries + 1 >= s.Options.StartLadder.Count
        ),
        Row.On<StartAnswered>(
            "still unknown",
            [OutcomeUnknown],
            [OutcomeUnknown],
            (s, e) => Unknown(s.Run with { Tries = s.Run.Tries + 1 }, s, e.Result.Failure!.Message),
            "any 50x, 206/65, no answer"
        ),
        Row.On<StepDue>(
            "resource expired unanswered",
            [OutcomeUnknown],
            [Orphaned],
            (s, _) => new(s.Abandon(RunEnd.OutcomeUnknown), "The start was never answered within the life of its resource."),
            "resource older than its lifetime",
            (s, _) => ResourceIsStale(s)
        ),
        Row.On<StepDue>(
            "start again",
            [OutcomeUnknown],
            [OutcomeUnknown],
            (s, _) => new(s.Run, "Repeating the same start.", NoteKind.Call, RunOperation.Start)
        ),
        Row.On<StepDue>(
            "sid stayed unknown",
            [SidUnknown],
            [Orphaned],
            (s, _) =>
                new(s.Abandon(RunEnd.OutcomeUnknown), "The sid of the running recorder did not become known; another recorder takes over."),
            "patience over, or nowhere to search",
            (s, _) => s.Run.Parameters is not { CanFindSid: true } || s.Now - s.Run.DoubtSince >= s.Options.SidPatience
        ),
        Row.On<StepDue>("search for sid", [SidUnknown], [SidUnknown], (s, _) => new(s.Run, Call: RunOperation.FindSid)),
        Row.On<SidSearched>(
            "sid not in bucket",
            [SidUnknown],
            [SidUnknown],
            (s, e) =>
                new(
                    s.Wait(s.Options.SidSearchInterval),
                    $"The bucket does not tell the sid: {e.Search.Detail}",
                    NoteKind.Answer,
                    Repeats: true
                )
        ),
        Row.On<SidLearned>(
            "sid learned",
            [Planned, Acquired, OutcomeUnknown, SidUnknown],
            [Proving],
            (s, e) => Started(s, e.Sid, e.ResourceId, $"The sid became known by {Source(e.From)}.")
        ),
        Row.On<OutcomeLost>(
            "start outcome lost",
            [Acquired, OutcomeUnknown],
            [OutcomeUnknown],
            (s, _) => Unknown(s.Run.Enter(OutcomeUnknown, null), s, "the replica that made the call is gone")
        ),
        Row.On<OutcomeLost>("search outcome lost", [SidUnknown, Orphaned], [SidUnknown, Orphaned], (s, _) => new(s.Wait(TimeSpan.Zero))),
        Row.On<OutcomeLost>("acquire outcome lost", [Planned], [Planned], (s, _) => new(s.Wait(TimeSpan.Zero), "The call is made again.")),
    ];

    private static Step Started(Situation s, string sid, string resourceId, string message) =>
        new(
            s.Run.Enter(Proving, s.Now + Rung(s.Options.ProofLadder, 0)) with
            {
                Sid = sid,
                ResourceId = resourceId,
                StartedAt = s.Now,
                MayRun = false,
            },
            message,
            NoteKind.Answer
        );

    internal static string Source(SidSource from) =>
        from switch
        {
            SidSource.Notification => "a notification",
            SidSource.File => "a file in the bucket",
            _ => "a late answer",
        };

    private static Step Unknown(Run run, Situation s, string detail) =>
        new(
            run with
            {
                MayRun = true,
                DueAt = s.Now + Rung(s.Options.StartLadder, run.Tries),
            },
            $"Whether the recorder started is unknown: {detail}",
            NoteKind.Answer,
            Trouble: Reason.OutcomeUnknown(detail)
        );

    private static Step Refuse(Situation s, AgoraFailure failure) =>
        new(
            s.Run.MayRun ? s.Abandon(RunEnd.OutcomeUnknown) : s.Run.Close(s.Now, RunEnd.Refused),
            $"Agora refused: {failure.Message}",
            NoteKind.Alert,
            Trouble: failure.Kind == AgoraFailureKind.InvalidRequest
                ? Reason.RequestRefused(failure.Message)
                : Reason.ProjectMisconfigured(failure.Message),
            Fatal: true
        );

    /// <summary>Keeps the phase and waits as long as the kind of failure asks for.</summary>
    private static Step Postpone(Situation s, AgoraFailure failure)
    {
        var (wait, trouble) = failure.Kind switch
        {
            AgoraFailureKind.Unauthorized => (s.Options.SuspensionProbe, Reason.ProjectSuspended(failure.Message)),
            AgoraFailureKind.RateLimited or AgoraFailureKind.QuotaExhausted => (s.ThrottleWait(failure), Reason.Throttled(failure.Message)),
            _ => (Rung(s.Options.HostLadder, s.Run.Tries), Reason.AgoraUnavailable(failure.Message)),
        };
        return new(
            s.Wait(wait) with
            {
                Tries = s.Run.Tries + 1,
            },
            $"Put off by {wait.TotalSeconds:0.#} s: {failure.Message}",
            NoteKind.Answer,
            Repeats: true,
            Trouble: trouble
        );
    }

    private static bool IsRefusal(AgoraFailureKind kind) =>
        kind is AgoraFailureKind.InvalidRequest or AgoraFailureKind.ProjectMisconfigured or AgoraFailureKind.NoRoute;

    private static bool ResourceIsStale(Situation s) =>
        s.Run.AcquiredAt is { } acquiredAt && s.Now - acquiredAt >= s.Options.ResourceLifetime;
}
