using RecordingService.Domain.Recordings;
using static RecordingService.Domain.Recordings.RunPhase;

namespace RecordingService.Domain.Lifecycle;

/// <summary>What an operator's action means to one run. The action as a whole is taken in by <see cref="StateMachine"/>.</summary>
internal static class OperatorTransitions
{
    private static readonly RunPhase[] Known = [Proving, RunPhase.Recording, Doubtful];

    private static readonly RunPhase[] Unknown = [Planned, Acquired, OutcomeUnknown, SidUnknown];

    private static readonly RunPhase[] Askable = [.. Unknown, .. Known, Replaced, Stopping, Uploading];

    public static readonly IReadOnlyList<Transition> All =
    [
        Row.On<RecheckOrdered>(
            "asked already",
            [.. Askable, Orphaned],
            [.. Askable, Orphaned],
            (s, _) => new(s.Run with { RecheckIsOpen = true }, "An operator wants an answer now; a call is on its way already."),
            "a call is in flight",
            (s, _) => s.Run.InFlight is { } operation && !ChangeTransitions.IsChange(operation)
        ),
        Row.On<RecheckOrdered>(
            "nothing to ask by",
            [SidUnknown, Orphaned],
            [SidUnknown, Orphaned],
            (s, _) =>
                new(
                    s.Run with
                    {
                        RecheckedAt = s.Now,
                    },
                    "Nobody can be asked about this recorder: its sid is not known, and the bucket cannot be searched for it."
                ),
            "nowhere to search",
            (s, _) => s.Run.Parameters is not { CanFindSid: true }
        ),
        Row.On<RecheckOrdered>(
            "orphan searched for again",
            [Orphaned],
            [Orphaned],
            // At once, and not by its due time: the search may have ended long ago.
            (s, _) =>
                new(
                    s.Run with
                    {
                        RecheckIsOpen = true,
                    },
                    "An operator wants the bucket to be searched for this recorder's sid now.",
                    Call: RunOperation.FindSid
                )
        ),
        Row.On<RecheckOrdered>(
            "asked again",
            Askable,
            Askable,
            (s, _) => new(AskedAgain(s), "An operator wants an answer now; what is due next is done at once.")
        ),
        Row.On<ReplaceOrdered>(
            "replaced already",
            Known,
            Known,
            (s, _) => new(s.Run, "Another recorder is on its way already."),
            "another recorder is to take over",
            (s, _) => s.Recording.Runs.Any(run => run.Carries && run.ReplacedBy is not null)
        ),
        Row.On<ReplaceOrdered>(
            "replace",
            Known,
            Known,
            (s, _) =>
                new(
                    s.Run with
                    {
                        ReplacedBy = s.Recording.Runs.Count + 1,
                    },
                    "An operator wants another recorder; this one is stopped as soon as that one is proven."
                )
        ),
        Row.On<ReplaceOrdered>(
            "nothing to replace",
            Unknown,
            Unknown,
            (s, _) => new(s.Run, "Nothing is replaced here: this recorder is being started, and is not known to run yet.")
        ),
        Row.On<CloseOrdered>("stop once more", [Stopping], [Stopping], (s, _) => new(AtOnce(s))),
        Row.On<CloseOrdered>("look once more", [Uploading], [Uploading], (s, _) => new(AtOnce(s))),
    ];

    private static Run AtOnce(Situation s) => s.Run.InFlight is null ? s.Wait(TimeSpan.Zero) : s.Run;

    /// <summary>
    /// The next step is due now. Where a count of answers leads to a verdict, an answer that was asked for out of turn does not count: many
    /// rechecks must not give a recorder up that a server move hides.
    /// </summary>
    private static Run AskedAgain(Situation s)
    {
        var run = s.Wait(TimeSpan.Zero) with { RecheckIsOpen = true };
        return run.Phase switch
        {
            OutcomeUnknown or Uploading when run.Tries > 0 => run with { Tries = run.Tries - 1 },
            Stopping => run with { Doubts = Math.Max(run.Doubts - 1, Math.Min(run.Doubts, 1)), Refusals = Math.Max(run.Refusals - 1, 0) },
            Doubtful when run.Doubts > 1 => run with { Doubts = run.Doubts - 1 },
            _ => run,
        };
    }
}
