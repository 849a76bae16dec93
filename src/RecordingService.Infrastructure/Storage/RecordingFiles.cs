using System.Collections.Concurrent;
using RecordingService.Domain;
using RecordingService.Domain.RoomTypes;

namespace RecordingService.Infrastructure.Storage;

/// <summary>Looks through a bucket's public address for what a run should have left there.</summary>
internal sealed class RecordingFiles(StorageProfiles profiles, Bucket bucket, TimeSpan lookTimeout, TimeProvider time) : IRecordingFiles
{
    /// <summary>Two hours of 15 s slices are all looked for; of longer recordings, this many, evenly spread, so that a slow bucket is done in time, too.</summary>
    internal const int MaxSlicesChecked = 480;

    private const int ParallelRequests = 32;

    public bool CanFindSid(string storageProfile) => false;

    public Task<SidSearch> FindSidAsync(string storageProfile, IReadOnlyList<string> fileNamePrefix, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Uri? PlaylistUrl(RunFiles run) =>
        run.Mode == RecordingMode.Mix && profiles.Find(run.StorageProfile)?.PublicBaseUrl is { } baseUrl
            ? PlaylistNames.Address(baseUrl, run.FileNamePrefix, PlaylistNames.Expected(run)[0][0])
            : null;

    public async Task<FilesInspection> InspectAsync(RunFiles run, CancellationToken cancellationToken)
    {
        if (profiles.Find(run.StorageProfile)?.PublicBaseUrl is not { } baseUrl)
        {
            return new FilesInspection(
                FilesVerdict.NotVerifiable,
                [],
                null,
                $"Storage profile '{run.StorageProfile}' has no public address to look through."
            );
        }

        using var timeout = new CancellationTokenSource(lookTimeout, time);
        using var budget = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            return await InspectAsync(run, new Folder(baseUrl, run.FileNamePrefix), budget.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new FilesInspection(
                FilesVerdict.Unreachable,
                [],
                null,
                "The bucket is too slow: the files could not be checked in time."
            );
        }
    }

    private async Task<FilesInspection> InspectAsync(RunFiles run, Folder folder, CancellationToken cancellationToken)
    {
        var expected = PlaylistNames.Expected(run);
        var found = new List<FoundPlaylist>();
        foreach (var spellings in expected)
        {
            var (playlist, answer) = await ReadFirstAsync(folder, spellings, cancellationToken).ConfigureAwait(false);
            if (playlist is not null)
            {
                found.Add(playlist);
            }
            else if (answer.Presence != Presence.Absent)
            {
                return Unreadable(spellings[0], answer);
            }
        }

        if (found.Count == 0)
        {
            var detail =
                expected.Count == 0
                    ? "Agora has not named a playlist yet."
                    : $"No playlist is there; looked for {string.Join(" and ", expected.SelectMany(s => s))}.";
            return new FilesInspection(FilesVerdict.Missing, [], null, detail);
        }

        return await CheckSlicesAsync(run, folder, expected.Count, found, cancellationToken).ConfigureAwait(false);
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
        int playlistsExpected,
        List<FoundPlaylist> playlists,
        CancellationToken cancellationToken
    )
    {
        var slices = playlists.SelectMany(p => p.Content.Slices).DistinctBy(s => s.Name, StringComparer.Ordinal).ToList();
        var chosen = Spread(slices, MaxSlicesChecked);
        var sliceAnswers = await LookForAsync(folder, chosen.Select(s => s.Name), cancellationToken).ConfigureAwait(false);
        var mp4Names = run
            .Named.Select(f => PlaylistNames.WithoutFolders(f.FileName))
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
        ];
        var (verdict, detail) = Judge(playlistsExpected, playlists, slices, sliceAnswers);
        return new FilesInspection(verdict, files, playlists[0].Address, detail);
    }

    private static (FilesVerdict Verdict, string Detail) Judge(
        int playlistsExpected,
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
        var open = playlists.Where(p => !p.Content.IsFinished).Select(p => p.Name).ToList();
        var faults = new[]
        {
            playlists.Count < playlistsExpected
                ? $"{playlistsExpected - playlists.Count} of {playlistsExpected} playlists that Agora named are not there"
                : null,
            open.Count > 0 ? $"{open[0]} is not finished" : null,
            slices.Count == 0 ? "the playlist names no slice" : null,
            missing.Count > 0 ? $"{missing.Count} of {answers.Count} slices are missing, the first is {missing[0]}" : null,
        }.OfType<string>();
        var detail = string.Join("; ", faults);
        return detail.Length > 0
            ? (FilesVerdict.Incomplete, $"Not complete: {detail}.")
            : (
                FilesVerdict.Complete,
                $"The playlist is finished, and all {answers.Count} slices that were looked for are there (of {slices.Count})."
            );
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

    /// <summary>At most <paramref name="count"/> slices, first and last among them.</summary>
    private static List<HlsSlice> Spread(List<HlsSlice> slices, int count) =>
        slices.Count <= count
            ? slices
            : [.. Enumerable.Range(0, count).Select(i => slices[(int)((long)i * (slices.Count - 1) / (count - 1))])];

    private sealed record FoundPlaylist(string Name, Uri Address, long Bytes, HlsPlaylist Content);

    private readonly record struct Folder(Uri BaseUrl, IReadOnlyList<string> Folders)
    {
        /// <summary>A playlist names its slices by bare file name; whatever else stands there stays one name, so it can never lead out of the folder.</summary>
        public Uri Address(string name) => PlaylistNames.Address(BaseUrl, Folders, name);
    }
}
