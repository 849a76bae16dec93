using Microsoft.Extensions.Logging;
using RecordingService.Domain;

namespace RecordingService.Infrastructure.Agora;

/// <summary>Log messages about Agora, ids 1000 to 1099. Never a body, a token or a key.</summary>
internal static partial class AgoraLog
{
    [LoggerMessage(1001, LogLevel.Debug, "Agora {Operation} for {Project} at {Host}: HTTP {Status} in {Duration}, request id {RequestId}")]
    public static partial void CallSucceeded(
        this ILogger logger,
        AgoraOperation operation,
        string project,
        string host,
        int? status,
        string? requestId,
        TimeSpan duration
    );

    [LoggerMessage(
        1002,
        LogLevel.Warning,
        "Agora {Operation} for {Project} at {Host} failed as {Kind} in {Duration}, request id {RequestId}: {Failure}"
    )]
    public static partial void CallFailed(
        this ILogger logger,
        AgoraOperation operation,
        string project,
        string host,
        AgoraFailureKind kind,
        string failure,
        string? requestId,
        TimeSpan duration
    );

    [LoggerMessage(1003, LogLevel.Warning, "Calls of {Project} leave host {From} after two failures and go to {To}")]
    public static partial void HostLeft(this ILogger logger, string project, string from, string to);

    [LoggerMessage(
        1004,
        LogLevel.Warning,
        "Calls of {Project} for buckets in {Area} leave the region: host {From} failed twice, they go to {To}; uploads may be slow, and files lost"
    )]
    public static partial void RegionLeft(this ILogger logger, string project, string? area, string from, string to);
}
