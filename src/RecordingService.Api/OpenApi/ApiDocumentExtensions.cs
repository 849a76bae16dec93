using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using RecordingService.Api.Access;
using RecordingService.Api.Problems;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.OpenApi;

/// <summary>The OpenAPI document, by Microsoft.AspNetCore.OpenApi, and Swagger UI over it.</summary>
internal static class ApiDocumentExtensions
{
    private const string DocumentName = "v1";

    /// <summary>What belongs together.</summary>
    private static readonly Dictionary<string, string> Tags = new()
    {
        ["Recordings"] = "Start, follow, change and stop recordings, and act on them as an operator.",
        ["Room types"] = "What kinds of classes there are, and how each is recorded.",
        ["Configuration"] = "The Agora projects and storage profiles that are configured, and what they lack.",
        ["Events"] = "Everything that happens, in order, to be read on from a cursor or listened to.",
        [WebhookSection.Tag] = "Everything that happens, sent to endpoints of yours.",
        ["Access"] = "Keys of calling backends, and who did what with them.",
        ["Notifications"] = "Where Agora tells what happens. Only Agora calls these.",
        ["Health"] = "Whether this replica lives and takes requests.",
    };

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
                options.AddDocumentTransformer<WebhookSection>();
                options.AddDocumentTransformer(DescribeAsync);
                options.AddOperationTransformer<SecurityDocs>();
                options.AddDocumentTransformer<SecurityDocs>();
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
        if (type == typeof(TimeSpan) || type == typeof(DateTimeOffset))
        {
            var orNull = type == context.JsonTypeInfo.Type ? 0 : JsonSchemaType.Null;
            var format = type == typeof(TimeSpan) ? "duration" : "date-time";
            (schema.Type, schema.Format, schema.Pattern) = (JsonSchemaType.String | orNull, format, null);
        }
        else if (type.IsEnum)
        {
            // Where a member may be null, it refers to this schema or to null; a null in here would match twice.
            schema.Type = JsonSchemaType.String;
            schema.Enum = [.. (schema.Enum ?? []).Where(value => value?.GetValueKind() == JsonValueKind.String)];
            DescribeValues(schema, type);
        }

        return Task.CompletedTask;
    }

    /// <summary>For people in the description, and for generators in the extension that they read.</summary>
    private static void DescribeValues(OpenApiSchema schema, Type type)
    {
        var values = EnumDescriptions.ValuesOf(type);
        schema.Description = string.Join(
            '\n',
            [EnumDescriptions.Of(type) ?? "", "", .. values.Select(value => $"- `{value.Name}`: {value.Meaning}")]
        );
        schema.Extensions ??= new Dictionary<string, IOpenApiExtension>();
        schema.Extensions["x-enum-descriptions"] = new JsonNodeExtension(
            new JsonArray([.. values.Select(value => JsonValue.Create(value.Meaning))])
        );
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
                + "address of a page about it, and every answer names its trace in the header Trace-Id. What is asked for and not known here is refused: members of "
                + "bodies, query parameters. What is answered may have more members and values than are told here: ignore those that you do not know. "
                + "HEAD is answered wherever GET is.",
            Contact = new() { Name = "RecordingService contributors" },
            License = new() { Name = "MIT", Identifier = "MIT" },
        };
        // Where the document was fetched from; this process does not know its address outside.
        document.Servers = [new() { Url = "/", Description = "The service that this document comes from." }];
        document.Tags = DescribedTags(document);
        var project = context.ApplicationServices.GetRequiredService<Projects>();
        var id = await NewestIdAsync(context.ApplicationServices, NewestRecordingAsync, cancellationToken) ?? Examples.RecordingId;
        var webhook = await NewestIdAsync(context.ApplicationServices, NewestWebhookAsync, cancellationToken) ?? WebhookExamples.WebhookId;
        foreach (var parameter in document.Paths.Values.SelectMany(path => path.Operations ?? []).SelectMany(o => o.Value.Parameters ?? []))
        {
            if (parameter is OpenApiParameter { In: ParameterLocation.Path, Name: "id" or "webhook" } concrete)
            {
                concrete.Example = (concrete.Name == "id" ? id : webhook).ToString();
            }
            else if (parameter is OpenApiParameter { In: ParameterLocation.Path, Name: "project" } named)
            {
                named.Example = Projects.CanonicalName(project.Default ?? project.Names.FirstOrDefault() ?? Examples.Project);
            }
        }
    }

    private static HashSet<OpenApiTag> DescribedTags(OpenApiDocument document)
    {
        var used = document
            .Paths.Values.Concat(document.Webhooks?.Values ?? [])
            .SelectMany(path => path.Operations ?? [])
            .SelectMany(operation => operation.Value.Tags ?? new HashSet<OpenApiTagReference>())
            .Select(tag => tag.Name)
            .OfType<string>()
            .Distinct();
        return [.. used.Select(name => new OpenApiTag { Name = name, Description = Tags.GetValueOrDefault(name) })];
    }

    private static async Task<Guid?> NewestRecordingAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        await services.GetRequiredService<RecordingQueries>().ListAsync(new() { Limit = 1 }, cancellationToken) is [var newest]
            ? newest.Recording.Id
            : null;

    private static async Task<Guid?> NewestWebhookAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        await services.GetRequiredService<Webhooks>().ListAsync(null, cancellationToken) is [var newest, ..] ? newest.Id : null;

    /// <summary>The newest one of what there is, so that an example works when it is pressed.</summary>
    private static async Task<Guid?> NewestIdAsync(
        IServiceProvider services,
        Func<IServiceProvider, CancellationToken, Task<Guid?>> find,
        CancellationToken cancellationToken
    )
    {
        // Where keys are required, anybody may read this document, but not which recordings there are.
        if (services.GetRequiredService<AccessPolicy>().KeyIsRequired || !services.GetRequiredService<EngineState>().IsReady)
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
