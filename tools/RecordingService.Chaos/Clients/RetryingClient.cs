using RecordingService.Chaos.Running;

namespace RecordingService.Chaos.Clients;

/// <summary>Repeats calls as Agora's own client for Go does: another host after a fault of the network, three more tries after 206, 499 and 5xx.</summary>
internal sealed class RetryingClient(AgoraApi agora, IReadOnlyList<string> appIds, RunClock clock) : PlainClient(appIds, clock)
{
    private const int NetworkTries = 3;

    /// <summary>The whole call, with all its repetitions.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan[] Delays = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3)];
    private static readonly TimeSpan NetworkDelay = TimeSpan.FromMilliseconds(500);

    private readonly RunClock clock = clock;
    private int host;

    /// <inheritdoc/>
    protected override bool StopsAsynchronously => true;

    /// <inheritdoc/>
    protected override async Task<AgoraReply?> SendAsync(string appId, AgoraCall call, CancellationToken cancellationToken)
    {
        var until = clock.Now + Limit;
        for (var repetition = 0; ; repetition++)
        {
            var reply = await SendOnAnyHostAsync(appId, call, until, cancellationToken);
            if (
                reply is null or { Status: 200 or 201 or (>= 400 and <= 498) }
                || repetition == Delays.Length
                || clock.Now + Delays[repetition] >= until
            )
            {
                return reply;
            }

            await clock.WaitAsync(Delays[repetition], cancellationToken);
        }
    }

    private async Task<AgoraReply?> SendOnAnyHostAsync(
        string appId,
        AgoraCall call,
        DateTimeOffset until,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 0; attempt < NetworkTries; attempt++)
        {
            if (attempt > 1)
            {
                await clock.WaitAsync(NetworkDelay, cancellationToken);
            }

            var left = until - clock.Now;
            if (left <= TimeSpan.Zero)
            {
                break;
            }

            var current = Volatile.Read(ref host);
            if (await agora.SendAsync(appId, call, current, left, cancellationToken) is { } reply)
            {
                return reply;
            }

            Interlocked.CompareExchange(ref host, (current + 1) % agora.Hosts, current);
        }

        return null;
    }
}
