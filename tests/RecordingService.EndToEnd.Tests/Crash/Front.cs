using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace RecordingService.EndToEnd.Tests.Crash;

/// <summary>What stands in front in production: the address of the bucket, and one address for all replicas.</summary>
/// <remarks>Reads of the bucket are remembered and can be held; notifications go to a replica that lives.</remarks>
internal sealed class Front : IAsyncDisposable
{
    private readonly HttpClient http = new();
    private readonly ConcurrentQueue<(DateTimeOffset At, string Path)> reads = [];
    private readonly Uri agora;
    private readonly Func<IReadOnlyList<Uri>> replicas;
    private readonly WebApplication server;
    private volatile Held? held;

    private Front(Uri agora, Func<IReadOnlyList<Uri>> replicas)
    {
        (this.agora, this.replicas) = (agora, replicas);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        server = builder.Build();
        server.MapMethods("/bucket/{**key}", [HttpMethods.Get, HttpMethods.Head], ReadAsync);
        server.MapPost("/agora/{**path}", NotifyAsync);
    }

    public Uri Address => new(server.Urls.First());

    /// <summary>Starts it.</summary>
    /// <param name="agora">Where the bucket is.</param>
    /// <param name="replicas">The replicas that live.</param>
    public static async Task<Front> StartAsync(Uri agora, Func<IReadOnlyList<Uri>> replicas)
    {
        var front = new Front(agora, replicas);
        await front.server.StartAsync(TestContext.Current.CancellationToken);
        return front;
    }

    /// <summary>When a folder of the bucket was read.</summary>
    public IEnumerable<DateTimeOffset> ReadsOf(string folder) =>
        reads.Where(read => read.Path.Contains(folder, StringComparison.Ordinal)).Select(read => read.At);

    /// <summary>Keeps the reads of a folder waiting until the result is disposed of.</summary>
    public Held HoldReadsOf(string folder) => held = new Held(this, folder);

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        http.Dispose();
    }

    private async Task ReadAsync(HttpContext context)
    {
        var path = context.Request.Path.ToUriComponent();
        reads.Enqueue((TimeProvider.System.GetUtcNow(), path));
        if (held is { } hold && path.Contains(hold.Folder, StringComparison.Ordinal))
        {
            await hold.WaitAsync(context.RequestAborted);
        }

        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(agora, path));
        using var answer = await http.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        context.Response.ContentLength = answer.Content.Headers.ContentLength;
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
    }

    private async Task NotifyAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status502BadGateway;
        foreach (var replica in replicas())
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(replica, context.Request.Path.ToUriComponent()));
            request.Content = new ByteArrayContent(body.ToArray());
            foreach (
                var (name, values) in context.Request.Headers.Where(header => header.Key.StartsWith("Agora", StringComparison.Ordinal))
            )
            {
                request.Headers.Add(name, (IEnumerable<string?>)values);
            }

            request.Content.Headers.TryAddWithoutValidation("Content-Type", context.Request.ContentType);
            try
            {
                using var answer = await http.SendAsync(request, context.RequestAborted);
                context.Response.StatusCode = (int)answer.StatusCode;
                context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
                await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
                return;
            }
            catch (HttpRequestException)
            {
                // It died; the next one is there.
            }
        }
    }

    /// <summary>Reads that wait.</summary>
    internal sealed class Held(Front front, string folder) : IDisposable
    {
        private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource lifted = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Folder => folder;

        /// <summary>Ends when the first read waits.</summary>
        public Task Reached => reached.Task;

        public Task WaitAsync(CancellationToken cancellationToken)
        {
            reached.TrySetResult();
            return lifted.Task.WaitAsync(cancellationToken);
        }

        public void Dispose()
        {
            front.held = null;
            lifted.TrySetResult();
        }
    }
}
