using RecordingService.Domain.Recordings;
using RecordingService.Domain.RoomTypes;
using static RecordingService.Domain.AgoraFailureKind;
using static RecordingService.Domain.Diagnosis.Confidence;

namespace RecordingService.Domain.Diagnosis;

/// <summary>What Agora does not accept: the request, the project, a parameter that is checked only after the answer.</summary>
internal static class StartRules
{
    private const int InvalidParameter = 2;

    public static IEnumerable<Cause> Find(Case c) =>
        new[] { Refused(c), Misconfigured(c), Suspended(c), Transcoding(c), RefusedLate(c) }.OfType<Cause>();

    private static Cause? Refused(Case c)
    {
        var runs = c.Runs.Where(run => run.End == RunEnd.Refused).ToList();
        return c.Recording is not { Stop.Reason: EndReason.Failed, Reason: { Code: "request_refused" } reason }
            ? null
            : new()
            {
                Code = CauseCode.RequestRefused,
                Title = "Agora refuses the request",
                Explanation = "Agora does not accept the request itself, so no recorder was started and repeating it cannot help.",
                Confidence = Certain,
                Evidence = Case.Ordered([
                    .. Answers(c, InvalidRequest),
                    .. runs.Select(run => new Fact(run.EndedAt, run.Generation, $"The run was given up: {reason.Message}")),
                ]),
                Advice =
                    "Correct what the answer names: the channel name in the request, or the policy of the room type (GET /v1/room-types/{name}).",
            };
    }

    private static Cause? Misconfigured(Case c)
    {
        var lines = Answers(c, ProjectMisconfigured, NoRoute, MismatchedIds).ToList();
        return c.Recording.Reason is not { Code: "project_misconfigured" } reason || (lines.Count == 0 && RefusedQuestions(c).Count > 0)
            ? null
            : new()
            {
                Code = CauseCode.ProjectMisconfigured,
                Title = "The Agora project cannot record",
                Explanation =
                    "Agora does not know the App ID, has Cloud Recording not enabled for it, or the project is suspended or overdue.",
                Confidence = Certain,
                Evidence = Case.Ordered([.. lines, Now(c, reason)]),
                Advice =
                    "In Agora's console, page of the project: compare the App ID, enable Cloud Recording, look at the billing state. In the configuration: "
                    + "Agora:Projects:NAME:AppId and Hosts.",
            };
    }

    private static Cause? Suspended(Case c)
    {
        var lines = c.Context.Answers.Where(a => a.Failure == Unauthorized).ToList();
        var isNow = c.Recording.Reason is { Code: "project_suspended" };
        if (!isNow && (lines.Count == 0 || !Cost(c, lines)))
        {
            return null;
        }

        return new()
        {
            Code = CauseCode.ProjectSuspended,
            Title = "Agora refuses the project's credentials",
            Explanation = isNow
                ? "Agora refuses customer key and secret of the project (401 or 403); the recording waits and goes on by itself once they are accepted."
                : "Agora refused customer key and secret of the project (401 or 403) for a while, and the recorder started that much later.",
            Confidence = Certain,
            Evidence = Case.Ordered([.. lines.Select(Case.OfAnswer), .. isNow ? [Now(c, c.Recording.Reason!)] : Array.Empty<Fact>()]),
            Advice =
                "In Agora's console, RESTful API: compare customer ID and customer secret with Agora:Projects:NAME:CustomerKey and CustomerSecret, and see "
                + "whether they belong to the account of this App ID.",
            IsAside = !isNow && c.Recording.ConfirmedAt is not null,
        };
    }

    private static Cause? Transcoding(Case c)
    {
        var mixes = c.Started.Where(run => run.Parameters is { Mode: RecordingMode.Mix }).ToList();
        var told = c.Faults(InvalidParameter).Where(pair => mixes.Contains(pair.Run)).ToList();
        var outside = mixes.Where(run => !IsOnTheTable(run.Parameters!)).ToList();
        if (told.Count == 0 && (outside.Count == 0 || !c.AllVanished || c.VanishedInSilence.Count == 0))
        {
            return null;
        }

        var (quality, channel) = mixes[^1].Parameters! is var p ? (p.Quality, p.ChannelProfile) : default;
        var nearest = VideoProfiles.Nearest(quality, channel);
        return new()
        {
            Code = CauseCode.TranscodingRefused,
            Title = "The canvas of the mix is refused",
            Explanation = "Agora accepted the start and then found transcodingConfig wrong, so the recorder was gone within seconds.",
            Confidence = told.Count > 0 && outside.Count > 0 ? Certain : Likely,
            Evidence = Case.Ordered([
                .. told.Select(pair => Case.OfFault(pair.Run, pair.Fault)),
                .. c.Vanished.SelectMany(c.Life),
                new Fact(
                    null,
                    null,
                    $"The start asked for {Text(quality)}; that is {(IsOnTheTable(mixes[^1].Parameters!) ? "on" : "outside")} Agora's table."
                ),
            ]),
            Advice =
                $"Give the room type '{c.Recording.RoomType}' a quality of Agora's table, such as {Text(nearest)} (PUT /v1/room-types/{c.Recording.RoomType}, quality); "
                + "the values of layouts and backgrounds count too.",
        };
    }

    private static Cause? RefusedLate(Case c)
    {
        var questions = RefusedQuestions(c);
        var told = c.Faults(InvalidParameter).Where(pair => pair.Run.Parameters is { Mode: not RecordingMode.Mix }).ToList();
        var convicted = c.Recording.Reason is { Code: "project_misconfigured" } && questions.Count > 0;
        return told.Count == 0 && !convicted
            ? null
            : new()
            {
                Code = CauseCode.ParametersRefusedLate,
                Title = "A parameter was found wrong after the start",
                Explanation = convicted
                    ? "Agora took the start, and then refused question after question about the recorder as wrong (40x)."
                    : "Agora accepted the start and then found one of its parameters wrong, so the recorder was gone within seconds.",
                Confidence = Certain,
                Evidence = Case.Ordered([.. told.Select(pair => Case.OfFault(pair.Run, pair.Fault)), .. questions.Select(Case.OfAnswer)]),
                Advice =
                    "Compare the policy of the room type with Agora's start page; if a call about a running recorder is refused, report the answer with its request "
                    + "id from the timeline.",
            };
    }

    /// <summary>Whether trouble with calls cost anything: nothing recorded yet, or a start that took longer than it should.</summary>
    internal static bool Cost(Case c, IReadOnlyList<AnswerFacts> lines) =>
        c.Recording.ConfirmedAt is not { } confirmedAt
        // A start is proven some 6 s after its request; half a minute is what nobody need ask about.
        || (confirmedAt - c.Recording.AcceptedAt > TimeSpan.FromSeconds(30) && lines.Any(line => line.At < confirmedAt));

    internal static Fact Now(Case c, Reason reason) => new(null, null, $"The recording's reason is {reason.Code}: {reason.Message}");

    private static bool IsOnTheTable(StartParameters parameters) =>
        VideoProfiles.BitratesOf(parameters.Quality, parameters.ChannelProfile) is var (least, most)
        && parameters.Quality.BitrateKbps >= least
        && parameters.Quality.BitrateKbps <= most;

    private static IReadOnlyList<AnswerFacts> RefusedQuestions(Case c) =>
        [.. c.Context.Answers.Where(a => a is { Failure: InvalidRequest, Operation: "query" or "stop" })];

    private static IEnumerable<Fact> Answers(Case c, params AgoraFailureKind[] kinds) =>
        c.Context.Answers.Where(a => a.Failure is { } kind && kinds.Contains(kind)).Select(Case.OfAnswer);

    private static string Text(VideoQuality q) => $"{q.Width} x {q.Height}, {q.FramesPerSecond} fps, {q.BitrateKbps} kbps";
}
