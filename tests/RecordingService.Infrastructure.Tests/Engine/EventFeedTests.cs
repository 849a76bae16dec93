using Npgsql;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Tests.Engine.Support;
using RecordingService.Testing;

namespace RecordingService.Infrastructure.Tests.Engine;

/// <summary>One order of all events, from which nothing is missed; and how they are followed.</summary>
public sealed class EventFeedTests(EngineDatabase server) : EngineTest(server)
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    /// <summary>The transaction with the lowest id commits last: a reader who is at the newest cursor by then still gets its event.</summary>
    [Fact]
    public async Task EventThatCommitsLate_ComesBehindEveryCursorThatWasGiven()
    {
        var replica = await StartReplicaAsync();
        var late = await replica.AcceptAsync("late");
        var reader = replica.Get<EventStore>();
        await using var held = await Database.OpenConnectionAsync(Cancellation);
        await using var transaction = await held.BeginTransactionAsync(Cancellation);
        await WriteAsync(held, late, 2);
        for (var n = 0; n < 5; n++)
        {
            await replica.AcceptAsync($"class{n}");
        }

        await reader.StampAsync(Cancellation);
        var (before, _) = await reader.ReadAsync(0, EventFilter.None, 100, Cancellation);
        await transaction.CommitAsync(Cancellation);
        await reader.StampAsync(Cancellation);
        var (after, _) = await reader.ReadAsync(before.Next, EventFilter.None, 100, Cancellation);

        before.Items.Count.ShouldBe(6);
        before.Items.ShouldNotContain(one => one.RecordingId == late && one.Sequence == 2);
        after.Items.ShouldHaveSingleItem().RecordingId.ShouldBe(late);
        (await ScalarAsync<long>("select id from recording.events where sequence = 2")).ShouldBeLessThan(
            await ScalarAsync<long>("select max(id) from recording.events")
        );
    }

    /// <summary>Writers whose transactions overlap, two replicas that stamp at once, and a reader who follows: each event once, in the order of its recording.</summary>
    [Fact]
    public async Task Reader_WhileTwoReplicasStampWhatManyWrite_GetsEachEventOnceAndInOrder()
    {
        const int writers = 6;
        const int events = 150;
        Replica[] replicas = [await StartReplicaAsync(), await StartReplicaAsync()];
        var recordings = await SeedAsync(writers);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var written = 0;
        var stampers = replicas.Select(replica => Task.Run(() => StampAsync(replica), Cancellation)).ToList();
        List<FeedEvent> read = [];
        var reading = Task.Run(ReadAsync, Cancellation);

        await Task.WhenAll(Enumerable.Range(0, writers).Select(n => Task.Run(() => WriteManyAsync(n), Cancellation)));
        await Eventually.HoldsAsync(() => read.Count >= written, Long);
        await over.CancelAsync();
        await Task.WhenAll([.. stampers, reading]);

        written.ShouldBe(writers * events);
        read.Count.ShouldBe(written);
        read.Select(one => one.Id).ShouldBeUnique();
        read.Select(one => one.Position).ShouldBe(read.Select(one => one.Position).Order());
        foreach (var ofOne in read.GroupBy(one => one.RecordingId))
        {
            ofOne.Select(one => one.Sequence).ShouldBe(Enumerable.Range(1, events));
        }

        async Task StampAsync(Replica replica)
        {
            while (!over.IsCancellationRequested)
            {
                await replica.Get<EventStore>().StampAsync(Cancellation);
            }
        }

        async Task ReadAsync()
        {
            var after = 0L;
            while (!over.IsCancellationRequested)
            {
                var (page, _) = await replicas[0].Get<EventStore>().ReadAsync(after, EventFilter.None, 50, Cancellation);
                read.AddRange(page.Items);
                after = page.Next;
            }
        }

        async Task WriteManyAsync(int writer)
        {
            // Ids are drawn early and committed late, each time by a different number of round trips.
            var random = new Random(writer);
            var recording = recordings[writer];
            for (var sequence = 1; sequence <= events; sequence++)
            {
                await using var connection = await Database.OpenConnectionAsync(Cancellation);
                await using var transaction = await connection.BeginTransactionAsync(Cancellation);
                await WriteAsync(connection, recording, sequence);
                for (var wait = random.Next(12); wait > 0; wait--)
                {
                    await using var nothing = new NpgsqlCommand("select 1", connection);
                    await nothing.ExecuteScalarAsync(Cancellation);
                }

                await transaction.CommitAsync(Cancellation);
                Interlocked.Increment(ref written);
            }
        }
    }

    [Fact]
    public async Task Stamp_WhileAnotherReplicaIsAtIt_IsLeftToThatOne()
    {
        var replica = await StartReplicaAsync();
        await replica.AcceptAsync();
        await using var other = await Database.OpenConnectionAsync(Cancellation);
        await using var transaction = await other.BeginTransactionAsync(Cancellation);
        await using var stamps = new NpgsqlCommand($"select pg_advisory_xact_lock({EventStore.StampLock})", other, transaction);
        await stamps.ExecuteNonQueryAsync(Cancellation);

        var meanwhile = await replica.Get<EventStore>().StampAsync(Cancellation);
        await transaction.CommitAsync(Cancellation);
        var afterwards = await replica.Get<EventStore>().StampAsync(Cancellation);

        meanwhile.ShouldBe((false, 0));
        afterwards.ShouldBe((true, 1));
    }

    [Fact]
    public async Task Read_WithFilters_GivesWhatMatchesAndGoesOnBehindWhatDoesNot()
    {
        var replica = await StartReplicaAsync(new() { Projects = [Replica.Project, "other"] });
        var one = await replica.AcceptAsync("one");
        var two = await replica.AcceptAsync("two");
        await replica.Requests.StopAsync(one, "test", Cancellation);
        await ExecuteAsync(
            "update recording.events set project_id = (select id from recording.projects where name = 'other') where recording_id = "
                + $"'{two}'"
        );
        await replica.Get<EventStore>().StampAsync(Cancellation);

        (await IdsAsync(EventFilter.None)).ShouldBe([one, two]);
        (await IdsAsync(new(RecordingId: two))).ShouldBe([two]);
        (await IdsAsync(new(Projects: ["other"]))).ShouldBe([two]);
        (await IdsAsync(new(Projects: [Replica.Project]))).ShouldBe([one]);
        (await IdsAsync(new(Projects: []))).ShouldBeEmpty();
        (await IdsAsync(new(Types: [EventTypes.Accepted]))).ShouldBe([one, two]);
        (await IdsAsync(new(Types: [EventTypes.Failed]))).ShouldBeEmpty();
        var feed = await FollowAsync(replica);
        var nothing = await feed.ReadStoredAsync(0, new(Types: [EventTypes.Failed]), 10, Cancellation);
        nothing.Items.ShouldBeEmpty();
        nothing.Next.ShouldBe(await feed.EndAsync(Cancellation), "otherwise the same would be looked at for ever");

        async Task<IEnumerable<Guid?>> IdsAsync(EventFilter filter) =>
            (await replica.Get<EventStore>().ReadAsync(0, filter, 100, Cancellation)).Page.Items.Select(item => item.RecordingId);
    }

    [Fact]
    public async Task Wait_OneRecordingThatHasNothingNew_DoesNotLookAgainAndAgain()
    {
        var replica = await StartReplicaAsync();
        var quiet = await replica.AcceptAsync("quiet");
        var feed = await FollowAsync(replica);
        var end = await WaitForAsync(feed, quiet);
        await replica.AcceptAsync("loud");
        await feed.WaitAsync(end, Long, Cancellation);

        var page = await feed.ReadStoredAsync(end, new(RecordingId: quiet), 10, Cancellation);

        page.Items.ShouldBeEmpty();
        page.Next.ShouldBeGreaterThan(end);
    }

    [Fact]
    public async Task Wait_WriterOnTheSameReplica_EndsIt()
    {
        var replica = await StartReplicaAsync(
            new() { Configuration = new Dictionary<string, string?> { ["EventFeed:Poll"] = "00:00:05" } }
        );
        var feed = await FollowAsync(replica);
        // The first look of all finds what is there; only after it the next one is seconds away.
        var end = await WaitForAsync(feed, await replica.AcceptAsync("before"));
        var waiting = feed.WaitAsync(end, Long, Cancellation);

        var id = await replica.AcceptAsync("afterwards");

        (await waiting.WaitAsync(TimeSpan.FromSeconds(3), Cancellation)).ShouldBeTrue("the writer wakes it: a look is seconds away");
        var page = await feed.ReadAsync(end, EventFilter.None, 10, Cancellation);
        page.Items.ShouldHaveSingleItem().RecordingId.ShouldBe(id);
    }

    [Fact]
    public async Task Wait_WriterOnAnotherReplicaThatDiesBeforeItStamps_EndsIt()
    {
        var writer = await StartReplicaAsync();
        var feed = await FollowAsync(await StartReplicaAsync());
        var waiting = feed.WaitAsync(0, Long, Cancellation);

        // Its own feed does not run.
        var id = await writer.AcceptAsync();

        (await waiting).ShouldBeTrue();
        (await feed.ReadAsync(0, EventFilter.None, 10, Cancellation)).Items.ShouldHaveSingleItem().RecordingId.ShouldBe(id);
    }

    [Fact]
    public async Task Wait_NothingComes_IsOverInTimeAndByCancellation()
    {
        var feed = await FollowAsync(await StartReplicaAsync());
        using var leaves = new CancellationTokenSource();
        var leaving = feed.WaitAsync(0, Timeout.InfiniteTimeSpan, leaves.Token);

        (await feed.WaitAsync(0, TimeSpan.FromMilliseconds(50), Cancellation)).ShouldBeFalse();
        await leaves.CancelAsync();

        (await leaving).ShouldBeFalse();
        await Should.ThrowAsync<OperationCanceledException>(() => feed.WaitAsync(0, leaves.Token));
    }

    [Fact]
    public async Task Reader_FarBehindWhatIsKept_GetsEverythingInOrder()
    {
        const int count = 60;
        var replica = await StartReplicaAsync(new() { Configuration = new Dictionary<string, string?> { ["EventFeed:Kept"] = "10" } });
        var feed = await FollowAsync(replica);
        for (var n = 0; n < count; n++)
        {
            await replica.AcceptAsync($"class{n}");
        }

        List<FeedEvent> read = [];
        var after = 0L;
        while (read.Count < count && await feed.WaitAsync(after, Long, Cancellation))
        {
            var page = await feed.ReadAsync(after, EventFilter.None, 7, Cancellation);
            read.AddRange(page.Items);
            after = page.Next;
        }

        read.Count.ShouldBe(count);
        read.Select(one => one.Position).ShouldBe(read.Select(one => one.Position).Order());
        read.Select(one => one.Id).ShouldBeUnique();
    }

    /// <summary>A fault of the feed alone, which nothing else tells of.</summary>
    [Fact]
    public async Task Feed_ItsTableIsGoneForAWhile_SaysSoAndGoesOn()
    {
        var replica = await StartReplicaAsync();
        var feed = await FollowAsync(replica);
        var first = await replica.AcceptAsync("before");
        var end = await WaitForAsync(feed, first);
        await ExecuteAsync("alter table recording.events rename to elsewhere");
        using var follower = new CancellationTokenSource();
        var following = feed.WaitAsync(end, Timeout.InfiniteTimeSpan, follower.Token);
        await Eventually.HoldsAsync(() => replica.Log.Of(2023).Count > 0, Long);
        await ExecuteAsync("alter table recording.elsewhere rename to events");

        var second = await replica.AcceptAsync("afterwards");

        (await following.WaitAsync(Long, Cancellation)).ShouldBeTrue();
        (await feed.ReadAsync(end, EventFilter.None, 10, Cancellation)).Items.ShouldHaveSingleItem().RecordingId.ShouldBe(second);
    }

    [Fact]
    public async Task Feed_ThatMayNotGivePlaces_SaysSoAndIsMeasured()
    {
        var replica = await StartReplicaAsync();
        (await replica.Get<EventStore>().DelayAsync(Cancellation)).ShouldBe(TimeSpan.Zero);
        await replica.AcceptAsync();
        await ExecuteAsync(
            """
            update recording.events set at = now() - interval '1 hour';
            create function recording.refuse() returns trigger language plpgsql as $$ begin raise exception 'refused' using errcode = '42501'; end $$;
            create trigger refuse before update of position on recording.events for each row execute function recording.refuse();
            """
        );

        await FollowAsync(replica);

        await Eventually.HoldsAsync(() => replica.Log.Of(2023).Count > 0, Long);
        replica.Log.Of(2024).ShouldBeEmpty();
        (await replica.Get<EventStore>().DelayAsync(Cancellation)).ShouldBeInRange(TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(61));
    }

    [Theory]
    [InlineData("42501", false)]
    [InlineData("42P01", false)]
    [InlineData("23505", false)]
    [InlineData("57014", false)]
    [InlineData("XX001", false)]
    [InlineData("08006", true)]
    [InlineData("57P01", true)]
    [InlineData("57P03", true)]
    [InlineData("53300", true)]
    public void Failure_IsOfTheWholeDatabaseOrOfTheFeedAlone(string sqlState, bool isAway) =>
        EventFeed.IsAway(new PostgresException("as told", "ERROR", "ERROR", sqlState)).ShouldBe(isAway);

    /// <summary>What was settled last before a replica stops, by a writer whose news reach nobody else.</summary>
    [Fact]
    public async Task Stop_GivesTheirPlacesToTheLastEvents()
    {
        var replica = await StartReplicaAsync(
            new() { Configuration = new Dictionary<string, string?> { ["EventFeed:Poll"] = "00:00:05" } }
        );
        var writer = await StartReplicaAsync();
        var feed = await FollowAsync(replica);
        await WaitForAsync(feed, await replica.AcceptAsync("first"));

        await writer.AcceptAsync("last");
        await feed.StopAsync(Cancellation);

        (await ScalarAsync<long>("select count(*) from recording.events where position is null")).ShouldBe(0);
    }

    /// <summary>A standby took over that had not received everything: positions are given out once more.</summary>
    [Fact]
    public async Task Feed_DatabaseThatWentBack_IsReadAnew()
    {
        var replica = await StartReplicaAsync();
        var feed = await FollowAsync(replica);
        for (var n = 0; n < 3; n++)
        {
            await WaitForAsync(feed, await replica.AcceptAsync($"lost{n}"));
        }

        await ExecuteAsync("delete from recording.events; select setval('recording.event_position', 1, false)");
        await Eventually.HoldsAsync(() => replica.Log.Of(2026).Count > 0, Long);
        var id = await replica.AcceptAsync("new");

        (await feed.WaitAsync(0, Long, Cancellation)).ShouldBeTrue();
        var page = await feed.ReadAsync(0, EventFilter.None, 10, Cancellation);
        (page.Items.ShouldHaveSingleItem().RecordingId, page.Next).ShouldBe((id, 1));
        replica.Log.Of(2026).ShouldHaveSingleItem();
    }

    /// <summary>Operators remove final recordings by hand, and may forget their events.</summary>
    [Fact]
    public async Task Events_OfARecordingThatWasRemoved_AreLeftOut()
    {
        var replica = await StartReplicaAsync();
        var gone = await replica.AcceptAsync("gone");
        await ExecuteAsync($"delete from recording.recordings where id = '{gone}'");

        var feed = await FollowAsync(replica);

        (await feed.WaitAsync(0, Long, Cancellation)).ShouldBeTrue("it goes on behind a page that has nothing to tell");
        var (page, isEnd) = await replica.Get<EventStore>().ReadAsync(0, EventFilter.None, 1, Cancellation);
        (page.Items.Count, page.Next, isEnd).ShouldBe((0, 1, false));
        var later = await replica.AcceptAsync("later");
        await WaitForAsync(feed, later);
        (await feed.ReadStoredAsync(0, EventFilter.None, 10, Cancellation)).Items.ShouldHaveSingleItem().RecordingId.ShouldBe(later);
    }

    [Fact]
    public void Cursor_IsReadAsWritten_AndNothingElseIs()
    {
        foreach (var position in new[] { 0, 1, 4711, long.MaxValue })
        {
            EventCursor.Read(EventCursor.Write(position)).ShouldBe(position);
        }

        foreach (
            var text in new[]
            {
                "",
                "0",
                "4711",
                "AQAAAAAAAAA",
                "AQAAAAAAAAAAA",
                "AgAAAAAAAAAB",
                "AQ_______w==",
                "Af________8",
                "!!!!!!!!!!!!",
            }
        )
        {
            EventCursor.Read(text).ShouldBeNull(text);
        }

        // A negative position.
        EventCursor.Read("Af__________").ShouldBeNull();
    }

    [Fact]
    public async Task Position_ThatWasNeverGiven_IsKnownToBeSo()
    {
        var replica = await StartReplicaAsync();
        var feed = await FollowAsync(replica);
        var end = await WaitForAsync(feed, await replica.AcceptAsync());

        (await feed.WasGivenAsync(end, Cancellation)).ShouldBeTrue();
        (await feed.WasGivenAsync(end + 1, Cancellation)).ShouldBeFalse();
        await ExecuteAsync("delete from recording.events");
        (await replica.Get<EventStore>().EndAsync(Cancellation)).Given.ShouldBe(end, "a reader who was there may go on");
    }

    /// <summary>Starts the feed of a replica.</summary>
    private static async Task<EventFeed> FollowAsync(Replica replica)
    {
        replica.State.IsReady = true;
        var feed = replica.Get<EventFeed>();
        await feed.StartAsync(Cancellation);
        return feed;
    }

    /// <summary>The end of the feed once it has an event of a recording.</summary>
    private static async Task<long> WaitForAsync(EventFeed feed, Guid id)
    {
        var after = 0L;
        while (await feed.WaitAsync(after, Long, Cancellation))
        {
            var page = await feed.ReadAsync(after, EventFilter.None, 100, Cancellation);
            after = page.Next;
            if (page.Items.Any(one => one.RecordingId == id))
            {
                return after;
            }
        }

        throw new TimeoutException($"The feed never told of {id}.");
    }

    private static async Task WriteAsync(NpgsqlConnection connection, Guid recording, int sequence)
    {
        await using var command = new NpgsqlCommand(
            $$"""
            insert into recording.events (event_id, recording_id, project_id, sequence, type, at, data)
            select gen_random_uuid(), '{{recording}}', min(id), {{sequence}}, 'recording.starting', now(), '{"state":"starting","files":"pending"}'
            from recording.projects
            """,
            connection
        );
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
