using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using RecordingService.Api.Problems;
using RecordingService.Api.Tests.Support;
using RecordingService.Infrastructure.Engine;
using RecordingService.Testing;

namespace RecordingService.Api.Tests;

/// <summary>How callers have events sent to them.</summary>
public sealed class WebhookTests(ApiPostgres postgres)
{
    private const string Url = "https://school.example.org/hook";

    private static readonly Dictionary<string, string?> Loopback = new()
    {
        ["Webhooks:AllowHttp"] = "true",
        ["Webhooks:AllowedNetworks:0"] = "127.0.0.0/8",
    };

    [Fact]
    public async Task Webhook_Made_ShowsItsSecretOnceAndNeverAgain()
    {
        await using var api = await StartAsync();

        using var made = await api.PostAsync(
            "/v1/webhooks",
            $$"""{"url":"{{Url}}","description":"publishes lessons","types":["recording.completed"],"projects":["School"]}"""
        );
        var webhook = await made.ShouldBeAsync(201);
        var secret = webhook.GetProperty("secret").GetString()!;
        using var read = await api.GetAsync(made.Headers.Location!.OriginalString);
        using var listed = await api.GetAsync("/v1/webhooks");

        secret.ShouldStartWith("whsec_");
        Convert.FromBase64String(secret["whsec_".Length..]).Length.ShouldBeInRange(24, 64);
        var found = await read.ShouldBeAsync(200);
        found.TryGetProperty("secret", out _).ShouldBeFalse();
        found.GetProperty("id").GetGuid().ShouldBe(webhook.GetProperty("id").GetGuid());
        found.GetProperty("state").GetString().ShouldBe("active");
        found.GetProperty("types")[0].GetString().ShouldBe("recording.completed");
        found.GetProperty("projects")[0].GetString().ShouldBe("school");
        found.GetProperty("secrets").GetArrayLength().ShouldBe(1);
        var items = (await listed.ShouldBeAsync(200)).GetProperty("items");
        items.GetArrayLength().ShouldBe(1);
        items.GetRawText().ShouldNotContain(secret["whsec_".Length..]);
        (
            await api.ReadAsync<long>(
                "select count(*) from recording.webhook_secrets where encode(sealed, 'base64') like '%' || '" + secret[6..20] + "%'"
            )
        ).ShouldBe(0);
    }

    [Fact]
    public async Task Webhook_WithEverythingWrong_IsToldAllAtOnce()
    {
        await using var api = await StartAsync();

        using var answer = await api.PostAsync(
            "/v1/webhooks",
            """{"url":"http://10.0.0.1/","description":"","types":["recording.exploded"],"projects":["nobody"],"secret":"mine"}"""
        );

        var problem = await answer.ShouldBeAsync(Problem.InvalidRequest);
        problem
            .Violations!.Select(violation => violation.Field)
            .ShouldBe(["url", "description", "types", "projects", "secret"], ignoreOrder: true);
        problem.Violations!.Single(violation => violation.Field == "types").Rule.ShouldContain("recording.completed");
        (await api.ReadAsync<long>("select count(*) from recording.webhooks")).ShouldBe(0);
    }

    [Theory]
    [InlineData("http://school.example.org/", "https")]
    [InlineData("https://127.0.0.2/", "Webhooks:AllowedNetworks")]
    [InlineData("https://[::ffff:169.254.169.254]/latest/meta-data", "Webhooks:AllowedNetworks")]
    [InlineData("https://a:b@school.example.org/", "without user and password")]
    [InlineData("/hook", "https")]
    [InlineData("hook", "https")]
    [InlineData("https://xn--ü/", "https")]
    [InlineData("https://üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü/", "https")]
    [InlineData("\\t/\uFFFD", "https")]
    public async Task Url_ThatMayNotBeCalled_IsRefusedWithTheReason(string url, string reason)
    {
        await using var api = await StartAsync();

        using var answer = await api.PostAsync("/v1/webhooks", $$"""{"url":"{{url}}"}""");
        var id = await MakeAsync(api);
        using var changed = await api.PatchAsync($"/v1/webhooks/{id}", $$"""{"url":"{{url}}"}""");

        (await answer.ShouldBeAsync(Problem.InvalidRequest)).Violations!.ShouldHaveSingleItem().Rule.ShouldContain(reason);
        (await changed.ShouldBeAsync(Problem.InvalidRequest)).Violations!.ShouldHaveSingleItem().Rule.ShouldContain(reason);
    }

    [Fact]
    public async Task Webhook_WithoutAKeyForItsSecret_IsRefusedAndNamesTheSetting()
    {
        await using var api = await StartAsync(new() { ["Secrets:Keys:test"] = null });

        using var answer = await api.PostAsync("/v1/webhooks", $$"""{"url":"{{Url}}"}""");

        (await answer.ShouldBeAsync(Problem.NoSecretKey)).Detail.ShouldContain("Secrets:Keys");
        (await api.ReadAsync<long>("select count(*) from recording.webhooks")).ShouldBe(0);
    }

    [Fact]
    public async Task Webhook_BeyondAsManyAsThereMayBe_IsRefusedUntilOneIsDeleted()
    {
        await using var api = await StartAsync(new() { ["Webhooks:MostWebhooks"] = "1" });
        var id = await MakeAsync(api);

        using var refused = await api.PostAsync("/v1/webhooks", $$"""{"url":"{{Url}}"}""");
        using var deleted = await api.SendAsync(HttpMethod.Delete, $"/v1/webhooks/{id}");
        using var made = await api.PostAsync("/v1/webhooks", $$"""{"url":"{{Url}}"}""");

        (await refused.ShouldBeAsync(Problem.TooManyWebhooks)).Detail.ShouldContain("Webhooks:MostWebhooks");
        await made.ShouldBeAsync(201);
    }

    [Fact]
    public async Task Webhook_WithATypeOfANewerVersion_IsShownWithoutIt()
    {
        await using var api = await StartAsync();
        var id = await MakeAsync(api, ""","types":["recording.failed"]""");
        await api.HappensAsync("update recording.webhooks set types = array_append(types, 'recording.of_tomorrow')");

        using var read = await api.GetAsync($"/v1/webhooks/{id}");
        using var listed = await api.GetAsync("/v1/webhooks");

        (await read.ShouldBeAsync(200)).GetProperty("types").GetArrayLength().ShouldBe(1);
        (await listed.ShouldBeAsync(200)).GetProperty("items").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Webhook_Changed_KeepsWhatIsLeftOut()
    {
        await using var api = await StartAsync();
        var id = await MakeAsync(api, ""","description":"before","types":["recording.failed"]""");

        using var moved = await api.PatchAsync($"/v1/webhooks/{id}", """{"url":"https://other.example.org/"}""");
        using var cleared = await api.PatchAsync($"/v1/webhooks/{id}", """{"description":null,"types":[]}""");
        using var disabled = await api.PatchAsync($"/v1/webhooks/{id}", """{"enabled":false}""");
        using var enabled = await api.PatchAsync($"/v1/webhooks/{id}", """{"enabled":true}""");
        using var empty = await api.PatchAsync($"/v1/webhooks/{id}", "{}");

        var first = await moved.ShouldBeAsync(200);
        first.GetProperty("url").GetString().ShouldBe("https://other.example.org/");
        first.GetProperty("description").GetString().ShouldBe("before");
        first.GetProperty("types").GetArrayLength().ShouldBe(1);
        var second = await cleared.ShouldBeAsync(200);
        second.GetProperty("description").ValueKind.ShouldBe(JsonValueKind.Null);
        second.GetProperty("types").GetArrayLength().ShouldBe(0);
        second.GetProperty("url").GetString().ShouldBe("https://other.example.org/");
        var third = await disabled.ShouldBeAsync(200);
        (third.GetProperty("state").GetString(), third.GetProperty("disabledReason").GetString()).ShouldBe(("disabled", "requested"));
        (await enabled.ShouldBeAsync(200)).GetProperty("state").GetString().ShouldBe("active");
        await empty.ShouldBeAsync(Problem.InvalidRequest);
    }

    [Fact]
    public async Task Secret_Rotated_IsAnotherOneAndTheOldOneSignsForTheOverlap()
    {
        await using var api = await StartAsync();
        var id = await MakeAsync(api);

        using var first = await api.PostAsync($"/v1/webhooks/{id}/rotate");
        using var second = await api.PostAsync($"/v1/webhooks/{id}/rotate", """{"overlap":"PT1H"}""");
        using var wrong = await api.PostAsync($"/v1/webhooks/{id}/rotate", """{"overlap":"P8D"}""");

        var one = await first.ShouldBeAsync(200);
        first.Headers.CacheControl!.NoStore.ShouldBeTrue();
        var two = await second.ShouldBeAsync(200);
        two.GetProperty("secret").GetString().ShouldNotBe(one.GetProperty("secret").GetString());
        var secrets = two.GetProperty("secrets");
        secrets.GetArrayLength().ShouldBe(2);
        secrets[0].GetProperty("expiresAt").ValueKind.ShouldBe(JsonValueKind.Null);
        (secrets[1].GetProperty("expiresAt").GetDateTimeOffset() - secrets[0].GetProperty("createdAt").GetDateTimeOffset()).ShouldBe(
            TimeSpan.FromHours(1),
            TimeSpan.FromSeconds(1)
        );
        await wrong.ShouldBeAsync(Problem.InvalidRequest);
    }

    [Fact]
    public async Task Test_Asked_TellsWhatCameBack()
    {
        await using var api = await StartAsync(Loopback);
        await using var receiver = WebApplication.CreateSlimBuilder().Build();
        receiver.Urls.Add("http://127.0.0.1:0");
        var status = 204;
        receiver.MapPost("/hook", () => Results.StatusCode(status));
        await receiver.StartAsync(TestContext.Current.CancellationToken);
        var id = await MakeAsync(api, url: $"{receiver.Urls.Single()}/hook");

        using var taken = await api.PostAsync($"/v1/webhooks/{id}/test");
        status = 500;
        using var refused = await api.PostAsync($"/v1/webhooks/{id}/test");
        await receiver.StopAsync(TestContext.Current.CancellationToken);
        using var away = await api.PostAsync($"/v1/webhooks/{id}/test");
        using var log = await api.GetAsync($"/v1/webhooks/{id}/deliveries?limit=2");

        var (first, second, third) = (await taken.ShouldBeAsync(200), await refused.ShouldBeAsync(200), await away.ShouldBeAsync(200));
        (first.GetProperty("delivered").GetBoolean(), first.GetProperty("status").GetInt32()).ShouldBe((true, 204));
        first.GetProperty("durationMs").GetInt32().ShouldBeInRange(0, 60_000);
        (second.GetProperty("delivered").GetBoolean(), second.GetProperty("status").GetInt32()).ShouldBe((false, 500));
        third.GetProperty("status").ValueKind.ShouldBe(JsonValueKind.Null);
        third.GetProperty("error").GetString().ShouldBe("It could not be connected to.");
        var page = await log.ShouldBeAsync(200);
        page.GetProperty("items").GetArrayLength().ShouldBe(2);
        using var rest = await api.GetAsync($"/v1/webhooks/{id}/deliveries?cursor={page.GetProperty("nextCursor").GetString()}");
        var last = await rest.ShouldBeAsync(200);
        last.GetProperty("items")[0].GetProperty("type").GetString().ShouldBe("webhook.test");
        last.GetProperty("items").GetArrayLength().ShouldBe(1);
        last.GetProperty("nextCursor").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task Replay_FromACursor_TakesThoseOfThisFeedOnly()
    {
        await using var api = await StartAsync();
        var id = await MakeAsync(api);
        await api.RecordAsync("replayed");
        await Eventually.HoldsAsync(async () => await api.ReadAsync<long>("select coalesce(max(position), 0) from recording.events") == 1);
        await api.HappensAsync("update recording.webhooks set position = 1");

        using var replayed = await api.PostAsync($"/v1/webhooks/{id}/replay", $$"""{"after":"{{EventCursor.Write(0)}}"}""");
        using var future = await api.PostAsync($"/v1/webhooks/{id}/replay", $$"""{"after":"{{EventCursor.Write(1000)}}"}""");
        using var nonsense = await api.PostAsync($"/v1/webhooks/{id}/replay", """{"after":"yesterday"}""");
        using var missing = await api.PostAsync($"/v1/webhooks/{id}/replay", "{}");

        await replayed.ShouldBeAsync(202);
        (await api.ReadAsync<long>("select position from recording.webhooks")).ShouldBe(0);
        foreach (var refused in new[] { future, nonsense, missing })
        {
            (await refused.ShouldBeAsync(Problem.InvalidRequest)).Violations!.ShouldHaveSingleItem().Field.ShouldBe("after");
        }
    }

    [Fact]
    public async Task Webhook_DeletedOrUnknown_IsNotFound()
    {
        await using var api = await StartAsync();
        var id = await MakeAsync(api);

        using var deleted = await api.SendAsync(HttpMethod.Delete, $"/v1/webhooks/{id}");

        deleted.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        foreach (var unknown in new[] { id, "nonsense" })
        {
            (HttpMethod Method, string Path, string? Body)[] requests =
            [
                (HttpMethod.Get, "", null),
                (HttpMethod.Patch, "", """{"enabled":true}"""),
                (HttpMethod.Delete, "", null),
                (HttpMethod.Post, "/rotate", null),
                (HttpMethod.Post, "/test", null),
                (HttpMethod.Post, "/replay", $$"""{"after":"{{EventCursor.Write(0)}}"}"""),
                (HttpMethod.Get, "/deliveries", null),
            ];
            foreach (var (method, path, body) in requests)
            {
                using var answer = await api.SendAsync(method, $"/v1/webhooks/{unknown}{path}", body);
                await answer.ShouldBeAsync(Problem.NotFound);
            }
        }
    }

    [Fact]
    public async Task Deliveries_WithParametersThatNobodyKnows_AreRefused()
    {
        await using var api = await StartAsync();
        var id = await MakeAsync(api);

        using var answer = await api.GetAsync($"/v1/webhooks/{id}/deliveries?limit=0&cursor=x&recording=1&nobody=knows");

        (await answer.ShouldBeAsync(Problem.InvalidRequest))
            .Violations!.Select(violation => violation.Field)
            .ShouldBe(["limit", "cursor", "recording", "nobody"], ignoreOrder: true);
    }

    private async Task<TestApi> StartAsync(Dictionary<string, string?>? settings = null) =>
        await TestApi.StartAsync(await postgres.CreateDatabaseAsync(), settings: settings);

    private static async Task<string> MakeAsync(TestApi api, string more = "", string url = Url)
    {
        using var answer = await api.PostAsync("/v1/webhooks", $$"""{"url":"{{url}}"{{more}}}""");
        return (await answer.ShouldBeAsync(201)).GetProperty("id").GetString()!;
    }
}
