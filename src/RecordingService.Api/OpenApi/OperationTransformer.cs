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
    }

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
        var problems = metadata.OfType<Problem>().Where(problem => problem.Status == status).ToList();
        foreach (var media in response.Content?.Values ?? [])
        {
            if (problems.Count > 0)
            {
                media.Examples = problems.ToDictionary(
                    problem => problem.Code,
                    problem => (IOpenApiExample)new OpenApiExample { Summary = problem.Title, Value = ProblemPage.Example(problem) }
                );
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

        if (
            status < 300
            && operationId is "getRoomType" or "putRoomType" or "getLayout" or "changeLayout" or "getSubscription" or "changeSubscription"
        )
        {
            AddHeader(response, "ETag", "Version that is shown, in quotation marks.");
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
