using System.Text.Json.Nodes;
using RecordingService.Client.Tests.Support;

namespace RecordingService.Client.Tests.Http;

/// <summary>Lists that are longer than one answer.</summary>
public sealed class PagingTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Timeline_IsReadOverItsPages()
    {
        await using var server = await ScriptedServer.StartAsync(
            Answer.Json(Timeline(from: 1, count: 500)),
            Answer.Json(Timeline(from: 501, count: 500)),
            Answer.Json(Timeline(from: 1001, count: 2))
        );
        using var client = new TestClient(server.Address);

        var lines = await client.Api.GetTimelineAsync(TestClient.Id, cancellationToken: Cancelled).ToListAsync(Cancelled);

        lines.Select(line => line.Sequence).ShouldBe(Enumerable.Range(1, 1002).Select(number => (long)number));
        server.Requests.Select(request => request.Query["after"]).ShouldBe(["0", "500", "1000"]);
        server.Requests.ShouldAllBe(request => request.Query["limit"] == "500");
    }

    [Fact]
    public async Task List_IsReadAsFarAsItIsWanted()
    {
        var page = Repository.Example("listRecordings", "200");
        page["nextCursor"] = "more";
        await using var server = await ScriptedServer.StartAsync(Answer.Json(page.ToJsonString()));
        using var client = new TestClient(server.Address);
        var items = page["items"]!.AsArray().Count;

        (await client.Api.ListAsync(new() { PageSize = 7 }, Cancelled).Take(2 * items).ToListAsync(Cancelled)).Count.ShouldBe(2 * items);

        // The third page is not asked for, although there is one.
        server.Requests.Select(request => request.Query.GetValueOrDefault("cursor")).ShouldBe([null, "more"]);
        server.Requests.ShouldAllBe(request => request.Query["limit"] == "7");
    }

    private static string Timeline(int from, int count) =>
        new JsonObject
        {
            ["items"] = new JsonArray([
                .. Enumerable
                    .Range(from, count)
                    .Select(number =>
                        (JsonNode)
                            new JsonObject
                            {
                                ["sequence"] = number,
                                ["at"] = "2026-09-01T08:00:00+00:00",
                                ["lastAt"] = "2026-09-01T08:00:00+00:00",
                                ["count"] = 1,
                                ["kind"] = "call",
                                ["generation"] = null,
                                ["message"] = "Queried.",
                                ["detail"] = new JsonObject { ["httpStatus"] = 200 },
                            }
                    ),
            ]),
            ["next"] = from + count - 1,
        }.ToJsonString();
}
