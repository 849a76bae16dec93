using RecordingService.Domain.RoomTypes;

namespace RecordingService.Infrastructure.Engine;

/// <summary>A checked request to record a class.</summary>
public sealed record StartRequest
{
    /// <summary>Who asks.</summary>
    public required string Caller { get; init; }

    /// <summary>The caller's idempotency key, or null.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Name of the Agora project.</summary>
    public required string Project { get; init; }

    /// <summary>Channel name.</summary>
    public required string Channel { get; init; }

    /// <summary>Label of the recording within its channel.</summary>
    public required string Label { get; init; }

    /// <summary>Room type.</summary>
    public required RoomType RoomType { get; init; }

    /// <summary>Mode instead of the room type's, or null.</summary>
    public RecordingMode? Mode { get; init; }

    /// <summary>What the recording is made by: the room type's policy in the mode that was asked for.</summary>
    public RecordingPolicy Policy => Mode is { } mode ? RoomType.Policy with { Mode = mode } : RoomType.Policy;

    /// <summary>Encryption of the channel, or null for none.</summary>
    public ChannelEncryption? Encryption { get; init; }

    /// <summary>The page to record, in web page mode.</summary>
    public Uri? WebPage { get; init; }

    /// <summary>Storage profile.</summary>
    public required string StorageProfile { get; init; }

    /// <summary>The caller's own id, or null.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Longest recording, or null for the room type's.</summary>
    public TimeSpan? MaxDuration { get; init; }

    /// <summary>Longest expected break, or null for the room type's.</summary>
    public TimeSpan? LongestBreak { get; init; }

    /// <summary>Whether the caller named the storage profile, or took the default.</summary>
    public bool NamesStorageProfile { get; init; }

    /// <summary>The caller's own data, or null.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>What became of a request to record.</summary>
public abstract record StartOutcome(Guid RecordingId)
{
    /// <summary>A new recording was stored.</summary>
    public sealed record Accepted(Guid RecordingId) : StartOutcome(RecordingId);

    /// <summary>The channel is being recorded already, or the idempotency key was used for this very request.</summary>
    public sealed record Existing(Guid RecordingId) : StartOutcome(RecordingId);

    /// <summary>The channel is being recorded already, with other parameters.</summary>
    public sealed record Differs(Guid RecordingId, IReadOnlyList<Difference> Differences) : StartOutcome(RecordingId);

    /// <summary>The idempotency key was used for another request.</summary>
    public sealed record KeyReused(Guid RecordingId) : StartOutcome(RecordingId);
}

/// <summary>A parameter that differs from the live recording's.</summary>
public sealed record Difference(string Field, string? Asked, string? Live);
