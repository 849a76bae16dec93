using RecordingService.Api.Problems;
using RecordingService.Api.Tests.Support;

namespace RecordingService.Api.Tests;

public sealed class ChangeTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private readonly TestApi api = fixture.Api;

    [Fact]
    public async Task Change_Live_ChangesWhatIsGivenAndLeavesTheRest()
    {
        var id = await api.RecordAsync("change", more: ""","metadata":{"a":"1"} """);

        var longer = await (await api.PatchAsync($"/v1/recordings/{id}", """{"maxDuration":"PT5H"}""")).ShouldBeAsync(200);
        var all = await (
            await api.PatchAsync($"/v1/recordings/{id}", """{"maxDuration":"PT1M","longestBreak":"PT6M","metadata":{}}""")
        ).ShouldBeAsync(200);

        longer.GetProperty("maxDuration").GetString().ShouldBe("PT5H");
        longer.GetProperty("longestBreak").GetString().ShouldBe("PT5M");
        longer.GetProperty("metadata").GetProperty("a").GetString().ShouldBe("1");
        all.GetProperty("maxDuration").GetString().ShouldBe("PT1M");
        all.GetProperty("longestBreak").GetString().ShouldBe("PT6M");
        all.GetProperty("idleTime").GetProperty("maxIdleTime").GetString().ShouldBe("PT12M");
        all.GetProperty("metadata").EnumerateObject().ShouldBeEmpty();
    }

    [Fact]
    public async Task Change_Ended_IsRefusedAndChangesNothing()
    {
        var id = await api.RecordAsync("change-ended");
        await api.EndAsync(id);
        var before = await api.CountRowsAsync();

        using var answer = await api.PatchAsync($"/v1/recordings/{id}", """{"maxDuration":"PT5H"}""");

        (await answer.ShouldBeAsync(Problem.NotLive)).Detail.ShouldContain($"{id} is uploading since");
        (await (await api.GetAsync($"/v1/recordings/{id}")).ShouldBeAsync(200)).GetProperty("maxDuration").GetString().ShouldBe("PT4H");
        (await api.CountRowsAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Change_BreakingRules_NamesThemAllAndChangesNothing()
    {
        var id = await api.RecordAsync("change-invalid");
        var before = await api.CountRowsAsync();

        using var answer = await api.PatchAsync(
            $"/v1/recordings/{id}",
            """{"maxDuration":"PT24H","longestBreak":"P1D","metadata":1,"roomType":"exam"}"""
        );

        (await answer.ShouldBeAsync(Problem.InvalidRequest))
            .Violations!.Select(violation => violation.Field)
            .ShouldBe(["maxDuration", "longestBreak", "metadata", "roomType"]);
        (await api.CountRowsAsync()).ShouldBe(before);
    }
}
