using RecordingService.Domain.Recordings;
using static RecordingService.Domain.Lifecycle.LifecycleOptions;
using static RecordingService.Domain.Recordings.RunPhase;

namespace RecordingService.Domain.Lifecycle;

/// <summary>From the order to leave to the last file; rules S11 and S6 to S9.</summary>
internal static class EndTransitions
{
    public static readonly IReadOnlyList<Transition> All =
    [
        Row.On<LeaveOrdered>(
            "called off",
            [Planned, Acquired],
            [Closed],
            (s, _) => new(s.Run.Close(s.Now, RunEnd.NeverStarted), "Called off before it was started."),
            "no start that may have worked",
            (s, _) => !s.Run.MayRun
        ),
        Row.On<LeaveOrdered>(
            "left behind",
            [Planned, Acquired, OutcomeUnknown, SidUnknown],
            [Orphaned],
            (s, _) =>
                new(
                    s.Abandon(RunEnd.OutcomeUnknown),
                    "A recorder may run whose sid is not known; it cannot be stopped and leaves when the channel is idle.",
                    NoteKind.Alert
                )
        ),
        Row.On<LeaveOrdered>(
            "leave",
            [Proving, RunPhase.Recording, Doubtful, Replaced],
            [Stopping],
            (s, e) =>
                new(
                    s.Run.Enter(Stopping, s.Now) with
                    {
                        End = e.Surplus ? RunEnd.Surplus : RunEnd.Stopped,
                    },
                    e.Surplus ? "Another recorder carries the recording; this one is stopped." : null
                )
        ),
        Row.On<SidLearned>(
            "orphan found",
            [Orphaned, Closed],
            [Stopping],
            (s, e) =>
                new(
                    s.Run.Enter(Stopping, s.Now) with
                    {
                        Sid = e.Sid,
                        ResourceId = e.ResourceId,
                        StartedAt = s.Now,
                        MayRun = false,
                        EndedAt = null,
                        // What callers were told to be final stays final, although the orphan's files are looked for.
                        Files = s.Recording.State is RecordingState.Completed or RecordingState.Failed or RecordingState.Aborted
                            ? FilesState.NotVerified
                            : FilesState.Pending,
                    },
                    $"The sid of a recorder that had been given up became known by {StartTransitions.Source(e.From)}; it is stopped."
                ),
            "no sid before",
            (s, _) => s.Run.Sid is null
        ),
        Row.On<StepDue>(
            "orphan not found",
            [Orphaned],
            [Orphaned],
            (s, _) => new(s.Run with { DueAt = null }, "The recorder that was given up left no file; it is no longer searched for."),
            "it must have left, or nobody could stop it any more",
            (s, _) => s.Now >= OrphanSearchEndsAt(s)
        ),
        Row.On<StepDue>("search for orphan", [Orphaned], [Orphaned], (s, _) => new(s.Run, Call: RunOperation.FindSid)),
        Row.On<SidSearched>(
            "orphan not in bucket",
            [Orphaned],
            [Orphaned],
            (s, e) =>
                new(
                    s.Wait(Rung(s.Options.OrphanLadder, s.Run.Tries + 1)) with
                    {
                        Tries = s.Run.Tries + 1,
                    },
                    $"The bucket does not tell the sid of the recorder that was given up: {e.Search.Detail}",
                    NoteKind.Answer,
                    Repeats: true
                )
        ),
        Row.On<StepDue>(
            "stop out of control",
            [Stopping],
            [Uploading],
            (s, _) => new(s.AwaitFiles(RunEnd.Lost), "Agora lets nobody stop this recorder any more.", NoteKind.Alert),
            "control period over",
            (s, _) => s.Now >= s.ControlEndsAt
        ),
        Row.On<StepDue>(
            "stop",
            [Stopping],
            [Stopping],
            (s, _) => new(s.Run, s.Run.Tries == 0 ? "Stopping the recorder." : null, NoteKind.Call, RunOperation.Stop)
        ),
        Row.On<StopAnswered>(
            "stopped",
            [Stopping],
            [Uploading],
            (s, e) =>
            {
                var named = s.Run.NamedWith(e.Result.Value?.Files ?? e.Result.Failure?.Files ?? []);
                var run = s.AwaitFiles(RunEnd.Stopped) with
                {
                    Evidence =
                        e.Result.Value is { Upload: not UploadStatus.Unknown and var upload }
                        && s.Run.Evidence.Upload == UploadStatus.Unknown
                            ? s.Run.Evidence with
                            {
                                Upload = upload,
                            }
                            : s.Run.Evidence,
                    Named = named,
                    SawMedia = s.Run.SawMedia || named.Count > 0,
                    // Files prove that it recorded, even if no query was ever answered.
                    ProvenAt = s.Run.ProvenAt ?? (named.Count > 0 ? s.Now : null),
                };
                return new(run, e.Result.Failure is null ? "The recorder left." : "The recorder was leaving already.", NoteKind.Answer);
            },
            "stopped, or leaving already (49)",
            (_, e) => e.Result.Failure?.Kind is null or AgoraFailureKind.AlreadyExiting
        ),
        Row.On<StopAnswered>(
            "nothing recorded lately",
            [Stopping],
            [Uploading],
            (s, _) =>
                new(
                    s.AwaitFiles(RunEnd.Stopped) with
                    {
                        ToldEmpty = true,
                    },
                    "The recorder left; Agora says that it has recorded nothing lately.",
                    NoteKind.Answer
                ),
            "206/435 of a run that had recorded before",
            (s, e) => e.Result.Failure!.Kind == AgoraFailureKind.NothingRecorded && s.Run.SawMedia
        ),
        Row.On<StopAnswered>(
            "nothing recorded",
            [Stopping],
            [Closed],
            (s, _) =>
                new(
                    s.Run.Close(s.Now, RunEnd.Stopped),
                    "The recorder left; nobody had published, so it recorded nothing.",
                    NoteKind.Answer
                ),
            "206/435",
            (_, e) => e.Result.Failure!.Kind == AgoraFailureKind.NothingRecorded
        ),
        Row.On<StopAnswered>(
            "stop given up",
            [Stopping],
            [Uploading],
            (s, e) =>
            {
                // That it was asked to leave does not tell that it left.
                var run = s.AwaitFiles(RunEnd.Lost) with
                {
                    End = s.Run.End == RunEnd.Stopped ? RunEnd.Lost : s.Run.End ?? RunEnd.Lost,
                };
                return e.Result.Failure!.Kind == AgoraFailureKind.RecorderNotFound
                    ? new(run, "Agora does not find the recorder; an operator closed the recording.", NoteKind.Answer)
                    : new(
                        run,
                        $"The recorder was not stopped, and an operator closed the recording; it leaves when the channel is idle: {e.Result.Failure.Message}",
                        NoteKind.Alert
                    );
            },
            "closed by an operator",
            (s, _) => s.Recording.Closure is not null
        ),
        Row.On<StopAnswered>(
            "not found at stop",
            [Stopping],
            [Stopping],
            (s, _) =>
                new(
                    s.Wait(Rung(s.Options.DoubtLadder, s.Run.Doubts)) with
                    {
                        Doubts = s.Run.Doubts + 1,
                        Refusals = 0,
                    },
                    "Agora does not find the recorder; stopping it again, because a server move answers the same.",
                    NoteKind.Answer
                ),
            "404, re-checks left",
            (s, e) => e.Result.Failure!.Kind == AgoraFailureKind.RecorderNotFound && s.Run.Doubts < s.Options.DoubtLadder.Count
        ),
        Row.On<StopAnswered>(
            "gone at stop",
            [Stopping],
            [Uploading],
            // When it left is not known: it may have died before it was asked to leave, so its files are not waited for all day.
            (s, _) =>
                new(
                    s.AwaitFiles(RunEnd.Lost) with
                    {
                        End = s.Run.End == RunEnd.Surplus ? RunEnd.Surplus : RunEnd.Lost,
                    },
                    "Agora stayed without the recorder; it has ended.",
                    NoteKind.Answer
                ),
            "404 after all re-checks",
            (_, e) => e.Result.Failure!.Kind == AgoraFailureKind.RecorderNotFound
        ),
        Row.On<StopAnswered>(
            "stop refused for good",
            [Stopping],
            [Uploading],
            (s, e) => new(s.AwaitFiles(RunEnd.Lost), $"Agora refuses to stop this recorder: {e.Result.Failure!.Message}", NoteKind.Alert),
            "another 40x, several in a row",
            (s, e) => IsRefusal(e) && s.Run.Refusals + 1 >= s.Options.RefusalsToConvict
        ),
        Row.On<StopAnswered>(
            "stop again",
            [Stopping],
            [Stopping],
            (s, e) =>
            {
                var failure = e.Result.Failure!;
                var (wait, trouble) = failure.Kind switch
                {
                    AgoraFailureKind.Unauthorized => (s.Options.SuspensionProbe, Reason.ProjectSuspended(failure.Message)),
                    AgoraFailureKind.RateLimited or AgoraFailureKind.QuotaExhausted => (
                        s.ThrottleWait(failure),
                        Reason.Throttled(failure.Message)
                    ),
                    AgoraFailureKind.NotSent => (Rung(s.Options.HostLadder, s.Run.Tries), Reason.AgoraUnavailable(failure.Message)),
                    _ => (Rung(s.Options.SilenceLadder, s.Run.Tries), Reason.AgoraUnavailable(failure.Message)),
                };
                if (s.Run.Tries >= s.Options.StopTriesAtOnce && wait < s.Options.MonitoringInterval)
                {
                    wait = s.Options.MonitoringInterval;
                }

                var run = s.Wait(wait) with { Tries = s.Run.Tries + 1, Refusals = IsRefusal(e) ? s.Run.Refusals + 1 : 0 };
                return new(
                    run,
                    $"Stopping again in {wait.TotalSeconds:0.#} s: {failure.Message}",
                    NoteKind.Answer,
                    Repeats: true,
                    Trouble: trouble
                );
            },
            "any other failure"
        ),
        Row.On<StepDue>("look for files", [Uploading], [Uploading], (s, _) => new(s.Run, Call: RunOperation.InspectFiles)),
        Row.On<FilesInspected>(
            "files final",
            [Uploading],
            [Closed],
            Finish,
            "verdict is final",
            (s, e) => FinalState(s, e.Inspection) is not null
        ),
        Row.On<FilesInspected>(
            "files pending",
            [Uploading],
            [Uploading],
            (s, e) =>
                new(
                    s.Wait(NextLook(s)) with
                    {
                        Tries = s.Run.Tries + 1,
                        Playlist = e.Inspection.Playlist ?? s.Run.Playlist,
                        SawMedia = s.Run.SawMedia || e.Inspection.Files.Count > 0,
                        FilesShown = IsShown(s, e.Inspection),
                    },
                    $"Files are still awaited: {e.Inspection.Detail}",
                    NoteKind.Answer,
                    Repeats: true
                )
        ),
        Row.On<OutcomeLost>("stop or look lost", [Stopping, Uploading], [Stopping, Uploading], (s, _) => new(s.Wait(TimeSpan.Zero))),
        Row.On<CallDeferred>(
            "call deferred",
            [Planned, Acquired, OutcomeUnknown, Proving, RunPhase.Recording, Doubtful, Replaced, Stopping, Uploading],
            [Planned, Acquired, OutcomeUnknown, Proving, RunPhase.Recording, Doubtful, Replaced, Stopping, Uploading],
            (s, e) =>
                new(
                    s.Wait(e.Wait),
                    "It waits until the project may send it: the request budget is used up, or starts are held.",
                    Repeats: true
                )
        ),
    ];

    private static Step Finish(Situation s, FilesInspected e)
    {
        var files = FinalState(s, e.Inspection)!.Value;
        var detail = files switch
        {
            FilesState.Missing or FilesState.Partial when s.Run.Evidence.Upload == UploadStatus.BackedUp =>
                $"{e.Inspection.Detail} Agora had put files into its backup, and did not bring them within {s.Options.UploadLimit.TotalHours:0} h.",
            FilesState.Empty when s.Run.ToldEmpty =>
                $"{e.Inspection.Detail} Agora says that the recorder recorded nothing, and that its session is over with all uploads done.",
            _ => e.Inspection.Detail,
        };
        var run = s.Run.Close(s.Now, RunEnd.Stopped, CameTooLate(s) ? FilesState.NotVerified : files) with
        {
            Playlist = e.Inspection.Playlist ?? s.Run.Playlist,
            FilesShown = IsShown(s, e.Inspection),
        };
        return files switch
        {
            FilesState.Missing => new(run, detail, NoteKind.Alert, Trouble: Reason.FilesMissing(detail)),
            FilesState.Partial => new(run, detail, NoteKind.Alert, Trouble: Reason.FilesPartial(detail)),
            _ => new(run, detail, NoteKind.Answer),
        };
    }

    /// <summary>What is found of a recorder whose sid became known after the end changes nothing that callers were told.</summary>
    private static bool IsShown(Situation s, FilesInspection inspection) =>
        s.Run.FilesShown || (inspection.Files.Count > 0 && s.Run.Files == FilesState.Pending);

    /// <summary>Whether this recorder was found only after an end that its files would turn into "completed".</summary>
    private static bool CameTooLate(Situation s) =>
        s.Run.Files == FilesState.NotVerified
        && s.Recording is { State: RecordingState.Aborted } or { State: RecordingState.Failed, Stop.Reason: EndReason.MaxDuration };

    /// <summary>The state that the files stay in, or null while more may come.</summary>
    private static FilesState? FinalState(Situation s, FilesInspection inspection)
    {
        var patienceIsOver = s.Now - s.Run.EndedAt >= Patience(s, inspection);
        return inspection.Verdict switch
        {
            FilesVerdict.Complete => FilesState.Complete,
            FilesVerdict.NotVerifiable => FilesState.NotVerified,
            // Without media no file is expected; the second look covers a slice that was on its way.
            FilesVerdict.Missing when !s.Run.SawMedia && (patienceIsOver || (s.Run.End is RunEnd.Idle && s.Run.Tries > 0)) =>
                FilesState.Empty,
            // The recorder was stopped before its first slice was worth a file: the bucket and two answers of Agora agree. The second look is for a slice
            // on its way.
            FilesVerdict.Missing when NothingIsToCome(s.Run) && s.Run.Tries > 0 => FilesState.Empty,
            _ when !patienceIsOver => null,
            // No more comes, as Agora says: what is there is all there is, and only its end mark is missing.
            FilesVerdict.Unfinished when s.Run.Evidence.Upload == UploadStatus.Uploaded => FilesState.NotVerified,
            FilesVerdict.Incomplete or FilesVerdict.Unfinished => FilesState.Partial,
            FilesVerdict.Missing => FilesState.Missing,
            FilesVerdict.Unreachable or FilesVerdict.Inconclusive => FilesState.NotVerified,
            _ => throw new InvalidOperationException($"No such verdict: {inspection.Verdict}."),
        };
    }

    /// <summary>
    /// A recorder that was moved may have left files of its former server behind, of which the new one knows nothing when it is stopped; what lies in the
    /// backup is still to come.
    /// </summary>
    private static bool NothingIsToCome(Run run) =>
        run is { ToldEmpty: true, Named.Count: 0, Evidence: { IsFinished: true, MovedAt: null, Upload: not UploadStatus.BackedUp } };

    /// <summary>A recorder in an empty channel leaves after its maxIdleTime, and its files come within the usual time.</summary>
    private static DateTimeOffset OrphanSearchEndsAt(Situation s)
    {
        var controlEndsAt = s.Run.EndedAt!.Value + s.Options.ControlPeriod;
        return s.Recording.EndedAt is { } endedAt && endedAt + s.MaxIdleTime + s.Options.UploadUsual is var leftAt && leftAt < controlEndsAt
            ? leftAt
            : controlEndsAt;
    }

    /// <summary>
    /// What may be missing is a list of a server that the recorder was moved away from, or the end of one: like that of a recorder that died, it is not
    /// expected late.
    /// </summary>
    private static TimeSpan Patience(Situation s, FilesInspection inspection) =>
        s.Recording.Closure is not null
            ? s.Run.End == RunEnd.Stopped && inspection.Verdict != FilesVerdict.Unreachable
                ? s.Options.ClosePatience
                : TimeSpan.Zero
            : s.Run.Evidence.Upload == UploadStatus.BackedUp
                ? s.Options.UploadLimit
                : s.Run.End is RunEnd.Lost or RunEnd.Died
                || !s.Run.SawMedia
                || inspection.Verdict == FilesVerdict.Inconclusive
                || (inspection.Verdict == FilesVerdict.Unfinished && s.Run.Evidence.Upload == UploadStatus.Uploaded)
                    ? s.Options.UploadUsual
                    : s.Options.UploadLimit;

    private static TimeSpan NextLook(Situation s) =>
        s.Now - s.Run.EndedAt < s.Options.UploadUsual ? Rung(s.Options.UploadLadder, s.Run.Tries + 1) : TimeSpan.FromMinutes(5);

    private static bool IsRefusal(StopAnswered e) =>
        e.Result.Failure!.Kind
            is AgoraFailureKind.InvalidRequest
                or AgoraFailureKind.ProjectMisconfigured
                or AgoraFailureKind.NoRoute
                or AgoraFailureKind.MismatchedIds
                or AgoraFailureKind.ResourceExpired
                or AgoraFailureKind.Conflict
                or AgoraFailureKind.AlreadyStarted;
}
