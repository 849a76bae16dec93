using RecordingService.Domain.Recordings;

namespace RecordingService.Domain.Diagnosis;

/// <summary>One sentence for a recording that nothing is wrong with, and what proves that.</summary>
internal static class Soundness
{
    public static string Of(Case c)
    {
        var recording = c.Recording;
        var proof = recording.ConfirmedAt is { } at
            ? $"a query proved a recorder at {Case.Time(at)}"
                + (recording.Runs.Max(run => run.LastProofAt) is { } last && last > at ? $" and last at {Case.Time(last)}" : "")
            : "no recorder has been proven yet";
        return recording.State switch
        {
            RecordingState.Accepted => "Nothing is wrong so far: the request is stored, and its first call to Agora is due.",
            RecordingState.Starting => "Nothing is wrong so far: a recorder is on its way, and every call to Agora was answered.",
            RecordingState.Recording => $"Nothing is wrong: {proof}.",
            RecordingState.Recovering => $"Nothing else is wrong: {proof}, and the next recorder is on its way.",
            RecordingState.Stopping => $"Nothing is wrong: {proof}, and it is being asked to leave.",
            RecordingState.Uploading =>
                $"Nothing is wrong so far: {proof}, it left at {Case.Time(recording.EndedAt!.Value)}, and its files are being waited for.",
            RecordingState.Aborted => "Nothing went wrong: it was stopped before anything was recorded.",
            RecordingState.Completed or RecordingState.Failed => $"Nothing went wrong: {proof}, {End(recording)}, and {Files(recording)}.",
        };
    }

    private static string End(Recording recording) =>
        recording.Stop?.Reason switch
        {
            EndReason.Requested => "it ended because a caller asked for it",
            EndReason.MaxDuration => "it ended because its maximum duration was reached",
            EndReason.Idle => "it ended because nobody published any more",
            EndReason.Failed or null => "it ended",
        };

    private static string Files(Recording recording) =>
        recording.Files switch
        {
            FilesState.Complete => "its playlist and every slice that was looked for are in the bucket",
            FilesState.NotVerified when recording.Runs.Any(run => run.FilesShown) =>
                "files are in its bucket, but whether they are all could not be proven",
            FilesState.NotVerified => "nobody could look for its files, because the storage profile has no public address",
            FilesState.Empty when recording.Runs.Any(Case.IsShort) => "it was stopped so soon after that proof that nothing became a file",
            FilesState.Empty => "nothing was recorded",
            FilesState.Pending => "its files are being waited for",
            FilesState.Partial or FilesState.Missing => "files are not all there",
        };
}
