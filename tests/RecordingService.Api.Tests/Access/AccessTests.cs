using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using RecordingService.Api.Access;
using RecordingService.Api.Problems;
using RecordingService.Api.Tests.Support;
using RecordingService.Infrastructure.Engine;
using RecordingService.Testing;

namespace RecordingService.Api.Tests.Access;

/// <summary>Who is let in, how bad keys are answered, and how many requests a caller may make.</summary>
public sealed class AccessTests(ApiPostgres postgres)
{
    private static readonly string Bad = $"rsk_000000000000_{new string('0', 43)}";

    [Theory]
    [InlineData("Production", null, false)]
    [InlineData("Production", "false", true)]
    [InlineData("Staging", null, false)]
    [InlineData("Development", null, true)]
    [InlineData("Development", "true", false)]
    public async Task Service_WithoutKey_IsOpenInDevelopmentAloneUnlessToldOtherwise(string environment, string? required, bool open)
    {
        await using var api = await StartAsync(environment, ("Access:Required", required));

        using var answer = await api.SendAsAsync(null, HttpMethod.Get, "/v1/room-types");
        using var admin = await api.SendAsAsync(null, HttpMethod.Get, "/v1/api-keys");

        if (open)
        {
            await answer.ShouldBeAsync(200);
            await admin.ShouldBeAsync(200);
            answer.Headers.Contains("RateLimit").ShouldBeFalse("a limit of each caller needs callers");
        }
        else
        {
            var problem = await answer.ShouldBeAsync(Problem.NotAuthenticated);
            problem.Detail.ShouldContain("Authorization");
            answer.Headers.WwwAuthenticate.ShouldHaveSingleItem().ToString().ShouldBe("Bearer");
            await admin.ShouldBeAsync(Problem.NotAuthenticated);
        }
    }

    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    public async Task Key_ThatIsSent_CountsWhetherOneIsNeededOrNot(string environment)
    {
        await using var api = await StartAsync(environment);
        var reader = (await api.CreateKeyAsync("reader", [Scope.Read])).Text;

        using var read = await api.SendAsAsync(reader, HttpMethod.Get, "/v1/room-types");
        using var start = await api.SendAsAsync(reader, HttpMethod.Post, "/v1/recordings", """{"channel":"c","roomType":"lecture"}""");
        using var bad = await api.SendAsAsync(Bad, HttpMethod.Get, "/v1/room-types");

        await read.ShouldBeAsync(200);
        (await start.ShouldBeAsync(Problem.NotAllowed)).Detail.ShouldBe("This needs the scope 'record'; the key of 'reader' has read.");
        start.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer error=\"insufficient_scope\", scope=\"record\"");
        await bad.ShouldBeAsync(Problem.NotAuthenticated);
        bad.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer error=\"invalid_token\"");
    }

    [Theory]
    [InlineData("Basic dGVzdHM6dGVzdHM=")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("rsk_000000000000_0000000000000000000000000000000000000000000")]
    public async Task Header_ThatHoldsNoBearer_IsRefused(string header)
    {
        await using var api = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/room-types");
        request.Headers.TryAddWithoutValidation("Authorization", header);

        using var answer = await api.Stranger.SendAsync(request, TestContext.Current.CancellationToken);

        var problem = await answer.ShouldBeAsync(Problem.NotAuthenticated);
        problem.Detail.ShouldNotContain("dGVzdHM6");
    }

    [Fact]
    public async Task Key_Revoked_IsRefusedWithinTenSeconds()
    {
        await using var api = await StartAsync();
        await using var other = await TestApi.StartAsync(api.ConnectionString);
        var key = await api.CreateKeyAsync("backend", [Scope.Read]);
        foreach (var replica in new[] { api, other })
        {
            using var before = await replica.SendAsAsync(key.Text, HttpMethod.Get, "/v1/room-types");
            await before.ShouldBeAsync(200);
        }

        using var revoked = await api.SendAsync(HttpMethod.Delete, $"/v1/api-keys/{key.Key.Id}");
        var since = TimeProvider.System.GetTimestamp();

        revoked.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        foreach (var replica in new[] { api, other })
        {
            await Eventually.HoldsAsync(async () =>
            {
                using var answer = await replica.SendAsAsync(key.Text, HttpMethod.Get, "/v1/room-types");
                return answer.StatusCode == HttpStatusCode.Unauthorized;
            });
        }

        TimeProvider.System.GetElapsedTime(since).ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Health_WithABadKeyAndWithoutDatabase_Answers()
    {
        await using var api = TestApi.StartUnready("Host=127.0.0.1;Port=1;Database=d;Username=u;Password=p;Timeout=1");

        using var live = await api.SendAsAsync(Bad, HttpMethod.Get, "/health/live");
        using var document = await api.SendAsAsync(Bad, HttpMethod.Get, "/openapi/v1.json");
        using var page = await api.SendAsAsync(Bad, HttpMethod.Get, "/problems/not-authenticated");

        live.StatusCode.ShouldBe(HttpStatusCode.OK);
        document.StatusCode.ShouldBe(HttpStatusCode.OK);
        page.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Address_ThatDoesNotExist_IsToldSoWithoutAKey()
    {
        await using var api = await StartAsync();

        using var nowhere = await api.SendAsAsync(null, HttpMethod.Get, "/v1/nowhere");
        using var method = await api.SendAsAsync(null, HttpMethod.Delete, "/v1/recordings");

        await nowhere.ShouldBeAsync(Problem.NotFound);
        await method.ShouldBeAsync(Problem.MethodNotAllowed);
    }

    [Fact]
    public async Task BadKeys_BeyondTheLimit_AreTooManyAndGoodOnesAreLetIn()
    {
        await using var api = await StartAsync(more: [("Access:FailedAttempts", "3"), ("Access:FailedAttemptsWindow", "00:00:02")]);

        foreach (var _ in Enumerable.Range(0, 3))
        {
            using var refused = await api.SendAsAsync(Bad, HttpMethod.Get, "/v1/room-types");
            await refused.ShouldBeAsync(Problem.NotAuthenticated);
        }

        using var tooMany = await api.SendAsAsync(Bad, HttpMethod.Get, "/v1/room-types");
        using var none = await api.SendAsAsync(null, HttpMethod.Get, "/v1/room-types");
        using var good = await api.GetAsync("/v1/room-types");

        await tooMany.ShouldBeAsync(Problem.TooManyAttempts);
        tooMany.Headers.RetryAfter!.Delta!.Value.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        await none.ShouldBeAsync(Problem.NotAuthenticated);
        await good.ShouldBeAsync(200);
        await Eventually.HoldsAsync(async () =>
        {
            using var again = await api.SendAsAsync(Bad, HttpMethod.Get, "/v1/room-types");
            return again.StatusCode == HttpStatusCode.Unauthorized;
        });
    }

    [Theory]
    [InlineData(null, 429)]
    [InlineData("10.0.0.0/8", 429)]
    [InlineData("127.0.0.1", 401)]
    public async Task ForwardedAddress_IsBelievedOfTrustedProxiesAlone(string? trusted, int status)
    {
        await using var api = await StartAsync(more: [("Access:FailedAttempts", "1"), ("Access:TrustedProxies:0", trusted)]);

        using var one = await SendFromAsync(api, "198.51.100.1");
        using var other = await SendFromAsync(api, "198.51.100.2, 127.0.0.1");
        using var again = await SendFromAsync(api, "198.51.100.1");

        one.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        ((int)other.StatusCode).ShouldBe(status);
        again.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task Requests_OfACaller_AreToldWhatIsLeftAndRefusedBeyondIt()
    {
        await using var api = await StartAsync(more: [("Access:RequestsPerSecond", "1"), ("Access:Burst", "3")]);
        var (first, second) = (await api.CreateKeyAsync("busy", [Scope.Read]), await api.CreateKeyAsync("busy", [Scope.Read]));
        var quiet = await api.CreateKeyAsync("quiet", [Scope.Read]);

        using var one = await api.SendAsAsync(first.Text, HttpMethod.Get, "/v1/room-types");
        using var two = await api.SendAsAsync(second.Text, HttpMethod.Get, "/v1/room-types/nothing");
        using var notAllowed = await api.SendAsAsync(second.Text, HttpMethod.Get, "/v1/audit");
        var taken = 3;
        var refused = await api.SendAsAsync(first.Text, HttpMethod.Get, "/v1/room-types");
        while (refused.StatusCode != HttpStatusCode.TooManyRequests && taken < 50)
        {
            refused.Dispose();
            taken++;
            refused = await api.SendAsAsync(taken % 2 == 0 ? first.Text : second.Text, HttpMethod.Get, "/v1/room-types");
        }

        using var elsewhere = await api.SendAsAsync(quiet.Text, HttpMethod.Get, "/v1/room-types");
        using var health = await api.GetAsync("/health/live");

        await one.ShouldBeAsync(200);
        one.Headers.GetValues("RateLimit-Policy").ShouldBe(["\"default\";q=3;w=3"]);
        one.Headers.GetValues("RateLimit").ShouldBe(["\"default\";r=2;t=1"]);
        await two.ShouldBeAsync(Problem.NotFound);
        two.Headers.Contains("RateLimit").ShouldBeTrue("refusals tell it, too");
        await notAllowed.ShouldBeAsync(Problem.NotAllowed);
        notAllowed.Headers.GetValues("RateLimit").ShouldBe(["\"default\";r=0;t=3"], "what a key may not do counts");
        taken.ShouldBeInRange(3, 5, "the two keys of a caller share its bucket of 3, which a second or two refill");
        (await refused.ShouldBeAsync(Problem.TooManyRequests)).Detail.ShouldContain("'busy' may make 1 requests a second");
        refused.Headers.GetValues("RateLimit").ShouldBe(["\"default\";r=0;t=3"]);
        refused.Headers.RetryAfter!.Delta!.Value.ShouldBe(TimeSpan.FromSeconds(1));
        await elsewhere.ShouldBeAsync(200);
        health.Headers.Contains("RateLimit").ShouldBeFalse();
        refused.Dispose();
    }

    [Theory]
    [InlineData("Access:FailedAttempts", "0", "Access:FailedAttempts is 0; allowed is 1 to 10000.")]
    [InlineData("Access:FailedAttemptsWindow", "1.00:00:00", "Access:FailedAttemptsWindow is 1.00:00:00; allowed is 00:00:01 to 01:00:00.")]
    [InlineData("Access:RequestsPerSecond", "0", "Access:RequestsPerSecond is 0; allowed is 1 to 100000.")]
    [InlineData("Access:Burst", "0", "Access:Burst is 0; allowed is 1 to 1000000.")]
    [InlineData(
        "Access:TrustedProxies:0",
        "proxy.example.org",
        "Access:TrustedProxies:0 is 'proxy.example.org', but it must be an IP address or a network"
    )]
    public void Option_ThatIsWrong_IsToldWithItsKey(string key, string value, string fault)
    {
        var options = new AccessOptions();
        var property = key.Split(':')[1];
        switch (property)
        {
            case nameof(AccessOptions.FailedAttempts):
                options.FailedAttempts = 0;
                break;
            case nameof(AccessOptions.FailedAttemptsWindow):
                options.FailedAttemptsWindow = TimeSpan.FromDays(1);
                break;
            case nameof(AccessOptions.RequestsPerSecond):
                options.RequestsPerSecond = 0;
                break;
            case nameof(AccessOptions.Burst):
                options.Burst = 0;
                break;
            default:
                options.TrustedProxies = [value];
                break;
        }

        var result = new AccessOptionsValidator().Validate(null, options);

        result.Failures!.ShouldHaveSingleItem().ShouldStartWith(fault);
    }

    [Theory]
    [InlineData(9, false)]
    [InlineData(10, true)]
    public void Burst_ThatWouldSlowTheRateDown_IsRefused(int burst, bool isGood)
    {
        var result = new AccessOptionsValidator().Validate(null, new AccessOptions { RequestsPerSecond = 100, Burst = burst });

        result.Succeeded.ShouldBe(isGood);
        (result.FailureMessage ?? "").Contains("Access:Burst is 9; it must be at least a tenth of RequestsPerSecond").ShouldBe(!isGood);
    }

    private static async Task<HttpResponseMessage> SendFromAsync(TestApi api, string forwarded)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/room-types");
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {Bad}");
        request.Headers.TryAddWithoutValidation(ForwardedHeadersDefaults.XForwardedForHeaderName, forwarded);
        return await api.Stranger.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private async Task<TestApi> StartAsync(string environment = "Production", params (string Key, string? Value)[] more) =>
        await TestApi.StartAsync(
            await postgres.CreateDatabaseAsync(),
            environment,
            more.ToDictionary(setting => setting.Key, setting => setting.Value)
        );
}
