using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Xml;
using RecordingService.Api.Access;
using RecordingService.Domain.RoomTypes;

namespace RecordingService.Api.Problems;

/// <summary>Body of every error (RFC 9457).</summary>
public sealed record ProblemDocument
{
    /// <summary>Address of the page about this kind of error.</summary>
    public required string Type { get; init; }

    /// <summary>What happened, the same for every occurrence.</summary>
    public required string Title { get; init; }

    /// <summary>HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>What happened this time, and what to do about it.</summary>
    public required string Detail { get; init; }

    /// <summary>Stable word for programs.</summary>
    public required string Code { get; init; }

    /// <summary>Names this request in the logs: the trace id of its <c>traceparent</c> (W3C Trace Context), or one made for it. It is also the header Trace-Id.</summary>
    public required string TraceId { get; init; }

    /// <summary>Every rule that the request breaks, at most 50; only in invalid-request.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Violation>? Violations { get; init; }

    /// <summary>The recording that stands in the way; only in differs-from-live-recording and, where the key stands for a recording, idempotency-key-reused.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Guid? RecordingId { get; init; }

    /// <summary>What differs from the live recording; only in differs-from-live-recording.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ParameterDifference>? Differences { get; init; }
}

/// <summary>A rule that a request breaks.</summary>
/// <param name="Field">The member, parameter or header.</param>
/// <param name="Value">What was given, cut to 100 characters; null when it is missing.</param>
/// <param name="Rule">What is allowed.</param>
public sealed record Violation(string Field, string? Value, string Rule)
{
    private const int ShownCharacters = 100;

    /// <summary>Document that the rule comes from; left out for rules of this interface itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Source { get; init; }

    /// <summary>A rule of the domain, told of a member of the request.</summary>
    /// <param name="broken">The rule.</param>
    /// <param name="path">What comes before the member, its dot included.</param>
    internal static Violation Of(RuleViolation broken, string path = "") =>
        new(path + broken.Field, Shown(broken.Value), broken.Rule) { Source = broken.Source };

    /// <summary>A value as callers write it; null for none.</summary>
    internal static string? Shown(object? value) =>
        value switch
        {
            null => null,
            TimeSpan duration => XmlConvert.ToString(duration),
            Enum or bool => JsonNamingPolicy.CamelCase.ConvertName($"{value}"),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => Cut($"{value}"),
        };

    /// <summary>A text as it is shown in answers: short, and without the secret of a key that stands in it by mistake.</summary>
    internal static string Cut(string text)
    {
        var masked = KeyMask.Mask(text);
        return masked.Length <= ShownCharacters ? masked : $"{masked[..ShownCharacters]}...";
    }
}

/// <summary>A parameter that differs from the live recording's.</summary>
/// <param name="Field">The member of the request.</param>
/// <param name="Asked">What this request asks for.</param>
/// <param name="Live">What the live recording has; null when it has none.</param>
public sealed record ParameterDifference(string Field, string? Asked, string? Live);

/// <summary>Answers with a problem.</summary>
internal sealed record ProblemResult(Problem Kind, string Detail) : IResult
{
    public const string ContentType = "application/problem+json";

    public IReadOnlyList<Violation>? Violations { get; init; }

    public Guid? RecordingId { get; init; }

    public IReadOnlyList<ParameterDifference>? Differences { get; init; }

    /// <summary>When to come back this time; null for what the kind says.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = Kind.Status;
        TraceIds.Tell(httpContext);
        if ((RetryAfter ?? Kind.RetryAfter) is { } wait)
        {
            var seconds = Math.Max(1, Math.Ceiling(wait.TotalSeconds));
            httpContext.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        var document = ToDocument(TraceIds.Of(httpContext));
        return httpContext.Response.WriteAsJsonAsync(document, options: null, ContentType, httpContext.RequestAborted);
    }

    public ProblemDocument ToDocument(string traceId) =>
        new()
        {
            Type = Kind.Type,
            Title = Kind.Title,
            Status = Kind.Status,
            Detail = Detail,
            Code = Kind.Code,
            TraceId = traceId,
            Violations = Violations,
            RecordingId = RecordingId,
            Differences = Differences,
        };
}
