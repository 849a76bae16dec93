using RecordingService.Domain.Recordings;
using static RecordingService.Domain.Lifecycle.LifecycleOptions;
using static RecordingService.Domain.Recordings.RunPhase;

namespace RecordingService.Domain.Lifecycle;

/// <summary>Layout, subscription and storage credentials of a running recorder. Each call carries the whole state that is wanted, so repeating it is harmless.</summary>
internal static class ChangeTransitions
{
    private static readonly RunPhase[] Changeable = [Proving, RunPhase.Recording];

    public static readonly IReadOnlyList<Transition> All =
    [
        Row.On<ChangeDue>(
            "change",
            Changeable,
            Changeable,
            (s, e) => new(s.Run, s.Run.PutOff(e.Operation) is null ? $"{Doing(e.Operation)}." : null, NoteKind.Call, e.Operation)
        ),
        Row.On<ChangeAnswered>(
            "changed",
            Changeable,
            Changeable,
            (s, e) =>
                new(
                    Settled(s.Run, e.Operation) with
                    {
                        LayoutVersion = e.Operation == RunOperation.UpdateLayout ? e.Version : s.Run.LayoutVersion,
                        SubscriptionVersion = e.Operation == RunOperation.UpdateSubscription ? e.Version : s.Run.SubscriptionVersion,
                        StorageRenewedAt = e.Operation == RunOperation.RenewStorage ? s.Now : s.Run.StorageRenewedAt,
                        RefusedChanges = [.. Without(s.Run.RefusedChanges, e.Operation)],
                    },
                    $"{Doing(e.Operation)}: done.",
                    NoteKind.Answer
                ),
            "done",
            (_, e) => e.Result.Failure is null
        ),
        Row.On<ChangeAnswered>(
            "change refused",
            Changeable,
            Changeable,
            (s, e) =>
            {
                var refused = new RefusedChange(e.Operation, e.Version, e.Result.Failure!.Message);
                var run = Settled(s.Run, e.Operation) with { RefusedChanges = [.. Without(s.Run.RefusedChanges, e.Operation), refused] };
                return new(
                    // Credentials are not a wish that could be corrected: they are handed over again, from then on at the pace of monitoring.
                    e.Operation == RunOperation.RenewStorage
                        ? PutOff(run, e.Operation, s.Now + s.Options.MonitoringInterval, 0)
                        : run,
                    $"{Doing(e.Operation)}: Agora refused: {e.Result.Failure.Message}",
                    NoteKind.Alert
                );
            },
            "refused for good",
            (_, e) =>
                e.Result.Failure!.Kind
                    is AgoraFailureKind.InvalidRequest
                        or AgoraFailureKind.ProjectMisconfigured
                        or AgoraFailureKind.NoRoute
                        or AgoraFailureKind.MismatchedIds
        ),
        Row.On<ChangeAnswered>(
            "changed recorder not found",
            Changeable,
            Changeable,
            (s, e) =>
                new(
                    PutOff(s.Run, e.Operation, s.Now + s.Options.WatchInterval, TriesOf(s, e.Operation) + 1) with
                    {
                        DueAt = s.Now,
                    },
                    $"{Doing(e.Operation)}: Agora does not find the recorder; asking for it.",
                    NoteKind.Answer
                ),
            "404",
            (_, e) => e.Result.Failure!.Kind == AgoraFailureKind.RecorderNotFound
        ),
        Row.On<ChangeAnswered>(
            "change put off",
            Changeable,
            Changeable,
            (s, e) =>
            {
                var failure = e.Result.Failure!;
                var wait = failure.Kind switch
                {
                    AgoraFailureKind.Unauthorized => s.Options.SuspensionProbe,
                    AgoraFailureKind.RateLimited or AgoraFailureKind.QuotaExhausted => s.ThrottleWait(failure),
                    AgoraFailureKind.NotSent => Rung(s.Options.HostLadder, TriesOf(s, e.Operation)),
                    _ => Rung(s.Options.SilenceLadder, TriesOf(s, e.Operation)),
                };
                return new(
                    PutOff(s.Run, e.Operation, s.Now + wait, TriesOf(s, e.Operation) + 1),
                    $"{Doing(e.Operation)}: put off by {wait.TotalSeconds:0.#} s: {failure.Message}",
                    NoteKind.Answer,
                    Repeats: true
                );
            },
            "any other failure"
        ),
        Row.On<CallDeferred>(
            "change deferred",
            Changeable,
            Changeable,
            (s, e) =>
                new(
                    PutOff(s.Run, e.Operation, s.Now + e.Wait, TriesOf(s, e.Operation)),
                    "Waiting for the request budget of the project.",
                    Repeats: true
                ),
            "layout, subscription or credentials",
            (_, e) => IsChange(e.Operation)
        ),
    ];

    public static bool IsChange(RunOperation operation) =>
        operation is RunOperation.UpdateLayout or RunOperation.UpdateSubscription or RunOperation.RenewStorage;

    private static Run Settled(Run run, RunOperation operation) =>
        run with
        {
            PutOffChanges = [.. run.PutOffChanges.Where(change => change.Operation != operation)],
        };

    private static Run PutOff(Run run, RunOperation operation, DateTimeOffset until, int tries) =>
        run with
        {
            PutOffChanges = [.. run.PutOffChanges.Where(change => change.Operation != operation), new(operation, until, tries)],
        };

    private static int TriesOf(Situation s, RunOperation operation) => s.Run.PutOff(operation)?.Tries ?? 0;

    private static IEnumerable<RefusedChange> Without(IReadOnlyList<RefusedChange> refused, RunOperation operation) =>
        refused.Where(change => change.Operation != operation);

    private static string Doing(RunOperation operation) =>
        operation switch
        {
            RunOperation.UpdateLayout => "Changing the layout",
            RunOperation.UpdateSubscription => "Changing whose streams are recorded",
            _ => "Handing over new storage credentials",
        };
}
