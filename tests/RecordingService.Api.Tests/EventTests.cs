using System.Text.Json;
using RecordingService.Api.Events;
using RecordingService.Api.OpenApi;
using RecordingService.Api.Problems;
using RecordingService.Api.Tests.Support;
using RecordingService.Infrastructure.Engine;
using RecordingService.Testing;

namespace RecordingService.Api.Tests;

/// <summary>What happened to recordings, read on from a cursor and followed over real HTTP.</summary>
public sealed class EventTests(ApiPostgres postgres) : IAsyncLifetime
{
    private TestApi api = null!;

    public async ValueTask InitializeAsync() => api = await StartAsync();

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Fact]
    public async Task Feed_WalkedByNext_GivesEachEventOnceInItsOrder()
    {
        List<Guid> ids = [];
        for (var i = 0; i < 7; i++)
        {
            ids.Add(await api.RecordAsync($"walk-{i}"));
        }

        await StampedAsync(7);

        List<Guid> walked = [];
        var after = "";
        while (walked.Count < 100)
        {
            var page = await FeedAsync($"?limit=3{after}");
            walked.AddRange(Items(page).Select(IdOf));
            after = $"&after={page.GetProperty("next").GetString()}";
            if (Items(page).Count == 0)
            {
                break;
            }
        }

        walked.ShouldBe(ids);
        var id = await api.RecordAsync("later");
        await StampedAsync(8);
        Items(await FeedAsync($"?limit=3{after}")).Select(IdOf).ShouldBe([id]);
    }

    [Fact]
    public async Task Event_IsWhatTheContractSays()
    {
        var id = await api.RecordAsync("contract", more: ""","externalId":"lesson-1" """);
        await StampedAsync(1);

        var item = Items(await FeedAsync()).ShouldHaveSingleItem();

        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
        };
        ApiJson.Configure(options);
        var told = item.Deserialize<EventResource>(options)!;
        told.Type.ShouldBe(EventType.Accepted);
        told.Sequence.ShouldBe(1);
        told.Cursor.ShouldBe((await FeedAsync()).GetProperty("next").GetString());
        told.Data.RecordingId.ShouldBe(id);
        told.Data.Channel.ShouldBe("contract");
        told.Data.ExternalId.ShouldBe("lesson-1");
        told.Data.Project.ShouldBe("school");
        told.Data.Href.ShouldBe($"/v1/recordings/{id}");
        using var recording = await api.GetAsync(told.Data.Href);
        var resource = await recording.ShouldBeAsync(200);
        resource.GetProperty("acceptedAt").GetDateTimeOffset().ShouldBe(told.Timestamp);
        // Written by hand in one place and described in another.
        JsonSerializer.Serialize(told, options).Replace("+00:00", "Z", StringComparison.Ordinal).ShouldBe(item.GetRawText());
    }

    [Fact]
    public void Types_OfTheContract_AreThoseOfTheFeed()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        ApiJson.Configure(options);

        Enum.GetValues<EventType>().Select(type => JsonSerializer.SerializeToElement(type, options).GetString()).ShouldBe(EventTypes.All);
    }

    [Fact]
    public async Task Feed_Filters_GiveWhatMatchesAll()
    {
        var one = await api.RecordAsync("filter-one");
        var two = await api.RecordAsync("filter-two");
        await StampedAsync(2);

        (await FindAsync($"recording={two}")).ShouldBe([two]);
        (await FindAsync("project=SCHOOL")).ShouldBe([one, two]);
        (await FindAsync("project=closed-school")).ShouldBeEmpty();
        (await FindAsync("type=recording.accepted,recording.failed")).ShouldBe([one, two]);
        (await FindAsync("type=recording.failed")).ShouldBeEmpty();
        (await FindAsync($"type=recording.accepted&recording={one}&project=school")).ShouldBe([one]);
        // A project keeps its events when it is configured no more.
        await api.HappensAsync(
            $"""
            insert into recording.projects (name, load) values ('former', 0);
            update recording.events set project_id = (select id from recording.projects where name = 'former') where recording_id = '{two}'
            """
        );
        (await FindAsync("project=Former")).ShouldBe([two]);

        async Task<IEnumerable<Guid>> FindAsync(string query) => Items(await FeedAsync($"?{query}")).Select(IdOf);
    }

    [Theory]
    [InlineData("/v1/events?after=4711", "after")]
    [InlineData("/v1/events?after=", "after")]
    [InlineData("/v1/events?after=AQAAAAAAAABj", "after")]
    [InlineData("/v1/events?limit=1001", "limit")]
    [InlineData("/v1/events?limit=0", "limit")]
    [InlineData("/v1/events?type=recording.exploded", "type")]
    [InlineData("/v1/events?type=recording.failed,,", "type")]
    [InlineData("/v1/events?recording=4711", "recording")]
    [InlineData("/v1/events?since=now", "since")]
    [InlineData("/v1/events/stream?after=4711", "after")]
    [InlineData("/v1/events/stream?after=AQAAAAAAAABj", "after")]
    [InlineData("/v1/events/stream?limit=1", "limit")]
    public async Task Query_ThatMakesNoSense_IsRefusedNamingIt(string path, string field)
    {
        using var answer = await api.GetAsync(path);

        (await answer.ShouldBeAsync(Problem.InvalidRequest)).Violations!.Select(violation => violation.Field).ShouldBe([field]);
    }

    [Theory]
    [InlineData("4711")]
    [InlineData("AQAAAAAAAABj")]
    public async Task LastEventId_MalformedOrOfTheFuture_IsRefused(string id)
    {
        using var answer = await api.SendAsync(HttpMethod.Get, "/v1/events/stream", null, ("Last-Event-ID", id));

        (await answer.ShouldBeAsync(Problem.InvalidRequest)).Violations!.Single().Field.ShouldBe("Last-Event-ID");
    }

    [Fact]
    public async Task Feed_WithPreferWait_AnswersAsSoonAsThereIsSomethingThatMatches()
    {
        var first = await api.RecordAsync("before");
        await StampedAsync(1);
        var next = (await FeedAsync()).GetProperty("next").GetString();
        var waiting = api.SendAsync(HttpMethod.Get, $"/v1/events?after={next}&type=recording.failed", null, ("Prefer", "wait=60"));

        // Something that does not match wakes it, and does not answer it.
        await api.RecordAsync("in between");
        await StampedAsync(2);
        waiting.IsCompleted.ShouldBeFalse();
        await HappensAsync(first, "recording.failed", 2);

        using var answer = await waiting.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        Items(await answer.ShouldBeAsync(200)).ShouldHaveSingleItem().GetProperty("type").GetString().ShouldBe("recording.failed");
        answer.Headers.GetValues("Preference-Applied").ShouldBe(["wait=60"]);
    }

    [Fact]
    public async Task Feed_WithPreferWait_AndNothingComes_AnswersEmptyInTime()
    {
        using var answer = await api.SendAsync(HttpMethod.Get, "/v1/events", null, ("Prefer", "wait=1"));

        var page = await answer.ShouldBeAsync(200);
        Items(page).ShouldBeEmpty();
        EventCursor.Read(page.GetProperty("next").GetString()!).ShouldBe(0);
    }

    [Fact]
    public async Task Stream_WithoutACursor_TellsWhatHappensFromNowOn()
    {
        await api.RecordAsync("before");
        await StampedAsync(1);
        using var stream = await EventSource.OpenAsync(api.Http);

        var id = await api.RecordAsync("now");
        var told = (await stream.NextAsync())!;

        stream.Answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        stream.Answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        told.Event.ShouldBe("recording.accepted");
        IdOf(told.Json).ShouldBe(id);
        told.Json.GetProperty("cursor").GetString().ShouldBe(told.Id);
        told.Data.ShouldBe(Items(await FeedAsync())[^1].GetRawText(), "one event, the same everywhere");
    }

    [Fact]
    public async Task Stream_ComingBackWithLastEventId_MissesNothingAndRepeatsNothing()
    {
        List<Guid> told = [];
        string? last = null;
        using (var stream = await EventSource.OpenAsync(api.Http))
        {
            var first = await api.RecordAsync("first");
            var frame = (await stream.NextAsync())!;
            IdOf(frame.Json).ShouldBe(first);
            last = frame.Id;
        }

        List<Guid> meanwhile = [await api.RecordAsync("second"), await api.RecordAsync("third")];
        // The header is newer than the address that the client was made with.
        using var again = await EventSource.OpenAsync(api.Http, $"?after={EventCursor.Write(0)}", last);
        var now = await api.RecordAsync("fourth");

        for (var i = 0; i < 3; i++)
        {
            told.Add(IdOf((await again.NextAsync())!.Json));
        }

        told.ShouldBe([.. meanwhile, now]);
    }

    [Fact]
    public async Task Stream_WithFilters_TellsOnlyWhatMatches()
    {
        var one = await api.RecordAsync("one");
        var two = await api.RecordAsync("two");
        await StampedAsync(2);
        using var stream = await EventSource.OpenAsync(
            api.Http,
            $"?after={EventCursor.Write(0)}&recording={two}&type=recording.accepted,recording.failed&project=School"
        );

        IdOf((await stream.NextAsync())!.Json).ShouldBe(two);
        await HappensAsync(one, "recording.failed", 2);
        await HappensAsync(two, "recording.starting", 2);
        await HappensAsync(two, "recording.failed", 3);

        (await stream.NextAsync())!.Json.GetProperty("sequence").GetInt32().ShouldBe(3);
    }

    [Fact]
    public async Task Stream_NothingHappens_SendsComments()
    {
        await using var quick = await StartAsync(("EventFeed:Heartbeat", "00:00:00.2"));
        using var stream = await EventSource.OpenAsync(quick.Http);

        for (var i = 0; i < 4; i++)
        {
            (await stream.NextFrameAsync())!.IsComment.ShouldBeTrue();
        }
    }

    /// <summary>Events that a reader does not want keep no proxy from taking its connection for dead.</summary>
    [Fact]
    public async Task Stream_OnlyOtherThingsHappen_SendsCommentsAllTheSame()
    {
        await using var quick = await StartAsync(("EventFeed:Heartbeat", "00:00:01"));
        using var stream = await EventSource.OpenAsync(quick.Http, "?type=recording.failed");
        (await stream.NextFrameAsync())!.IsComment.ShouldBeTrue();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var others = Task.Run(
            async () =>
            {
                for (var n = 0; !over.IsCancellationRequested; n++)
                {
                    await quick.RecordAsync($"other-{n}");
                }
            },
            TestContext.Current.CancellationToken
        );

        (await stream.NextFrameAsync())!.IsComment.ShouldBeTrue();

        await over.CancelAsync();
        await others;
    }

    [Fact]
    public async Task Stream_ReplicaStops_EndsWithATimeToComeBack()
    {
        var leaving = await StartAsync();
        using var stream = await EventSource.OpenAsync(leaving.Http);
        using var caller = new HttpClient { BaseAddress = leaving.Http.BaseAddress };
        caller.DefaultRequestHeaders.Authorization = new("Bearer", TestKey.Text);
        (await stream.NextFrameAsync())!.IsComment.ShouldBeTrue();
        var waiting = caller.SendAsync(
            new HttpRequestMessage(HttpMethod.Get, $"/v1/events?recording={Guid.NewGuid()}") { Headers = { { "Prefer", "wait=90" } } },
            TestContext.Current.CancellationToken
        );
        // It has looked once, and waits.
        await Eventually.HoldsAsync(async () =>
            await leaving.ReadAsync<long>(
                "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and query like '%e.recording_id = %'"
            ) > 0
        );

        var left = leaving.StopAsync();
        var farewell = (await stream.NextFrameAsync())!;

        int.Parse(farewell.Retry!, System.Globalization.CultureInfo.InvariantCulture).ShouldBeInRange(100, 10_000);
        (await stream.NextFrameAsync()).ShouldBeNull("the answer ends");
        Items(await (await waiting).ShouldBeAsync(200)).ShouldBeEmpty();
        await left.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        await leaving.DisposeAsync();
    }

    private Task HappensAsync(Guid id, string type, int sequence) =>
        api.HappensAsync(
            $$"""
            insert into recording.events (event_id, recording_id, project_id, sequence, type, at, data)
            select gen_random_uuid(), id, project_id, {{sequence}}, '{{type}}', now(), '{"state":"failed","files":"pending"}'
            from recording.recordings where id = '{{id}}'
            """
        );

    /// <summary>Waits until so many events have their places.</summary>
    private Task<long> StampedAsync(long count) =>
        Eventually.BecomesAsync(() => api.ReadAsync<long>("select count(position) from recording.events"), stamped => stamped == count);

    private async Task<JsonElement> FeedAsync(string query = "")
    {
        using var answer = await api.GetAsync($"/v1/events{query}");
        return await answer.ShouldBeAsync(200);
    }

    private static IReadOnlyList<JsonElement> Items(JsonElement page) => [.. page.GetProperty("items").EnumerateArray()];

    private static Guid IdOf(JsonElement told) => told.GetProperty("data").GetProperty("recordingId").GetGuid();

    private async Task<TestApi> StartAsync(params (string Key, string Value)[] settings) =>
        await TestApi.StartAsync(
            await postgres.CreateDatabaseAsync(),
            settings: settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value)
        );
}
