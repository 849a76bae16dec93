using System.Data.Common;
using System.Text.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using RecordingService.Api.Problems;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.OpenApi;

/// <summary>The OpenAPI document, by Microsoft.AspNetCore.OpenApi, and Swagger UI over it.</summary>
internal static class ApiDocumentExtensions
{
    private const string DocumentName = "v1";

    public static void AddApiDocument(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(options => ApiJson.Configure(options.SerializerOptions));
        services.AddOpenApi(
            DocumentName,
            options =>
            {
                options.CreateSchemaReferenceId = type => PublicName(OpenApiOptions.CreateDefaultSchemaReferenceId(type));
                options.AddSchemaTransformer(DescribeTypeAsync);
                options.AddOperationTransformer<OperationTransformer>();
                options.AddDocumentTransformer(DescribeAsync);
            }
        );
    }

    public static void MapApiDocument(this WebApplication app)
    {
        app.MapOpenApi();
        if (app.Configuration.GetValue("SwaggerUI:Enabled", app.Environment.IsDevelopment()))
        {
            app.UseSwaggerUI(ui =>
            {
                ui.SwaggerEndpoint($"/openapi/{DocumentName}.json", "RecordingService v1");
                ui.DocumentTitle = "RecordingService";
                ui.EnableTryItOutByDefault();
                ui.DisplayRequestDuration();
            });
            app.MapGet("/", () => Results.Redirect("/swagger")).ExcludeFromDescription();
        }
    }

    /// <summary>What callers call it: the types of this project carry a suffix that tells them from the domain's.</summary>
    private static string? PublicName(string? type) =>
        type switch
        {
            null => null,
            _ when type.EndsWith("Resource", StringComparison.Ordinal) => type[..^"Resource".Length],
            nameof(ProblemDocument) => "Problem",
            _ => type,
        };

    private static Task DescribeTypeAsync(
        OpenApiSchema schema,
        OpenApiSchemaTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
        if (type == typeof(TimeSpan))
        {
            var orNull = type == context.JsonTypeInfo.Type ? 0 : JsonSchemaType.Null;
            (schema.Type, schema.Format, schema.Pattern) = (JsonSchemaType.String | orNull, "duration", null);
        }
        else if (type.IsEnum)
        {
            // Where a member may be null, it refers to this schema or to null; a null in here would match twice.
            schema.Type = JsonSchemaType.String;
            schema.Enum = [.. (schema.Enum ?? []).Where(value => value?.GetValueKind() == JsonValueKind.String)];
        }

        return Task.CompletedTask;
    }

    private static async Task DescribeAsync(
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
                "Records classes through Agora Cloud Recording: starts recorders, proves that they run, replaces them when they die, and hands back "
                + "the playlist. Times are RFC 3339 in UTC, durations ISO 8601. Every error is a problem document (RFC 9457) whose type is the "
                + "address of a page about it. Ignore members that you do not know: more may come.",
        };
        // The address that the document was fetched from is the right one; this process does not know the one outside.
        document.Servers = [];

        var id = await NewestIdAsync(context.ApplicationServices, NewestRecordingAsync, cancellationToken) ?? Examples.RecordingId;
        var webhook = await NewestIdAsync(context.ApplicationServices, NewestWebhookAsync, cancellationToken) ?? WebhookExamples.WebhookId;
        foreach (var parameter in document.Paths.Values.SelectMany(path => path.Operations ?? []).SelectMany(o => o.Value.Parameters ?? []))
        {
            if (parameter is OpenApiParameter { In: ParameterLocation.Path, Name: "id" or "webhook" } concrete)
            {
                concrete.Example = (concrete.Name == "id" ? id : webhook).ToString();
            }
        }
    }

    private static async Task<Guid?> NewestRecordingAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        await services.GetRequiredService<RecordingQueries>().ListAsync(new() { Limit = 1 }, cancellationToken) is [var newest]
            ? newest.Recording.Id
            : null;

    private static async Task<Guid?> NewestWebhookAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        await services.GetRequiredService<Infrastructure.Engine.Webhooks>().ListAsync(null, cancellationToken) is [var newest, ..] ? newest.Id : null;

    /// <summary>The newest one of what there is, so that an example works when it is pressed.</summary>
    private static async Task<Guid?> NewestIdAsync(
        IServiceProvider services,
        Func<IServiceProvider, CancellationToken, Task<Guid?>> find,
        CancellationToken cancellationToken
    )
    {
        if (!services.GetRequiredService<EngineState>().IsReady)
        {
            return null;
        }

        try
        {
            return await find(services, cancellationToken);
        }
        catch (Exception e) when (e is DbException or InvalidOperationException or TimeoutException)
        {
            // The document is worth having without a database too.
            return null;
        }
    }
}
