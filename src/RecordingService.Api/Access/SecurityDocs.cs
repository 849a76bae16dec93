using System.Data.Common;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using RecordingService.Api.OpenApi;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Access;

/// <summary>Tells in the OpenAPI document which operation needs which scope, so that Swagger UI asks for a key and generators carry one.</summary>
internal sealed class SecurityDocs(ApiKeys keys, EngineState state, AccessPolicy access)
    : IOpenApiOperationTransformer,
        IOpenApiDocumentTransformer
{
    private const string SchemeId = "apiKey";

    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var required = context.Description.ActionDescriptor.EndpointMetadata.OfType<RequiredScope>().LastOrDefault();
        // An empty list says that nothing is needed; none at all would say nothing.
        operation.Security = required is null
            ? []
            : [new() { [new OpenApiSecuritySchemeReference(SchemeId, context.Document)] = [ApiKeys.NameOf(required.Scope)] }];
        return Task.CompletedTask;
    }

    public async Task TransformAsync(
        OpenApiDocument document,
        OpenApiDocumentTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        document.AddComponent(
            SchemeId,
            new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                BearerFormat = "rsk_ID_SECRET",
                Description =
                    "An API key. Each operation names the one scope that it needs; no scope implies another. Answers carry RateLimit and RateLimit-Policy "
                    + "(draft-ietf-httpapi-ratelimit-headers-10).",
            }
        );
        var example = await NewestAsync(cancellationToken) ?? Examples.ApiKeyId;
        foreach (var parameter in document.Paths.Values.SelectMany(path => path.Operations ?? []).SelectMany(o => o.Value.Parameters ?? []))
        {
            if (parameter is OpenApiParameter { In: ParameterLocation.Path, Name: "key" } concrete)
            {
                concrete.Description = "Id of the key: the part between rsk_ and the next _.";
                concrete.Example = example;
            }
        }
    }

    /// <summary>The newest key that the example of the operation before has made, so that this one works when it is pressed; a real key is never shown.</summary>
    private async Task<string?> NewestAsync(CancellationToken cancellationToken)
    {
        if (access.KeyIsRequired || !state.IsReady)
        {
            return null;
        }

        try
        {
            return (await keys.ListAsync(cancellationToken))
                .FirstOrDefault(key => key.Caller == Examples.Backend && key.RevokedAt is null)
                ?.Id;
        }
        catch (Exception e) when (e is DbException or InvalidOperationException or TimeoutException)
        {
            // The document is worth having without a database too.
            return null;
        }
    }
}
