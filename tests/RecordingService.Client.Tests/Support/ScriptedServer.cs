using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace RecordingService.Client.Tests.Support;

/// <summary>A real HTTP server on loopback that gives one answer after the other; the last one for ever.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<SeenRequest> seen = new();
    private readonly Lock gate = new();
    private readonly Queue<Func<HttpContext, Task>> script;

    private ScriptedServer(WebApplication app, IEnumerable<Func<HttpContext, Task>> script) => (this.app, this.script) = (app, new(script));

    public Uri Address { get; private set; } = null!;

    public IReadOnlyList<SeenRequest> Requests => [.. seen];

    public static async Task<ScriptedServer> StartAsync(params Func<HttpContext, Task>[] script)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var server = new ScriptedServer(app, script);
        app.Run(server.AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        server.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        // Requests that hang are cut, not waited for.
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync(http.RequestAborted);
        Func<HttpContext, Task> answer;
        lock (gate)
        {
            seen.Enqueue(
                new(
                    http.Request.Method,
                    http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0],
                    http.Request.Query.ToDictionary(pair => pair.Key, pair => $"{pair.Value}"),
                    http.Request.Headers.ToDictionary(pair => pair.Key, pair => $"{pair.Value}", StringComparer.OrdinalIgnoreCase),
                    body
                )
            );
            answer = script.Count > 1 ? script.Dequeue() : script.Peek();
        }

        await answer(http);
    }
}

internal sealed record SeenRequest(
    string Method,
    string Path,
    IReadOnlyDictionary<string, string> Query,
    IReadOnlyDictionary<string, string> Headers,
    string Body
)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <summary>Answers of a <see cref="ScriptedServer"/>.</summary>
internal static class Answer
{
    /// <summary>A recording that is as the document shows it.</summary>
    public static Func<HttpContext, Task> Recording(int status = 200) =>
        Json(Repository.Example("getRecording", "200").ToJsonString(), status);

    public static Func<HttpContext, Task> Json(string json, int status = 200, string type = "application/json") =>
        http =>
        {
            http.Response.StatusCode = status;
            http.Response.ContentType = type;
            return http.Response.WriteAsync(json, http.RequestAborted);
        };

    public static Func<HttpContext, Task> Problem(int status, string? retryAfter = null) =>
        http =>
        {
            if (retryAfter is not null)
            {
                http.Response.Headers.RetryAfter = retryAfter;
            }

            return Json(
                $$"""{"type":"/problems/made","title":"Made.","status":{{status}},"detail":"Made by a test.","code":"made","traceId":"0af7651916cd43dd8448eb211c80319c"}""",
                status,
                "application/problem+json"
            )(http);
        };

    public static Func<HttpContext, Task> Status(int status, params (string Name, string Value)[] headers) =>
        http =>
        {
            http.Response.StatusCode = status;
            foreach (var (name, value) in headers)
            {
                http.Response.Headers[name] = value;
            }

            return Task.CompletedTask;
        };

    /// <summary>The request is carried out, and its answer lost.</summary>
    public static Task Cut(HttpContext http)
    {
        http.Abort();
        return Task.CompletedTask;
    }

    /// <summary>The answer breaks off in the middle of its body.</summary>
    public static Task Half(HttpContext http)
    {
        var whole = Repository.Example("getRecording", "200").ToJsonString();
        var length = Encoding.UTF8.GetByteCount(whole);
        return SendAndCutAsync(http, $"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{whole[..(whole.Length / 2)]}");
    }

    /// <summary>No answer ever comes.</summary>
    public static Task Silence(HttpContext http) => UntilGoneAsync(http);

    /// <summary>A stream of server-sent events, which ends behind the text, is cut there, or stays open.</summary>
    public static Func<HttpContext, Task> Stream(string text, StreamEnd end = StreamEnd.Closed) =>
        async http =>
        {
            if (end == StreamEnd.Cut)
            {
                var chunk = text.Length == 0 ? "" : $"{Encoding.UTF8.GetByteCount(text):x}\r\n{text}\r\n";
                await SendAndCutAsync(http, $"Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}");
                return;
            }

            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync(text, http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            if (end == StreamEnd.Open)
            {
                await UntilGoneAsync(http);
            }
        };

    /// <summary>An event as the stream sends it.</summary>
    public static string Event(int position, string type = "recording.recording") =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$$"""
            id: c{{{position}}}
            event: {{{type}}}
            data: {"id":"019900b7-e200-7cc1-9d6e-{{{position:D12}}}","type":"{{{type}}}","timestamp":"2026-09-01T08:00:06+00:00","sequence":{{{position}}},
            data:  "cursor":"c{{{position}}}","data":{"recordingId":"019900b7-e200-7cc1-9d6e-0f2b7c1d8a11","state":"recording","files":"pending"}}


            """
        );

    /// <summary>Writes past the server, which might keep some of it back, and cuts the connection.</summary>
    private static async Task SendAndCutAsync(HttpContext http, string answer)
    {
        var socket = http.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;
        await socket.SendAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\n{answer}"), http.RequestAborted);
        http.Abort();
    }

    private static async Task UntilGoneAsync(HttpContext http)
    {
        var gone = new TaskCompletionSource();
        await using var registration = http.RequestAborted.Register(gone.SetResult);
        await gone.Task;
    }
}

internal enum StreamEnd
{
    Closed,
    Cut,
    Open,
}
