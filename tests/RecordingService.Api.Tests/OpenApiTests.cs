using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using RecordingService.Api.Recordings;
using RecordingService.Api.RoomTypes;
using RecordingService.Api.Tests.Support;

namespace RecordingService.Api.Tests;

public sealed class OpenApiTests(ApiPostgres postgres)
{
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
        operations.ShouldAllBe(operation => operation.OperationId != null && operation.Summary != null);
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
    public async Task Examples_PressedAsTheyStand_Work()
    {
        await using var api = await StartAsync();
        var before = await ReadAsync(api);
        using var start = await api.PostAsync("/v1/recordings", ExampleBody(before, "/v1/recordings", "post"));
        var id = (await start.ShouldBeAsync(202)).GetProperty("id").GetString()!;

        var document = await ReadAsync(api);

        List<string> pressed = [];
        // Only Agora can press those of notifications, because only it has the secret.
        foreach (var (path, item) in document["paths"]!.AsObject().Where(path => !path.Key.StartsWith("/agora/", StringComparison.Ordinal)))
        {
            foreach (var (method, operation) in item!.AsObject().OrderBy(o => o.Key == "get" ? 0 : 1))
            {
                var address = path;
                foreach (var parameter in (operation!["parameters"]?.AsArray() ?? []).Where(p => p!["in"]!.GetValue<string>() == "path"))
                {
                    address = address.Replace(
                        $"{{{parameter!["name"]}}}",
                        parameter["example"]!.GetValue<string>(),
                        StringComparison.Ordinal
                    );
                }

                using var answer = await api.OpenAsync(
                    new HttpMethod(method.ToUpperInvariant()),
                    address,
                    ExampleBody(document, path, method)
                );
                ((int)answer.StatusCode).ShouldBeInRange(200, 299, $"{method} {address}");
                operation["responses"]![$"{(int)answer.StatusCode}"].ShouldNotBeNull($"{method} {address} answers {answer.StatusCode}");
                pressed.Add(address);
            }
        }

        pressed.ShouldContain($"/v1/recordings/{id}/timeline");
        pressed.Count.ShouldBeGreaterThan(10);
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

    private static string? ExampleBody(JsonNode document, string path, string method) =>
        document["paths"]![path]![method]!["requestBody"]?["content"]!["application/json"]!["example"]!.ToJsonString();

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
