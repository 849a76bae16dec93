using RecordingService.Domain.Recordings;

namespace RecordingService.Domain.Lifecycle;

/// <summary>Every transition there is, and every event that is ignored on purpose. Together they answer each pair of phase and event.</summary>
internal static class Catalogue
{
    private static readonly RunPhase[] AllPhases = Enum.GetValues<RunPhase>();

    public static readonly IReadOnlyList<Transition> Transitions =
    [
        .. StartTransitions.All,
        .. MonitoringTransitions.All,
        .. ChangeTransitions.All,
        .. EndTransitions.All,
        .. NoticeTransitions.All,
        .. OperatorTransitions.All,
    ];

    public static readonly IReadOnlyList<Ignored> Ignored =
    [
        new([RunPhase.Closed], RunEventKind.StepDue, "nothing is left to do"),
        new(
            [RunPhase.Stopping, RunPhase.Uploading, RunPhase.Orphaned, RunPhase.Closed],
            RunEventKind.LeaveOrdered,
            "it is leaving or has left"
        ),
        new([RunPhase.Closed], RunEventKind.OutcomeLost, "no call is ever in flight"),
        new([RunPhase.SidUnknown, RunPhase.Orphaned, RunPhase.Closed], RunEventKind.CallDeferred, "no call to Agora is ever due"),
        new(
            [.. AllPhases.Except([RunPhase.Proving, RunPhase.Recording])],
            RunEventKind.ChangeDue,
            "no recorder runs that could be changed"
        ),
        new(
            [
                RunPhase.Proving,
                RunPhase.Recording,
                RunPhase.Doubtful,
                RunPhase.Replaced,
                RunPhase.Stopping,
                RunPhase.Uploading,
                RunPhase.Orphaned,
                RunPhase.Closed,
            ],
            RunEventKind.SidLearned,
            "its sid is known"
        ),
        new(
            [RunPhase.Planned, RunPhase.Acquired, RunPhase.OutcomeUnknown, RunPhase.SidUnknown, RunPhase.Orphaned],
            RunEventKind.NoticeReceived,
            "a notice of a run whose sid is not known teaches the sid first"
        ),
        new([RunPhase.Closed], RunEventKind.RecheckOrdered, "nothing is left to ask"),
        new(
            [RunPhase.Replaced, RunPhase.Stopping, RunPhase.Uploading, RunPhase.Orphaned, RunPhase.Closed],
            RunEventKind.ReplaceOrdered,
            "another one has taken over, or it is leaving or has left"
        ),
        new(
            [.. AllPhases.Except([RunPhase.Stopping, RunPhase.Uploading, RunPhase.Orphaned, RunPhase.Closed])],
            RunEventKind.CloseOrdered,
            "the order to leave follows"
        ),
        new([RunPhase.Orphaned, RunPhase.Closed], RunEventKind.CloseOrdered, "nobody waits for it"),
        Late(RunEventKind.AcquireAnswered, RunPhase.Planned),
        Late(RunEventKind.StartAnswered, RunPhase.Acquired, RunPhase.OutcomeUnknown),
        Late(RunEventKind.QueryAnswered, RunPhase.Proving, RunPhase.Recording, RunPhase.Doubtful, RunPhase.Replaced),
        Late(RunEventKind.StopAnswered, RunPhase.Stopping),
        Late(RunEventKind.FilesInspected, RunPhase.Uploading),
        Late(RunEventKind.ChangeAnswered, RunPhase.Proving, RunPhase.Recording),
        Late(RunEventKind.SidSearched, RunPhase.SidUnknown, RunPhase.Orphaned),
    ];

    /// <summary>The first row that answers the situation, or null when it is ignored.</summary>
    /// <exception cref="InvalidOperationException">Neither a row nor an ignored pair answers it: a bug of the catalogue.</exception>
    public static Transition? Find(Situation situation)
    {
        var kind = KindOf(situation.Event);
        foreach (var row in Transitions)
        {
            if (row.On == kind && row.From.Contains(situation.Run.Phase) && row.Holds(situation))
            {
                return row;
            }
        }

        return Ignored.Any(pair => pair.On == kind && pair.In.Contains(situation.Run.Phase))
            ? null
            : throw new InvalidOperationException($"The catalogue has no answer to {kind} in phase {situation.Run.Phase}.");
    }

    public static RunEventKind KindOf(RunEvent @event) =>
        @event switch
        {
            StepDue => RunEventKind.StepDue,
            LeaveOrdered => RunEventKind.LeaveOrdered,
            OutcomeLost => RunEventKind.OutcomeLost,
            CallDeferred => RunEventKind.CallDeferred,
            SidLearned => RunEventKind.SidLearned,
            AcquireAnswered => RunEventKind.AcquireAnswered,
            StartAnswered => RunEventKind.StartAnswered,
            QueryAnswered => RunEventKind.QueryAnswered,
            StopAnswered => RunEventKind.StopAnswered,
            FilesInspected => RunEventKind.FilesInspected,
            ChangeDue => RunEventKind.ChangeDue,
            ChangeAnswered => RunEventKind.ChangeAnswered,
            SidSearched => RunEventKind.SidSearched,
            NoticeReceived => RunEventKind.NoticeReceived,
            RecheckOrdered => RunEventKind.RecheckOrdered,
            ReplaceOrdered => RunEventKind.ReplaceOrdered,
            CloseOrdered => RunEventKind.CloseOrdered,
            _ => throw new InvalidOperationException($"No such event: {@event.GetType().Name}."),
        };

    private static Ignored Late(RunEventKind outcome, params RunPhase[] expectedIn) =>
        new([.. AllPhases.Except(expectedIn)], outcome, "a late outcome; it carries an old stamp");
}

/// <summary>A pair of phases and event that is ignored, and why.</summary>
internal sealed record Ignored(IReadOnlyList<RunPhase> In, RunEventKind On, string Because);
