using RecordingService.Api.Access;
using RecordingService.Api.OpenApi;
using RecordingService.Api.Problems;
using RecordingService.Api.Recordings;
using RecordingService.Api.Requests;
using RecordingService.Infrastructure.Agora;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Api.Operations;

/// <summary>Which Agora projects and storage profiles are configured, and whether classes can be recorded with them.</summary>
internal static class ProjectEndpoints
{
    public static void MapProjects(this WebApplication app)
    {
        var configured = app.MapGroup("/v1").WithTags("Configuration").AlwaysAnswersProblems();
        configured
            .MapGet("/projects", ListProjectsAsync)
            .WithName("listProjects")
            .WithSummary("Lists the Agora projects: what each lacks to record, and how it stands with its requests.")
            .WithDescription("All that are configured and that the key is good for. No answer carries a key.")
            .Produces<ProjectList>()
            .Requires(Scope.Read);
        configured
            .MapGet("/projects/{project}", GetAsync)
            .WithName("getProject")
            .WithSummary("Tells what an Agora project lacks to record, and how it stands with its requests.")
            .WithDescription(
                "Send the ETag of the last answer as If-None-Match: 304 tells that nothing has changed. While requests are made it changes often."
            )
            .Produces<ProjectResource>()
            .AnswersConditionally()
            .AnswersProblems(Problem.NotFound)
            .Requires(Scope.Read);
        configured
            .MapGet("/projects/{project}/actions", ActionsAsync)
            .WithName("listProjectActions")
            .WithSummary("Tells what operators did to a project, newest first.")
            .WithDescription($"The last {ProjectActions.Told} actions, with who did them and why.")
            .Produces<ProjectActionList>()
            .AnswersProblems(Problem.NotFound)
            .Requires(Scope.Operate);
        MapAction(
            "pause",
            "For operators: starts no recorder for the project until it is resumed.",
            "Starts are accepted and wait; so do recorders that would replace another one. Recorders that run are looked after, and stopped when asked. "
                + "200 also when it was paused already."
        );
        MapAction(
            "resume",
            "For operators: starts recorders again, first those that waited longest.",
            "What waited is started within the request budget of the project. 200 also when it was not paused."
        );
        configured
            .MapGet("/storage-profiles", ListProfiles)
            .WithName("listStorageProfiles")
            .WithSummary("Lists the storage profiles: where each lies, whether it was written to, and what is wrong with it.")
            .WithDescription(
                "Buckets that speak Amazon's protocol are probed by a small write; others say why they cannot be. No answer carries a key."
            )
            .Produces<StorageProfileList>()
            .Requires(Scope.Read);

        void MapAction(string action, string summary, string description) =>
            configured
                .MapPost(
                    $"/projects/{{project}}/{action}",
                    (string project, HttpContext http, [AsParameters] Services services) => ActAsync(action, project, http, services)
                )
                .WithName($"{action}Project")
                .WithSummary(summary)
                .WithDescription(description)
                .Takes(
                    ParameterDoc.Header(
                        RequestHeaders.IdempotencyKeyName,
                        "Makes repeats safe: the same key and body do the same thing once, and answer with the project as it is then."
                    )
                )
                .Accepts<OperatorActionRequest>("application/json")
                .Produces<ProjectResource>()
                .AnswersProblems([.. RecordingEndpoints.UnreadableBodies, Problem.NotFound, Problem.KeyReused])
                .Requires(Scope.Operate);
    }

    /// <summary>Whether a project is configured and the caller may see it; others are answered as if there were none. The one way to a project of a request.</summary>
    private static bool Knows(HttpContext http, Projects projects, string name) =>
        projects.Find(name) is not null && http.Caller().MaySee(name);

    private static async Task<IResult> GetAsync(string project, HttpContext http, [AsParameters] Services services) =>
        Knows(http, services.Projects, project)
            ? new TaggedResult(await ResourceAsync(project, services, http.RequestAborted))
            : Unknown(project, http, services.Projects);

    private static async Task<IResult> ActionsAsync(string project, HttpContext http, [AsParameters] Services services) =>
        Knows(http, services.Projects, project)
            ? Results.Ok(new ProjectActionList(await services.Actions.ListAsync(Projects.CanonicalName(project), http.RequestAborted)))
            : Unknown(project, http, services.Projects);

    private static async Task<IResult> ActAsync(string action, string name, HttpContext http, Services services)
    {
        List<Violation> violations = [];
        var key = RequestHeaders.IdempotencyKey(http.Request, violations);
        var (body, refusal) = await RequestBody.ReadAsync(http.Request, violations, http.RequestAborted);
        if (body is null)
        {
            return refusal!;
        }

        var (by, note) = OperatorCommands.WhoAndWhy(body);
        if (violations.Count > 0)
        {
            return Problem.Of(violations);
        }

        if (!Knows(http, services.Projects, name))
        {
            return Unknown(name, http, services.Projects);
        }

        var project = Projects.CanonicalName(name);
        var order = new ProjectOrder(project, action == "pause", by!, note!, http.Actor(), key);
        return await services.Actions.ActAsync(order, http.RequestAborted)
            ? Results.Ok(await ResourceAsync(project, services, http.RequestAborted))
            : RecordingCommands.KeyReused(http, key!, Guid.Empty);
    }

    private static async Task<ProjectResource> ResourceAsync(string name, Services services, CancellationToken cancellationToken)
    {
        var project = Projects.CanonicalName(name);
        var state = (await services.Backlog.StateAsync(cancellationToken))[project];
        return ToResource(project, services.Projects, services.Storage, services.Routes, state);
    }

    private static ProblemResult Unknown(string name, HttpContext http, Projects projects) =>
        Problem.NotFound.Because(
            $"No project is called '{Violation.Cut(name)}'. Configured: {string.Join(", ", http.Caller().Of(projects))}."
        );

    /// <summary>What an operation on one project needs.</summary>
    internal sealed record Services(
        Projects Projects,
        StorageHealth Storage,
        StorageRoutes Routes,
        Backlog Backlog,
        ProjectActions Actions
    );

    private static async Task<IResult> ListProjectsAsync(
        HttpContext http,
        Projects projects,
        StorageHealth storage,
        StorageRoutes routes,
        Backlog backlog
    )
    {
        var states = await backlog.StateAsync(http.RequestAborted);
        return Results.Ok(
            new ProjectList([.. http.Caller().Of(projects).Select(name => ToResource(name, projects, storage, routes, states[name]))])
        );
    }

    private static IResult ListProfiles(HttpContext http, Projects projects, StorageHealth storage, StorageRoutes routes)
    {
        var caller = http.Caller();
        return Results.Ok(
            new StorageProfileList([
                .. storage
                    .Current.Where(profile => caller.MaySeeProfile(projects, profile.Name))
                    .Select(profile => ToResource(profile, caller, projects, routes)),
            ])
        );
    }

    private static ProjectResource ToResource(
        string name,
        Projects projects,
        StorageHealth storage,
        StorageRoutes routes,
        ProjectBacklog backlog
    )
    {
        var options = projects.Find(name)!;
        List<string> faults = [];
        List<string> warnings = [];
        var profile = options.StorageProfile is { } own ? storage.Find(own) : null;
        if (profile is null)
        {
            faults.Add("It has no storage profile of its own (StorageProfile): each start has to name one, or its room type.");
        }
        else if (profile.Probe.State == StorageProbeState.Failed)
        {
            faults.Add($"Its storage profile '{profile.Name}' cannot be written to: {profile.Probe.Message}");
        }

        if (profile is not null && routes.Of(name, profile.Name)?.Warning is { } warning)
        {
            warnings.Add(warning);
        }

        if (options.Certificate is null)
        {
            warnings.Add("It has no app certificate: recorders join without a token, which works only while the project asks for none.");
        }

        if (options.NotificationSecrets.Count == 0)
        {
            warnings.Add("It takes no notifications (NotificationSecrets): starts and ends are noticed by queries alone.");
        }

        if (backlog.SlowedDownAt is { } slowedDownAt)
        {
            warnings.Add(
                $"Agora took fewer requests than were sent at {slowedDownAt.UtcDateTime:s}Z: {backlog.RequestsPerSecond:0.0} requests/s are sent now, and more by and by."
            );
        }

        if (backlog.StartsHeldUntil is { } held)
        {
            warnings.Add(
                $"The quota of recorders is used up: nothing is started before {held.UtcDateTime:s}Z, or before a recorder is stopped."
            );
        }

        if (backlog.PausedAt is { } pausedAt)
        {
            faults.Add($"An operator paused it at {pausedAt.UtcDateTime:s}Z: nothing is started until it is resumed.");
        }

        return new(
            name,
            faults.Count == 0,
            faults,
            warnings,
            options.Area,
            options.StorageProfile,
            options.RequestsPerSecond,
            options.Certificate is not null,
            options.NotificationSecrets.Count > 0,
            new(
                Math.Round(backlog.RequestsPerSecond, 2),
                Math.Round(backlog.RequestsInLastMinute, 1),
                backlog.Waiting,
                backlog.MonitoringInterval,
                backlog.SlowedDownAt,
                backlog.StartsHeldUntil,
                backlog.PausedAt
            )
        );
    }

    private static StorageProfileResource ToResource(
        StorageProfileHealth profile,
        Caller caller,
        Projects projects,
        StorageRoutes routes
    ) =>
        new(
            profile.Name,
            profile.Vendor,
            profile.Region,
            profile.Area,
            profile.Bucket,
            profile.PublicBaseUrl,
            new(profile.Probe.State, profile.Probe.CheckedAt, profile.Probe.Field, profile.Probe.Message, profile.Probe.WhereFound),
            profile.CanList,
            [
                .. profile.Warnings,
                .. caller
                    .Of(projects)
                    .Where(name => string.Equals(projects.Find(name)!.StorageProfile, profile.Name, StringComparison.OrdinalIgnoreCase))
                    .Select(name => routes.Of(name, profile.Name)?.Warning is { } warning ? $"Project '{name}': {warning}" : null)
                    .OfType<string>(),
            ]
        );
}

/// <summary>What operators did to a project.</summary>
/// <param name="Items">Newest first.</param>
public sealed record ProjectActionList(IReadOnlyList<ProjectAction> Items);

/// <summary>The Agora projects.</summary>
/// <param name="Items">All of them.</param>
public sealed record ProjectList(IReadOnlyList<ProjectResource> Items);

/// <summary>An Agora project.</summary>
/// <param name="Name">Name, as used in <c>project</c>.</param>
/// <param name="Ready">Whether a start that names nothing else can be recorded.</param>
/// <param name="Faults">What has to be mended before; none when it is ready.</param>
/// <param name="Warnings">What works, and could be better.</param>
/// <param name="Area">Where the service stands, seen from Agora.</param>
/// <param name="StorageProfile">Its own storage profile, or null.</param>
/// <param name="RequestsPerSecond">Requests to Agora a second, over all replicas.</param>
/// <param name="MintsTokens">Whether its recorders get a token.</param>
/// <param name="TakesNotifications">Whether Agora's notifications are taken for it.</param>
/// <param name="Requests">How it stands with its requests to Agora.</param>
public sealed record ProjectResource(
    string Name,
    bool Ready,
    IReadOnlyList<string> Faults,
    IReadOnlyList<string> Warnings,
    AgoraArea Area,
    string? StorageProfile,
    int RequestsPerSecond,
    bool MintsTokens,
    bool TakesNotifications,
    RequestsResource Requests
);

/// <summary>The request budget of a project and what waits for it.</summary>
/// <param name="PerSecond">Requests that are sent per second at most now: 95 % of those allowed, less while Agora takes fewer.</param>
/// <param name="InLastMinute">Requests of about the last minute; older ones fade out.</param>
/// <param name="Waiting">Recordings that wait for their next request.</param>
/// <param name="MonitoringInterval">Wait between two queries of a proven recorder, with what the waiting adds to it.</param>
/// <param name="SlowedDownAt">When Agora last took fewer requests than were sent (429), or null once all are sent again.</param>
/// <param name="StartsHeldUntil">Until when nothing is started because the quota of recorders is used up (406), or null.</param>
/// <param name="PausedAt">Since when an operator has it start nothing, or null.</param>
public sealed record RequestsResource(
    double PerSecond,
    double InLastMinute,
    int Waiting,
    TimeSpan MonitoringInterval,
    DateTimeOffset? SlowedDownAt,
    DateTimeOffset? StartsHeldUntil,
    DateTimeOffset? PausedAt
);

/// <summary>The storage profiles.</summary>
/// <param name="Items">All of them, by name.</param>
public sealed record StorageProfileList(IReadOnlyList<StorageProfileResource> Items);

/// <summary>Where files go.</summary>
/// <param name="Name">Name, as used in <c>storageProfile</c>.</param>
/// <param name="Vendor">Name of the vendor.</param>
/// <param name="Region">Agora's name of the region; null where Agora ignores it.</param>
/// <param name="Area">Part of the world that the bucket is in.</param>
/// <param name="Bucket">Name of the bucket.</param>
/// <param name="PublicBaseUrl">Public address of the bucket's root; null when files are not looked at that way.</param>
/// <param name="Probe">Result of the last small write.</param>
/// <param name="CanList">Whether the service can list the files, which finds those that nobody named.</param>
/// <param name="Warnings">What could be better, such as a bucket far away from the project.</param>
public sealed record StorageProfileResource(
    string Name,
    string Vendor,
    string? Region,
    StorageArea Area,
    string Bucket,
    Uri? PublicBaseUrl,
    ProbeResource Probe,
    bool CanList,
    IReadOnlyList<string> Warnings
);

/// <summary>Result of a small write into a bucket, with the keys that recorders get.</summary>
/// <param name="State">notPossible, pending, works or failed.</param>
/// <param name="CheckedAt">When it was found.</param>
/// <param name="Field">Member of the profile that is at fault, where that can be told.</param>
/// <param name="Message">One plain sentence.</param>
/// <param name="WhereFound">Where the right value is found.</param>
public sealed record ProbeResource(StorageProbeState State, DateTimeOffset? CheckedAt, string? Field, string Message, string? WhereFound);
