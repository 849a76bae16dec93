using RecordingService.Domain.Recordings;
using static RecordingService.Domain.Lifecycle.LifecycleOptions;

namespace RecordingService.Domain.Lifecycle;

/// <summary>One row of the catalogue: in these phases, on this event, when this holds, a run goes to one of those phases.</summary>
/// <remarks>Rows are tried in order; the first whose condition holds is taken. The catalogue drives the machine, the matrix test and the diagram.</remarks>
internal sealed record Transition(
    string Name,
    IReadOnlyList<RunPhase> From,
    RunEventKind On,
    IReadOnlyList<RunPhase> To,
    string? Condition,
    Func<Situation, bool> Holds,
    Func<Situation, Step> Apply
);

/// <summary>A run, what happened to it, and what is around it.</summary>
internal sealed record Situation(Recording Recording, Run Run, RunEvent Event, LifecycleOptions Options)
{
    public DateTimeOffset Now => Event.At;

    public TimeSpan MaxIdleTime => Run.Parameters?.MaxIdleTime ?? TimeSpan.MaxValue;

    /// <summary>Whether Agora told that the recorder left, after it was last proven and last moved: older news is of no use.</summary>
    public bool IsToldGone =>
        Run.Evidence.Departure is { } departure && !(departure.At < Run.LastProofAt) && !(departure.At < Run.Evidence.MovedAt);

    /// <summary>Until when Agora lets this run be queried and stopped.</summary>
    public DateTimeOffset ControlEndsAt => (Run.StartedAt ?? Now) + Options.ControlPeriod;
}

/// <summary>What a transition makes of a run.</summary>
/// <param name="Run">The next run.</param>
/// <param name="Message">One sentence for the timeline, or null when there is nothing to tell.</param>
/// <param name="Kind">Kind of that line.</param>
/// <param name="Call">A call to make now, or null.</param>
/// <param name="Repeats">Whether an equal line directly before it may just be counted up.</param>
/// <param name="Trouble">What callers should know of, as long as it lasts.</param>
/// <param name="Fatal">Whether <paramref name="Trouble"/> ends the recording.</param>
internal sealed record Step(
    Run Run,
    string? Message = null,
    NoteKind Kind = NoteKind.Decision,
    RunOperation? Call = null,
    bool Repeats = false,
    Reason? Trouble = null,
    bool Fatal = false
)
{
    /// <summary>What callers are told of the upload, or null.</summary>
    public UploadNews? Upload { get; init; }
}

/// <summary>How the catalogue is written down.</summary>
internal static class Row
{
    public static Transition On<TEvent>(
        string name,
        RunPhase[] from,
        RunPhase[] to,
        Func<Situation, TEvent, Step> apply,
        string? condition = null,
        Func<Situation, TEvent, bool>? when = null
    )
        where TEvent : RunEvent =>
        new(
            name,
            from,
            Enum.Parse<RunEventKind>(typeof(TEvent).Name),
            to,
            condition,
            situation => when is null || when(situation, (TEvent)situation.Event),
            situation => apply(situation, (TEvent)situation.Event)
        );

    /// <summary>The run with a new due time.</summary>
    public static Run Wait(this Situation s, TimeSpan wait) => s.Run with { DueAt = s.Now + wait };

    /// <summary>The wait after 429 or a used-up quota: what Agora asks for within limits; never less than the ladder, or "Retry-After: 0" would spin.</summary>
    public static TimeSpan ThrottleWait(this Situation s, AgoraFailure failure)
    {
        var rung = Rung(s.Options.ThrottleLadder, s.Run.Tries);
        return failure.RetryAfter is not { } asked || asked <= rung ? rung
            : asked < s.Options.RetryAfterLimit ? asked
            : s.Options.RetryAfterLimit;
    }

    /// <summary>The run in another phase, its ladders at their foot.</summary>
    public static Run Enter(this Run run, RunPhase phase, DateTimeOffset? dueAt) =>
        run with
        {
            Phase = phase,
            DueAt = dueAt,
            Tries = 0,
            Doubts = 0,
            Refusals = 0,
            DoubtSince = null,
        };

    /// <summary>The run ended without files to look for.</summary>
    public static Run Close(this Run run, DateTimeOffset at, RunEnd end, FilesState files = FilesState.Empty) =>
        run.Enter(RunPhase.Closed, null) with
        {
            EndedAt = run.EndedAt ?? at,
            End = run.End ?? end,
            Files = files,
        };

    /// <summary>The run ended, and its files are to be looked for. A run in doubt ended when the doubt began.</summary>
    public static Run AwaitFiles(this Situation s, RunEnd end) =>
        s.Run.Enter(RunPhase.Uploading, s.Now + Rung(s.Options.UploadLadder, 0)) with
        {
            EndedAt = s.Run.DoubtSince ?? s.Now,
            End = s.Run.End ?? end,
        };

    /// <summary>The run was given up without a sid; a recorder may be in the channel, and its files may tell the sid yet.</summary>
    public static Run Abandon(this Situation s, RunEnd end) =>
        s.Run.Enter(RunPhase.Orphaned, s.Run.Parameters is { CanFindSid: true } ? s.Now + Rung(s.Options.OrphanLadder, 0) : null) with
        {
            EndedAt = s.Now,
            End = end,
            MayRun = true,
            Files = FilesState.NotVerified,
        };
}
