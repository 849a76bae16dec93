using RecordingService.Domain.RoomTypes;

namespace RecordingService.Domain;

/// <summary>The port to the buckets: which files a run should have, and which are really there.</summary>
/// <remarks>A bucket that does not answer is a value (<see cref="FilesVerdict.Unreachable"/>), never an exception. Only cancellation throws.</remarks>
public interface IRecordingFiles
{
    /// <summary>Address of a run's first playlist by what is known of its name: by rule, or in individual mode by what Agora has named. Null when nothing is.</summary>
    Uri? PlaylistUrl(RunFiles run);

    /// <summary>Name of a run's first playlist by the same rule, whether or not the storage profile has a public address.</summary>
    string? PlaylistName(RunFiles run);

    /// <summary>Reads the playlists of a run through the bucket's public address and looks for every slice that they name; counts the pictures of a run that takes only those.</summary>
    Task<FilesInspection> InspectAsync(RunFiles run, CancellationToken cancellationToken);

    /// <summary>Whether the credentials of this profile are temporary, so that recorders must be handed new ones.</summary>
    bool RenewsCredentials(string storageProfile);

    /// <summary>Whether files of this profile can be listed, so that the sid of a run can be read from their names.</summary>
    bool CanFindSid(string storageProfile);

    /// <summary>Looks for files in the folder of one run, which no other run shares, and reads the sid from their names.</summary>
    Task<SidSearch> FindSidAsync(string storageProfile, IReadOnlyList<string> fileNamePrefix, CancellationToken cancellationToken);
}

/// <summary>What a search for the sid of a run found.</summary>
/// <param name="Sid">The sid, or null when no file is there or the bucket did not tell.</param>
/// <param name="Detail">One plain sentence, free of secrets.</param>
public sealed record SidSearch(string? Sid, string Detail);

/// <summary>Where the files of one run lie.</summary>
/// <param name="StorageProfile">Name of the storage profile.</param>
/// <param name="FileNamePrefix">Folders in the bucket.</param>
/// <param name="Sid">Sid of the run.</param>
/// <param name="Channel">Channel name (cname).</param>
/// <param name="Mode">Recording mode.</param>
/// <param name="Named">Files that Agora's answers have named so far.</param>
/// <param name="SnapshotsOnly">Whether pictures are all that the run leaves.</param>
/// <param name="MovesInSilence">How many times Agora moved the recorder before it received anything, as far as that is proven: so many servers wrote no file.</param>
public sealed record RunFiles(
    string StorageProfile,
    IReadOnlyList<string> FileNamePrefix,
    string Sid,
    string Channel,
    RecordingMode Mode,
    IReadOnlyList<AgoraFile> Named,
    bool SnapshotsOnly = false,
    int MovesInSilence = 0
);

/// <summary>What an inspection found.</summary>
/// <param name="Verdict">The finding in one word.</param>
/// <param name="Files">Files found, playlists first.</param>
/// <param name="Playlist">Address of the playlist that was found, or null.</param>
/// <param name="Detail">One plain sentence, free of secrets.</param>
public sealed record FilesInspection(FilesVerdict Verdict, IReadOnlyList<RecordingFile> Files, Uri? Playlist, string Detail);

/// <summary>Result of an inspection.</summary>
public enum FilesVerdict
{
    /// <summary>A finished playlist and all slices that it names are there.</summary>
    Complete,

    /// <summary>A playlist is there, but slices or another playlist are missing.</summary>
    Incomplete,

    /// <summary>
    /// All that is named is there, but the last playlist has no end: more may come, or the server that wrote it lost the recorder before its end, and
    /// the next one had nothing to record.
    /// </summary>
    Unfinished,

    /// <summary>
    /// Every playlist that is there or was named is whole, but one of an earlier server is not there, and nothing tells whether that server ever wrote one.
    /// </summary>
    Inconclusive,

    /// <summary>No playlist is there.</summary>
    Missing,

    /// <summary>The bucket did not answer, or refused.</summary>
    Unreachable,

    /// <summary>The storage profile has no public address to look through, or for pictures no keys to list them with.</summary>
    NotVerifiable,
}

/// <summary>A file that was found in the bucket.</summary>
/// <param name="FileName">Name without folders.</param>
/// <param name="Url">Public address.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Bytes">Size, or null when the bucket did not tell.</param>
/// <param name="Duration">Playing time of a playlist or slice, or null.</param>
public sealed record RecordingFile(string FileName, Uri Url, RecordingFileKind Kind, long? Bytes, TimeSpan? Duration);

/// <summary>Kind of a recorded file.</summary>
public enum RecordingFileKind
{
    /// <summary>HLS playlist.</summary>
    Playlist,

    /// <summary>Slice named by a playlist.</summary>
    Slice,

    /// <summary>MP4 file.</summary>
    Mp4,

    /// <summary>Picture taken of a video.</summary>
    Snapshot,
}
