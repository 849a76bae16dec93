using System.Text.Json;
using RecordingService.Api.Problems;
using RecordingService.Api.Tests.Support;
using RecordingService.Testing;

namespace RecordingService.Api.Tests;

public sealed class StartTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private readonly TestApi api = fixture.Api;

    [Fact]
    public async Task Start_Minimal_IsAcceptedWithLocationAndDefaults()
    {
        using var answer = await api.PostAsync("/v1/recordings", """{"channel":"minimal","roomType":"lecture"}""");

        var body = await answer.ShouldBeAsync(202);
        var id = body.GetProperty("id").GetGuid();
        answer.Headers.Location!.OriginalString.ShouldBe($"/v1/recordings/{id}");
        body.GetProperty("state").GetString().ShouldBe("accepted");
        body.GetProperty("project").GetString().ShouldBe("school");
        body.GetProperty("label").GetString().ShouldBe("main");
        body.GetProperty("storageProfile").GetString().ShouldBe("Lessons");
        body.GetProperty("maxDuration").GetString().ShouldBe("PT4H");
        body.GetProperty("longestBreak").GetString().ShouldBe("PT5M");
        body.GetProperty("idleTime").GetProperty("maxIdleTime").GetString().ShouldBe("PT10M");
        body.GetProperty("files").GetProperty("state").GetString().ShouldBe("pending");
        body.GetProperty("runs")[0].GetProperty("phase").GetString().ShouldBe("planned");
        // The start alone tells how long it may take.
        var estimate = body.GetProperty("estimatedWait").GetRawText();
        System.Xml.XmlConvert.ToTimeSpan(estimate.Trim('"')).ShouldBeGreaterThan(TimeSpan.FromSeconds(5));
        (await (await api.GetAsync(answer.Headers.Location.OriginalString)).ShouldBeAsync(200))
            .GetRawText()
            .ShouldBe(body.GetRawText().Replace($"\"estimatedWait\":{estimate}", "\"estimatedWait\":null", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_WithEverything_KeepsWhatWasAsked()
    {
        using var answer = await api.PostAsync(
            "/v1/recordings",
            """
            {"channel":"a !#$%&()+-:;<=.>?@[]^_{}|~,","roomType":"exam","project":"school","label":"mix-2","externalId":"lesson ä 1","storageProfile":"lessons",
             "maxDuration":"PT23H30M","longestBreak":"PT0S","metadata":{"teacher":"Ada 👩‍🏫","empty":""}}
            """
        );

        var body = await answer.ShouldBeAsync(202);
        body.GetProperty("project").GetString().ShouldBe("school");
        body.GetProperty("storageProfile").GetString().ShouldBe("Lessons");
        body.GetProperty("label").GetString().ShouldBe("mix-2");
        body.GetProperty("externalId").GetString().ShouldBe("lesson ä 1");
        body.GetProperty("maxDuration").GetString().ShouldBe("PT23H30M");
        body.GetProperty("metadata").GetProperty("teacher").GetString().ShouldBe("Ada 👩‍🏫");
        body.GetProperty("metadata").GetProperty("empty").GetString().ShouldBe("");
    }

    [Fact]
    public async Task Start_SecondOfALiveChannel_ReturnsTheLiveOne()
    {
        var id = await api.RecordAsync("twice");

        using var again = await api.PostAsync("/v1/recordings", """{"channel":"twice","roomType":"lecture"}""");

        (await again.ShouldBeAsync(200)).GetProperty("id").GetGuid().ShouldBe(id);
        again.Headers.Location!.OriginalString.ShouldBe($"/v1/recordings/{id}");
    }

    [Fact]
    public async Task Start_ManyAtOnceInOneChannel_MakeOneRecording()
    {
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => api.PostAsync("/v1/recordings", """{"channel":"storm","roomType":"lecture"}"""))
        );

        answers.Count(answer => (int)answer.StatusCode == 202).ShouldBe(1);
        answers.Count(answer => (int)answer.StatusCode == 200).ShouldBe(19);
        answers.Select(answer => answer.Headers.Location!.OriginalString).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task Start_OtherLabel_IsAnotherRecording()
    {
        var main = await api.RecordAsync("labels");
        var second = await api.RecordAsync("labels", more: ""","label":"individual" """);

        second.ShouldNotBe(main);
    }

    [Fact]
    public async Task Start_OtherParametersWhileLive_NamesEachDifference()
    {
        var id = await api.RecordAsync("differs", more: ""","externalId":"one" """);
        var before = await api.CountRowsAsync();

        using var answer = await api.PostAsync(
            "/v1/recordings",
            """{"channel":"differs","roomType":"exam","maxDuration":"PT90M","longestBreak":"PT7M","externalId":"two"}"""
        );

        var problem = await answer.ShouldBeAsync(Problem.DiffersFromLive);
        problem.RecordingId.ShouldBe(id);
        answer.Headers.Location!.OriginalString.ShouldBe($"/v1/recordings/{id}");
        problem.Differences!.ShouldBe([
            new("roomType", "exam", "lecture"),
            new("maxDuration", "PT1H30M", "PT4H"),
            new("longestBreak", "PT7M", null),
            new("externalId", "two", "one"),
        ]);
        problem.Detail.ShouldStartWith("roomType is 'exam' here and 'lecture' there. maxDuration is 'PT1H30M' here and 'PT4H' there.");
        (await api.CountRowsAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Start_AfterAStopRequest_IsANewRecording()
    {
        var first = await api.RecordAsync("again");
        await (await api.PostAsync($"/v1/recordings/{first}/stop")).ShouldBeAsync(202);

        var second = await api.RecordAsync("again");

        second.ShouldNotBe(first);
    }

    [Fact]
    public async Task IdempotencyKey_SameBody_AnswersTheSameRecordingEvenAfterItEnded()
    {
        const string body = """{"channel":"key-same","roomType":"lecture"}""";
        using var first = await api.PostAsync("/v1/recordings", body, ("Idempotency-Key", "\"key-1\""));
        var id = (await first.ShouldBeAsync(202)).GetProperty("id").GetGuid();
        using var live = await api.PostAsync("/v1/recordings", body, ("Idempotency-Key", "key-1"));
        await api.EndAsync(id);

        using var ended = await api.PostAsync("/v1/recordings", body, ("Idempotency-Key", "key-1"));

        (await live.ShouldBeAsync(200)).GetProperty("id").GetGuid().ShouldBe(id);
        var answer = await ended.ShouldBeAsync(200);
        answer.GetProperty("id").GetGuid().ShouldBe(id);
        answer.GetProperty("state").GetString().ShouldBe("uploading");
        (await api.ReadAsync<long>("select count(*) from recording.recordings where channel = 'key-same'")).ShouldBe(1);
    }

    [Fact]
    public async Task IdempotencyKey_OtherBody_IsRefusedAndNamesTheRecording()
    {
        using var first = await api.PostAsync(
            "/v1/recordings",
            """{"channel":"key-a","roomType":"lecture"}""",
            ("Idempotency-Key", "key-2")
        );
        var id = (await first.ShouldBeAsync(202)).GetProperty("id").GetGuid();
        var before = await api.CountRowsAsync();

        using var other = await api.PostAsync(
            "/v1/recordings",
            """{"channel":"key-b","roomType":"lecture"}""",
            ("Idempotency-Key", "key-2")
        );

        (await other.ShouldBeAsync(Problem.KeyReused)).RecordingId.ShouldBe(id);
        (await api.CountRowsAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task PreferWait_NothingHappens_AnswersAcceptedAfterTheWait()
    {
        using var answer = await api.PostAsync(
            "/v1/recordings",
            """{"channel":"waits","roomType":"lecture"}""",
            ("Prefer", "respond-async, Wait=1; x")
        );

        await answer.ShouldBeAsync(202);
        answer.Headers.GetValues("Preference-Applied").ShouldBe(["wait=1"]);
    }

    [Fact]
    public async Task PreferWait_RecorderIsProven_AnswersCreated()
    {
        var waiting = api.PostAsync("/v1/recordings", """{"channel":"proven","roomType":"lecture"}""", ("Prefer", "wait=100000"));
        await Eventually.HoldsAsync(async () =>
            await api.ReadAsync<long>("select count(*) from recording.recordings where channel = 'proven'") == 1
        );
        await api.HappensAsync("update recording.recordings set confirmed_at = now() where channel = 'proven'");

        using var answer = await waiting;

        (await answer.ShouldBeAsync(201)).GetProperty("confirmedAt").ValueKind.ShouldBe(JsonValueKind.String);
        answer.Headers.GetValues("Preference-Applied").ShouldBe(["wait=90"]);
        answer.Headers.Location.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("handling=lenient")]
    [InlineData("waiting=5")]
    public async Task Prefer_Unknown_IsIgnored(string preference)
    {
        using var answer = await api.PostAsync(
            "/v1/recordings",
            $$"""{"channel":"prefer {{preference}}","roomType":"lecture"}""",
            ("Prefer", preference)
        );

        await answer.ShouldBeAsync(202);
        answer.Headers.Contains("Preference-Applied").ShouldBeFalse();
    }
}
