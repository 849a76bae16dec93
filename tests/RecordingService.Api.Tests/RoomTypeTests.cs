using System.Text.Json;
using System.Text.Json.Nodes;
using RecordingService.Api.Problems;
using RecordingService.Api.RoomTypes;
using RecordingService.Api.Tests.Support;

namespace RecordingService.Api.Tests;

[Trait("Rule", "S8")]
public sealed class RoomTypeTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private readonly TestApi api = fixture.Api;

    [Fact]
    [Trait("Rule", "S8")]
    public async Task S8_RoomTypes_Listed_TellWhatTheyDecideAndWhatFollows()
    {
        var list = (await (await api.GetAsync("/v1/room-types")).ShouldBeAsync(200)).GetProperty("items").EnumerateArray().ToList();
        using var answer = await api.GetAsync("/v1/room-types/lecture");
        var lecture = await answer.ShouldBeAsync(200);

        list.Select(type => type.GetProperty("name").GetString())
            .ShouldBeSubsetOf(["exam", "lecture", "one-to-one", "small-class", .. Made]);
        list.Single(type => type.GetProperty("name").GetString() == "lecture").GetRawText().ShouldBe(lecture.GetRawText());
        answer.Headers.ETag!.Tag.ShouldBe("\"1\"");
        lecture.GetProperty("version").GetInt32().ShouldBe(1);
        lecture
            .GetProperty("policy")
            .GetRawText()
            .ShouldBe(
                """
                {"mode":"mix","channelProfile":"live","streamTypes":"audioAndVideo","longestBreak":"PT5M","stayInChannel":false,"onIdleExit":"complete","maxDuration":"PT4H","streamMode":"standard","snapshotInterval":null,"snapshotsOnly":false,"audioQuality":"mono48","layout":"bestFit","quality":{"width":1280,"height":720,"framesPerSecond":15,"bitrateKbps":2260},"mp4":false,"storageProfile":null}
                """
            );
        lecture
            .GetProperty("idleTime")
            .GetRawText()
            .ShouldBe(
                """
                {"maxIdleTime":"PT10M","derivation":"Twice the longest expected break of 5 min (room type) is 10 min.","onExit":"A recorder leaves after 10 min with no host in the channel; the recording is complete then."}
                """
            );
    }

    [Theory]
    [InlineData("""{"stayInChannel":true,"maxDuration":"PT5H"}""", "PT5H", "with no host")]
    [InlineData("""{"longestBreak":"PT5M"}""", "PT10M", "complete")]
    [InlineData("""{"longestBreak":"PT0S","channelProfile":"communication"}""", "PT30S", "with no user")]
    [InlineData(
        """{"longestBreak":"PT12H","onIdleExit":"resume","maxDuration":"PT23H30M"}""",
        "P1D",
        "a new one is tried after 1, 2, 4 ... min"
    )]
    [InlineData("""{"mode":"webPage"}""", null, "until a stop, at most 4 h")]
    public async Task S8_IdleTime_IsDerivedFromThePolicyAndItsExitExplained(string policy, string? maxIdleTime, string onExit)
    {
        var stored = await PutAsync("derived", policy);

        var idle = stored.GetProperty("idleTime");
        idle.GetProperty("maxIdleTime").GetString().ShouldBe(maxIdleTime);
        idle.GetProperty("onExit").GetString().ShouldNotBeNull().ShouldContain(onExit);
    }

    [Fact]
    [Trait("Rule", "S8")]
    public async Task S8_Put_NewThenSameThenOther_CountsChangesOnly()
    {
        using var created = await SendAsync("counted", """{"longestBreak":"PT3M"}""");
        using var same = await SendAsync("counted", """{"longestBreak":"PT180S","mp4":null}""");
        using var other = await SendAsync("counted", """{"longestBreak":"PT4M"}""");

        (await created.ShouldBeAsync(201)).GetProperty("version").GetInt32().ShouldBe(1);
        created.Headers.Location!.OriginalString.ShouldBe("/v1/room-types/counted");
        created.Headers.ETag!.Tag.ShouldBe("\"1\"");
        (await same.ShouldBeAsync(200)).GetProperty("version").GetInt32().ShouldBe(1);
        (await other.ShouldBeAsync(200)).GetProperty("policy").GetProperty("longestBreak").GetString().ShouldBe("PT4M");
        other.Headers.ETag!.Tag.ShouldBe("\"2\"");
    }

    [Fact]
    [Trait("Rule", "S8")]
    public async Task S8_Put_PolicyAsItWasRead_IsTheSameRoomType()
    {
        var before = await PutAsync(
            "read-back",
            """{"mode":"individual","streamTypes":"video","streamMode":"default","snapshotInterval":"PT5S","snapshotsOnly":true,"storageProfile":"lessons"}"""
        );

        var after = await PutAsync("read-back", before.GetProperty("policy").GetRawText());

        after.GetRawText().ShouldBe(before.GetRawText());
    }

    [Fact]
    [Trait("Rule", "S8")]
    public async Task S8_Put_BreakingRules_NamesThemAllWithTheirSourcesAndStoresNothing()
    {
        using var answer = await SendAsync(
            "Broken",
            """
            {"mode":"mixed","longestBreak":"PT13H","maxDuration":1,"layout":"custom","quality":{"width":1280,"height":720,"framesPerSecond":25,"bitrateKbps":9000},
             "snapshotInterval":"PT10S","storageProfile":"nope","maxIdleTime":30}
            """,
            description: ""
        );

        var violations = (await answer.ShouldBeAsync(Problem.InvalidRequest)).Violations!;
        violations
            .Select(violation => (violation.Field, violation.Value, violation.Source))
            .ShouldBe(
                [
                    ("name", "Broken", null),
                    ("description", "", null),
                    ("policy.mode", "mixed", null),
                    ("policy.maxDuration", "1", null),
                    ("policy.storageProfile", "nope", null),
                    ("policy.maxIdleTime", "30", null),
                    ("policy.longestBreak", "PT13H", "RecordingService, room types"),
                    ("policy.layout", "custom", "Agora, recording layout"),
                    ("policy.snapshotInterval", "PT10S", "Agora, start, snapshotConfig"),
                    ("policy.quality.framesPerSecond", "25", "Agora, start, transcodingConfig"),
                    ("policy.quality.bitrateKbps", "9000", "Agora, start, transcodingConfig"),
                ],
                ignoreOrder: true
            );
        (await api.ReadAsync<long>("select count(*) from recording.room_types where name = 'Broken'")).ShouldBe(0);
    }

    [Fact]
    [Trait("Rule", "S12")]
    public async Task S12_Put_QualityBeyondAgorasTable_NamesTheNearestValidProfile()
    {
        using var answer = await SendAsync(
            "blurred",
            """{"quality":{"width":1024,"height":768,"framesPerSecond":15,"bitrateKbps":2000}}"""
        );

        var violation = (await answer.ShouldBeAsync(Problem.InvalidRequest)).Violations!.ShouldHaveSingleItem();
        violation.Field.ShouldBe("policy.quality");
        violation.Value.ShouldBe("1024 x 768, 15 fps, 2000 kbps");
        violation.Rule.ShouldEndWith("The nearest valid profile is 960 x 720, 15 fps, 2000 kbps.");
        violation.Source.ShouldBe("Agora, recording video profile");
    }

    [Fact]
    [Trait("Rule", "S8")]
    public async Task S8_Put_PartOfAQuality_IsRefused()
    {
        using var answer = await SendAsync("partly", """{"quality":{"width":"1280","height":720}}""");

        (await answer.ShouldBeAsync(Problem.InvalidRequest))
            .Violations!.Select(violation => violation.Field)
            .ShouldBe(["policy.quality.width", "policy.quality.framesPerSecond", "policy.quality.bitrateKbps"]);
    }

    [Fact]
    [Trait("Rule", "S8")]
    public async Task S8_Put_WithConditions_HeedsThem()
    {
        using var absent = await SendAsync("cond", "{}", headers: ("If-Match", "*"));
        using var made = await SendAsync("cond", "{}", headers: ("If-None-Match", "*"));
        using var there = await SendAsync("cond", """{"mp4":true}""", headers: ("If-None-Match", "*"));
        using var stale = await SendAsync("cond", """{"mp4":true}""", headers: ("If-Match", "\"7\", \"8\""));
        using var weak = await SendAsync("cond", """{"mp4":true}""", headers: ("If-Match", "W/\"1\""));
        using var right = await SendAsync("cond", """{"mp4":true}""", headers: ("If-Match", "\"7\", \"1\""));
        using var nonsense = await SendAsync("cond", """{"mp4":true}""", headers: ("If-Match", "1"));

        (await absent.ShouldBeAsync(Problem.PreconditionFailed)).Detail.ShouldBe(
            "There is no room type 'cond', and the request wants it to be there."
        );
        await made.ShouldBeAsync(201);
        (await there.ShouldBeAsync(Problem.PreconditionFailed)).Detail.ShouldContain("is there in version 1");
        (await stale.ShouldBeAsync(Problem.PreconditionFailed)).Detail.ShouldContain("is in version 1, and the request wants \"7\", \"8\"");
        await weak.ShouldBeAsync(Problem.PreconditionFailed);
        (await right.ShouldBeAsync(200)).GetProperty("version").GetInt32().ShouldBe(2);
        (await nonsense.ShouldBeAsync(Problem.InvalidRequest)).Violations!.ShouldHaveSingleItem().Field.ShouldBe("If-Match");
    }

    [Fact]
    [Trait("Rule", "S8")]
    public async Task S8_Put_ManyAtOnce_CountEachChangeOnce()
    {
        var answers = await Task.WhenAll(Enumerable.Range(1, 12).Select(n => SendAsync("storm", $$"""{"longestBreak":"PT{{n}}M"}""")));

        answers.Count(answer => (int)answer.StatusCode == 201).ShouldBe(1);
        answers.Select(answer => answer.Headers.ETag!.Tag).ShouldBe(Enumerable.Range(1, 12).Select(n => $"\"{n}\""), ignoreOrder: true);
    }

    [Fact]
    [Trait("Rule", "S8")]
    public async Task S8_Delete_KeepsRecordingsTheirPolicyAndCountsOnWhenMadeAgain()
    {
        await PutAsync("gone", """{"longestBreak":"PT7M"}""");
        var id = await api.RecordAsync("gone", "gone");

        using var stale = await api.SendAsync(HttpMethod.Delete, "/v1/room-types/gone", null, ("If-Match", "\"2\""));
        using var deleted = await api.SendAsync(HttpMethod.Delete, "/v1/room-types/gone", null, ("If-Match", "\"1\""));
        using var again = await api.SendAsync(HttpMethod.Delete, "/v1/room-types/gone");
        using var conditioned = await api.SendAsync(HttpMethod.Delete, "/v1/room-types/gone", null, ("If-Match", "\"1\""));

        await stale.ShouldBeAsync(Problem.PreconditionFailed);
        ((int)deleted.StatusCode).ShouldBe(204);
        await again.ShouldBeAsync(Problem.NotFound);
        await conditioned.ShouldBeAsync(Problem.PreconditionFailed);
        await (await api.GetAsync("/v1/room-types/gone")).ShouldBeAsync(Problem.NotFound);
        using var start = await api.PostAsync("/v1/recordings", """{"channel":"gone-2","roomType":"gone"}""");
        (await start.ShouldBeAsync(Problem.InvalidRequest)).Violations!.ShouldHaveSingleItem().Field.ShouldBe("roomType");
        (await (await api.GetAsync($"/v1/recordings/{id}")).ShouldBeAsync(200)).GetProperty("longestBreak").GetString().ShouldBe("PT7M");
        using var made = await SendAsync("gone", """{"longestBreak":"PT7M"}""", headers: ("If-None-Match", "*"));
        (await made.ShouldBeAsync(201)).GetProperty("version").GetInt32().ShouldBe(2);
    }

    [Fact]
    [Trait("Rule", "S8")]
    public async Task S8_Put_Members_AreThoseOfTheContract()
    {
        using var answer = await SendAsync("contract", """{"?":1}""");

        var rule = (await answer.ShouldBeAsync(Problem.InvalidRequest)).Violations!.ShouldHaveSingleItem().Rule;
        rule[(rule.IndexOf("are ", StringComparison.Ordinal) + 4)..]
            .TrimEnd('.')
            .Split(", ")
            .ShouldBe(typeof(PutPolicy).GetProperties().Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name)), ignoreOrder: true);
        typeof(PutPolicy)
            .GetProperties()
            .Select(property => property.Name)
            .ShouldBe(typeof(PolicyResource).GetProperties().Select(property => property.Name), ignoreOrder: true);
    }

    /// <summary>Other tests of this class share the database.</summary>
    private static readonly string[] Made = ["derived", "counted", "read-back", "cond", "storm", "gone"];

    private async Task<JsonElement> PutAsync(string name, string policy)
    {
        using var answer = await SendAsync(name, policy);
        return await answer.ShouldBeAsync((int)answer.StatusCode == 201 ? 201 : 200);
    }

    private Task<HttpResponseMessage> SendAsync(
        string name,
        string policy,
        string description = "A test.",
        params (string Name, string Value)[] headers
    ) =>
        api.SendAsync(
            HttpMethod.Put,
            $"/v1/room-types/{name}",
            new JsonObject { ["description"] = description, ["policy"] = JsonNode.Parse(policy) }.ToJsonString(),
            headers
        );
}
