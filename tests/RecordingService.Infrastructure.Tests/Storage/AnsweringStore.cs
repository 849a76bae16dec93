using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace RecordingService.Infrastructure.Tests.Storage;

/// <summary>A store that answers every request alike, for what no well-behaved one answers; with status 0 it is silent.</summary>
internal sealed class AnsweringStore : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private AnsweringStore(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    public Task Asked => _asked.Task;

    public static async Task<AnsweringStore> StartAsync(int status, string body, params (string Name, string? Value)[] headers)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var store = new AnsweringStore(builder.Build());
        store._app.Run(async context =>
        {
            store._asked.TrySetResult();
            if (status == 0)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
            }

            context.Response.StatusCode = status;
            foreach (var (name, value) in headers.Where(h => h.Value is not null))
            {
                context.Response.Headers[name] = value;
            }

            context.Response.ContentType = "application/xml";
            await context.Response.WriteAsync(body);
        });
        await store._app.StartAsync();
        return store;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
