using RecordingService.Api.Access;
using RecordingService.Api.Problems;
using RecordingService.Api.Requests;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Events;

/// <summary>What readers of events ask for.</summary>
internal static class EventQuery
{
    /// <summary>The header with which browsers come back to a stream.</summary>
    public const string LastEventIdName = "Last-Event-ID";

    private const string CursorRule = "a cursor as given by next or cursor of an answer, or by an id of the stream";

    /// <summary>Names of the projects whose events the caller may see; null for all.</summary>
    // The one place that decides it for the feed and for the stream.
    public static IReadOnlyCollection<string>? AllowedProjects(HttpContext http) => http.Caller().Projects;

    public static long? After(RequestQuery query) => query.Take<long>("after", CursorRule, EventCursor.Read);

    public static long? LastEventId(HttpRequest request, List<Violation> violations)
    {
        var values = request.Headers[LastEventIdName];
        // Empty is how some clients say that they have none.
        if (values.ToString() is not { Length: > 0 } text)
        {
            return null;
        }

        if (values.Count == 1 && EventCursor.Read(text) is { } position)
        {
            return position;
        }

        violations.Add(new(LastEventIdName, Violation.Cut(text), $"must be {CursorRule}."));
        return null;
    }

    public static EventFilter Filter(RequestQuery query, IReadOnlyCollection<string>? allowed)
    {
        HashSet<string>? types = null;
        // Types of events are no enumeration to a reader, who may know more or fewer of them; unknown ones are refused, because they never come.
        query.Text(
            "type",
            $"one or several of {string.Join(", ", EventTypes.All)}, with commas between them",
            text => (types = [.. text.Split(',', StringSplitOptions.TrimEntries)]).IsSubsetOf(EventTypes.All)
        );
        var project = query.Text("project");
        var recording = query.Take<Guid>("recording", "a UUID", text => Guid.TryParseExact(text, "D", out var id) ? id : null);
        // Names of projects are compared without regard to case; a project that is configured no more keeps its events.
        var named = project is null ? null : Projects.CanonicalName(project);
        return new(
            named is null ? allowed
                : allowed is null || allowed.Contains(named) ? [named]
                : [],
            types,
            recording
        );
    }

    /// <summary>A cursor that no event has had yet is of another database, or of one that was restored: waiting behind it would be waiting for nothing.</summary>
    public static async Task RefuseFutureAsync(
        string field,
        long position,
        EventFeed feed,
        List<Violation> violations,
        CancellationToken cancellationToken
    )
    {
        if (position > 0 && !await feed.WasGivenAsync(position, cancellationToken))
        {
            violations.Add(
                new(
                    field,
                    EventCursor.Write(position),
                    "is beyond the newest event, so this service cannot have given it; read from the beginning, without it."
                )
            );
        }
    }
}
