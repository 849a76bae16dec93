using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Options;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Events;
using RecordingService.Testing;

namespace RecordingService.Infrastructure.Tests.Events;

public sealed class WebhookSenderTests : IAsyncLifetime
{
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"id":"1","type":"recording.completed","data":{"recordingId":"x"}}""");
    private static readonly byte[][] Secrets = [WebhookSigner.NewSecret()];

    private readonly ManualTimeProvider time = new();
    private HookReceiver receiver = null!;

    public async ValueTask InitializeAsync() => receiver = await HookReceiver.StartAsync(time);

    public ValueTask DisposeAsync() => receiver.DisposeAsync();

    [Theory]
    [InlineData(200, true)]
    [InlineData(204, true)]
    [InlineData(299, true)]
    [InlineData(301, false)]
    [InlineData(302, false)]
    [InlineData(303, false)]
    [InlineData(304, false)]
    [InlineData(400, false)]
    [InlineData(404, false)]
    [InlineData(410, false)]
    [InlineData(429, false)]
    [InlineData(500, false)]
    public async Task Answer_2xxAndNothingElse_CountsAsDelivered(int status, bool delivered)
    {
        receiver.Answer = (_, http) => HookReceiver.StatusAsync(http, status, ("Location", "/elsewhere"));

        var answer = await SendAsync(receiver.Url);

        answer.IsDelivered.ShouldBe(delivered);
        answer.Status.ShouldBe(status);
        receiver.Seen.Count.ShouldBe(1);
        if (!delivered)
        {
            answer.Error!.ShouldContain($"{status}");
        }
    }

    [Theory]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Redirect_ThatKeepsMethodAndBody_IsFollowed(int status)
    {
        receiver.Answer = (hook, http) =>
            hook.Path == "/hook" ? HookReceiver.StatusAsync(http, status, ("Location", "/moved")) : HookReceiver.StatusAsync(http, 204);

        var answer = await SendAsync(receiver.Url);

        answer.IsDelivered.ShouldBeTrue();
        receiver.Seen.Select(hook => hook.Path).ShouldBe(["/hook", "/moved"]);
        receiver.Seen[1].Body.ShouldBe(Body);
        (receiver.Seen[1].Id, receiver.Seen[1].Signature).ShouldBe((receiver.Seen[0].Id, receiver.Seen[0].Signature));
    }

    [Fact]
    public async Task Redirects_OfWhichThereAreFour_AreNotFollowedToTheEnd()
    {
        receiver.Answer = (hook, http) => HookReceiver.StatusAsync(http, 307, ("Location", $"{hook.Path}x"));

        var answer = await SendAsync(receiver.Url);

        answer.IsDelivered.ShouldBeFalse();
        answer.Status.ShouldBe(307);
        receiver.Seen.Count.ShouldBe(4);
    }

    [Theory]
    [InlineData("http://127.0.0.2:{0}/hook")]
    [InlineData("http://inside.example.org:{0}/hook")]
    [InlineData("http://user:password@127.0.0.1:{0}/hook")]
    [InlineData("ftp://127.0.0.1:{0}/hook")]
    [InlineData("http://[::ffff:127.0.0.2]:{0}/hook")]
    public async Task Redirect_ToWhatMayNotBeCalled_IsNotFollowed(string location)
    {
        await using var inside = await HookReceiver.StartAsync(time, address: "127.0.0.2");
        receiver.Answer = (_, http) =>
            HookReceiver.StatusAsync(http, 307, ("Location", location.Replace("{0}", $"{inside.Port}", StringComparison.Ordinal)));

        var answer = await SendAsync(receiver.Url);

        answer.IsDelivered.ShouldBeFalse();
        answer.Error.ShouldNotBeNullOrEmpty();
        receiver.Seen.Count.ShouldBe(1);
        inside.Seen.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("http://xn--ü/")]
    [InlineData("http://üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü/")]
    public async Task Redirect_ToANameThatCannotBeWritten_IsAFailureAndNothingElse(string location)
    {
        receiver.Answer = (_, http) => HookReceiver.StatusAsync(http, 307, ("Location", location));

        var answer = await SendAsync(receiver.Url);

        answer.IsDelivered.ShouldBeFalse();
        answer.Status.ShouldBe(307);
        receiver.Seen.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Attempt_ThatThrowsWhatNobodyExpected_IsAFailure()
    {
        var answer = await SendAsync(
            $"http://odd.example.org:{receiver.Port}/hook",
            (_, _) => throw new InvalidOperationException("An odd name.")
        );

        answer.IsDelivered.ShouldBeFalse();
        answer.Error.ShouldNotBeNullOrEmpty();
    }

    [Theory]
    [InlineData("https://a.example.org/", "http://b.example.org/", false)]
    [InlineData("https://a.example.org/", "https://b.example.org/", true)]
    [InlineData("http://a.example.org/", "https://b.example.org/", true)]
    [InlineData("https://a.example.org/", "/other", true)]
    public void Redirect_FromHttpsToHttp_IsNotFollowed(string from, string to, bool followed)
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.TemporaryRedirect);
        answer.Headers.Location = new(to, UriKind.RelativeOrAbsolute);

        (WebhookSender.Next(new(from), answer, 0) is not null).ShouldBe(followed);
    }

    [Fact]
    public async Task Name_ThatResolvesToTheInside_IsNotConnectedTo()
    {
        await using var inside = await HookReceiver.StartAsync(time, address: "127.0.0.2");

        var answer = await SendAsync($"http://inside.example.org:{inside.Port}/hook");

        answer.Error!.ShouldContain("not on the internet");
        inside.Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task Name_ResolvedOnce_IsConnectedToWhereItWasChecked()
    {
        var looks = 0;
        // The second look would lead inside, as it does at whoever controls the name.
        Task<IPAddress[]> Resolve(string host, CancellationToken cancellationToken) =>
            Task.FromResult<IPAddress[]>([IPAddress.Parse(++looks == 1 ? "127.0.0.1" : "127.0.0.2")]);

        var answer = await SendAsync($"http://twofold.example.org:{receiver.Port}/hook", Resolve);

        answer.IsDelivered.ShouldBeTrue();
        looks.ShouldBe(1);
        receiver.Seen.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Name_WithAddressesInsideAndOutside_IsConnectedToTheOutsideOnly()
    {
        await using var inside = await HookReceiver.StartAsync(time, receiver.Port, "127.0.0.2");

        var answer = await SendAsync(
            $"http://mixed.example.org:{receiver.Port}/hook",
            (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("127.0.0.2"), IPAddress.Loopback])
        );

        answer.IsDelivered.ShouldBeTrue();
        inside.Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task Receiver_ThatDoesNotAnswer_IsLeftAfterTheTimeOut()
    {
        var asked = new TaskCompletionSource();
        receiver.Answer = async (_, http) =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, time, http.RequestAborted);
        };

        var sending = SendAsync(receiver.Url);
        await asked.Task;
        time.Advance(TimeSpan.FromSeconds(14.9));
        sending.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(0.2));
        var answer = await sending;

        answer.IsDelivered.ShouldBeFalse();
        answer.Error!.ShouldContain("15 s");
        answer.Duration.ShouldBe(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(0.2));
    }

    [Fact]
    public async Task Answer_WithAnEndlessBody_IsNotRead()
    {
        var ended = new TaskCompletionSource();
        receiver.Answer = async (_, http) =>
        {
            try
            {
                var chunk = new byte[64 * 1024];
                while (!(await http.Response.BodyWriter.WriteAsync(chunk, http.RequestAborted)).IsCompleted) { }
            }
            finally
            {
                ended.SetResult();
            }
        };

        var answer = await SendAsync(receiver.Url);

        // Whoever reads it reads for ever: until the time is up, and then it counts as no answer.
        answer.IsDelivered.ShouldBeTrue();
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Answer_WithRetryAfter_TellsTheWait()
    {
        receiver.Answer = (_, http) => HookReceiver.StatusAsync(http, 503, ("Retry-After", "120"));

        (await SendAsync(receiver.Url)).RetryAfter.ShouldBe(TimeSpan.FromMinutes(2));

        receiver.Answer = (_, http) =>
            HookReceiver.StatusAsync(
                http,
                429,
                ("Date", "Tue, 01 Sep 2026 08:00:00 GMT"),
                ("Retry-After", "Tue, 01 Sep 2026 08:10:00 GMT")
            );

        (await SendAsync(receiver.Url)).RetryAfter.ShouldBe(TimeSpan.FromMinutes(10));

        receiver.Answer = (_, http) => HookReceiver.StatusAsync(http, 503, ("Retry-After", "99999999999"));

        (await SendAsync(receiver.Url)).RetryAfter!.Value.ShouldBeGreaterThan(TimeSpan.FromDays(1));

        receiver.Answer = (_, http) => HookReceiver.StatusAsync(http, 503, ("Retry-After", "soon"));

        (await SendAsync(receiver.Url)).RetryAfter.ShouldBeNull();
    }

    [Fact]
    public async Task Receiver_ThatIsNotThere_IsToldInPlainWords()
    {
        int port;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        var answer = await SendAsync($"http://127.0.0.1:{port}/");
        var unresolved = await SendAsync("http://nowhere.example.org/", (_, _) => throw new SocketException((int)SocketError.HostNotFound));

        answer.Error.ShouldBe("It could not be connected to.");
        answer.Status.ShouldBeNull();
        unresolved.Error.ShouldBe("Its name could not be resolved.");
    }

    [Fact]
    public async Task Request_CarriesNothingButTheEvent()
    {
        await SendAsync(receiver.Url);

        var hook = receiver.Seen.ShouldHaveSingleItem();
        hook.Headers.Keys.ShouldBe(
            ["host", "user-agent", "content-type", "content-length", "webhook-id", "webhook-timestamp", "webhook-signature"],
            ignoreOrder: true
        );
        hook.Headers["content-type"].ShouldBe("application/json");
        hook.Body.ShouldBe(Body);
    }

    private async Task<WebhookAnswer> SendAsync(string url, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
    {
        var options = new WebhookOptions { AllowedNetworks = ["127.0.0.1/32"], AllowHttp = true };
        var clock = new RecordingClock(Options.Create(new RecordingTimeOptions()), time);
        clock.Observe(time.GetUtcNow(), TimeSpan.Zero);
        var guard = new TargetGuard(
            options,
            isDevelopment: false,
            time,
            resolve ?? ((_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("127.0.0.2")]))
        );
        using var sender = new WebhookSender(guard, clock, time, options);
        return await sender.SendAsync(new(url), "msg-1", Body, Secrets, TestContext.Current.CancellationToken);
    }
}
