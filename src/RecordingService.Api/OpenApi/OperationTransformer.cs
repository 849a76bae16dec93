using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using RecordingService.Api.Problems;
using RecordingService.Api.Requests;
using RecordingService.Domain.Recordings;
using RecordingService.Domain.RoomTypes;

namespace RecordingService.Api.OpenApi;

/// <summary>Completes an operation: parameters that the handler reads itself, headers of answers, examples.</summary>
internal sealed class OperationTransformer(IOptions<JsonOptions> json) : IOpenApiOperationTransformer
{
    public async Task TransformAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        foreach (var parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>())
        {
            DescribePathParameter(parameter, operation.OperationId);
        }

        foreach (var parameter in metadata.OfType<ParameterDoc>())
        {
            (operation.Parameters ??= []).Add(await ToParameterAsync(parameter, context, cancellationToken));
        }

        var request = Examples.Request(operation.OperationId);
        foreach (var media in operation.RequestBody?.Content?.Values ?? [])
        {
            media.Example = request?.DeepClone();
        }

        operation.Responses = Sorted(operation.Responses ?? []);
        foreach (var (status, response) in operation.Responses)
        {
            DescribeResponse(operation.OperationId, int.Parse(status, CultureInfo.InvariantCulture), (OpenApiResponse)response, metadata);
        }

        operation.Responses["default"] = await AnyOtherAsync(context, cancellationToken);
    }

    /// <summary>What any request may be answered, whatever the operation, so that generated clients read every problem.</summary>
    private static async Task<OpenApiResponse> AnyOtherAsync(
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    ) =>
        new()
        {
            Description = "Any other problem: the server refused the request before it came to this operation.",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [ProblemResult.ContentType] = new OpenApiMediaType
                {
                    Schema = await context.GetOrCreateSchemaAsync(typeof(ProblemDocument), parameterDescription: null, cancellationToken),
                    Examples = ToExamples([Problem.RequestTimeout, Problem.AddressTooLong, Problem.HeadersTooLarge]),
                },
            },
        };

    private static Dictionary<string, IOpenApiExample> ToExamples(IEnumerable<Problem> problems) =>
        problems.ToDictionary(
            problem => problem.Code,
            problem => (IOpenApiExample)new OpenApiExample { Summary = problem.Title, Value = ProblemPage.Example(problem) }
        );

    private static void DescribePathParameter(OpenApiParameter parameter, string? operationId)
    {
        (parameter.Description, parameter.Example) = parameter.Name switch
        {
            "id" => ("Identity of the recording.", null),
            "channel" => ($"Channel of the class: {ChannelName.Rule}", Examples.Channel),
            // What is pressed in passing must not change or remove a room type that classes are started with.
            "name" when operationId is "putRoomType" or "deleteRoomType" => (
                $"Name of the room type: {RoomTypeName.Rule}.",
                Examples.NewRoomType
            ),
            "name" => ("Name of the room type.", Examples.RoomType),
            "project" => ("Name of the Agora project.", Examples.Project),
            "webhook" => ("Identity of the webhook.", null),
            _ => (parameter.Description, parameter.Example),
        };
        if (parameter.Name is "id" or "webhook")
        {
            parameter.Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid" };
        }
    }

    private static async Task<OpenApiParameter> ToParameterAsync(
        ParameterDoc parameter,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        var schema = await context.GetOrCreateSchemaAsync(parameter.Type, parameterDescription: null, cancellationToken);
        schema.Minimum = parameter.Least?.ToString(CultureInfo.InvariantCulture);
        schema.Maximum = parameter.Most?.ToString(CultureInfo.InvariantCulture);
        schema.Default = parameter.Default?.DeepClone();
        return new()
        {
            Name = parameter.Name,
            In = parameter.In,
            Description = parameter.Description,
            Schema = schema,
        };
    }

    private void DescribeResponse(string? operationId, int status, OpenApiResponse response, IList<object> metadata)
    {
        var problems = metadata.OfType<Problem>().Where(problem => problem.Status == status).Distinct().ToList();
        foreach (var media in response.Content?.Values ?? [])
        {
            if (problems.Count > 0)
            {
                media.Examples = ToExamples(problems);
            }
            else if (Examples.Response(operationId, status) is { } example)
            {
                media.Example = JsonSerializer.SerializeToNode(example, json.Value.SerializerOptions);
            }
        }

        if (operationId == "startRecording" && (status is < 400 or 409))
        {
            AddHeader(response, "Location", "Address of the recording.");
        }

        var isTagged =
            operationId is "putRoomType" or "getLayout" or "changeLayout" or "getSubscription" or "changeSubscription"
            || metadata.OfType<ParameterDoc>().Any(parameter => parameter.Name == RequestHeaders.IfNoneMatchName);
        if (isTagged && status is < 300 or StatusCodes.Status304NotModified)
        {
            AddHeader(response, "ETag", "Stands for what is shown, in quotation marks: its version, where it has one.");
        }

        if (operationId == "putRoomType" && status == 201)
        {
            AddHeader(response, "Location", "Address of the room type.");
        }

        if (operationId == "createWebhook" && status == 201)
        {
            AddHeader(response, "Location", "Address of the webhook.");
        }

        if (status < 400 && metadata.OfType<ParameterDoc>().Any(parameter => parameter.Name == RequestHeaders.PreferName))
        {
            AddHeader(response, "Preference-Applied", "The wait that was heeded.");
        }

        if (problems.Exists(problem => problem.RetryAfter is not null))
        {
            AddHeader(response, "Retry-After", "Seconds after which the same request is worth another try.");
        }
    }

    private static OpenApiResponses Sorted(OpenApiResponses responses)
    {
        OpenApiResponses sorted = [];
        foreach (var (status, response) in responses.OrderBy(r => r.Key, StringComparer.Ordinal))
        {
            sorted[status] = response;
        }

        return sorted;
    }

    private static void AddHeader(OpenApiResponse response, string name, string description) =>
        (response.Headers ??= new Dictionary<string, IOpenApiHeader>())[name] = new OpenApiHeader
        {
            Description = description,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        };
}
