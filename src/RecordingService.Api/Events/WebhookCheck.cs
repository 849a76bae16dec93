using RecordingService.Api.Problems;
using RecordingService.Api.Requests;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Events;

namespace RecordingService.Api.Events;

/// <summary>Reads what callers send about webhooks, or everything that is wrong with it.</summary>
internal sealed class WebhookCheck(TargetGuard guard, Projects projects)
{
    private const int UrlCharacters = 2000;
    private const int DescriptionCharacters = 200;
    private const int MostProjects = 100;

    public static readonly TimeSpan DefaultOverlap = TimeSpan.FromHours(24);
    private static readonly TimeSpan LongestOverlap = TimeSpan.FromDays(7);

    /// <summary>A new webhook; one whose caller may see some projects only is sent events of no others.</summary>
    public (string Url, string? Description, IReadOnlyList<string> Types, IReadOnlyList<string>? Projects) ReadNew(
        RequestBody body,
        List<Violation> violations,
        IReadOnlyList<string>? allowed
    )
    {
        var url = Url(body, violations, required: true);
        var description = Description(body);
        var types = Types(body);
        var known = allowed ?? [.. projects.Names];
        var named = body.ListOf(
            "projects",
            MostProjects,
            $"a configured project: {string.Join(", ", known)}",
            name => known.Contains(Projects.CanonicalName(name))
        );
        if (named is { Count: 0 })
        {
            violations.Add(new("projects", "[]", "must name at least one project, or be left out for all."));
        }

        body.RefuseUnknown();
        return (url ?? "", description, types ?? [], named is null ? allowed : [.. named.Select(Projects.CanonicalName).Distinct()]);
    }

    public WebhookChange ReadChange(RequestBody body, List<Violation> violations)
    {
        var change = new WebhookChange
        {
            Url = Url(body, violations, required: false),
            SetsDescription = body.Names("description"),
            Description = Description(body),
            Types = Types(body),
            Enabled = body.Flag("enabled"),
        };
        if (!change.SetsDescription)
        {
            body.RequireAny();
        }

        body.RefuseUnknown();
        return change;
    }

    public static TimeSpan ReadOverlap(RequestBody body)
    {
        var overlap = body.Duration("overlap", TimeSpan.Zero, LongestOverlap);
        body.RefuseUnknown();
        return overlap ?? DefaultOverlap;
    }

    public static long? ReadAfter(RequestBody body)
    {
        var after = body.Text("after", "a cursor of the feed of events", text => EventCursor.Read(text) is not null, required: true);
        body.RefuseUnknown();
        return after is null ? null : EventCursor.Read(after);
    }

    private string? Url(RequestBody body, List<Violation> violations, bool required)
    {
        var text = body.Text(
            "url",
            $"an absolute https address of at most {UrlCharacters} characters",
            text => text.Length <= UrlCharacters && Uri.TryCreate(text, UriKind.Absolute, out _),
            required
        );
        if (text is null)
        {
            return null;
        }

        var url = new Uri(text);
        if (guard.Refuse(url) is { } rule)
        {
            violations.Add(new("url", Violation.Cut(text), $"must be {rule}."));
            // What is refused may be something that cannot even be written.
            return null;
        }

        return url.AbsoluteUri;
    }

    private static string? Description(RequestBody body) =>
        body.Text(
            "description",
            $"1 to {DescriptionCharacters} characters, none of them a control character",
            text => text.Length is > 0 and <= DescriptionCharacters && !text.Any(char.IsControl)
        );

    private static IReadOnlyList<string>? Types(RequestBody body) =>
        body.ListOf("types", EventTypes.All.Count, $"a type of event: {string.Join(", ", EventTypes.All)}", EventTypes.All.Contains)
            is { } types
            ? [.. types.Distinct()]
            : null;
}
