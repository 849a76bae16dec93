using System.Net.Mime;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Primitives;

namespace RecordingService.Api.Requests;

/// <summary>HEAD wherever GET is answered (RFC 9110), without an endpoint for it. OPTIONS is answered where other methods are refused.</summary>
internal static class SafeMethods
{
    /// <summary>Stands before routing, which knows GET alone; the server itself leaves out the body of an answer to HEAD.</summary>
    public static void UseHeadAsGet(this WebApplication app)
    {
        app.Use(
            async (http, next) =>
            {
                if (!HttpMethods.IsHead(http.Request.Method))
                {
                    await next(http);
                    return;
                }

                http.Request.Method = HttpMethods.Get;
                http.Items[typeof(SafeMethods)] = true;
                try
                {
                    await next(http);
                }
                finally
                {
                    http.Request.Method = HttpMethods.Head;
                }
            }
        );
        app.UseRouting();
        app.Use(
            (http, next) =>
            {
                if (http.Items.ContainsKey(typeof(SafeMethods)) && IsStream(http.GetEndpoint()))
                {
                    // A stream without a body would go on for ever and tell nothing.
                    http.Response.Headers.Allow = HttpMethods.Get;
                    http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
                    return Task.CompletedTask;
                }

                return next(http);
            }
        );
    }

    /// <summary>All that an address takes, from what its endpoints say.</summary>
    /// <param name="named">Methods of its endpoints.</param>
    public static string Allowed(StringValues named)
    {
        var methods = named.SelectMany(value =>
            (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        );
        List<string> all = [.. methods.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (all.Contains(HttpMethods.Get) && !all.Contains(HttpMethods.Head))
        {
            all.Insert(all.IndexOf(HttpMethods.Get) + 1, HttpMethods.Head);
        }

        return string.Join(", ", [.. all.Where(method => !HttpMethods.IsOptions(method)), HttpMethods.Options]);
    }

    private static bool IsStream(Endpoint? endpoint) =>
        endpoint
            ?.Metadata.OfType<IProducesResponseTypeMetadata>()
            .Any(answer => answer.ContentTypes.Contains(MediaTypeNames.Text.EventStream)) == true;
}
