using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using RecordingService.Api.Problems;
using RecordingService.Api.Tests.Support;
using RecordingService.Testing;

namespace RecordingService.Api.Tests;

/// <summary>What holds for every operation: conditional reads, HEAD and OPTIONS, traces, keys and preconditions that nobody would look at.</summary>
public sealed partial class SurfaceTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Pausing = """{"operator":"Grace","note":"the bucket is being moved"}""";
    private const string Resuming = """{"operator":"Grace","note":"the bucket works again"}""";

    private readonly TestApi api = fixture.Api;

    [Theory]
    [InlineData("/v1/recordings/{id}")]
    [InlineData("/v1/room-types/lecture")]
    [InlineData("/v1/projects/school")]
    public async Task Read_WithTheTagOfTheLastAnswer_IsNotModified(string path)
    {
        path = path.Replace("{id}", $"{await api.RecordAsync($"tagged-{Guid.NewGuid():N}")}", StringComparison.Ordinal);
        using var first = await api.GetAsync(path);
        var tag = first.Headers.ETag!.ToString();

        using var same = await api.SendAsync(HttpMethod.Get, path, null, ("If-None-Match", $"\"other\", {tag}"));
        using var weak = await api.SendAsync(HttpMethod.Get, path, null, ("If-None-Match", $"W/{tag}"));
        using var any = await api.SendAsync(HttpMethod.Get, path, null, ("If-None-Match", "*"));
        using var other = await api.SendAsync(HttpMethod.Get, path, null, ("If-None-Match", "\"other\""));
        using var none = await api.SendAsync(HttpMethod.Get, path, null, ("If-None-Match", "no tag"));

        foreach (var unchanged in new[] { same, weak, any })
        {
            unchanged.StatusCode.ShouldBe(HttpStatusCode.NotModified);
            unchanged.Headers.ETag!.ToString().ShouldBe(tag);
            unchanged.Headers.CacheControl!.ToString().ShouldBe("no-cache, private");
            (await unchanged.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
        }

        await other.ShouldBeAsync(200);
        await none.ShouldBeAsync(200);
    }

    /// <summary>The same moment looks the same wherever it is told: in answers, in the feed, in what webhooks are sent.</summary>
    [Fact]
    public async Task Times_OfEveryAnswer_AreInUtcAndEndWithZ()
    {
        var id = await api.RecordAsync("timed");
        string[] paths =
        [
            $"/v1/recordings/{id}",
            "/v1/recordings",
            $"/v1/recordings/{id}/timeline",
            "/v1/events",
            "/v1/audit",
            "/v1/api-keys",
        ];
        foreach (var path in paths)
        {
            using var answer = await api.GetAsync(path);
            var text = (await answer.ShouldBeAsync(200)).GetRawText();

            var times = WrittenTimes().Matches(text).Select(match => match.Value).ToList();
            times.ShouldNotBeEmpty(path);
            times.ShouldAllBe(time => time.EndsWith('Z'), path);
        }
    }

    [Fact]
    public async Task Recording_ThatChanged_HasAnotherTag()
    {
        var id = await api.RecordAsync("retagged");
        using var before = await api.GetAsync($"/v1/recordings/{id}");
        using var stop = await api.PostAsync($"/v1/recordings/{id}/stop");

        using var after = await api.SendAsync(
            HttpMethod.Get,
            $"/v1/recordings/{id}",
            null,
            ("If-None-Match", before.Headers.ETag!.ToString())
        );

        (await after.ShouldBeAsync(200)).GetProperty("state").GetString().ShouldNotBe("accepted");
        after.Headers.ETag.ShouldNotBe(before.Headers.ETag);
    }

    [Fact]
    public async Task UnknownRecording_WhateverTagIsNamed_IsNotFound()
    {
        using var answer = await api.SendAsync(HttpMethod.Get, "/v1/recordings/1", null, ("If-None-Match", "*"));

        await answer.ShouldBeAsync(Problem.NotFound);
    }

    [Theory]
    [InlineData("/v1/recordings", 200)]
    [InlineData("/v1/recordings/1", 404)]
    [InlineData("/v1/recordings?limit=0", 400)]
    [InlineData("/v1/room-types/lecture", 200)]
    [InlineData("/openapi/v1.json", 200)]
    [InlineData("/problems/not-found", 200)]
    [InlineData("/health/ready", 200)]
    [InlineData("/nowhere", 404)]
    public async Task Head_OfWhatCanBeRead_HasTheHeadersOfGetAndNoBody(string path, int status)
    {
        using var get = await api.GetAsync(path);
        using var head = await api.SendAsync(HttpMethod.Head, path);

        ((int)head.StatusCode).ShouldBe(status);
        head.StatusCode.ShouldBe(get.StatusCode);
        head.Content.Headers.ContentType.ShouldBe(get.Content.Headers.ContentType);
        head.Headers.ETag.ShouldBe(get.Headers.ETag);
        (await head.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/v1/recordings", "GET, HEAD, POST, OPTIONS")]
    [InlineData("/v1/recordings/1", "GET, HEAD, PATCH, OPTIONS")]
    [InlineData("/v1/recordings/1/stop", "POST, OPTIONS")]
    [InlineData("/v1/room-types/lecture", "DELETE, GET, HEAD, PUT, OPTIONS")]
    [InlineData("/health/live", "GET, HEAD, OPTIONS")]
    public async Task Options_OfAnAddress_TellsWhatItTakes(string path, string allowed)
    {
        using var answer = await api.SendAsync(HttpMethod.Options, path);

        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        string.Join(", ", answer.Content.Headers.Allow).ShouldBe(allowed);
    }

    [Fact]
    public async Task Head_OfTheStream_EndsWithItsHeaders()
    {
        using var head = await api.SendAsync(HttpMethod.Head, "/v1/events/stream");
        using var options = await api.SendAsync(HttpMethod.Options, "/v1/events/stream");

        head.StatusCode.ShouldBe(HttpStatusCode.OK);
        head.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        (await head.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
        string.Join(", ", options.Content.Headers.Allow).ShouldBe("GET, HEAD, OPTIONS");
    }

    /// <summary>Routing takes addresses without regard to case, so the rules do, too.</summary>
    [Fact]
    public async Task Rules_HoldForAddressesInAnyCase()
    {
        using var post = await api.SendAsync(
            HttpMethod.Post,
            "/V1/api-keys",
            """{"caller":"c","scopes":["read"]}""",
            ("Idempotency-Key", "k")
        );
        using var get = await api.GetAsync("/V1/room-types?nobody=knows");

        (await post.ShouldBeAsync(Problem.InvalidRequest)).Violations!.Single().Field.ShouldBe("Idempotency-Key");
        (await get.ShouldBeAsync(Problem.InvalidRequest)).Violations!.Single().Field.ShouldBe("nobody");
    }

    [Theory]
    [InlineData("PUT", "/v1/room-types/lecture", "If-Unmodified-Since")]
    [InlineData("DELETE", "/v1/room-types/lecture", "If-None-Match")]
    [InlineData("PATCH", "/v1/recordings/1/layout", "If-Unmodified-Since")]
    [InlineData("PATCH", "/v1/recordings/1/subscription", "If-None-Match")]
    [InlineData("POST", "/v1/recordings/1/stop", "If-Match")]
    public async Task Precondition_ThatWouldNotBeHeeded_IsRefused(string method, string path, string header)
    {
        var value = header == "If-Unmodified-Since" ? "Tue, 01 Sep 2026 08:00:00 GMT" : "\"3\"";
        using var answer = await api.SendAsync(new HttpMethod(method), path, null, (header, value));

        (await answer.ShouldBeAsync(Problem.InvalidRequest)).Violations!.ShouldContain(violation => violation.Field == header);
    }

    [Fact]
    public async Task Options_OfNoAddress_IsNotFound()
    {
        using var answer = await api.SendAsync(HttpMethod.Options, "/v1/nowhere");

        await answer.ShouldBeAsync(Problem.NotFound);
    }

    [Theory]
    [InlineData("/v1/recordings/1", 404)]
    [InlineData("/v1/recordings", 200)]
    [InlineData("/nowhere", 404)]
    public async Task Trace_ThatTheCallerIsIn_IsNamedInEveryAnswer(string path, int status)
    {
        using var answer = await api.SendAsync(HttpMethod.Get, path, null, ("traceparent", $"00-{Trace}-00f067aa0ba902b7-01"));

        ((int)answer.StatusCode).ShouldBe(status);
        answer.Headers.GetValues("Trace-Id").ShouldBe([Trace]);
        if (status >= 400)
        {
            (await answer.ShouldBeAsync(Problem.NotFound)).TraceId.ShouldBe(Trace);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("nonsense")]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01")]
    public async Task Trace_ThatIsNone_IsMadeAnew(string? traceparent)
    {
        using var answer = traceparent is null
            ? await api.GetAsync("/v1/recordings/1")
            : await api.SendAsync(HttpMethod.Get, "/v1/recordings/1", null, ("traceparent", traceparent));

        var problem = await answer.ShouldBeAsync(Problem.NotFound);
        problem.TraceId.ShouldMatch("^[0-9a-f]{32}$");
        problem.TraceId.ShouldNotBe(new string('0', 32));
        answer.Headers.GetValues("Trace-Id").ShouldBe([problem.TraceId]);
    }

    [Fact]
    public async Task Pause_RepeatedWithItsKey_IsDoneOnceAndAnsweredAgain()
    {
        var key = ("Idempotency-Key", "pause-once");
        var repeats = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => api.PostAsync("/v1/projects/school/pause", Pausing, key)));

        foreach (var repeat in repeats)
        {
            (await repeat.ShouldBeAsync(200)).GetProperty("requests").GetProperty("pausedAt").ValueKind.ShouldBe(JsonValueKind.String);
        }

        using var otherBody = await api.PostAsync("/v1/projects/school/pause", Pausing.Replace("Grace", "Ada"), key);
        using var otherAction = await api.PostAsync("/v1/projects/school/resume", Pausing, key);
        (await otherBody.ShouldBeAsync(Problem.KeyReused)).RecordingId.ShouldBeNull();
        await otherAction.ShouldBeAsync(Problem.KeyReused);
        var kept = (await (await api.GetAsync("/v1/projects/school/actions")).ShouldBeAsync(200)).GetProperty("items");
        kept.EnumerateArray().Count(action => action.GetProperty("note").GetString() == "the bucket is being moved").ShouldBe(1);
        using var resume = await api.PostAsync("/v1/projects/school/resume", Resuming, ("Idempotency-Key", "resume-once"));
        (await resume.ShouldBeAsync(200)).GetProperty("requests").GetProperty("pausedAt").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task Key_OfAPause_StandsForNoRecording()
    {
        using var pause = await api.PostAsync("/v1/projects/school/resume", Resuming, ("Idempotency-Key", "of-a-pause"));
        await pause.ShouldBeAsync(200);

        using var start = await api.PostAsync(
            "/v1/recordings",
            """{"channel":"other-use","roomType":"lecture"}""",
            ("Idempotency-Key", "of-a-pause")
        );

        (await start.ShouldBeAsync(Problem.KeyReused)).RecordingId.ShouldBeNull();
        start.Headers.Location.ShouldBeNull();
    }

    [Fact]
    public async Task Start_RepeatedWhileTheFirstIsUnderWay_WaitsAndAnswersTheSameRecording()
    {
        const string body = """{"channel":"under-way","roomType":"lecture"}""";
        Task<HttpResponseMessage> first;
        Task<HttpResponseMessage> second;
        // Held between its first rows and its commit, as by a slow disk.
        await using (await api.LockAsync("lock table recording.log in exclusive mode"))
        {
            first = api.PostAsync("/v1/recordings", body, ("Idempotency-Key", "under-way"));
            await Eventually.BecomesAsync(WaitingAsync, waiting => waiting == 1);
            second = api.PostAsync("/v1/recordings", body, ("Idempotency-Key", "under-way"));
            await Eventually.BecomesAsync(WaitingAsync, waiting => waiting == 2);
        }

        var one = await (await first).ShouldBeAsync(202);
        var other = await (await second).ShouldBeAsync(200);
        other.GetProperty("id").GetGuid().ShouldBe(one.GetProperty("id").GetGuid());

        Task<long> WaitingAsync() =>
            api.ReadAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
    }

    [Theory]
    [InlineData("/v1/recordings/{id}/stop")]
    [InlineData("/v1/channels/{channel}/stop")]
    public async Task Stop_WithAKey_IsTakenAndAFaultyOneIsNot(string path)
    {
        var channel = $"keyed-{Guid.NewGuid():N}";
        var id = await api.RecordAsync(channel);
        path = path.Replace("{id}", $"{id}", StringComparison.Ordinal).Replace("{channel}", channel, StringComparison.Ordinal);

        using var faulty = await api.PostAsync(path, null, ("Idempotency-Key", "two words"));
        using var stop = await api.PostAsync(path, null, ("Idempotency-Key", "stop-1"));

        (await faulty.ShouldBeAsync(Problem.InvalidRequest)).Violations!.Single().Field.ShouldBe("Idempotency-Key");
        await stop.ShouldBeAsync(202);
    }

    [Theory]
    [InlineData("If-Match", "\"1\"")]
    [InlineData("If-Match", "*")]
    [InlineData("If-Unmodified-Since", "Tue, 01 Sep 2026 08:00:00 GMT")]
    [InlineData("If-None-Match", "*")]
    public async Task Precondition_WhereThereIsNoVersion_IsRefusedAndNothingIsDone(string name, string value)
    {
        var id = await api.RecordAsync($"unconditional-{Guid.NewGuid():N}");

        using var change = await api.SendAsync(HttpMethod.Patch, $"/v1/recordings/{id}", """{"maxDuration":"PT1H"}""", (name, value));

        (await change.ShouldBeAsync(Problem.InvalidRequest)).Violations!.Single().Field.ShouldBe(name);
        var after = await (await api.GetAsync($"/v1/recordings/{id}")).ShouldBeAsync(200);
        after.GetProperty("maxDuration").GetString().ShouldNotBe("PT1H");
    }

    [Theory]
    [InlineData("0.5", true)]
    [InlineData("5e-1", true)]
    [InlineData("-0", true)]
    [InlineData("\"0.5\"", false)]
    [InlineData("1e400", false)]
    public async Task Fraction_WrittenAsProgramsWriteIt_IsTaken(string x, bool taken)
    {
        var id = await api.RecordAsync($"fraction-{Guid.NewGuid():N}");
        var body = $$"""{"kind":"custom","regions":[{"x":{{x}},"y":0,"width":0.5,"height":1}]}""";

        using var answer = await api.PatchAsync($"/v1/recordings/{id}/layout", body);

        answer.StatusCode.ShouldBe(
            taken ? HttpStatusCode.OK : HttpStatusCode.BadRequest,
            await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
        );
    }

    [GeneratedRegex("""(?<=")[0-9]{4}-[0-9]{2}-[0-9]{2}T[^"]*""", RegexOptions.CultureInvariant)]
    private static partial Regex WrittenTimes();
}
