using RecordingService.Domain.Recordings;

namespace RecordingService.Infrastructure.Engine;

/// <summary>Puts a recording into its class of urgency.</summary>
internal static class NextSteps
{
    /// <summary>Whether a call is a request to Agora.</summary>
    public static bool IsRequest(RunOperation operation) => operation is not (RunOperation.InspectFiles or RunOperation.FindSid);

    /// <summary>Whether the next request of a run is to start a recorder that certainly does not run yet.</summary>
    public static bool Starts(Run run) => run.Phase is RunPhase.Planned or RunPhase.Acquired;

    /// <summary>
    /// Whether all that is left to do is to start a recorder: then it may be passed over while nothing is started. One that has another recorder to
    /// look after is looked at, and its start put off each time.
    /// </summary>
    private static bool StartsOnly(Recording recording) =>
        recording.Runs.All(run => Starts(run) || (run.DueAt is null && run.InFlight is null));

    /// <summary>When the recording is due next and how urgent that is, or null when nothing is left to do.</summary>
    public static NextStep? Of(Recording recording, RecordingClock clock)
    {
        if (recording.DueAt is not { } dueAt)
        {
            // A call in flight is work, too: whoever comes next finds it without an outcome.
            return recording.Runs.Any(run => run.InFlight is not null) ? new(TimeSpan.Zero, 0, 0) : null;
        }

        var delay = clock.ToRealTime(dueAt) - clock.RealNow;
        var next = recording.Runs.Where(run => run.DueAt == dueAt).MinBy(run => Priority(run));
        var changes = recording.Runs.Any(run => run.NextChange(recording.Wishes)?.DueAt == dueAt);
        var priority =
            next is not null ? Priority(next)
            : changes ? Changes
            : Monitoring;
        short cost = next?.Phase switch
        {
            null => changes ? (short)1 : (short)0,
            RunPhase.Uploading or RunPhase.Orphaned => 0,
            RunPhase.SidUnknown => 0,
            _ => 1,
        };
        return new(delay > TimeSpan.Zero ? delay : TimeSpan.Zero, priority, cost, next is not null && StartsOnly(recording));
    }

    private const short Monitoring = 4;

    /// <summary>A layout is waited for by people, but a class that is not recorded yet comes first.</summary>
    private const short Changes = 4;

    // First proof before start: with start first, 1,000 starts at 10 requests/s leave half of the runs unproven past 90 s (docs/adr/0002).
    // A start that was put off goes before new ones, too: by its due time it would queue behind everybody who came while it waited. So does
    // a further recorder of a recording: its class was let in before.
    private static short Priority(Run run) =>
        run.Phase switch
        {
            RunPhase.Stopping => 1,
            RunPhase.Proving or RunPhase.Doubtful => 2,
            RunPhase.Acquired or RunPhase.OutcomeUnknown or RunPhase.SidUnknown => 2,
            RunPhase.Planned => run.Tries > 0 || run.Generation > 1 ? (short)2 : (short)3,
            RunPhase.Uploading or RunPhase.Orphaned => 5,
            _ => Monitoring,
        };
}
