using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using RecordingService.Api.Access;
using RecordingService.Api.Problems;
using RecordingService.Api.Tests.Support;
using RecordingService.Infrastructure.Engine;
using RecordingService.LocalStack.Processes;

namespace RecordingService.Api.Tests.Access;

/// <summary>Every operation of the OpenAPI document with a key of every scope, with none, and with a key of another project.</summary>
public sealed class AccessMatrixTests(AccessMatrixTests.Fixture fixture) : IClassFixture<AccessMatrixTests.Fixture>
{
    private const string Project = "school";

    private static readonly string[] Refusals = ["401", "403", "429"];

    /// <summary>What the right scope gets for a project that its key is not good for.</summary>
    public enum Elsewhere
    {
        /// <summary>404, as if there were no such thing.</summary>
        Hidden,

        /// <summary>403.</summary>
        Refused,

        /// <summary>An answer without a word of that project.</summary>
        LeftOut,

        /// <summary>An answer that goes on; <see cref="EventAccessTests"/> tell what it leaves out.</summary>
        NeverEnds,

        /// <summary>The same as everybody: it belongs to no project.</summary>
        Shared,

        /// <summary>What is made is for the key's own projects.</summary>
        Own,

        /// <summary>Such a key cannot be made: administrators see all projects.</summary>
        NoSuchKey,
    }

    /// <summary>The table. An operation without a row fails <see cref="Operations_AreThoseOfTheTable"/>.</summary>
    private static readonly Dictionary<string, (Scope Scope, Elsewhere Elsewhere)> Table = new()
    {
        ["startRecording"] = (Scope.Record, Elsewhere.Refused),
        ["changeRecording"] = (Scope.Record, Elsewhere.Hidden),
        ["stopRecording"] = (Scope.Record, Elsewhere.Hidden),
        ["stopChannel"] = (Scope.Record, Elsewhere.LeftOut),
        ["changeLayout"] = (Scope.Record, Elsewhere.Hidden),
        ["changeSubscription"] = (Scope.Record, Elsewhere.Hidden),
        ["listRecordings"] = (Scope.Read, Elsewhere.LeftOut),
        ["getRecording"] = (Scope.Read, Elsewhere.Hidden),
        ["getFiles"] = (Scope.Read, Elsewhere.Hidden),
        ["getTimeline"] = (Scope.Read, Elsewhere.Hidden),
        ["getDiagnosis"] = (Scope.Read, Elsewhere.Hidden),
        ["getLayout"] = (Scope.Read, Elsewhere.Hidden),
        ["getSubscription"] = (Scope.Read, Elsewhere.Hidden),
        ["listEvents"] = (Scope.Read, Elsewhere.LeftOut),
        ["streamEvents"] = (Scope.Read, Elsewhere.NeverEnds),
        ["listRoomTypes"] = (Scope.Read, Elsewhere.Shared),
        ["getRoomType"] = (Scope.Read, Elsewhere.Shared),
        ["listProjects"] = (Scope.Read, Elsewhere.LeftOut),
        ["getProject"] = (Scope.Read, Elsewhere.Hidden),
        ["listStorageProfiles"] = (Scope.Read, Elsewhere.LeftOut),
        ["recheckRecording"] = (Scope.Operate, Elsewhere.Hidden),
        ["replaceRecorder"] = (Scope.Operate, Elsewhere.Hidden),
        ["closeRecording"] = (Scope.Operate, Elsewhere.Hidden),
        ["createWebhook"] = (Scope.Operate, Elsewhere.Own),
        ["listWebhooks"] = (Scope.Operate, Elsewhere.LeftOut),
        ["getWebhook"] = (Scope.Operate, Elsewhere.Hidden),
        ["changeWebhook"] = (Scope.Operate, Elsewhere.Hidden),
        ["deleteWebhook"] = (Scope.Operate, Elsewhere.Hidden),
        ["rotateWebhookSecret"] = (Scope.Operate, Elsewhere.Hidden),
        ["testWebhook"] = (Scope.Operate, Elsewhere.Hidden),
        ["replayWebhook"] = (Scope.Operate, Elsewhere.Hidden),
        ["listDeliveries"] = (Scope.Operate, Elsewhere.Hidden),
        ["listProjectActions"] = (Scope.Operate, Elsewhere.Hidden),
        ["pauseProject"] = (Scope.Operate, Elsewhere.Hidden),
        ["resumeProject"] = (Scope.Operate, Elsewhere.Hidden),
        ["putRoomType"] = (Scope.Admin, Elsewhere.NoSuchKey),
        ["deleteRoomType"] = (Scope.Admin, Elsewhere.NoSuchKey),
        ["createApiKey"] = (Scope.Admin, Elsewhere.NoSuchKey),
        ["listApiKeys"] = (Scope.Admin, Elsewhere.NoSuchKey),
        ["revokeApiKey"] = (Scope.Admin, Elsewhere.NoSuchKey),
        ["listAudit"] = (Scope.Admin, Elsewhere.NoSuchKey),
    };

    /// <summary>What needs no key, and why.</summary>
    private static readonly string[] Open =
    [
        // Orchestrators have none, and learn nothing but whether this replica works.
        "getLiveness",
        "getReadiness",
        // Agora has none; it signs.
        "receiveNotification",
        "receiveProjectNotification",
    ];

    public static TheoryData<string, string> Cells
    {
        get
        {
            TheoryData<string, string> cells = [];
            foreach (var (operation, (_, elsewhere)) in Table)
            {
                foreach (var key in Enum.GetNames<Scope>().Append("none").Append("bad"))
                {
                    cells.Add(operation, key);
                }

                if (elsewhere != Elsewhere.NoSuchKey)
                {
                    cells.Add(operation, "elsewhere");
                }
            }

            return cells;
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Operation_WithAKey_IsAnsweredAsTheTableSays(string operation, string key)
    {
        var (scope, elsewhere) = Table[operation];

        using var answer = await fixture.SendAsync(operation, key == "elsewhere" ? $"{scope} elsewhere" : key);

        switch (key)
        {
            case "none" or "bad":
                await answer.ShouldBeAsync(Problem.NotAuthenticated);
                answer.Headers.WwwAuthenticate.ShouldHaveSingleItem().Scheme.ShouldBe("Bearer");
                break;
            case "elsewhere":
                await ShouldBeAsync(answer, elsewhere);
                break;
            case var name when name == $"{scope}":
                ((int)answer.StatusCode).ShouldNotBeOneOf(401, 403, 429);
                ((int)answer.StatusCode).ShouldBeLessThan(500);
                answer.StatusCode.ShouldNotBe(HttpStatusCode.NotFound, operation);
                break;
            default:
                var problem = await answer.ShouldBeAsync(Problem.NotAllowed);
                problem.Detail.ShouldContain($"the scope '{ApiKeys.NameOf(scope)}'");
                break;
        }
    }

    [Fact]
    public void Operations_AreThoseOfTheTable()
    {
        var guarded = fixture.Operations.Where(operation => operation.Value.Security is [_, ..]).ToList();

        guarded.Select(operation => operation.Key).ShouldBe(Table.Keys, ignoreOrder: true);
        fixture
            .Operations.Where(operation => operation.Value.Security is [])
            .Select(operation => operation.Key)
            .ShouldBe(Open, ignoreOrder: true);
        fixture.Operations.Values.ShouldAllBe(operation => operation.Security != null);
        foreach (var (name, operation) in guarded)
        {
            operation.Security!.ShouldBe([ApiKeys.NameOf(Table[name].Scope)], name);
            Refusals.ShouldBeSubsetOf(operation.Answers, name);
        }
    }

    /// <summary>The document may leave endpoints out; the program has all of them.</summary>
    [Fact]
    public void Endpoints_UnderV1_RequireAScopeAndOthersAreOnesThatNeedNone()
    {
        var endpoints = fixture
            .Api.Services.GetServices<EndpointDataSource>()
            .SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>()
            .DistinctBy(endpoint => (endpoint.RoutePattern.RawText, endpoint.DisplayName))
            .ToList();

        endpoints.Count.ShouldBeGreaterThan(Table.Count);
        var unguarded = endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<RequiredScope>() is null).ToList();
        unguarded
            .Select(endpoint => "/" + endpoint.RoutePattern.RawText!.TrimStart('/'))
            .Distinct()
            .ShouldBe(
                [
                    "/health/live",
                    "/health/ready",
                    "/problems/{code}",
                    "/openapi/{documentName}.json",
                    "/agora/notifications/",
                    "/agora/notifications/{project}",
                ],
                ignoreOrder: true
            );
    }

    private async Task ShouldBeAsync(HttpResponseMessage answer, Elsewhere elsewhere)
    {
        if (elsewhere == Elsewhere.NeverEnds)
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
            return;
        }

        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        if (elsewhere != Elsewhere.Refused)
        {
            // The id and the name that the request itself names may be repeated; nothing else.
            text.ShouldNotContain("maths-7b");
            text.ShouldNotContain("\"Lessons\"");
        }

        switch (elsewhere)
        {
            case Elsewhere.Hidden:
                (await answer.ShouldBeAsync(Problem.NotFound)).Detail.ShouldNotContain("Configured: school");
                break;
            case Elsewhere.Refused:
                await answer.ShouldBeAsync(Problem.NotAllowed);
                break;
            case Elsewhere.LeftOut:
                answer.StatusCode.ShouldBe(HttpStatusCode.OK, text);
                text.ShouldNotContain(fixture.Recording);
                // The example of a webhook lies at a host that is called so, too.
                text.Replace("school.example.org", "", StringComparison.Ordinal).ShouldNotContain(Project);
                break;
            case Elsewhere.Shared:
                answer.StatusCode.ShouldBe(HttpStatusCode.OK, text);
                break;
            case Elsewhere.Own:
                (await answer.ShouldBeAsync(201))
                    .GetProperty("projects")
                    .EnumerateArray()
                    .Select(name => name.GetString())
                    .ShouldBe([TwoProjects.Other]);
                break;
            case Elsewhere.NoSuchKey:
                throw new InvalidOperationException("There is no such cell.");
        }
    }

    /// <summary>An operation as the document tells it.</summary>
    public sealed record Operation(
        HttpMethod Method,
        string Path,
        string? Body,
        IReadOnlyList<string>? Security,
        IReadOnlyCollection<string> Answers
    );

    public sealed class Fixture(ApiPostgres postgres) : IAsyncLifetime
    {
        private readonly Dictionary<string, string?> keys = new() { ["none"] = null, ["bad"] = $"rsk_000000000000_{new string('0', 43)}" };

        public TestApi Api { get; private set; } = null!;

        public string Recording { get; private set; } = "";

        public IReadOnlyDictionary<string, Operation> Operations { get; private set; } = new Dictionary<string, Operation>();

        public async ValueTask InitializeAsync()
        {
            Api = await TestApi.StartAsync(
                await postgres.CreateDatabaseAsync(),
                settings: TwoProjects.With(("Access:FailedAttempts", "1000"), ("Webhooks:AllowedNetworks:0", "127.0.0.1/32"))
            );
            Recording = $"{await Api.RecordAsync("maths-7b")}";
            foreach (var scope in Enum.GetValues<Scope>())
            {
                keys[$"{scope}"] = (await Api.CreateKeyAsync($"only-{ApiKeys.NameOf(scope)}", [scope])).Text;
                if (scope != Scope.Admin)
                {
                    keys[$"{scope} elsewhere"] = (
                        await Api.CreateKeyAsync($"college-{ApiKeys.NameOf(scope)}", [scope], [TwoProjects.Other])
                    ).Text;
                }
            }

            var hooks = new[] { await CreateWebhookAsync(), await CreateWebhookAsync() };
            var revocable = (await Api.CreateKeyAsync("revocable", [Scope.Read])).Key.Id;
            using var put = await Api.SendAsync(HttpMethod.Put, "/v1/room-types/seminar", """{"description":"one","policy":{}}""");
            using var answer = await Api.GetAsync("/openapi/v1.json");
            var document = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
            Operations = document["paths"]!
                .AsObject()
                .SelectMany(path => path.Value!.AsObject().Select(operation => (Path: path.Key, Method: operation.Key, operation.Value)))
                .ToDictionary(
                    operation => operation.Value!["operationId"]!.GetValue<string>(),
                    operation => new Operation(
                        new HttpMethod(operation.Method.ToUpperInvariant()),
                        operation
                            .Path.Replace("{id}", Recording, StringComparison.Ordinal)
                            .Replace("{channel}", "maths-7b", StringComparison.Ordinal)
                            // One that can be read whatever was deleted before.
                            .Replace("{name}", operation.Method == "get" ? "lecture" : "seminar", StringComparison.Ordinal)
                            .Replace("{project}", Project, StringComparison.Ordinal)
                            .Replace("{key}", revocable, StringComparison.Ordinal)
                            .Replace("{webhook}", operation.Method == "delete" ? hooks[0] : hooks[1], StringComparison.Ordinal),
                        operation.Value!["requestBody"]?["content"]!["application/json"]!["example"]!.ToJsonString(),
                        operation
                            .Value!["security"]
                            ?.AsArray()
                            .SelectMany(one => one!.AsObject().SelectMany(scheme => scheme.Value!.AsArray()))
                            .Select(scope => scope!.GetValue<string>())
                            .ToList(),
                        [.. operation.Value!["responses"]!.AsObject().Select(response => response.Key)]
                    )
                );
        }

        public Task<HttpResponseMessage> SendAsync(string operation, string key)
        {
            var one = Operations[operation];
            return Api.SendAsAsync(keys[key], one.Method, one.Path, one.Body);
        }

        public ValueTask DisposeAsync() => Api.DisposeAsync();

        /// <summary>One whose address nobody listens at, for all projects.</summary>
        private async Task<string> CreateWebhookAsync()
        {
            using var answer = await Api.PostAsync(
                "/v1/webhooks",
                $$"""{"url":"https://127.0.0.1:{{LoopbackPort.FindFree()}}/maths-7b"}"""
            );
            return (await answer.ShouldBeAsync(201)).GetProperty("id").GetString()!;
        }
    }
}
