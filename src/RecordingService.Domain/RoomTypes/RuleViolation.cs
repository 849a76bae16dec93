namespace RecordingService.Domain.RoomTypes;

/// <summary>A rule that a value breaks.</summary>
/// <param name="Field">Path of the member, such as <c>quality.bitrateKbps</c>; parts begin in lower case.</param>
/// <param name="Value">What it has; null when it has nothing.</param>
/// <param name="Rule">What is allowed, as a sentence that goes on from the field: "must be ...".</param>
/// <param name="Source">Document that the rule comes from.</param>
public sealed record RuleViolation(string Field, object? Value, string Rule, string Source);
