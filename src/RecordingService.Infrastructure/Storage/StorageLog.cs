using Microsoft.Extensions.Logging;

namespace RecordingService.Infrastructure.Storage;

/// <summary>Log messages about buckets, ids 4000 to 4099. Never a key or a token.</summary>
internal static partial class StorageLog
{
    [LoggerMessage(
        4001,
        LogLevel.Information,
        "Storage profile {Profile}: bucket {Bucket} of {Vendor} takes writes with the recorder's keys"
    )]
    public static partial void ProbeWorks(this ILogger logger, string profile, string bucket, string vendor);

    [LoggerMessage(
        4002,
        LogLevel.Warning,
        "Storage profile {Profile}: a small write into bucket {Bucket} of {Vendor} failed, field at fault: {Field}. {Fault} {WhereFound}"
    )]
    public static partial void ProbeFailed(
        this ILogger logger,
        string profile,
        string bucket,
        string vendor,
        string field,
        string fault,
        string? whereFound
    );

    [LoggerMessage(4003, LogLevel.Warning, "{Warning}")]
    public static partial void KeysExpire(this ILogger logger, string warning);
}
