using System.Text.Json;
using RecordingService.Api.Problems;
using RecordingService.Api.Tests.Support;

namespace RecordingService.Api.Tests;

/// <summary>Layout and subscription of live recordings.</summary>
public sealed class LiveChangeTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private readonly TestApi api = fixture.Api;

    public static TheoryData<string, string, string[]> Refused =>
        new()
        {
            { "layout", "{}", ["body"] },
            {
                "layout",
                """{"kind":"grid","largeUid":"7","regions":{},"mixedVideoLayout":1}""",
                ["kind", "largeUid", "regions", "mixedVideoLayout"]
            },
            { "layout", """{"kind":"custom"}""", ["regions"] },
            { "layout", """{"kind":"bestFit","largeUid":7}""", ["largeUid"] },
            {
                "layout",
                """{"kind":"vertical","backgroundColor":"red","largeUid":7,"backgroundImage":"http://school.example/a.jpg"}""",
                ["backgroundColor", "backgroundImage"]
            },
            {
                "layout",
                """{"kind":"custom","regions":[{"x":0.5,"y":0,"width":0.6,"height":1},{"x":0,"y":0,"z":1}]}""",
                ["regions[1].width", "regions[1].height", "regions[1].z"]
            },
            {
                "layout",
                """{"kind":"custom","regions":[{"x":0.5,"y":0,"width":0.6,"height":1,"alpha":2}]}""",
                ["regions[0].width", "regions[0].alpha"]
            },
            {
                "layout",
                """{"largeUid":7,"userBackgrounds":[{"uid":0,"image":"x"},{}]}""",
                ["userBackgrounds[0].uid", "userBackgrounds[1].uid", "userBackgrounds[1].image"]
            },
            { "subscription", "{}", ["body"] },
            { "subscription", """{"audio":{"only":[1],"allBut":[2]}}""", ["audio.allBut"] },
            { "subscription", """{"audio":{"only":[]},"video":{"allBut":["7"]}}""", ["video.allBut"] },
            { "subscription", """{"audio":{"only":[]},"video":{"allBut":[7,7]}}""", ["audio.only", "video.allBut"] },
            { "subscription", """{"audio":{"uids":[1]},"screen":null}""", ["audio.uids", "screen"] },
        };

    [Fact]
    public async Task Layout_BeforeAnyChange_IsTheRoomTypesInVersion0()
    {
        var id = await api.RecordAsync("layout-first");

        using var answer = await api.GetAsync($"/v1/recordings/{id}/layout");

        (await answer.ShouldBeAsync(200))
            .GetRawText()
            .ShouldBe(
                """
                {"layout":{"kind":"bestFit","largeUid":null,"backgroundColor":"#000000","backgroundImage":null,"userBackgroundImage":null,"regions":[],"userBackgrounds":[]},"version":0,"appliedVersion":null}
                """
            );
        answer.Headers.ETag!.Tag.ShouldBe("\"0\"");
    }

    [Fact]
    public async Task Layout_Changed_ChangesNamedMembersOnlyAndNullGoesBackToTheDefault()
    {
        var id = await api.RecordAsync("layout-merge");

        await PatchAsync(
            id,
            "layout",
            """{"kind":"vertical","largeUid":7001,"backgroundColor":"#102030","userBackgrounds":[{"uid":7,"image":"https://school.example/7.jpg"}]}"""
        );
        await PatchAsync(id, "layout", """{"largeUid":7002,"userBackgroundImage":"https://school.example/a.jpg"}""");
        using var answer = await PatchAsync(
            id,
            "layout",
            """{"kind":"custom","largeUid":null,"userBackgrounds":null,"regions":[{"uid":7,"x":0,"y":0,"width":0.333333,"height":1},{"x":0.5,"y":0.5,"width":0.5,"height":0.5,"alpha":0.5,"fit":true}]}"""
        );

        var changed = await answer.ShouldBeAsync(200);
        changed
            .GetRawText()
            .ShouldBe(
                """
                {"layout":{"kind":"custom","largeUid":null,"backgroundColor":"#102030","backgroundImage":null,"userBackgroundImage":"https://school.example/a.jpg","regions":[{"x":0,"y":0,"width":0.333333,"height":1,"uid":7,"alpha":1,"fit":false},{"x":0.5,"y":0.5,"width":0.5,"height":0.5,"uid":null,"alpha":0.5,"fit":true}],"userBackgrounds":[]},"version":3,"appliedVersion":null}
                """
            );
        answer.Headers.ETag!.Tag.ShouldBe("\"3\"");
        (await (await api.GetAsync($"/v1/recordings/{id}/layout")).ShouldBeAsync(200)).GetRawText().ShouldBe(changed.GetRawText());
    }

    [Fact]
    public async Task Subscription_Changed_ReplacesEachChoiceAsAWhole()
    {
        var id = await api.RecordAsync("subscription-merge");
        using var first = await api.GetAsync($"/v1/recordings/{id}/subscription");

        await PatchAsync(id, "subscription", """{"audio":{"only":[1,4294967295]},"video":{"only":[2]}}""");
        using var answer = await PatchAsync(id, "subscription", """{"video":{"allBut":[3]}}""");
        using var everybody = await PatchAsync(id, "subscription", """{"audio":null,"video":{}}""");

        (await first.ShouldBeAsync(200))
            .GetRawText()
            .ShouldBe("""{"subscription":{"audio":null,"video":null},"version":0,"appliedVersion":null}""");
        (await answer.ShouldBeAsync(200))
            .GetRawText()
            .ShouldBe(
                """{"subscription":{"audio":{"only":[1,4294967295],"allBut":null},"video":{"only":null,"allBut":[3]}},"version":2,"appliedVersion":null}"""
            );
        (await everybody.ShouldBeAsync(200))
            .GetRawText()
            .ShouldBe("""{"subscription":{"audio":null,"video":null},"version":3,"appliedVersion":null}""");
    }

    [Fact]
    public async Task Change_WakesTheHolderAndIsToldInTheTimeline()
    {
        var id = await api.RecordAsync("layout-wakes");
        await api.HappensAsync(
            $"update recording.schedule set due_at = now() + interval '1 hour', priority = 4, lease_owner = null where recording_id = '{id}'"
        );

        await PatchAsync(id, "layout", """{"kind":"bestFit"}""");
        await PatchAsync(id, "subscription", """{"video":{"only":[7,8]}}""");

        (
            await api.ReadAsync<bool>(
                $"select due_at <= now() and priority = 0 and signal_seq = 2 from recording.schedule where recording_id = '{id}'"
            )
        ).ShouldBeTrue();
        var lines = await (await api.GetAsync($"/v1/recordings/{id}/timeline")).ShouldBeAsync(200);
        lines
            .GetProperty("items")
            .EnumerateArray()
            .Select(line => line.GetProperty("message").GetString())
            .TakeLast(2)
            .ShouldBe([
                "Layout asked for: BestFit (version 1).",
                "Subscription asked for: sound of everybody, picture of 7, 8 (version 1).",
            ]);
    }

    [Fact]
    public async Task Change_WithIfMatch_HeedsIt()
    {
        var id = await api.RecordAsync("layout-match");

        using var first = await PatchAsync(id, "layout", """{"kind":"floating"}""", ("If-Match", "\"0\""));
        using var stale = await PatchAsync(id, "layout", """{"kind":"bestFit"}""", ("If-Match", "\"0\""));
        using var right = await PatchAsync(id, "layout", """{"backgroundColor":"#010203"}""", ("If-Match", "\"1\""));

        await first.ShouldBeAsync(200);
        (await stale.ShouldBeAsync(Problem.PreconditionFailed)).Detail.ShouldBe(
            $"The layout of recording {id} is in version 1, and the request wants \"0\". Read it again and decide anew."
        );
        var layout = (await right.ShouldBeAsync(200)).GetProperty("layout");
        (layout.GetProperty("kind").GetString(), layout.GetProperty("backgroundColor").GetString()).ShouldBe(("floating", "#010203"));
    }

    [Fact]
    public async Task Change_ManyAtOnceWithoutIfMatch_LosesNoMember()
    {
        var id = await api.RecordAsync("layout-storm");
        await PatchAsync(id, "layout", """{"kind":"bestFit"}""");
        string[] changes =
        [
            """{"kind":"floating"}""",
            """{"backgroundColor":"#0A0B0C"}""",
            """{"backgroundImage":"https://school.example/a.jpg"}""",
            """{"userBackgroundImage":"https://school.example/b.jpg"}""",
            """{"userBackgrounds":[{"uid":7,"image":"https://school.example/7.jpg"}]}""",
        ];

        var answers = await Task.WhenAll(changes.Select(change => PatchAsync(id, "layout", change)));

        answers.Select(answer => answer.Headers.ETag!.Tag).ShouldBe(["\"2\"", "\"3\"", "\"4\"", "\"5\"", "\"6\""], ignoreOrder: true);
        var layout = (await (await api.GetAsync($"/v1/recordings/{id}/layout")).ShouldBeAsync(200)).GetProperty("layout");
        layout.GetProperty("kind").GetString().ShouldBe("floating");
        layout.GetProperty("backgroundColor").GetString().ShouldBe("#0A0B0C");
        layout.GetProperty("backgroundImage").GetString().ShouldBe("https://school.example/a.jpg");
        layout.GetProperty("userBackgroundImage").GetString().ShouldBe("https://school.example/b.jpg");
        layout.GetProperty("userBackgrounds").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Change_ManyAtOnceWithOneIfMatch_LetsOneThrough()
    {
        var id = await api.RecordAsync("layout-race");

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(n => PatchAsync(id, "layout", $$"""{"kind":"bestFit","backgroundColor":"#00000{{n}}"}""", ("If-Match", "\"0\"")))
        );

        answers.Count(answer => (int)answer.StatusCode == 200).ShouldBe(1);
        answers.Count(answer => (int)answer.StatusCode == 412).ShouldBe(7);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Change_BreakingRules_NamesThemAllAndChangesNothing(string what, string body, string[] fields)
    {
        var id = await api.RecordAsync($"refused {Guid.NewGuid():N}");
        var before = await api.CountRowsAsync();

        using var answer = await PatchAsync(id, what, body);

        (await answer.ShouldBeAsync(Problem.InvalidRequest))
            .Violations!.Select(violation => violation.Field)
            .ShouldBe(fields, ignoreOrder: true);
        (await api.CountRowsAsync()).ShouldBe(before);
        using var after = await api.GetAsync($"/v1/recordings/{id}/{what}");
        after.Headers.ETag!.Tag.ShouldBe("\"0\"");
    }

    [Fact]
    public async Task Change_OfWhatTheModeDoesNotHave_IsRefused()
    {
        var individual = await api.RecordAsync("no-layout", more: ""","mode":"individual" """);
        var page = await api.RecordAsync("no-users", more: ""","mode":"webPage","webPage":{"url":"https://school.example"} """);

        (await (await PatchAsync(individual, "layout", """{"kind":"bestFit"}""")).ShouldBeAsync(Problem.NotInThisMode)).Detail.ShouldBe(
            $"Recording {individual} is in mode individual, which has no layout."
        );
        await (await api.GetAsync($"/v1/recordings/{individual}/layout")).ShouldBeAsync(Problem.NotInThisMode);
        await (await PatchAsync(individual, "subscription", """{"audio":{"only":[7]}}""")).ShouldBeAsync(200);
        await (await PatchAsync(page, "subscription", """{"audio":null}""")).ShouldBeAsync(Problem.NotInThisMode);
    }

    [Fact]
    public async Task Change_OfSoundOnly_HasNoVideoToChoose()
    {
        using var put = await api.SendAsync(
            HttpMethod.Put,
            "/v1/room-types/podcast",
            """{"description":"Sound.","policy":{"streamTypes":"audio"}}"""
        );
        await put.ShouldBeAsync(201);
        var id = await api.RecordAsync("podcast", "podcast");

        using var answer = await PatchAsync(id, "subscription", """{"video":{"only":[7]}}""");

        (await answer.ShouldBeAsync(Problem.InvalidRequest)).Violations!.ShouldHaveSingleItem().Field.ShouldBe("video.only");
    }

    [Theory]
    [InlineData("layout", """{"kind":"bestFit"}""")]
    [InlineData("subscription", """{"audio":null}""")]
    public async Task Change_OfWhatIsEndingOrEnded_IsRefusedAndStillRead(string what, string body)
    {
        var stopping = await api.RecordAsync($"stopping {what}");
        await (await api.PostAsync($"/v1/recordings/{stopping}/stop")).ShouldBeAsync(202);
        var ended = await api.RecordAsync($"ended {what}");
        await api.EndAsync(ended);

        await (await PatchAsync(stopping, what, body)).ShouldBeAsync(Problem.NotLive);
        await (await PatchAsync(ended, what, body)).ShouldBeAsync(Problem.NotLive);
        await (await api.GetAsync($"/v1/recordings/{ended}/{what}")).ShouldBeAsync(200);
        await (await PatchAsync(Guid.NewGuid(), what, body)).ShouldBeAsync(Problem.NotFound);
    }

    [Fact]
    public async Task Change_AsMergePatch_IsTakenToo()
    {
        var id = await api.RecordAsync("merge-patch");
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"/v1/recordings/{id}/layout")
        {
            Content = new StringContent("""{"kind":"floating"}""", null, "application/merge-patch+json"),
        };

        using var answer = await api.Http.SendAsync(request, TestContext.Current.CancellationToken);

        (await answer.ShouldBeAsync(200)).GetProperty("version").ValueKind.ShouldBe(JsonValueKind.Number);
    }

    private Task<HttpResponseMessage> PatchAsync(Guid id, string what, string body, params (string, string)[] headers) =>
        api.SendAsync(HttpMethod.Patch, $"/v1/recordings/{id}/{what}", body, headers);
}
