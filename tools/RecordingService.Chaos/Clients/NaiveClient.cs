using RecordingService.Chaos.Running;

namespace RecordingService.Chaos.Clients;

/// <summary>Makes each call once, as samples do.</summary>
internal sealed class NaiveClient(AgoraApi agora, IReadOnlyList<string> appIds, RunClock clock) : PlainClient(appIds, clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    protected override bool StopsAsynchronously => false;

    /// <inheritdoc/>
    protected override Task<AgoraReply?> SendAsync(string appId, AgoraCall call, CancellationToken cancellationToken) =>
        agora.SendAsync(appId, call, host: 0, Patience, cancellationToken);
}
