using System.Net;
using System.Net.Sockets;

namespace RecordingService.Client.Tests.Service;

/// <summary>Stands between a client and the service, and loses answers: the request is carried out, and the connection cut when its answer comes.</summary>
internal sealed class CuttingRelay : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource over = new();
    private readonly Uri service;
    private readonly Func<Task> onCut;
    private readonly Task accepting;
    private int cuts;

    /// <summary>Starts it.</summary>
    /// <param name="service">Where requests are passed on to.</param>
    /// <param name="answersToLose">How many answers are lost.</param>
    /// <param name="onCut">What happens between the loss and the moment when the client notices it.</param>
    public CuttingRelay(Uri service, int answersToLose, Func<Task>? onCut = null)
    {
        this.service = service;
        this.onCut = onCut ?? (() => Task.CompletedTask);
        cuts = answersToLose;
        listener.Start();
        accepting = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");

    /// <summary>Answers that are still to be lost.</summary>
    public int Left => Math.Max(0, Volatile.Read(ref cuts));

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        listener.Stop();
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        over.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!over.IsCancellationRequested)
        {
            _ = CarryAsync(await listener.AcceptTcpClientAsync(over.Token));
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                await server.ConnectAsync(service.Host, service.Port, over.Token);
                await Task.WhenAny(CopyAsync(client, server), AnswerAsync(server, client));
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // One side has left, or the test is over.
            }
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to) => await from.GetStream().CopyToAsync(to.GetStream(), over.Token);

    private async Task AnswerAsync(TcpClient server, TcpClient client)
    {
        var buffer = new byte[16 * 1024];
        while (await server.GetStream().ReadAsync(buffer, over.Token) is var read and > 0)
        {
            if (Interlocked.Decrement(ref cuts) >= 0)
            {
                await onCut();
                return;
            }

            await client.GetStream().WriteAsync(buffer.AsMemory(0, read), over.Token);
        }
    }
}
