namespace RecordingService.Domain.Lifecycle;

/// <summary>What an answered or unanswered query says about the recorder.</summary>
internal enum QueryMeaning
{
    /// <summary>Status 4 or 5.</summary>
    Running,

    /// <summary>Status 0 to 3.</summary>
    Starting,

    /// <summary>Status 6 to 8 or 20, or the answer that it is exiting.</summary>
    Ended,

    /// <summary>404 of a worker.</summary>
    NotFound,

    /// <summary>Another 40x: a fault of parameters or configuration. Says nothing about the recorder.</summary>
    Refused,

    /// <summary>Credentials refused.</summary>
    Suspended,

    /// <summary>429.</summary>
    Throttled,

    /// <summary>Never left this service.</summary>
    NotSent,

    /// <summary>50x, 206/65, time-out, a status that nobody knows: says nothing about the recorder.</summary>
    Silent,
}

internal static class QueryMeanings
{
    public static QueryMeaning Of(AgoraResult<RecorderStatus> result) =>
        result.Failure?.Kind switch
        {
            null => result.Value!.Status switch
            {
                4 or 5 => QueryMeaning.Running,
                >= 0 and <= 3 => QueryMeaning.Starting,
                >= 6 and <= 8 or 20 => QueryMeaning.Ended,
                _ => QueryMeaning.Silent,
            },
            AgoraFailureKind.RecorderNotFound => QueryMeaning.NotFound,
            AgoraFailureKind.AlreadyExiting or AgoraFailureKind.NothingRecorded => QueryMeaning.Ended,
            AgoraFailureKind.Unauthorized => QueryMeaning.Suspended,
            AgoraFailureKind.RateLimited or AgoraFailureKind.QuotaExhausted => QueryMeaning.Throttled,
            AgoraFailureKind.NotSent => QueryMeaning.NotSent,
            AgoraFailureKind.NotCompleted or AgoraFailureKind.ServerError or AgoraFailureKind.Unanswered => QueryMeaning.Silent,
            _ => QueryMeaning.Refused,
        };
}
