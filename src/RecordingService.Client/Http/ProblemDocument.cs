namespace RecordingService.Client;

/// <summary>Body of every error (RFC 9457). Whatever answered may have left out any of it.</summary>
internal sealed record ProblemDocument
{
    public string? Type { get; init; }

    public string? Title { get; init; }

    public int? Status { get; init; }

    public string? Detail { get; init; }

    public string? Code { get; init; }

    public string? TraceId { get; init; }

    public IReadOnlyList<Violation>? Violations { get; init; }

    public Guid? RecordingId { get; init; }

    public IReadOnlyList<ParameterDifference>? Differences { get; init; }
}

/// <summary>A rule that a request breaks.</summary>
public sealed record Violation
{
    /// <summary>The member, parameter or header.</summary>
    public required string Field { get; init; }

    /// <summary>What was given, cut to 100 characters; null when it is missing.</summary>
    public string? Value { get; init; }

    /// <summary>What is allowed.</summary>
    public required string Rule { get; init; }

    /// <summary>Document that the rule comes from; null for rules of the service itself.</summary>
    public string? Source { get; init; }
}

/// <summary>A parameter that differs from the live recording's.</summary>
public sealed record ParameterDifference
{
    /// <summary>The member of the request.</summary>
    public required string Field { get; init; }

    /// <summary>What this request asks for.</summary>
    public string? Asked { get; init; }

    /// <summary>What the live recording has; null when it has none.</summary>
    public string? Live { get; init; }
}
