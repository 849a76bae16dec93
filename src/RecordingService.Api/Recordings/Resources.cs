using RecordingService.Domain;
using RecordingService.Domain.Recordings;
using RecordingService.Infrastructure.Agora;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Recordings;

/// <summary>Recordings as callers see them.</summary>
internal static class Resources
{
    public static RecordingResource ToResource(this RecordingSnapshot snapshot, StorageRoutes routes)
    {
        var recording = snapshot.Recording;
        var playlists = recording.Runs.Select(PlaylistOf).OfType<Uri>().ToList();
        return new()
        {
            Id = recording.Id,
            State = recording.State,
            Reason = snapshot.Reason is { } reason ? new(reason.Code, reason.Message, reason.Advice) : null,
            Channel = recording.Channel,
            Project = recording.Project,
            Label = recording.Label,
            RoomType = recording.RoomType,
            Mode = recording.Policy.Mode,
            Encryption = recording.Encryption is { } encryption ? new(encryption.Mode, encryption.Key) : null,
            WebPage = recording.WebPage is { } page ? new(page) : null,
            ExternalId = snapshot.ExternalId,
            Metadata = snapshot.Metadata,
            StorageProfile = recording.StorageProfile,
            StorageWarning = routes.Of(recording.Project, recording.StorageProfile)?.Warning,
            MaxDuration = recording.Wishes.MaxDuration,
            LongestBreak =
                recording.Wishes.LongestBreak > recording.Policy.LongestBreak
                    ? recording.Wishes.LongestBreak.Value
                    : recording.Policy.LongestBreak,
            IdleTime = IdleTimes.Of(recording.Policy, recording.Wishes.LongestBreak, recording.Wishes.MaxDuration),
            AcceptedAt = recording.AcceptedAt,
            ConfirmedAt = recording.ConfirmedAt,
            StopRequestedAt = recording.Wishes.StopRequestedAt,
            EndedAt = recording.EndedAt,
            EndReason = recording.Stop?.Reason ?? (recording.Wishes.StopRequestedAt is null ? null : EndReason.Requested),
            NextCheckAt = snapshot.NextCheckAt,
            Files = new(recording.Files, playlists.LastOrDefault(), playlists),
            Runs = [.. recording.Runs.Select(run => ToResource(recording, run))],
        };
    }

    /// <summary>Its address is known before it is there; where it is known that nothing was recorded, there is none.</summary>
    private static Uri? PlaylistOf(Run run) => run.Files == FilesState.Empty ? null : run.Playlist;

    private static RunResource ToResource(Recording recording, Run run) =>
        new()
        {
            Generation = run.Generation,
            Phase = run.Phase,
            StartedAt = run.StartedAt,
            ProvenAt = run.ProvenAt,
            LastProofAt = run.LastProofAt,
            EndedAt = run.EndedAt,
            End = run.End,
            Files = run.Files,
            PlaylistUrl = PlaylistOf(run),
            Publishers = [.. run.Evidence.Publishers],
            UploadProgress = run.Evidence.UploadProgress / 10_000.0,
            Departure = run.Evidence.Departure?.Detail,
            RefusedChange = run.RefusedChanges is [.., var refused] ? refused.Message : null,
            Agora = new(run.RecorderUid, run.ResourceId, run.Sid, run.Parameters?.Mode ?? recording.Policy.Mode),
        };

    public static TimelineItem ToItem(this TimelineEntry entry) =>
        new(
            entry.Sequence,
            entry.At,
            entry.LastAt,
            entry.Count,
            entry.Kind.ToLowerInvariant(),
            entry.Generation,
            entry.Message,
            entry.Detail
        );

    private static RecordingFileKind? KindOf(string name) =>
        name.EndsWith(".m3u8", StringComparison.OrdinalIgnoreCase) ? RecordingFileKind.Playlist
        : name.EndsWith(".mp4", StringComparison.OrdinalIgnoreCase) ? RecordingFileKind.Mp4
        : null;

    /// <summary>Files of all runs, playlists first within each.</summary>
    public static FileList ToFiles(this Recording recording, IReadOnlyDictionary<int, IReadOnlyList<RecordingFile>> found) =>
        new(
            recording.Files,
            [.. recording.Runs.OrderBy(run => run.Generation).SelectMany(run => ToFiles(run, found.GetValueOrDefault(run.Generation, [])))]
        );

    private static IEnumerable<FileResource> ToFiles(Run run, IReadOnlyList<RecordingFile> found)
    {
        if (PlaylistOf(run) is { } playlist)
        {
            // Known by rule or by Agora's word; nobody has seen them in the bucket yet.
            var known = run
                .Named.Select(file => file.FileName)
                .Prepend(Uri.UnescapeDataString(playlist.Segments[^1]))
                .Where(name => KindOf(name) is not null)
                .Distinct(StringComparer.Ordinal)
                .Where(name => found.All(file => file.FileName != name));
            foreach (var name in known)
            {
                yield return new(
                    run.Generation,
                    name,
                    new(playlist, Uri.EscapeDataString(name)),
                    KindOf(name)!.Value,
                    null,
                    null,
                    Verified: false
                );
            }
        }

        foreach (var file in found)
        {
            yield return new(run.Generation, file.FileName, file.Url, file.Kind, file.Bytes, file.Duration, Verified: true);
        }
    }
}
