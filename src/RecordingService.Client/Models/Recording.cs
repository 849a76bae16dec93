using System.Text.Json.Serialization;

namespace RecordingService.Client;

/// <summary>One class, or a part of it, that is or was recorded.</summary>
public sealed record Recording
{
    /// <summary>Identity of the recording.</summary>
    public required Guid Id { get; init; }

    /// <summary>How far it has come.</summary>
    public required RecordingState State { get; init; }

    /// <summary>Why it is as it is, in plain words; null while all is well.</summary>
    public RecordingReason? Reason { get; init; }

    /// <summary>Channel.</summary>
    public required string Channel { get; init; }

    /// <summary>Agora project.</summary>
    public required string Project { get; init; }

    /// <summary>Label within the channel.</summary>
    public required string Label { get; init; }

    /// <summary>Room type.</summary>
    public required string RoomType { get; init; }

    /// <summary>Recording mode.</summary>
    public required RecordingMode Mode { get; init; }

    /// <summary>Encryption of the channel; null for none.</summary>
    public ChannelEncryption? Encryption { get; init; }

    /// <summary>The page that is recorded, in web page mode.</summary>
    public WebPage? WebPage { get; init; }

    /// <summary>Your own id.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Your own data.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>Storage profile.</summary>
    public required string StorageProfile { get; init; }

    /// <summary>What is to be feared of where the bucket lies; null when nothing is.</summary>
    public string? StorageWarning { get; init; }

    /// <summary>Longest recording.</summary>
    public required TimeSpan MaxDuration { get; init; }

    /// <summary>Longest expected time without a publisher that the recorders are given.</summary>
    public required TimeSpan LongestBreak { get; init; }

    /// <summary>Idle time that recorders are given (maxIdleTime), and how it was derived.</summary>
    public required IdleTime IdleTime { get; init; }

    /// <summary>When it was accepted.</summary>
    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>When a query first proved that a recorder runs; null before.</summary>
    public DateTimeOffset? ConfirmedAt { get; init; }

    /// <summary>When a caller asked to stop.</summary>
    public DateTimeOffset? StopRequestedAt { get; init; }

    /// <summary>When the recording ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it ends or ended.</summary>
    public EndReason? EndReason { get; init; }

    /// <summary>When its state is checked next; null when nothing is left to do.</summary>
    public DateTimeOffset? NextCheckAt { get; init; }

    /// <summary>Told by a start that is answered before a recorder is proven: how long that takes at least, in whole seconds. Null in every other answer.</summary>
    public TimeSpan? EstimatedWait { get; init; }

    /// <summary>Its files.</summary>
    public required RecordingFiles Files { get; init; }

    /// <summary>The recorders that have worked for it, oldest first.</summary>
    public required IReadOnlyList<RecordingRun> Runs { get; init; }

    /// <summary>Whether nothing will change any more: it is completed, failed or aborted.</summary>
    [JsonIgnore]
    public bool IsFinal => State is RecordingState.Completed or RecordingState.Failed or RecordingState.Aborted;
}

/// <summary>A reason in plain words.</summary>
public sealed record RecordingReason
{
    /// <summary>Stable word for programs.</summary>
    public required string Code { get; init; }

    /// <summary>One sentence for people.</summary>
    public required string Message { get; init; }

    /// <summary>What to do about it.</summary>
    public required string Advice { get; init; }
}

/// <summary>Encryption of a channel, as far as it may be shown.</summary>
public sealed record ChannelEncryption
{
    /// <summary>Algorithm.</summary>
    public required EncryptionMode Mode { get; init; }

    /// <summary>Name of the key.</summary>
    public required string Key { get; init; }
}

/// <summary>A page that is recorded as a browser shows it.</summary>
public sealed record WebPage
{
    /// <summary>Absolute http or https address, at most 1024 characters, without user and password. It is shown and stored as it is.</summary>
    public required Uri Url { get; init; }
}

/// <summary>Idle time of recorders.</summary>
public sealed record IdleTime
{
    /// <summary>How long a recorder waits in a channel without publishers before it leaves; null for a web page.</summary>
    public TimeSpan? MaxIdleTime { get; init; }

    /// <summary>How it was derived.</summary>
    public required string Derivation { get; init; }

    /// <summary>What happens when it is over.</summary>
    public required string OnExit { get; init; }
}

/// <summary>Where the files of a recording are.</summary>
public sealed record RecordingFiles
{
    /// <summary>Whether they are there.</summary>
    public required FilesState State { get; init; }

    /// <summary>Address of the playlist of the newest recorder that has one.</summary>
    public Uri? PlaylistUrl { get; init; }

    /// <summary>Addresses of the playlists of all recorders, oldest first; more than one after a replacement.</summary>
    public required IReadOnlyList<Uri> Playlists { get; init; }
}

/// <summary>One Agora recording task.</summary>
public sealed record RecordingRun
{
    /// <summary>Number, from 1.</summary>
    public required int Generation { get; init; }

    /// <summary>How far it has come.</summary>
    public required RunPhase Phase { get; init; }

    /// <summary>When its sid was learned.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it was first proven to record.</summary>
    public DateTimeOffset? ProvenAt { get; init; }

    /// <summary>When it was last proven to record.</summary>
    public DateTimeOffset? LastProofAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it ended.</summary>
    public RunEnd? End { get; init; }

    /// <summary>State of its files.</summary>
    public required FilesState Files { get; init; }

    /// <summary>Its playlist.</summary>
    public Uri? PlaylistUrl { get; init; }

    /// <summary>Users whose sound or picture it receives, as Agora's notifications told; empty without them.</summary>
    public IReadOnlyList<uint> Publishers
    {
        // The generated code for JSON sets what is left out to null.
        get => field ?? [];
        init;
    }

    /// <summary>Share of its files that is uploaded, 0 to 1, as Agora's notifications told; null without them.</summary>
    public double? UploadProgress { get; init; }

    /// <summary>Why and when it left, as Agora's notifications told.</summary>
    public string? Departure { get; init; }

    /// <summary>The change of layout, subscription or credentials that Agora refused last.</summary>
    public string? RefusedChange { get; init; }

    /// <summary>Its identity at Agora, for their console and support.</summary>
    public required AgoraIdentity Agora { get; init; }
}

/// <summary>Identity of a recorder at Agora.</summary>
public sealed record AgoraIdentity
{
    /// <summary>Uid in the channel.</summary>
    public uint? RecorderUid { get; init; }

    /// <summary>Resource id.</summary>
    public string? ResourceId { get; init; }

    /// <summary>Recording id.</summary>
    public string? Sid { get; init; }

    /// <summary>Recording mode.</summary>
    public required RecordingMode Mode { get; init; }
}

/// <summary>A page of recordings, newest first.</summary>
public sealed record RecordingPage
{
    /// <summary>The recordings.</summary>
    public required IReadOnlyList<Recording> Items { get; init; }

    /// <summary>Continue with it; null on the last page.</summary>
    public string? NextCursor { get; init; }
}

/// <summary>What a stop by channel stopped.</summary>
internal sealed record StoppedRecordings
{
    /// <summary>The recordings that it stopped; none when nothing was live.</summary>
    public required IReadOnlyList<Recording> Items { get; init; }
}
