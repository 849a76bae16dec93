using Microsoft.Extensions.Options;
using RecordingService.Api.Problems;
using RecordingService.Api.Requests;

namespace RecordingService.Api.Hosting;

/// <summary>Pages of other origins that may call this service from a browser (section <c>Cors</c>).</summary>
public sealed class CrossOriginOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Cors";

    /// <summary>Origins of those pages, as browsers send them. <value>scheme://host[:port], such as https://console.example.org. Default: none.</value></summary>
    public IReadOnlyList<string> AllowedOrigins { get; set; } = [];
}

/// <summary>Lets web consoles of configured origins call this service; Agora itself answers no browser.</summary>
internal static class CrossOrigin
{
    /// <summary>How long a browser may keep the answer of a preflight. <value>10 min; browsers cut longer times to some minutes or hours anyway.</value></summary>
    private static readonly TimeSpan PreflightLife = TimeSpan.FromMinutes(10);

    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

    private static readonly string[] RequestHeaderNames =
    [
        "Content-Type",
        "Authorization",
        RequestHeaders.IdempotencyKeyName,
        RequestHeaders.PreferName,
        RequestHeaders.IfMatchName,
        RequestHeaders.IfNoneMatchName,
        // Tracing of pages (W3C Trace Context).
        "traceparent",
        "tracestate",
        // The event stream is read on from here.
        "Last-Event-ID",
    ];

    private static readonly string[] AnswerHeaderNames =
    [
        "Location",
        "ETag",
        "Preference-Applied",
        "Retry-After",
        "Allow",
        "WWW-Authenticate",
        "RateLimit",
        "RateLimit-Policy",
        TraceIds.HeaderName,
    ];

    public static void AddCrossOrigin(this WebApplicationBuilder builder)
    {
        builder
            .Services.AddOptions<CrossOriginOptions>()
            .Bind(builder.Configuration.GetSection(CrossOriginOptions.Section))
            .ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<CrossOriginOptions>, CrossOriginOptionsValidator>();
        builder.Services.AddCors();
    }

    /// <summary>Stands before all that answers, so that refusals can be read by the page too.</summary>
    public static void UseCrossOrigin(this WebApplication app)
    {
        var origins = app.Services.GetRequiredService<IOptions<CrossOriginOptions>>().Value.AllowedOrigins;
        if (origins.Count == 0)
        {
            return;
        }

        app.UseCors(policy =>
            policy
                .WithOrigins([.. origins])
                .WithMethods(Methods)
                .WithHeaders(RequestHeaderNames)
                .WithExposedHeaders(AnswerHeaderNames)
                .SetPreflightMaxAge(PreflightLife)
        );
    }
}

/// <summary>Reports every origin that no browser would ever send, or that lets everybody in.</summary>
internal sealed class CrossOriginOptionsValidator : IValidateOptions<CrossOriginOptions>
{
    public ValidateOptionsResult Validate(string? name, CrossOriginOptions options)
    {
        var faults = options
            .AllowedOrigins.Select(
                (origin, index) => Fault(origin) is { } fault ? $"{CrossOriginOptions.Section}:AllowedOrigins:{index} {fault}" : null
            )
            .OfType<string>()
            .ToList();
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static string? Fault(string? origin) =>
        origin is { } any && any.Contains('*', StringComparison.Ordinal)
            ? $"is '{origin}', but every origin must be named: with a wildcard any page that a colleague opens could record classes from inside your network."
        : Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && uri.Scheme is "http" or "https"
        && uri.GetLeftPart(UriPartial.Authority).Equals(origin, StringComparison.OrdinalIgnoreCase)
        && uri.UserInfo.Length == 0
            ? null
        : $"is '{origin}', but an origin is scheme://host[:port] as browsers send it, such as https://console.example.org: "
            + "http or https, without user, path and trailing slash, and without the port when it is the usual one.";
}
