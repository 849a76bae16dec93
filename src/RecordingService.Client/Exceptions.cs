using System.Net;

namespace RecordingService.Client;

/// <summary>The service refused a request, or could not carry it out: any answer but a success.</summary>
public sealed class RecordingProblemException : Exception
{
    /// <summary>The <see cref="Code"/> of an answer that is no problem document, such as that of a proxy.</summary>
    public const string UnknownCode = "unknown";

    internal RecordingProblemException(string request, HttpStatusCode status, ProblemDocument problem, TimeSpan? retryAfter)
        : base(MessageOf(request, status, problem))
    {
        StatusCode = status;
        Code = problem.Code ?? UnknownCode;
        Title = problem.Title;
        Detail = problem.Detail;
        Type = problem.Type;
        TraceId = problem.TraceId;
        Violations = problem.Violations ?? [];
        RecordingId = problem.RecordingId;
        Differences = problem.Differences ?? [];
        RetryAfter = retryAfter;
    }

    /// <summary>HTTP status.</summary>
    public HttpStatusCode StatusCode { get; }

    /// <summary>Stable word for programs, such as <c>differs-from-live-recording</c>; <see cref="UnknownCode"/> without a problem document.</summary>
    public string Code { get; }

    /// <summary>What happened, the same for every occurrence.</summary>
    public string? Title { get; }

    /// <summary>What happened this time, and what to do about it.</summary>
    public string? Detail { get; }

    /// <summary>Address of the page about this kind of error, relative to the service.</summary>
    public string? Type { get; }

    /// <summary>Names the request in the logs of the service.</summary>
    public string? TraceId { get; }

    /// <summary>Every rule that the request breaks, at most 50; empty but for <c>invalid-request</c>.</summary>
    public IReadOnlyList<Violation> Violations { get; }

    /// <summary>The recording that stands in the way, if one does.</summary>
    public Guid? RecordingId { get; }

    /// <summary>What differs from the live recording; empty but for <c>differs-from-live-recording</c>.</summary>
    public IReadOnlyList<ParameterDifference> Differences { get; }

    /// <summary>When the same request is worth another try, as the service told; null when it did not.</summary>
    public TimeSpan? RetryAfter { get; }

    private static string MessageOf(string request, HttpStatusCode status, ProblemDocument problem) =>
        $"{request} was answered {(int)status}, {problem.Code ?? "without a problem document"}"
        + (problem.Detail is { } detail ? $": {detail}" : ".")
        + (problem.TraceId is { } trace ? $" (trace {trace})" : "");
}

/// <summary>The service was not reached, or did not answer in time, as often as it was tried. What was asked for may have been done all the same.</summary>
public sealed class RecordingUnavailableException : Exception
{
    internal RecordingUnavailableException(string request, int attempts, Exception last)
        : base($"{request} was not answered after {attempts} attempt{(attempts == 1 ? "" : "s")}: {last.Message}", last) =>
        Attempts = attempts;

    /// <summary>How often the request was sent, or was tried to be.</summary>
    public int Attempts { get; }
}

/// <summary>A recording did not become as awaited in time. It goes on all the same.</summary>
public sealed class RecordingWaitTimeoutException : TimeoutException
{
    internal RecordingWaitTimeoutException(string message, Recording? recording, Exception? last)
        : base(message, last) => Recording = recording;

    /// <summary>The recording as it was seen last; null when the service did not answer at all.</summary>
    public Recording? Recording { get; }
}
