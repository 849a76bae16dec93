using System.Text.Json;

namespace RecordingService.Client;

/// <summary>A line of a timeline.</summary>
public sealed record TimelineItem
{
    /// <summary>Position; grows, with gaps.</summary>
    public required long Sequence { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When it last happened, for lines that were counted up.</summary>
    public required DateTimeOffset LastAt { get; init; }

    /// <summary>How often it happened in a row.</summary>
    public required int Count { get; init; }

    /// <summary>request, state, call, answer, decision or alert; a newer service may have more.</summary>
    public required string Kind { get; init; }

    /// <summary>The recorder it tells of; null for the recording itself.</summary>
    public int? Generation { get; init; }

    /// <summary>One plain sentence.</summary>
    public required string Message { get; init; }

    /// <summary>The facts of a call: operation, host, httpStatus, code, durationMs, requestId, sid and the like.</summary>
    public required IReadOnlyDictionary<string, JsonElement> Detail { get; init; }
}

/// <summary>A page of what happened to a recording, oldest first.</summary>
internal sealed record TimelinePage
{
    /// <summary>The lines.</summary>
    public required IReadOnlyList<TimelineItem> Items { get; init; }

    /// <summary>Read on behind it.</summary>
    public required long Next { get; init; }
}

/// <summary>The files of a recording.</summary>
public sealed record RecordingFileList
{
    /// <summary>Whether they are there.</summary>
    public required FilesState State { get; init; }

    /// <summary>The files, by recorder, playlists first.</summary>
    public required IReadOnlyList<RecordingFile> Items { get; init; }
}

/// <summary>A file of a recording.</summary>
public sealed record RecordingFile
{
    /// <summary>Number of the recorder that made it.</summary>
    public required int Generation { get; init; }

    /// <summary>Name without folders.</summary>
    public required string FileName { get; init; }

    /// <summary>Public address.</summary>
    public required Uri Url { get; init; }

    /// <summary>What it is.</summary>
    public required RecordingFileKind Kind { get; init; }

    /// <summary>Size in bytes; null when the bucket did not tell.</summary>
    public long? Bytes { get; init; }

    /// <summary>Playing time of a playlist or slice.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Whether it was found in the bucket.</summary>
    public required bool Verified { get; init; }
}

/// <summary>Why a recording failed or is degraded, as far as its evidence tells.</summary>
public sealed record Diagnosis
{
    /// <summary>The recording.</summary>
    public required Guid RecordingId { get; init; }

    /// <summary>How far it had come when it was diagnosed.</summary>
    public required RecordingState State { get; init; }

    /// <summary>One plain sentence: the likeliest cause, or what proves that nothing is wrong.</summary>
    public required string Summary { get; init; }

    /// <summary>What may be the cause, the likeliest first; empty when nothing is wrong.</summary>
    public required IReadOnlyList<DiagnosisCause> Causes { get; init; }
}

/// <summary>Something that may be the cause.</summary>
public sealed record DiagnosisCause
{
    /// <summary>Stable word for programs.</summary>
    public required CauseCode Code { get; init; }

    /// <summary>A few words for a headline.</summary>
    public required string Title { get; init; }

    /// <summary>One plain sentence.</summary>
    public required string Explanation { get; init; }

    /// <summary>How sure it is.</summary>
    public required Confidence Confidence { get; init; }

    /// <summary>Facts that speak for it, oldest first.</summary>
    public required IReadOnlyList<DiagnosisFact> Evidence { get; init; }

    /// <summary>What to do, and where the right value is found.</summary>
    public required string Advice { get; init; }
}

/// <summary>Something that was observed.</summary>
public sealed record DiagnosisFact
{
    /// <summary>When; null for a setting.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>The recorder that it is about, or null.</summary>
    public int? Generation { get; init; }

    /// <summary>What was observed, in one sentence.</summary>
    public required string Fact { get; init; }
}
