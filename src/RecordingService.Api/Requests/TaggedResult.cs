using System.Buffers.Text;
using System.Net.Mime;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace RecordingService.Api.Requests;

/// <summary>Answers a read with an entity tag, and with 304 when the caller has that very answer already (RFC 9110, If-None-Match).</summary>
/// <param name="Resource">What is read.</param>
/// <param name="Version">Its version, where it has one; without it the tag stands for every byte of the answer.</param>
internal sealed record TaggedResult(object Resource, int? Version = null) : IResult
{
    private const int HashBytes = 15;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var options = httpContext.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        var body = JsonSerializer.SerializeToUtf8Bytes(Resource, Resource.GetType(), options);
        var response = httpContext.Response;
        if (Version is { } version)
        {
            RequestHeaders.TellVersion(response, version);
        }
        else
        {
            response.Headers.ETag = $"\"{Base64Url.EncodeToString(SHA256.HashData(body).AsSpan(0, HashBytes))}\"";
        }

        // It may be kept, by its caller alone, and is asked for before each use.
        response.Headers.CacheControl = "private, no-cache";
        if (IsKnown(httpContext.Request, response.Headers.ETag.ToString()))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = $"{MediaTypeNames.Application.Json}; charset=utf-8";
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, httpContext.RequestAborted);
    }

    /// <summary>Tags are compared weakly, because proxies that compress weaken them; a header that is no list of tags is as good as none.</summary>
    private static bool IsKnown(HttpRequest request, string tag) =>
        EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var known)
        && known.Any(one =>
            one.Equals(EntityTagHeaderValue.Any) || one.Compare(EntityTagHeaderValue.Parse(tag), useStrongComparison: false)
        );
}
