using System.Net;
using RecordingService.Api.Hosting;
using RecordingService.Api.Problems;
using RecordingService.Api.Tests.Support;

namespace RecordingService.Api.Tests;

/// <summary>Browsers: Agora answers no preflight, this service does for configured origins.</summary>
[Trait("Rule", "S17")]
public sealed class CrossOriginTests(CrossOriginTests.Fixture fixture) : IClassFixture<CrossOriginTests.Fixture>
{
    private const string Console = "https://console.example.org";

    private readonly TestApi api = fixture.Api;

    [Theory]
    [InlineData("POST", "/v1/recordings", "content-type,idempotency-key,prefer")]
    [InlineData("PATCH", "/v1/recordings/1/layout", "content-type,if-match")]
    [InlineData("PUT", "/v1/room-types/lecture", "content-type,if-match,if-none-match")]
    [InlineData("DELETE", "/v1/room-types/lecture", "if-match")]
    [InlineData("GET", "/v1/recordings", "prefer")]
    [InlineData("GET", "/v1/recordings", "authorization")]
    [Trait("Rule", "S17")]
    public async Task S17_Preflight_OfAnAllowedOrigin_AllowsMethodAndHeaders(string method, string path, string headers)
    {
        using var answer = await PreflightAsync(Console, path, method, headers);

        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        answer.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe([Console]);
        Split(answer, "Access-Control-Allow-Methods").ShouldContain(method);
        headers.Split(',').ShouldBeSubsetOf(Split(answer, "Access-Control-Allow-Headers").Select(name => name.ToLowerInvariant()));
        answer.Headers.GetValues("Access-Control-Max-Age").ShouldBe(["600"]);
        answer.Headers.Contains("Access-Control-Allow-Credentials").ShouldBeFalse();
    }

    [Theory]
    [InlineData("https://other.example.org")]
    [InlineData("http://console.example.org")]
    [InlineData("https://console.example.org:8443")]
    [InlineData("https://console.example.org.evil.example")]
    [InlineData("null")]
    [Trait("Rule", "S17")]
    public async Task S17_OtherOrigins_GetNoCorsHeaders(string origin)
    {
        using var preflight = await PreflightAsync(origin, "/v1/recordings", "POST", "content-type");
        using var actual = await api.SendAsync(HttpMethod.Get, "/v1/room-types", null, ("Origin", origin));

        preflight.Headers.ShouldNotContain(header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
        actual.Headers.ShouldNotContain(header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    [Trait("Rule", "S17")]
    public async Task S17_Answers_ExposeTheirHeadersToThePage()
    {
        using var answer = await api.SendAsync(HttpMethod.Get, "/v1/room-types/lecture", null, ("Origin", "http://localhost:5173"));

        await answer.ShouldBeAsync(200);
        answer.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["http://localhost:5173"]);
        Split(answer, "Access-Control-Expose-Headers")
            .ShouldBe([
                "Location",
                "ETag",
                "Preference-Applied",
                "Retry-After",
                "Allow",
                "WWW-Authenticate",
                "RateLimit",
                "RateLimit-Policy",
                "Trace-Id",
            ]);
        answer.Headers.Vary.ShouldContain("Origin");
    }

    [Theory]
    [InlineData("GET", "/v1/recordings/1", "not-found")]
    [InlineData("GET", "/nowhere", "not-found")]
    [InlineData("DELETE", "/v1/recordings", "method-not-allowed")]
    [InlineData("GET", "/v1/recordings?limit=0", "invalid-request")]
    [Trait("Rule", "S17")]
    public async Task S17_Refusals_CanBeReadByThePageToo(string method, string path, string code)
    {
        using var answer = await api.SendAsync(new HttpMethod(method), path, null, ("Origin", Console));

        await answer.ShouldBeAsync(Problem.All.Single(problem => problem.Code == code));
        answer.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe([Console]);
    }

    [Fact]
    [Trait("Rule", "S17")]
    public async Task S17_FaultOfTheService_CanBeReadByThePageToo()
    {
        var id = await api.RecordAsync("fault");
        await api.HappensAsync($$"""update recording.recordings set document = '{"stop":7}' where id = '{{id}}'""");

        using var answer = await api.SendAsync(HttpMethod.Get, $"/v1/recordings/{id}", null, ("Origin", Console));

        await answer.ShouldBeAsync(Problem.Internal);
        answer.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe([Console]);
    }

    [Fact]
    [Trait("Rule", "S17")]
    public async Task S17_NothingConfigured_AnswersNoPreflight()
    {
        await using var plain = await TestApi.StartAsync(await fixture.CreateDatabaseAsync());

        using var answer = await plain.SendAsync(
            HttpMethod.Options,
            "/v1/recordings",
            null,
            ("Origin", Console),
            ("Access-Control-Request-Method", "POST")
        );

        // OPTIONS as of any address; a browser finds no leave in it.
        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        answer.Headers.ShouldNotContain(header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
        answer.Headers.ShouldNotContain(header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("https://console.example.org", null)]
    [InlineData("http://localhost:5173", null)]
    [InlineData("https://[::1]:8443", null)]
    [InlineData("*", "every origin must be named")]
    [InlineData("https://*.example.org", "every origin must be named")]
    [InlineData("https://console.example.org/", "is scheme://host[:port]")]
    [InlineData("https://console.example.org/app", "is scheme://host[:port]")]
    [InlineData("https://console.example.org:443", "is scheme://host[:port]")]
    [InlineData("https://ada@console.example.org", "is scheme://host[:port]")]
    [InlineData("console.example.org", "is scheme://host[:port]")]
    [InlineData("ftp://console.example.org", "is scheme://host[:port]")]
    [InlineData("null", "is scheme://host[:port]")]
    [InlineData("", "is scheme://host[:port]")]
    [Trait("Rule", "S17")]
    public void S17_Origin_ThatNoBrowserSends_IsRefusedAtTheStart(string origin, string? fault)
    {
        var result = new CrossOriginOptionsValidator().Validate(null, new() { AllowedOrigins = ["https://fine.example", origin] });

        if (fault is null)
        {
            result.Succeeded.ShouldBeTrue(result.FailureMessage);
        }
        else
        {
            result.Failures!.ShouldHaveSingleItem().ShouldStartWith($"Cors:AllowedOrigins:1 is '{origin}', but ");
            result.FailureMessage!.ShouldContain(fault);
        }
    }

    /// <summary>As browsers send it: without a key.</summary>
    private async Task<HttpResponseMessage> PreflightAsync(string origin, string path, string method, string headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, path);
        request.Headers.TryAddWithoutValidation("Origin", origin);
        request.Headers.TryAddWithoutValidation("Access-Control-Request-Method", method);
        request.Headers.TryAddWithoutValidation("Access-Control-Request-Headers", headers);
        return await api.Stranger.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static IEnumerable<string> Split(HttpResponseMessage answer, string header) =>
        answer.Headers.GetValues(header).SelectMany(value => value.Split(',', StringSplitOptions.TrimEntries));

    public sealed class Fixture(ApiPostgres postgres) : IAsyncLifetime
    {
        public TestApi Api { get; private set; } = null!;

        public Task<string> CreateDatabaseAsync() => postgres.CreateDatabaseAsync();

        public async ValueTask InitializeAsync() =>
            Api = await TestApi.StartAsync(
                await postgres.CreateDatabaseAsync(),
                settings: new Dictionary<string, string?>
                {
                    ["Cors:AllowedOrigins:0"] = Console,
                    ["Cors:AllowedOrigins:1"] = "http://localhost:5173",
                }
            );

        public ValueTask DisposeAsync() => Api.DisposeAsync();
    }
}
