using System.Security.Claims;
using RecordingService.Api.Problems;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Access;

/// <summary>Who sends a request, and what it may do and see.</summary>
/// <param name="Name">Name of the calling backend.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="Projects">Projects that it may see, in the spelling under which they are stored; null for all.</param>
internal sealed record Caller(string Name, IReadOnlyList<Scope> Scopes, IReadOnlyList<string>? Projects)
{
    /// <summary>Everybody, where no key is needed.</summary>
    public static readonly Caller Anonymous = new(ApiKeys.Nobody, Enum.GetValues<Scope>(), null);

    /// <summary>Id of the key, or null for none.</summary>
    public string? KeyId { get; init; }

    /// <summary>Whether a project, in any spelling, is one that the caller may see.</summary>
    public bool MaySee(string project) => Projects is null || Projects.Contains(Infrastructure.Engine.Projects.CanonicalName(project));

    /// <summary>Whether the caller may see a storage profile: those of projects that it may see, and those that belong to no project.</summary>
    /// <remarks>Otherwise a start could write into the bucket of a project that its caller has no business with.</remarks>
    public bool MaySeeProfile(Projects projects, string profile)
    {
        var owners = projects
            .Names.Where(name => string.Equals(projects.Find(name)!.StorageProfile, profile, StringComparison.OrdinalIgnoreCase))
            .ToList();
        return Projects is null || owners.Count == 0 || owners.Exists(MaySee);
    }

    /// <summary>The configured projects that the caller may see.</summary>
    public IEnumerable<string> Of(Projects projects) => projects.Names.Where(MaySee);

    /// <summary>The answer to a request for a project that is not the caller's; whether there is such a project is not told.</summary>
    /// <param name="project">The project; null where the request names none.</param>
    public ProblemResult Refuse(string? project) =>
        Problem.NotAllowed.Because(
            $"The key of '{Name}' is good for {string.Join(", ", Projects ?? [])}, and "
                + (
                    project is null
                        ? "the request names no project: the default is none of these."
                        : $"the request is for '{Violation.Cut(project)}'."
                )
        );
}

internal static class CallerExtensions
{
    /// <summary>The caller of a request to an endpoint that requires a scope.</summary>
    public static Caller Caller(this HttpContext http) =>
        http.FindCaller() ?? throw new InvalidOperationException("Only endpoints that require a scope know their caller.");

    /// <summary>The caller, or null where none is known.</summary>
    public static Caller? FindCaller(this HttpContext http) => http.User.Identities.OfType<CallerIdentity>().FirstOrDefault()?.Caller;

    /// <summary>Whether the caller's key is still good: for answers that go on for long, such as a stream.</summary>
    public static ValueTask<bool> KeyHoldsAsync(this HttpContext http) =>
        http.Caller().KeyId is { } id
            ? http.RequestServices.GetRequiredService<ApiKeyRing>().HoldsAsync(id, http.RequestAborted)
            : ValueTask.FromResult(true);

    /// <summary>The caller as the audit names it.</summary>
    public static Actor Actor(this HttpContext http)
    {
        var caller = http.Caller();
        return new(caller.Name, caller.KeyId, TraceIds.Of(http));
    }
}

/// <summary>A caller as the framework's authorization sees it.</summary>
internal sealed class CallerIdentity(Caller caller)
    : ClaimsIdentity(
        [new(ClaimTypes.Name, caller.Name), .. caller.Scopes.Select(scope => new Claim(ScopeClaim, ApiKeys.NameOf(scope)))],
        ApiKeyAuthentication.SchemeName
    )
{
    public const string ScopeClaim = "scope";

    public Caller Caller => caller;
}
