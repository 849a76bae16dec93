using System.Collections.Concurrent;
using RecordingService.Domain;
using RecordingService.Domain.RoomTypes;

namespace RecordingService.Infrastructure.Storage;

/// <summary>Looks through a bucket's public address for what a run should have left there; lists its folder where the profile has keys for that.</summary>
internal sealed class RecordingFiles(StorageProfiles profiles, S3Stores stores, Bucket bucket, TimeSpan lookTimeout, TimeProvider time)
    : IRecordingFiles
{
    /// <summary>Two hours of 15 s slices are all looked for; of longer recordings, this many, evenly spread, so that a slow bucket is done in time, too.</summary>
    internal const int MaxSlicesChecked = 480;

    /// <summary>Of more pictures, this many are told by name, evenly spread; all are counted.</summary>
    private const int MaxSnapshotsTold = 1000;

    private const int ParallelRequests = 32;

    public bool RenewsCredentials(string storageProfile) => profiles.Find(storageProfile) is { RenewsCredentials: true };

    public bool CanFindSid(string storageProfile) => profiles.Find(storageProfile) is { HasOwnAccess: true };

    public async Task<SidSearch> FindSidAsync(
        string storageProfile,
        IReadOnlyList<string> fileNamePrefix,
        CancellationToken cancellationToken
    )
    {
        if (profiles.Find(storageProfile) is not { } profile || stores.OwnOf(profile) is not { } store)
        {
            return new SidSearch(null, $"Storage profile '{storageProfile}' has no keys to list files with.");
        }

        var listing = await store.ListAsync(fileNamePrefix, cancellationToken).ConfigureAwait(false);
        if (listing.Fault is { } fault)
        {
            return new SidSearch(null, $"The folder of the run could not be listed. {fault.Sentence}");
        }

        var sids = listing.Objects.Select(o => PlaylistNames.SidOf(o.Name)).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        return sids switch
        {
            [var sid] => new SidSearch(sid, "Files in the folder of the run carry this sid."),
            [] when listing.Objects.Count == 0 => new SidSearch(null, "No file is in the folder of the run yet."),
            [] => new SidSearch(
                null,
                $"None of the {listing.Objects.Count} files in the folder of the run is named as recorders name them."
            ),
            _ => new SidSearch(null, $"Files of {sids.Count} recorders are in the folder of the run, so which is its own cannot be told."),
        };
    }

    public Uri? PlaylistUrl(RunFiles run) =>
        profiles.Find(run.StorageProfile)?.PublicBaseUrl is { } baseUrl && PlaylistName(run) is { } name
            ? PlaylistNames.Address(baseUrl, run.FileNamePrefix, name)
            : null;

    public string? PlaylistName(RunFiles run) =>
        PlaylistNames.Expected(run).FirstOrDefault(playlist => playlist.Need == PlaylistNeed.Required)?.Spellings[0];

    public async Task<FilesInspection> InspectAsync(RunFiles run, CancellationToken cancellationToken)
    {
        var profile = profiles.Find(run.StorageProfile);
        var folder = profile?.PublicBaseUrl is { } baseUrl ? new Folder(baseUrl, run.FileNamePrefix) : (Folder?)null;
        var store = profile is null ? null : stores.OwnOf(profile);
        if (run.SnapshotsOnly ? store is null : folder is null)
        {
            return Without(
                FilesVerdict.NotVerifiable,
                run.SnapshotsOnly
                    ? $"Pictures have no playlist, and storage profile '{run.StorageProfile}' has no keys to list them with."
                    : $"Storage profile '{run.StorageProfile}' has no public address to look through."
            );
        }

        using var timeout = new CancellationTokenSource(lookTimeout, time);
        using var budget = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            var listing = store is null ? null : await store.ListAsync(run.FileNamePrefix, budget.Token).ConfigureAwait(false);
            return run.SnapshotsOnly
                ? JudgeSnapshots(run, folder, listing!)
                : await InspectAsync(run, folder!.Value, listing is { Fault: null } ? listing : null, budget.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Without(FilesVerdict.Unreachable, "The bucket is too slow: the files could not be checked in time.");
        }
    }

    private static FilesInspection Without(FilesVerdict verdict, string detail) => new(verdict, [], null, detail);

    private static FilesInspection JudgeSnapshots(RunFiles run, Folder? folder, StoreListing listing)
    {
        if (listing.Fault is { } fault)
        {
            return Without(FilesVerdict.Unreachable, $"The folder of the run could not be listed. {fault.Sentence}");
        }

        var pictures = Snapshots(run, listing);
        return pictures.Count == 0
            ? Without(FilesVerdict.Missing, "No picture is in the folder of the run.")
            : new FilesInspection(
                FilesVerdict.Complete,
                folder is { } shown ? [.. Told(shown, pictures)] : [],
                null,
                $"{(listing.IsWhole ? "" : "At least ")}{pictures.Count} pictures are in the folder of the run."
            );
    }

    private static List<StoredObject> Snapshots(RunFiles run, StoreListing listing) =>
        [
            .. listing
                .Objects.Where(o =>
                    o.Name.EndsWith(".jpg", StringComparison.OrdinalIgnoreCase) && o.Name.Contains(run.Sid, StringComparison.Ordinal)
                )
                .OrderBy(o => o.Name, StringComparer.Ordinal),
        ];

    private static IEnumerable<RecordingFile> Told(Folder folder, List<StoredObject> pictures) =>
        Spread(pictures, MaxSnapshotsTold)
            .Select(p => new RecordingFile(p.Name, folder.Address(p.Name), RecordingFileKind.Snapshot, p.Bytes, null));

    private async Task<FilesInspection> InspectAsync(
        RunFiles run,
        Folder folder,
        StoreListing? listing,
        CancellationToken cancellationToken
    )
    {
        List<string> listed = [.. listing?.Objects.Select(o => o.Name) ?? []];
        var expected = PlaylistNames.Expected(run, listed);
        var found = new List<FoundPlaylist>();
        FilesInspection? refused = null;
        foreach (var playlist in expected)
        {
            var (content, answer) = await ReadAsync(folder, playlist, cancellationToken).ConfigureAwait(false);
            if (content is not null)
            {
                found.Add(content);
            }
            else if (answer.Presence == Presence.Refused && playlist.Need != PlaylistNeed.Required)
            {
                // A bucket that may not be listed refuses what does not exist. Where it shows another playlist, this one is not there.
                refused ??= Unreadable(playlist.Spellings[0], answer);
            }
            else if (answer.Presence != Presence.Absent)
            {
                return Unreadable(playlist.Spellings[0], answer);
            }
        }

        if (found.Count == 0 && refused is not null)
        {
            return refused;
        }

        if (
            listing is null
            && run.Mode != RecordingMode.Individual
            && await AddMovedAsync(run, folder, expected, found, cancellationToken).ConfigureAwait(false) is { } silence
        )
        {
            return silence;
        }

        if (found.Count == 0)
        {
            var detail =
                expected.Count == 0
                    ? "Agora has not named a playlist yet."
                    : $"No playlist is there; looked for {string.Join(" and ", expected.SelectMany(p => p.Spellings))}.";
            return Without(FilesVerdict.Missing, detail);
        }

        // What was found without being named tells of moves, too, and so of what may be missing before them.
        var absent = PlaylistNames
            .Expected(run, [.. listed, .. found.Select(p => p.Name)])
            .Where(p => !found.Exists(f => f.Name == p.Transferred || p.Spellings.Contains(f.Name)))
            .ToList();
        return await CheckSlicesAsync(run, folder, absent, found, listing, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Looks by rule for playlists of later servers, one after the other, where the folder cannot be listed and Agora did not name them.</summary>
    private async Task<FilesInspection?> AddMovedAsync(
        RunFiles run,
        Folder folder,
        IReadOnlyList<ExpectedPlaylist> expected,
        List<FoundPlaylist> found,
        CancellationToken cancellationToken
    )
    {
        for (var move = 0; move < PlaylistNames.MostMoves; move++)
        {
            var names = PlaylistNames.ByRule(run.Sid, run.Channel).Select(name => PlaylistNames.AfterMove(move, name)).ToList();
            if (expected.Any(p => p.Spellings.Contains(names[0])))
            {
                continue;
            }

            var (playlist, answer) = await ReadFirstAsync(folder, names, cancellationToken).ConfigureAwait(false);
            if (playlist is null && answer.Presence != Presence.Silent && move + 1 < run.MovesInSilence)
            {
                continue;
            }

            if (playlist is null)
            {
                // Refused is absent here: the playlist beside it was shown, and a bucket that may not be listed refuses what does not exist.
                return answer.Presence == Presence.Silent ? Unreadable(names[0], answer) : null;
            }

            found.Add(playlist);
        }

        return null;
    }

    /// <summary>The playlist under one of its names, or its version from the backup cloud where that is larger.</summary>
    private async Task<(FoundPlaylist? Playlist, BucketAnswer Last)> ReadAsync(
        Folder folder,
        ExpectedPlaylist expected,
        CancellationToken cancellationToken
    )
    {
        var own = await ReadFirstAsync(folder, expected.Spellings, cancellationToken).ConfigureAwait(false);
        if (expected.Transferred is not { } name || own.Last.Presence == Presence.Silent)
        {
            return own;
        }

        var transferred = await ReadFirstAsync(folder, [name], cancellationToken).ConfigureAwait(false);
        return transferred.Playlist is { } later && (own.Playlist is not { } first || later.Bytes > first.Bytes) ? transferred : own;
    }

    private static FilesInspection Unreadable(string name, BucketAnswer answer) =>
        answer switch
        {
            { Presence: Presence.Found } => new FilesInspection(
                FilesVerdict.Incomplete,
                [],
                null,
                $"{name} is there, but it is no playlist that can be read: {answer.Reason}."
            ),
            { Presence: Presence.Refused } => new FilesInspection(
                FilesVerdict.Unreachable,
                [],
                null,
                $"The bucket refused to show {name} ({answer.Reason}). A bucket that may not be listed answers so for files that do not exist, too."
            ),
            _ => new FilesInspection(FilesVerdict.Unreachable, [], null, $"The bucket did not answer for {name}: {answer.Reason}."),
        };

    private async Task<(FoundPlaylist? Playlist, BucketAnswer Last)> ReadFirstAsync(
        Folder folder,
        IReadOnlyList<string> spellings,
        CancellationToken cancellationToken
    )
    {
        var last = new BucketAnswer(Presence.Absent, "not found");
        foreach (var name in spellings)
        {
            var answer = await bucket.ReadAsync(folder.Address(name), cancellationToken).ConfigureAwait(false);
            if (answer is { Presence: Presence.Found, Text: { } text, Bytes: { } bytes } && HlsPlaylist.Parse(text) is { } content)
            {
                return (new FoundPlaylist(name, folder.Address(name), bytes, content), answer);
            }

            // One spelling that is absent says nothing; one that failed must not be hidden by the next one's absence.
            last = answer.Presence == Presence.Absent ? last : answer;
        }

        return (null, last.Reason.Length > 0 ? last : last with { Reason = "it does not begin with #EXTM3U" });
    }

    private async Task<FilesInspection> CheckSlicesAsync(
        RunFiles run,
        Folder folder,
        List<ExpectedPlaylist> absent,
        List<FoundPlaylist> playlists,
        StoreListing? listing,
        CancellationToken cancellationToken
    )
    {
        var slices = playlists.SelectMany(p => p.Content.Slices).DistinctBy(s => s.Name, StringComparer.Ordinal).ToList();
        var chosen = Spread(slices, MaxSlicesChecked);
        var sliceAnswers = await LookForAsync(folder, chosen.Select(s => s.Name), cancellationToken).ConfigureAwait(false);
        var mp4Names = run
            .Named.Select(f => PlaylistNames.WithoutFolders(f.FileName))
            .Concat(listing?.Objects.Select(o => o.Name).Where(n => n.Contains(run.Sid, StringComparison.Ordinal)) ?? [])
            .Where(n => n.EndsWith(".mp4", StringComparison.OrdinalIgnoreCase))
            .Distinct()
            .ToList();
        var mp4Answers = await LookForAsync(folder, mp4Names, cancellationToken).ConfigureAwait(false);

        RecordingFile[] files =
        [
            .. playlists.Select(p => new RecordingFile(p.Name, p.Address, RecordingFileKind.Playlist, p.Bytes, p.Content.Duration)),
            .. chosen
                .Where(s => sliceAnswers[s.Name].Presence == Presence.Found)
                .Select(s => new RecordingFile(
                    s.Name,
                    folder.Address(s.Name),
                    RecordingFileKind.Slice,
                    sliceAnswers[s.Name].Bytes,
                    s.Duration
                )),
            .. mp4Names
                .Where(n => mp4Answers[n].Presence == Presence.Found)
                .Select(n => new RecordingFile(n, folder.Address(n), RecordingFileKind.Mp4, mp4Answers[n].Bytes, null)),
            .. listing is null ? [] : Told(folder, Snapshots(run, listing)),
        ];
        var (verdict, detail) = Judge(absent, playlists, slices, sliceAnswers);
        return new FilesInspection(verdict, files, playlists[0].Address, detail);
    }

    private static (FilesVerdict Verdict, string Detail) Judge(
        List<ExpectedPlaylist> absent,
        List<FoundPlaylist> playlists,
        List<HlsSlice> slices,
        IReadOnlyDictionary<string, BucketAnswer> answers
    )
    {
        if (answers.Values.FirstOrDefault(a => a.Presence == Presence.Silent) is { Reason: { } silence })
        {
            return (FilesVerdict.Unreachable, $"The playlist is there, but the bucket did not answer for every slice: {silence}.");
        }

        // Refused counts as missing here: the playlist beside it was shown, and a bucket that may not be listed refuses what does not exist.
        var missing = slices
            .Where(s => answers.TryGetValue(s.Name, out var answer) && answer.Presence != Presence.Found)
            .Select(s => s.Name)
            .ToList();
        // A server that Agora moved a recorder away from closes nothing any more: only the list of the last server has an end.
        var open = playlists
            .Where(p => !p.Content.IsFinished && !playlists.Exists(other => PlaylistNames.Follows(other.Name, p.Name)))
            .Select(p => p.Name)
            .ToList();
        var lacking = absent.Where(p => p.Need == PlaylistNeed.Required).Select(p => p.Spellings[0]).ToList();
        var faults = new[]
        {
            lacking.Count > 0
                ? $"{lacking.Count} of {lacking.Count + playlists.Count} playlists are not there, the first is {lacking[0]}"
                : null,
            open.Count > 0 ? $"{open[0]} is not finished" : null,
            slices.Count == 0 ? "the playlist names no slice" : null,
            missing.Count > 0 ? $"{missing.Count} of {answers.Count} slices are missing, the first is {missing[0]}" : null,
        }.OfType<string>();
        var detail = string.Join("; ", faults);
        var whole = $"The playlist is finished, and all {answers.Count} slices that were looked for are there (of {slices.Count}).";
        var onlyOpen = open.Count > 0 && lacking.Count == 0 && missing.Count == 0 && slices.Count > 0;
        return detail.Length > 0 ? (onlyOpen ? FilesVerdict.Unfinished : FilesVerdict.Incomplete, $"Not complete: {detail}.")
            : absent.Find(p => p.Need == PlaylistNeed.Possible) is { } doubtful
                ? (
                    FilesVerdict.Inconclusive,
                    $"{whole} Agora moved the recorder to another server, and nothing tells whether {doubtful.Spellings[0]}, which is not there, was ever written."
                )
            : (FilesVerdict.Complete, whole);
    }

    private async Task<IReadOnlyDictionary<string, BucketAnswer>> LookForAsync(
        Folder folder,
        IEnumerable<string> names,
        CancellationToken cancellationToken
    )
    {
        var answers = new ConcurrentDictionary<string, BucketAnswer>(StringComparer.Ordinal);
        await Parallel
            .ForEachAsync(
                names,
                new ParallelOptions { MaxDegreeOfParallelism = ParallelRequests, CancellationToken = cancellationToken },
                async (name, token) => answers[name] = await bucket.LookForAsync(folder.Address(name), token).ConfigureAwait(false)
            )
            .ConfigureAwait(false);
        return answers;
    }

    /// <summary>At most <paramref name="count"/> items, first and last among them.</summary>
    private static List<T> Spread<T>(List<T> items, int count) =>
        items.Count <= count ? items : [.. Enumerable.Range(0, count).Select(i => items[(int)((long)i * (items.Count - 1) / (count - 1))])];

    private sealed record FoundPlaylist(string Name, Uri Address, long Bytes, HlsPlaylist Content);

    private readonly record struct Folder(Uri BaseUrl, IReadOnlyList<string> Folders)
    {
        /// <summary>A playlist names its slices by bare file name; whatever else stands there stays one name, so it can never lead out of the folder.</summary>
        public Uri Address(string name) => PlaylistNames.Address(BaseUrl, Folders, name);
    }
}
