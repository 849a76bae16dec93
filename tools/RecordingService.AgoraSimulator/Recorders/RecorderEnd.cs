namespace RecordingService.Simulation;

/// <summary>Why a recorder left.</summary>
public enum RecorderEnd
{
    /// <summary>A stop call.</summary>
    Stopped,

    /// <summary>No user (communication) or host (live) for longer than maxIdleTime.</summary>
    Idle,

    /// <summary>Its token ended.</summary>
    TokenExpired,

    /// <summary>Its token was missing, wrong or over before it joined.</summary>
    TokenRejected,

    /// <summary>Bucket or keys were wrong.</summary>
    StorageRejected,

    /// <summary>transcodingConfig was outside its limits.</summary>
    TranscodingRejected,

    /// <summary>A user of the channel had its uid; they kicked each other out.</summary>
    UidConflict,

    /// <summary>The page was recorded for maxRecordingHour.</summary>
    TimeOver,

    /// <summary>The page could not be shown, or not any longer.</summary>
    PageFailed,

    /// <summary>A fault killed it.</summary>
    Killed,

    /// <summary>It moved to another server once too often.</summary>
    ServerLost,
}
