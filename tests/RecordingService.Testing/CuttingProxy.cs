using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace RecordingService.Testing;

/// <summary>Where a connection is cut.</summary>
public enum Cut
{
    /// <summary>The commit never reaches the server.</summary>
    BeforeCommit,

    /// <summary>The server commits; its answer never arrives.</summary>
    AfterCommit,
}

/// <summary>Stands between a replica and PostgreSQL and cuts a connection at its COMMIT when a test says so.</summary>
public sealed class CuttingProxy : IAsyncDisposable
{
    private static readonly byte[] Commit = Encoding.ASCII.GetBytes("COMMIT\0");

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource over = new();
    private readonly NpgsqlConnectionStringBuilder target;
    private readonly Lock gate = new();
    private Cut? next;
    private int spared;

    /// <summary>Starts it in front of the server of a connection string.</summary>
    public CuttingProxy(string connectionString)
    {
        target = new NpgsqlConnectionStringBuilder(connectionString);
        listener.Start();
        ConnectionString = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Host = "127.0.0.1",
            Port = ((IPEndPoint)listener.LocalEndpoint).Port,
            SslMode = SslMode.Disable,
            GssEncryptionMode = GssEncryptionMode.Disable,
        }.ConnectionString;
        _ = AcceptAsync();
    }

    /// <summary>Gets the connection string that leads through here.</summary>
    public string ConnectionString { get; }

    /// <summary>Gets how many connections were cut.</summary>
    public int Cuts { get; private set; }

    /// <summary>What happens between the cut and the moment when the replica notices it.</summary>
    public Func<Task> OnCut { get; set; } = () => Task.CompletedTask;

    /// <summary>Cuts the connection whose commit comes next.</summary>
    /// <param name="how">Where.</param>
    /// <param name="spare">Commits that go through before it.</param>
    public void CutNextCommit(Cut how, int spare = 0)
    {
        lock (gate)
        {
            (next, spared) = (how, spare);
        }
    }

    /// <summary>Cuts all connections and takes no more.</summary>
    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        listener.Stop();
        over.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!over.IsCancellationRequested)
        {
            var client = await listener.AcceptSocketAsync(over.Token);
            _ = CarryAsync(client);
        }
    }

    private async Task CarryAsync(Socket client)
    {
        using var disposesClient = client;
        using var server = await ConnectAsync();
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(over.Token);
        var silent = false;
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Task.WhenAny(UpAsync(), DownAsync());
        await cut.CancelAsync();

        async Task UpAsync()
        {
            var buffer = new byte[65536];
            while (await client.ReceiveAsync(buffer, cut.Token) is > 0 and var read)
            {
                var how = buffer.AsSpan(0, read).IndexOf(Commit) >= 0 ? TakeCut() : null;
                silent = how is not null;
                if (how != Cut.BeforeCommit)
                {
                    await server.SendAsync(buffer.AsMemory(0, read), cut.Token);
                }

                if (how is not null)
                {
                    if (how == Cut.AfterCommit)
                    {
                        await answered.Task;
                    }

                    // The server learns of the cut first, and rolls back what was not committed.
                    server.Dispose();
                    await OnCut();
                    return;
                }
            }
        }

        async Task DownAsync()
        {
            var buffer = new byte[65536];
            while (await server.ReceiveAsync(buffer, cut.Token) is > 0 and var read)
            {
                if (silent)
                {
                    answered.TrySetResult();
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cut.Token);
                }

                await client.SendAsync(buffer.AsMemory(0, read), cut.Token);
            }
        }
    }

    private Cut? TakeCut()
    {
        lock (gate)
        {
            if (next is not null && spared-- > 0)
            {
                return null;
            }

            var how = next;
            next = null;
            Cuts += how is null ? 0 : 1;
            return how;
        }
    }

    private async Task<Socket> ConnectAsync()
    {
        if (target.Host!.StartsWith('/'))
        {
            var unix = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await unix.ConnectAsync(new UnixDomainSocketEndPoint($"{target.Host}/.s.PGSQL.{target.Port}"), over.Token);
            return unix;
        }

        var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await tcp.ConnectAsync(target.Host, target.Port, over.Token);
        return tcp;
    }
}
