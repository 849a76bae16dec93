namespace RecordingService.Api.Problems;

/// <summary>A kind of error that callers may meet. Its address is stable and is a page of its own (docs/problems).</summary>
/// <param name="Code">Stable word; the last part of the address.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Title">What happened, the same for every occurrence.</param>
public sealed record Problem(string Code, int Status, string Title)
{
    /// <summary>Most violations that one answer lists; a body of 64 kB can break thousands of rules.</summary>
    internal const int MostViolations = 50;

    /// <summary>The request breaks rules; all of them are listed.</summary>
    public static readonly Problem InvalidRequest = new("invalid-request", 400, "The request breaks one or more rules.");

    /// <summary>The request is no HTTP that this service understands; nothing of it was looked at.</summary>
    public static readonly Problem MalformedRequest = new("malformed-request", 400, "The request is not valid HTTP.");

    /// <summary>The body is no JSON object.</summary>
    public static readonly Problem MalformedBody = new("malformed-body", 400, "The body is not the JSON that is expected here.");

    /// <summary>A notification whose signature no secret made.</summary>
    public static readonly Problem NotSigned = new("not-signed", 401, "The signature of the body is missing or wrong.");

    /// <summary>The request carries no API key, or a bad one.</summary>
    public static readonly Problem NotAuthenticated = new("not-authenticated", 401, "An API key is needed, and a good one was not sent.");

    /// <summary>The key is good, but not for this.</summary>
    public static readonly Problem NotAllowed = new("not-allowed", 403, "This key does not allow that.");

    /// <summary>Nothing is known under this id or address.</summary>
    public static readonly Problem NotFound = new("not-found", 404, "There is no such thing here.");

    /// <summary>The address exists, but not with this method.</summary>
    public static readonly Problem MethodNotAllowed = new("method-not-allowed", 405, "This address does not take this method.");

    /// <summary>The request came too slowly.</summary>
    public static readonly Problem RequestTimeout = new("request-timeout", 408, "The request did not arrive in time.");

    /// <summary>The channel is being recorded with other parameters.</summary>
    public static readonly Problem DiffersFromLive = new(
        "differs-from-live-recording",
        409,
        "This channel is being recorded already, with other parameters."
    );

    /// <summary>The recording has ended.</summary>
    public static readonly Problem NotLive = new("recording-has-ended", 409, "The recording has ended and cannot be changed any more.");

    /// <summary>The recording's mode has no such thing.</summary>
    public static readonly Problem NotInThisMode = new("not-in-this-mode", 409, "This recording's mode has no such thing.");

    /// <summary>The recording's state does not allow an operator's action.</summary>
    public static readonly Problem NotInThisState = new("not-in-this-state", 409, "This makes no sense in the recording's present state.");

    /// <summary>A caller has as many live keys as it may have.</summary>
    public static readonly Problem TooManyKeys = new("too-many-keys", 409, "This caller has as many live keys as it may have.");

    /// <summary>There are as many webhooks as there may be.</summary>
    public static readonly Problem TooManyWebhooks = new("too-many-webhooks", 409, "There are as many webhooks as there may be.");

    /// <summary>What the request is based on has changed.</summary>
    public static readonly Problem PreconditionFailed = new(
        "precondition-failed",
        412,
        "It is not in the version that the request asks for."
    );

    /// <summary>The body is larger than any valid one.</summary>
    public static readonly Problem BodyTooLarge = new("body-too-large", 413, "The body is too large.");

    /// <summary>The address with its query is longer than any valid one.</summary>
    public static readonly Problem AddressTooLong = new("address-too-long", 414, "The address is too long.");

    /// <summary>The body is not declared as JSON.</summary>
    public static readonly Problem UnsupportedMediaType = new(
        "unsupported-media-type",
        415,
        "The body must be declared as application/json."
    );

    /// <summary>The idempotency key stands for another request.</summary>
    public static readonly Problem KeyReused = new("idempotency-key-reused", 422, "This Idempotency-Key was used for another request.");

    /// <summary>The project has no usable storage profile.</summary>
    public static readonly Problem NoStorageProfile = new("no-storage-profile", 422, "No storage profile can be used for this recording.");

    /// <summary>No key is configured to keep the secrets of webhooks with.</summary>
    public static readonly Problem NoSecretKey = new("no-secret-key", 422, "No key is configured to keep secrets with.");

    /// <summary>Too many bad keys came from one address.</summary>
    public static readonly Problem TooManyAttempts = new("too-many-attempts", 429, "Too many bad keys came from this address.")
    {
        RetryAfter = TimeSpan.FromMinutes(1),
    };

    /// <summary>A caller makes more requests than it may.</summary>
    public static readonly Problem TooManyRequests = new("too-many-requests", 429, "This caller makes too many requests.")
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    /// <summary>There are more headers, or longer ones, than any valid request has.</summary>
    public static readonly Problem HeadersTooLarge = new("headers-too-large", 431, "The headers are too many or too large.");

    /// <summary>A fault of this service.</summary>
    public static readonly Problem Internal = new("internal", 500, "This service made a mistake.");

    /// <summary>The database does not answer.</summary>
    public static readonly Problem DatabaseUnavailable = new(
        "database-unavailable",
        503,
        "The request could not be carried out for the moment."
    )
    {
        RetryAfter = TimeSpan.FromSeconds(5),
    };

    /// <summary>Every kind of error.</summary>
    public static readonly IReadOnlyList<Problem> All =
    [
        InvalidRequest,
        MalformedRequest,
        MalformedBody,
        NotSigned,
        NotAuthenticated,
        NotAllowed,
        NotFound,
        MethodNotAllowed,
        RequestTimeout,
        DiffersFromLive,
        NotLive,
        NotInThisMode,
        NotInThisState,
        TooManyKeys,
        TooManyWebhooks,
        PreconditionFailed,
        BodyTooLarge,
        AddressTooLong,
        UnsupportedMediaType,
        KeyReused,
        NoStorageProfile,
        NoSecretKey,
        TooManyAttempts,
        TooManyRequests,
        HeadersTooLarge,
        Internal,
        DatabaseUnavailable,
    ];

    /// <summary>When the same request is worth another try (header Retry-After); null when time alone does not help.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Address of the kind, relative to this service.</summary>
    public string Type => $"/problems/{Code}";

    /// <summary>The answer to one occurrence.</summary>
    internal ProblemResult Because(string detail) => new(this, detail);

    /// <summary>The answer to a request that breaks rules.</summary>
    internal static ProblemResult Of(IReadOnlyList<Violation> violations)
    {
        var shown = violations.Take(MostViolations).ToList();
        var more = violations.Count > shown.Count ? $" And {violations.Count - shown.Count} more." : "";
        return InvalidRequest.Because(string.Join(" ", shown.Select(violation => $"{violation.Field}: {violation.Rule}")) + more) with
        {
            Violations = shown,
        };
    }
}
