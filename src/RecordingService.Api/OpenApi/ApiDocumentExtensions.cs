using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using RecordingService.Api.Recordings;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.OpenApi;

/// <summary>The OpenAPI document, by Microsoft.AspNetCore.OpenApi, and Swagger UI over it.</summary>
internal static class ApiDocumentExtensions
{
    /// <summary>Stands in examples where no recording exists yet.</summary>
    private const string SampleId = "019aa3c4-5b00-7cc1-9d6e-0f2b7c1d8a11";

    public static void AddApiDocument(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(options => ApiJson.Configure(options.SerializerOptions));
        services.AddSingleton<StartCheck>();
        services.AddOpenApi(
            "v1",
            options =>
            {
                options.AddDocumentTransformer(DescribeAsync);
                options.AddSchemaTransformer(DescribeTypesAsync);
                options.AddOperationTransformer(GiveExamplesAsync);
            }
        );
    }

    public static void MapApiDocument(this WebApplication app)
    {
        app.MapOpenApi();
        if (app.Environment.IsDevelopment() || app.Configuration.GetValue<bool>("SwaggerUI:Enabled"))
        {
            app.UseSwaggerUI(ui =>
            {
                ui.SwaggerEndpoint("/openapi/v1.json", "RecordingService v1");
                ui.DocumentTitle = "RecordingService";
                ui.EnableTryItOutByDefault();
            });
        }
    }

    /// <summary>Documents the problems that an operation may answer with.</summary>
    public static RouteHandlerBuilder ProducesProblems(this RouteHandlerBuilder builder, params int[] statuses)
    {
        foreach (var status in statuses)
        {
            builder.ProducesProblem(status);
        }

        return builder;
    }

    private static Task DescribeAsync(
        OpenApiDocument document,
        OpenApiDocumentTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        document.Info = new()
        {
            Title = "RecordingService",
            Version = "v1",
            Description =
                "Records classes through Agora Cloud Recording: starts recorders, proves that they run, replaces them when they die, and hands back the playlist.",
        };
        document.Servers = [];
        return Task.CompletedTask;
    }

    private static Task DescribeTypesAsync(
        OpenApiSchema schema,
        OpenApiSchemaTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
        if (type == typeof(TimeSpan))
        {
            schema.Type = JsonSchemaType.String;
            schema.Format = "duration";
            schema.Pattern = null;
        }
        else if (type.IsEnum)
        {
            schema.Type = JsonSchemaType.String;
        }

        return Task.CompletedTask;
    }

    private static async Task GiveExamplesAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        foreach (var parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>())
        {
            parameter.Example = parameter.Name switch
            {
                "id" => await NewestIdAsync(context.ApplicationServices, cancellationToken),
                "channel" when parameter.In == ParameterLocation.Path => "maths-7b",
                _ => null,
            };
        }

        var body = operation.OperationId switch
        {
            "startRecording" =>
                """{"channel":"maths-7b","roomType":"lecture","externalId":"lesson-4711","longestBreak":"PT10M","metadata":{"teacher":"Ada"}}""",
            "changeRecording" => """{"maxDuration":"PT5H"}""",
            _ => null,
        };
        if (body is not null && operation.RequestBody is { Content: { } content })
        {
            foreach (var media in content.Values)
            {
                media.Example = JsonNode.Parse(body);
            }
        }
    }

    /// <summary>The newest recording, so that an example works when it is pressed.</summary>
    private static async Task<string> NewestIdAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        if (!services.GetRequiredService<EngineState>().IsReady)
        {
            return SampleId;
        }

        var newest = await services.GetRequiredService<RecordingQueries>().ListAsync(new RecordingFilter { Limit = 1 }, cancellationToken);
        return newest is [var recording] ? recording.Recording.Id.ToString() : SampleId;
    }
}
