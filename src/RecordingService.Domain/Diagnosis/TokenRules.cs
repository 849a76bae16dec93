using RecordingService.Domain.Recordings;
using static RecordingService.Domain.Diagnosis.Confidence;

namespace RecordingService.Domain.Diagnosis;

/// <summary>S15: the four reasons of error 101, told apart as far as the evidence allows.</summary>
internal static class TokenRules
{
    private const int JoinFailed = 101;
    private const int Expired = 109;
    private const int Invalid = 110;

    /// <summary>How far from the end of its token a recorder may be noticed to be gone: the longest interval of queries, and re-checks.</summary>
    private static readonly TimeSpan NoticedWithin = TimeSpan.FromMinutes(5);

    public static IEnumerable<Cause> Find(Case c) =>
        c.Recording.WebPage is not null ? [] : new[] { Over(c), Wrong(c), Missing(c), OneSided(c) }.OfType<Cause>();

    private static Cause? Over(Case c)
    {
        var told = c.Faults(Expired).ToList();
        var timely = c.Started.Where(run => c.Context.MintsTokens != false && EndedWithItsToken(run)).ToList();
        if (told.Count == 0 && timely.Count == 0)
        {
            return null;
        }

        var run = told.Count > 0 ? told[0].Run : timely[0];
        var isEarly = (run.EndedAt ?? run.DoubtSince) < EndOfToken(run) - NoticedWithin;
        return new()
        {
            Code = CauseCode.TokenExpired,
            Title = "The recorder's token ran out",
            Explanation = "A recorder's token cannot be renewed, so Agora threw the recorder out of the channel when it ran out.",
            Confidence = told.Count > 0 ? Certain : Likely,
            Evidence = Case.Ordered([
                .. told.Select(pair => Case.OfFault(pair.Run, pair.Fault)),
                .. c.Life(run),
                .. run.Parameters is { } p
                    ?
                    [
                        new Fact(
                            p.TokenIssuedAt,
                            run.Generation,
                            $"The token was made, good for {Case.Length(p.TokenLifetime)} until {Case.Time(EndOfToken(run)!.Value)} by this service's clock."
                        ),
                    ]
                    : Array.Empty<Fact>(),
            ]),
            Advice = isEarly
                ? "By this service's clock the token was still good: compare the clock of the PostgreSQL host with the true time, because tokens carry it."
                : "A token lives 24 h at most: end recordings before (maxDuration, at most 23 h 30 min), and start a new one for what goes on.",
        };
    }

    private static Cause? Wrong(Case c)
    {
        var invalid = c.Context.MintsTokens == false ? [] : c.Faults(Invalid).ToList();
        var failed = c.Context.MintsTokens == false ? [] : c.Faults(JoinFailed).ToList();
        if (invalid.Count + failed.Count == 0 && !(c.Context.MintsTokens == true && c.AllVanished && c.VanishedInSilence.Count > 1))
        {
            return null;
        }

        return new()
        {
            Code = CauseCode.TokenRefused,
            Title = "The recorder's token is wrong",
            Explanation = "Agora refuses the token that this service made for the recorder.",
            Confidence =
                invalid.Count > 0 ? Certain
                : failed.Count == 0 || c.ProvenPeers.Count > 0 ? Possible
                : Likely,
            Evidence = Case.Ordered([
                .. invalid.Concat(failed).Select(pair => Case.OfFault(pair.Run, pair.Fault)),
                .. c.Vanished.SelectMany(c.Life),
                new Fact(null, null, "This service makes the token of each recorder from App ID, certificate, channel and uid."),
                .. Peers(c),
            ]),
            Advice =
                "In Agora's console, page of the project: compare App ID and primary certificate with Agora:Projects:NAME:AppId and Certificate; both must be of one "
                + "project, the one that the clients use.",
        };
    }

    private static Cause? Missing(Case c)
    {
        var told = c.Faults(JoinFailed, Invalid).ToList();
        if (c.Context.MintsTokens != false || (told.Count == 0 && !(c.AllVanished && c.VanishedInSilence.Count > 0)))
        {
            return null;
        }

        return new()
        {
            Code = CauseCode.TokenMissing,
            Title = "The clients use tokens and the recorder does not",
            Explanation = "The channel can be joined with a token only, and no certificate is configured to make one for the recorder.",
            Confidence = told.Count > 0 ? Certain : Possible,
            Evidence = Case.Ordered([
                .. told.Select(pair => Case.OfFault(pair.Run, pair.Fault)),
                .. c.Vanished.SelectMany(c.Life),
                new Fact(
                    null,
                    null,
                    $"Project '{c.Recording.Project}' has no certificate in the configuration, so recorders join without a token."
                ),
            ]),
            Advice =
                "In Agora's console, page of the project: copy the primary certificate into Agora:Projects:NAME:Certificate (or a file that it refers to) and restart.",
        };
    }

    private static Cause? OneSided(Case c)
    {
        var told = c.Faults(JoinFailed).ToList();
        var heardNobody = c.Started.Count > 0 && c.Runs.All(run => !run.SawMedia) && c.Runs.Any(run => run.End == RunEnd.Idle);
        if (c.Context.MintsTokens != true || (told.Count == 0 && !heardNobody))
        {
            return null;
        }

        return new()
        {
            Code = CauseCode.TokenOnlyAtRecorder,
            Title = "The recorder uses a token and the clients do not",
            Explanation =
                told.Count > 0
                    ? "The recorder could not join with its token; the token is made as for other recordings, so the clients of this channel may work without tokens or with another App ID."
                    : "The recorder joined with a token and met nobody: clients without a token cannot be in the same channel.",
            Confidence = told.Count > 0 && c.ProvenPeers.Count > 0 ? Likely : Possible,
            Evidence = Case.Ordered([
                .. told.Select(pair => Case.OfFault(pair.Run, pair.Fault)),
                .. c.Started.TakeLast(1).SelectMany(c.Life),
                new Fact(null, null, "This service makes a token for each recorder of this project."),
                .. Peers(c),
            ]),
            Advice =
                "See with which App ID and token the clients join this channel. Either they join with tokens of this project too, or the project works without "
                + "tokens: then leave Agora:Projects:NAME:Certificate out.",
        };
    }

    private static IEnumerable<Fact> Peers(Case c) =>
        c.ProvenPeers.Count == 0
            ? []
            :
            [
                new(
                    c.ProvenPeers[0].ConfirmedAt,
                    null,
                    $"Another recording of this project was proven with a token made in the same way: {c.ProvenPeers[0].Id}, channel '{c.ProvenPeers[0].Channel}'."
                ),
            ];

    private static DateTimeOffset? EndOfToken(Run run) => run.Parameters is { } p ? p.TokenIssuedAt + p.TokenLifetime : null;

    private static bool EndedWithItsToken(Run run) =>
        run is { End: RunEnd.Died or RunEnd.Lost, EndedAt: { } endedAt } && (endedAt - EndOfToken(run))?.Duration() <= NoticedWithin;
}
