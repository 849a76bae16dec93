using System.Text.Json;
using System.Text.Json.Nodes;
using RecordingService.Api.Tests.Support;
using RecordingService.Infrastructure.Engine;
using RecordingService.LocalStack.Processes;

namespace RecordingService.Api.Tests.Access;

/// <summary>Every write leaves the caller's name: in the recording's timeline, or in the audit.</summary>
public sealed class AuditTests(ApiPostgres postgres)
{
    /// <summary>A subject that nobody knows before.</summary>
    private const string MadeThere = "*";

    private const string Acting = """{"operator":"Grace","note":"why"}""";

    /// <summary>A write, on a recording of its own, and where its line stands: in the timeline (of that message) or in the audit (of that subject).</summary>
    private static readonly Dictionary<string, Write> Writes = new()
    {
        ["startRecording"] = new(
            "POST",
            "/v1/recordings",
            """{"channel":"new","roomType":"lecture"}""",
            Told: "Asked to record channel 'new'"
        ),
        ["changeRecording"] = new("PATCH", "/v1/recordings/{id}", """{"metadata":{"a":"b"}}""", Told: "Changed: metadata"),
        ["stopRecording"] = new("POST", "/v1/recordings/{id}/stop", null, Told: "Asked to stop"),
        ["stopChannel"] = new("POST", "/v1/channels/maths/stop", null, Told: "Asked to stop"),
        ["changeLayout"] = new("PATCH", "/v1/recordings/{id}/layout", """{"kind":"vertical","largeUid":7001}""", Told: "Layout asked for"),
        ["changeSubscription"] = new(
            "PATCH",
            "/v1/recordings/{id}/subscription",
            """{"video":{"only":[7]}}""",
            Told: "Subscription asked for"
        ),
        ["recheckRecording"] = new("POST", "/v1/recordings/{id}/recheck", Acting, Told: "asked to recheck"),
        ["replaceRecorder"] = new("POST", "/v1/recordings/{id}/replace", Acting, Told: "asked to replace"),
        ["closeRecording"] = new("POST", "/v1/recordings/{id}/close", Acting, Told: "asked to close"),
        ["pauseProject"] = new("POST", "/v1/projects/school/pause", Acting, Subject: "school"),
        ["resumeProject"] = new("POST", "/v1/projects/School/resume", Acting, Subject: "school"),
        ["createWebhook"] = new("POST", "/v1/webhooks", """{"url":"https://school.example.org/hooks?token=hidden"}""", Subject: MadeThere),
        ["changeWebhook"] = new("PATCH", "/v1/webhooks/{webhook}", """{"enabled":false}""", Subject: "{webhook}"),
        ["rotateWebhookSecret"] = new("POST", "/v1/webhooks/{webhook}/rotate", "{}", Subject: "{webhook}"),
        ["testWebhook"] = new("POST", "/v1/webhooks/{webhook}/test", null, Subject: "{webhook}"),
        ["replayWebhook"] = new(
            "POST",
            "/v1/webhooks/{webhook}/replay",
            $$"""{"after":"{{EventCursor.Write(0)}}"}""",
            Subject: "{webhook}"
        ),
        ["deleteWebhook"] = new("DELETE", "/v1/webhooks/{webhook}", null, Subject: "{webhook}"),
        ["putRoomType"] = new("PUT", "/v1/room-types/seminar", """{"description":"one","policy":{}}""", Subject: "seminar"),
        ["deleteRoomType"] = new("DELETE", "/v1/room-types/exam", null, Subject: "exam"),
        ["createApiKey"] = new("POST", "/v1/api-keys", """{"caller":"new","scopes":["read"]}""", Subject: MadeThere),
        ["revokeApiKey"] = new("DELETE", "/v1/api-keys/{key}", null, Subject: "{key}"),
    };

    public static TheoryData<string> Names => [.. Writes.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Write_OfACaller_LeavesItsName(string operation)
    {
        await using var api = await TestApi.StartAsync(
            await postgres.CreateDatabaseAsync(),
            settings: new Dictionary<string, string?> { ["Webhooks:AllowedNetworks:0"] = "127.0.0.1/32" }
        );
        var write = Writes[operation];
        var id = await api.RecordAsync("maths");
        if (operation == "replaceRecorder")
        {
            // Only a recorder that runs can be replaced.
            await api.HappensAsync($"update recording.recordings set confirmed_at = accepted_at where id = '{id}'");
            await api.HappensAsync(
                $$"""update recording.runs set document = document || '{"phase":"Recording"}' where recording_id = '{{id}}'"""
            );
        }

        var revocable = (await api.CreateKeyAsync("revocable", [Scope.Read])).Key.Id;
        using var hook = await api.PostAsync("/v1/webhooks", $$"""{"url":"https://127.0.0.1:{{LoopbackPort.FindFree()}}"}""");
        var webhook = (await hook.ShouldBeAsync(201)).GetProperty("id").GetString();
        var key = await api.CreateKeyAsync("writer", Enum.GetValues<Scope>());
        var last = await api.ReadAsync<long>("select max(id) from recording.audit");

        using var answer = await api.SendAsAsync(key.Text, new HttpMethod(write.Method), Filled(write.Path), write.Body);

        ((int)answer.StatusCode).ShouldBeInRange(200, 299, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        if (write.Told is { } told)
        {
            (
                await api.ReadAsync<long>(
                    $"select count(*) from recording.log where message like '%{told.Replace("'", "''", StringComparison.Ordinal)}%' and detail ->> 'caller' = 'writer'"
                )
            ).ShouldBe(1);
        }

        using var audit = await api.GetAsync($"/v1/audit?after={last}");
        var page = await audit.ShouldBeAsync(200);
        if (write.Subject is { } subject)
        {
            var line = page.GetProperty("items").EnumerateArray().ShouldHaveSingleItem();
            line.GetProperty("caller").GetString().ShouldBe("writer");
            line.GetProperty("keyId").GetString().ShouldBe(key.Key.Id);
            line.GetProperty("action").GetString().ShouldBe(operation);
            line.GetProperty("traceId").GetString().ShouldNotBeNullOrEmpty();
            line.GetProperty("detail").ValueKind.ShouldBe(JsonValueKind.Object);
            line.GetProperty("detail").GetRawText().ShouldNotContain("hidden");
            if (subject != MadeThere)
            {
                line.GetProperty("subject").GetString().ShouldBe(Filled(subject));
            }

            page.GetProperty("next").GetInt64().ShouldBe(line.GetProperty("id").GetInt64());
        }
        else
        {
            page.GetProperty("items").GetArrayLength().ShouldBe(0);
            page.GetProperty("next").GetInt64().ShouldBe(last);
        }

        string Filled(string text) =>
            text.Replace("{id}", $"{id}", StringComparison.Ordinal)
                .Replace("{key}", revocable, StringComparison.Ordinal)
                .Replace("{webhook}", webhook, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Writes_OfTheDocument_AreAllInTheTable()
    {
        await using var api = await TestApi.StartAsync(await postgres.CreateDatabaseAsync());
        using var answer = await api.GetAsync("/openapi/v1.json");
        var document = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;

        document["paths"]!
            .AsObject()
            .Where(path => path.Key.StartsWith("/v1/", StringComparison.Ordinal))
            .SelectMany(path => path.Value!.AsObject())
            .Where(operation => operation.Key != "get")
            .Select(operation => operation.Value!["operationId"]!.GetValue<string>())
            .ShouldBe(Writes.Keys, ignoreOrder: true);
    }

    [Fact]
    public async Task Write_ThatChangesNothing_LeavesNoLine()
    {
        await using var api = await TestApi.StartAsync(await postgres.CreateDatabaseAsync());
        const string seminar = """{"description":"one","policy":{}}""";
        using var made = await api.SendAsync(HttpMethod.Put, "/v1/room-types/seminar", seminar);
        using var same = await api.SendAsync(HttpMethod.Put, "/v1/room-types/seminar", seminar);
        using var unknown = await api.SendAsync(HttpMethod.Delete, "/v1/room-types/nothing");
        using var refused = await api.SendAsync(HttpMethod.Put, "/v1/room-types/seminar", seminar, ("If-None-Match", "*"));

        (await api.ReadAsync<long>("select count(*) from recording.audit")).ShouldBe(1);
        (await api.ReadAsync<string>("select detail -> 'policy' ->> 'mode' from recording.audit")).ShouldBe("Mix");
    }

    private sealed record Write(string Method, string Path, string? Body, string? Told = null, string? Subject = null);
}
