using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using RecordingService.Api.Problems;
using RecordingService.Api.Requests;

namespace RecordingService.Api.OpenApi;

/// <summary>What endpoints say of themselves for the OpenAPI document beyond what ASP.NET Core asks for.</summary>
internal static class EndpointDocs
{
    /// <summary>Documents query parameters and headers, which handlers read themselves to answer all faults at once.</summary>
    public static RouteHandlerBuilder Takes(this RouteHandlerBuilder builder, params ParameterDoc[] parameters) =>
        builder.WithMetadata(parameters.ToArray<object>());

    /// <summary>Documents the problems that an operation may answer with.</summary>
    public static RouteHandlerBuilder AnswersProblems(this RouteHandlerBuilder builder, params Problem[] problems)
    {
        Declare(builder, problems);
        return builder;
    }

    /// <summary>Documents the problems that every operation of a group may answer with.</summary>
    /// <param name="group">The group.</param>
    /// <param name="checksQuery">Whether unknown query parameters are refused, as everywhere under /v1.</param>
    public static RouteGroupBuilder AlwaysAnswersProblems(this RouteGroupBuilder group, bool checksQuery = true)
    {
        if (checksQuery)
        {
            Declare(group, [Problem.InvalidRequest]);
        }

        Declare(group, [Problem.MalformedRequest, Problem.Internal, Problem.DatabaseUnavailable]);
        return group;
    }

    /// <summary>Documents that the operation answers 304 to whoever has its answer already; the handler returns a <see cref="TaggedResult"/>.</summary>
    public static RouteHandlerBuilder AnswersConditionally(this RouteHandlerBuilder builder) =>
        builder
            .Produces(StatusCodes.Status304NotModified)
            .Takes(
                ParameterDoc.Header(RequestHeaders.IfNoneMatchName, "ETag of an answer that the caller has; 304 when it is still the same.")
            );

    internal static void Declare(IEndpointConventionBuilder builder, Problem[] problems)
    {
        foreach (var status in problems.Select(problem => problem.Status).Distinct())
        {
            builder.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(ProblemDocument), [ProblemResult.ContentType]));
        }

        builder.WithMetadata(problems.ToArray<object>());
    }
}

/// <summary>A query parameter or header.</summary>
internal sealed record ParameterDoc(ParameterLocation In, string Name, string Description, Type Type)
{
    public long? Least { get; private init; }

    public long? Most { get; private init; }

    public JsonNode? Default { get; private init; }

    public static ParameterDoc Header(string name, string description) => new(ParameterLocation.Header, name, description, typeof(string));

    public static ParameterDoc Query<T>(string name, string description) => new(ParameterLocation.Query, name, description, typeof(T));

    public static ParameterDoc Number(string name, string description, long least, long most, long otherwise) =>
        new(ParameterLocation.Query, name, description, most > int.MaxValue ? typeof(long) : typeof(int))
        {
            Least = least,
            Most = most == long.MaxValue ? null : most,
            Default = JsonSerializer.SerializeToNode(otherwise),
        };
}
