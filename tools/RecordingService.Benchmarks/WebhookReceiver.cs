using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace RecordingService.Benchmarks;

/// <summary>Takes webhooks at once, and keeps the position, the recording and the moment of each.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private static readonly byte[] CursorMember = "\"cursor\":\""u8.ToArray();
    private static readonly byte[] RecordingMember = "\"recordingId\":\""u8.ToArray();

    private readonly WebApplication app;
    private readonly Lock gate = new();
    private readonly List<(long Position, string Recording, long At)> received = [];

    private WebhookReceiver(WebApplication app) => this.app = app;

    public string Url => $"{app.Urls.Single()}/events";

    /// <summary>Changes that came at least once.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return received.DistinctBy(one => one.Position).Count();
            }
        }
    }

    public IReadOnlyList<(long Position, string Recording, long At)> Received
    {
        get
        {
            lock (gate)
            {
                return [.. received];
            }
        }
    }

    public static async Task<WebhookReceiver> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new WebhookReceiver(builder.Build());
        receiver.app.Run(receiver.TakeAsync);
        await receiver.app.StartAsync(cancellationToken);
        return receiver;
    }

    /// <returns>What is missing or out of order, or null.</returns>
    public string? Check(IEnumerable<long> positions)
    {
        var firsts = Received.DistinctBy(one => one.Position).ToList();
        var missing = positions.Except(firsts.Select(one => one.Position)).Count();
        var disorder = firsts
            .GroupBy(one => one.Recording)
            .Count(lane => !lane.Select(one => one.Position).SequenceEqual(lane.Select(one => one.Position).Order()));
        return missing + disorder == 0 ? null : $"the webhook lacks {missing} changes, and {disorder} recordings came out of order";
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        var at = Stopwatch.GetTimestamp();
        var json = body.GetBuffer().AsSpan(0, (int)body.Length);
        var position = EventBenchmark.Position(Text(json, CursorMember));
        var recording = Encoding.ASCII.GetString(Text(json, RecordingMember));
        lock (gate)
        {
            received.Add((position, recording, at));
        }

        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> json, ReadOnlySpan<byte> member)
    {
        var rest = json[(json.IndexOf(member) + member.Length)..];
        return rest[..rest.IndexOf((byte)'"')];
    }
}
