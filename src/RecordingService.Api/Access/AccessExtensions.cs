using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using RecordingService.Api.OpenApi;
using RecordingService.Api.Problems;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Access;

/// <summary>Who may do what, by the framework's own authentication, authorization and rate limits.</summary>
internal static partial class AccessExtensions
{
    /// <summary>Where every endpoint requires a scope.</summary>
    private const string Guarded = "/v1";

    public static void AddAccess(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<AccessOptions>().Bind(builder.Configuration.GetSection(AccessOptions.Section)).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<AccessOptions>, AccessOptionsValidator>();
        builder.Services.AddSingleton<AccessPolicy>();
        builder.Services.AddSingleton<FailedAttempts>();
        builder
            .Services.AddAuthentication(ApiKeyAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(ApiKeyAuthentication.SchemeName, null);
        var authorization = builder.Services.AddAuthorizationBuilder();
        foreach (var scope in Enum.GetValues<Scope>())
        {
            authorization.AddPolicy(
                PolicyOf(scope),
                policy => policy.RequireAuthenticatedUser().RequireClaim(CallerIdentity.ScopeClaim, ApiKeys.NameOf(scope))
            );
        }

        // An endpoint that somebody forgot to guard is open to nobody, instead of to everybody.
        authorization.SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAssertion(IsOutside).Build());
        builder.Services.AddRequestLimits();
    }

    /// <summary>Takes callers' addresses from the header of trusted proxies; stands before all that looks at addresses.</summary>
    public static void UseTrustedProxies(this WebApplication app)
    {
        var proxies = app.Services.GetRequiredService<IOptions<AccessOptions>>().Value.TrustedProxies;
        if (proxies.Count == 0)
        {
            return;
        }

        var forwarded = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor, ForwardLimit = null };
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
        {
            forwarded.KnownIPNetworks.Add(AccessOptionsValidator.Network(proxy)!.Value);
        }

        app.UseForwardedHeaders(forwarded);
    }

    public static void UseAccess(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<AccessPolicy>().KeyIsRequired)
        {
            var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("RecordingService.Access");
            log.IsOpen(app.Environment.IsDevelopment() ? LogLevel.Information : LogLevel.Warning);
        }

        app.UseAuthentication();
        // Before authorization: what a key may not do counts, too.
        app.UseRequestLimits();
        app.UseAuthorization();
    }

    /// <summary>Lets only callers with this scope use an endpoint, and documents how others are answered.</summary>
    public static TBuilder Requires<TBuilder>(this TBuilder builder, Scope scope)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.RequireAuthorization(PolicyOf(scope)).WithMetadata(new RequiredScope(scope));
        EndpointDocs.Declare(builder, [Problem.NotAuthenticated, Problem.NotAllowed, Problem.TooManyAttempts, Problem.TooManyRequests]);
        return builder;
    }

    private static string PolicyOf(Scope scope) => $"scope:{ApiKeys.NameOf(scope)}";

    /// <summary>Whether a request is for nothing that needs a key: another address, or none that is mapped, which is answered 404 or 405.</summary>
    private static bool IsOutside(AuthorizationHandlerContext context) =>
        context.Resource is not HttpContext http
        || http.GetEndpoint() is not RouteEndpoint
        || !http.Request.Path.StartsWithSegments(Guarded);

    [LoggerMessage(
        EventId = 3030,
        Message = "No API key is needed here (Access:Required is false): whoever reaches the port may do everything"
    )]
    private static partial void IsOpen(this ILogger log, LogLevel level);
}

/// <summary>The scope that an endpoint requires.</summary>
internal sealed record RequiredScope(Scope Scope);
