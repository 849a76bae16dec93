using RecordingService.Api.Tests.Support;

namespace RecordingService.Api.Tests;

public sealed class StopTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private readonly TestApi api = fixture.Api;

    [Fact]
    public async Task Stop_Twice_IsStoredOnce()
    {
        var id = await api.RecordAsync("stop-twice");

        var first = await (await api.PostAsync($"/v1/recordings/{id}/stop")).ShouldBeAsync(202);
        var second = await (await api.PostAsync($"/v1/recordings/{id}/stop")).ShouldBeAsync(202);

        first.GetProperty("state").GetString().ShouldBe("stopping");
        first.GetProperty("endReason").GetString().ShouldBe("requested");
        second.GetRawText().ShouldBe(first.GetRawText());
        (
            await api.ReadAsync<long>($"select count(*) from recording.log where recording_id = '{id}' and message = 'Asked to stop.'")
        ).ShouldBe(1);
    }

    [Fact]
    public async Task Stop_OfWhatIsFinal_AnswersOk()
    {
        var id = await api.RecordAsync("stop-final");
        await (await api.PostAsync($"/v1/recordings/{id}/stop")).ShouldBeAsync(202);
        await api.EndAsync(id);
        await api.HappensAsync(
            $$$"""update recording.recordings set document = '{"stop":{"reason":"Requested","at":"2026-09-01T08:00:00Z"}}' where id = '{{{id}}}'"""
        );
        await api.HappensAsync(
            $$"""update recording.runs set document = document || '{"phase":"Closed","files":"Empty"}' where recording_id = '{{id}}'"""
        );

        var answer = await (await api.PostAsync($"/v1/recordings/{id}/stop")).ShouldBeAsync(200);

        answer.GetProperty("state").GetString().ShouldBe("aborted");
    }

    [Fact]
    public async Task Stop_WithWait_AnswersWhenTheTimeIsUp()
    {
        var id = await api.RecordAsync("stop-wait");

        using var answer = await api.PostAsync($"/v1/recordings/{id}/stop", null, ("Prefer", "wait=1"));

        await answer.ShouldBeAsync(202);
        answer.Headers.GetValues("Preference-Applied").ShouldBe(["wait=1"]);
    }

    [Fact]
    public async Task StopChannel_Live_StopsAllOfItsLabels()
    {
        var main = await api.RecordAsync("chan [1]");
        var other = await api.RecordAsync("chan [1]", more: ""","label":"two" """);
        var elsewhere = await api.RecordAsync("chan [2]");

        var answer = await (await api.PostAsync("/v1/channels/chan%20%5B1%5D/stop?project=school")).ShouldBeAsync(202);

        answer
            .GetProperty("items")
            .EnumerateArray()
            .Select(item => item.GetProperty("id").GetGuid())
            .ShouldBe([main, other], ignoreOrder: true);
        answer.GetProperty("items").EnumerateArray().ShouldAllBe(item => item.GetProperty("state").GetString() == "stopping");
        (await (await api.GetAsync($"/v1/recordings/{elsewhere}")).ShouldBeAsync(200))
            .GetProperty("state")
            .GetString()
            .ShouldBe("accepted");
    }

    [Fact]
    public async Task StopChannel_WithLabel_LeavesTheOthers()
    {
        var main = await api.RecordAsync("labelled");
        var other = await api.RecordAsync("labelled", more: ""","label":"two" """);

        var answer = await (await api.PostAsync("/v1/channels/labelled/stop?label=two")).ShouldBeAsync(202);

        answer.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetGuid()).ShouldBe([other]);
        (await (await api.GetAsync($"/v1/recordings/{main}")).ShouldBeAsync(200)).GetProperty("stopRequestedAt").GetString().ShouldBeNull();
    }

    [Fact]
    public async Task StopChannel_WithWait_AnswersWhenTheTimeIsUp()
    {
        await api.RecordAsync("channel-wait");

        using var answer = await api.PostAsync("/v1/channels/channel-wait/stop", null, ("Prefer", "wait=1"));

        (await answer.ShouldBeAsync(202)).GetProperty("items").GetArrayLength().ShouldBe(1);
        answer.Headers.GetValues("Preference-Applied").ShouldBe(["wait=1"]);
    }

    [Fact]
    public async Task StopChannel_NothingLive_AnswersOkWithNothing()
    {
        var answer = await (await api.PostAsync("/v1/channels/never-recorded/stop")).ShouldBeAsync(200);

        answer.GetProperty("items").GetArrayLength().ShouldBe(0);
    }
}
