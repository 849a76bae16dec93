using RecordingService.Domain.Recordings;
using static RecordingService.Domain.Diagnosis.Confidence;

namespace RecordingService.Domain.Diagnosis;

/// <summary>S12 (5) and (6), S13, S14: what keeps files from arriving.</summary>
/// <remarks><b>Source:</b> Agora, receive notifications, errorCode (June 2026): module 1: 32, 47, 51; module 2: 50.</remarks>
internal static class StorageRules
{
    private const int Uploader = 1;
    private const int CloudService = 2;
    private const int WrongConfiguration = 32;
    private const int UploadFailed = 47;
    private const int UploadTimedOut = 50;
    private const int FileOperationFailed = 51;

    private const int LooksInVain = 4;

    public static IEnumerable<Cause> Find(Case c) => new[] { Refused(c), Far(c), NotShown(c) }.OfType<Cause>();

    private static Cause? Refused(Case c)
    {
        var wrong = Told(c, Uploader, WrongConfiguration);
        var failed = Told(c, Uploader, UploadFailed, FileOperationFailed);
        var probe = c.Context.Bucket?.Probe;
        var isRefused = probe is { Works: false };
        var isMissing = c.Recording.Files == FilesState.Missing;
        var isSilent = c.AllVanished && c.VanishedInSilence.Count > 0;
        var nothingYet = c.Runs.All(run => run.Named.Count == 0 && run.Evidence.Upload == UploadStatus.Unknown);
        Confidence? confidence =
            wrong.Count > 0 || (isRefused && (failed.Count > 0 || isMissing)) ? Certain
            : isRefused && nothingYet && !HasGoodFiles(c) ? Likely
            : failed.Count > 0
                ? probe is { Works: true } || c.Context.Bucket?.IsElsewhere == true ? Possible
                    : Likely
            : (isMissing && !WasUploaded(c)) || (isSilent && probe is not { Works: true }) ? Possible
            : null;
        return confidence is not { } sure
            ? null
            : new()
            {
                Code = CauseCode.StorageRefused,
                Title = probe is { Works: false, Field: { } field }
                    ? $"The storage profile is wrong: {field}"
                    : "Bucket or keys of the storage profile are wrong",
                Explanation = isRefused
                    ? $"The bucket of storage profile '{c.Recording.StorageProfile}' cannot be written with the recorder's keys: {probe!.Message}"
                    : $"Agora cannot write to the bucket of storage profile '{c.Recording.StorageProfile}' with its keys.",
                Confidence = sure,
                Evidence = Case.Ordered([
                    .. wrong.Concat(failed).Select(pair => Case.OfFault(pair.Run, pair.Fault)),
                    .. isMissing || isSilent ? c.Started.TakeLast(2).SelectMany(c.Life) : [],
                    .. Looks(c),
                    .. Probe(c),
                ]),
                Advice = probe is { Works: false, Field: { } at, WhereFound: { } where }
                    ? $"Correct Storage:Profiles:{c.Recording.StorageProfile}:{at}. {where}"
                    : $"Compare bucket, region, accessKey and secretKey of Storage:Profiles:{c.Recording.StorageProfile} with the vendor's console: the bucket with its region in the list "
                        + "of buckets, the keys in the account's access key management; the key must be allowed to write.",
            };
    }

    private static Cause? Far(Case c)
    {
        var slow = Told(c, CloudService, UploadTimedOut).Concat(Told(c, Uploader, UploadTimedOut)).ToList();
        var failed = Told(c, Uploader, UploadFailed, FileOperationFailed);
        var backedUp = c.Runs.Where(run => run.Evidence.Upload == UploadStatus.BackedUp).ToList();
        var repeated = c.Runs.Where(run => run.Evidence.RepeatedUploads > 0).ToList();
        var unfinished = c.Runs.Where(run => run is { EndedAt: not null, Evidence.UploadProgress: < 10_000 } && !IsHere(run)).ToList();
        var lost = c.Recording.Files is FilesState.Partial or FilesState.Missing;
        var elsewhere = c.Context.Bucket?.IsElsewhere;
        var isSlow = slow.Count + backedUp.Count + repeated.Count > 0;
        if (
            c.Recording.Files == FilesState.Complete
            || !(isSlow || unfinished.Count > 0 || failed.Count > 0 || (lost && elsewhere == true))
        )
        {
            return null;
        }

        return new()
        {
            Code = CauseCode.CrossRegion,
            Title = elsewhere == true ? "The bucket is in another region than the recorder" : "Uploads to the bucket are slow",
            Explanation =
                elsewhere == true
                    ? $"The bucket is in {c.Context.Bucket!.Area} and the calls come from {c.Context.Bucket.CallsFrom}; files wait near the server that took the request, and Agora "
                        + "waits only a bounded time for their upload."
                    : "Agora could not bring all files to the bucket in time; what it keeps in its backup arrives within 24 h or is lost.",
            Confidence =
                elsewhere == true
                    ? isSlow
                        ? Certain
                        : Likely
                    : elsewhere is null && isSlow
                        ? Likely
                        : Possible,
            Evidence = Case.Ordered([
                .. slow.Concat(failed).Select(pair => Case.OfFault(pair.Run, pair.Fault)),
                .. backedUp.Select(run => new Fact(
                    run.EndedAt,
                    run.Generation,
                    "Agora told that files went to its backup (event 32) and has not told of their arrival (event 31)."
                )),
                .. repeated.Select(run => new Fact(
                    run.EndedAt,
                    run.Generation,
                    $"Agora told {run.Evidence.RepeatedUploads} times that it repeats an upload (event 2, module 1, code 31 or 32)."
                )),
                .. unfinished.Select(run => new Fact(
                    run.EndedAt,
                    run.Generation,
                    $"The upload was last told to be {run.Evidence.UploadProgress / 100.0:0.#} % done (event 33)."
                )),
                .. Looks(c),
                .. c.Context.Bucket is { } b
                    ? [new Fact(null, null, $"The bucket '{b.Bucket}' is in {b.Area}; calls come from {b.CallsFrom}.")]
                    : Array.Empty<Fact>(),
                .. Probe(c),
            ]),
            Advice =
                "Use a storage profile in the region of this service (Storage:Profiles:NAME:Region). Where the bucket must stay, name hosts of its region in Agora:RegionHosts:AREA. Files in "
                + "Agora's backup are followed for 24 h; look again later.",
        };
    }

    private static Cause? NotShown(Case c)
    {
        // One file that was found there proves the address for all of them.
        if (c.Runs.Any(run => run.FilesShown))
        {
            return null;
        }

        // The looks of the first seconds may come before the files show.
        var told = c
            .Runs.Where(run =>
                run
                    is { Evidence.Upload: UploadStatus.Uploaded, Files: FilesState.Missing }
                        or { Evidence.Upload: UploadStatus.Uploaded, Phase: RunPhase.Uploading, Tries: >= LooksInVain }
            )
            .ToList();
        var isOpen = c.Context.Bucket is { HasPublicAddress: true };
        var unread =
            c.Recording is { Files: FilesState.NotVerified }
            && isOpen
            && c.Runs.Any(run => run is { SawMedia: true, Files: FilesState.NotVerified });
        if (told.Count == 0 && !unread && c.Recording.Files != FilesState.Missing)
        {
            return null;
        }

        return new()
        {
            Code = CauseCode.PublicAddressWrong,
            Title = "The public address does not show the files",
            Explanation =
                told.Count > 0
                    ? "Agora told that everything is uploaded, but nothing is found under the public address of the storage profile."
                    : "The files may lie in the bucket, while the public address of the storage profile does not show them.",
            Confidence = told.Count > 0 || c.Context.Bucket?.Probe is { Works: true } ? Likely : Possible,
            Evidence = Case.Ordered([
                .. told.Select(run => new Fact(run.EndedAt, run.Generation, "Agora told that everything is uploaded (event 31).")),
                .. Looks(c),
                .. c
                    .Runs.Where(run => run.Playlist is not null)
                    .Select(run => new Fact(run.EndedAt, run.Generation, $"The playlist was looked for at {run.Playlist}.")),
                .. Probe(c),
            ]),
            Advice =
                $"Open the playlist's address in a browser. Storage:Profiles:{c.Recording.StorageProfile}:PublicBaseUrl must stand for the root of the bucket and be readable; the vendor's console "
                + "shows the bucket's domain on its page.",
        };
    }

    private static bool IsHere(Run run) => run.Files == FilesState.Complete || run.Evidence.Upload == UploadStatus.Uploaded;

    private static bool WasUploaded(Case c) => c.Runs.Any(run => run.Evidence.Upload == UploadStatus.Uploaded);

    /// <summary>Whether other recordings in the same bucket have their files.</summary>
    private static bool HasGoodFiles(Case c) =>
        c.Context.Peers.Any(peer =>
            peer.StorageProfile.Equals(c.Recording.StorageProfile, StringComparison.OrdinalIgnoreCase)
            && peer.Files is FilesState.Complete or FilesState.Partial
        );

    private static IReadOnlyList<(Run Run, ToldFault Fault)> Told(Case c, int module, params int[] codes) =>
        [.. c.Faults(codes).Where(pair => pair.Fault.Module == module)];

    /// <summary>The last look into the bucket.</summary>
    private static IEnumerable<Fact> Looks(Case c) =>
        c.Context.Answers.LastOrDefault(a => a.Operation == "inspect") is { } look
            ? [new(look.LastAt, look.Generation, $"The bucket was looked into: {look.Text}")]
            : [];

    private static IEnumerable<Fact> Probe(Case c) =>
        c.Context.Bucket is { Probe: { } probe } bucket
            ?
            [
                new(
                    null,
                    null,
                    $"A small write into '{bucket.Bucket}' at {bucket.Vendor} with the recorder's keys {(probe.Works ? "worked" : "failed")}: {probe.Message}"
                ),
            ]
            : [];
}
