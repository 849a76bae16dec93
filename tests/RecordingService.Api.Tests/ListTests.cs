using System.Text.Json;
using RecordingService.Api.Tests.Support;

namespace RecordingService.Api.Tests;

public sealed class ListTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private readonly TestApi api = fixture.Api;

    [Fact]
    public async Task List_WalkedByCursor_GivesEachRecordingOnceNewestFirst()
    {
        List<Guid> ids = [];
        for (var i = 0; i < 7; i++)
        {
            ids.Add(await api.RecordAsync($"walk-{i}", more: ""","externalId":"walk" """));
        }

        // Recordings accepted in the same moment are told apart by their ids.
        await api.HappensAsync(
            "update recording.recordings set accepted_at = '2026-01-05T08:00:00Z' where channel in ('walk-2', 'walk-3', 'walk-4')"
        );

        var whole = await WalkAsync("/v1/recordings?externalId=walk&limit=200");
        var inPages = await WalkAsync(
            "/v1/recordings?externalId=walk&limit=2",
            meanwhile: () => api.RecordAsync($"later-{Guid.NewGuid():N}", more: ""","externalId":"walk" """)
        );

        whole.ShouldBe([ids[6], ids[5], ids[1], ids[0], ids[4], ids[3], ids[2]]);
        inPages.ShouldBe(whole);
    }

    [Fact]
    public async Task List_Filters_GiveWhatMatchesAll()
    {
        var lecture = await api.RecordAsync("filter-a", more: ""","externalId":"x-1" """);
        var exam = await api.RecordAsync("filter-b", "exam", ""","externalId":"x-1" """);
        await (await api.PostAsync($"/v1/recordings/{exam}/stop")).ShouldBeAsync(202);
        await api.HappensAsync($"update recording.recordings set state = 'Stopping' where id = '{exam}'");
        await api.HappensAsync($"update recording.recordings set accepted_at = '2026-02-01T08:00:00Z' where id = '{lecture}'");

        (await FindAsync("externalId=x-1")).ShouldBe([exam, lecture]);
        (await FindAsync("externalId=x-1&channel=filter-a")).ShouldBe([lecture]);
        (await FindAsync("externalId=x-1&roomType=exam")).ShouldBe([exam]);
        (await FindAsync("externalId=x-1&state=stopping")).ShouldBe([exam]);
        (await FindAsync("externalId=x-1&project=SCHOOL")).ShouldBe([exam, lecture]);
        (await FindAsync("externalId=x-1&project=closed-school")).ShouldBeEmpty();
        (await FindAsync("externalId=x-1&from=2026-02-01T08:00:00Z&to=2026-02-01T09:00:00.001%2B01:00")).ShouldBe([lecture]);
        (await FindAsync("externalId=x-1&from=2026-02-01T08:00:00.000001Z")).ShouldBe([exam]);
        (await FindAsync("externalId=x-1&to=2026-02-01T08:00:00Z")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Timeline_ReadInPages_GivesEachLineOnceInOrder()
    {
        var id = await api.RecordAsync("timeline");
        await (await api.PatchAsync($"/v1/recordings/{id}", """{"metadata":{"a":"b"}}""")).ShouldBeAsync(200);
        await (await api.PostAsync($"/v1/recordings/{id}/stop")).ShouldBeAsync(202);

        var whole = (await ReadAsync($"/v1/recordings/{id}/timeline")).GetProperty("items").EnumerateArray().ToList();
        var first = await ReadAsync($"/v1/recordings/{id}/timeline?limit=2");
        var second = await ReadAsync($"/v1/recordings/{id}/timeline?limit=2&after={first.GetProperty("next").GetInt64()}");
        var third = await ReadAsync($"/v1/recordings/{id}/timeline?limit=2&after={second.GetProperty("next").GetInt64()}");

        whole
            .Select(line => line.GetProperty("message").GetString())
            .ShouldBe(["Asked to record channel 'timeline' as lecture.", "Changed: metadata.", "Asked to stop."]);
        whole.ShouldAllBe(line => line.GetProperty("kind").GetString() == "request");
        first
            .GetProperty("items")
            .EnumerateArray()
            .Concat(second.GetProperty("items").EnumerateArray())
            .Select(line => line.GetRawText())
            .ShouldBe(whole.Select(line => line.GetRawText()));
        third.GetProperty("items").GetArrayLength().ShouldBe(0);
        third.GetProperty("next").GetInt64().ShouldBe(second.GetProperty("next").GetInt64());
    }

    private async Task<List<Guid>> FindAsync(string query) => await WalkAsync($"/v1/recordings?{query}");

    private async Task<List<Guid>> WalkAsync(string path, Func<Task>? meanwhile = null)
    {
        List<Guid> ids = [];
        for (string? cursor = ""; cursor is not null; )
        {
            var page = await ReadAsync(path + (cursor.Length > 0 ? $"&cursor={cursor}" : ""));
            ids.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetGuid()));
            cursor = page.GetProperty("nextCursor").GetString();
            if (meanwhile is not null)
            {
                await meanwhile();
            }
        }

        return ids;
    }

    private async Task<JsonElement> ReadAsync(string path)
    {
        using var answer = await api.GetAsync(path);
        return await answer.ShouldBeAsync(200);
    }
}
