using RecordingService.Api.Problems;
using RecordingService.Api.Tests.Support;

namespace RecordingService.Api.Tests;

/// <summary>Starts in other modes, of encrypted channels and of web pages.</summary>
public sealed class ModeTests(ModeTests.Fixture fixture) : IClassFixture<ModeTests.Fixture>
{
    private const string Salt = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    private readonly TestApi api = fixture.Api;

    public static TheoryData<string, string, string[]> Refused =>
        new()
        {
            { "mode", """{"mode":"mixed"}""", ["mode"] },
            { "key", """{"encryption":{"mode":"aes256Gcm","key":"other"}}""", ["encryption.key"] },
            { "key itself", """{"encryption":{"mode":"aes256Gcm","key":"classroom","secret":"x"}}""", ["encryption.secret"] },
            { "nothing of it", """{"encryption":{}}""", ["encryption.mode", "encryption.key"] },
            { "text", """{"encryption":"aes256Gcm"}""", ["encryption"] },
            { "no salt", """{"encryption":{"mode":"aes256Gcm2","key":"classroom"}}""", ["encryption.salt"] },
            { "short salt", """{"encryption":{"mode":"aes128Gcm2","key":"classroom","salt":"AAEC"}}""", ["encryption.salt"] },
            { "salt too many", $$$"""{"encryption":{"mode":"aes128Gcm","key":"classroom","salt":"{{{Salt}}}"}}""", ["encryption.salt"] },
            { "page of a mix", """{"webPage":{"url":"https://school.example"}}""", ["webPage"] },
            { "no page", """{"mode":"webPage"}""", ["webPage"] },
            { "page as text", """{"mode":"webPage","webPage":"https://school.example"}""", ["webPage"] },
            { "file", """{"mode":"webPage","webPage":{"url":"file:///etc/passwd"}}""", ["webPage.url"] },
            { "relative", """{"mode":"webPage","webPage":{"url":"/board"}}""", ["webPage.url"] },
            { "password", """{"mode":"webPage","webPage":{"url":"https://ada:secret@school.example/"}}""", ["webPage.url"] },
            {
                "encrypted page",
                """{"mode":"webPage","webPage":{"url":"https://school.example"},"encryption":{"mode":"aes256Gcm","key":"classroom"}}""",
                ["encryption"]
            },
            {
                "everything",
                """{"mode":"x","encryption":{"mode":"y","key":7,"salt":[]},"webPage":{"url":1,"width":2}}""",
                ["mode", "encryption.mode", "encryption.key", "encryption.salt", "webPage.url", "webPage.width", "webPage"]
            },
        };

    [Fact]
    public async Task Start_OtherMode_IsStoredWithThePolicyAndShown()
    {
        var id = await api.RecordAsync("individual", more: ""","mode":"individual","label":"tracks" """);

        var recording = await (await api.GetAsync($"/v1/recordings/{id}")).ShouldBeAsync(200);
        recording.GetProperty("mode").GetString().ShouldBe("individual");
        recording.GetProperty("runs")[0].GetProperty("agora").GetProperty("mode").GetString().ShouldBe("individual");
        (await api.ReadAsync<string>($"select policy ->> 'mode' from recording.recordings where id = '{id}'")).ShouldBe("Individual");
        (await api.ReadAsync<string>($"select policy ->> 'layout' from recording.recordings where id = '{id}'")).ShouldBe("BestFit");
    }

    [Fact]
    public async Task Start_Encrypted_StoresTheNameOfTheKeyAndShowsNeitherKeyNorSalt()
    {
        using var answer = await StartAsync("secret", $$$"""{"encryption":{"mode":"aes256Gcm2","key":"Classroom","salt":"{{{Salt}}}"}}""");

        var recording = await answer.ShouldBeAsync(202);
        recording.GetProperty("encryption").GetRawText().ShouldBe("""{"mode":"aes256Gcm2","key":"classroom"}""");
        recording.GetRawText().ShouldNotContain("the-key-itself");
        (await api.ReadAsync<string>("select encryption::text from recording.recordings where channel = 'secret'")).ShouldBe(
            $$"""{"key": "classroom", "mode": "Aes256Gcm2", "salt": "{{Salt}}"}"""
        );
    }

    [Fact]
    public async Task Start_WebPage_IsStoredAndHasNoIdleTime()
    {
        using var answer = await StartAsync("page", """{"mode":"webPage","webPage":{"url":"https://school.example/board?room=7b#x"}}""");

        var recording = await answer.ShouldBeAsync(202);
        recording.GetProperty("webPage").GetRawText().ShouldBe("""{"url":"https://school.example/board?room=7b#x"}""");
        recording.GetProperty("idleTime").GetProperty("derivation").GetString().ShouldBe("A web page is never idle.");
        (await api.ReadAsync<string>("select web_page from recording.recordings where channel = 'page'")).ShouldBe(
            "https://school.example/board?room=7b#x"
        );
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Start_BreakingRulesOfModes_NamesThemAllAndStoresNothing(string name, string members, string[] fields)
    {
        var before = await api.CountRowsAsync();

        using var answer = await StartAsync($"refused {name}", members);

        var problem = await answer.ShouldBeAsync(Problem.InvalidRequest);
        problem.Violations!.Select(violation => violation.Field).ShouldBe(fields, ignoreOrder: true);
        problem.Detail.ShouldNotContain("the-key-itself");
        (await api.CountRowsAsync()).ShouldBe(before);
    }

    [Fact]
    [Trait("Rule", "S8")]
    public async Task S8_Start_ModeThatTheRoomTypesPolicyDoesNotAllow_IsRefusedWithTheRule()
    {
        using var put = await api.SendAsync(
            HttpMethod.Put,
            "/v1/room-types/films",
            """{"description":"With MP4.","policy":{"mp4":true,"quality":{"width":160,"height":120,"framesPerSecond":15,"bitrateKbps":130}}}"""
        );
        await put.ShouldBeAsync(201);

        using var individual = await StartAsync("films", """{"mode":"individual"}""", "films");
        using var page = await StartAsync("films", """{"mode":"webPage","webPage":{"url":"https://school.example"}}""", "films");
        using var mix = await StartAsync("films", """{"mode":"mix"}""", "films");

        var violation = (await individual.ShouldBeAsync(Problem.InvalidRequest)).Violations!.ShouldHaveSingleItem();
        (violation.Field, violation.Value, violation.Source).ShouldBe(("mode", "individual", "Agora, start, recordingFileConfig"));
        violation.Rule.ShouldStartWith("must go with room type 'films', of which mp4 must be false");
        (await page.ShouldBeAsync(Problem.InvalidRequest))
            .Violations!.Select(v => v.Rule)
            .ShouldBe([
                "must go with room type 'films', of which quality.width must be from 240 to 1920 for a web page.",
                "must go with room type 'films', of which quality.height must be from 240 to 1920 for a web page.",
            ]);
        await mix.ShouldBeAsync(202);
    }

    [Fact]
    public async Task Start_OtherModeKeyOrPageWhileLive_NamesEachDifference()
    {
        await (
            await StartAsync("differs", $$$"""{"encryption":{"mode":"aes256Gcm2","key":"classroom","salt":"{{{Salt}}}"}}""")
        ).ShouldBeAsync(202);

        using var same = await StartAsync(
            "differs",
            $$$"""{"mode":"mix","encryption":{"mode":"aes256Gcm2","key":"CLASSROOM","salt":"{{{Salt}}}"}}"""
        );
        using var less = await StartAsync("differs", "{}");
        using var other = await StartAsync(
            "differs",
            $$$"""{"mode":"individual","encryption":{"mode":"aes128Gcm2","key":"staff","salt":"{{{Salt.Replace("AAEC", "BBEC")}}}"}}"""
        );
        using var page = await StartAsync("differs", """{"mode":"webPage","webPage":{"url":"https://school.example/"}}""");

        await same.ShouldBeAsync(200);
        await less.ShouldBeAsync(200);
        var problem = await other.ShouldBeAsync(Problem.DiffersFromLive);
        problem.Differences!.ShouldBe([
            new("mode", "individual", "mix"),
            new("encryption.mode", "aes128Gcm2", "aes256Gcm2"),
            new("encryption.key", "staff", "classroom"),
            new("encryption.salt", "***", "***"),
        ]);
        (await page.ShouldBeAsync(Problem.DiffersFromLive)).Differences!.ShouldBe([
            new("mode", "webPage", "mix"),
            new("webPage.url", "https://school.example/", null),
        ]);
    }

    [Theory]
    [InlineData("""{"mode":"individual","encryption":{"mode":"aes256Gcm","key":"classroom"}}""")]
    [InlineData("""{"mode":"mix","encryption":{"mode":"aes256Gcm","key":"classroom"}}""")]
    [InlineData("""{"encryption":{"mode":"aes256Gcm","key":"staff"}}""")]
    [InlineData("""{"encryption":{"mode":"aes128Gcm","key":"classroom"}}""")]
    [InlineData("""{"mode":"webPage","webPage":{"url":"https://school.example/"}}""")]
    public async Task IdempotencyKey_OtherModeKeyOrPage_IsAnotherRequest(string members)
    {
        var channel = $"key {Guid.NewGuid():N}";
        await (
            await StartAsync(
                channel,
                """{"encryption":{"mode":"aes256Gcm","key":"classroom"}}""",
                headers: ("Idempotency-Key", channel[4..])
            )
        ).ShouldBeAsync(202);

        using var same = await StartAsync(
            channel,
            """{"encryption":{"mode":"aes256Gcm","key":"classroom","salt":null}}""",
            headers: ("Idempotency-Key", channel[4..])
        );
        using var other = await StartAsync(channel, members, headers: ("Idempotency-Key", channel[4..]));

        await same.ShouldBeAsync(200);
        await other.ShouldBeAsync(Problem.KeyReused);
    }

    private Task<HttpResponseMessage> StartAsync(
        string channel,
        string members,
        string roomType = "lecture",
        params (string Name, string Value)[] headers
    ) =>
        api.PostAsync(
            "/v1/recordings",
            $$"""{"channel":"{{channel}}","roomType":"{{roomType}}"{{(members == "{}" ? "" : ",")}}{{members[1..]}}""",
            headers
        );

    public sealed class Fixture(ApiPostgres postgres) : IAsyncLifetime
    {
        public TestApi Api { get; private set; } = null!;

        public async ValueTask InitializeAsync() =>
            Api = await TestApi.StartAsync(
                await postgres.CreateDatabaseAsync(),
                settings: new Dictionary<string, string?>
                {
                    ["Agora:Projects:School:ChannelKeys:classroom"] = "the-key-itself-of-the-classroom",
                    ["Agora:Projects:School:ChannelKeys:staff"] = "the-key-itself-of-the-staff",
                }
            );

        public ValueTask DisposeAsync() => Api.DisposeAsync();
    }
}
