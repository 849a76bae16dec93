using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace RecordingService.Infrastructure.Tests.Events;

/// <summary>A webhook as it arrived.</summary>
/// <param name="At">When, by the clock of the test.</param>
internal sealed record SeenHook(string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body, DateTimeOffset At)
{
    private readonly Lazy<JsonElement> json = new(() => JsonDocument.Parse(Body).RootElement);

    public string Id => Headers["webhook-id"];
    public string Signature => Headers["webhook-signature"];
    public string Timestamp => Headers["webhook-timestamp"];
    public JsonElement Json => json.Value;
    public Guid RecordingId => Json.GetProperty("data").GetProperty("recordingId").GetGuid();
    public int Sequence => Json.GetProperty("sequence").GetInt32();
}

/// <summary>A real HTTP server that takes webhooks, answers as a test says, and remembers what came.</summary>
internal sealed class HookReceiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly TimeProvider time;
    private readonly ConcurrentQueue<SeenHook> seen = [];
    private readonly ConcurrentQueue<SeenHook> taken = [];

    private HookReceiver(WebApplication app, TimeProvider time) => (this.app, this.time) = (app, time);

    /// <summary>Answers a request; 204 unless a test says otherwise.</summary>
    public Func<SeenHook, HttpContext, Task> Answer { get; set; } = (_, http) => StatusAsync(http, 204);

    /// <summary>Everything that came, in order.</summary>
    public IReadOnlyList<SeenHook> Seen => [.. seen];

    /// <summary>What was answered with 2xx, in order of the answers.</summary>
    public IReadOnlyList<SeenHook> Taken => [.. taken];

    public int Port => new Uri(app.Urls.Single()).Port;

    public string Url => $"{app.Urls.Single()}/hook";

    public static async Task<HookReceiver> StartAsync(TimeProvider? time = null, int port = 0, string address = "127.0.0.1")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Parse(address), port);
            // Receivers may answer with what they like.
            kestrel.ResponseHeaderEncodingSelector = _ => Encoding.UTF8;
        });
        var receiver = new HookReceiver(builder.Build(), time ?? TimeProvider.System);
        receiver.app.Run(receiver.TakeAsync);
        await receiver.app.StartAsync();
        return receiver;
    }

    public static Task StatusAsync(HttpContext http, int status, params (string Name, string Value)[] headers)
    {
        http.Response.StatusCode = status;
        foreach (var (name, value) in headers)
        {
            http.Response.Headers[name] = value;
        }

        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await app.StopAsync(atOnce.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await app.DisposeAsync();
    }

    private async Task TakeAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        var hook = new SeenHook(
            http.Request.Path,
            http.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString()),
            body.ToArray(),
            time.GetUtcNow()
        );
        seen.Enqueue(hook);
        await Answer(hook, http);
        if (http.Response.StatusCode is >= 200 and < 300 && !http.RequestAborted.IsCancellationRequested)
        {
            taken.Enqueue(hook);
        }
    }
}
