using RecordingService.Domain.Recordings;
using static RecordingService.Domain.Diagnosis.Confidence;

namespace RecordingService.Domain.Diagnosis;

/// <summary>S4, S12 (3): a recorder and somebody else in the channel have one uid and throw each other out.</summary>
internal static class UidRules
{
    /// <summary>How long the next recorder must have lived to show that nothing but the uid was wrong.</summary>
    private static readonly TimeSpan LivesOn = TimeSpan.FromSeconds(30);

    public static IEnumerable<Cause> Find(Case c)
    {
        if (c.Recording.WebPage is not null)
        {
            yield break;
        }

        var heard =
            from user in c.Runs.SelectMany(run => run.Evidence.Streams, (run, stream) => (run, stream))
            from owner in c.Runs.Where(run => run.RecorderUid == user.stream.Uid)
            select (owner, user.stream, user.run.Generation);
        var seen = heard.DistinctBy(one => (one.owner.Generation, one.stream.Uid)).ToList();
        var conflicts = c.Runs.Where(run => run.End == RunEnd.Conflict).ToList();
        var kicked = c.VanishedInSilence;
        var outlived = kicked.Where(run => c.Runs.Any(next => next.Generation > run.Generation && Lives(next))).ToList();
        if (seen.Count == 0 && conflicts.Count == 0 && kicked.Count == 0)
        {
            yield break;
        }

        IReadOnlyList<Run> concerned = seen.Count > 0 ? [.. seen.Select(one => one.owner)] : [.. conflicts, .. kicked];
        yield return new()
        {
            Code = CauseCode.UidTaken,
            Title = "The recorder's uid is taken",
            Explanation =
                conflicts.Count > 0 && seen.Count == 0
                    ? "Another recording task runs in this channel with the recorder's uid."
                    : "Somebody in the channel has the recorder's uid; Agora lets nobody share one, so they throw each other out.",
            Confidence =
                seen.Count > 0 || conflicts.Count > 0 ? Certain
                : outlived.Count > 0 ? Likely
                : Possible,
            Evidence = Case.Ordered([
                .. seen.Select(one => new Fact(
                    one.stream.At,
                    one.Generation,
                    $"Agora told of {(one.stream.IsVideo ? "video" : "audio")} of user {one.stream.Uid}, which is the uid of recorder {one.owner.Generation}; a recorder publishes nothing."
                )),
                .. c.Context.Answers.Where(a => a.Failure == AgoraFailureKind.Conflict).Select(Case.OfAnswer),
                .. concerned.DistinctBy(run => run.Generation).SelectMany(c.Life),
                .. outlived
                    .Take(1)
                    .Select(run => c.Runs.First(next => next.Generation > run.Generation && Lives(next)))
                    .Select(next => new Fact(
                        next.ProvenAt,
                        next.Generation,
                        $"The next recorder, with uid {next.RecorderUid}, lives: all but the uid was the same."
                    )),
            ]),
            Advice =
                "Give users no uid out of the ranges of Agora:Projects:NAME:RecorderUids (default 900000000 to 900999999), and let nothing else record with them; "
                + "where users have such uids already, move the ranges.",
            IsAside =
                c.Recording is { ConfirmedAt: not null }
                && c.Runs.Any(run => Lives(run) && run.Generation > concerned.Max(one => one.Generation)),
        };
    }

    private static bool Lives(Run run) => Case.InChannel(run) >= LivesOn || run is { ProvenAt: not null, Named.Count: > 0 };
}
