using System.Text.Json;
using System.Text.RegularExpressions;
using RecordingService.Api.Problems;

namespace RecordingService.Api.Tests.Support;

/// <summary>What every answer has to be like.</summary>
internal static partial class Answers
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
    };

    /// <summary>An answer with that status and a JSON body.</summary>
    public static async Task<JsonElement> ShouldBeAsync(this HttpResponseMessage answer, int status)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        ((int)answer.StatusCode).ShouldBe(status, text);
        answer.Content.Headers.ContentType?.MediaType.ShouldBe("application/json");
        answer.Headers.Contains("Server").ShouldBeFalse();
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>A problem of that kind, complete and without a word about the inside of the service.</summary>
    public static async Task<ProblemDocument> ShouldBeAsync(this HttpResponseMessage answer, Problem kind)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        ((int)answer.StatusCode).ShouldBe(kind.Status, text);
        answer.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
        answer.Headers.Contains("Server").ShouldBeFalse();
        if (kind.Status == 429)
        {
            answer.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.Zero);
        }
        else
        {
            answer.Headers.RetryAfter?.Delta.ShouldBe(kind.RetryAfter);
        }

        var problem = JsonSerializer.Deserialize<ProblemDocument>(text, Strict)!;
        problem.Code.ShouldBe(kind.Code, text);
        problem.Type.ShouldBe(kind.Type);
        problem.Title.ShouldBe(kind.Title);
        problem.Status.ShouldBe(kind.Status);
        problem.Detail.ShouldNotBeNullOrWhiteSpace();
        problem.TraceId.ShouldNotBeNullOrWhiteSpace();
        Inside().IsMatch(text).ShouldBeFalse(text);
        return problem;
    }

    // Type names, stack frames, SQL, drivers, addresses of the database.
    [GeneratedRegex(
        @"Exception|\bSystem\.|Microsoft|Npgsql|RecordingService\.|   at |select |insert |SQLSTATE|127\.0\.0\.1|NullReference|line \d+ of"
    )]
    private static partial Regex Inside();
}
