using RecordingService.Domain.Recordings;
using RecordingService.Domain.RoomTypes;
using static RecordingService.Domain.Diagnosis.Confidence;

namespace RecordingService.Domain.Diagnosis;

/// <summary>What the channel gives a recorder to record: nobody, nobody any more, or nothing that it can read.</summary>
internal static class ChannelRules
{
    public static IEnumerable<Cause> Find(Case c) =>
        new[] { Subscribed(c), Encrypted(c), Page(c), NobodyPublished(c), FellSilent(c), Changes(c) }.OfType<Cause>();

    private static Cause? Subscribed(Case c)
    {
        var run = c.Deaf is [.., var last] ? last : null;
        var subscription = run is null ? null : c.Recording.Wishes.Subscription?.Value ?? run.Parameters?.Subscription;
        if (subscription is null || (subscription.Audio.Kind == SelectionKind.All && subscription.Video.Kind == SelectionKind.All))
        {
            return null;
        }

        return new()
        {
            Code = CauseCode.SubscribedToNobody,
            Title = "The subscription leaves out everybody who publishes",
            Explanation =
                "The recorder is in the channel and takes only the sound and picture that its subscription names; nobody of them publishes.",
            Confidence = Likely,
            Evidence = Case.Ordered([
                .. Deafness(c),
                new Fact(null, run!.Generation, $"The subscription: audio {Text(subscription.Audio)}, video {Text(subscription.Video)}."),
            ]),
            Advice = "Compare the uids of the clients with GET /v1/recordings/{id}/subscription; PATCH it with null to record everybody.",
        };
    }

    private static Cause? Encrypted(Case c)
    {
        if (c.Deaf.Count == 0)
        {
            return null;
        }

        var heard = c.Deaf.Any(run => run.Evidence.Streams.Count > 0);
        var stayed = c.Deaf.Any(Case.OutlivedItsIdleTime);
        var alike = c.Context.Peers.FirstOrDefault(peer =>
            peer.IsEncrypted && peer.HeardMedia && (peer.Channel == c.Recording.Channel || peer.RoomType == c.Recording.RoomType)
        );
        var hasKey = c.Recording.Encryption is not null;
        return new()
        {
            Code = CauseCode.EncryptionMismatch,
            Title = hasKey
                ? "The recorder's encryption differs from the channel's"
                : "The channel is encrypted and the recorder has no key",
            Explanation = hasKey
                ? "The recorder is in the channel and can read nothing: its mode, key or salt differ from those of the clients."
                : "The recorder is in the channel and can read nothing, as in a channel that is encrypted; it was started without a key.",
            Confidence = heard || stayed || (alike is not null && !hasKey) ? Likely : Possible,
            Evidence = Case.Ordered([
                .. Deafness(c),
                .. c
                    .Deaf.Where(Case.OutlivedItsIdleTime)
                    .Select(run => new Fact(
                        run.EndedAt ?? run.LastProofAt,
                        run.Generation,
                        $"It stayed longer than its idle time of {Case.Length(run.Parameters!.MaxIdleTime)}, after which it leaves an empty channel: somebody is there."
                    )),
                new Fact(
                    null,
                    null,
                    hasKey
                        ? $"The recording was started with encryption {c.Recording.Encryption!.Mode} and key '{c.Recording.Encryption.Key}'."
                        : "The recording was started without encryption."
                ),
                .. alike is null
                    ? Array.Empty<Fact>()
                    :
                    [
                        new Fact(
                            alike.ConfirmedAt,
                            null,
                            $"Recording {alike.Id} of room type '{alike.RoomType}' was started with a key and heard somebody."
                        ),
                    ],
            ]),
            Advice =
                "Ask how the clients of this channel are encrypted, and start with the very same mode, key and salt (member encryption of POST /v1/recordings; keys stand under "
                + "Agora:Projects:NAME:ChannelKeys). If they are not encrypted: do they publish sound or video at all?",
        };
    }

    private static Cause? Page(Case c)
    {
        var failed = c.Recording.WebPage is null
            ? []
            : c.Runs.Where(run => run.Evidence.Departure is { Cause: LeaveCause.Failed }).ToList();
        return failed.Count == 0
            ? null
            : new()
            {
                Code = CauseCode.PageFailed,
                Title = "The web page could not be recorded",
                Explanation = failed[^1].Evidence.Departure!.Detail,
                Confidence = Certain,
                Evidence = Case.Ordered(failed.SelectMany(c.Life)),
                Advice =
                    "Open the address from outside your network: it must answer without a login, load within the time that was set, and stay within 1920 x 1080 and without WebGL.",
            };
    }

    private static Cause? NobodyPublished(Case c)
    {
        if (c.Recording.WebPage is not null || c.Runs.Any(run => run.SawMedia))
        {
            return null;
        }

        var idled = c.Started.Where(run => run.End == RunEnd.Idle).ToList();
        var told = idled.Where(run => run.Evidence.Departure is { Cause: LeaveCause.Idle }).ToList();
        if (idled.Count == 0 && c.Deaf.Count == 0)
        {
            return null;
        }

        return new()
        {
            Code = CauseCode.NobodyPublished,
            Title = "Nobody published in the channel",
            Explanation =
                idled.Count > 0
                    ? $"Nobody published in channel '{c.Recording.Channel}', so the recorder left after its idle time and there is nothing to upload."
                    : $"The recorder was in channel '{c.Recording.Channel}' and heard nobody.",
            Confidence =
                told.Count > 0 ? Certain
                : idled.Count > 0 || !c.Deaf.Any(Case.OutlivedItsIdleTime) ? Likely
                : Possible,
            Evidence = Case.Ordered([.. idled.SelectMany(run => Silence(c, run)), .. Deafness(c)]),
            Advice =
                c.Recording.Policy.ChannelProfile == ChannelProfile.Live
                    ? "See whether the clients joined this channel with this App ID, as hosts (an audience does not count), and whether they publish. If the class began later, start later or raise longestBreak."
                    : "See whether the clients joined this channel with this App ID, and whether they publish. If the class began later, start later or raise longestBreak.",
        };
    }

    private static Cause? FellSilent(Case c)
    {
        var idled = c.Started.Where(run => run.End == RunEnd.Idle).ToList();
        if (c.Recording.WebPage is not null || idled.Count == 0 || !c.Runs.Any(run => run.SawMedia))
        {
            return null;
        }

        return new()
        {
            Code = CauseCode.FellSilent,
            Title = "Nobody published any more",
            Explanation =
                "Somebody was recorded, then nobody published for the idle time, and the recorder left as the room type wants it.",
            Confidence = idled.Any(run => run.Evidence.Departure is { Cause: LeaveCause.Idle }) ? Certain : Likely,
            Evidence = Case.Ordered(idled.SelectMany(run => Silence(c, run))),
            Advice =
                $"If the class was over, nothing. If it was a break, raise longestBreak of room type '{c.Recording.RoomType}' or of the recording, or let the room type resume after an idle exit.",
            IsAside = c.Recording.Stop is not { Reason: EndReason.Idle },
        };
    }

    private static Cause? Changes(Case c)
    {
        var refused = c.Runs.Where(run => run.RefusedChanges.Count > 0).ToList();
        return refused.Count == 0
            ? null
            : new()
            {
                Code = CauseCode.ChangeRefused,
                Title = "A change of the running recorder was refused",
                Explanation = "Agora refused a change of layout, subscription or storage keys; the recorder goes on as it was.",
                Confidence = Certain,
                Evidence = Case.Ordered([
                    .. refused.Select(run => new Fact(
                        null,
                        run.Generation,
                        $"{run.RefusedChanges[^1].Operation}, version {run.RefusedChanges[^1].Version}, was refused: {run.RefusedChanges[^1].Message}"
                    )),
                    .. c
                        .Context.Answers.Where(a => a is { Operation: "update" or "updateLayout", Failure: not null })
                        .Select(Case.OfAnswer),
                ]),
                Advice = "Send a corrected change (PATCH layout or subscription); the message names what Agora does not accept.",
                IsAside = true,
            };
    }

    private static IEnumerable<Fact> Silence(Case c, Run run)
    {
        foreach (var fact in c.Life(run))
        {
            yield return fact;
        }

        if (run.Parameters is { MaxIdleTime: var idle })
        {
            yield return new(null, run.Generation, $"Its idle time (maxIdleTime) was {Case.Length(idle)}.");
        }
    }

    private static IEnumerable<Fact> Deafness(Case c)
    {
        foreach (var run in c.Deaf)
        {
            yield return new(
                run.ProvenAt,
                run.Generation,
                $"The recorder was in the channel for {Case.Length(Case.InChannel(run))} (status 4), and no answer ever named a file."
            );
            foreach (var stream in run.Evidence.Streams)
            {
                yield return new(
                    stream.At,
                    run.Generation,
                    $"Agora told of {(stream.IsVideo ? "video (event 44)" : "audio (event 43)")} of user {stream.Uid}."
                );
            }

            foreach (
                var answer in c.Context.Answers.Where(a =>
                    a.Generation == run.Generation
                    && a is { Operation: "query", Failure: null } or { Failure: AgoraFailureKind.NothingRecorded }
                )
            )
            {
                yield return Case.OfAnswer(answer);
            }
        }
    }

    private static string Text(StreamSelection selection) =>
        selection.Kind switch
        {
            SelectionKind.All => "of everybody",
            SelectionKind.Only => $"of {string.Join(", ", selection.Uids)} only",
            SelectionKind.AllBut => $"of everybody but {string.Join(", ", selection.Uids)}",
        };
}
