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
        1005,
        LogLevel.Error,
        "Agora answers more than 1 % of the calls of {Project} with 50x ({Share:P1} of the newest 1000); states are kept, and asking goes on"
    )]
    public static partial void ServerErrorsAlarming(this ILogger logger, string project, double? share);

    [LoggerMessage(1006, LogLevel.Information, "Agora's 50x for {Project} are rare again ({Share:P1} of the newest 1000 calls)")]
    public static partial void ServerErrorsNormal(this ILogger logger, string project, double? share);

    [LoggerMessage(
        1004,
        LogLevel.Warning,
        "Calls of {Project} for buckets in {Area} leave the region: host {From} failed twice, they go to {To}; uploads may be slow, and files lost"
    )]
    public static partial void RegionLeft(this ILogger logger, string project, string? area, string from, string to);
}
