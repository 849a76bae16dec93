using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using RecordingService.Testing;

namespace RecordingService.Simulation.Tests;

/// <summary>A notification as it arrived.</summary>
internal sealed record ReceivedNotice(string Signature, string SignatureV2, byte[] Body)
{
    private readonly JsonObject json = JsonNode.Parse(Body)!.AsObject();

    public string NoticeId => (string)json["noticeId"]!;

    public int ProductId => (int)json["productId"]!;

    public int EventType => (int)json["eventType"]!;

    public long NotifyMs => (long)json["notifyMs"]!;

    public JsonObject Payload => json["payload"]!.AsObject();

    public int Sequence => (int)Payload["sequence"]!;

    public JsonObject Details => Payload["details"]!.AsObject();
}

/// <summary>A real HTTP server that keeps what it is notified of.</summary>
internal sealed class NoticeReceiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<ReceivedNotice> received = new();
    private readonly ConcurrentQueue<(int Status, string Body)> answers = new();
    private readonly WebApplication server;

    private NoticeReceiver(WebApplication server) => this.server = server;

    public Uri Url => new(server.Urls.First());

    public IReadOnlyList<ReceivedNotice> Received => [.. received];

    /// <summary>Never answers while it is set.</summary>
    public bool IsSilent { get; set; }

    public static async Task<NoticeReceiver> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        var server = builder.Build();
        server.Urls.Add("http://127.0.0.1:0");
        var receiver = new NoticeReceiver(server);
        server.Run(receiver.ReceiveAsync);
        await server.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    /// <summary>Answers the next call in this way, and those after it with 200 and JSON again.</summary>
    public void AnswerNext(int status, string body) => answers.Enqueue((status, body));

    public Task HasAsync(int count) => Eventually.HoldsAsync(() => received.Count >= count);

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero, TimeProvider.System);
        await server.StopAsync(now.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await server.DisposeAsync();
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var headers = context.Request.Headers;
        received.Enqueue(new ReceivedNotice($"{headers["Agora-Signature"]}", $"{headers["Agora-Signature-V2"]}", body.ToArray()));
        if (IsSilent)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        var (status, text) = answers.TryDequeue(out var answer) ? answer : (200, "{}");
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(text);
    }
}
