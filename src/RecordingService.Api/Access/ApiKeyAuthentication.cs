using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using RecordingService.Api.Problems;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Access;

/// <summary>Tells who calls by the key in <c>Authorization: Bearer</c> (RFC 6750), and answers 401, 403 and 429 as problems.</summary>
internal sealed partial class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory loggers,
    UrlEncoder encoder,
    ApiKeyRing keys,
    FailedAttempts failures,
    AccessPolicy access
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>Name of the scheme inside this program.</summary>
    public const string SchemeName = "ApiKey";

    private const string Bearer = "Bearer";

    private string? refusal;
    private TimeSpan? tooMany;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Context.GetEndpoint()?.Metadata.GetMetadata<RequiredScope>() is null)
        {
            // Health, problem pages and the like need nobody's name, and must answer without the database.
            return AuthenticateResult.NoResult();
        }

        var sent = Request.Headers.Authorization;
        if (sent.Count == 0)
        {
            return access.KeyIsRequired ? AuthenticateResult.NoResult() : Success(Caller.Anonymous);
        }

        if (KeyIn(sent.Count == 1 ? sent.ToString() : "") is not { } text)
        {
            return Refuse(null, $"The header Authorization must be there once and read '{Bearer} rsk_...'.");
        }

        return await keys.VerifyAsync(text, Context.RequestAborted) switch
        {
            ApiKeyVerdict.Good good => Success(new(good.Caller, good.Scopes, good.Projects) { KeyId = good.Id }),
            ApiKeyVerdict.Refused refused => Refuse(refused.Id, refused.Why),
            var unknown => throw new InvalidOperationException($"Nobody knows the verdict {unknown.GetType().Name}."),
        };
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (tooMany is { } wait)
        {
            var answer = Problem.TooManyAttempts.Because(
                "This address has sent too many bad keys. A good key is let in all the same; without one, wait for the seconds in Retry-After."
            );
            return (answer with { RetryAfter = wait }).ExecuteAsync(Context);
        }

        Response.Headers.WWWAuthenticate = refusal is null ? Bearer : $"{Bearer} error=\"invalid_token\"";
        var detail =
            refusal ?? $"Send an API key: the header Authorization with '{Bearer} rsk_...'. An administrator of this service makes keys.";
        return Problem.NotAuthenticated.Because(detail).ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        var caller = Context.Caller();
        var scope = Context.GetEndpoint()?.Metadata.GetMetadata<RequiredScope>() is { } required ? ApiKeys.NameOf(required.Scope) : null;
        Response.Headers.WWWAuthenticate = scope is null
            ? $"{Bearer} error=\"insufficient_scope\""
            : $"{Bearer} error=\"insufficient_scope\", scope=\"{scope}\"";
        return Problem
            .NotAllowed.Because(
                $"This needs the scope '{scope}'; the key of '{caller.Name}' has {string.Join(", ", caller.Scopes.Select(ApiKeys.NameOf))}."
            )
            .ExecuteAsync(Context);
    }

    private static string? KeyIn(string header) =>
        header.StartsWith($"{Bearer} ", StringComparison.OrdinalIgnoreCase) ? header[(Bearer.Length + 1)..].Trim() : null;

    private static AuthenticateResult Success(Caller caller) =>
        AuthenticateResult.Success(new(new(new CallerIdentity(caller)), SchemeName));

    /// <summary>Bad keys are counted, missing ones are not: they cost nothing and guess nothing.</summary>
    private AuthenticateResult Refuse(string? keyId, string why)
    {
        refusal = why;
        tooMany = failures.Count(Context.Connection.RemoteIpAddress);
        if (tooMany is null)
        {
            // Beyond the limit nothing is logged: nobody can fill the log this way.
            Refused(Logger, $"{Context.Connection.RemoteIpAddress}", keyId, why);
        }

        return AuthenticateResult.Fail(why);
    }

    [LoggerMessage(3031, LogLevel.Warning, "A bad key came from {Address} (id {KeyId}): {Reason}")]
    private static partial void Refused(ILogger log, string address, string? keyId, string reason);
}

/// <summary>Whether callers need a key here.</summary>
internal sealed class AccessPolicy(IOptions<AccessOptions> options, IHostEnvironment environment)
{
    public bool KeyIsRequired => options.Value.Required ?? !environment.IsDevelopment();
}
