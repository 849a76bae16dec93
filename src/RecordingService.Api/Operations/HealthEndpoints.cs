using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Operations;

/// <summary>Whether this process lives, and whether it can take requests. Neither depends on Agora being up.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this WebApplication app)
    {
        var health = app.MapGroup("/health").WithTags("Health");
        health
            .MapGet("/live", () => Results.Ok(new Health("live")))
            .WithName("getLiveness")
            .WithSummary("Tells whether the process runs.")
            .Produces<Health>();
        health
            .MapGet(
                "/ready",
                (EngineState state) =>
                    state.Draining.IsCancellationRequested ? Results.Json(new Health("draining"), statusCode: 503)
                    : state.IsReady ? Results.Ok(new Health("ready"))
                    : Results.Json(new Health("waiting for the database or its migration"), statusCode: 503)
            )
            .WithName("getReadiness")
            .WithSummary(
                "Tells whether this replica takes requests: the database answers, its schema is current, and no shutdown is under way."
            )
            .Produces<Health>()
            .Produces<Health>(503);
    }
}

/// <summary>State of this replica.</summary>
/// <param name="Status">live, ready, draining, or what it waits for.</param>
public sealed record Health(string Status);
