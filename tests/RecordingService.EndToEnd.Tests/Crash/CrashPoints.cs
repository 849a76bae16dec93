using RecordingService.Simulation;
using static RecordingService.EndToEnd.Tests.Crash.Reach;

namespace RecordingService.EndToEnd.Tests.Crash;

/// <summary>All points, one row each, in the order in which a class comes by them.</summary>
internal static class CrashPoints
{
    private const string Arrived = "the call has come to Agora, which has done nothing yet";
    private const string Performed = "Agora has done it, the answer is not delivered";
    private const string Answered = "the answer is delivered, what follows from it is not committed";
    private const string Intended = "claimed and decided, the intent is not committed";

    /// <summary>From the request to a sid.</summary>
    public static readonly IReadOnlyList<CrashPoint> Starting =
    [
        new("accept.writing", "all rows of the acceptance are written, none is committed", AcceptWritingAsync)
        {
            RepeatAsync = scene => scene.AskAsync(),
            DelaysStart = true,
        },
        new("accept.unanswered", "the acceptance is committed, its caller still waits", AcceptUnansweredAsync)
        {
            RepeatAsync = scene => scene.AskAsync(),
            DelaysStart = true,
        },
        new("claim.writing", "the claim is sent, and not committed", ClaimAsync) { DelaysStart = true },
        new("acquire.intent", Intended, scene => AtIntentAsync(scene, () => scene.AskAsync())) { DelaysStart = true },
        new("acquire.arrived", Arrived, scene => AtArrivalAsync(scene, AgoraOperation.Acquire, () => scene.AskAsync()))
        {
            DelaysStart = true,
        },
        new("acquire.performed", Performed, scene => AtAnswerAsync(scene, AgoraOperation.Acquire, () => scene.AskAsync()))
        {
            DelaysStart = true,
        },
        new("acquire.answered", Answered, scene => AtOutcomeAsync(scene, AgoraOperation.Acquire, () => scene.AskAsync()))
        {
            DelaysStart = true,
        },
        new("start.arrived", Arrived, scene => AtArrivalAsync(scene, AgoraOperation.Start, () => scene.AskAsync()))
        {
            Starts = 2,
            DelaysStart = true,
        },
        // The repetition is refused as already started, and another recorder under another uid takes the place of the one without a known sid.
        new("start.performed", Performed, scene => AtAnswerAsync(scene, AgoraOperation.Start, () => scene.AskAsync()))
        {
            Starts = 3,
            Orphans = 1,
        },
        new("start.performed-told", $"{Performed}, but a notification tells of the recorder", StartToldAsync) { Starts = 2 },
        new("start.answered", Answered, scene => AtOutcomeAsync(scene, AgoraOperation.Start, () => scene.AskAsync()))
        {
            Starts = 3,
            Orphans = 1,
        },
        new("late-start.writing", "frozen for longer than its lease; the sid that it learned late is not committed", LateWritingAsync)
        {
            Starts = 3,
            Orphans = 1,
        },
        new("late-start.kept", "frozen for longer than its lease; the sid that it learned late is committed", LateKeptAsync) { Starts = 2 },
    ];

    /// <summary>From a sid to the wish to end.</summary>
    public static readonly IReadOnlyList<CrashPoint> Recording =
    [
        new("proof.arrived", Arrived, scene => AtArrivalAsync(scene, AgoraOperation.Query, () => scene.AskAsync())),
        new("proof.performed", Performed, scene => AtAnswerAsync(scene, AgoraOperation.Query, () => scene.AskAsync())),
        new("proof.answered", Answered, scene => AtOutcomeAsync(scene, AgoraOperation.Query, () => scene.AskAsync())),
        new("monitoring.arrived", Arrived, scene => MonitoredAsync(scene, AtArrivalAsync)),
        new("monitoring.performed", Performed, scene => MonitoredAsync(scene, AtAnswerAsync)),
        new("monitoring.answered", Answered, scene => MonitoredAsync(scene, AtOutcomeAsync)),
        new("doubt.arrived", Arrived, scene => DoubtedAsync(scene, AtArrivalAsync)),
        new("doubt.performed", Performed, scene => DoubtedAsync(scene, AtAnswerAsync)),
        new("doubt.answered", Answered, scene => DoubtedAsync(scene, AtOutcomeAsync)),
        new("notice.writing", "a notification is taken in and not committed", NoticeAsync),
        new("layout.writing", "the wish for a layout is sent, and not committed", LayoutWritingAsync)
        {
            RepeatAsync = scene => scene.ChangeLayoutAsync(),
            ChangesLayout = true,
        },
        new("layout.intent", Intended, scene => ChangedAsync(scene, (s, _, trigger) => AtIntentAsync(s, trigger))) { ChangesLayout = true },
        new("layout.arrived", Arrived, scene => ChangedAsync(scene, AtArrivalAsync)) { ChangesLayout = true },
        new("layout.performed", Performed, scene => ChangedAsync(scene, AtAnswerAsync)) { ChangesLayout = true },
        new("layout.answered", Answered, scene => ChangedAsync(scene, AtOutcomeAsync)) { ChangesLayout = true },
    ];

    /// <summary>A recorder dies, and another one takes its place.</summary>
    public static readonly IReadOnlyList<CrashPoint> Replacing =
    [
        Replacement("replacement.intent", "the last re-check is answered, the new generation is not committed", LastDoubtAsync),
        Replacement("replacement-acquire.arrived", Arrived, scene => ReplacedAsync(scene, AgoraOperation.Acquire, AtArrivalAsync)),
        Replacement("replacement-acquire.performed", Performed, scene => ReplacedAsync(scene, AgoraOperation.Acquire, AtAnswerAsync)),
        Replacement("replacement-acquire.answered", Answered, scene => ReplacedAsync(scene, AgoraOperation.Acquire, AtOutcomeAsync)),
        Replacement("replacement-start.arrived", Arrived, scene => ReplacedAsync(scene, AgoraOperation.Start, AtArrivalAsync)) with
        {
            Starts = 3,
        },
        Replacement("replacement-start.performed", Performed, scene => ReplacedAsync(scene, AgoraOperation.Start, AtAnswerAsync)) with
        {
            Starts = 4,
            Orphans = 1,
        },
        Replacement("replacement-start.answered", Answered, scene => ReplacedAsync(scene, AgoraOperation.Start, AtOutcomeAsync)) with
        {
            Starts = 4,
            Orphans = 1,
        },
        Replacement(
            "replacement-start.beside-query",
            "a query and a start that are committed together have come to Agora",
            WatchedAsync
        ) with
        {
            Starts = 3,
            GoesOnAsync = scene => scene.WatchesOnAsync(),
        },
    ];

    /// <summary>From the wish to end to the final state.</summary>
    public static readonly IReadOnlyList<CrashPoint> Ending =
    [
        new("stop-request.writing", "the wish to stop is sent, and not committed", StopWritingAsync)
        {
            RepeatAsync = scene => scene.StopAsync(),
        },
        new("stop-request.accepted", "the wish to stop is committed and its caller answered, nothing has begun", StopAcceptedAsync),
        new("stop.intent", Intended, scene => StoppedAsync(scene, (s, _, trigger) => AtIntentAsync(s, trigger))),
        new("stop.arrived", Arrived, scene => StoppedAsync(scene, AtArrivalAsync)),
        new("stop.performed", Performed, scene => StoppedAsync(scene, AtAnswerAsync)),
        new("stop.answered", Answered, scene => StoppedAsync(scene, AtOutcomeAsync)),
        new("files.awaited", "the stop is settled, no file is looked for yet", FilesAwaitedAsync),
        new("files.reading", "the bucket is asked for the playlist, and has not answered", FilesReadingAsync),
        new("final.writing", "all files are found, the final state is not committed", FinalWritingAsync),
    ];

    public static readonly IReadOnlyList<CrashPoint> All = [.. Starting, .. Recording, .. Replacing, .. Ending];

    /// <summary>Those that are killed at when nobody chooses.</summary>
    private static readonly string[] Telling = ["start.performed-told", "stop.performed"];

    /// <summary>Those that are killed at: the ones that the environment names (<c>all</c>, or names with blanks between them), else the telling ones.</summary>
    public static readonly IReadOnlyList<string> Chosen = Environment.GetEnvironmentVariable("CRASH_POINTS") switch
    {
        "all" => [.. All.Select(point => point.Name)],
        { Length: > 0 } names => names.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        _ => Telling,
    };

    public static bool IsTelling(CrashPoint point) => Telling.Contains(point.Name);

    public static bool IsNotTelling(CrashPoint point) => !IsTelling(point);

    private static CrashPoint Replacement(string name, string says, Func<CrashScene, Task<Member>> reach) =>
        new(name, says, reach)
        {
            Starts = 2,
            Replaced = 1,
            // The recorder that died left its playlist open.
            Files = ["complete", "partial"],
        };
}
