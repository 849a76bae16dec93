using RecordingService.Domain.Recordings;
using RecordingService.Domain.RoomTypes;
using static RecordingService.Domain.Lifecycle.LifecycleOptions;
using static RecordingService.Domain.Recordings.RunPhase;

namespace RecordingService.Domain.Lifecycle;

/// <summary>From a sid to the end: proof, monitoring, doubt and the watch over a replaced recorder; rules S3 and S5.</summary>
internal static class MonitoringTransitions
{
    private static readonly RunPhase[] Watched = [Proving, RunPhase.Recording, Doubtful, Replaced];

    public static readonly IReadOnlyList<Transition> All =
    [
        Row.On<StepDue>("query", Watched, Watched, (s, _) => new(s.Run, Call: RunOperation.Query)),
        On("proof", Watched, [RunPhase.Recording], QueryMeaning.Running, Prove),
        On(
            "not proven in time",
            [Proving],
            [Stopping],
            QueryMeaning.Starting,
            (s, e) =>
                new(
                    s.Run.Enter(Stopping, s.Now) with
                    {
                        End = RunEnd.NeverProven,
                    },
                    $"Not recording {s.Options.ProofLimit.TotalSeconds:0} s after its sid (status {e.Result.Value!.Status}); replaced and stopped.",
                    Trouble: Reason.RecorderReplaced("The recorder was not proven within 90 s.")
                ),
            "proof limit passed",
            (s, _) => ProofIsOverdue(s)
        ),
        On(
            "not yet proven",
            [Proving],
            [Proving],
            QueryMeaning.Starting,
            (s, e) => AskAgainForProof(s, $"Still starting (status {e.Result.Value!.Status}).")
        ),
        On(
            "fell back",
            [RunPhase.Recording],
            [Doubtful],
            QueryMeaning.Starting,
            (s, e) =>
                new(
                    s.Run.Enter(Doubtful, s.Now + s.Options.WatchInterval) with
                    {
                        DoubtSince = s.Now,
                    },
                    $"The recorder is starting again (status {e.Result.Value!.Status}).",
                    NoteKind.Answer,
                    Trouble: Reason.RecorderInDoubt("The recorder runs no longer as it did and is starting again.")
                )
        ),
        On(
            "starting for too long",
            [Doubtful, Replaced],
            [Stopping],
            QueryMeaning.Starting,
            (s, _) => new(s.Run.Enter(Stopping, s.Now) with { End = RunEnd.Died }, "The recorder did not recover; replaced and stopped."),
            "watch limit passed",
            (s, _) => WatchIsOver(s)
        ),
        On(
            "found starting",
            [Doubtful, Replaced],
            [Doubtful, Replaced],
            QueryMeaning.Starting,
            (s, _) => new(s.Wait(s.Options.WatchInterval), "The recorder is found and starting.", NoteKind.Answer, Repeats: true)
        ),
        On("ended by itself", Watched, [Uploading], QueryMeaning.Ended, EndedByItself),
        On(
            "not found",
            [Proving, RunPhase.Recording],
            [Doubtful],
            QueryMeaning.NotFound,
            (s, _) =>
                new(
                    s.Run.Enter(Doubtful, s.Now + Rung(s.Options.DoubtLadder, 0)) with
                    {
                        Doubts = 1,
                        DoubtSince = s.Now,
                    },
                    "Agora does not find the recorder; checking again.",
                    NoteKind.Answer,
                    Trouble: Reason.RecorderInDoubt("Agora does not find the recorder.")
                )
        ),
        On(
            "still not found",
            [Doubtful],
            [Doubtful],
            QueryMeaning.NotFound,
            (s, _) =>
                new(
                    s.Wait(Rung(s.Options.DoubtLadder, s.Run.Doubts)) with
                    {
                        Doubts = s.Run.Doubts + 1,
                    },
                    "Agora still does not find the recorder.",
                    NoteKind.Answer
                ),
            "re-checks left",
            (s, _) => s.Run.Doubts < s.Options.DoubtLadder.Count && !s.IsToldGone
        ),
        On(
            "not found while moving",
            [Doubtful],
            [Doubtful],
            QueryMeaning.NotFound,
            (s, _) =>
                new(
                    s.Wait(s.Options.WatchInterval),
                    "Agora does not find the recorder, and has told that it moved it.",
                    NoteKind.Answer,
                    Repeats: true
                ),
            "moved to another server, watch limit not passed",
            (s, _) => !s.IsToldGone && s.Run.Evidence.MovedAt is not null && s.Run.Evidence.MovedAt >= s.Run.LastProofAt && !WatchIsOver(s)
        ),
        On(
            "idled out",
            [Doubtful],
            [Uploading],
            QueryMeaning.NotFound,
            (s, _) => new(s.AwaitFiles(RunEnd.Idle), "Nobody published for as long as the recorder waits; it left."),
            "told so, or no media ever and maxIdleTime over",
            (s, _) => IdledOut(s)
        ),
        On(
            "not found and told gone",
            [Doubtful],
            [Uploading],
            QueryMeaning.NotFound,
            (s, _) =>
                new(
                    s.AwaitFiles(RunEnd.Died),
                    $"The recorder is gone, as Agora told: {s.Run.Evidence.Departure!.Detail}",
                    Trouble: Reason.RecorderReplaced($"The recorder left: {s.Run.Evidence.Departure.Detail}")
                ),
            "departure told",
            (s, _) => s.IsToldGone
        ),
        On(
            "given up",
            [Doubtful],
            [Replaced],
            QueryMeaning.NotFound,
            (s, _) =>
                new(
                    s.Run.Enter(Replaced, s.Now + s.Options.WatchInterval) with
                    {
                        DoubtSince = s.Run.DoubtSince ?? s.Now,
                    },
                    "The recorder stays away; another one takes over while this one is watched.",
                    Trouble: Reason.RecorderReplaced("Agora did not find the recorder again.")
                )
        ),
        On(
            "gone",
            [Replaced],
            [Uploading],
            QueryMeaning.NotFound,
            (s, _) => new(s.AwaitFiles(IdledOut(s) ? RunEnd.Idle : RunEnd.Lost), "The replaced recorder did not come back."),
            "watch limit passed",
            (s, _) => WatchIsOver(s)
        ),
        On(
            "watched",
            [Replaced],
            [Replaced],
            QueryMeaning.NotFound,
            (s, _) => new(s.Wait(s.Options.WatchInterval), "The replaced recorder is still not found.", NoteKind.Answer, Repeats: true)
        ),
        On(
            "unproven by silence",
            [Proving, Doubtful],
            [Replaced],
            QueryMeaning.Silent,
            (s, e) =>
                new(
                    s.Run.Enter(Replaced, s.Now + s.Options.WatchInterval) with
                    {
                        DoubtSince = s.Run.DoubtSince ?? s.Now,
                    },
                    "No query was answered in time; another recorder takes over while this one is watched.",
                    Trouble: Reason.Unproven($"No query proved the recorder within {s.Options.ProofLimit.TotalSeconds:0} s: {Why(e)}")
                ),
            "never proven, proof limit passed, no other recorder watched",
            // One spare recorder covers a silent Agora; one more every 90 s would fill the channel with recorders that nobody can see.
            (s, _) => s.Run.ProvenAt is null && ProofIsOverdue(s) && s.Recording.Runs.All(run => run.Phase != Replaced)
        ),
        On(
            "silence",
            Watched,
            Watched,
            QueryMeaning.Silent,
            (s, e) => KeepState(s, Rung(s.Options.SilenceLadder, s.Run.Tries), e, Reason.AgoraUnavailable(Why(e)))
        ),
        On(
            "not sent",
            Watched,
            Watched,
            QueryMeaning.NotSent,
            (s, e) => KeepState(s, Rung(s.Options.HostLadder, s.Run.Tries), e, Reason.AgoraUnavailable(Why(e)))
        ),
        On(
            "suspended",
            Watched,
            Watched,
            QueryMeaning.Suspended,
            (s, e) => KeepState(s, s.Options.SuspensionProbe, e, Reason.ProjectSuspended(Why(e)))
        ),
        On(
            "throttled",
            Watched,
            Watched,
            QueryMeaning.Throttled,
            (s, e) => KeepState(s, s.ThrottleWait(e.Result.Failure!), e, Reason.Throttled(Why(e)))
        ),
        On(
            "refused",
            Watched,
            Watched,
            QueryMeaning.Refused,
            (s, e) =>
            {
                // In doubt the count belongs to "not found", and the doubt itself is already told.
                var inARow = s.Run.Phase == Doubtful ? 0 : s.Run.Doubts + 1;
                var convicted = inARow >= s.Options.RefusalsToConvict;
                var wait = convicted ? MonitoringInterval(s) : Rung(s.Options.SilenceLadder, s.Run.Tries);
                var step = KeepState(s, wait, e, convicted ? Reason.ProjectMisconfigured(Why(e)) : null);
                return step with
                {
                    Run = step.Run with { Doubts = s.Run.Phase == Doubtful ? s.Run.Doubts : inARow },
                    Kind = convicted ? NoteKind.Alert : step.Kind,
                };
            }
        ),
        Row.On<OutcomeLost>("query lost", Watched, Watched, (s, _) => new(s.Wait(TimeSpan.Zero))),
    ];

    private static Transition On(
        string name,
        RunPhase[] from,
        RunPhase[] to,
        QueryMeaning meaning,
        Func<Situation, QueryAnswered, Step> apply,
        string? condition = null,
        Func<Situation, QueryAnswered, bool>? when = null
    ) =>
        Row.On(
            name,
            from,
            to,
            apply,
            condition is null ? meaning.ToString() : $"{meaning}, {condition}",
            (s, e) => QueryMeanings.Of(e.Result) == meaning && (when is null || when(s, e))
        );

    private static Step Prove(Situation s, QueryAnswered e)
    {
        var status = e.Result.Value!;
        var first = s.Run.ProvenAt is null;
        var back = s.Run.Phase is Doubtful or Replaced && !first;
        var run = s.Run.Enter(RunPhase.Recording, s.Now + Shorter(MonitoringInterval(s), UntilNamesAreAsked(s, status))) with
        {
            ProvenAt = s.Run.ProvenAt ?? s.Now,
            LastProofAt = s.Now,
            // Whatever was told of a departure: it is here.
            Evidence = s.Run.Evidence with
            {
                Departure = null,
            },
            SawMedia = s.Run.SawMedia || status.Status == 5 || status.Files.Count > 0,
            FileToldAt = s.Run.FileToldAt ?? (status.Status == 5 || status.Files.Count > 0 ? s.Now : null),
            Named = s.Run.NamedWith(status.Files),
        };
        var message =
            first ? $"Proven: the recorder runs (status {status.Status})."
            : back
                ? $"The recorder is back (status {status.Status}){(IsMoved(status) ? "; Agora had moved it, and its files go on as bak" : "")}."
            : $"The recorder runs (status {status.Status}).";
        return new(run, message, NoteKind.Answer, Repeats: !first && !back);
    }

    /// <summary>Files after a move to another server begin with bak0_, bak1_, bak2_. <b>Source:</b> Agora, manage files (June 2026).</summary>
    private static bool IsMoved(RecorderStatus status) =>
        status.Files.Any(file => file.FileName.StartsWith("bak", StringComparison.Ordinal));

    /// <summary>S6: where no rule gives the name of the playlist, it is asked for once the first slice must exist, and a minute later once more.</summary>
    private static TimeSpan UntilNamesAreAsked(Situation s, RecorderStatus status)
    {
        var parameters = s.Run.Parameters;
        if (status.Files.Count > 0 || s.Run.Named.Count > 0 || parameters is null or { SnapshotsOnly: true })
        {
            return TimeSpan.MaxValue;
        }

        var isByRule =
            parameters.Mode != RecordingMode.Individual && s.Recording.Channel.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
        var first = parameters.Mode == RecordingMode.Individual ? s.Options.NamesOfIndividual : s.Options.NamesOfMix;
        var provenFor = s.Now - (s.Run.ProvenAt ?? s.Now);
        return isByRule ? TimeSpan.MaxValue
            : provenFor < first ? first - provenFor
            : provenFor < first + s.Options.NamesAgain ? s.Options.NamesAgain
            : TimeSpan.MaxValue;
    }

    private static Step EndedByItself(Situation s, QueryAnswered e)
    {
        var named = s.Run.NamedWith(e.Result.Value?.Files ?? []);
        // A file is a witness: somebody published, and the recorder recorded, whatever was proven before.
        var recorded = named.Count > 0;
        var idle = (s.IsToldGone && s.Run.Evidence.Departure is { Cause: LeaveCause.Idle }) || (!recorded && IdledOut(s));
        return new(
            s.AwaitFiles(idle ? RunEnd.Idle : RunEnd.Died) with
            {
                EndedAt = s.Now,
                ProvenAt = s.Run.ProvenAt ?? (recorded ? s.Now : null),
                SawMedia = s.Run.SawMedia || recorded,
                Named = named,
            },
            idle ? "The recorder left an empty channel." : "The recorder ended by itself.",
            NoteKind.Answer,
            Trouble: Reason.RecorderReplaced("The recorder ended by itself.")
        );
    }

    private static Step AskAgainForProof(Situation s, string message)
    {
        var wait = Shorter(Rung(s.Options.ProofLadder, s.Run.Tries + 1), BelowIdle(s));
        // The last question falls on the limit itself, so that a late recorder is not convicted early.
        var left = s.Run.StartedAt!.Value + s.Options.ProofLimit - s.Now;
        return new(
            s.Wait(left > TimeSpan.Zero ? Shorter(wait, left) : wait) with
            {
                Tries = s.Run.Tries + 1,
                Doubts = 0,
            },
            message,
            NoteKind.Answer,
            Repeats: true
        );
    }

    private static Step KeepState(Situation s, TimeSpan wait, QueryAnswered e, Reason? trouble) =>
        new(
            s.Wait(wait) with
            {
                Tries = s.Run.Tries + 1,
                // Any other answer ends a row of refusals; a row of "not found" goes on through silence.
                Doubts = s.Run.Phase == Doubtful ? s.Run.Doubts : 0,
            },
            $"The query told nothing: {Why(e)}",
            NoteKind.Answer,
            Repeats: true,
            Trouble: trouble
        );

    /// <summary>The ordinary cadence, below the maxIdleTime of the run, so that an idle exit is seen soon after it.</summary>
    internal static TimeSpan MonitoringInterval(Situation s) => Shorter(s.Options.MonitoringInterval, BelowIdle(s));

    private static TimeSpan BelowIdle(Situation s) => s.MaxIdleTime == TimeSpan.MaxValue ? s.MaxIdleTime : s.MaxIdleTime * 0.8;

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static bool ProofIsOverdue(Situation s) => s.Now - s.Run.StartedAt >= s.Options.ProofLimit;

    private static bool WatchIsOver(Situation s) => s.Now - s.Run.DoubtSince >= s.Options.WatchLimit;

    /// <summary>Whether the recorder, when it was last doubted, had waited its maxIdleTime without ever hearing anybody.</summary>
    internal static bool IdledOut(Situation s) =>
        s.IsToldGone && s.Run.Evidence.Departure is { Cause: LeaveCause.Idle }
        || !s.Run.SawMedia && (s.Run.DoubtSince ?? s.Now) - s.Run.StartedAt >= s.MaxIdleTime;

    private static string Why(QueryAnswered e) =>
        e.Result.Failure?.Message ?? $"Agora answered the unknown status {e.Result.Value!.Status}.";
}
