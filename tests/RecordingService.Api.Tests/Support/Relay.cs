using System.Net;
using System.Net.Sockets;

namespace RecordingService.Api.Tests.Support;

/// <summary>A way to a server that can freeze: connections stay open and are taken, but nothing passes any more.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ends = new();
    private readonly Task accepting;
    private volatile TaskCompletionSource passes = new();

    public Relay(int port)
    {
        passes.SetResult();
        listener.Start();
        accepting = AcceptAsync(port);
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public void Freeze() => passes = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Thaw() => passes.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await ends.CancelAsync();
        Thaw();
        listener.Stop();
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ends.Dispose();
    }

    private async Task AcceptAsync(int port)
    {
        while (!ends.IsCancellationRequested)
        {
            var client = await listener.AcceptTcpClientAsync(ends.Token);
            _ = ServeAsync(client, port);
        }
    }

    private async Task ServeAsync(TcpClient client, int port)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, port, ends.Token);
                await Task.WhenAny(CopyAsync(client, server), CopyAsync(server, client));
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // One side has left, or the test is over.
            }
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to)
    {
        var buffer = new byte[16 * 1024];
        while (await from.GetStream().ReadAsync(buffer, ends.Token) is var read and > 0)
        {
            await passes.Task;
            await to.GetStream().WriteAsync(buffer.AsMemory(0, read), ends.Token);
        }
    }
}
