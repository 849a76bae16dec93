using System.Diagnostics;

namespace RecordingService.Api.Problems;

/// <summary>The trace that a request belongs to: that of its <c>traceparent</c> (W3C Trace Context), or one of its own.</summary>
internal static class TraceIds
{
    /// <summary>Header of every answer that names the trace, so that callers can tell it without a problem document too.</summary>
    public const string HeaderName = "Trace-Id";

    /// <summary>Stands before all that answers, so that every answer names its trace, refusals included.</summary>
    public static void UseTraceIds(this WebApplication app) =>
        app.Use(
            (http, next) =>
            {
                Tell(http);
                return next(http);
            }
        );

    public static string Of(HttpContext http) => Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier;

    public static void Tell(HttpContext http) => http.Response.Headers[HeaderName] = Of(http);
}
