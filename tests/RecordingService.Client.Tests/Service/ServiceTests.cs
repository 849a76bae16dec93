using System.Net;
using RecordingService.Client.Tests.Support;
using RecordingService.Testing;

namespace RecordingService.Client.Tests.Service;

/// <summary>The client with the service itself.</summary>
public sealed class ServiceTests(Deployment deployment) : IAsyncLifetime
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
    public async Task Class_FromItsStartToItsPlaylist()
    {
        var started = await Api.StartAndWaitAsync(
            TestClient.Start("whole") with
            {
                ExternalId = "lesson-1",
                MaxDuration = TimeSpan.FromMinutes(90),
                Metadata = new Dictionary<string, string> { ["teacher"] = "Ada" },
            },
            Patience,
            cancellationToken: cancelled
        );
        started.ConfirmedAt.ShouldNotBeNull();
        started.MaxDuration.ShouldBe(TimeSpan.FromMinutes(90));
        (await Api.WaitUntilRecordingAsync(started.Id, Patience, cancelled)).State.ShouldBe(RecordingState.Recording);
        // As long as a class: some slices are there.
        await Eventually.HoldsAsync(() => deployment.Agora.Journal.Recorded("whole") > TimeSpan.FromSeconds(40));
        (await Api.ChangeAsync(started.Id, new() { Metadata = new Dictionary<string, string> { ["teacher"] = "Grace" } }, cancelled))
            .Metadata!["teacher"]
            .ShouldBe("Grace");

        var stopped = await Api.StopAndWaitAsync(started.Id, Patience, cancelled);

        stopped.State.ShouldBe(RecordingState.Completed);
        stopped.EndReason.ShouldBe(EndReason.Requested);
        stopped.Files.State.ShouldBe(FilesState.Complete);
        (await Api.WaitUntilFinalAsync(started.Id, Patience, cancelled)).EndedAt.ShouldBe(stopped.EndedAt.ShouldNotBeNull());
        var playlist = (await Api.GetPlaylistUrlAsync(started.Id, cancelled)).ShouldNotBeNull();
        playlist.AbsolutePath.ShouldEndWith($"/{stopped.Runs.Single().Agora.Sid}_whole.m3u8");
        using var http = new HttpClient();
        (await http.GetStringAsync(playlist, cancelled)).ShouldStartWith("#EXTM3U");
        var files = await Api.GetFilesAsync(started.Id, cancelled);
        files.State.ShouldBe(FilesState.Complete);
        files
            .Items[0]
            .ShouldSatisfyAllConditions(
                file => file.Kind.ShouldBe(RecordingFileKind.Playlist),
                file => file.Url.ShouldBe(playlist),
                file => file.Verified.ShouldBeTrue(),
                file => file.Duration.ShouldNotBeNull().ShouldBeGreaterThan(TimeSpan.FromSeconds(30))
            );
        (await Api.GetDiagnosisAsync(started.Id, cancelled)).Causes.ShouldBeEmpty();
        var lines = await Api.GetTimelineAsync(started.Id, cancellationToken: cancelled).ToListAsync(cancelled);
        lines[0].Kind.ShouldBe("request");
        lines.Select(line => line.Message).ShouldContain("Asked to stop.");
        lines.ShouldContain(line => line.Kind == "answer" && line.Detail.ContainsKey("httpStatus"));
        (await Api.GetTimelineAsync(started.Id, lines[^2].Sequence, cancelled).ToListAsync(cancelled)).ShouldHaveSingleItem();
        // A stop may come twice.
        (await Api.StopAsync(started.Id, cancelled)).State.ShouldBe(RecordingState.Completed);
    }

    [Fact]
    public async Task Start_WhoseAnswerIsLost_MakesOneRecording()
    {
        // Once its recording is stopped, a start in the same channel would make another one: only the key tells that the same is meant.
        await using var relay = new CuttingRelay(
            await deployment.AddressAsync(),
            answersToLose: 2,
            () => Api.StopChannelAsync("lost", cancellationToken: cancelled)
        );
        using var behind = new TestClient(relay.Address, new() { RetryDelay = TimeSpan.FromMilliseconds(10) });

        var recording = await behind.Api.StartAsync(TestClient.Start("lost"), cancellationToken: cancelled);

        relay.Left.ShouldBe(0);
        var listed = await Api.ListAsync(new() { Channel = "lost" }, cancelled).ToListAsync(cancelled);
        listed.ShouldHaveSingleItem().Id.ShouldBe(recording.Id);
    }

    [Fact]
    public async Task Start_WithTheKeyOfAStoppedRecording_IsThatRecording()
    {
        var first = await Api.StartAsync(TestClient.Start("keyed"), "lesson-4711", cancelled);
        await Api.StopAsync(first.Id, cancelled);

        var same = await Api.StartAsync(TestClient.Start("keyed"), "lesson-4711", cancelled);
        var other = await Api.StartAsync(TestClient.Start("keyed"), cancellationToken: cancelled);

        same.Id.ShouldBe(first.Id);
        other.Id.ShouldNotBe(first.Id);
        var problem = await Should.ThrowAsync<RecordingProblemException>(
            Api.StartAsync(TestClient.Start("another"), "lesson-4711", cancelled)
        );
        problem.Code.ShouldBe("idempotency-key-reused");
        problem.RecordingId.ShouldBe(first.Id);
    }

    [Fact]
    public async Task Stop_WhoseAnswerIsLost_IsAskedAgain()
    {
        var recording = await Api.StartAsync(TestClient.Start("stop-lost"), cancellationToken: cancelled);
        await using var relay = new CuttingRelay(await deployment.AddressAsync(), answersToLose: 1);
        using var behind = new TestClient(relay.Address, new() { RetryDelay = TimeSpan.FromMilliseconds(10) });

        (await behind.Api.StopAsync(recording.Id, cancelled)).StopRequestedAt.ShouldNotBeNull();

        relay.Left.ShouldBe(0);
    }

    [Fact]
    public async Task Problems_OfTheService_AreTyped()
    {
        var invalid = await Should.ThrowAsync<RecordingProblemException>(
            Api.StartAsync(
                new()
                {
                    Channel = "ä",
                    RoomType = "circus",
                    Label = "Ü",
                },
                cancellationToken: cancelled
            )
        );
        invalid.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        invalid.Code.ShouldBe("invalid-request");
        invalid.Violations.Select(violation => violation.Field).ShouldBe(["channel", "roomType", "label"], ignoreOrder: true);
        invalid.Violations.Single(violation => violation.Field == "roomType").Value.ShouldBe("circus");
        invalid.TraceId.ShouldNotBeNullOrEmpty();

        var live = await Api.StartAsync(TestClient.Start("differs"), cancellationToken: cancelled);
        var differs = await Should.ThrowAsync<RecordingProblemException>(
            Api.StartAsync(TestClient.Start("differs") with { MaxDuration = TimeSpan.FromMinutes(90) }, cancellationToken: cancelled)
        );
        differs.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        differs.RecordingId.ShouldBe(live.Id);
        differs
            .Differences.ShouldHaveSingleItem()
            .ShouldBe(
                new()
                {
                    Field = "maxDuration",
                    Asked = "PT1H30M",
                    Live = "PT4H",
                }
            );

        (await Should.ThrowAsync<RecordingProblemException>(Api.GetAsync(Guid.NewGuid(), cancelled))).Code.ShouldBe("not-found");
        (
            await Should.ThrowAsync<RecordingProblemException>(
                Api.ListAsync(new() { PageSize = 201 }, cancelled).ToListAsync(cancelled).AsTask()
            )
        )
            .Violations.ShouldHaveSingleItem()
            .Field.ShouldBe("limit");
    }

    [Fact]
    public async Task List_IsReadOverItsPages()
    {
        List<Guid> ids = [];
        for (var i = 0; i < 5; i++)
        {
            ids.Add((await Api.StartAsync(TestClient.Start($"list-{i}") with { ExternalId = "list" }, cancellationToken: cancelled)).Id);
        }

        foreach (var size in new[] { 1, 2, 5, 200 })
        {
            var listed = await Api.ListAsync(new() { ExternalId = "list", PageSize = size }, cancelled).ToListAsync(cancelled);
            listed.Select(recording => recording.Id).ShouldBe(ids.AsEnumerable().Reverse(), $"pages of {size}");
        }

        var middle = await Api.GetAsync(ids[2], cancelled);
        (await Api.ListAsync(new() { ExternalId = "list", From = middle.AcceptedAt }, cancelled).ToListAsync(cancelled)).Count.ShouldBe(3);
        (
            await Api.ListAsync(new() { ExternalId = "list", To = middle.AcceptedAt.ToOffset(TimeSpan.FromHours(5)) }, cancelled)
                .ToListAsync(cancelled)
        )
            .Select(recording => recording.Id)
            .ShouldBe([ids[1], ids[0]]);
        (
            await Api.ListAsync(new() { ExternalId = "list", State = RecordingState.Completed }, cancelled).ToListAsync(cancelled)
        ).ShouldBeEmpty();
    }

    [Fact]
    public async Task Layout_IsChangedInItsVersionOnly()
    {
        var recording = await Api.StartAsync(TestClient.Start("layout"), cancellationToken: cancelled);
        var first = await Api.GetLayoutAsync(recording.Id, cancelled);

        var second = await Api.ChangeLayoutAsync(
            recording.Id,
            new()
            {
                Kind = VideoLayout.Vertical,
                LargeUid = 7,
                BackgroundColor = "#101010",
            },
            first.Version,
            cancelled
        );
        var late = await Should.ThrowAsync<RecordingProblemException>(
            Api.ChangeLayoutAsync(recording.Id, new() { BackgroundColor = "#202020" }, first.Version, cancelled)
        );
        var third = await Api.ChangeLayoutAsync(
            recording.Id,
            new() { Kind = Change.ToDefault, LargeUid = Change.ToDefault },
            cancellationToken: cancelled
        );

        second.Version.ShouldBe(first.Version + 1);
        (second.Layout.Kind, second.Layout.LargeUid).ShouldBe((VideoLayout.Vertical, 7u));
        late.Code.ShouldBe("precondition-failed");
        third.Layout.ShouldSatisfyAllConditions(
            layout => layout.Kind.ShouldBe(VideoLayout.BestFit),
            layout => layout.LargeUid.ShouldBeNull(),
            // What was not named stays.
            layout => layout.BackgroundColor.ShouldBe("#101010")
        );

        var everybody = await Api.GetSubscriptionAsync(recording.Id, cancelled);
        var some = await Api.ChangeSubscriptionAsync(
            recording.Id,
            new() { Audio = new UserSelection { Only = [7, 8] } },
            everybody.Version,
            cancelled
        );
        some.Subscription.Audio!.Only.ShouldBe([7u, 8u]);
        some.Subscription.Video.ShouldBeNull();
        (
            await Api.ChangeSubscriptionAsync(recording.Id, new() { Audio = Change.ToDefault }, cancellationToken: cancelled)
        ).Subscription.Audio.ShouldBeNull();
    }

    [Fact]
    public async Task Operator_ChecksReplacesAndCloses()
    {
        var order = new OperatorActionRequest { Operator = "Grace", Note = "The picture is black." };
        var recording = await Api.StartAndWaitAsync(TestClient.Start("operated"), Patience, cancellationToken: cancelled);

        (await Api.RecheckAsync(recording.Id, order, Patience, cancellationToken: cancelled)).State.ShouldBe(RecordingState.Recording);
        (await Api.ReplaceRecorderAsync(recording.Id, order, Patience, "replace-1", cancelled)).Runs.Count.ShouldBe(2);
        (await Api.ReplaceRecorderAsync(recording.Id, order, Patience, "replace-1", cancelled)).Runs.Count.ShouldBe(2);
        var closed = await Api.CloseAsync(recording.Id, order, Patience, cancellationToken: cancelled);

        closed.State.ShouldBe(RecordingState.Failed);
        closed.Reason!.Code.ShouldBe("closed_by_operator");
        closed.Reason.Message.ShouldContain("Grace");
        (
            await Should.ThrowAsync<RecordingProblemException>(Api.CloseAsync(recording.Id, order, cancellationToken: cancelled))
        ).Code.ShouldBe("not-in-this-state");
    }

    [Fact]
    public async Task StopChannel_StopsWhatIsLive()
    {
        var main = await Api.StartAsync(TestClient.Start("several!#$%&()+-:;<=.>?@[]^_{}|~, x"), cancellationToken: cancelled);
        var second = await Api.StartAsync(TestClient.Start(main.Channel) with { Label = "second" }, cancellationToken: cancelled);

        var labelled = await Api.StopChannelAsync(main.Channel, label: "second", cancellationToken: cancelled);
        var rest = await Api.StopChannelAsync(main.Channel, "demo", cancellationToken: cancelled);

        labelled.ShouldHaveSingleItem().Id.ShouldBe(second.Id);
        rest.ShouldHaveSingleItem().Id.ShouldBe(main.Id);
        (await Api.StopChannelAsync(main.Channel, cancellationToken: cancelled)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Wait_ThatIsTooShort_LeavesTheRecordingAsItIs()
    {
        var late = await Should.ThrowAsync<RecordingWaitTimeoutException>(
            Api.StartAndWaitAsync(TestClient.Start("hasty"), TimeSpan.FromMilliseconds(1), cancellationToken: cancelled)
        );

        late.Recording!.State.ShouldBeOneOf(RecordingState.Accepted, RecordingState.Starting);
        (await Api.WaitUntilRecordingAsync(late.Recording.Id, Patience, cancelled)).State.ShouldBe(RecordingState.Recording);
    }
}
