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

    private static Guid IdOf(JsonElement told) => told.GetProperty("data").GetProperty("recordingId").GetGuid();
}
