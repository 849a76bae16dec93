using RecordingService.Api.Access;
using RecordingService.Api.OpenApi;
using RecordingService.Api.Problems;
using RecordingService.Api.Recordings;
using RecordingService.Domain.Diagnosis;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Diagnosis;

/// <summary>What may be wrong with a recording, from what is known here; asks neither Agora nor a bucket.</summary>
internal static class DiagnosisEndpoints
{
    public static void AddDiagnosis(this IServiceCollection services) => services.AddSingleton<Circumstances>();

    public static void MapDiagnosis(this WebApplication app) =>
        app.MapGroup("/v1/recordings/{id}")
            .WithTags("Recordings")
            .AlwaysAnswersProblems()
            .MapGet("/diagnosis", DiagnoseAsync)
            .WithName("getDiagnosis")
            .WithSummary("Tells why a recording failed or is degraded: ranked causes, the evidence for each, and what to do.")
            .WithDescription(
                "Only what was observed counts: answers of Agora, its notifications, looks into the bucket, settings. It may be asked at any time and costs no request "
                    + "to Agora. An empty list means that nothing is wrong; the summary tells what proves that."
            )
            .Produces<DiagnosisResource>()
            .AnswersProblems(Problem.NotFound)
            .Requires(Scope.Read);

    private static async Task<IResult> DiagnoseAsync(HttpContext http, string id, RecordingQueries queries, Circumstances circumstances)
    {
        if (await queries.FindAsync(http, id) is not { Recording: var recording })
        {
            return RecordingReads.Unknown(id);
        }

        var findings = Findings.Of(recording, await circumstances.OfAsync(recording, http.RequestAborted));
        return Results.Ok(new DiagnosisResource(recording.Id, recording.State, findings.Summary, [.. findings.Causes.Select(ToResource)]));
    }

    private static CauseResource ToResource(Cause cause) =>
        new(
            cause.Code,
            cause.Title,
            cause.Explanation,
            cause.Confidence,
            [.. cause.Evidence.Select(fact => new FactResource(fact.At, fact.Generation, fact.Text))],
            cause.Advice
        );
}
