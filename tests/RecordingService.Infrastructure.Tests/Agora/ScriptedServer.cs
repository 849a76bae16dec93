using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace RecordingService.Infrastructure.Tests.Agora;

internal sealed record SeenRequest(string Method, string Path, string? ContentType, string? Authorization, string Body);

/// <summary>A real HTTP server on loopback that answers as scripted and remembers what it was asked.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Func<HttpContext, Task>> _script = new();
    private readonly CancellationTokenSource _stopping = new();

    private ScriptedServer(WebApplication app) => _app = app;

    public ConcurrentQueue<SeenRequest> Seen { get; } = new();

    public string Address => _app.Urls.Single();

    public static async Task<ScriptedServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new ScriptedServer(builder.Build());
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync();
        return server;
    }

    public ScriptedServer Answers(
        int status,
        string body,
        string contentType = "application/json",
        params (string Name, string Value)[] headers
    )
    {
        _script.Enqueue(async context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = contentType;
            foreach (var (name, value) in headers)
            {
                context.Response.Headers[name] = value;
            }

            await context.Response.WriteAsync(body);
        });
        return this;
    }

    public ScriptedServer CutsTheConnection()
    {
        _script.Enqueue(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        return this;
    }

    public ScriptedServer CutsTheBody(int status, string half)
    {
        _script.Enqueue(async context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentLength = half.Length * 2;

            // Kestrel closes the connection after a body that is shorter than announced; Abort would lose what was written.
            await context.Response.WriteAsync(half);
        });
        return this;
    }

    public ScriptedServer NeverAnswers()
    {
        _script.Enqueue(async context =>
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopping.Token);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, end.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            context.Abort();
        });
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _app.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync();
        var target = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
        Seen.Enqueue(
            new SeenRequest(context.Request.Method, target, context.Request.ContentType, context.Request.Headers.Authorization, body)
        );
        if (_script.TryDequeue(out var answer))
        {
            await answer(context);
        }
        else
        {
            context.Response.StatusCode = 500;
        }
    }
}
