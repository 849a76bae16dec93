using System.Text;
using RecordingService.Client.Tests.Support;

namespace RecordingService.Client.Tests.Events;

/// <summary>The stream of events over connections that break.</summary>
public sealed class StreamTests
{
    [Fact]
    public async Task Stream_ThatBreaks_GoesOnBehindTheLastEvent()
    {
        var time = new SkippingTime();
        await using var server = await ScriptedServer.StartAsync(
            Answer.Stream($"{Answer.Event(1)}: heartbeat\n\n{Answer.Event(2)}", StreamEnd.Cut),
            Answer.Cut,
            Answer.Problem(503, "3"),
            Answer.Stream("", StreamEnd.Closed),
            // Half an event: it is not told, and comes again.
            Answer.Stream($"{Answer.Event(3)}id: c4\nevent: recording.recording\ndata: {{\"id\"", StreamEnd.Cut),
            Answer.Stream($"{Answer.Event(4)}", StreamEnd.Open)
        );
        using var client = new TestClient(server.Address, TestClient.Patient(time));

        var events = await TakeAsync(client, 4, after: "c0");

        events.Select(one => one.Cursor).ShouldBe(["c1", "c2", "c3", "c4"]);
        events.Select(one => one.Sequence).ShouldBe([1, 2, 3, 4]);
        server.Requests.Select(request => request.Header("Last-Event-ID")).ShouldBe(["c0", "c2", "c2", "c2", "c2", "c3"]);
        server.Requests.ShouldAllBe(request => request.Header("Accept") == "text/event-stream");
        // Longer each time while nothing comes, and as long as asked for; from the start again once something came.
        time.Waits.Select(wait => wait.TotalSeconds).ShouldBe([0.5, 1, 3.5, 4, 0.5]);
    }

    [Fact]
    public async Task Stream_ThatTellsWhenToComeAgain_IsHeeded()
    {
        var time = new SkippingTime();
        await using var server = await ScriptedServer.StartAsync(
            Answer.Stream($"retry: 7000\n\n{Answer.Event(1)}"),
            Answer.Stream(Answer.Event(2), StreamEnd.Open)
        );
        using var client = new TestClient(server.Address, TestClient.Patient(time, draw: 0));

        (await TakeAsync(client, 2)).Count.ShouldBe(2);

        time.Waits.ShouldBe([TimeSpan.FromSeconds(7)]);
    }

    [Fact]
    public async Task Stream_FromNowOn_RemembersThePlaceThatTheServiceTold()
    {
        await using var server = await ScriptedServer.StartAsync(
            Answer.Stream("id: c41\n: from here on\n\n", StreamEnd.Cut),
            Answer.Stream(Answer.Event(42), StreamEnd.Open)
        );
        using var client = new TestClient(server.Address);

        (await TakeAsync(client, 1)).Single().Cursor.ShouldBe("c42");

        server.Requests.Select(request => request.Header("Last-Event-ID")).ShouldBe([null, "c41"]);
    }

    [Fact]
    public async Task Stream_ThatBreaksInItsFirstEvent_SkipsNothing()
    {
        await using var server = await ScriptedServer.StartAsync(
            Answer.Stream("id: c41\nevent: recording.recording\ndata: {\"id\"", StreamEnd.Cut),
            Answer.Stream(Answer.Event(41), StreamEnd.Open)
        );
        using var client = new TestClient(server.Address);

        (await TakeAsync(client, 1)).Single().Cursor.ShouldBe("c41");

        server.Requests.Select(request => request.Header("Last-Event-ID")).ShouldBe([null, null]);
    }

    [Theory]
    [InlineData(":\nid: c40\n\n", "id: c41\nevent: recording.recording\ndata: {\"id\"")]
    [InlineData(":\r\nid: c40\r\n\r\n", "id: c41\r\ndata: {}\r\n")]
    [InlineData(":\rid: c40\r\r", "id: c41\rdata: {}\r")]
    public async Task Stream_FromNowOn_ThatBreaksInItsFirstEvent_GoesOnAtThePlaceThatTheServiceTold(string place, string half)
    {
        // Whether the connection is cut or closed.
        foreach (var first in new[] { Answer.Stream(place + half, StreamEnd.Cut), Answer.Stream(place + half) })
        {
            await using var server = await ScriptedServer.StartAsync(first, Answer.Stream(Answer.Event(41), StreamEnd.Open));
            using var client = new TestClient(server.Address);

            (await TakeAsync(client, 1)).Single().Cursor.ShouldBe("c41");

            server.Requests.Select(request => request.Header("Last-Event-ID")).ShouldBe([null, "c40"]);
        }
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("id: c1\n", null)]
    [InlineData("id: c1\ndata: 1\n", null)]
    [InlineData("id: c1\n\n", "c1")]
    [InlineData("id:c1\r\n\r\n", "c1")]
    [InlineData("id:  c1\r\r", " c1")]
    [InlineData("data: 1\nid: c1\n\n: heartbeat\n\n", "c1")]
    [InlineData("id: c1\n\nid: c2\ndata: id: c3\n", "c1")]
    [InlineData("id: c1\n\nid: c2\n\ni", "c2")]
    [InlineData("id: c1\n\nidentity: c2\nID: c3\n id: c4\n\n", "c1")]
    [InlineData("id: c1\n\nid: c\02\n\n", "c1")]
    [InlineData("id: c1\n\nid\n\n", "")]
    public async Task Place_IsTheIdAtTheLastBlankLine_WhereverTheNetworkCuts(string text, string? place)
    {
        foreach (var bytes in new[] { 1, 2, 3, 1000 })
        {
            await using var stream = new WatchedStream(
                new MemoryStream(Encoding.UTF8.GetBytes(text)),
                SkippingTime.Never,
                TimeProvider.System
            );
            var buffer = new byte[bytes];
            while (await stream.ReadAsync(buffer, TestContext.Current.CancellationToken) > 0) { }

            stream.LastId.ShouldBe(place, $"{bytes} bytes at once");
        }
    }

    [Fact]
    public async Task Stream_ThatIsSilentForTooLong_IsOpenedAnew()
    {
        await using var server = await ScriptedServer.StartAsync(
            Answer.Stream(Answer.Event(1), StreamEnd.Open),
            Answer.Stream(Answer.Event(2), StreamEnd.Open)
        );
        using var client = new TestClient(
            server.Address,
            new() { StreamSilence = TimeSpan.FromMilliseconds(300), RetryDelay = TimeSpan.FromMilliseconds(1) }
        );

        var events = await TakeAsync(client, 2);

        events.Select(one => one.Sequence).ShouldBe([1, 2]);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    public async Task Stream_ThatIsRefused_Ends(int status)
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Problem(status));
        using var client = new TestClient(server.Address);

        var problem = await Should.ThrowAsync<RecordingProblemException>(TakeAsync(client, 1));

        ((int)problem.StatusCode).ShouldBe(status);
        problem.Message.ShouldStartWith("GET /v1/events/stream was answered");
        server.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Stream_ThatIsNone_IsInvalidData()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Json("<html>Sign in</html>", type: "text/html"));
        using var client = new TestClient(server.Address);

        await Should.ThrowAsync<InvalidDataException>(TakeAsync(client, 1));
    }

    [Fact]
    public async Task Event_ThatCannotBeRead_IsInvalidData()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Stream("data: {\"type\":\"x\"}\n\n"));
        using var client = new TestClient(server.Address);

        await Should.ThrowAsync<InvalidDataException>(TakeAsync(client, 1));
    }

    [Fact]
    public async Task Stream_ThatIsCancelled_EndsAtOnce()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Stream("", StreamEnd.Open));
        using var client = new TestClient(server.Address);
        using var cancel = new CancellationTokenSource();

        var reading = TakeAsync(client, 1, cancellationToken: cancel.Token);
        await Testing.Eventually.HoldsAsync(() => server.Requests.Count == 1);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public async Task Feed_IsReadToItsEnd()
    {
        const string one =
            """{"id":"019900b7-e200-7cc1-9d6e-000000000001","type":"recording.uploaded","timestamp":"2026-09-01T08:00:06Z","sequence":1,"cursor":"c1","data":{"someday":1,"upload":{"run":1,"fileNames":["a.m3u8"],"fileCount":1}}}""";
        await using var server = await ScriptedServer.StartAsync(
            Answer.Json($$"""{"items":[{{one}},{{one}}],"next":"c2"}"""),
            // Many events do not match: that is no end.
            Answer.Json("""{"items":[],"next":"c1000"}"""),
            Answer.Json($$"""{"items":[{{one}}],"next":"c1001"}"""),
            Answer.Json("""{"items":[],"next":"c1001"}""")
        );
        using var client = new TestClient(server.Address);

        List<RecordingEvent> events = [];
        await foreach (
            var read in client.Api.ReadEventsAsync(
                "c0",
                new()
                {
                    Types = [RecordingEventTypes.Uploaded, RecordingEventTypes.BackedUp],
                    Project = "school",
                    Recording = TestClient.Id,
                },
                TestContext.Current.CancellationToken
            )
        )
        {
            events.Add(read);
        }

        events.Count.ShouldBe(3);
        events[0].Data.Upload!.FileNames.ShouldBe(["a.m3u8"]);
        server.Requests.Select(request => request.Query["after"]).ShouldBe(["c0", "c2", "c1000", "c1001"]);
        server.Requests.ShouldAllBe(request =>
            request.Path == "/v1/events"
            && request.Query["type"] == "recording.uploaded,recording.backed_up"
            && request.Query["project"] == "school"
            && request.Query["recording"] == $"{TestClient.Id}"
        );
    }

    private static async Task<List<RecordingEvent>> TakeAsync(
        TestClient client,
        int count,
        string? after = null,
        CancellationToken? cancellationToken = null
    )
    {
        List<RecordingEvent> events = [];
        await foreach (
            var one in client.Api.StreamEventsAsync(after, cancellationToken: cancellationToken ?? TestContext.Current.CancellationToken)
        )
        {
            events.Add(one);
            if (events.Count == count)
            {
                break;
            }
        }

        return events;
    }
}
