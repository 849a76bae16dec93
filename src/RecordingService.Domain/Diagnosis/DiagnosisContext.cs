using RecordingService.Domain.Recordings;

namespace RecordingService.Domain.Diagnosis;

/// <summary>What a diagnosis needs beside the recording itself.</summary>
public sealed record DiagnosisContext
{
    /// <summary>Whether recorders of the project get tokens, because an App certificate is configured; null when the project is configured no more.</summary>
    public bool? MintsTokens { get; init; }

    /// <summary>Why nothing is started in the project at present; null when it is.</summary>
    public HeldStarts? Held { get; init; }

    /// <summary>The bucket of the recording; null when its storage profile is configured no more.</summary>
    public BucketFacts? Bucket { get; init; }

    /// <summary>Answers to calls and looks into the bucket, oldest first. <value>Default: none.</value></summary>
    public IReadOnlyList<AnswerFacts> Answers { get; init; } = [];

    /// <summary>Other recordings of the project from about the same time. <value>Default: none.</value></summary>
    public IReadOnlyList<PeerFacts> Peers { get; init; } = [];
}

/// <summary>Nothing is started in a project.</summary>
/// <param name="PausedAt">Since when an operator wants it so, or null.</param>
/// <param name="Operator">The operator, or null.</param>
/// <param name="Note">Why, in the operator's words, or null.</param>
/// <param name="Until">Until when it is so because the quota of recorders is used up, or null.</param>
public sealed record HeldStarts(DateTimeOffset? PausedAt, string? Operator, string? Note, DateTimeOffset? Until);

/// <summary>The bucket that a recording writes to.</summary>
public sealed record BucketFacts
{
    /// <summary>Name of the storage profile.</summary>
    public required string Profile { get; init; }

    /// <summary>Name of the vendor.</summary>
    public required string Vendor { get; init; }

    /// <summary>Name of the bucket.</summary>
    public required string Bucket { get; init; }

    /// <summary>Part of the world that it is in, in words.</summary>
    public required string Area { get; init; }

    /// <summary>Part of the world that the calls of its recordings come from, in words.</summary>
    public required string CallsFrom { get; init; }

    /// <summary>Whether those two differ; null when that cannot be told.</summary>
    public bool? IsElsewhere { get; init; }

    /// <summary>Whether files can be looked for through a public address.</summary>
    public bool HasPublicAddress { get; init; }

    /// <summary>The last small write with the recorder's keys; null when none was made.</summary>
    public ProbeFacts? Probe { get; init; }
}

/// <summary>A small write into the bucket.</summary>
/// <param name="At">When, in real time.</param>
/// <param name="Works">Whether the object was stored.</param>
/// <param name="Field">Member of the profile at fault, where that could be told.</param>
/// <param name="Message">One plain sentence.</param>
/// <param name="WhereFound">Where the right value is found, or null.</param>
public sealed record ProbeFacts(DateTimeOffset? At, bool Works, string? Field, string Message, string? WhereFound);

/// <summary>One answer to a call, or several alike in a row.</summary>
/// <param name="At">When the first came.</param>
/// <param name="LastAt">When the last came.</param>
/// <param name="Count">How many.</param>
/// <param name="Generation">The run that called.</param>
/// <param name="Operation">acquire, start, query, update, updateLayout, stop; inspect and findSid for looks into the bucket.</param>
/// <param name="HttpStatus">HTTP status, or null.</param>
/// <param name="Code">Agora's code, or null.</param>
/// <param name="Failure">The class of the failure; null for success.</param>
/// <param name="Text">The line of the timeline.</param>
public sealed record AnswerFacts(
    DateTimeOffset At,
    DateTimeOffset LastAt,
    int Count,
    int? Generation,
    string Operation,
    int? HttpStatus,
    int? Code,
    AgoraFailureKind? Failure,
    string Text
);

/// <summary>Another recording of the same project.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Channel">Its channel.</param>
/// <param name="RoomType">Its room type.</param>
/// <param name="StorageProfile">Its storage profile.</param>
/// <param name="IsEncrypted">Whether it was started with a key.</param>
/// <param name="ConfirmedAt">When a recorder of it was first proven, or null.</param>
/// <param name="HeardMedia">Whether anybody was recorded.</param>
/// <param name="Files">State of its files.</param>
public sealed record PeerFacts(
    Guid Id,
    string Channel,
    string RoomType,
    string StorageProfile,
    bool IsEncrypted,
    DateTimeOffset? ConfirmedAt,
    bool HeardMedia,
    FilesState Files
);
