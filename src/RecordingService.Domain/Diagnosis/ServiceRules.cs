using RecordingService.Domain.Recordings;
using static RecordingService.Domain.AgoraFailureKind;
using static RecordingService.Domain.Diagnosis.Confidence;

namespace RecordingService.Domain.Diagnosis;

/// <summary>Trouble with calls, recorders and this service itself, none of which a caller can mend.</summary>
internal static class ServiceRules
{
    public static IEnumerable<Cause> Find(Case c) =>
        new[] { Closed(c), Internal(c), Held(c), Throttled(c), Unavailable(c), Unanswered(c), Lost(c) }.OfType<Cause>();

    /// <summary>Says that something is wrong where no rule tells what.</summary>
    public static Cause? Unexplained(Case c)
    {
        var reason = c.Recording.Reason;
        if (reason is null && c.Recording is { State: not RecordingState.Failed, Files: not (FilesState.Missing or FilesState.Partial) })
        {
            return null;
        }

        return new()
        {
            Code = CauseCode.NotExplained,
            Title = "The evidence does not tell the cause",
            Explanation = reason?.Message ?? "Something is missing, and nothing that was observed tells why.",
            Confidence = Possible,
            Evidence = Case.Ordered([
                .. c.Started.SelectMany(c.Life),
                .. c.Context.Answers.Where(a => a.Failure is not null).TakeLast(3).Select(Case.OfAnswer),
                .. reason is null ? Array.Empty<Fact>() : [StartRules.Now(c, reason)],
            ]),
            Advice =
                $"{reason?.Advice ?? "Look at the timeline."} Without Agora's notifications much stays unknown: point them at POST /agora/notifications.",
        };
    }

    private static Cause? Closed(Case c) =>
        c.Recording.Closure is not { } closure
            ? null
            : new()
            {
                Code = CauseCode.ClosedByOperator,
                Title = "An operator closed it as lost",
                Explanation =
                    $"Operator {closure.Operator} ended it and had nothing more waited for: {closure.Note}. Whatever else stands here was so before, or did not matter any more.",
                Confidence = Certain,
                Evidence = [new Fact(closure.At, null, $"Operator {closure.Operator} closed it: {closure.Note}")],
                Advice = "The files that were found are listed. Start a new recording if the class goes on.",
            };

    private static Cause? Internal(Case c) =>
        c.Recording.Reason is not { Code: Reason.InternalCode } reason
            ? null
            : new()
            {
                Code = CauseCode.ServiceFault,
                Title = "This service or its database fails",
                Explanation =
                    "This service fails again and again to work on the recording: a bug, or a database that refuses to store; a recorder that runs goes on recording.",
                Confidence = Certain,
                Evidence = Case.Ordered([StartRules.Now(c, reason), .. c.Started.TakeLast(1).SelectMany(c.Life)]),
                Advice = "Operators: find log events 2006 and 2017 with this recording's id; the exception beside them names the fault.",
            };

    private static Cause? Held(Case c)
    {
        if (c.IsOver || c.Context.Held is not { } held || !c.Runs.Any(run => run.Phase is RunPhase.Planned or RunPhase.Acquired))
        {
            return null;
        }

        return held.PausedAt is { } since
            ? new()
            {
                Code = CauseCode.StartsHeld,
                Title = "The project is paused",
                Explanation = $"An operator has nothing started in project '{c.Recording.Project}'; this recording waits for its recorder.",
                Confidence = Certain,
                Evidence = [new Fact(since, null, $"Operator {held.Operator} paused it: {held.Note}")],
                Advice =
                    "Operators: resume the project (POST /v1/projects/NAME/resume) as soon as it may record again. What waits is started then.",
            }
            : new()
            {
                Code = CauseCode.StartsHeld,
                Title = "The quota of recorders is used up",
                Explanation =
                    $"Agora has no further recorder for project '{c.Recording.Project}'; the next try is made as soon as one is stopped, or at {held.Until?.UtcDateTime:s}Z.",
                Confidence = Certain,
                Evidence = [],
                Advice = "If it lasts: end recordings that nobody needs, or ask Agora for a higher quota.",
            };
    }

    private static Cause? Throttled(Case c) =>
        Trouble(
            c,
            "throttled",
            [RateLimited, QuotaExhausted],
            CauseCode.Throttled,
            "Agora's quota is used up",
            "Agora asks for fewer requests, or all recorders of the quota are in use; the call is repeated until it gets through.",
            "If it lasts: ask Agora for a higher quota and then raise Agora:Projects:NAME:RequestsPerSecond or ConcurrentTasks; end recordings that nobody needs."
        );

    private static Cause? Unavailable(Case c) =>
        Trouble(
            c,
            "agora_unavailable",
            [ServerError, AgoraFailureKind.Unanswered, NotSent, NotCompleted],
            CauseCode.AgoraUnavailable,
            "Agora does not answer",
            "Calls to Agora fail on their way or inside Agora; the state that is shown is the last one that was proven.",
            "If other recordings have it too: check network, DNS and proxy between this service and the hosts in the evidence, then Agora's status page. It goes on by itself."
        );

    private static Cause? Trouble(
        Case c,
        string reason,
        AgoraFailureKind[] kinds,
        CauseCode code,
        string title,
        string explanation,
        string advice
    )
    {
        // A stop or a query that had to be repeated cost nothing by itself.
        var lines = c
            .Context.Answers.Where(a => a.Failure is { } kind && kinds.Contains(kind) && a.Operation is not ("inspect" or "findSid"))
            .ToList();
        var isNow = c.Recording.Reason?.Code == reason;
        var isCause = lines.Count > 0 && StartRules.Cost(c, lines);
        return !isNow && !isCause
            ? null
            : new()
            {
                Code = code,
                Title = title,
                Explanation = explanation,
                Confidence = isNow || c.Recording.ConfirmedAt is not null ? Certain : Likely,
                Evidence = Case.Ordered([
                    .. lines.Select(Case.OfAnswer),
                    .. isNow ? [StartRules.Now(c, c.Recording.Reason!)] : Array.Empty<Fact>(),
                    .. c.Recording.ConfirmedAt is { } at
                        ? [new Fact(at, null, $"A recorder was first proven {Case.Length(at - c.Recording.AcceptedAt)} after the request.")]
                        : Array.Empty<Fact>(),
                ]),
                Advice = advice,
                IsAside = !isNow && c.Recording.ConfirmedAt is not null,
            };
    }

    private static Cause? Unanswered(Case c)
    {
        var open = c
            .Runs.Where(run => run.End == RunEnd.OutcomeUnknown || run.Phase is RunPhase.OutcomeUnknown or RunPhase.SidUnknown)
            .ToList();
        return open.Count == 0
            ? null
            : new()
            {
                Code = CauseCode.StartUnanswered,
                Title = "A start was never answered with a sid",
                Explanation =
                    "Agora did not tell whether a start worked, so a recorder may be in the channel that nobody can stop"
                    + (c.IsOver ? "." : "; another one takes over."),
                Confidence = Certain,
                Evidence = Case.Ordered([
                    .. c.Context.Answers.Where(a => a is { Operation: "start", Failure: not null }).Select(Case.OfAnswer),
                    .. open.SelectMany(c.Life),
                ]),
                Advice =
                    "Nothing at once. Let Agora send its notifications here, or give the storage profile keys to list with (Access): either tells the sid, and the recorder is then stopped.",
                IsAside = c.Recording.ConfirmedAt is not null,
            };
    }

    private static Cause? Lost(Case c)
    {
        var explained = c
            .Found.Where(cause => cause.Confidence != Possible)
            .SelectMany(cause => cause.Evidence)
            .Select(fact => fact.Generation)
            .ToHashSet();
        var lost = c
            .Started.Where(run =>
                run.End is RunEnd.Died or RunEnd.Lost or RunEnd.NeverProven || run.Phase is RunPhase.Doubtful or RunPhase.Replaced
            )
            .Where(run => !c.HasVanished(run) && !explained.Contains(run.Generation))
            .ToList();
        if (lost.Count == 0)
        {
            return null;
        }

        var isMade = lost.All(run =>
            run.Files is not (FilesState.Missing or FilesState.Partial)
            && c.Runs.Any(next => next.Generation > run.Generation && next.ProvenAt is not null)
        );
        return new()
        {
            Code = CauseCode.RecorderLost,
            Title = "Agora lost the recorder",
            Explanation =
                "A recorder died, or never became ready, inside Agora"
                + (c.IsOver && !isMade ? "." : "; another one takes over, with a gap of some seconds."),
            Confidence = lost.Any(run => run.End is RunEnd.Died && run.Evidence.Departure is { Cause: LeaveCause.Failed } or null)
                ? Likely
                : Possible,
            Evidence = Case.Ordered([
                .. lost.SelectMany(c.Life),
                .. lost.SelectMany(run => run.Evidence.Faults, Case.OfFault),
                .. lost.Where(run => run.Evidence.MovedAt is not null)
                    .Select(run => new Fact(
                        run.Evidence.MovedAt,
                        run.Generation,
                        "Agora told that it moved the recorder to another server (event 12)."
                    )),
            ]),
            Advice = "Nothing at once. If it happens often, ask Agora with sid and time of these runs (runs[].agora of the recording).",
            IsAside = isMade,
        };
    }
}
