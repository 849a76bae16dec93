using Microsoft.Extensions.Logging;

namespace RecordingService.Infrastructure.Engine;

internal static partial class EngineLog
{
    [LoggerMessage(
        2001,
        LogLevel.Warning,
        "Recording {RecordingId}: its holder vanished with a call in flight; taken over with token {Token}"
    )]
    public static partial void HolderVanished(this ILogger log, Guid recordingId, long token);

    [LoggerMessage(2002, LogLevel.Warning, "Recording {RecordingId}: lease {Token} was lost; nothing was written")]
    public static partial void LeaseLost(this ILogger log, Guid recordingId, long token);

    [LoggerMessage(2003, LogLevel.Warning, "Recording {RecordingId}: {Count} late start answers kept as inputs")]
    public static partial void LateOutcomeKept(this ILogger log, Guid recordingId, int count);

    [LoggerMessage(2004, LogLevel.Warning, "Recording {RecordingId}: settling again after {Error}")]
    public static partial void SettleRepeated(this ILogger log, Guid recordingId, string error);

    [LoggerMessage(2005, LogLevel.Debug, "Recording {RecordingId}: the uid drawn is taken in this channel; drawing another")]
    public static partial void UidTaken(this ILogger log, Guid recordingId);

    [LoggerMessage(
        2006,
        LogLevel.Error,
        "Recording {RecordingId}: processing failed for the {Attempt}. time in a row; tried again in {Delay}"
    )]
    public static partial void ProcessingFailed(this ILogger log, Exception error, Guid recordingId, int attempt, TimeSpan delay);

    [LoggerMessage(
        2017,
        LogLevel.Critical,
        "Alert for recording {RecordingId}: processing has failed {Attempt} times in a row; its reason is 'internal'"
    )]
    public static partial void Stuck(this ILogger log, Guid recordingId, int attempt);

    [LoggerMessage(2007, LogLevel.Error, "The database does not answer; claiming is tried again every second ({Error})")]
    public static partial void DatabaseLost(this ILogger log, Exception exception, string error);

    [LoggerMessage(2008, LogLevel.Information, "The database answers; replica {Replica} works on projects {Projects}")]
    public static partial void Working(this ILogger log, int replica, string projects);

    [LoggerMessage(2009, LogLevel.Information, "Draining: {InFlight} recordings in work")]
    public static partial void Draining(this ILogger log, int inFlight);

    [LoggerMessage(2010, LogLevel.Information, "Drained; {InFlight} recordings left to their leases")]
    public static partial void Drained(this ILogger log, int inFlight);

    [LoggerMessage(2012, LogLevel.Warning, "Alert for recording {RecordingId} of channel {Channel}: {Alert}")]
    public static partial void Alert(this ILogger log, Guid recordingId, string channel, string alert);

    [LoggerMessage(
        2013,
        LogLevel.Error,
        "{Count} recordings belong to projects that are not configured here; nobody looks after them unless another replica does"
    )]
    public static partial void Unattended(this ILogger log, long count);

    [LoggerMessage(2015, LogLevel.Warning, "What Agora answered could not be told to the request budget of project {ProjectId} ({Error})")]
    public static partial void BudgetNotTold(this ILogger log, short projectId, string error);

    [LoggerMessage(2014, LogLevel.Error, "The loop failed, and goes on in a second")]
    public static partial void LoopFailed(this ILogger log, Exception exception);

    [LoggerMessage(2018, LogLevel.Error, "Recording {RecordingId} is not finished and was in nobody's schedule; it is looked after again")]
    public static partial void Rescheduled(this ILogger log, Guid recordingId);

    [LoggerMessage(2019, LogLevel.Error, "Recording {RecordingId} contradicts what Agora last told: {Contradiction}")]
    public static partial void Contradiction(this ILogger log, Guid recordingId, string contradiction);

    [LoggerMessage(2020, LogLevel.Error, "The look for recordings that nobody looks after failed, and is repeated")]
    public static partial void SweepFailed(this ILogger log, Exception exception);

    [LoggerMessage(
        2021,
        LogLevel.Warning,
        "Agora tells of a recorder that this service did not start, and leaves alone: project {Project}, channel {Channel}, uid {Uid}, sid {Sid}"
    )]
    public static partial void UnknownRecorder(this ILogger log, string project, string? channel, long? uid, string sid);

    [LoggerMessage(2022, LogLevel.Warning, "An unknown recorder could not be told in the timeline of its channel's recording")]
    public static partial void UnknownRecorderUntold(this ILogger log, Exception exception);

    [LoggerMessage(2023, LogLevel.Error, "The look for new events failed, and is repeated")]
    public static partial void FeedFailed(this ILogger log, Exception exception);

    [LoggerMessage(2024, LogLevel.Debug, "The look for new events is repeated in a second, because the database does not answer ({Error})")]
    public static partial void FeedWaits(this ILogger log, string error);

    [LoggerMessage(2025, LogLevel.Information, "{Count} recordings were changed by an older build; callers are told of it now")]
    public static partial void Untold(this ILogger log, int count);

    [LoggerMessage(
        2026,
        LogLevel.Error,
        "The database has gone back: position {Known} was read from it, and it has given no position behind {Given}; the feed is read anew from there"
    )]
    public static partial void FeedWentBack(this ILogger log, long known, long given);

    [LoggerMessage(2040, LogLevel.Debug, "When key {KeyId} was used last could not be written: {Reason}")]
    public static partial void UseNotWritten(this ILogger log, string keyId, string reason);

    [LoggerMessage(2011, LogLevel.Warning, "The database's schema is not the one that this version needs; waiting for its migration")]
    public static partial void SchemaMissing(this ILogger log);
}
