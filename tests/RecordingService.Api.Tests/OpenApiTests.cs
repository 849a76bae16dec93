using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using RecordingService.Api.Access;
using RecordingService.Api.Events;
using RecordingService.Api.Recordings;
using RecordingService.Api.RoomTypes;
using RecordingService.Api.Tests.Support;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Tests;

public sealed class OpenApiTests(ApiPostgres postgres)
{
    private const string Secret = "secret-of-the-examples";
    private static readonly string Committed = Path.Combine(Repository.Root, "docs", "openapi", "recording-v1.json");
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NewLine = "\n",
    };

    [Fact]
    public async Task Document_Committed_IsWhatTheServiceServes()
    {
        await using var api = await StartAsync();

        var served = JsonSerializer.Serialize(await ReadAsync(api), Indented) + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Committed)!);
            await File.WriteAllTextAsync(Committed, served, TestContext.Current.CancellationToken);
        }

        var committed = File.Exists(Committed) ? await File.ReadAllTextAsync(Committed, TestContext.Current.CancellationToken) : "";
        (served == committed).ShouldBeTrue(
            "The interface differs from docs/openapi/recording-v1.json. If that is meant, refresh it: "
                + "UPDATE_DOCS=1 dotnet test --project tests/RecordingService.Api.Tests, and commit the file."
        );
    }

    [Fact]
    public async Task Document_ReadByALibrary_IsValid31WithoutAmbiguity()
    {
        await using var api = await StartAsync();
        var json = await ReadAsync(api);

        var result = OpenApiDocument.Parse(json.ToJsonString(), "json");

        result.Diagnostic!.Errors.ShouldBeEmpty();
        result.Diagnostic.Warnings.ShouldBeEmpty();
        result.Diagnostic.SpecificationVersion.ShouldBe(OpenApiSpecVersion.OpenApi3_1);
        var operations = result.Document!.Paths.Values.SelectMany(path => path.Operations!.Values).ToList();
        operations.Select(operation => operation.OperationId).ShouldBeUnique();
        operations.ShouldAllBe(operation => operation.OperationId != null && operation.Summary != null && operation.Description != null);
        result.Document.Tags!.ShouldAllBe(tag => tag.Description != null);
        operations
            .Where(operation => operation.RequestBody != null)
            .SelectMany(operation => operation.RequestBody!.Content!.Values)
            .ShouldAllBe(media => media.Example != null);
        foreach (var (path, item) in result.Document.Paths)
        {
            foreach (var operation in item.Operations!.Values)
            {
                var responses = operation.Responses!;
                responses.ShouldContainKey("default", operation.OperationId);
                responses.Keys.ShouldContain(status => status.StartsWith('4'), operation.OperationId);
                responses
                    .Where(answer => answer.Key[0] is '4' or '5' && operation.OperationId != "getReadiness")
                    .ShouldAllBe(answer => answer.Value.Content!.ContainsKey("application/problem+json"));
                if (path.StartsWith("/v1/", StringComparison.Ordinal))
                {
                    responses.ShouldContainKey("400", operation.OperationId);
                    operation.Security!.ShouldNotBeEmpty(operation.OperationId);
                }
            }
        }
        operations.SelectMany(operation => operation.Parameters ?? []).ShouldAllBe(parameter => parameter.Description != null);
        operations.ShouldAllBe(operation => operation.RequestBody == null || operation.RequestBody.Description == null);
        operations
            .SelectMany(operation => operation.Responses!.Values)
            .SelectMany(response => response.Content?.Values ?? [])
            .ShouldAllBe(media => media.Example != null || media.Examples != null);
    }

    [Fact]
    public async Task Schemas_SayWhatJsonReallyHolds()
    {
        await using var api = await StartAsync();
        var json = await ReadAsync(api);
        var schemas = json["components"]!["schemas"]!;

        AllObjects(json)
            .Select(node => node["type"])
            .OfType<JsonArray>()
            .ShouldAllBe(types => types.Count == 2 && types.Any(type => type!.GetValue<string>() == "null"));
        schemas["RecordingState"]!["type"]!.GetValue<string>().ShouldBe("string");
        schemas["RunEnd"]!.ToJsonString().ShouldContain("\"neverProven\"");
        AllObjects(json).Where(node => node["enum"] is JsonArray).ShouldAllBe(node => node["enum"]!.AsArray().All(value => value != null));
        AllObjects(json).Where(node => node["enum"] is JsonArray).ShouldAllBe(node => node["type"]!.ToJsonString().Contains("string"));
        var start = schemas["StartRecordingRequest"]!["properties"]!;
        start["maxDuration"]!["format"]!.GetValue<string>().ShouldBe("duration");
        schemas["Recording"]!["properties"]!["maxDuration"]!["type"]!.GetValue<string>().ShouldBe("string");
        schemas["Problem"]!["required"]!
            .AsArray()
            .Select(name => name!.GetValue<string>())
            .ShouldBe(["type", "title", "status", "detail", "code", "traceId"], ignoreOrder: true);
        schemas["Problem"]!["properties"]!["violations"].ShouldNotBeNull();
    }

    [Fact]
    public async Task Webhooks_OfTheDocument_AreTheKindsOfEventsWithAnExampleThatFitsTheSchema()
    {
        await using var api = await StartAsync();
        var json = await ReadAsync(api);
        var document = OpenApiDocument.Parse(json.ToJsonString(), "json").Document!;
        var members = json["components"]!["schemas"]!["EventData"]!["properties"]!.AsObject().Select(member => member.Key).ToList();

        document.Webhooks!.Keys.ShouldBe([.. EventTypes.All, "webhook.test"]);
        foreach (var (type, item) in document.Webhooks)
        {
            var operation = item.Operations![HttpMethod.Post];
            var example = operation.RequestBody!.Content!["application/json"].Example!;
            var isTest = type == "webhook.test";
            example
                .AsObject()
                .Select(member => member.Key)
                .ShouldBe(isTest ? ["id", "type", "timestamp", "data"] : ["id", "type", "timestamp", "sequence", "cursor", "data"]);
            example["type"]!.GetValue<string>().ShouldBe(type);
            example["data"]!.AsObject().Select(member => member.Key).ShouldBeSubsetOf(isTest ? ["webhookId"] : members);
            operation.Parameters!.Select(parameter => parameter.Name).ShouldBe(["webhook-id", "webhook-timestamp", "webhook-signature"]);
            JsonSerializer.SerializeToUtf8Bytes(example).Length.ShouldBeLessThan(20_000);
        }
    }

    [Fact]
    public async Task Enums_OfTheDocument_SayWhatEachValueMeans()
    {
        await using var api = await StartAsync();
        var schemas = (await ReadAsync(api))["components"]!["schemas"]!.AsObject();

        var enums = schemas.Where(schema => schema.Value!["enum"] is not null).ToList();

        enums.Count.ShouldBeGreaterThan(15);
        foreach (var (name, schema) in enums)
        {
            var values = schema!["enum"]!.AsArray().Select(value => value!.GetValue<string>()).ToList();
            var meanings = schema["x-enum-descriptions"]!.AsArray().Select(meaning => meaning!.GetValue<string>()).ToList();
            meanings.Count.ShouldBe(values.Count, name);
            meanings.ShouldAllBe(meaning => meaning.Length > 0, name);
            values.ShouldAllBe(value => schema["description"]!.GetValue<string>().Contains($"- `{value}`: "), name);
        }
    }

    /// <summary>A new operation is held to this without a line of its own.</summary>
    [Fact]
    public async Task EveryOperation_AskedWithAParameterThatNobodyKnows_Refuses()
    {
        await using var api = await StartAsync();
        var document = await ReadAsync(api);

        foreach (var (method, path, operation) in Operations(document).Where(one => one.Path.StartsWith("/v1/", StringComparison.Ordinal)))
        {
            using var answer = await api.SendAsync(method, $"{Address(path, operation)}?nobody=knows", ExampleBody(operation));

            var problem = await answer.ShouldBeAsync(Problems.Problem.InvalidRequest);
            problem.Violations!.ShouldContain(violation => violation.Field == "nobody", $"{method} {path}");
        }
    }

    [Fact]
    public async Task EveryPost_TakesAnIdempotencyKeyOrRefusesIt()
    {
        await using var api = await StartAsync();
        var document = await ReadAsync(api);

        foreach (
            var (method, path, operation) in Operations(document)
                .Where(one => one.Method == HttpMethod.Post && one.Path.StartsWith("/v1/", StringComparison.Ordinal))
        )
        {
            var isTaken = (operation["parameters"]?.AsArray() ?? []).Any(p => p!["name"]!.GetValue<string>() == "Idempotency-Key");
            // Where it is taken, one that is none is refused: so it was looked at.
            var key = isTaken ? "two words" : "one-word";

            using var answer = await api.SendAsync(method, Address(path, operation), ExampleBody(operation), ("Idempotency-Key", key));

            var problem = await answer.ShouldBeAsync(Problems.Problem.InvalidRequest);
            problem.Violations!.ShouldContain(violation => violation.Field == "Idempotency-Key", path);
        }
    }

    [Fact]
    public async Task Examples_PressedAsTheyStand_Work()
    {
        // As in the local stack: without keys, so that the document knows ids that work.
        await using var api = await TestApi.StartAsync(
            await postgres.CreateDatabaseAsync(),
            "Development",
            new Dictionary<string, string?> { ["Agora:Projects:School:NotificationSecrets:0"] = Secret }
        );
        var before = await ReadAsync(api);
        using var key = await api.PostAsync("/v1/api-keys", ExampleBody(before["paths"]!["/v1/api-keys"]!["post"]!));
        await key.ShouldBeAsync(201);
        using var start = await api.PostAsync("/v1/recordings", ExampleBody(before["paths"]!["/v1/recordings"]!["post"]!));
        var id = (await start.ShouldBeAsync(202)).GetProperty("id").GetString()!;
        using var webhook = await api.PostAsync("/v1/webhooks", ExampleBody(before["paths"]!["/v1/webhooks"]!["post"]!));
        await webhook.ShouldBeAsync(201);

        var document = await ReadAsync(api);

        List<string> pressed = [];
        foreach (
            var (method, path, operation) in Operations(document)
                // What is deleted cannot be read or acted on any more.
                .OrderBy(one =>
                    one.Method == HttpMethod.Get ? 0
                    : one.Method == HttpMethod.Delete ? 2
                    : 1
                )
        )
        {
            var address = Address(path, operation);
            var body = ExampleBody(operation);
            // Only Agora can press those of notifications, because only it has the secret.
            (string, string)[] headers = path.StartsWith("/agora/", StringComparison.Ordinal)
                ?
                [
                    (
                        "Agora-Signature-V2",
                        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes(body!)))
                    ),
                ]
                : [];

            using var request = TestApi.Request(method, address, body, headers);
            // A stream never ends, so its first bytes have to do.
            using var answer = await api.Http.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                TestContext.Current.CancellationToken
            );

            ((int)answer.StatusCode).ShouldBeInRange(200, 299, $"{method} {address}");
            operation["responses"]![$"{(int)answer.StatusCode}"].ShouldNotBeNull($"{method} {address} answers {answer.StatusCode}");
            pressed.Add($"{method} {path}");
        }

        pressed.ShouldBe(Operations(document).Select(one => $"{one.Method} {one.Path}"), ignoreOrder: true);
        Address("/v1/recordings/{id}", document["paths"]!["/v1/recordings/{id}"]!["get"]!).ShouldEndWith(id);
    }

    [Fact]
    public async Task Document_WhereKeysAreRequired_TellsNothingOfWhatIsRecorded()
    {
        await using var api = await StartAsync();
        var id = await api.RecordAsync("hidden");

        using var answer = await api.SendAsAsync(null, HttpMethod.Get, "/openapi/v1.json");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldNotContain($"{id}");
    }

    [Theory]
    [InlineData("POST", "/v1/recordings", typeof(StartRecordingRequest))]
    [InlineData("PATCH", "/v1/recordings/019900b7-e200-7cc1-9d6e-0f2b7c1d8a11", typeof(ChangeRecordingRequest))]
    [InlineData("PATCH", "/v1/recordings/019900b7-e200-7cc1-9d6e-0f2b7c1d8a11/layout", typeof(ChangeLayoutRequest))]
    [InlineData("PATCH", "/v1/recordings/019900b7-e200-7cc1-9d6e-0f2b7c1d8a11/subscription", typeof(ChangeSubscriptionRequest))]
    [InlineData("POST", "/v1/recordings/019900b7-e200-7cc1-9d6e-0f2b7c1d8a11/recheck", typeof(OperatorActionRequest))]
    [InlineData("POST", "/v1/recordings/019900b7-e200-7cc1-9d6e-0f2b7c1d8a11/replace", typeof(OperatorActionRequest))]
    [InlineData("POST", "/v1/recordings/019900b7-e200-7cc1-9d6e-0f2b7c1d8a11/close", typeof(OperatorActionRequest))]
    [InlineData("PUT", "/v1/room-types/seminar", typeof(PutRoomTypeRequest))]
    [InlineData("POST", "/v1/api-keys", typeof(CreateApiKeyRequest))]
    [InlineData("POST", "/v1/webhooks", typeof(CreateWebhookRequest))]
    [InlineData("PATCH", "/v1/webhooks/019900b7-e300-7b52-8f4d-3a9c5d2e7f60", typeof(ChangeWebhookRequest))]
    [InlineData("POST", "/v1/webhooks/019900b7-e300-7b52-8f4d-3a9c5d2e7f60/rotate", typeof(RotateSecretRequest))]
    [InlineData("POST", "/v1/webhooks/019900b7-e300-7b52-8f4d-3a9c5d2e7f60/replay", typeof(ReplayRequest))]
    public async Task Body_MembersThatAreRead_AreThoseOfTheContract(string method, string path, Type contract)
    {
        await using var api = await StartAsync();

        using var answer = await api.SendAsync(new HttpMethod(method), path, """{"?":1}""");

        await ShouldKnowAsync(answer, contract.GetProperties().Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name)));
    }

    [Theory]
    [InlineData("/v1/events", "get")]
    [InlineData("/v1/events/stream", "get")]
    [InlineData("/v1/recordings", "get")]
    [InlineData("/v1/recordings/{id}/timeline", "get")]
    [InlineData("/v1/channels/{channel}/stop", "post")]
    [InlineData("/v1/audit", "get")]
    [InlineData("/v1/webhooks/{webhook}/deliveries", "get")]
    public async Task Query_ParametersThatAreRead_AreThoseOfTheDocument(string path, string method)
    {
        await using var api = await StartAsync();
        var documented = (await ReadAsync(api))["paths"]![path]![method]!["parameters"]!
            .AsArray()
            .Where(parameter => parameter!["in"]!.GetValue<string>() == "query")
            .Select(parameter => parameter!["name"]!.GetValue<string>());

        using var answer = await api.SendAsync(
            new HttpMethod(method.ToUpperInvariant()),
            path.Replace("{id}", "1", StringComparison.Ordinal).Replace("{channel}", "c", StringComparison.Ordinal) + "?nobody=knows"
        );

        await ShouldKnowAsync(answer, documented);
    }

    [Theory]
    [InlineData("Development", null, true)]
    [InlineData("Production", "true", true)]
    [InlineData("Production", null, false)]
    [InlineData("Development", "false", false)]
    public async Task SwaggerUi_IsServed_InDevelopmentOrWhenAskedFor(string environment, string? enabled, bool served)
    {
        await using var api = await TestApi.StartAsync(
            await postgres.CreateDatabaseAsync(),
            environment,
            new Dictionary<string, string?> { ["SwaggerUI:Enabled"] = enabled }
        );

        using var root = await api.GetAsync("/");
        using var ui = await api.GetAsync("/swagger/index.html");

        root.StatusCode.ShouldBe(served ? HttpStatusCode.Redirect : HttpStatusCode.NotFound);
        ui.StatusCode.ShouldBe(served ? HttpStatusCode.OK : HttpStatusCode.NotFound);
        if (served)
        {
            root.Headers.Location!.OriginalString.ShouldBe("/swagger");
        }
        else
        {
            await ui.ShouldBeAsync(Problems.Problem.NotFound);
        }
    }

    private static async Task ShouldKnowAsync(HttpResponseMessage answer, IEnumerable<string> names)
    {
        const string marker = "known are ";
        var problem = await answer.ShouldBeAsync(Problems.Problem.InvalidRequest);
        var rule = problem.Violations!.Single(violation => violation.Rule.Contains(marker)).Rule;
        rule[(rule.IndexOf(marker, StringComparison.Ordinal) + marker.Length)..]
            .TrimEnd('.')
            .Split(", ")
            .ShouldBe(names, ignoreOrder: true);
    }

    private static string? ExampleBody(JsonNode operation) =>
        operation["requestBody"]?["content"]!["application/json"]!["example"]!.ToJsonString();

    private static IEnumerable<(HttpMethod Method, string Path, JsonNode Operation)> Operations(JsonNode document) =>
        document["paths"]!
            .AsObject()
            .SelectMany(path =>
                path.Value!.AsObject().Select(operation => (new HttpMethod(operation.Key.ToUpperInvariant()), path.Key, operation.Value!))
            );

    /// <summary>The path with the examples of its parameters.</summary>
    private static string Address(string path, JsonNode operation) =>
        (operation["parameters"]?.AsArray() ?? [])
            .Where(parameter => parameter!["in"]!.GetValue<string>() == "path")
            .Aggregate(
                path,
                (address, parameter) =>
                    address.Replace($"{{{parameter!["name"]}}}", parameter["example"]!.GetValue<string>(), StringComparison.Ordinal)
            );

    private static IEnumerable<JsonObject> AllObjects(JsonNode? node) =>
        node switch
        {
            JsonObject o => o.SelectMany(member => AllObjects(member.Value)).Prepend(o),
            JsonArray a => a.SelectMany(AllObjects),
            _ => [],
        };

    private async Task<TestApi> StartAsync() => await TestApi.StartAsync(await postgres.CreateDatabaseAsync());

    private static async Task<JsonNode> ReadAsync(TestApi api)
    {
        using var answer = await api.GetAsync("/openapi/v1.json");
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
    }
}
