using RecordingService.Domain;
using RecordingService.Domain.Recordings;
using RecordingService.Domain.RoomTypes;

namespace RecordingService.Infrastructure.Engine;

// The shape of the tables. Rows of recordings and runs keep what is searched in columns and the rest in one JSON document.

internal sealed class ProjectRow
{
    public short Id { get; set; }
    public required string Name { get; set; }

    /// <summary>Of builds that counted tokens; kept, so that they can still work beside this one.</summary>
    public double Tokens { get; set; }
    public DateTimeOffset RefilledAt { get; set; }

    /// <summary>When the next request to Agora may be sent; each one that is granted moves it on.</summary>
    public DateTimeOffset NextCallAt { get; set; }

    /// <summary>Share of the rate that Agora was last found to take, above 0 to 1; it grows back from <see cref="PacedAt"/> on.</summary>
    public double Pace { get; set; }
    public DateTimeOffset PacedAt { get; set; }

    /// <summary>Requests of the last minute as they were at <see cref="LoadedAt"/>; older ones fade out.</summary>
    public double Load { get; set; }
    public DateTimeOffset LoadedAt { get; set; }

    /// <summary>Until when no recorder is started because the quota is used up, or null.</summary>
    public DateTimeOffset? StartsFrom { get; set; }

    /// <summary>Since when no recorder is started because an operator said so, or null.</summary>
    public DateTimeOffset? PausedAt { get; set; }
}

/// <summary>What an operator did to a project; never changed, never deleted.</summary>
internal sealed class ProjectActionRow
{
    public long Id { get; set; }
    public short ProjectId { get; set; }
    public DateTimeOffset At { get; set; }
    public required string Action { get; set; }
    public required string Operator { get; set; }
    public required string Note { get; set; }
}

internal sealed class RoomTypeRow
{
    public required string Name { get; set; }
    public int Version { get; set; }
    public required string Description { get; set; }
    public required RecordingPolicy Policy { get; set; }

    /// <summary>When it was removed: its name keeps counting versions, so that no two policies were ever called the same.</summary>
    public DateTimeOffset? RemovedAt { get; set; }
}

internal sealed class RecordingRow
{
    public Guid Id { get; set; }
    public short ProjectId { get; set; }
    public required string Project { get; set; }
    public required string Channel { get; set; }
    public required string Label { get; set; }
    public required string RoomType { get; set; }
    public int RoomTypeVersion { get; set; }
    public required RecordingPolicy Policy { get; set; }
    public required string StorageProfile { get; set; }
    public ChannelEncryption? Encryption { get; set; }
    public string? WebPage { get; set; }
    public string? ExternalId { get; set; }
    public Dictionary<string, string>? Metadata { get; set; }
    public DateTimeOffset AcceptedAt { get; set; }

    // Callers' wishes: written by the HTTP interface alone.
    public TimeSpan MaxDuration { get; set; }
    public TimeSpan? LongestBreak { get; set; }
    public DateTimeOffset? StopRequestedAt { get; set; }
    public Desired<MixLayout>? Layout { get; set; }
    public Desired<Subscription>? Subscription { get; set; }

    // Written by the holder of the lease alone.
    public required string State { get; set; }
    public required string FilesState { get; set; }
    public DateTimeOffset? ConfirmedAt { get; set; }
    public DateTimeOffset? StopOrderedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public DateTimeOffset? NextCheckAt { get; set; }
    public required RecordingDocument Document { get; set; }

    // What callers were told last, so that whoever writes tells each change once. Null of a recording that only older builds have written.
    public int EventSeq { get; set; }
    public string? AnnouncedState { get; set; }
    public string? AnnouncedFiles { get; set; }
    public string? AnnouncedReason { get; set; }

    public List<RunRow> Runs { get; set; } = [];
}

internal sealed class RunRow
{
    public Guid RecordingId { get; set; }
    public int Generation { get; set; }
    public required string Project { get; set; }
    public required string Channel { get; set; }
    public long? RecorderUid { get; set; }
    public string? ResourceId { get; set; }
    public string? Sid { get; set; }
    public required string Phase { get; set; }
    public required Run Document { get; set; }
}

/// <summary>Files that were found in the bucket. In a table of their own, because a long class has thousands and only its list of files needs them.</summary>
internal sealed class RunFilesRow
{
    public Guid RecordingId { get; set; }
    public int Generation { get; set; }
    public required IReadOnlyList<RecordingFile> Files { get; set; }
}

internal sealed class ScheduleRow
{
    public Guid RecordingId { get; set; }
    public short ProjectId { get; set; }
    public short Priority { get; set; }
    public short Cost { get; set; }

    /// <summary>Whether its next step starts a recorder.</summary>
    public bool Starts { get; set; }
    public DateTimeOffset DueAt { get; set; }
    public int? LeaseOwner { get; set; }
    public long LeaseToken { get; set; }
    public Guid? SettleId { get; set; }
    public long SignalSeq { get; set; }
    public short Attempt { get; set; }
    public short StateVersion { get; set; }
}

internal sealed class InputRow
{
    public long Id { get; set; }
    public Guid RecordingId { get; set; }
    public required string Kind { get; set; }
    public required string Body { get; set; }
    public DateTimeOffset ReceivedAt { get; set; }
}

/// <summary>Something that Agora told unasked, as it came, whether or not anything here matches it.</summary>
internal sealed class NotificationRow
{
    public required string Project { get; set; }
    public required string NoticeId { get; set; }
    public int ProductId { get; set; }
    public int EventType { get; set; }
    public string? Channel { get; set; }
    public long? RecorderUid { get; set; }
    public string? Sid { get; set; }
    public Guid? RecordingId { get; set; }
    public int? Generation { get; set; }
    public required string Body { get; set; }
    public DateTimeOffset ReceivedAt { get; set; }
}

internal sealed class LogRow
{
    public long Id { get; set; }
    public Guid RecordingId { get; set; }
    public int? Generation { get; set; }
    public required string Kind { get; set; }
    public required string Message { get; set; }
    public required LogDetail Detail { get; set; }
    public DateTimeOffset At { get; set; }
    public DateTimeOffset LastAt { get; set; }
    public int Count { get; set; } = 1;
}

/// <summary>Something that callers are told. Written together with the change that it tells of; only its position comes later.</summary>
internal sealed class EventRow
{
    public long Id { get; set; }

    /// <summary>Place in the feed. Given after the commit, so that no event gets a place in front of one that a reader has seen.</summary>
    public long? Position { get; set; }
    public Guid EventId { get; set; }
    public Guid? RecordingId { get; set; }
    public short ProjectId { get; set; }

    /// <summary>Number within the recording, from 1 without a gap.</summary>
    public int Sequence { get; set; }
    public required string Type { get; set; }
    public DateTimeOffset At { get; set; }
    public required EventData Data { get; set; }
}

internal sealed class IdempotencyRow
{
    public required string Caller { get; set; }
    public required string Key { get; set; }
    public required byte[] Fingerprint { get; set; }
    public Guid RecordingId { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
}
