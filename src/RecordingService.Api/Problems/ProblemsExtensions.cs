using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Npgsql;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Problems;

/// <summary>Makes every error of this service a problem document (RFC 9457), in every environment the same.</summary>
internal static class ProblemsExtensions
{
    /// <summary>How long callers are asked to wait when nothing could be stored.</summary>
    private const int RetryAfterSeconds = 5;

    public static void AddProblems(this IServiceCollection services)
    {
        services.AddProblemDetails(options =>
            options.CustomizeProblemDetails = context =>
            {
                var problem = context.ProblemDetails;
                problem.Extensions["traceId"] = Activity.Current?.TraceId.ToString() ?? context.HttpContext.TraceIdentifier;
                if (!problem.Extensions.ContainsKey("code"))
                {
                    var kind = Problem.All.FirstOrDefault(p => p.Status == problem.Status) ?? Problem.Internal;
                    (problem.Type, problem.Title) = (kind.Type, kind.Title);
                    problem.Extensions["code"] = kind.Code;
                }
            }
        );
        // The same in Development and Production: bad input is an exception that the handler below answers.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
    }

    public static void UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler(handler => handler.Run(AnswerAsync));
        app.UseStatusCodePages();
        app.MapGet("/problems/{code}", Page).ExcludeFromDescription();
    }

    private static async Task AnswerAsync(HttpContext http)
    {
        var error = http.Features.Get<IExceptionHandlerFeature>()!.Error;
        var answer = error switch
        {
            BadHttpRequestException { StatusCode: 413 } => Problem.BodyTooLarge.Because("The body is larger than 64 kB."),
            BadHttpRequestException { StatusCode: 415 } => Problem.UnsupportedMediaType.Because("Send Content-Type: application/json."),
            BadHttpRequestException { InnerException: JsonException } => Problem.MalformedBody.Because("The body is not valid JSON."),
            BadHttpRequestException bad => Problem.InvalidRequest.Because(bad.Message),
            NpgsqlException or TimeoutException or DatabaseUnavailableException => Unavailable(http),
            _ => Problem.Internal.Because("The fault is logged under the trace id of this answer."),
        };
        await answer.ExecuteAsync(http);
    }

    private static IResult Unavailable(HttpContext http)
    {
        http.Response.Headers.RetryAfter = RetryAfterSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Problem.DatabaseUnavailable.Because("The database does not answer. Nothing was stored; send the same request again.");
    }

    /// <summary>The page of a kind of error, from docs/problems.</summary>
    private static IResult Page(string code)
    {
        var page = Assembly.GetExecutingAssembly().GetManifestResourceStream($"problems.{code}.md");
        return page is null
            ? Problem.NotFound.Because($"No kind of problem is called '{code}'.")
            : Results.Stream(page, "text/markdown; charset=utf-8");
    }
}
