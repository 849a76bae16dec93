using System.ComponentModel.DataAnnotations;
using RecordingService.Domain.Diagnosis;
using RecordingService.Domain.Recordings;

namespace RecordingService.Api.Diagnosis;

/// <summary>Why a recording failed or is degraded, as far as its evidence tells.</summary>
/// <param name="RecordingId">The recording.</param>
/// <param name="State">How far it had come when it was diagnosed.</param>
/// <param name="Summary">One plain sentence: the likeliest cause, or what proves that nothing is wrong.</param>
/// <param name="Causes">What may be the cause, the likeliest first; empty when nothing is wrong.</param>
public sealed record DiagnosisResource(
    [property: Required] Guid RecordingId,
    [property: Required] RecordingState State,
    [property: Required] string Summary,
    [property: Required] IReadOnlyList<CauseResource> Causes
);

/// <summary>Something that may be the cause.</summary>
/// <param name="Code">Stable word for programs.</param>
/// <param name="Title">A few words for a headline.</param>
/// <param name="Explanation">One plain sentence.</param>
/// <param name="Confidence">How sure it is.</param>
/// <param name="Evidence">Facts that speak for it, oldest first.</param>
/// <param name="Advice">What to do, and where the right value is found.</param>
public sealed record CauseResource(
    [property: Required] CauseCode Code,
    [property: Required] string Title,
    [property: Required] string Explanation,
    [property: Required] Confidence Confidence,
    [property: Required] IReadOnlyList<FactResource> Evidence,
    [property: Required] string Advice
);

/// <summary>Something that was observed.</summary>
/// <param name="At">When; null for a setting.</param>
/// <param name="Generation">The run that it is about, or null.</param>
/// <param name="Fact">What was observed, in one sentence.</param>
public sealed record FactResource(DateTimeOffset? At, int? Generation, [property: Required] string Fact);
