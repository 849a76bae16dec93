using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace RecordingService.Api.Access;

/// <summary>Counts the bad keys of each address. A good key is let in from wherever it comes: behind one address may be many callers.</summary>
/// <remarks>
/// Memory is bounded: addresses share a fixed number of counters by a hash that differs from process to process. Two that meet in one
/// counter share its limit, which costs only who sends bad keys.
/// </remarks>
internal sealed class FailedAttempts(IOptions<AccessOptions> options) : IDisposable
{
    private const int Counters = 8192;

    /// <summary>Part of an IPv6 address that belongs to one site; the rest its owner chooses at will.</summary>
    private const int SiteBytes = 8;

    private readonly PartitionedRateLimiter<IPAddress> limiter = PartitionedRateLimiter.Create<IPAddress, int>(address =>
        RateLimitPartition.GetFixedWindowLimiter(
            CounterOf(address),
            _ => new FixedWindowRateLimiterOptions
            {
                PermitLimit = options.Value.FailedAttempts,
                Window = options.Value.FailedAttemptsWindow,
                QueueLimit = 0,
            }
        )
    );

    /// <summary>Counts a bad key; the time to wait when there were too many, else null.</summary>
    public TimeSpan? Count(IPAddress? address)
    {
        using var lease = limiter.AttemptAcquire(address ?? IPAddress.None);
        return lease.IsAcquired ? null
            : lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait
            : options.Value.FailedAttemptsWindow;
    }

    public void Dispose() => limiter.Dispose();

    private static int CounterOf(IPAddress address)
    {
        var one = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        var bytes = one.GetAddressBytes();
        var hash = new HashCode();
        hash.AddBytes(one.AddressFamily == AddressFamily.InterNetworkV6 ? bytes.AsSpan(0, SiteBytes) : bytes);
        return (int)((uint)hash.ToHashCode() % Counters);
    }
}
