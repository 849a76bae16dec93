using System.Net;
using System.Net.Sockets;

namespace RecordingService.Infrastructure.Events;

/// <summary>A target that webhooks may not be sent to.</summary>
internal sealed class TargetRefusedException(string message) : IOException(message);

/// <summary>Keeps webhooks from reaching what lies inside: whoever registers one must not be able to make this service call its own network.</summary>
/// <remarks>
/// What counts is the address that is connected to, not the name: a name is resolved here, each address is checked, and the checked address
/// is connected to, so that nothing can change in between.
/// <b>Source:</b> IANA, special-purpose address registries for IPv4 and IPv6; addresses of clouds' metadata services.
/// </remarks>
public sealed class TargetGuard
{
    /// <summary>One address of several that swallows connections must not use up the time of all.</summary>
    private static readonly TimeSpan LongestConnect = TimeSpan.FromSeconds(5);

    private static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", // this network
            "10.0.0.0/8", // private
            "100.64.0.0/10", // carrier-grade NAT, and a cloud's metadata (100.100.100.200)
            "127.0.0.0/8", // loopback
            "168.63.129.16/32", // a cloud's metadata under a public address
            "169.254.0.0/16", // link-local, and most clouds' metadata (169.254.169.254)
            "172.16.0.0/12", // private
            "192.0.0.0/24", // protocol assignments, and a cloud's metadata (192.0.0.192)
            "192.0.2.0/24", // documentation
            "192.88.99.0/24", // relays to IPv6
            "192.168.0.0/16", // private
            "198.18.0.0/15", // benchmarks
            "198.51.100.0/24", // documentation
            "203.0.113.0/24", // documentation
            "224.0.0.0/4", // multicast
            "240.0.0.0/4", // reserved, and broadcast
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>The only part of IPv6 that is given out for the internet; loopback, unique-local, link-local and multicast lie outside.</summary>
    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] NotPublicV6 =
    [
        .. new[]
        {
            "2001::/23", // protocol assignments, among them Teredo, which hides an IPv4 address
            "2001:db8::/32", // documentation
            "2002::/16", // 6to4, which hides an IPv4 address
            "3fff::/20", // documentation
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>A gateway's way to IPv4: the last four bytes are the address that is reached.</summary>
    private static readonly IPNetwork Translated = IPNetwork.Parse("64:ff9b::/96");

    private readonly IPNetwork[] allowed;
    private readonly bool allowHttp;
    private readonly TimeProvider time;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> resolve;

    internal TargetGuard(
        WebhookOptions options,
        bool isDevelopment,
        TimeProvider time,
        Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null
    )
    {
        allowed = [.. options.AllowedNetworks.Select(IPNetwork.Parse)];
        allowHttp = options.AllowHttp ?? isDevelopment;
        this.time = time;
        this.resolve = resolve ?? Dns.GetHostAddressesAsync;
    }

    private const string NoAddress = "an absolute https address";

    /// <summary>What is wrong with an address, as far as that can be told without resolving its name; null when nothing is.</summary>
    /// <remarks>
    /// Not every text that <see cref="Uri"/> takes can be written by it or has a name that can be looked up: labels that are too long or no valid
    /// international names are found only when they are asked for. Such an address is refused, whether a caller or a redirect names it.
    /// </remarks>
    public string? Refuse(Uri target)
    {
        ArgumentNullException.ThrowIfNull(target);
        try
        {
            // It is stored as it is written, and read again for each attempt.
            return RefuseParts(target) ?? RefuseParts(new Uri(target.AbsoluteUri));
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
        {
            return NoAddress;
        }
    }

    private string? RefuseParts(Uri target)
    {
        if (!target.IsAbsoluteUri || (target.Scheme != Uri.UriSchemeHttps && target.Scheme != Uri.UriSchemeHttp))
        {
            return NoAddress;
        }

        if (target.Scheme == Uri.UriSchemeHttp && !allowHttp)
        {
            return "an https address (Webhooks:AllowHttp would allow http)";
        }

        if (target.UserInfo.Length > 0)
        {
            return "an address without user and password; the signature tells who sends";
        }

        return IPAddress.TryParse(target.IdnHost, out var address) && !Permits(address)
            ? "an address on the internet; loopback, private and other special networks have to be in Webhooks:AllowedNetworks"
            : null;
    }

    /// <summary>Whether an address may be connected to.</summary>
    internal bool Permits(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return IsAllowed(plain)
            || (
                plain.AddressFamily == AddressFamily.InterNetwork ? !NotPublic.Any(network => network.Contains(plain))
                : Translated.Contains(plain) ? Permits(new IPAddress(plain.GetAddressBytes().AsSpan(12)))
                : GlobalUnicast.Contains(plain) && !NotPublicV6.Any(network => network.Contains(plain))
            );
    }

    /// <summary>Connects to an address of the host that may be connected to (<see cref="SocketsHttpHandler.ConnectCallback"/>).</summary>
    /// <exception cref="TargetRefusedException">None of its addresses may be.</exception>
    internal async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await resolve(host, cancellationToken);
        var permitted = addresses.Where(Permits).ToList();
        if (permitted.Count == 0)
        {
            throw new TargetRefusedException(
                addresses.Length == 0
                    ? $"{host} has no address"
                    : $"{host} is not on the internet, and its network is not in Webhooks:AllowedNetworks"
            );
        }

        for (var i = 0; ; i++)
        {
            try
            {
                return await ConnectAsync(permitted[i], port, cancellationToken);
            }
            catch (Exception e)
                when (i + 1 < permitted.Count
                    && e is SocketException or OperationCanceledException
                    && !cancellationToken.IsCancellationRequested
                )
            {
                // The next address may answer.
            }
        }
    }

    private async Task<Stream> ConnectAsync(IPAddress address, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using var limit = new CancellationTokenSource(LongestConnect, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            await socket.ConnectAsync(address, port, either.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private bool IsAllowed(IPAddress address) => Array.Exists(allowed, network => network.Contains(address));
}
