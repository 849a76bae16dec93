using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace RecordingService.Infrastructure.Tests.Storage;

/// <summary>A bucket's public address on loopback: files by raw path, and statuses for paths that misbehave.</summary>
internal sealed class StaticBucket : IAsyncDisposable
{
    private readonly WebApplication _app;

    private StaticBucket(WebApplication app) => _app = app;

    public ConcurrentDictionary<string, string> Files { get; } = new(StringComparer.Ordinal);

    public ConcurrentDictionary<string, int> Statuses { get; } = new(StringComparer.Ordinal);

    public int StatusOfAbsent { get; set; } = 404;

    public bool AllowsHead { get; set; } = true;

    public string Address => _app.Urls.Single();

    public static async Task<StaticBucket> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var bucket = new StaticBucket(builder.Build());
        bucket._app.Run(bucket.AnswerAsync);
        await bucket._app.StartAsync();
        return bucket;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var isHead = HttpMethods.IsHead(context.Request.Method);
        if (isHead && !AllowsHead)
        {
            context.Response.StatusCode = 405;
        }
        else if (Statuses.TryGetValue(path, out var status))
        {
            context.Response.StatusCode = status;
        }
        else if (!Files.TryGetValue(path, out var content))
        {
            context.Response.StatusCode = StatusOfAbsent;
        }
        else if (context.Request.Headers.Range.Count > 0)
        {
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes 0-0/{content.Length}";
            await context.Response.WriteAsync(content[..1]);
        }
        else
        {
            context.Response.ContentLength = content.Length;
            if (!isHead)
            {
                await context.Response.WriteAsync(content);
            }
        }
    }
}
