using System.Text.Json.Serialization;

namespace RecordingService.Client;

/// <summary>How far the life of a run has come.</summary>
[JsonConverter(typeof(TolerantEnumConverter<RunPhase>))]
public enum RunPhase
{
    /// <summary>A value that this version of the client does not know.</summary>
    Unknown,

    /// <summary>A resource is to be acquired.</summary>
    Planned,

    /// <summary>A resource is acquired and to be started.</summary>
    Acquired,

    /// <summary>A start was sent and nothing tells whether it worked; the same start is repeated.</summary>
    OutcomeUnknown,

    /// <summary>Agora says that it runs already, without telling the sid (201/7).</summary>
    SidUnknown,

    /// <summary>The sid is known; queries are to prove that it records.</summary>
    Proving,

    /// <summary>Proven to record; queries watch it.</summary>
    Recording,

    /// <summary>Agora does not find it; checked again before it is given up.</summary>
    Doubtful,

    /// <summary>Given up and replaced; its sid is still watched, because a server move of Agora answers "not found" for up to 90 s.</summary>
    Replaced,

    /// <summary>It is being asked to leave.</summary>
    Stopping,

    /// <summary>Ended; its files are being looked for.</summary>
    Uploading,

    /// <summary>Given up without ever having had a sid; a recorder may be in the channel until the channel is idle.</summary>
    Orphaned,

    /// <summary>Nothing is left to do.</summary>
    Closed,
}

/// <summary>Why a run ended.</summary>
[JsonConverter(typeof(TolerantEnumConverter<RunEnd>))]
public enum RunEnd
{
    /// <summary>A value that this version of the client does not know.</summary>
    Unknown,

    /// <summary>It was asked to leave because the recording ends.</summary>
    Stopped,

    /// <summary>It was asked to leave because another run carries the recording.</summary>
    Surplus,

    /// <summary>It left a channel without publishers.</summary>
    Idle,

    /// <summary>It left or died, as Agora told.</summary>
    Died,

    /// <summary>Agora no longer finds it.</summary>
    Lost,

    /// <summary>It was not proven within 90 s of its sid.</summary>
    NeverProven,

    /// <summary>Agora refused it.</summary>
    Refused,

    /// <summary>Its uid was taken.</summary>
    Conflict,

    /// <summary>Its start was never answered with a sid.</summary>
    OutcomeUnknown,

    /// <summary>It was given up before a start was sent.</summary>
    NeverStarted,
}
