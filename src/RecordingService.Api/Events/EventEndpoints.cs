using System.Buffers;
using System.Text;
using Microsoft.Extensions.Options;
using RecordingService.Api.Access;
using RecordingService.Api.OpenApi;
using RecordingService.Api.Problems;
using RecordingService.Api.Requests;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Events;

/// <summary>Everything that happens to recordings, for callers who read on from where they were, and for those who follow.</summary>
internal static class EventEndpoints
{
    public const int DefaultPage = 100;
    public const int LargestPage = 1000;

    public static void AddEvents(this IServiceCollection services) => services.AddSingleton<OpenStreams>();

    public static void MapEvents(this WebApplication app)
    {
        var events = app.MapGroup("/v1").WithTags("Events").Requires(Scope.Read).AlwaysAnswersProblems();
        events
            .MapGet("/events", ListAsync)
            .WithName("listEvents")
            .WithSummary("Lists what happened to recordings, oldest first, from a cursor on.")
            .WithDescription(
                "Pass next of the answer as after of the next request: nothing is ever left out, and nothing comes in front of a cursor later. Without "
                    + "after it begins with the oldest event. An empty page is no end; with Prefer: wait=N it is answered as soon as there is something."
            )
            .Takes([
                ParameterDoc.Query<string>("after", "Only events behind this cursor: next of the page before, or cursor of an event."),
                ParameterDoc.Number("limit", "Events per page.", 1, LargestPage, DefaultPage),
                .. Filters,
                ParameterDoc.Header(RequestHeaders.PreferName, "wait=N waits up to N s (at most 90) until there is an event."),
            ])
            .Produces<EventList>()
            .AnswersProblems(Problem.InvalidRequest);
        events
            .MapGet("/events/stream", StreamAsync)
            .WithName("streamEvents")
            .WithSummary("Tells what happens to recordings as it happens (Server-Sent Events).")
            .WithDescription(
                "id is the cursor, event the type, data the event as in the list. A client that comes back with Last-Event-ID goes on where it was, and "
                    + "misses nothing. Without that and without after it begins now. A comment with the cursor comes at once and every 15 s when nothing "
                    + "else does. Before the service stops, it tells by retry when to come back, and ends the answer. The answer ends, too, when the key is revoked."
            )
            .Takes([
                ParameterDoc.Query<string>("after", "Only events behind this cursor. Last-Event-ID goes before it."),
                .. Filters,
                ParameterDoc.Header(EventQuery.LastEventIdName, "The last id that was received; browsers send it by themselves."),
            ])
            .Produces<string>(200, EventStream.ContentType)
            .AnswersProblems(Problem.InvalidRequest);
    }

    private static ParameterDoc[] Filters =>
        [
            ParameterDoc.Query<string>("type", "Only these types, with commas between them, such as recording.completed,recording.failed."),
            ParameterDoc.Query<string>("project", "Only this project."),
            ParameterDoc.Query<Guid>("recording", "Only this recording."),
        ];

    private static async Task<IResult> ListAsync(HttpContext http, EventFeed feed, EngineState state, TimeProvider time)
    {
        List<Violation> violations = [];
        var query = new RequestQuery(http.Request.Query, violations);
        var after = EventQuery.After(query) ?? 0;
        var limit = (int)query.Number("limit", 1, LargestPage, DefaultPage);
        var filter = EventQuery.Filter(query, EventQuery.AllowedProjects(http));
        var wait = RequestHeaders.Wait(http.Request, violations);
        query.RefuseUnknown();
        await EventQuery.RefuseFutureAsync("after", after, feed, violations, http.RequestAborted);
        if (violations.Count > 0)
        {
            return Problem.Of(violations);
        }

        using var ends = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, state.Draining);
        var begun = time.GetTimestamp();
        var page = await feed.ReadStoredAsync(after, filter, limit, http.RequestAborted);
        var hasMore = true;
        while (hasMore && page.Items.Count == 0 && wait - time.GetElapsedTime(begun) is var left && left > TimeSpan.Zero)
        {
            hasMore = await feed.WaitAsync(page.Next, left, ends.Token);
            // After the wait, which may have been long, and before anything is told.
            if (!await http.KeyHoldsAsync())
            {
                return NoLongerAuthenticated(http);
            }

            if (hasMore)
            {
                page = await feed.ReadAsync(page.Next, filter, limit, http.RequestAborted);
            }
        }

        RequestHeaders.TellApplied(http.Response, wait);
        return Results.Bytes(Written(page), "application/json; charset=utf-8");
    }

    private static async Task<IResult> StreamAsync(
        HttpContext http,
        EventFeed feed,
        EngineState state,
        OpenStreams streams,
        TimeProvider time,
        IOptions<EventFeedOptions> options
    )
    {
        List<Violation> violations = [];
        var query = new RequestQuery(http.Request.Query, violations);
        var fromQuery = EventQuery.After(query);
        var fromHeader = EventQuery.LastEventId(http.Request, violations);
        var filter = EventQuery.Filter(query, EventQuery.AllowedProjects(http));
        query.RefuseUnknown();
        await EventQuery.RefuseFutureAsync(
            fromHeader is null ? "after" : EventQuery.LastEventIdName,
            fromHeader ?? fromQuery ?? 0,
            feed,
            violations,
            http.RequestAborted
        );
        return violations.Count > 0
            ? Problem.Of(violations)
            : new EventStream(
                feed,
                streams,
                filter,
                fromHeader ?? fromQuery ?? await feed.EndAsync(http.RequestAborted),
                options.Value.Heartbeat,
                time,
                state.Draining
            );
    }

    /// <summary>As any request with such a key is answered.</summary>
    private static ProblemResult NoLongerAuthenticated(HttpContext http)
    {
        http.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
        return Problem.NotAuthenticated.Because("The key was revoked or has expired while this request waited.");
    }

    /// <summary>The page around events that are written already.</summary>
    private static ReadOnlyMemory<byte> Written(EventPage page)
    {
        var json = new ArrayBufferWriter<byte>(64 + page.Items.Sum(item => item.Json.Length + 1));
        json.Write("""{"items":["""u8);
        for (var i = 0; i < page.Items.Count; i++)
        {
            json.Write(i == 0 ? default : ","u8);
            json.Write(page.Items[i].Json.Span);
        }

        json.Write(Encoding.ASCII.GetBytes($"],\"next\":\"{EventCursor.Write(page.Next)}\"}}"));
        return json.WrittenMemory;
    }
}
