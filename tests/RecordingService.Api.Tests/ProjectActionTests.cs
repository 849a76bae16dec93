using System.Text.Json;
using RecordingService.Api.Problems;
using RecordingService.Api.Tests.Support;

namespace RecordingService.Api.Tests;

/// <summary>What operators do to a project.</summary>
public sealed class ProjectActionTests(ApiPostgres postgres)
{
    private const string Pausing = """{"operator":"Grace","note":"the bucket is being moved"}""";
    private const string Resuming = """{"operator":"Ada","note":"the bucket works again"}""";

    [Fact]
    public async Task Project_PausedAndResumed_TellsSoAndKeepsWhoDidItAndWhy()
    {
        await using var api = await TestApi.StartAsync(await postgres.CreateDatabaseAsync());

        var paused = await (await api.PostAsync("/v1/projects/SCHOOL/pause", Pausing)).ShouldBeAsync(200);
        var again = await (await api.PostAsync("/v1/projects/school/pause", Pausing)).ShouldBeAsync(200);

        paused.GetProperty("ready").GetBoolean().ShouldBeFalse();
        paused.GetProperty("faults")[0].GetString().ShouldStartWith("An operator paused it at ");
        var since = paused.GetProperty("requests").GetProperty("pausedAt").GetDateTimeOffset();
        again.GetProperty("requests").GetProperty("pausedAt").GetDateTimeOffset().ShouldBe(since, "it was paused already");
        var resumed = await (await api.PostAsync("/v1/projects/school/resume", Resuming)).ShouldBeAsync(200);
        resumed.GetProperty("ready").GetBoolean().ShouldBeTrue();
        (await (await api.GetAsync("/v1/projects/school")).ShouldBeAsync(200))
            .GetProperty("requests")
            .GetProperty("pausedAt")
            .ValueKind.ShouldBe(JsonValueKind.Null);
        var actions = (await (await api.GetAsync("/v1/projects/school/actions")).ShouldBeAsync(200)).GetProperty("items");
        actions
            .EnumerateArray()
            .Select(a => $"{a.GetProperty("action")} {a.GetProperty("operator")}: {a.GetProperty("note")}")
            .ShouldBe([
                "resume Ada: the bucket works again",
                "pause Grace: the bucket is being moved",
                "pause Grace: the bucket is being moved",
            ]);
    }

    [Fact]
    public async Task Start_InAPausedProject_IsAcceptedAndToldNoWait()
    {
        await using var api = await TestApi.StartAsync(await postgres.CreateDatabaseAsync());
        await (await api.PostAsync("/v1/projects/school/pause", Pausing)).ShouldBeAsync(200);

        var accepted = await (await api.PostAsync("/v1/recordings", """{"channel":"maths","roomType":"lecture"}""")).ShouldBeAsync(202);

        accepted.GetProperty("state").GetString().ShouldBe("accepted");
        accepted.GetProperty("estimatedWait").ValueKind.ShouldBe(JsonValueKind.Null, "nobody knows when it is resumed");
        accepted.GetProperty("reason").GetProperty("code").GetString().ShouldBe("starts_held");
        (await (await api.GetAsync("/v1/projects/school")).ShouldBeAsync(200))
            .GetProperty("requests")
            .GetProperty("waiting")
            .GetInt32()
            .ShouldBe(1);
    }

    /// <summary>What holds a start is told as long as nothing records, in place of what was wrong before.</summary>
    [Theory]
    [InlineData("Planned", "starts_held")]
    [InlineData("Recording", "recorder_replaced")]
    public async Task Recording_WhoseNextRecorderIsHeld_TellsThatAndNotThatAllIsWell(string phase, string code)
    {
        await using var api = await TestApi.StartAsync(await postgres.CreateDatabaseAsync());
        var id = await api.RecordAsync("maths");
        await api.HappensAsync(
            $$$"""
            update recording.recordings set confirmed_at = now(), document = document || '{"reason":{"code":"recorder_replaced","message":"m","advice":"a"}}' where id = '{{{id}}}';
            update recording.runs set document = document || '{"phase":"{{{phase}}}"}' where recording_id = '{{{id}}}'
            """
        );
        await (await api.PostAsync("/v1/projects/school/pause", Pausing)).ShouldBeAsync(200);

        var one = await (await api.GetAsync($"/v1/recordings/{id}")).ShouldBeAsync(200);
        var listed = (await (await api.GetAsync("/v1/recordings")).ShouldBeAsync(200)).GetProperty("items")[0];

        one.GetProperty("reason").GetProperty("code").GetString().ShouldBe(code);
        listed.GetProperty("reason").GetProperty("code").GetString().ShouldBe(code);
        await (await api.PostAsync("/v1/projects/school/resume", Resuming)).ShouldBeAsync(200);
        (await (await api.GetAsync($"/v1/recordings/{id}")).ShouldBeAsync(200))
            .GetProperty("reason")
            .GetProperty("code")
            .GetString()
            .ShouldBe("recorder_replaced");
    }

    [Fact]
    public async Task Diagnosis_OfWhatAPauseHolds_NamesWhoPausedFirst()
    {
        await using var api = await TestApi.StartAsync(await postgres.CreateDatabaseAsync());
        await (await api.PostAsync("/v1/projects/school/pause", Resuming)).ShouldBeAsync(200);
        await (await api.PostAsync("/v1/projects/school/resume", Resuming)).ShouldBeAsync(200);
        await (await api.PostAsync("/v1/projects/school/pause", Pausing)).ShouldBeAsync(200);
        await (await api.PostAsync("/v1/projects/school/pause", Resuming)).ShouldBeAsync(200);
        var id = await api.RecordAsync("maths");

        var diagnosis = await (await api.GetAsync($"/v1/recordings/{id}/diagnosis")).ShouldBeAsync(200);

        diagnosis
            .GetProperty("causes")[0]
            .GetProperty("evidence")[0]
            .GetProperty("fact")
            .GetString()
            .ShouldBe("Operator Grace paused it: the bucket is being moved");
    }

    [Theory]
    [InlineData("""{"note":"why"}""", "operator")]
    [InlineData("""{"operator":"Grace"}""", "note")]
    [InlineData("""{"operator":"Grace","note":"why","until":"noon"}""", "until")]
    public async Task Action_WithAFaultyBody_IsRefusedByItsMember(string body, string field)
    {
        await using var api = await TestApi.StartAsync(await postgres.CreateDatabaseAsync());

        var problem = await (await api.PostAsync("/v1/projects/school/pause", body)).ShouldBeAsync(Problem.InvalidRequest);

        problem.Violations!.ShouldHaveSingleItem().Field.ShouldBe(field);
        (await (await api.GetAsync("/v1/projects/school/actions")).ShouldBeAsync(200)).GetProperty("items").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Project_ThatIsNotConfigured_IsNotFound()
    {
        await using var api = await TestApi.StartAsync(await postgres.CreateDatabaseAsync());

        await (await api.GetAsync("/v1/projects/college")).ShouldBeAsync(Problem.NotFound);
        await (await api.GetAsync("/v1/projects/college/actions")).ShouldBeAsync(Problem.NotFound);
        (await (await api.PostAsync("/v1/projects/college/pause", Pausing)).ShouldBeAsync(Problem.NotFound)).Detail!.ShouldContain(
            "school"
        );
    }
}
