using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using RecordingService.Client.Tests.Support;

namespace RecordingService.Client.Tests.Contract;

/// <summary>The client against the OpenAPI document as committed: what one has and the other lacks fails here.</summary>
public sealed class OpenApiTests
{
    public static TheoryData<string> OfferedOperations() => [.. Offer.All.Select(offer => offer.OperationId)];

    [Fact]
    public void EveryOperation_IsOffered_OrLeftOutForAReason()
    {
        var inTheDocument = Repository
            .Operations.Select(operation => (Id: (string)operation.Definition["operationId"]!, operation.Path))
            .ToList();
        var offered = Offer.All.Select(offer => offer.OperationId).ToList();

        offered.Except(inTheDocument.Select(operation => operation.Id)).ShouldBeEmpty("offered, and not in the document");
        inTheDocument
            .Where(operation =>
                !offered.Contains(operation.Id)
                && !Offer.NotOffered.Keys.Any(path => operation.Path.StartsWith(path, StringComparison.Ordinal))
            )
            .ShouldBeEmpty("in the document, neither offered nor left out for a reason: see Offers.cs");
    }

    [Theory]
    [MemberData(nameof(OfferedOperations))]
    public async Task Operation_IsCalledAsDocumented_AndItsExampleIsReadAsAWhole(string operationId)
    {
        var offer = Offer.All.Single(one => one.OperationId == operationId);
        var (method, path, definition, answers) = Repository.Operation(operationId);
        var type = answers[offer.Status]!["content"]!.AsObject().Single().Key;
        var example = offer.Sent is null ? Repository.Example(operationId, offer.Status) : null;
        await using var server = await ScriptedServer.StartAsync(
            Answer.Json(
                offer.Sent ?? example!.ToJsonString(),
                int.Parse(offer.Status, System.Globalization.CultureInfo.InvariantCulture),
                type
            )
        );
        using var client = new TestClient(server.Address);

        var read = await offer.CallAsync(client.Api);

        var request = server.Requests.ShouldHaveSingleItem();
        request.Method.ShouldBe(method);
        request.Path.ShouldMatch($"^{Regex.Replace(Regex.Escape(path), @"\\\{[^}]+}", "[^/]+")}$");
        var parameters = (definition["parameters"]?.AsArray() ?? [])
            .Select(p => (In: (string)p!["in"]!, Name: (string)p["name"]!))
            .ToList();
        request
            .Query.Keys.Order()
            .ShouldBe(parameters.Where(p => p.In == "query" && !offer.NotSent.Contains(p.Name)).Select(p => p.Name).Order());
        // Without If-None-Match: the client keeps no answers, so it has none to compare with.
        string[] headers = ["Idempotency-Key", "Prefer", "If-Match", "Last-Event-ID"];
        headers
            .Where(name => request.Header(name) is not null)
            .Order()
            .ShouldBe(parameters.Where(p => p.In == "header").Select(p => p.Name).Intersect(headers).Except(offer.NotSent).Order());
        if (definition["requestBody"]?["content"]?["application/json"]?["schema"] is { } schema)
        {
            request.Header("Content-Type").ShouldBe("application/json");
            ShouldFill(JsonNode.Parse(request.Body)!, Schemas.Resolve(schema), "body");
        }
        else
        {
            request.Body.ShouldBeEmpty();
        }

        if (example is not null)
        {
            Difference(Without(example), Without(read!), "").ShouldBeNull();
        }
    }

    [Fact]
    public void Types_HaveTheMembersOfTheirSchemas_AndNoOthers()
    {
        HashSet<string> reachable = [];
        foreach (var offer in Offer.All)
        {
            var (_, _, definition, answers) = Repository.Operation(offer.OperationId);
            Collect(definition["requestBody"], reachable);
            Collect(answers, reachable);
        }

        reachable
            .Except(Schemas.Types.Keys)
            .Except([Schemas.EventTypeName])
            .ShouldBeEmpty("schemas without a type of the client: see Schemas.cs");
        Schemas.Types.Keys.Except(reachable).ShouldBeEmpty("types of schemas that no offered operation uses");
        Schemas.Types.SelectMany(pair => Schemas.Faults(pair.Key, pair.Value)).ShouldBeEmpty();
    }

    [Fact]
    public void EventTypes_AreThoseOfTheDocument() =>
        typeof(RecordingEventTypes)
            .GetFields()
            .Select(field => (string)field.GetRawConstantValue()!)
            .ShouldBe(
                Repository.OpenApi["components"]!["schemas"]![Schemas.EventTypeName]!["enum"]!
                    .AsArray()
                    .Select(word => (string)word!)
                    .Union([RecordingEventTypes.WebhookTest]),
                ignoreOrder: true
            );

    [Fact]
    public void PublicTypes_AreAllInTheDocument_OrBelongToTheClientItself()
    {
        Type[] own =
        [
            typeof(RecordingClient),
            typeof(RecordingClientOptions),
            typeof(RecordingFilter),
            typeof(EventFilter),
            typeof(RecordingEventTypes),
            typeof(RecordingProblemException),
            typeof(RecordingUnavailableException),
            typeof(RecordingWaitTimeoutException),
            typeof(WebhookVerifier),
            typeof(WebhookVerificationException),
            typeof(WebhookFault),
            typeof(Change<>),
            typeof(Change),
            typeof(ToDefault),
        ];

        typeof(RecordingClient).Assembly.GetExportedTypes().Except(own).Except(Schemas.Types.Values).ShouldBeEmpty();
    }

    [Fact]
    public void Client_NeedsTheBaseLibraryAlone() =>
        typeof(RecordingClient)
            .Assembly.GetReferencedAssemblies()
            .Select(assembly => assembly.Name!)
            .Where(name => !name.StartsWith("System.", StringComparison.Ordinal))
            .ShouldBeEmpty();

    [Fact]
    public void AsyncMethods_CanBeCancelled() =>
        typeof(RecordingClient)
            .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method =>
                method.GetParameters().LastOrDefault() is not { IsOptional: true } last || last.ParameterType != typeof(CancellationToken)
            )
            .ShouldBeEmpty();

    private static void Collect(JsonNode? node, HashSet<string> found)
    {
        switch (node)
        {
            case JsonObject members:
                if ((string?)members["$ref"] is { } reference && reference.Split('/')[^1] is var name && found.Add(name))
                {
                    Collect(Repository.OpenApi["components"]!["schemas"]![name], found);
                }

                foreach (var member in members.Where(member => member.Key != "example"))
                {
                    Collect(member.Value, found);
                }

                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    Collect(item, found);
                }

                break;
        }
    }

    /// <summary>What is sent has every member of its schema, and none beside them.</summary>
    private static void ShouldFill(JsonNode sent, JsonObject schema, string path)
    {
        if (sent is JsonArray items)
        {
            ShouldFill(items[0]!, Schemas.Resolve(schema["items"]!), $"{path}[0]");
        }
        else if (sent is JsonObject members && schema["properties"] is JsonObject properties)
        {
            var left =
                path.EndsWith("audio", StringComparison.Ordinal) ? "allBut"
                : path.EndsWith("video", StringComparison.Ordinal) ? "only"
                : null;
            members.Select(member => member.Key).Order().ShouldBe(properties.Select(p => p.Key).Where(name => name != left).Order(), path);
            foreach (var (name, value) in members)
            {
                if (value is not null)
                {
                    ShouldFill(value, Schemas.Resolve(properties[name]!), $"{path}.{name}");
                }
            }
        }
    }

    /// <summary>The same without members that are null.</summary>
    private static JsonNode Without(JsonNode node)
    {
        switch (node)
        {
            case JsonObject members:
                return new JsonObject(
                    members
                        .Where(member => member.Value is not null)
                        .Select(member => KeyValuePair.Create(member.Key, (JsonNode?)Without(member.Value!)))
                );
            case JsonArray items:
                return new JsonArray([.. items.Select(item => item is null ? null : Without(item))]);
            default:
                return node.DeepClone();
        }
    }

    private static string? Difference(JsonNode expected, JsonNode read, string path)
    {
        if (expected is JsonObject these && read is JsonObject those)
        {
            return these
                .Select(member => member.Key)
                .Union(those.Select(member => member.Key))
                .Select(name =>
                    these[name] is not { } one ? $"{path}.{name} is not in the example"
                    : those[name] is not { } other ? $"{path}.{name} was not read"
                    : Difference(one, other, $"{path}.{name}")
                )
                .FirstOrDefault(difference => difference is not null);
        }

        if (expected is JsonArray list && read is JsonArray items && list.Count == items.Count)
        {
            return list.Select((one, i) => Difference(one!, items[i]!, $"{path}[{i}]"))
                .FirstOrDefault(difference => difference is not null);
        }

        return JsonNode.DeepEquals(expected, read) || (Time(expected) is { } at && at == Time(read))
            ? null
            : $"{path} is {read.ToJsonString()} instead of {expected.ToJsonString()}";
    }

    /// <summary>A moment is read and not how it was written: this test writes what the client read with an offset, the service with a Z.</summary>
    private static DateTimeOffset? Time(JsonNode node) => node is JsonValue value && value.TryGetValue(out DateTimeOffset at) ? at : null;
}
