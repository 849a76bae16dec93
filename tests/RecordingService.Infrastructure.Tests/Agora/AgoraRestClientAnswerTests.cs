using System.Net;
using System.Net.Sockets;
using RecordingService.Domain;
using static RecordingService.Infrastructure.Tests.Agora.ClientUnderTest;

namespace RecordingService.Infrastructure.Tests.Agora;

public sealed class AgoraRestClientAnswerTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Query_WithFilesAsObjects_NamesThemAndTheFirstSlice()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(
            200,
            """
            {"serverResponse":{"status":"5","fileListMode":"json","sliceStartTime":"1795255203114","fileList":[
              {"fileName":"t/r/s_c.m3u8","trackType":"audio_and_video","uid":"0","sliceStartTime":1795255203114},
              {"filename":"s_c_7.m3u8","trackType":"video","uid":7001,"news":[1]}]}}
            """,
            "text/html",
            ("X-Request-Id", "req-9")
        );
        await using var client = new ClientUnderTest([server.Address]);

        var result = await client.Agora.QueryAsync(Recorder, Cancellation);

        result.Value!.Status.ShouldBe(5);
        result.Value.FirstSliceAt.ShouldBe(DateTimeOffset.FromUnixTimeMilliseconds(1795255203114));
        result.Value.Files.ShouldBe([new AgoraFile("s_c.m3u8", "audio_and_video"), new AgoraFile("s_c_7.m3u8", "video", 7001)]);
        result.Exchange.RequestId.ShouldBe("req-9");
        result.Exchange.HttpStatus.ShouldBe(200);
    }

    [Fact]
    public async Task Query_WithFileAsText_NamesIt()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(
            200,
            """{"serverResponse":{"status":4,"fileListMode":"string","fileList":"s_c.m3u8","sliceStartTime":1795255203}}"""
        );
        await using var client = new ClientUnderTest([server.Address]);

        var result = await client.Agora.QueryAsync(Recorder, Cancellation);

        result.Value!.Files.ShouldBe([new AgoraFile("s_c.m3u8")]);
        result.Value.FirstSliceAt.ShouldBe(DateTimeOffset.FromUnixTimeSeconds(1795255203));
    }

    [Fact]
    public async Task Stop_BackedUp_SaysSo()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(
            206,
            """{"sid":"s","serverResponse":{"fileList":"s_c.m3u8","uploadingStatus":"backuped"}}"""
        );
        await using var client = new ClientUnderTest([server.Address]);

        var result = await client.Agora.StopAsync(Recorder, Cancellation);

        result.Value!.Upload.ShouldBe(UploadStatus.BackedUp);
    }

    [Theory]
    [Trait("Rule", "S2")]
    [InlineData("")]
    [InlineData("<html>hello</html>")]
    [InlineData("""{"resourceId":"res-1","sid":""}""")]
    [InlineData("""["sid"]""")]
    public async Task S2_StartAnswered200WithoutSid_IsUnanswered(string body)
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(200, body);
        await using var client = new ClientUnderTest([server.Address]);

        var result = await client.Agora.StartAsync(Start, Cancellation);

        result.Value.ShouldBeNull();
        result.Failure!.Kind.ShouldBe(AgoraFailureKind.Unanswered);
        server.Seen.ShouldHaveSingleItem();
    }

    [Fact]
    [Trait("Rule", "S2")]
    public async Task S2_StartAnsweredWithASidThatFitsIntoNoAddress_IsUnanswered()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(200, $$"""{"sid":"{{new string('5', 60_000)}}"}""");
        await using var client = new ClientUnderTest([server.Address]);

        var result = await client.Agora.StartAsync(Start, Cancellation);

        result.Failure!.Kind.ShouldBe(AgoraFailureKind.Unanswered);
    }

    [Fact]
    public async Task Stop_NamesAFileWithNul_GivesANameThatCanBeStored()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(
            200,
            """{"resourceId":"r","sid":"s","serverResponse":{"fileListMode":"string","fileList":"a\u0000b.m3u8","uploadingStatus":"uploaded"}}"""
        );
        await using var client = new ClientUnderTest([server.Address]);

        var result = await client.Agora.StopAsync(Recorder, Cancellation);

        result.Value!.Files.ShouldHaveSingleItem().FileName.ShouldBe("a b.m3u8");
    }

    [Fact]
    public async Task Start_OnACutConnection_IsUnansweredAndNotRepeated()
    {
        await using var server = (await ScriptedServer.StartAsync()).CutsTheConnection();
        await using var client = new ClientUnderTest([server.Address]);

        var result = await client.Agora.StartAsync(Start, Cancellation);

        result.Failure!.Kind.ShouldBe(AgoraFailureKind.Unanswered);
        server.Seen.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Start_WithHalfABody_IsUnansweredButKeepsItsStatus()
    {
        await using var server = (await ScriptedServer.StartAsync()).CutsTheBody(200, """{"sid":"si""");
        await using var client = new ClientUnderTest([server.Address]);

        var result = await client.Agora.StartAsync(Start, Cancellation);

        result.Failure!.Kind.ShouldBe(AgoraFailureKind.Unanswered);
        result.Exchange.HttpStatus.ShouldBe(200);
        server.Seen.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Start_InABlackHole_IsUnansweredWithinTheAttemptTimeout()
    {
        await using var server = (await ScriptedServer.StartAsync()).NeverAnswers();
        await using var client = new ClientUnderTest(
            [server.Address],
            ("Agora:ConnectTimeout", "00:00:00.2"),
            ("Agora:AttemptTimeout", "00:00:00.4")
        );

        var result = await client.Agora.StartAsync(Start, Cancellation);

        result.Failure!.Kind.ShouldBe(AgoraFailureKind.Unanswered);
        result.Exchange.Duration.ShouldBeInRange(TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(5));
        server.Seen.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Call_ThatTheCallerCancels_Throws()
    {
        await using var server = (await ScriptedServer.StartAsync()).NeverAnswers();
        await using var client = new ClientUnderTest([server.Address]);
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));

        await Should.ThrowAsync<OperationCanceledException>(() => client.Agora.QueryAsync(Recorder, cancel.Token));
    }

    [Fact]
    public async Task Call_ToAClosedPort_WasNotSent()
    {
        using var reserved = new TcpListener(IPAddress.Loopback, 0);
        reserved.Start();
        var address = $"http://{reserved.LocalEndpoint}";
        reserved.Stop();
        await using var client = new ClientUnderTest([address]);

        var result = await client.Agora.StartAsync(Start, Cancellation);

        result.Failure!.Kind.ShouldBe(AgoraFailureKind.NotSent);
        result.Exchange.HttpStatus.ShouldBeNull();
    }

    [Fact]
    public async Task Call_ToAnUnknownName_WasNotSent()
    {
        await using var client = new ClientUnderTest(["http://no-such-host.invalid"]);

        var result = await client.Agora.StartAsync(Start, Cancellation);

        result.Failure!.Kind.ShouldBe(AgoraFailureKind.NotSent);
    }

    [Fact]
    public async Task Call_WhoseTlsHandshakeStalls_WasNotSentAndIsRepeatedOnce()
    {
        await using var silent = new SilentPort();
        await using var client = new ClientUnderTest(
            [$"https://127.0.0.1:{silent.Port}"],
            ("Agora:ConnectTimeout", "00:00:00.3"),
            ("Agora:AttemptTimeout", "00:00:02")
        );

        var result = await client.Agora.StartAsync(Start, Cancellation);

        result.Failure!.Kind.ShouldBe(AgoraFailureKind.NotSent);
        silent.Connections.ShouldBe(2);
    }

    [Fact]
    public async Task Start_OnAPooledConnectionThatDiesAfterItWasWritten_IsNotSentAgain()
    {
        await using var server = new DyingServer();
        await using var client = new ClientUnderTest([$"http://127.0.0.1:{server.Port}"]);

        (await client.Agora.AcquireAsync(Acquire, Cancellation)).Value.ShouldNotBeNull();
        var result = await client.Agora.StartAsync(Start, Cancellation);

        result.Failure!.Kind.ShouldBe(AgoraFailureKind.Unanswered);
        server.Starts.ShouldBe(1);
    }

    [Fact]
    public async Task RetryAfter_InSecondsOrAsDate_IsReported()
    {
        await using var server = (await ScriptedServer.StartAsync())
            .Answers(429, """{"message":"API rate limit exceeded"}""", headers: ("Retry-After", "7"))
            .Answers(429, "{}", headers: [("Date", "Sat, 21 Nov 2026 10:00:00 GMT"), ("Retry-After", "Sat, 21 Nov 2026 10:00:09 GMT")]);
        await using var client = new ClientUnderTest([server.Address]);

        var seconds = await client.Agora.AcquireAsync(Acquire, Cancellation);
        var date = await client.Agora.AcquireAsync(Acquire, Cancellation);

        seconds.Failure!.Kind.ShouldBe(AgoraFailureKind.RateLimited);
        seconds.Failure.RetryAfter.ShouldBe(TimeSpan.FromSeconds(7));
        date.Failure!.RetryAfter.ShouldBe(TimeSpan.FromSeconds(9));
    }

    [Fact]
    public async Task Failure_WhoseReasonQuotesSecrets_ShowsNone()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(
            400,
            $$"""{"code":2,"reason":"bad {{SecretKey}} {{CustomerSecret}} {{Certificate}} 007eJxTYBBbsMMnKq7p9HfIcX5kce9b518kCiQ {{new string('x', 500)}}"}"""
        );
        await using var client = new ClientUnderTest([server.Address]);

        var result = await client.Agora.StartAsync(Start, Cancellation);

        foreach (var text in new[] { result.Failure!.Message, client.Log.Text })
        {
            text.ShouldContain("bad *** *** *** ***");
            text.ShouldNotContain(SecretKey);
            text.ShouldNotContain(CustomerSecret);
            text.ShouldNotContain("007eJ");
        }

        result.Failure.Message.Length.ShouldBeLessThan(300);
    }

    [Fact]
    [Trait("Rule", "S1")]
    public async Task S1_HostThatNeverAnswers_IsLeftAfterTwoCalls()
    {
        await using var hole = (await ScriptedServer.StartAsync()).CutsTheConnection().CutsTheConnection();
        await using var other = (await ScriptedServer.StartAsync()).Answers(200, """{"serverResponse":{"status":5}}""");
        await using var client = new ClientUnderTest([hole.Address, other.Address]);

        await client.Agora.StopAsync(Recorder, Cancellation);
        await client.Agora.StopAsync(Recorder, Cancellation);
        var third = await client.Agora.QueryAsync(Recorder, Cancellation);

        third.Value!.Status.ShouldBe(5);
        third.Exchange.Host.ShouldBe(new Uri(other.Address).Authority);
        hole.Seen.Count.ShouldBe(2);
        client.Log.Text.ShouldContain("leave host");
    }

    [Fact]
    public async Task Call_ForAProjectOrProfileThatIsNotConfigured_IsMisconfigured()
    {
        await using var client = new ClientUnderTest(["http://127.0.0.1:9"]);

        var project = await client.Agora.QueryAsync(Recorder with { Project = "gone" }, Cancellation);
        var profile = await client.Agora.StartAsync(Start with { Parameters = Parameters with { StorageProfile = "gone" } }, Cancellation);

        project.Failure!.Kind.ShouldBe(AgoraFailureKind.ProjectMisconfigured);
        profile.Failure!.Kind.ShouldBe(AgoraFailureKind.ProjectMisconfigured);
    }
}
