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
    }

    /// <summary>Whether HEAD was asked for: what goes on for ever ends with its headers then.</summary>
    public static bool IsHead(HttpContext http) => http.Items.ContainsKey(typeof(SafeMethods));

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
}
