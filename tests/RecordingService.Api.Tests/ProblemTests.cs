using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using RecordingService.Api.Problems;
using RecordingService.Api.Tests.Support;

namespace RecordingService.Api.Tests;

public sealed class ProblemTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    public static TheoryData<string> Codes => [.. Problem.All.Select(problem => problem.Code)];

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task Problem_OfEveryKind_HasAPageWithATruthfulExample(string code)
    {
        var problem = Problem.All.Single(kind => kind.Code == code);

        using var answer = await fixture.Api.GetAsync(problem.Type);
        var page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var example = ProblemPage.Example(problem).Deserialize<ProblemDocument>(Strict)!;

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/markdown; charset=utf-8");
        page.ShouldStartWith($"# {problem.Title}\n\n`{code}`, HTTP {problem.Status}\n");
        page.ShouldContain("**What happened.**");
        page.ShouldContain("**Why.**");
        page.ShouldContain("**What to do.**");
        (example.Type, example.Title, example.Status, example.Code).ShouldBe((problem.Type, problem.Title, problem.Status, code));
    }

    [Fact]
    public void Problems_EachDeclared_AreListedOnce()
    {
        var declared = typeof(Problem)
            .GetFields()
            .Where(field => field.FieldType == typeof(Problem))
            .Select(field => (Problem)field.GetValue(null)!);

        Problem.All.ShouldBe(declared, ignoreOrder: true);
        Problem.All.Select(problem => problem.Code).ShouldBeUnique();
    }

    [Fact]
    public void ProblemPages_AllOfThem_BelongToAKind() =>
        Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "docs", "problems"), "*.md")
            .Select(Path.GetFileNameWithoutExtension)
            .ShouldBe(Problem.All.Select(problem => problem.Code), ignoreOrder: true);

    [Fact]
    public async Task Fault_OfTheServiceItself_SaysNothingOfItsInside()
    {
        // A row that no version of this service writes makes reading it throw.
        var id = await fixture.Api.RecordAsync("fault");
        await fixture.Api.HappensAsync($$"""update recording.recordings set document = '{"stop":7}' where id = '{{id}}'""");

        using var answer = await fixture.Api.GetAsync($"/v1/recordings/{id}");

        await answer.ShouldBeAsync(Problem.Internal);
    }
}
