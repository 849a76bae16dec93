using RecordingService.Api.OpenApi;
using RecordingService.Api.Problems;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Operations;

/// <summary>Whether this process lives, and whether it can take requests. Neither depends on Agora being up.</summary>
internal static class HealthEndpoints
{
    /// <summary>An orchestrator asks again soon; a database that needs longer for one row is as good as away.</summary>
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(2);

    public static void MapHealth(this WebApplication app)
    {
        var health = app.MapGroup("/health").WithTags("Health");
        health
            .MapGet("/live", () => Results.Ok(new Health("live")))
            .WithName("getLiveness")
            .WithSummary("Tells whether the process runs.")
            .WithDescription("Asks nothing else, so that a database that is away ends no process.")
            .Produces<Health>()
            .AnswersProblems(Problem.MalformedRequest);
        health
            .MapGet("/ready", AnswerReadinessAsync)
            .WithName("getReadiness")
            .WithSummary("Tells whether this replica takes requests.")
            .WithDescription("The database answers, its schema is current, and no shutdown is under way. Agora is not asked.")
            .Produces<Health>()
            .Produces<Health>(503)
            .AnswersProblems(Problem.MalformedRequest);
    }

    private static async Task<IResult> AnswerReadinessAsync(
        HttpContext http,
        EngineState state,
        SchemaGate schema,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        if (state.Draining.IsCancellationRequested)
        {
            return Results.Json(new Health("draining"), statusCode: 503);
        }

        // The loop's last word may be old on a replica that only answers requests, so the database is asked once more.
        if (state.IsReady && await AnswersAsync(schema, time, cancellationToken))
        {
            return Results.Ok(new Health("ready"));
        }

        http.Response.Headers.RetryAfter = "1";
        return Results.Json(new Health("waiting for the database or its migration"), statusCode: 503);
    }

    private static async Task<bool> AnswersAsync(SchemaGate schema, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(LongestLook, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            // The wait is bounded from outside: a server that is frozen holds even a statement that was cancelled.
            return await schema.IsCurrentAsync(either.Token).WaitAsync(LongestLook, time, cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}

/// <summary>State of this replica.</summary>
/// <param name="Status">live, ready, draining, or what it waits for.</param>
public sealed record Health(string Status);
