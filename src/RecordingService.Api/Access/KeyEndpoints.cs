using RecordingService.Api.OpenApi;
using RecordingService.Api.Problems;
using RecordingService.Api.Recordings;
using RecordingService.Api.Requests;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Access;

/// <summary>Keys of calling backends, and who wrote what.</summary>
internal static class KeyEndpoints
{
    public const int DefaultLines = 100;
    public const int MostLines = 500;

    private static readonly TimeSpan ShortestLife = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan LongestLife = TimeSpan.FromDays(3650);

    public static void MapAccess(this WebApplication app)
    {
        var access = app.MapGroup("/v1").WithTags("Access").AlwaysAnswersProblems();
        access
            .MapPost("/api-keys", CreateAsync)
            .WithName("createApiKey")
            .WithSummary("Makes an API key. Its secret is in this answer and nowhere else.")
            .WithDescription(
                $"A caller has at most {ApiKeys.MostLive} live keys: make the new one, change over, revoke the old one. A key with the scope admin is good for "
                    + "all projects, because what it changes is all projects'."
            )
            .Accepts<CreateApiKeyRequest>("application/json")
            .Produces<CreatedApiKey>(201)
            .AnswersProblems([.. RecordingEndpoints.UnreadableBodies, Problem.TooManyKeys])
            .Requires(Scope.Admin);
        access
            .MapGet("/api-keys", ListAsync)
            .WithName("listApiKeys")
            .WithSummary("Lists the API keys, live ones first, without their secrets.")
            .WithDescription($"At most {ApiKeys.Told}. lastUsedAt is true to a minute or two.")
            .Produces<ApiKeyList>()
            .Requires(Scope.Admin);
        access
            .MapDelete("/api-keys/{key}", RevokeAsync)
            .WithName("revokeApiKey")
            .WithSummary("Revokes an API key, for good.")
            .WithDescription("Effective within 10 s on all replicas. Twice does no harm. The key stays listed.")
            .Produces(204)
            .AnswersProblems(Problem.NotFound)
            .Requires(Scope.Admin);
        access
            .MapGet("/audit", AuditAsync)
            .WithName("listAudit")
            .WithSummary("Tells who wrote what, oldest first: room types, projects' actions, keys.")
            .WithDescription(
                "What callers did to a recording stands in its timeline, with their names. Lines are never changed, and none appears behind a number that was told before."
            )
            .Takes(
                ParameterDoc.Number("after", "Only lines behind this number; pass next of the page before.", 0, long.MaxValue, 0),
                ParameterDoc.Number("limit", "Lines per page.", 1, MostLines, DefaultLines)
            )
            .Produces<AuditPage>()
            .AnswersProblems(Problem.InvalidRequest)
            .Requires(Scope.Admin);
    }

    private static async Task<IResult> CreateAsync(HttpContext http, ApiKeys keys, Projects projects)
    {
        List<Violation> violations = [];
        var (body, refusal) = await RequestBody.ReadAsync(http.Request, violations, http.RequestAborted);
        if (body is null)
        {
            return refusal!;
        }

        var caller = body.Text("caller", ApiKeys.CallerRule, ApiKeys.IsCaller, required: true);
        var scopes = body.TextList(
            "scopes",
            $"a list of scopes, at least one: {Scopes}",
            name => FindScope(name) is not null,
            required: true
        );
        var allowed = body.TextList("projects", StartCheck.ProjectRule(projects, http.Caller()), name => projects.Find(name) is not null);
        if (body.Names("projects") && !body.Has("projects"))
        {
            // Null means left out elsewhere; here it would turn a variable that nobody filled into a key for everything.
            violations.Add(new("projects", "null", "must name at least one project, or be left out for all."));
        }

        var life = body.Duration("expiresAfter", ShortestLife, LongestLife);
        body.RefuseUnknown();
        if (allowed is not null && scopes?.Contains(ApiKeys.NameOf(Scope.Admin)) == true)
        {
            violations.Add(new("projects", string.Join(", ", allowed), AdminRule));
        }

        if (violations.Count > 0)
        {
            return Problem.Of(violations);
        }

        var wanted = new NewApiKey(
            caller!,
            [.. scopes!.Select(name => FindScope(name)!.Value)],
            allowed is null ? null : [.. allowed.Select(Projects.CanonicalName).Distinct().Order(StringComparer.Ordinal)],
            life
        );
        switch (await keys.CreateAsync(wanted, http.Actor(), http.RequestAborted))
        {
            case ApiKeyOutcome.Created created:
                // Whatever lies between here and the caller must not keep it.
                http.Response.Headers.CacheControl = "no-store";
                return Results.Json(new CreatedApiKey(created.Text, created.Key), statusCode: 201);
            case ApiKeyOutcome.TooMany tooMany:
                return Problem.TooManyKeys.Because(
                    $"'{caller}' has {tooMany.Live.Count} live keys: {string.Join(" and ", tooMany.Live)}. Revoke one of them first."
                );
            case var unknown:
                throw new InvalidOperationException($"Nobody knows the outcome {unknown.GetType().Name}.");
        }
    }

    /// <summary>Why a key of an administrator is good for all projects.</summary>
    public const string AdminRule = "must be left out beside the scope admin, which changes what all projects share. Make two keys.";

    public static string Scopes => string.Join(", ", Enum.GetValues<Scope>().Select(ApiKeys.NameOf));

    public static Scope? FindScope(string name) =>
        Enum.GetValues<Scope>().Cast<Scope?>().FirstOrDefault(s => ApiKeys.NameOf(s!.Value) == name);

    private static async Task<IResult> ListAsync(ApiKeys keys, CancellationToken cancellationToken) =>
        Results.Ok(new ApiKeyList(await keys.ListAsync(cancellationToken)));

    private static async Task<IResult> RevokeAsync(HttpContext http, string key, ApiKeys keys) =>
        await keys.RevokeAsync(key, http.Actor(), http.RequestAborted)
            ? Results.NoContent()
            // What was sent may be a whole key; nothing of it is repeated.
            : Problem.NotFound.Because("No key has this id: the part between 'rsk_' and the next '_'. GET /v1/api-keys lists them.");

    private static async Task<IResult> AuditAsync(HttpContext http, Audit audit)
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

        var lines = await audit.ListAsync(after, limit, http.RequestAborted);
        return Results.Ok(new AuditPage(lines, lines.Count > 0 ? lines[^1].Id : after));
    }
}
