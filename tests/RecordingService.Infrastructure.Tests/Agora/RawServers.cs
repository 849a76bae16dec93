using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RecordingService.Infrastructure.Tests.Agora;

/// <summary>Accepts connections and says nothing.</summary>
internal sealed class SilentPort : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<TcpClient> _clients = [];
    private readonly Task _accepting;

    public SilentPort()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Connections => _clients.Count;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _accepting;
        _listener.Stop();
        _stopping.Dispose();
        _clients.ForEach(c => c.Dispose());
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _clients.Add(await _listener.AcceptTcpClientAsync(_stopping.Token));
            }
        }
        catch (OperationCanceledException)
        {
            // stopped
        }
    }
}

/// <summary>Answers an acquire and keeps the connection; reads a start on it and closes without an answer. Counts the starts on all connections.</summary>
internal sealed class DyingServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _serving;
    private int _starts;

    public DyingServer()
    {
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Starts => Volatile.Read(ref _starts);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _serving;
        _listener.Stop();
        _stopping.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                await ServeAsync(client.GetStream());
            }
        }
        catch (OperationCanceledException)
        {
            // stopped
        }
    }

    private async Task ServeAsync(NetworkStream stream)
    {
        while (await ReadRequestAsync(stream) is { } head)
        {
            if (head.Contains("/start ", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref _starts);
                return;
            }

            await stream.WriteAsync(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 22\r\n\r\n{\"resourceId\":\"res-1\"}"u8.ToArray()
            );
        }
    }

    private async Task<string?> ReadRequestAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[8192];
        while (true)
        {
            var read = await stream.ReadAsync(buffer, _stopping.Token);
            if (read == 0)
            {
                return null;
            }

            text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            var all = text.ToString();
            if (all.IndexOf("\r\n\r\n", StringComparison.Ordinal) is var end and > 0)
            {
                var length = int.Parse(
                    all.Split("Content-Length: ")[1].Split("\r\n")[0],
                    System.Globalization.CultureInfo.InvariantCulture
                );
                if (all.Length - end - 4 >= length)
                {
                    return all;
                }
            }
        }
    }
}
