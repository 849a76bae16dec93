using RecordingService.Client.Tests.Support;

namespace RecordingService.Client.Tests.Service;

/// <summary>The events of the service itself: the feed, and the stream.</summary>
public sealed class EventTests(Deployment deployment) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CancellationToken cancelled = TestContext.Current.CancellationToken;
    private TestClient client = null!;

    private RecordingClient Api => client.Api;

    public async ValueTask InitializeAsync() => client = new TestClient(await deployment.AddressAsync(), new());

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Class_IsToldByStreamAndFeedAlike()
    {
        string? cursor = null;
        await foreach (var earlier in Api.ReadEventsAsync(cancellationToken: cancelled))
        {
            cursor = earlier.Cursor;
        }

        // The first connections of the stream are lost on their way.
        await using var relay = new CuttingRelay(await deployment.AddressAsync(), answersToLose: 2);
        using var behind = new TestClient(relay.Address, new() { RetryDelay = TimeSpan.FromMilliseconds(10) });
        List<RecordingEvent> streamed = [];
        var recording = await Api.StartAndWaitAsync(
            TestClient.Start("told") with
            {
                ExternalId = "lesson-9",
            },
            Patience,
            cancellationToken: cancelled
        );
        var filter = new EventFilter { Recording = recording.Id };
        // Without a cursor the stream would begin now; with it the acceptance is told, too.
        var stopping = Api.StopAndWaitAsync(recording.Id, Patience, cancelled);
        await foreach (var one in behind.Api.StreamEventsAsync(cursor ?? await FirstCursorAsync(recording.Id), filter, cancelled))
        {
            streamed.Add(one);
            if (one.Type == RecordingEventTypes.Completed)
            {
                break;
            }
        }

        await stopping;
        var read = await Api.ReadEventsAsync(cursor, filter, cancelled).ToListAsync(cancelled);

        streamed.Select(one => one.Id).ShouldBe(read.Select(one => one.Id).TakeLast(streamed.Count));
        read.Select(one => one.Sequence).ShouldBe(Enumerable.Range(1, read.Count).Select(number => (int?)number));
        read[0].Type.ShouldBe(RecordingEventTypes.Accepted);
        read.Select(one => one.Type).ShouldContain(RecordingEventTypes.Recording);
        var last = read.Last(one => one.Type == RecordingEventTypes.Completed);
        last.Data.ShouldSatisfyAllConditions(
            data => data.RecordingId.ShouldBe(recording.Id),
            data => data.Channel.ShouldBe("told"),
            data => data.ExternalId.ShouldBe("lesson-9"),
            data => data.Project.ShouldBe("demo"),
            data => data.RoomType.ShouldBe("lecture"),
            data => data.State.ShouldBe(RecordingState.Completed),
            data => data.EndReason.ShouldBe(EndReason.Requested),
            data => data.Href.ShouldBe($"/v1/recordings/{recording.Id}")
        );
        (await Api.ReadEventsAsync(read[^2].Cursor, filter, cancelled).ToListAsync(cancelled))
            .ShouldHaveSingleItem()
            .Id.ShouldBe(read[^1].Id);
        var completed = new EventFilter { Types = [RecordingEventTypes.Completed, RecordingEventTypes.Failed], Recording = recording.Id };
        (await Api.ReadEventsAsync(cursor, completed, cancelled).ToListAsync(cancelled)).ShouldHaveSingleItem().Id.ShouldBe(last.Id);
    }

    [Fact]
    public async Task Page_WaitsForAnEvent()
    {
        var recording = await Api.StartAsync(TestClient.Start("awaited"), cancellationToken: cancelled);
        var filter = new EventFilter { Recording = recording.Id, Types = [RecordingEventTypes.Recording] };

        var page = await Api.ReadEventPageAsync(null, filter, limit: 1, wait: Patience, cancelled);

        page.Items.ShouldHaveSingleItem().Data.State.ShouldBe(RecordingState.Recording);
    }

    [Fact]
    public async Task Cursor_ThatIsNone_IsRefused()
    {
        var read = await Should.ThrowAsync<RecordingProblemException>(
            Api.ReadEventsAsync("nonsense", cancellationToken: cancelled).ToListAsync(cancelled).AsTask()
        );
        var streamed = await Should.ThrowAsync<RecordingProblemException>(
            Api.StreamEventsAsync("nonsense", cancellationToken: cancelled).ToListAsync(cancelled).AsTask()
        );

        read.Violations.ShouldHaveSingleItem().Field.ShouldBe("after");
        streamed.Violations.ShouldHaveSingleItem().Field.ShouldBe("Last-Event-ID");
    }

    private async Task<string?> FirstCursorAsync(Guid id) =>
        (await Api.ReadEventPageAsync(null, new() { Recording = id }, limit: 1, cancellationToken: cancelled)).Items[0].Cursor;
}
