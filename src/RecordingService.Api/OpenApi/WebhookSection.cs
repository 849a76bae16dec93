using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using RecordingService.Api.Events;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Events;

namespace RecordingService.Api.OpenApi;

/// <summary>The section <c>webhooks</c>: one entry for each kind of event, with an example, from <see cref="AnnouncedEvents"/>.</summary>
internal sealed class WebhookSection(IOptions<JsonOptions> json) : IOpenApiDocumentTransformer
{
    public const string Tag = "Webhooks";

    public async Task TransformAsync(
        OpenApiDocument document,
        OpenApiDocumentTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        document.Webhooks = new Dictionary<string, IOpenApiPathItem>();
        var kinds = EnumDescriptions.ValuesOf(typeof(EventType));
        foreach (var announced in AnnouncedEvents.All)
        {
            var (type, summary) = kinds[(int)announced.Type];
            Add(document, type, summary, "Event", Example(announced));
        }

        // What is made here is whole: what has a name of its own is put in by it.
        var data = await context.GetOrCreateSchemaAsync(typeof(TestEventDataResource), parameterDescription: null, cancellationToken);
        document.AddComponent("TestEventData", data);
        var test = await context.GetOrCreateSchemaAsync(typeof(TestEventResource), parameterDescription: null, cancellationToken);
        test.Properties!["data"] = new OpenApiSchemaReference("TestEventData", document);
        document.AddComponent("TestEvent", test);
        Add(document, WebhookProbe.EventType, "Somebody had the endpoint tested.", "TestEvent", Tested());
    }

    private static void Add(OpenApiDocument document, string type, string summary, string schema, JsonNode example)
    {
        var item = new OpenApiPathItem();
        item.AddOperation(HttpMethod.Post, Operation(document, type, summary, schema, example));
        document.Webhooks![type] = item;
    }

    private static OpenApiOperation Operation(OpenApiDocument document, string type, string summary, string schema, JsonNode example) =>
        new()
        {
            OperationId = $"on{string.Concat(type.Split('.', '_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]))}",
            Summary = summary,
            Description =
                "Sent by this service to an endpoint of yours, by the Standard Webhooks specification: check the signature over the raw body, answer 2xx "
                + "within seconds, and do the work afterwards. It is sent again until it was taken, always with the same webhook-id.",
            Tags = new HashSet<OpenApiTagReference> { new(Tag, document) },
            // What signs it is a secret of the endpoint, not a key of this service.
            Security = [],
            Parameters =
            [
                Header("webhook-id", "Identity of the event, as id in the body.", example["id"]!.GetValue<string>()),
                Header("webhook-timestamp", "Time of this attempt, in seconds since 1970.", "1788249645"),
                Header(
                    "webhook-signature",
                    "v1 and the HMAC-SHA256 of id, timestamp and body in base64; several of them, with blanks between, while a secret is rotated.",
                    "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="
                ),
            ],
            RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Description = "The event, of less than 20 kB.",
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    ["application/json"] = new OpenApiMediaType
                    {
                        Schema = new OpenApiSchemaReference(schema, document),
                        Example = example,
                    },
                },
            },
            Responses = new OpenApiResponses
            {
                ["2XX"] = new OpenApiResponse { Description = "Taken. It is not sent again." },
                ["410"] = new OpenApiResponse { Description = "Nobody wants events here any more: the endpoint is disabled." },
                ["default"] = new OpenApiResponse { Description = "Not taken. It is sent again, after Retry-After if there is one." },
            },
        };

    private static OpenApiParameter Header(string name, string description, string example) =>
        new()
        {
            Name = name,
            In = ParameterLocation.Header,
            Required = true,
            Description = description,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            Example = example,
        };

    private JsonNode Example(AnnouncedEvent announced) =>
        JsonSerializer.SerializeToNode(
            new EventResource
            {
                Id = Guid.Parse(Id(announced)),
                Type = announced.Type,
                Timestamp = Examples.Start + announced.At,
                Sequence = announced.Sequence,
                Cursor = EventCursor.Write(4700 + announced.Sequence),
                Data = announced.Data,
            },
            json.Value.SerializerOptions
        )!;

    private JsonNode Tested() =>
        JsonSerializer.SerializeToNode(
            new TestEventResource(
                Guid.Parse("019900b7-e300-7e1c-8d5a-000000000001"),
                WebhookProbe.EventType,
                Examples.Start,
                new(WebhookExamples.WebhookId)
            ),
            json.Value.SerializerOptions
        )!;

    /// <summary>Another one for each example.</summary>
    private static string Id(AnnouncedEvent announced) => $"019900b7-e200-7e1c-8d5a-0000000000{announced.Sequence:D2}";
}
