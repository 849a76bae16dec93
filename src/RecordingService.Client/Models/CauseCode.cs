using System.Text.Json.Serialization;

namespace RecordingService.Client;

/// <summary>How sure a cause is.</summary>
[JsonConverter(typeof(TolerantEnumConverter<Confidence>))]
public enum Confidence
{
    /// <summary>A value that this version of the client does not know.</summary>
    Unknown,

    /// <summary>Agora said so, or nothing else fits.</summary>
    Certain,

    /// <summary>The evidence fits this better than anything else that is known.</summary>
    Likely,

    /// <summary>The evidence does not rule it out.</summary>
    Possible,
}

/// <summary>The known causes; of equally sure ones the first here ranks first.</summary>
[JsonConverter(typeof(TolerantEnumConverter<CauseCode>))]
public enum CauseCode
{
    /// <summary>A value that this version of the client does not know.</summary>
    Unknown,

    /// <summary>Agora refused the request at once.</summary>
    RequestRefused,

    /// <summary>App ID, service or host of the project are wrong.</summary>
    ProjectMisconfigured,

    /// <summary>Agora refuses the credentials of the project.</summary>
    ProjectSuspended,

    /// <summary>The canvas of the mix is outside Agora's table.</summary>
    TranscodingRefused,

    /// <summary>A parameter of the start was found wrong only after Agora had accepted it.</summary>
    ParametersRefusedLate,

    /// <summary>The recorder's token ran out.</summary>
    TokenExpired,

    /// <summary>The recorder's token is wrong.</summary>
    TokenRefused,

    /// <summary>The channel needs tokens and the recorder has none.</summary>
    TokenMissing,

    /// <summary>The recorder uses a token and the clients do not.</summary>
    TokenOnlyAtRecorder,

    /// <summary>The recorder's uid is used by somebody else in the channel.</summary>
    UidTaken,

    /// <summary>Bucket, region or keys of the storage profile are wrong.</summary>
    StorageRefused,

    /// <summary>The bucket is far from the recorder, or uploads to it are slow.</summary>
    CrossRegion,

    /// <summary>The public address of the bucket does not show the files.</summary>
    PublicAddressWrong,

    /// <summary>The subscription leaves out everybody who publishes.</summary>
    SubscribedToNobody,

    /// <summary>The channel is encrypted in another way than the recorder was told.</summary>
    EncryptionMismatch,

    /// <summary>The web page could not be recorded.</summary>
    PageFailed,

    /// <summary>This service or its database fails.</summary>
    ServiceFault,

    /// <summary>Nothing is started in the project at present: an operator paused it, or its quota of recorders is used up.</summary>
    StartsHeld,

    /// <summary>Agora asks for fewer requests or has no recorder left within the quota.</summary>
    Throttled,

    /// <summary>Agora does not answer, or answers with server errors.</summary>
    AgoraUnavailable,

    /// <summary>A start was never answered with a sid.</summary>
    StartUnanswered,

    /// <summary>A recorder died or never became ready inside Agora.</summary>
    RecorderLost,

    /// <summary>Nobody ever published in the channel.</summary>
    NobodyPublished,

    /// <summary>Somebody published, and then nobody did for the idle time.</summary>
    FellSilent,

    /// <summary>Agora refused a change of layout or subscription.</summary>
    ChangeRefused,

    /// <summary>An operator closed the recording as lost.</summary>
    ClosedByOperator,

    /// <summary>Something is wrong, and the evidence does not tell what.</summary>
    NotExplained,
}
