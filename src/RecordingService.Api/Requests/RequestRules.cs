using Microsoft.OpenApi;
using RecordingService.Api.OpenApi;
using RecordingService.Api.Problems;

namespace RecordingService.Api.Requests;

/// <summary>What every operation asks of a request, told by what its endpoint says of itself, so that new endpoints need no code for it.</summary>
/// <remarks>What callers ask for and would not get is refused: a misspelt filter would list everything, a precondition that nobody looks at loses a change.</remarks>
internal static class RequestRules
{
    private const string Interface = "/v1";

    private static readonly string[] Preconditions = [RequestHeaders.IfMatchName, RequestHeaders.IfNoneMatchName, "If-Unmodified-Since"];

    /// <summary>Stands behind access control, so that strangers are told nothing else. What routing itself refuses (405, 415) is no endpoint of a route.</summary>
    public static void UseRequestRules(this WebApplication app) =>
        app.Use(
            (http, next) =>
                http.GetEndpoint() is RouteEndpoint endpoint
                && http.Request.Path.StartsWithSegments(Interface)
                && Broken(http.Request, [.. endpoint.Metadata.OfType<ParameterDoc>()]) is { Count: > 0 } violations
                    ? Problem.Of(violations).ExecuteAsync(http)
                    : next(http)
        );

    private static List<Violation> Broken(HttpRequest request, List<ParameterDoc> known)
    {
        List<Violation> violations = [];
        // A handler that takes parameters tells the unknown ones together with all other faults.
        if (request.Query.Count > 0 && !known.Exists(parameter => parameter.In == ParameterLocation.Query))
        {
            violations.AddRange(
                request.Query.Select(parameter => new Violation(
                    Violation.Cut(parameter.Key),
                    Violation.Cut(parameter.Value.ToString()),
                    "is not known here; this operation takes no query parameters."
                ))
            );
        }

        if (HttpMethods.IsPost(request.Method) && !Takes(RequestHeaders.IdempotencyKeyName))
        {
            Refuse(RequestHeaders.IdempotencyKeyName, "is not taken here: a repeat does its work again.");
        }

        if (!HttpMethods.IsGet(request.Method))
        {
            foreach (var name in Preconditions.Where(name => !Takes(name)))
            {
                Refuse(
                    name,
                    Takes(RequestHeaders.IfMatchName)
                        ? "is not taken here: name the version in If-Match."
                        : "is not taken here: this operation has no versions to compare."
                );
            }
        }

        return violations;

        bool Takes(string header) => known.Exists(parameter => parameter.In == ParameterLocation.Header && parameter.Name == header);

        void Refuse(string header, string rule)
        {
            if (request.Headers.TryGetValue(header, out var value))
            {
                violations.Add(new(header, Violation.Cut(value.ToString()), rule));
            }
        }
    }
}
