using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using RecordingService.Api.Problems;
using RecordingService.Api.Tests.Support;

namespace RecordingService.Api.Tests;

/// <summary>Every refusal, in Development and in Production: the same answer, nothing stored.</summary>
public sealed class RefusalTests(BothEnvironments both) : IClassFixture<BothEnvironments>
{
    private const string Start = """{"channel":"c","roomType":"lecture"}""";

    /// <summary>Name of a case, and the violations it must give as field, value.</summary>
    public static TheoryData<string, string, (string, string)[], (string, string?)[]> Violating =>
        new()
        {
            { "nothing", "{}", [], [("channel", null), ("roomType", null)] },
            { "nulls", """{"channel":null,"roomType":null,"label":null}""", [], [("channel", null), ("roomType", null)] },
            { "unknown room type", """{"channel":"c","roomType":"lectrue"}""", [], [("roomType", "lectrue")] },
            { "room type with NUL", """{"channel":"c","roomType":"a\u0000b"}""", [], [("roomType", "a\0b")] },
            { "empty channel", """{"channel":"","roomType":"lecture"}""", [], [("channel", "")] },
            { "slash in channel", """{"channel":"a/b","roomType":"lecture"}""", [], [("channel", "a/b")] },
            { "umlaut in channel", """{"channel":"mäthe","roomType":"lecture"}""", [], [("channel", "mäthe")] },
            { "long channel", $$"""{"channel":"{{new string('c', 65)}}","roomType":"lecture"}""", [], [("channel", new string('c', 65))] },
            { "NUL in channel", """{"channel":"a\u0000","roomType":"lecture"}""", [], [("channel", "a\0")] },
            { "number as channel", """{"channel":7,"roomType":["lecture"]}""", [], [("channel", "7"), ("roomType", """["lecture"]""")] },
            {
                "unknown members",
                """{"channel":"c","roomType":"lecture","maxIdleTime":30,"Channel":"d","":1}""",
                [],
                [("maxIdleTime", "30"), ("Channel", "d"), ("", "1")]
            },
            { "member twice", """{"channel":"c","channel":"d","roomType":"lecture"}""", [], [("channel", "d")] },
            {
                "durations out of range",
                """{"channel":"c","roomType":"lecture","maxDuration":"PT59S","longestBreak":"PT12H0.001S"}""",
                [],
                [("maxDuration", "PT59S"), ("longestBreak", "PT12H0.001S")]
            },
            {
                "durations not ISO",
                """{"channel":"c","roomType":"lecture","maxDuration":"01:00:00","longestBreak":90}""",
                [],
                [("maxDuration", "01:00:00"), ("longestBreak", "90")]
            },
            {
                "durations beyond .NET",
                """{"channel":"c","roomType":"lecture","maxDuration":"P99999999999999Y","longestBreak":"-PT1S"}""",
                [],
                [("maxDuration", "P99999999999999Y"), ("longestBreak", "-PT1S")]
            },
            { "label", """{"channel":"c","roomType":"lecture","label":"Main"}""", [], [("label", "Main")] },
            { "project", """{"channel":"c","roomType":"lecture","project":"other"}""", [], [("project", "other")] },
            { "storage profile", """{"channel":"c","roomType":"lecture","storageProfile":""}""", [], [("storageProfile", "")] },
            { "external id", """{"channel":"c","roomType":"lecture","externalId":"a\u0007"}""", [], [("externalId", "a\a")] },
            { "metadata as text", """{"channel":"c","roomType":"lecture","metadata":"x"}""", [], [("metadata", "x")] },
            {
                "metadata values",
                $$$"""{"channel":"c","roomType":"lecture","metadata":{"n":1,"":"x","z":"\u0000","l":"{{{new string('v', 501)}}}","d":"1","d":"2"}}""",
                [],
                [
                    ("metadata.n", "1"),
                    ("metadata.", "x"),
                    ("metadata.z", "\0"),
                    ("metadata.l", new string('v', 100) + "..."),
                    ("metadata.d", "2"),
                ]
            },
            {
                "metadata names",
                $$$"""{"channel":"c","roomType":"lecture","metadata":{"{{{new string('k', 51)}}}":"v"}}""",
                [],
                [($"metadata.{new string('k', 51)}", "v")]
            },
            {
                "metadata entries",
                $$$"""{"channel":"c","roomType":"lecture","metadata":{{{{string.Join(',', Enumerable.Range(0, 21).Select(i => $"\"k{i}\":\"v\""))}}}}}""",
                [],
                [("metadata", "21 texts")]
            },
            { "Prefer", Start, [("Prefer", "wait=soon")], [("Prefer", "wait=soon")] },
            { "Idempotency-Key", Start, [("Idempotency-Key", "two words")], [("Idempotency-Key", "two words")] },
            {
                "long Idempotency-Key",
                Start,
                [("Idempotency-Key", new string('k', 256))],
                [("Idempotency-Key", new string('k', 100) + "...")]
            },
            { "empty Idempotency-Key", Start, [("Idempotency-Key", "\"\"")], [("Idempotency-Key", "")] },
            {
                "everything",
                """{"channel":"ä","roomType":"nope","project":"p","label":"L","externalId":"","storageProfile":"s","maxDuration":"x","longestBreak":"y","metadata":[],"more":true}""",
                [("Prefer", "wait"), ("Idempotency-Key", "a b")],
                [
                    ("Idempotency-Key", "a b"),
                    ("Prefer", "wait"),
                    ("channel", "ä"),
                    ("project", "p"),
                    ("label", "L"),
                    ("externalId", ""),
                    ("storageProfile", "s"),
                    ("maxDuration", "x"),
                    ("longestBreak", "y"),
                    ("metadata", "[]"),
                    ("more", "true"),
                    ("roomType", "nope"),
                ]
            },
        };

    public static TheoryData<string, string> Malformed =>
        new()
        {
            { "", "line 1, byte 1" },
            { "{", "line 1" },
            { """{"channel":"c",}""", "line 1" },
            { "[]", "JSON array" },
            { "null", "JSON null" },
            { "true", "JSON boolean" },
            { "\"text\"", "JSON string" },
            { """{"channel":"c"} trailing""", "line 1" },
            { """{"metadata":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}}""", "at most 8 levels" },
            { new string('[', 5000), "at most 8 levels" },
            { """{"channel":"\ud800","roomType":"lecture"}""", "Unicode" },
            { """{"\udc00":1}""", "Unicode" },
            { """{"metadata":{"a":["\ud800"]}}""", "Unicode" },
        };

    public static TheoryData<string, string, string?, string> Elsewhere =>
        new()
        {
            { "GET", "/", null, "not-found" },
            { "GET", "/v2/recordings", null, "not-found" },
            { "GET", "/v1/recordings/1", null, "not-found" },
            { "GET", "/v1/recordings/019900b7-e200-7cc1-9d6e-0f2b7c1d8a11", null, "not-found" },
            { "GET", "/v1/recordings/019900b7-e200-7cc1-9d6e-0f2b7c1d8a11/files", null, "not-found" },
            { "GET", "/v1/recordings/019900b7-e200-7cc1-9d6e-0f2b7c1d8a11/timeline", null, "not-found" },
            { "POST", "/v1/recordings/019900b7-e200-7cc1-9d6e-0f2b7c1d8a11/stop", null, "not-found" },
            { "PATCH", "/v1/recordings/019900b7-e200-7cc1-9d6e-0f2b7c1d8a11", """{"maxDuration":"PT1H"}""", "not-found" },
            { "GET", "/v1/room-types/nope", null, "not-found" },
            { "GET", "/v1/room-types/A", null, "not-found" },
            { "DELETE", "/v1/room-types/nope", null, "not-found" },
            { "DELETE", "/v1/room-types/A%20b", null, "not-found" },
            { "POST", "/v1/room-types/lecture", null, "method-not-allowed" },
            { "PUT", "/v1/room-types/A", """{"description":"x","policy":{}}""", "invalid-request" },
            { "PUT", "/v1/room-types/a", "{}", "invalid-request" },
            { "PUT", "/v1/room-types/a", "[]", "malformed-body" },
            { "GET", "/v1/recordings/1/layout", null, "not-found" },
            { "GET", "/v1/recordings/1/subscription", null, "not-found" },
            { "PATCH", "/v1/recordings/1/layout", """{"kind":"bestFit"}""", "not-found" },
            { "PATCH", "/v1/recordings/1/subscription", """{"audio":null}""", "not-found" },
            { "PATCH", "/v1/recordings/1/layout", "[]", "malformed-body" },
            { "GET", "/problems/nope", null, "not-found" },
            { "DELETE", "/v1/recordings", null, "method-not-allowed" },
            { "GET", "/v1/channels/c/stop", null, "method-not-allowed" },
            { "PUT", "/health/live", null, "method-not-allowed" },
            { "GET", "/v1/recordings?limit=0", null, "invalid-request" },
            { "GET", "/v1/recordings?limit=201", null, "invalid-request" },
            { "GET", "/v1/recordings?limit=+1", null, "invalid-request" },
            { "GET", "/v1/recordings?cursor=nonsense", null, "invalid-request" },
            { "GET", "/v1/recordings?cursor=x", null, "invalid-request" },
            { "GET", "/v1/recordings?cursor=a=", null, "invalid-request" },
            { "GET", "/v1/recordings?cursor=%C3%A9", null, "invalid-request" },
            {
                "GET",
                "/v1/recordings?cursor=OTAwMDAwMDAwMDAwMDAwMDAwMC4wMTk5MDBiN2UyMDA3Y2MxOWQ2ZTBmMmI3YzFkOGExMQ",
                null,
                "invalid-request"
            },
            { "GET", "/v1/recordings?state=running", null, "invalid-request" },
            { "GET", "/v1/recordings?state=3", null, "invalid-request" },
            { "GET", "/v1/recordings?state=failed&state=completed", null, "invalid-request" },
            { "GET", "/v1/recordings?from=yesterday", null, "invalid-request" },
            { "GET", "/v1/recordings?from=2026-09-01T08:00:00", null, "invalid-request" },
            { "GET", "/v1/recordings?to=2026-09-01", null, "invalid-request" },
            { "GET", "/v1/recordings?channel=%00", null, "invalid-request" },
            { "GET", "/v1/recordings?channel=", null, "invalid-request" },
            { "GET", "/v1/recordings?chanel=c", null, "invalid-request" },
            { "GET", "/v1/recordings/019900b7-e200-7cc1-9d6e-0f2b7c1d8a11/timeline?after=-1", null, "invalid-request" },
            { "GET", "/v1/recordings/019900b7-e200-7cc1-9d6e-0f2b7c1d8a11/timeline?limit=501", null, "invalid-request" },
            { "POST", "/v1/channels/m%C3%A4the/stop", null, "invalid-request" },
            { "POST", "/v1/channels/c/stop?project=other", null, "invalid-request" },
            { "POST", "/v1/channels/c/stop?label=L", null, "invalid-request" },
            { "POST", "/v1/channels/c/stop?lable=main", null, "invalid-request" },
            { "GET", "/v1/projects?all=true", null, "invalid-request" },
            { "GET", "/v1/projects/school?fields=name", null, "invalid-request" },
            { "GET", "/v1/room-types?x", null, "invalid-request" },
            { "GET", "/v1/room-types/lecture?version=2", null, "invalid-request" },
            { "GET", "/v1/storage-profiles?a=1&b=2", null, "invalid-request" },
            { "GET", "/v1/recordings/1?expand=runs", null, "invalid-request" },
            { "POST", "/v1/recordings?dryRun=true", Start, "invalid-request" },
            { "POST", "/v1/recordings/1/stop?now", null, "invalid-request" },
            { "DELETE", "/v1/room-types/nope?force", null, "invalid-request" },
            { "PATCH", "/v1/recordings/1/layout", """{"largeUid":7001.0}""", "invalid-request" },
            { "PATCH", "/v1/recordings/1/layout", """{"largeUid":7e3}""", "invalid-request" },
            { "PATCH", "/v1/recordings/1/layout", """{"largeUid":-0}""", "invalid-request" },
            { "PATCH", "/v1/recordings/1/layout", """{"largeUid":"7001"}""", "invalid-request" },
            { "PATCH", "/v1/recordings/1/layout", """{"largeUid":4294967296}""", "invalid-request" },
            { "PATCH", "/v1/recordings/1/layout", """{"largeUid":1,"largeUid":1}""", "invalid-request" },
            { "PATCH", "/v1/recordings/1/layout", """{"largeUid":NaN}""", "malformed-body" },
            { "PATCH", "/v1/recordings/1/layout", """{"largeUid":01}""", "malformed-body" },
            { "PATCH", "/v1/recordings/1/layout", """{"largeUid":+1}""", "malformed-body" },
            {
                "PUT",
                "/v1/room-types/a",
                """{"description":"x","policy":{"quality":{"width":1280.0,"height":720,"framesPerSecond":15,"bitrateKbps":2260}}}""",
                "invalid-request"
            },
            {
                "PUT",
                "/v1/room-types/a",
                """{"description":"x","policy":{"quality":{"width":1.28e3,"height":720,"framesPerSecond":15,"bitrateKbps":2260}}}""",
                "invalid-request"
            },
            { "PATCH", "/v1/recordings/1", "{}", "invalid-request" },
            { "PATCH", "/v1/recordings/1", """{"metadata":null}""", "invalid-request" },
            { "PATCH", "/v1/recordings/1", """{"maxDuration":"PT24H","channel":"d"}""", "invalid-request" },
            { "PATCH", "/v1/recordings/1", "[]", "malformed-body" },
        };

    [Theory]
    [MemberData(nameof(Violating))]
    public async Task Start_BreakingRules_NamesEachFieldAndValueAndRule(
        string name,
        string body,
        (string, string)[] headers,
        (string, string?)[] expected
    )
    {
        _ = name;
        await both.ShouldAnswerAlikeAsync(
            api => api.PostAsync("/v1/recordings", body, headers),
            Problem.InvalidRequest,
            problem =>
            {
                problem.Violations!.Select(violation => (violation.Field, violation.Value)).ShouldBe(expected, ignoreOrder: true);
                problem.Violations!.ShouldAllBe(violation => violation.Rule.EndsWith('.'));
                problem.Violations!.ShouldAllBe(violation => problem.Detail.Contains($"{violation.Field}: {violation.Rule}"));
            }
        );
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task Start_MalformedBody_SaysWhereOrWhy(string body, string expected) =>
        await both.ShouldAnswerAlikeAsync(
            api => api.PostAsync("/v1/recordings", body),
            Problem.MalformedBody,
            problem => problem.Detail.ShouldContain(expected)
        );

    [Theory]
    [MemberData(nameof(Elsewhere))]
    public async Task Request_ThatCannotBeServed_IsAProblem(string method, string path, string? body, string code) =>
        await both.ShouldAnswerAlikeAsync(
            api => api.SendAsync(new HttpMethod(method), path, body),
            Problem.All.Single(problem => problem.Code == code)
        );

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/jsonp")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json; charset=iso-8859-1")]
    public async Task Start_OtherContentType_IsRefused(string? contentType) =>
        await both.ShouldAnswerAlikeAsync(api => SendAsync(api, Encoding.UTF8.GetBytes(Start), contentType), Problem.UnsupportedMediaType);

    [Fact]
    public async Task Start_CompressedBody_IsRefused() =>
        await both.ShouldAnswerAlikeAsync(
            api =>
            {
                var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Start));
                content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                content.Headers.ContentEncoding.Add("gzip");
                return api.Http.PostAsync("/v1/recordings", content, TestContext.Current.CancellationToken);
            },
            Problem.UnsupportedMediaType,
            problem => problem.Detail.ShouldContain("gzip")
        );

    /// <summary>What the server refuses before the service sees it, byte for byte, and the problem that it must be.</summary>
    public static TheoryData<string, string> Unreadable =>
        new()
        {
            { "GET /v1/recordings/%00 HTTP/1.1\r\nHost: a\r\n\r\n", "malformed-request" },
            { "GET /v1/recordings HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "malformed-request" },
            { "GET /v1/recordings HTTP/1.1\r\n\r\n", "malformed-request" },
            { "GET /v1/recordings HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", "malformed-request" },
            { "GET /v1/recordings HTTP/1.1\r\nHost: a\r\nPrefer: a\u0000b\r\n\r\n", "malformed-request" },
            { "GET /v1/recordings HTTP/9.9\r\nHost: a\r\n\r\n", "malformed-request" },
            { "nonsense\r\n\r\n", "malformed-request" },
            { "GET /v1/recordings?channel=" + new string('c', 9000) + " HTTP/1.1\r\nHost: a\r\n\r\n", "address-too-long" },
            {
                "GET /v1/recordings HTTP/1.1\r\nHost: a\r\n"
                    + string.Concat(Enumerable.Range(0, 101).Select(i => $"X-{i}: 1\r\n"))
                    + "\r\n",
                "headers-too-large"
            },
            { $"GET /v1/recordings HTTP/1.1\r\nHost: a\r\nX-A: {new string('a', 40_000)}\r\n\r\n", "headers-too-large" },
            {
                $"POST /v1/recordings HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {TestKey.Text}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{{}}",
                "malformed-body"
            },
            {
                $"POST /v1/recordings HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {TestKey.Text}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n{{}}",
                "malformed-body"
            },
            {
                $"POST /v1/recordings HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {TestKey.Text}\r\nContent-Type: application/json\r\nIdempotency-Key: \u00e4\r\nConnection: close\r\nContent-Length: 36\r\n\r\n"
                    + Start,
                "invalid-request"
            },
            {
                $"POST /v1/recordings HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {TestKey.Text}\r\nContent-Type: application/json\r\nIdempotency-Key: \u00c3\u00a4\r\nConnection: close\r\nContent-Length: 36\r\n\r\n"
                    + Start,
                "invalid-request"
            },
        };

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task Request_ThatTheServerCannotRead_IsAProblemInBothEnvironments(string bytes, string code) =>
        await both.ShouldAnswerAlikeAsync(
            api => RawAsync(api, bytes),
            Problem.All.Single(problem => problem.Code == code),
            problem => (problem.Code != "invalid-request" || problem.Violations!.Single().Field == "Idempotency-Key").ShouldBeTrue()
        );

    [Fact]
    public async Task Request_BehindAGoodOne_ThatTheServerCannotRead_LeavesTheFirstAnswerAsItIs()
    {
        var answers = await SendRawAsync(
            both.Production,
            "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\nGET /%00 HTTP/1.1\r\nHost: a\r\n\r\n"
        );

        answers.ShouldStartWith("HTTP/1.1 200 OK\r\n");
        answers.Split("HTTP/1.1 4").Length.ShouldBe(2, answers);
        answers.ShouldContain("HTTP/1.1 400 Bad Request\r\n");
        answers.ShouldContain("\"code\":\"malformed-request\"");
    }

    [Theory]
    [InlineData("HEAD /v1/recordings HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n")]
    [InlineData("HEAD /v1/recordings HTTP/1.1\r\nHost: a\r\nContent-Length: 0x2\r\n\r\n{}")]
    public async Task Head_ThatTheServerCannotRead_IsAnsweredWithHeadersAlone(string bytes)
    {
        var answer = await SendRawAsync(both.Production, bytes);

        answer.ShouldStartWith("HTTP/1.1 400 Bad Request\r\n");
        answer.ShouldContain("Content-Type: application/problem+json\r\n");
        answer.ShouldEndWith("\r\n\r\n");
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task Health_AskedWithHead_Answers(string path)
    {
        using var answer = await both.Production.SendAsync(HttpMethod.Head, path);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Start_BytesThatAreNoUtf8_AreRefused()
    {
        byte[] body = [.. """{"channel":"c","roomType":"lecture","externalId":" """u8, 0xFF, 0xFE, .. "\"}"u8];

        await both.ShouldAnswerAlikeAsync(
            api => SendAsync(api, body, "application/json"),
            Problem.MalformedBody,
            problem => problem.Detail.ShouldContain("Unicode")
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Start_OversizeBody_IsRefused(bool chunked)
    {
        var body = Encoding.UTF8.GetBytes($$"""{"channel":"c","roomType":"lecture","externalId":"{{new string('x', 70_000)}}"}""");

        await both.ShouldAnswerAlikeAsync(api => SendAsync(api, body, "application/json", chunked), Problem.BodyTooLarge);
    }

    [Fact]
    public async Task Start_ThousandsOfFaults_ListsSomeAndCountsTheRest()
    {
        var body = $$"""{{{string.Join(',', Enumerable.Range(0, 3000).Select(i => $"\"m{i}\":1"))}}}""";

        await both.ShouldAnswerAlikeAsync(
            api => api.PostAsync("/v1/recordings", body),
            Problem.InvalidRequest,
            problem =>
            {
                problem.Violations!.Count.ShouldBe(50);
                problem.Detail.ShouldEndWith("And 2952 more.");
            }
        );
    }

    [Fact]
    public async Task Start_LongValueEndingInHalfACharacter_IsStillAnswered() =>
        await both.ShouldAnswerAlikeAsync(
            api => api.PostAsync("/v1/recordings", $$"""{"channel":"{{new string('c', 99)}}👩","roomType":"lecture"}"""),
            Problem.InvalidRequest
        );

    [Fact]
    public async Task MethodNotAllowed_Lists_WhatIsAllowed()
    {
        using var answer = await both.Production.SendAsync(HttpMethod.Delete, "/v1/recordings");

        answer.Content.Headers.Allow.ShouldBe(["GET", "HEAD", "POST", "OPTIONS"]);
        (await answer.ShouldBeAsync(Problem.MethodNotAllowed)).Detail.ShouldContain("it takes GET, HEAD, POST, OPTIONS");
    }

    [Fact]
    public async Task Head_WhereItIsNotServed_HasTheHeadersOfAProblem()
    {
        using var answer = await both.Production.SendAsync(HttpMethod.Head, "/v1/channels/c/stop");

        ((int)answer.StatusCode).ShouldBe(405);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        answer.Content.Headers.Allow.ShouldBe(["POST", "OPTIONS"]);
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("text/plain")]
    [InlineData("application/json")]
    public async Task Problem_WhateverIsAccepted_IsTheSameDocument(string accept)
    {
        using var unknown = await both.Production.SendAsync(HttpMethod.Get, "/v1/recordings/1", null, ("Accept", accept));
        using var nowhere = await both.Production.SendAsync(HttpMethod.Get, "/nowhere", null, ("Accept", accept));

        await unknown.ShouldBeAsync(Problem.NotFound);
        await nowhere.ShouldBeAsync(Problem.NotFound);
    }

    [Fact]
    public async Task Start_NoStorageProfileAnywhere_IsRefusedAndNothingIsStored()
    {
        await using var api = await TestApi.StartAsync(
            await both.CreateDatabaseAsync(),
            settings: new Dictionary<string, string?> { ["Agora:Projects:School:StorageProfile"] = null }
        );

        using var answer = await api.PostAsync("/v1/recordings", Start);

        (await answer.ShouldBeAsync(Problem.NoStorageProfile)).Detail.ShouldContain("Project 'School'");
        (await api.CountRowsAsync()).ShouldBe(0);
    }

    /// <summary>What the server answers to these bytes until it closes the connection.</summary>
    private static async Task<string> SendRawAsync(TestApi api, string bytes)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(api.Http.BaseAddress!.Host, api.Http.BaseAddress.Port, TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(bytes), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<HttpResponseMessage> RawAsync(TestApi api, string bytes)
    {
        var text = await SendRawAsync(api, bytes);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var head = text[..end];
        // Without the frame of a chunk.
        var body = text[text.IndexOf('{', end)..(text.LastIndexOf('}') + 1)];
        var answer = new HttpResponseMessage((HttpStatusCode)int.Parse(head.Split(' ')[1], CultureInfo.InvariantCulture));
        answer.Content = new StringContent(body);
        answer.Content.Headers.Clear();
        foreach (var line in head.Split("\r\n").Skip(1))
        {
            var (name, value) = (
                line[..line.IndexOf(':', StringComparison.Ordinal)],
                line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            );
            if (!answer.Headers.TryAddWithoutValidation(name, value))
            {
                answer.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return answer;
    }

    private static async Task<HttpResponseMessage> SendAsync(TestApi api, byte[] body, string? contentType, bool chunked = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/recordings") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        request.Headers.TransferEncodingChunked = chunked;
        request.Headers.ExpectContinue = true;
        return await api.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}

/// <summary>One API as developers run it and one as operators do, on one database.</summary>
public sealed class BothEnvironments(ApiPostgres postgres) : IAsyncLifetime
{
    private TestApi development = null!;

    public TestApi Production { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var database = await CreateDatabaseAsync();
        // The page at the root is there for developers only.
        development = await TestApi.StartAsync(
            database,
            "Development",
            new Dictionary<string, string?> { ["SwaggerUI:Enabled"] = "false" }
        );
        Production = await TestApi.StartAsync(database);
    }

    public Task<string> CreateDatabaseAsync() => postgres.CreateDatabaseAsync();

    internal async Task ShouldAnswerAlikeAsync(
        Func<TestApi, Task<HttpResponseMessage>> ask,
        Problem kind,
        Action<ProblemDocument>? more = null
    )
    {
        var before = await Production.CountRowsAsync();
        using var inProduction = await ask(Production);
        using var inDevelopment = await ask(development);

        var problem = await inProduction.ShouldBeAsync(kind);
        more?.Invoke(problem);
        var other = await inDevelopment.ShouldBeAsync(kind);
        JsonSerializer.Serialize(other with { TraceId = problem.TraceId }).ShouldBe(JsonSerializer.Serialize(problem));
        (await Production.CountRowsAsync()).ShouldBe(before);
    }

    public async ValueTask DisposeAsync()
    {
        await development.DisposeAsync();
        await Production.DisposeAsync();
    }
}
