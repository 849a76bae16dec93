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
            (s, e) => new(s.Run, s.Run.ChangeTries == 0 ? $"{Doing(e.Operation)}." : null, NoteKind.Call, e.Operation)
        ),
        Row.On<ChangeAnswered>(
            "changed",
            Changeable,
            Changeable,
            (s, e) =>
                new(
                    Settled(s.Run) with
                    {
                        LayoutVersion = e.Operation == RunOperation.UpdateLayout ? e.Version : s.Run.LayoutVersion,
                        SubscriptionVersion = e.Operation == RunOperation.UpdateSubscription ? e.Version : s.Run.SubscriptionVersion,
                        StorageRenewedAt = e.Operation == RunOperation.RenewStorage ? s.Now : s.Run.StorageRenewedAt,
                        RefusedChange = s.Run.RefusedChange?.Operation == e.Operation ? null : s.Run.RefusedChange,
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
                var run = Settled(s.Run) with { RefusedChange = refused };
                return new(
                    // Credentials are not a wish that could be corrected: they are handed over again, from then on at the pace of monitoring.
                    e.Operation == RunOperation.RenewStorage
                        ? run with
                        {
                            ChangeNotBefore = s.Now + s.Options.MonitoringInterval,
                        }
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
                    s.Run with
                    {
                        DueAt = s.Now,
                        ChangeNotBefore = s.Now + s.Options.WatchInterval,
                        ChangeTries = s.Run.ChangeTries + 1,
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
                    AgoraFailureKind.NotSent => Rung(s.Options.HostLadder, s.Run.ChangeTries),
                    _ => Rung(s.Options.SilenceLadder, s.Run.ChangeTries),
                };
                return new(
                    s.Run with
                    {
                        ChangeNotBefore = s.Now + wait,
                        ChangeTries = s.Run.ChangeTries + 1,
                    },
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
            (s, e) => new(s.Run with { ChangeNotBefore = s.Now + e.Wait }, "Waiting for the request budget of the project.", Repeats: true),
            "layout, subscription or credentials",
            (_, e) => IsChange(e.Operation)
        ),
    ];

    public static bool IsChange(RunOperation operation) =>
        operation is RunOperation.UpdateLayout or RunOperation.UpdateSubscription or RunOperation.RenewStorage;

    private static Run Settled(Run run) => run with { ChangeNotBefore = null, ChangeTries = 0 };

    private static string Doing(RunOperation operation) =>
        operation switch
        {
            RunOperation.UpdateLayout => "Changing the layout",
            RunOperation.UpdateSubscription => "Changing whose streams are recorded",
            _ => "Handing over new storage credentials",
        };
}
