using RecordingService.Api.Problems;
using RecordingService.Api.Tests.Support;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Tests.Access;

/// <summary>A key that is good for one of two projects: what it starts, stops, lists and is told.</summary>
public sealed class AllowedProjectTests(ApiPostgres postgres) : IAsyncLifetime
{
    private static readonly Scope[] All = [Scope.Record, Scope.Read, Scope.Operate];

    private TestApi api = null!;
    private string college = "";

    public async ValueTask InitializeAsync()
    {
        api = await TestApi.StartAsync(await postgres.CreateDatabaseAsync(), settings: TwoProjects.With());
        college = (await api.CreateKeyAsync("college-backend", All, [TwoProjects.Other])).Text;
    }

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Theory]
    [InlineData("", "the request names no project: the default is none of these")]
    [InlineData(""","project":"school" """, "the request is for 'school'")]
    [InlineData(""","project":"SCHOOL" """, "the request is for 'SCHOOL'")]
    // Whether there is such a project is not told.
    [InlineData(""","project":"nowhere" """, "the request is for 'nowhere'")]
    // Nor is what a project has.
    [InlineData(
        ""","project":"school","encryption":{"mode":"aes128Gcm2","key":"?"},"storageProfile":"?" """,
        "the request is for 'school'"
    )]
    public async Task Start_InAnotherProject_IsNotAllowed(string more, string why)
    {
        var before = await api.CountRowsAsync();

        using var answer = await StartAsync("maths", more);

        var problem = await answer.ShouldBeAsync(Problem.NotAllowed);
        problem.Detail.ShouldContain("The key of 'college-backend' is good for college");
        problem.Detail.ShouldContain(why);
        (await api.CountRowsAsync()).ShouldBe(before);
    }

    [Theory]
    [InlineData("Lessons", false)]
    [InlineData("Annex", true)]
    [InlineData("Common", true)]
    public async Task Start_NamingAStorageProfile_MayNameItsOwnAndThoseOfNobody(string profile, bool allowed)
    {
        using var answer = await StartAsync("maths", $$""","project":"college","storageProfile":"{{profile}}" """);

        if (allowed)
        {
            await answer.ShouldBeAsync(202);
        }
        else
        {
            var rule = (await answer.ShouldBeAsync(Problem.InvalidRequest)).Violations!.ShouldHaveSingleItem().Rule;
            rule.ShouldBe("must be a configured storage profile: Annex, Common.", "what is another project's is not told");
        }
    }

    /// <summary>Room types are shared by all projects, and buckets are not.</summary>
    [Fact]
    public async Task Start_OfARoomTypeThatNamesTheProfileOfAnotherProject_IsNotAllowed()
    {
        const string archive = """{"description":"kept for years","policy":{"storageProfile":"Lessons"}}""";
        using var put = await api.SendAsync(HttpMethod.Put, "/v1/room-types/archive", archive);
        await put.ShouldBeAsync(201);
        var before = await api.CountRowsAsync();

        using var refused = await PostAsync("""{"channel":"maths","roomType":"archive","project":"college"}""");
        using var allowed = await PostAsync("""{"channel":"maths","roomType":"archive","project":"college","storageProfile":"Annex"}""");

        var problem = await refused.ShouldBeAsync(Problem.NotAllowed);
        problem.Detail.ShouldContain("'archive'");
        problem.Detail.ShouldNotContain("Lessons");
        (await allowed.ShouldBeAsync(202)).GetProperty("project").GetString().ShouldBe("college");
        (await api.CountRowsAsync()).ShouldBeGreaterThan(before);

        Task<HttpResponseMessage> PostAsync(string json) => api.SendAsAsync(college, HttpMethod.Post, "/v1/recordings", json);
    }

    /// <summary>Idempotency keys are the caller's, and this caller has another key for everything.</summary>
    [Fact]
    public async Task IdempotencyKey_OfARecordingOfAnotherProject_DoesNotNameIt()
    {
        var everything = (await api.CreateKeyAsync("college-backend", All)).Text;
        using var started = await PostAsync(everything, """{"channel":"maths","roomType":"lecture"}""");
        var id = (await started.ShouldBeAsync(202)).GetProperty("id").GetGuid();

        using var reused = await PostAsync(college, """{"channel":"maths","roomType":"lecture","project":"college"}""");

        (await reused.ShouldBeAsync(Problem.KeyReused)).RecordingId.ShouldBeNull();
        reused.Headers.Location.ShouldBeNull();
        (await reused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldNotContain($"{id}");

        async Task<HttpResponseMessage> PostAsync(string key, string json)
        {
            using var request = TestApi.Request(
                HttpMethod.Post,
                "/v1/recordings",
                json,
                ("Idempotency-Key", "one"),
                ("Authorization", $"Bearer {key}")
            );
            return await api.Stranger.SendAsync(request, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Stop_ByChannel_StopsItsOwnProjectAlone()
    {
        var other = await api.RecordAsync("maths");
        using var started = await StartAsync("maths", ""","project":"college" """);
        var own = (await started.ShouldBeAsync(202)).GetProperty("id").GetGuid();

        using var refused = await api.SendAsAsync(college, HttpMethod.Post, "/v1/channels/maths/stop?project=school");
        using var stopped = await api.SendAsAsync(college, HttpMethod.Post, "/v1/channels/maths/stop");

        await refused.ShouldBeAsync(Problem.NotAllowed);
        var items = (await stopped.ShouldBeAsync(202)).GetProperty("items");
        items.GetArrayLength().ShouldBe(1);
        items[0].GetProperty("id").GetGuid().ShouldBe(own);
        (
            await api.ReadAsync<long>($"select count(*) from recording.recordings where id = '{other}' and stop_requested_at is null")
        ).ShouldBe(1);
    }

    [Fact]
    public async Task List_PageByPage_HasFullPagesOfItsOwn()
    {
        List<Guid> own = [];
        for (var i = 0; i < 5; i++)
        {
            await api.RecordAsync($"theirs-{i}");
            await api.RecordAsync($"more-{i}");
            using var started = await StartAsync($"ours-{i}", ""","project":"college" """);
            own.Insert(0, (await started.ShouldBeAsync(202)).GetProperty("id").GetGuid());
        }

        List<Guid> seen = [];
        var path = "/v1/recordings?limit=2";
        for (var page = 0; page < 3; page++)
        {
            using var answer = await api.SendAsAsync(college, HttpMethod.Get, path);
            var body = await answer.ShouldBeAsync(200);
            body.GetProperty("items").GetArrayLength().ShouldBe(page < 2 ? 2 : 1, "pages are cut after the filter, not before");
            seen.AddRange(body.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetGuid()));
            path = $"/v1/recordings?limit=2&cursor={body.GetProperty("nextCursor").GetString()}";
        }

        seen.ShouldBe(own);
        using var named = await api.SendAsAsync(college, HttpMethod.Get, "/v1/recordings?project=school");
        (await named.ShouldBeAsync(200)).GetProperty("items").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Recording_OfAnotherProject_IsToldAboutAsOneThatIsNotThere()
    {
        var other = await api.RecordAsync("maths");
        var nobody = Guid.CreateVersion7(DateTimeOffset.UnixEpoch);

        using var hidden = await api.SendAsAsync(college, HttpMethod.Get, $"/v1/recordings/{other}");
        using var unknown = await api.SendAsAsync(college, HttpMethod.Get, $"/v1/recordings/{nobody}");

        var one = await hidden.ShouldBeAsync(Problem.NotFound);
        var two = await unknown.ShouldBeAsync(Problem.NotFound);
        one.Detail.Replace($"{other}", "ID", StringComparison.Ordinal)
            .ShouldBe(two.Detail.Replace($"{nobody}", "ID", StringComparison.Ordinal));
    }

    [Fact]
    public async Task IdempotencyKey_OfTwoCallers_StandsForTwoRequests()
    {
        var school = (await api.CreateKeyAsync("school-backend", All)).Text;
        (string, string)[] header = [("Idempotency-Key", "lesson-1")];

        var one = await StartWithKeyAsync(school, """{"channel":"one","roomType":"lecture"}""");
        var other = await StartWithKeyAsync(college, """{"channel":"other","roomType":"lecture","project":"college"}""");
        var again = await StartWithKeyAsync(school, """{"channel":"one","roomType":"lecture"}""");

        other.ShouldNotBe(one);
        again.ShouldBe(one);

        async Task<Guid> StartWithKeyAsync(string key, string body)
        {
            using var answer = await api.SendAsync(
                HttpMethod.Post,
                "/v1/recordings",
                body,
                [.. header, ("Authorization", $"Bearer {key}")]
            );
            ((int)answer.StatusCode).ShouldBeOneOf(200, 202);
            using var json = System.Text.Json.JsonDocument.Parse(
                await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
            );
            return json.RootElement.GetProperty("id").GetGuid();
        }
    }

    private Task<HttpResponseMessage> StartAsync(string channel, string more) =>
        api.SendAsAsync(college, HttpMethod.Post, "/v1/recordings", $$"""{"channel":"{{channel}}","roomType":"lecture"{{more}}}""");
}
