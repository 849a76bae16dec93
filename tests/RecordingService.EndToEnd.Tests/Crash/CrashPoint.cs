namespace RecordingService.EndToEnd.Tests.Crash;

/// <summary>A point between two effects of the service, at which a replica is killed.</summary>
/// <param name="Name">Its name: what is under way, and how far it is.</param>
/// <param name="Says">How far it is, in words.</param>
/// <param name="ReachAsync">Brings a class there and tells which replica stands there.</param>
internal sealed record CrashPoint(string Name, string Says, Func<CrashScene, Task<Member>> ReachAsync)
{
    /// <summary>How soon another replica must have taken over, once the lease of the dead one is over.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(6);

    /// <summary>Real time within which another replica shows itself.</summary>
    public static readonly TimeSpan TakeOver = CrashDeployment.Lease + Slack;

    /// <summary>The same in recording time.</summary>
    private static readonly TimeSpan Gap = TakeOver * CrashDeployment.Factor;

    /// <summary>From a request to a recorder that hears the class, with some breath for a busy machine; recording time.</summary>
    private static readonly TimeSpan Start = TimeSpan.FromSeconds(120);

    /// <summary>From the death of a recorder to its replacement: the wait for the next query, three re-checks, and a start; recording time.</summary>
    private static readonly TimeSpan Replacement = TimeSpan.FromSeconds(15 + 60 + 30) + Start;

    /// <summary>What a caller who got no answer does.</summary>
    public Func<CrashScene, Task> RepeatAsync { get; init; } = _ => Task.CompletedTask;

    /// <summary>What must go on once another replica has taken over, beside what every class is judged by.</summary>
    public Func<CrashScene, Task> GoesOnAsync { get; init; } = _ => Task.CompletedTask;

    /// <summary>Calls of start, repetitions and refusals included.</summary>
    public int Starts { get; init; } = 1;

    /// <summary>Recorders that a start left behind whose answer died with its replica; each may record beside another one.</summary>
    public int Orphans { get; init; }

    /// <summary>Recorders that died by themselves and were replaced.</summary>
    public int Replaced { get; init; }

    /// <summary>Whether nobody can record before another replica takes over.</summary>
    public bool DelaysStart { get; init; }

    /// <summary>Whether the class is given another layout.</summary>
    public bool ChangesLayout { get; init; }

    /// <summary>What becomes of the files.</summary>
    public string[] Files { get; init; } = ["complete"];

    /// <summary>How long the class may go unrecorded at its beginning.</summary>
    public TimeSpan MissedBefore => DelaysStart ? Start + Gap : Start;

    /// <summary>How long it may go unrecorded in between; a second covers the time between two looks.</summary>
    public TimeSpan MissedBetween => Replaced > 0 ? Replacement + Gap : TimeSpan.FromSeconds(1);
}
