using RecordingService.Domain.Recordings;

namespace RecordingService.Infrastructure.Engine;

/// <summary>Puts a recording into its class of urgency.</summary>
internal static class NextSteps
{
    /// <summary>Requests to Agora that a call costs.</summary>
    public static int CostOf(RunOperation operation) => operation is RunOperation.InspectFiles or RunOperation.FindSid ? 0 : 1;

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
            RunPhase.Planned => 2,
            null => changes ? (short)1 : (short)0,
            RunPhase.Uploading or RunPhase.Orphaned => 0,
            RunPhase.SidUnknown => 0,
            _ => 1,
        };
        return new(delay > TimeSpan.Zero ? delay : TimeSpan.Zero, priority, cost);
    }

    private const short Monitoring = 4;

    /// <summary>A layout is waited for by people, but a class that is not recorded yet comes first.</summary>
    private const short Changes = 4;

    // First proof before start: with start first, 1,000 starts at 10 requests/s leave half of the runs unproven past 90 s (docs/adr/0002).
    // A start that was put off goes before new ones, too: by its due time it would queue behind everybody who came while it waited.
    private static short Priority(Run run) =>
        run.Phase switch
        {
            RunPhase.Stopping => 1,
            RunPhase.Proving or RunPhase.Doubtful => 2,
            RunPhase.Acquired or RunPhase.OutcomeUnknown or RunPhase.SidUnknown => 2,
            RunPhase.Planned => run.Tries > 0 ? (short)2 : (short)3,
            RunPhase.Uploading or RunPhase.Orphaned => 5,
            _ => Monitoring,
        };
}
