using System.Globalization;
using System.Net;
using RecordingService.Client.Tests.Support;
using RecordingService.LocalStack.Processes;

namespace RecordingService.Client.Tests.Http;

/// <summary>What is sent again, when, and how often; told by what a real server receives.</summary>
public sealed class RetryTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static readonly OperatorActionRequest Order = new() { Operator = "Grace", Note = "The picture is black." };

    /// <summary>Every way to send something, and whether a repeat does no harm.</summary>
    private static readonly Dictionary<string, (bool IsRepeatable, Func<RecordingClient, Task> Send)> Calls = new()
    {
        ["start"] = (true, client => client.StartAsync(TestClient.Start())),
        ["get"] = (true, client => client.GetAsync(TestClient.Id)),
        ["stop"] = (true, client => client.StopAsync(TestClient.Id)),
        ["recheck"] = (true, client => client.RecheckAsync(TestClient.Id, Order)),
        ["replace"] = (true, client => client.ReplaceRecorderAsync(TestClient.Id, Order)),
        ["close"] = (true, client => client.CloseAsync(TestClient.Id, Order)),
        ["change"] = (false, client => client.ChangeAsync(TestClient.Id, new() { MaxDuration = TimeSpan.FromHours(2) })),
    };

    public static TheoryData<string, bool> AllCalls() => [.. Calls.Select(call => (call.Key, call.Value.IsRepeatable))];

    [Theory]
    [MemberData(nameof(AllCalls))]
    public async Task AnswerThatIsLost_IsAskedForAgain_WhereThatDoesNoHarm(string call, bool isRepeatable)
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Cut, Answer.Half, Answer.Recording());
        using var client = new TestClient(server.Address);

        var sending = Calls[call].Send(client.Api);

        if (isRepeatable)
        {
            await sending;
            server.Requests.Count.ShouldBe(3);
            server.Requests.Select(request => (request.Method, request.Path, request.Body)).Distinct().Count().ShouldBe(1);
        }
        else
        {
            (await Should.ThrowAsync<RecordingUnavailableException>(sending)).Attempts.ShouldBe(1);
            server.Requests.Count.ShouldBe(1);
        }
    }

    [Theory]
    [InlineData(408, true, false)]
    [InlineData(429, true, true)]
    [InlineData(502, true, false)]
    [InlineData(503, true, false)]
    [InlineData(504, true, false)]
    [InlineData(400, false, false)]
    [InlineData(401, false, false)]
    [InlineData(403, false, false)]
    [InlineData(404, false, false)]
    [InlineData(409, false, false)]
    [InlineData(412, false, false)]
    [InlineData(413, false, false)]
    [InlineData(415, false, false)]
    [InlineData(422, false, false)]
    [InlineData(500, false, false)]
    [InlineData(501, false, false)]
    public async Task Refusal_IsRepeated_OnlyIfTimeHelps(int status, bool whenHarmless, bool always)
    {
        foreach (var (name, (isRepeatable, send)) in Calls)
        {
            await using var server = await ScriptedServer.StartAsync(Answer.Problem(status), Answer.Recording());
            using var client = new TestClient(server.Address);

            var sending = send(client.Api);

            if (always || (whenHarmless && isRepeatable))
            {
                await sending;
                server.Requests.Count.ShouldBe(2, name);
            }
            else
            {
                ((int)(await Should.ThrowAsync<RecordingProblemException>(sending)).StatusCode).ShouldBe(status, name);
                server.Requests.Count.ShouldBe(1, name);
            }
        }
    }

    [Fact]
    public async Task Start_Repeated_KeepsTheKeyThatItsCallMade()
    {
        await using var server = await ScriptedServer.StartAsync(
            Answer.Cut,
            Answer.Problem(503),
            Answer.Recording(202),
            Answer.Cut,
            Answer.Recording(202)
        );
        using var client = new TestClient(server.Address);

        await client.Api.StartAsync(TestClient.Start(), cancellationToken: Cancelled);
        await client.Api.StartAsync(TestClient.Start(), cancellationToken: Cancelled);
        await client.Api.StartAsync(TestClient.Start(), "lesson-4711", cancellationToken: Cancelled);

        var keys = server.Requests.Select(request => request.Header("Idempotency-Key")).ToList();
        keys[..3].ShouldBe([keys[0], keys[0], keys[0]]);
        keys[3..5].ShouldBe([keys[3], keys[3]]);
        keys[3].ShouldNotBe(keys[0]);
        keys[5].ShouldBe("lesson-4711");
        keys[0].ShouldNotBeNullOrEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("lesson-ä")]
    public async Task IdempotencyKey_ThatTheServiceWouldRefuse_IsRefusedHere(string key)
    {
        using var client = new TestClient(new Uri("http://127.0.0.1:1"));

        await Should.ThrowAsync<ArgumentException>(() => client.Api.StartAsync(TestClient.Start(), key, cancellationToken: Cancelled));
    }

    [Fact]
    public async Task Service_IsDown_EveryRequestIsTriedAsOftenAsAllowed()
    {
        // Nobody listens, so nothing was carried out: a repeat is safe whatever the request is.
        using var client = new TestClient(new Uri($"http://127.0.0.1:{LoopbackPort.FindFree()}"));

        foreach (var (name, (_, send)) in Calls)
        {
            var error = await Should.ThrowAsync<RecordingUnavailableException>(send(client.Api));
            error.Attempts.ShouldBe(4, name);
            error.InnerException.ShouldBeOfType<HttpRequestException>();
        }
    }

    [Theory]
    [InlineData(0, new[] { 250, 500, 1000, 2000, 4000, 7500, 7500 })]
    [InlineData(0.5, new[] { 375, 750, 1500, 3000, 6000, 11250, 11250 })]
    [InlineData(1, new[] { 500, 1000, 2000, 4000, 8000, 15000, 15000 })]
    public async Task Waits_DoubleUpToACap_AndDifferByChance(double draw, int[] milliseconds)
    {
        var time = new SkippingTime();
        await using var server = await ScriptedServer.StartAsync(Answer.Problem(503));
        using var client = new TestClient(server.Address, TestClient.Patient(time, attempts: milliseconds.Length + 1, draw));

        var error = await Should.ThrowAsync<RecordingProblemException>(client.Api.GetAsync(TestClient.Id, cancellationToken: Cancelled));

        error.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        time.Waits.Select(wait => (int)wait.TotalMilliseconds).ShouldBe(milliseconds);
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("0", 0)]
    [InlineData("60", 60)]
    [InlineData("Tue, 01 Sep 2026 08:00:20 GMT", 20)]
    [InlineData("Tue, 01 Sep 2026 07:00:00 GMT", 0)]
    public async Task RetryAfter_IsHeeded(string header, int seconds)
    {
        foreach (var (draw, more) in new[] { (0d, 0), (1d, 500) })
        {
            var time = new SkippingTime();
            await using var server = await ScriptedServer.StartAsync(Answer.Problem(429, header), Answer.Recording());
            using var client = new TestClient(server.Address, TestClient.Patient(time, draw: draw));

            await client.Api.GetAsync(TestClient.Id, cancellationToken: Cancelled);

            // None at all where it is nothing.
            time.Waits.Aggregate(TimeSpan.Zero, (sum, wait) => sum + wait)
                .ShouldBe(TimeSpan.FromSeconds(seconds) + TimeSpan.FromMilliseconds(more));
        }
    }

    [Fact]
    public async Task RetryAfter_LongerThanAllowed_IsThrownAtOnce()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Problem(503, "61"));
        using var client = new TestClient(server.Address);

        var error = await Should.ThrowAsync<RecordingProblemException>(client.Api.GetAsync(TestClient.Id, cancellationToken: Cancelled));

        error.RetryAfter.ShouldBe(TimeSpan.FromSeconds(61));
        server.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Silence_IsATimeOut_AndAskedAgain()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Silence, Answer.Recording());
        using var client = new TestClient(
            server.Address,
            new()
            {
                AttemptTimeout = TimeSpan.FromMilliseconds(300),
                RetryDelay = TimeSpan.FromMilliseconds(1),
                MaxAttempts = 100,
            }
        );

        (await client.Api.GetAsync(TestClient.Id, cancellationToken: Cancelled)).Id.ShouldBe(TestClient.Id);

        server.Requests.Count.ShouldBeGreaterThan(1);
        var unsafeOne = await ScriptedServer.StartAsync(Answer.Silence);
        await using (unsafeOne)
        {
            using var other = new TestClient(unsafeOne.Address, new() { AttemptTimeout = TimeSpan.FromMilliseconds(300) });
            var error = await Should.ThrowAsync<RecordingUnavailableException>(
                other.Api.ChangeAsync(TestClient.Id, new() { MaxDuration = TimeSpan.FromHours(2) }, cancellationToken: Cancelled)
            );
            error.InnerException.ShouldBeOfType<TimeoutException>();
        }
    }

    [Fact]
    public async Task Cancelled_WhileItIsAsked_EndsAtOnce()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Silence);
        using var client = new TestClient(server.Address);
        using var cancel = new CancellationTokenSource();

        var asking = client.Api.GetAsync(TestClient.Id, cancel.Token);
        await Testing.Eventually.HoldsAsync(() => server.Requests.Count == 1);
        await cancel.CancelAsync();

        (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking)).CancellationToken.ShouldBe(cancel.Token);
        server.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task StartAndWait_AsksForWaitsOfBoundedLength_UnderOneKey()
    {
        var time = new SkippingTime();
        var accepted = Repository.Example("startRecording", "202").ToJsonString();
        await using var server = await ScriptedServer.StartAsync(
            Answer.Json(accepted, 202),
            Answer.Problem(503, "30"),
            Answer.Json(accepted, 200),
            Answer.Json(Repository.Example("startRecording", "201").ToJsonString(), 200)
        );
        using var client = new TestClient(server.Address, TestClient.Patient(time, attempts: 1));

        var recording = await client.Api.StartAndWaitAsync(TestClient.Start(), TimeSpan.FromSeconds(40), cancellationToken: Cancelled);

        recording.ConfirmedAt.ShouldNotBeNull();
        server.Requests.Select(request => request.Header("Prefer")).ShouldBe(["wait=40", "wait=39", "wait=9", "wait=8"]);
        server.Requests.Select(request => request.Header("Idempotency-Key")).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task StartAndWait_LongWait_IsAskedForInParts()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Recording(201));
        using var client = new TestClient(server.Address);

        await client.Api.StartAndWaitAsync(TestClient.Start(), TimeSpan.FromHours(2), cancellationToken: Cancelled);

        server.Requests.Single().Header("Prefer").ShouldBe("wait=50");
    }

    [Fact]
    public async Task Waits_NotWithinTheirTime_TellWhatWasSeenLast()
    {
        var time = new SkippingTime();
        await using var server = await ScriptedServer.StartAsync(
            Answer.Json(Repository.Example("startRecording", "202").ToJsonString(), 202)
        );
        using var client = new TestClient(server.Address, TestClient.Patient(time));

        var started = await Should.ThrowAsync<RecordingWaitTimeoutException>(
            client.Api.StartAndWaitAsync(TestClient.Start(), TimeSpan.FromSeconds(5), cancellationToken: Cancelled)
        );
        var looked = await Should.ThrowAsync<RecordingWaitTimeoutException>(
            client.Api.WaitUntilRecordingAsync(TestClient.Id, TimeSpan.FromSeconds(60), cancellationToken: Cancelled)
        );

        started.Recording!.State.ShouldBe(RecordingState.Accepted);
        looked.Recording!.Id.ShouldBe(TestClient.Id);
        // Looks become seldom: half a second, then half as long again each time, up to five.
        time.Waits[^2].ShouldBe(TimeSpan.FromSeconds(5));
        time.Waits.Count.ShouldBeInRange(20, 40);
    }

    [Fact]
    public async Task Waits_WhileTheServiceIsDown_GoOnUntilTheirDeadline()
    {
        var time = new SkippingTime();
        using var client = new TestClient(new Uri($"http://127.0.0.1:{LoopbackPort.FindFree()}"), TestClient.Patient(time, attempts: 1));

        var error = await Should.ThrowAsync<RecordingWaitTimeoutException>(
            client.Api.WaitUntilFinalAsync(TestClient.Id, TimeSpan.FromMinutes(5), cancellationToken: Cancelled)
        );

        error.Recording.ShouldBeNull();
        error.InnerException.ShouldBeOfType<RecordingUnavailableException>();
        (time.GetUtcNow() - new SkippingTime().GetUtcNow()).ShouldBeInRange(TimeSpan.FromMinutes(4.5), TimeSpan.FromMinutes(5));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(501)]
    [InlineData(503)]
    [InlineData(520)]
    public async Task Waits_ThatMeetAFaultOfTheService_GoOn(int status)
    {
        var time = new SkippingTime();
        var final = Repository.Example("getRecording", "200");
        final["state"] = "completed";
        await using var server = await ScriptedServer.StartAsync(
            Answer.Problem(status),
            Answer.Recording(),
            Answer.Problem(status),
            Answer.Problem(status),
            Answer.Json(final.ToJsonString())
        );
        using var client = new TestClient(server.Address, TestClient.Patient(time, attempts: 1));

        var recording = await client.Api.WaitUntilFinalAsync(TestClient.Id, TimeSpan.FromHours(2), cancellationToken: Cancelled);

        recording.State.ShouldBe(RecordingState.Completed);
        server.Requests.Count.ShouldBe(5);
    }

    [Fact]
    public async Task Waits_ThatMeetNothingButFaults_TellTheLastOneAtTheirDeadline()
    {
        var time = new SkippingTime();
        await using var server = await ScriptedServer.StartAsync(Answer.Recording(), Answer.Problem(500));
        using var client = new TestClient(server.Address, TestClient.Patient(time));

        var error = await Should.ThrowAsync<RecordingWaitTimeoutException>(
            client.Api.WaitUntilFinalAsync(TestClient.Id, TimeSpan.FromMinutes(5), cancellationToken: Cancelled)
        );

        error.Recording!.Id.ShouldBe(TestClient.Id);
        ((int)error.InnerException.ShouldBeOfType<RecordingProblemException>().StatusCode).ShouldBe(500);
        (time.GetUtcNow() - new SkippingTime().GetUtcNow()).ShouldBeInRange(TimeSpan.FromMinutes(4.5), TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task StartAndWait_ThatMeetsAFaultOfTheService_GoesOnUnderItsKey()
    {
        await using var server = await ScriptedServer.StartAsync(
            Answer.Problem(500),
            Answer.Json(Repository.Example("startRecording", "201").ToJsonString(), 201)
        );
        using var client = new TestClient(server.Address);

        var recording = await client.Api.StartAndWaitAsync(TestClient.Start(), TimeSpan.FromMinutes(5), cancellationToken: Cancelled);

        recording.ConfirmedAt.ShouldNotBeNull();
        server.Requests.Select(request => request.Header("Idempotency-Key")).Distinct().Count().ShouldBe(1);
        server.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Waits_ThatAreRefused_AreThrownAtOnce()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Problem(404));
        using var client = new TestClient(server.Address);

        await Should.ThrowAsync<RecordingProblemException>(
            client.Api.WaitUntilFinalAsync(TestClient.Id, TimeSpan.FromMinutes(5), cancellationToken: Cancelled)
        );

        server.Requests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("", "/v1/recordings/")]
    [InlineData("/recording", "/recording/v1/recordings/")]
    [InlineData("/recording/", "/recording/v1/recordings/")]
    public async Task BaseAddress_MayHaveAPath(string path, string expected)
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Recording());
        using var client = new TestClient(new Uri(server.Address, path));

        await client.Api.GetAsync(TestClient.Id, cancellationToken: Cancelled);

        server.Requests.Single().Path.ShouldBe($"{expected}{TestClient.Id}");
    }

    [Fact]
    public void BaseAddress_ThatIsNone_IsRefused()
    {
        using var http = new HttpClient();

        Should.Throw<ArgumentException>(() => new RecordingClient(http)).Message.ShouldContain("BaseAddress");
    }

    [Theory]
    [InlineData("maths-7b", "/v1/channels/maths-7b/stop")]
    [InlineData("a b?&#%+/", "/v1/channels/a%20b%3F%26%23%25%2B%2F/stop")]
    public async Task StopChannel_NamesTheChannelInThePath(string channel, string path)
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Json("""{"items":[]}"""));
        using var client = new TestClient(server.Address);

        (await client.Api.StopChannelAsync(channel, "school", "main", cancellationToken: Cancelled)).ShouldBeEmpty();

        var request = server.Requests.Single();
        request.Path.ShouldBe(path);
        request.Query.ShouldBe(new Dictionary<string, string> { ["project"] = "school", ["label"] = "main" }, ignoreOrder: true);
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    public async Task StopChannel_ThatNoAddressCanName_IsRefused(string channel)
    {
        using var client = new TestClient(new Uri("http://127.0.0.1:1"));

        await Should.ThrowAsync<ArgumentException>(() => client.Api.StopChannelAsync(channel, cancellationToken: Cancelled));
    }

    [Theory]
    [InlineData("00:00:00", null)]
    [InlineData("00:00:00.9", null)]
    [InlineData("00:00:05.9", "wait=5")]
    public async Task OperatorAction_Waits_AsItIsAskedTo(string wait, string? expected)
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Recording());
        using var client = new TestClient(server.Address);

        await client.Api.RecheckAsync(
            TestClient.Id,
            Order,
            TimeSpan.Parse(wait, CultureInfo.InvariantCulture),
            cancellationToken: Cancelled
        );

        server.Requests.Single().Header("Prefer").ShouldBe(expected);
    }

    [Theory]
    [InlineData("<html>Sign in</html>", "text/html")]
    [InlineData("null", "application/json")]
    [InlineData("{}", "application/json")]
    public async Task Success_ThatIsNoRecording_IsInvalidData(string body, string type)
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Json(body, type: type));
        using var client = new TestClient(server.Address);

        await Should.ThrowAsync<InvalidDataException>(client.Api.GetAsync(TestClient.Id, cancellationToken: Cancelled));

        server.Requests.Count.ShouldBe(1);
    }
}
