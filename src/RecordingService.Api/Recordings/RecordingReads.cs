using RecordingService.Api.Access;
using RecordingService.Api.Problems;
using RecordingService.Api.Requests;
using RecordingService.Domain.Recordings;
using RecordingService.Infrastructure.Agora;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Recordings;

/// <summary>Read recordings, their timelines and their files.</summary>
internal static class RecordingReads
{
    public const int DefaultPage = 50;
    public const int LargestPage = 200;
    public const int DefaultLines = 200;
    public const int MostLines = 500;

    public static async Task<IResult> GetAsync(HttpContext http, string id, RecordingQueries queries, StorageRoutes routes) =>
        await queries.FindAsync(http, id) is { } found ? new TaggedResult(found.ToResource(routes)) : Unknown(id);

    public static async Task<IResult> FilesAsync(HttpContext http, string id, RecordingQueries queries) =>
        await queries.FindAsync(http, id) is { } found
            ? Results.Ok(found.Recording.ToFiles(await queries.FilesAsync(found.Recording.Id, http.RequestAborted)))
            : Unknown(id);

    public static async Task<IResult> ListAsync(HttpContext http, Projects projects, RecordingQueries queries, StorageRoutes routes)
    {
        List<Violation> violations = [];
        var query = new RequestQuery(http.Request.Query, violations);
        var channel = query.Text("channel");
        var state = query.OneOf<RecordingState>("state");
        var roomType = query.Text("roomType");
        var project = query.Text("project");
        var externalId = query.Text("externalId");
        var from = query.Time("from");
        var to = query.Time("to");
        var after = query.Take<(DateTimeOffset, Guid)>("cursor", "the nextCursor of the page before", text => Cursor.Read(text));
        var limit = (int)query.Number("limit", 1, LargestPage, DefaultPage);
        query.RefuseUnknown();
        if (violations.Count > 0)
        {
            return Problem.Of(violations);
        }

        var filter = new RecordingFilter
        {
            Channel = channel,
            State = state,
            RoomType = roomType,
            // Names of projects are compared without regard to case; a project that is configured no more keeps its recordings.
            Project = project is not null && projects.Find(project) is not null ? Projects.CanonicalName(project) : project,
            Projects = http.Caller().Projects,
            ExternalId = externalId,
            From = from,
            To = to,
            After = after,
            Limit = limit + 1,
        };
        var found = await queries.ListAsync(filter, http.RequestAborted);
        var page = found.Take(limit).ToList();
        return Results.Ok(
            new RecordingPage(
                [.. page.Select(one => one.ToResource(routes))],
                found.Count > limit ? Cursor.Write(page[^1].Recording.Id, page[^1].Recording.AcceptedAt) : null
            )
        );
    }

    public static async Task<IResult> TimelineAsync(HttpContext http, string id, RecordingQueries queries)
    {
        List<Violation> violations = [];
        var query = new RequestQuery(http.Request.Query, violations);
        var after = query.Number("after", 0, long.MaxValue, 0);
        var limit = (int)query.Number("limit", 1, MostLines, DefaultLines);
        query.RefuseUnknown();
        if (violations.Count > 0)
        {
            return Problem.Of(violations);
        }

        if (await queries.FindAsync(http, id) is not { } found)
        {
            return Unknown(id);
        }

        var lines = await queries.TimelineAsync(found.Recording.Id, after, limit, http.RequestAborted);
        return Results.Ok(new Timeline([.. lines.Select(Resources.ToItem)], lines.Count > 0 ? lines[^1].Sequence : after));
    }

    /// <summary>A recording by the text of its id; null when there is none, or none that the caller may see. The one way to a recording of a request.</summary>
    public static async Task<RecordingSnapshot?> FindAsync(this RecordingQueries queries, HttpContext http, string id) =>
        Guid.TryParseExact(id, "D", out var guid)
        && await queries.FindAsync(guid, http.RequestAborted) is { } found
        && http.Caller().MaySee(found.Recording.Project)
            ? found
            : null;

    public static IResult Unknown(string id) =>
        Problem.NotFound.Because($"There is no recording with id '{Violation.Cut(id)}'; ids are UUIDs as given by POST /v1/recordings.");
}
