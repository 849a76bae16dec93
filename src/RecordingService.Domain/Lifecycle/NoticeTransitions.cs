using RecordingService.Domain.Recordings;
using static RecordingService.Domain.Recordings.RunPhase;

namespace RecordingService.Domain.Lifecycle;

/// <summary>
/// What Agora tells unasked. A notice brings a question forward, or tips a doubt that a question has raised already; alone it decides nothing,
/// because notices are lost, doubled, late and forged.
/// </summary>
internal static class NoticeTransitions
{
    private const int LongestName = 200;

    private static readonly RunPhase[] Known = [Proving, RunPhase.Recording, Doubtful, Replaced, Stopping, Uploading, Closed];

    public static readonly IReadOnlyList<Transition> All =
    [
        Row.On<NoticeReceived>(
            "departure told in doubt",
            [Doubtful],
            [Uploading],
            (s, e) =>
            {
                var run = Taken(s, e);
                var left = (RecorderLeft)e.Notice;
                // Told without a cause, it may still have waited its idle time for nobody.
                var idle = MonitoringTransitions.IdledOut(s with { Run = run });
                return new(
                    (s with { Run = run }).AwaitFiles(idle ? RunEnd.Idle : RunEnd.Died),
                    $"Agora does not find the recorder and tells that it left: {left.Detail}",
                    NoteKind.Notice,
                    Trouble: idle ? null : Reason.RecorderReplaced($"The recorder left: {left.Detail}")
                );
            },
            "it left",
            (s, e) =>
                s.Run.InFlight is null
                // In doubt because it was not found, and not because it is starting again.
                && s.Run.Doubts > 0
                && e.Notice is RecorderLeft
                && (s with { Run = Taken(s, e) }).IsToldGone
        ),
        Row.On<NoticeReceived>(
            "move told in doubt",
            [Doubtful, Replaced],
            [Doubtful, Replaced],
            (s, e) =>
                new(
                    Taken(s, e) with
                    {
                        DueAt = s.Now,
                    },
                    "Agora tells that it moved the recorder to another server; asking for it.",
                    NoteKind.Notice
                ),
            "moved",
            (s, e) => s.Run.InFlight is null && e.Notice is RecorderMoved { NewUid: not null }
        ),
        Row.On<NoticeReceived>(
            "proof told",
            [Proving],
            [RunPhase.Recording],
            (s, e) =>
            {
                var told = Taken(s, e);
                var run = told.Enter(RunPhase.Recording, s.Now + MonitoringTransitions.MonitoringInterval(s)) with
                {
                    ProvenAt = s.Run.ProvenAt ?? s.Now,
                    LastProofAt = s.Now,
                };
                return new(
                    run,
                    $"Proven by a notification: the recorder runs (status {((StatusChanged)e.Notice).Status}).",
                    NoteKind.Notice
                );
            },
            "status 4 or 5, where notifications count as proof",
            (s, e) =>
                s.Options.ConfirmBy == ConfirmBy.QueryOrNotification
                && s.Run.InFlight is null
                && e.Notice is StatusChanged { Status: 4 or 5 }
        ),
        Row.On<NoticeReceived>(
            "question brought forward",
            [Proving, RunPhase.Recording, Replaced, Uploading],
            [Proving, RunPhase.Recording, Replaced, Uploading],
            (s, e) =>
            {
                var at = QuestionAt(s);
                return Told(s, e, Taken(s, e) with { DueAt = s.Run.DueAt < at ? s.Run.DueAt : at, HintedAt = at });
            },
            "it answers what is being asked",
            // A wait that Agora asked for is kept, whatever it tells meanwhile.
            (s, e) => s.Run.InFlight is null && s.Recording.Reason is not { EndsWithAnswer: true } && Answers(s, e.Notice)
        ),
        Row.On<NoticeReceived>("noticed", Known, Known, (s, e) => Told(s, e, Taken(s, e))),
    ];

    /// <summary>News is worth a question, but only now and then, or a chatty Agora would use up the budget: what comes soon after is asked a little later.</summary>
    private static DateTimeOffset QuestionAt(Situation s)
    {
        var spacing = s.Run.Phase is Proving or Uploading ? s.Options.HintSpacing : s.Options.HintSpacing * 5;
        return s.Run.HintedAt is not { } hinted ? s.Now
            : hinted > s.Now ? hinted
            : hinted + spacing > s.Now ? hinted + spacing
            : s.Now;
    }

    private static bool Answers(Situation s, AgoraNotice notice) =>
        s.Run.Phase switch
        {
            Proving => notice switch
            {
                RecorderStarted { IsRecorder: true, Failed: false } => s.Run.Evidence.StartedAt is null,
                StatusChanged { Status: 4 or 5 } => true,
                _ => TellsOfTrouble(s, notice),
            },
            RunPhase.Recording or Replaced => TellsOfTrouble(s, notice),
            // The files are there, or more of them.
            Uploading => notice is FilesNamed || (notice is RecorderLeft && s.Run.Evidence.Departure is null),
            _ => false,
        };

    private static bool TellsOfTrouble(Situation s, AgoraNotice notice) =>
        notice switch
        {
            RecorderLeft => s.Run.Evidence.Departure is null,
            Faulted { Level: >= 4 } fault => s.Run.Evidence.Faults.All(known => known.Code != fault.Code || known.Module != fault.Module),
            StatusChanged { Status: >= 6 } => s.Run.Evidence.Departure is null,
            RecorderMoved { NewUid: not null } => true,
            _ => false,
        };

    private static Run Taken(Situation s, NoticeReceived e)
    {
        var run = s.Run;
        var files = (e.Notice as FilesNamed)?.Files ?? [];
        return run with
        {
            Evidence = run.Evidence.With(e.Notice),
            SawMedia = run.SawMedia || Evidence.TellsOfMedia(e.Notice),
            Named = run.NamedWith(files),
        };
    }

    /// <summary>
    /// What callers are told of an upload: nothing that they were told before, however often and in whatever order Agora tells it. Of more different
    /// ends than <see cref="Evidence.UploadsTold"/> keeps, some are told again when Agora tells them again: rather that than an end that is never told.
    /// </summary>
    private static UploadNews? News(Run before, AgoraNotice notice) =>
        notice switch
        {
            UploadProgressed progress when !(progress.Progress <= before.Evidence.UploadProgress) => new(
                UploadNewsKind.Progressed,
                before.Generation,
                progress.Progress,
                []
            ),
            FilesNamed { Upload: UploadStatus.Uploaded or UploadStatus.BackedUp } named when !before.Evidence.HasToldUpload(named) => new(
                named.Upload == UploadStatus.Uploaded ? UploadNewsKind.Uploaded : UploadNewsKind.BackedUp,
                before.Generation,
                null,
                [.. named.Files.Select(file => file.FileName)]
            ),
            _ => null,
        };

    private static Step Told(Situation s, NoticeReceived e, Run run)
    {
        var (message, repeats) = e.Notice switch
        {
            Faulted fault => (
                $"Agora tells of error {fault.Code} (module {fault.Module}, level {fault.Level}): {fault.Message ?? "no text"}",
                false
            ),
            Warned warning => ($"Agora warns: code {warning.Code} of module {warning.Module}.", true),
            StatusChanged status => ($"Agora tells of status {status.Status}.", false),
            FilesNamed { Upload: UploadStatus.Uploaded } named => ($"Agora tells that everything is uploaded: {Names(named.Files)}", false),
            FilesNamed { Upload: UploadStatus.BackedUp } named => (
                $"Agora tells that files went to its backup and arrive later: {Names(named.Files)}",
                false
            ),
            FilesNamed named => ($"Agora names files: {Names(named.Files)}", false),
            UploadProgressed => ($"Agora tells of the upload's progress: {(run.Evidence.UploadProgress ?? 0) / 100.0:0.#} %.", false),
            RecorderLeft left => ($"Agora tells that the recorder left: {left.Detail}", false),
            RecorderMoved { NewUid: null } => ("Agora tells that the recorder is covered by its high availability.", false),
            RecorderMoved => ("Agora tells that it moved the recorder to another server.", false),
            RecorderStarted { Failed: true, IsRecorder: true } => ("Agora tells that the recorder failed to start.", false),
            RecorderStarted { Failed: true } => ("Agora tells that the uploader failed to start.", false),
            RecorderStarted { IsRecorder: true } => ("Agora tells that the recorder started.", false),
            RecorderStarted => ("Agora tells that the uploader started.", false),
            SliceStarted => ("Agora tells that a slice began.", true),
            StreamChanged change => (
                $"Agora tells that {(change.IsVideo ? "video" : "audio")} of user {change.Uid} is {(change.IsReceived ? "received" : "no longer received")}.",
                true
            ),
            SnapshotTaken => ("Agora tells of a picture.", true),
            OtherNotice other => ($"Agora tells of event {other.EventType}: {other.Detail}", true),
            _ => throw new InvalidOperationException($"No such notice: {e.Notice.GetType().Name}."),
        };
        return new(run, message, e.Notice is Faulted { Level: >= 4 } ? NoteKind.Alert : NoteKind.Notice, Repeats: repeats)
        {
            Upload = News(s.Run, e.Notice),
        };
    }

    private static string Names(IReadOnlyList<AgoraFile> files) =>
        files.Count switch
        {
            0 => "no file is named.",
            <= 3 => string.Join(", ", files.Select(Name)) + ".",
            _ => $"{Name(files[0])} and {files.Count - 1} more.",
        };

    /// <summary>The end of a long name, which tells it from others; what is not written in a line is left out.</summary>
    private static string Name(AgoraFile file)
    {
        var name = string.Concat(file.FileName.Where(c => !char.IsControl(c)));
        return name.Length <= LongestName ? name : $"...{name[^LongestName..]}";
    }
}
