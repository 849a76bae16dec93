namespace RecordingService.Api.Problems;

/// <summary>A kind of error that callers may meet. Its address is stable and is a page of its own.</summary>
/// <param name="Code">Stable word; the last part of the address.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Title">What happened, the same for every occurrence.</param>
public sealed record Problem(string Code, int Status, string Title)
{
    /// <summary>The request breaks rules; all of them are listed.</summary>
    public static readonly Problem InvalidRequest = new("invalid-request", 400, "The request breaks one or more rules.");

    /// <summary>The body is no JSON object.</summary>
    public static readonly Problem MalformedBody = new("malformed-body", 400, "The body is not the JSON that is expected here.");

    /// <summary>Nothing is known under this id or address.</summary>
    public static readonly Problem NotFound = new("not-found", 404, "There is no such thing here.");

    /// <summary>The address exists, but not with this method.</summary>
    public static readonly Problem MethodNotAllowed = new("method-not-allowed", 405, "This address does not take this method.");

    /// <summary>The channel is being recorded with other parameters.</summary>
    public static readonly Problem DiffersFromLive = new(
        "differs-from-live-recording",
        409,
        "This channel is being recorded already, with other parameters."
    );

    /// <summary>The recording has ended.</summary>
    public static readonly Problem NotLive = new("recording-has-ended", 409, "The recording has ended and cannot be changed any more.");

    /// <summary>The body is larger than any valid one.</summary>
    public static readonly Problem BodyTooLarge = new("body-too-large", 413, "The body is too large.");

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

    /// <summary>The database does not answer; nothing was stored.</summary>
    public static readonly Problem DatabaseUnavailable = new(
        "database-unavailable",
        503,
        "The request could not be stored for the moment."
    );

    /// <summary>A fault of this service.</summary>
    public static readonly Problem Internal = new("internal", 500, "This service made a mistake.");

    /// <summary>Every kind of error.</summary>
    public static readonly IReadOnlyList<Problem> All =
    [
        InvalidRequest,
        MalformedBody,
        NotFound,
        MethodNotAllowed,
        DiffersFromLive,
        NotLive,
        BodyTooLarge,
        UnsupportedMediaType,
        KeyReused,
        NoStorageProfile,
        DatabaseUnavailable,
        Internal,
    ];

    /// <summary>Address of the kind, relative to this service.</summary>
    public string Type => $"/problems/{Code}";

    /// <summary>The answer to one occurrence.</summary>
    internal IResult Because(string detail, params (string Name, object? Value)[] extensions) =>
        Results.Problem(
            detail,
            statusCode: Status,
            title: Title,
            type: Type,
            extensions: extensions
                .Where(e => e.Value is not null)
                .Select(e => new KeyValuePair<string, object?>(e.Name, e.Value))
                .Append(new("code", Code))
        );

    /// <summary>The answer to a request that breaks rules.</summary>
    internal static IResult Of(IReadOnlyList<Violation> violations) =>
        InvalidRequest.Because(
            string.Join(" ", violations.Select(violation => $"{violation.Field}: {violation.Rule}")),
            ("violations", violations)
        );
}

/// <summary>A rule that a request breaks.</summary>
/// <param name="Field">The member, parameter or header.</param>
/// <param name="Value">What was given, cut to 100 characters; null when it is missing.</param>
/// <param name="Rule">What is allowed.</param>
public sealed record Violation(string Field, string? Value, string Rule);
