using System.Net;
using System.Text.Json;
using RecordingService.Api.Problems;
using RecordingService.Api.Tests.Support;
using RecordingService.Infrastructure.Engine;
using RecordingService.Testing;

namespace RecordingService.Api.Tests.Access;

/// <summary>What a key that is good for one of two projects learns of the other by events, and for how long.</summary>
public sealed class EventAccessTests(ApiPostgres postgres) : IAsyncLifetime
{
    private TestApi api = null!;
    private ApiKeyOutcome.Created college = null!;

    public async ValueTask InitializeAsync()
    {
        api = await TestApi.StartAsync(
            await postgres.CreateDatabaseAsync(),
            settings: TwoProjects.With(("EventFeed:Heartbeat", "00:00:00.2"))
        );
        college = await api.CreateKeyAsync("college-backend", [Scope.Read, Scope.Record], [TwoProjects.Other]);
    }

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Theory]
    [InlineData("")]
    [InlineData("?project=school")]
    public async Task Feed_LeavesOutWhatIsOfAnotherProject(string filter)
    {
        await api.RecordAsync("maths");
        var own = await api.RecordAsync("maths", more: $$""","project":"{{TwoProjects.Other}}" """);
        await Eventually.BecomesAsync(() => api.ReadAsync<long>("select count(position) from recording.events"), stamped => stamped == 2);

        using var answer = await api.SendAsAsync(college.Text, HttpMethod.Get, $"/v1/events{filter}");

        var items = (await answer.ShouldBeAsync(200)).GetProperty("items").EnumerateArray().Select(IdOf);
        items.ShouldBe(filter == "" ? [own] : []);
    }

    [Fact]
    public async Task Stream_LeavesOutWhatIsOfAnotherProject()
    {
        using var stream = await EventSource.OpenAsync(api.Stranger, key: college.Text);
        using var other = await EventSource.OpenAsync(api.Stranger, "?project=school", key: college.Text);

        var school = await api.RecordAsync("maths");
        var own = await api.RecordAsync("maths", more: $$""","project":"{{TwoProjects.Other}}" """);

        IdOf((await stream.NextAsync())!.Json).ShouldBe(own);
        // Its cursor passed over both, and it was told of none.
        Frame? frame;
        do
        {
            frame = await other.NextFrameAsync();
            frame!.Data.ShouldBeNull();
        } while (EventCursor.Read(frame.Id!) < 2);

        using var everybody = await EventSource.OpenAsync(api.Http, $"?after={EventCursor.Write(0)}");
        IdOf((await everybody.NextAsync())!.Json).ShouldBe(school, "it was there to be told");
    }

    [Fact]
    public async Task Stream_KeyIsRevoked_Ends()
    {
        using var stream = await EventSource.OpenAsync(api.Stranger, key: college.Text);
        (await stream.NextFrameAsync())!.IsComment.ShouldBeTrue();
        using var revoked = await api.SendAsync(HttpMethod.Delete, $"/v1/api-keys/{college.Key.Id}");

        Frame? last = null;
        while (await stream.NextFrameAsync() is { } frame)
        {
            last = frame;
        }

        last!.Retry.ShouldBeNull("it is not asked to come back");
        using var again = await api.SendAsAsync(college.Text, HttpMethod.Get, "/v1/events/stream");
        await again.ShouldBeAsync(Problem.NotAuthenticated);
    }

    /// <summary>A wait is as long as a stream, and its answer tells as much.</summary>
    [Fact]
    public async Task Feed_KeyIsRevokedWhileARequestWaits_TellsNothing()
    {
        using var request = TestApi.Request(HttpMethod.Get, "/v1/events", null, ("Prefer", "wait=60"));
        request.Headers.Authorization = new("Bearer", college.Text);
        var waiting = api.Stranger.SendAsync(request, TestContext.Current.CancellationToken);
        // It has looked once, and waits.
        await Eventually.HoldsAsync(async () =>
            await api.ReadAsync<long>(
                "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and query like '%e.position > %'"
            ) > 0
        );
        using var revoked = await api.SendAsync(HttpMethod.Delete, $"/v1/api-keys/{college.Key.Id}");
        await Eventually.HoldsAsync(async () =>
        {
            using var refused = await api.SendAsAsync(college.Text, HttpMethod.Get, "/v1/events");
            return refused.StatusCode == HttpStatusCode.Unauthorized;
        });
        waiting.IsCompleted.ShouldBeFalse();

        await api.RecordAsync("maths", more: $$""","project":"{{TwoProjects.Other}}" """);

        using var answer = await waiting.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        await answer.ShouldBeAsync(Problem.NotAuthenticated);
        $"{answer.Headers.WwwAuthenticate}".ShouldContain("invalid_token");
    }

    [Fact]
    public async Task Streams_OfOneKey_AreLimited()
    {
        await using var strict = await TestApi.StartAsync(
            api.ConnectionString,
            settings: TwoProjects.With(("EventFeed:Heartbeat", "00:00:00.2"), ("EventFeed:StreamsPerKey", "2"))
        );
        using var first = await EventSource.OpenAsync(strict.Stranger, key: college.Text);
        var second = await EventSource.OpenAsync(strict.Stranger, key: college.Text);

        using var third = await strict.SendAsAsync(college.Text, HttpMethod.Get, "/v1/events/stream");
        (await third.ShouldBeAsync(Problem.TooManyRequests)).Detail.ShouldContain("2 streams");
        third.Headers.RetryAfter.ShouldNotBeNull();
        using var other = await EventSource.OpenAsync(strict.Http);

        second.Dispose();
        await Eventually.HoldsAsync(async () =>
        {
            using var again = await strict.SendAsAsync(college.Text, HttpMethod.Get, "/v1/events/stream");
            return again.StatusCode == HttpStatusCode.OK;
        });
    }

    private static Guid IdOf(JsonElement told) => told.GetProperty("data").GetProperty("recordingId").GetGuid();
}
