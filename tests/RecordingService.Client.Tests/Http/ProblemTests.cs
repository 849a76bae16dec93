using System.Net;
using RecordingService.Client.Tests.Support;

namespace RecordingService.Client.Tests.Http;

/// <summary>What becomes of answers that are no success.</summary>
public sealed class ProblemTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("invalid-request")]
    [InlineData("differs-from-live-recording")]
    [InlineData("idempotency-key-reused")]
    [InlineData("precondition-failed")]
    [InlineData("not-found")]
    [InlineData("database-unavailable")]
    public async Task Problem_AsItsPageShowsIt_IsReadAsAWhole(string code)
    {
        var page = await File.ReadAllTextAsync(
            Path.Combine(Repository.Root, "docs", "problems", $"{code}.md"),
            TestContext.Current.CancellationToken
        );
        var json = page.Split("```json\n")[1].Split("\n```")[0];
        var shown = System.Text.Json.Nodes.JsonNode.Parse(json)!;
        await using var server = await ScriptedServer.StartAsync(Answer.Json(json, (int)shown["status"]!, "application/problem+json"));
        using var client = new TestClient(server.Address, TestClient.Patient(new SkippingTime(), attempts: 1));

        var problem = await Should.ThrowAsync<RecordingProblemException>(client.Api.GetAsync(TestClient.Id, cancellationToken: Cancelled));

        ((int)problem.StatusCode).ShouldBe((int)shown["status"]!);
        problem.Code.ShouldBe(code);
        problem.Type.ShouldBe((string?)shown["type"]);
        problem.Title.ShouldBe((string?)shown["title"]);
        problem.Detail.ShouldBe((string?)shown["detail"]);
        problem.TraceId.ShouldBe((string?)shown["traceId"]);
        problem.RecordingId?.ToString().ShouldBe((string?)shown["recordingId"]);
        problem
            .Violations.Select(v => (v.Field, v.Value, v.Rule, v.Source))
            .ShouldBe(
                shown["violations"]
                    ?.AsArray()
                    .Select(v => ((string)v!["field"]!, (string?)v["value"], (string)v["rule"]!, (string?)v["source"]))
                    ?? []
            );
        problem
            .Differences.Select(d => (d.Field, d.Asked, d.Live))
            .ShouldBe(shown["differences"]?.AsArray().Select(d => ((string)d!["field"]!, (string?)d["asked"], (string?)d["live"])) ?? []);
        problem.Message.ShouldBe(
            $"GET /v1/recordings/{TestClient.Id} was answered {(int)shown["status"]!}, {code}: {shown["detail"]} (trace {shown["traceId"]})"
        );
    }

    [Theory]
    [InlineData(502, "<html>Bad gateway</html>", "text/html")]
    [InlineData(502, "", "text/plain")]
    [InlineData(404, "{\"oops\":", "application/json")]
    [InlineData(404, "[]", "application/problem+json")]
    public async Task Answer_ThatIsNoProblemDocument_HasItsStatusAlone(int status, string body, string type)
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Json(body, status, type));
        using var client = new TestClient(server.Address, TestClient.Patient(new SkippingTime(), attempts: 1));

        var problem = await Should.ThrowAsync<RecordingProblemException>(client.Api.GetAsync(TestClient.Id, cancellationToken: Cancelled));

        problem.StatusCode.ShouldBe((HttpStatusCode)status);
        problem.Code.ShouldBe(RecordingProblemException.UnknownCode);
        problem.Violations.ShouldBeEmpty();
        problem.Differences.ShouldBeEmpty();
        problem.TraceId.ShouldBeNull();
    }
}
