using System.Data.Common;
using Microsoft.AspNetCore.Diagnostics;
using RecordingService.Api.Requests;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Problems;

/// <summary>Makes every error of this service a problem document, in every environment and for every Accept header the same.</summary>
internal static partial class ProblemsExtensions
{
    /// <summary>Classes of SQLSTATE with which a server says that it cannot serve now, and the two that a schema not migrated yet gives.</summary>
    private static readonly string[] AwayStates = ["08", "28", "3D", "40", "53", "55", "57", "58", "3F000", "42P01"];

    public static void UseProblems(this WebApplication app)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("RecordingService.Problems");
        app.UseExceptionHandler(
            new ExceptionHandlerOptions
            {
                ExceptionHandler = http => AnswerExceptionAsync(http, log),
                // Only faults of this service are worth a stack trace in the log.
                SuppressDiagnosticsCallback = context =>
                    AnswerTo(context.Exception).Kind != Problem.Internal || context.HttpContext.RequestAborted.IsCancellationRequested,
            }
        );
        app.UseStatusCodePages(context => AnswerStatusAsync(context.HttpContext));
        app.MapGet("/problems/{code}", Page).ExcludeFromDescription();
    }

    private static async Task AnswerExceptionAsync(HttpContext http, ILogger log)
    {
        if (http.RequestAborted.IsCancellationRequested)
        {
            // The caller has left: nobody would read an answer.
            return;
        }

        var error = http.Features.Get<IExceptionHandlerFeature>()!.Error;
        var answer = AnswerTo(error);
        if (answer.Kind == Problem.DatabaseUnavailable)
        {
            log.DatabaseAway(http.Request.Method, http.Request.Path, error.GetBaseException().Message);
        }

        await answer.ExecuteAsync(http);
    }

    private static ProblemResult AnswerTo(Exception error) =>
        error switch
        {
            BadHttpRequestException { StatusCode: 413 } => Problem.BodyTooLarge.Because("The body is larger than 64 kB."),
            BadHttpRequestException { StatusCode: 408 } => Problem.RequestTimeout.Because(
                "The body came more slowly than 240 bytes a second. Nothing was done; send the request again."
            ),
            BadHttpRequestException => Problem.MalformedBody.Because("The body did not arrive as it was announced."),
            _ when IsDatabaseAway(error) => Problem.DatabaseUnavailable.Because(
                "The database does not answer, or its migration is not done. Send the same request again; a repeated start or stop does no harm."
            ),
            _ => Problem.Internal.Because("The fault is logged under the trace id of this answer."),
        };

    /// <summary>Tells what an address takes: to OPTIONS as an answer, else as a refusal.</summary>
    private static Task AnswerStatusAsync(HttpContext http)
    {
        var isRefused = http.Response.StatusCode == StatusCodes.Status405MethodNotAllowed;
        if (isRefused)
        {
            http.Response.Headers.Allow = SafeMethods.Allowed(http.Response.Headers.Allow);
        }

        if (isRefused && HttpMethods.IsOptions(http.Request.Method))
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }

        return AnswerTo(http).ExecuteAsync(http);
    }

    /// <summary>The answer where the server gave a status and nothing else.</summary>
    private static ProblemResult AnswerTo(HttpContext http)
    {
        var (method, path) = (http.Request.Method, Violation.Cut(http.Request.Path.Value ?? "/"));
        return http.Response.StatusCode switch
        {
            404 => Problem.NotFound.Because($"Nothing is at {path}; /openapi/v1.json tells what there is."),
            405 => Problem.MethodNotAllowed.Because($"{path} does not take {method}; it takes {http.Response.Headers.Allow}."),
            413 => Problem.BodyTooLarge.Because("The body is larger than 64 kB."),
            415 => Problem.UnsupportedMediaType.Because(
                $"Content-Type is '{Violation.Cut(http.Request.ContentType ?? "")}'; send application/json."
            ),
            < 500 => Problem.MalformedRequest.Because("The request cannot be read."),
            _ => Problem.Internal.Because("The fault is logged under the trace id of this answer."),
        };
    }

    private static bool IsDatabaseAway(Exception? error) =>
        error switch
        {
            null => false,
            DatabaseUnavailableException or TimeoutException => true,
            DbException { SqlState: null } => true,
            DbException { SqlState: { } state } => AwayStates.Any(away => state.StartsWith(away, StringComparison.Ordinal)),
            // Entity Framework wraps what it takes for transient.
            _ => IsDatabaseAway(error.InnerException),
        };

    private static IResult Page(string code) =>
        ProblemPage.Open(code) is { } page
            ? Results.Stream(page, "text/markdown; charset=utf-8")
            : Problem.NotFound.Because(
                $"No kind of problem is called '{Violation.Cut(code)}'; there are {string.Join(", ", Problem.All.Select(p => p.Code))}."
            );

    [LoggerMessage(3020, LogLevel.Warning, "{RequestMethod} {RequestPath} could not be carried out: {Reason}")]
    private static partial void DatabaseAway(this ILogger log, string requestMethod, string requestPath, string reason);
}
