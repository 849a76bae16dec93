using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using RecordingService.Api.Access;
using RecordingService.Api.Problems;
using RecordingService.Api.Tests.Support;
using RecordingService.Infrastructure.Engine;
using RecordingService.Testing;

namespace RecordingService.Api.Tests.Access;

/// <summary>Keys over HTTP and from the command line.</summary>
public sealed class ApiKeyTests(ApiPostgres postgres)
{
    [Fact]
    public async Task Key_MadeOverHttp_IsShownOnceAndWorks()
    {
        await using var api = await StartAsync();

        using var made = await api.PostAsync(
            "/v1/api-keys",
            """{"caller":"timetable","scopes":["read","record"],"projects":["SCHOOL"],"expiresAfter":"P90D"}"""
        );
        var body = await made.ShouldBeAsync(201);
        var (text, properties) = (body.GetProperty("key").GetString()!, body.GetProperty("properties"));
        using var read = await api.SendAsAsync(text, HttpMethod.Get, "/v1/recordings");
        using var listed = await api.GetAsync("/v1/api-keys");

        made.Headers.CacheControl!.NoStore.ShouldBeTrue();
        await read.ShouldBeAsync(200);
        properties.GetProperty("createdBy").GetString().ShouldBe(TestKey.Caller);
        properties.GetProperty("projects")[0].GetString().ShouldBe("school");
        (properties.GetProperty("expiresAt").GetDateTimeOffset() - properties.GetProperty("createdAt").GetDateTimeOffset()).ShouldBe(
            TimeSpan.FromDays(90)
        );
        await listed.ShouldBeAsync(200);
        (await listed.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldNotContain(text.Split('_')[2]);
        var mine = await Eventually.BecomesAsync(
            async () =>
            {
                using var answer = await api.GetAsync("/v1/api-keys");
                var items = (await answer.ShouldBeAsync(200)).GetProperty("items");
                return items.EnumerateArray().Single(key => key.GetProperty("caller").GetString() == "timetable");
            },
            key => key.GetProperty("lastUsedAt").ValueKind == JsonValueKind.String
        );
        mine.GetProperty("revokedAt").ValueKind.ShouldBe(JsonValueKind.Null);
        mine.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()).ShouldBe(["record", "read"]);
    }

    [Theory]
    [InlineData("""{"scopes":["read"]}""", "caller")]
    [InlineData("""{"caller":"anonymous","scopes":["read"]}""", "caller")]
    [InlineData("""{"caller":"Time Table","scopes":["read"]}""", "caller")]
    [InlineData("""{"caller":"(command line)","scopes":["read"]}""", "caller")]
    [InlineData("""{"caller":"a"}""", "scopes")]
    [InlineData("""{"caller":"a","scopes":[]}""", "scopes")]
    [InlineData("""{"caller":"a","scopes":["write"]}""", "scopes")]
    [InlineData("""{"caller":"a","scopes":["read","read"]}""", "scopes")]
    [InlineData("""{"caller":"a","scopes":"read"}""", "scopes")]
    [InlineData("""{"caller":"a","scopes":["read"],"projects":null}""", "projects")]
    [InlineData("""{"caller":"a","scopes":["read"],"projects":[]}""", "projects")]
    [InlineData("""{"caller":"a","scopes":["read"],"projects":["nowhere"]}""", "projects")]
    [InlineData("""{"caller":"a","scopes":["read","admin"],"projects":["school"]}""", "projects")]
    [InlineData("""{"caller":"a","scopes":["read"],"expiresAfter":"PT1S"}""", "expiresAfter")]
    [InlineData("""{"caller":"a","scopes":["read"],"expiresAfter":"P9999Y"}""", "expiresAfter")]
    [InlineData("""{"caller":"a","scopes":["read"],"secret":"mine"}""", "secret")]
    public async Task Key_AskedForWrongly_IsRefusedByItsMember(string body, string field)
    {
        await using var api = await StartAsync();

        using var answer = await api.PostAsync("/v1/api-keys", body);

        (await answer.ShouldBeAsync(Problem.InvalidRequest)).Violations!.ShouldHaveSingleItem().Field.ShouldBe(field);
        (await api.ReadAsync<long>("select count(*) from recording.api_keys")).ShouldBe(1);
    }

    [Fact]
    public async Task Key_TheThird_IsRefusedNamingTheLiveOnes()
    {
        await using var api = await StartAsync();
        var one = await api.CreateKeyAsync("timetable", [Scope.Read]);
        var two = await api.CreateKeyAsync("timetable", [Scope.Read]);

        using var third = await api.PostAsync("/v1/api-keys", """{"caller":"timetable","scopes":["read"]}""");
        using var revoked = await api.SendAsync(HttpMethod.Delete, $"/v1/api-keys/{one.Key.Id}");
        using var twice = await api.SendAsync(HttpMethod.Delete, $"/v1/api-keys/{one.Key.Id}");
        using var again = await api.PostAsync("/v1/api-keys", """{"caller":"timetable","scopes":["read"]}""");
        using var unknown = await api.SendAsync(HttpMethod.Delete, $"/v1/api-keys/{two.Text}");

        var problem = await third.ShouldBeAsync(Problem.TooManyKeys);
        problem.Detail.ShouldContain(one.Key.Id);
        problem.Detail.ShouldContain(two.Key.Id);
        revoked.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        twice.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await again.ShouldBeAsync(201);
        (await unknown.ShouldBeAsync(Problem.NotFound)).Detail.ShouldNotContain(two.Text, Case.Sensitive, "it may be a secret");
    }

    [Fact]
    public async Task Command_CreateKey_PrintsTheKeyAloneAndItWorks()
    {
        await using var api = await StartAsync();

        var (code, output, error) = await RunAsync(api, "--create-key", "console", "--scopes", "admin,read", "--expires=P90D");
        using var answer = await api.SendAsAsync(output.Trim(), HttpMethod.Get, "/v1/api-keys");

        code.ShouldBe(0, error);
        output.ShouldMatch("^rsk_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}\r?\n$");
        error.ShouldNotContain(output.Trim().Split('_')[2]);
        var key = (await answer.ShouldBeAsync(200))
            .GetProperty("items")
            .EnumerateArray()
            .Single(item => item.GetProperty("caller").GetString() == "console");
        key.GetProperty("createdBy").GetString().ShouldBe("(command line)");
        (key.GetProperty("expiresAt").GetDateTimeOffset() - key.GetProperty("createdAt").GetDateTimeOffset()).ShouldBe(
            TimeSpan.FromDays(90)
        );
    }

    [Fact]
    public async Task Command_RevokeAndList_TellWhatTheyDid()
    {
        await using var api = await StartAsync();
        var (_, key, _) = await RunAsync(api, "--create-key", "timetable", "--scopes", "record", "--projects", "School");
        var id = key.Split('_')[1];

        var revoked = await RunAsync(api, "--revoke-key", id);
        var list = await RunAsync(api, "--list-keys");
        var unknown = await RunAsync(api, "--revoke-key", "000000000000");

        revoked.Code.ShouldBe(0);
        list.Code.ShouldBe(0);
        list.Output.ShouldContain($"{id}\ttimetable\trecord\tschool\t");
        list.Output.ShouldContain("Z by (command line)\t-\n");
        list.Output.ShouldNotContain(key.Trim().Split('_')[2]);
        unknown.Code.ShouldBe(1);
        (await api.ReadAsync<string>("select string_agg(caller || ' ' || action, ', ' order by id) from recording.audit")).ShouldBe(
            "(command line) createApiKey, (command line) revokeApiKey"
        );
    }

    [Theory]
    [InlineData("--scopes needs a value.", "--create-key", "a", "--scopes")]
    [InlineData("--create-key needs a value.", "--create-key", "--scopes", "read")]
    [InlineData("--scopes is ''", "--create-key", "a")]
    [InlineData("--scopes is 'write'", "--create-key", "a", "--scopes", "write")]
    [InlineData("The caller is 'A'", "--create-key", "A", "--scopes", "read")]
    [InlineData("--projects names nowhere", "--create-key", "a", "--scopes", "read", "--projects", "nowhere")]
    [InlineData("--projects must be left out", "--create-key", "a", "--scopes", "admin", "--projects", "school")]
    [InlineData("--expires is 'soon'", "--create-key", "a", "--scopes", "read", "--expires", "soon")]
    [InlineData("--expires is '-P1D'", "--create-key", "a", "--scopes", "read", "--expires", "-P1D")]
    [InlineData("'--project' is not known", "--create-key", "a", "--scopes", "read", "--project", "school")]
    [InlineData("'x' is not known", "--list-keys", "x")]
    public async Task Command_ThatIsWrong_TellsWhyAndMakesNothing(string why, params string[] arguments)
    {
        await using var api = await StartAsync();

        var (code, output, error) = await RunAsync(api, arguments);

        code.ShouldBe(1);
        output.ShouldBeEmpty();
        error.ShouldContain(why);
        (await api.ReadAsync<long>("select count(*) from recording.api_keys")).ShouldBe(1);
    }

    /// <summary>As in a container that only makes keys.</summary>
    [Fact]
    public async Task Command_WithoutConfiguredProjects_SaysThatNobodyCheckedThem()
    {
        await using var api = await StartAsync();
        await using var bare = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().Build())
            .AddSingleton(api.Services.GetRequiredService<ApiKeys>())
            .BuildServiceProvider();
        using StringWriter output = new();
        using StringWriter error = new();

        var code = await KeyCommand
            .In(["--create-key", "timetable", "--scopes", "read", "--projects", "nosuch"])!
            .RunAsync(bare, output, error);

        code.ShouldBe(0);
        error.ToString().ShouldContain("nobody checked that there is nosuch");
        output.ToString().Trim().ShouldStartWith("rsk_");
    }

    [Fact]
    public void Command_OfOtherArguments_IsNone() => KeyCommand.In(["--migrate", "--urls", "http://localhost"]).ShouldBeNull();

    private static async Task<(int Code, string Output, string Error)> RunAsync(TestApi api, params string[] arguments)
    {
        using StringWriter output = new() { NewLine = "\n" };
        using StringWriter error = new() { NewLine = "\n" };
        var code = await KeyCommand.In(arguments)!.RunAsync(api.Services, output, error);
        return (code, output.ToString(), error.ToString());
    }

    private async Task<TestApi> StartAsync() => await TestApi.StartAsync(await postgres.CreateDatabaseAsync());
}
