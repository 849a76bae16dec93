using System.Text.Json.Serialization;

namespace RecordingService.Client;

/// <summary>Public state of a recording, derived from its runs and from what was asked for.</summary>
[JsonConverter(typeof(TolerantEnumConverter<RecordingState>))]
public enum RecordingState
{
    /// <summary>A value that this version of the client does not know.</summary>
    Unknown,

    /// <summary>Stored; nothing was sent to Agora yet.</summary>
    Accepted,

    /// <summary>A recorder is being started or not proven yet.</summary>
    Starting,

    /// <summary>A recorder is proven to run.</summary>
    Recording,

    /// <summary>It was recording, and now the recorder is in doubt or being replaced.</summary>
    Recovering,

    /// <summary>An end was ordered and recorders are leaving.</summary>
    Stopping,

    /// <summary>No recorder runs any more; the files are being waited for.</summary>
    Uploading,

    /// <summary>Ended as meant, and the state of the files is final.</summary>
    Completed,

    /// <summary>Ended by a fault that needs a person, or closed as lost by one.</summary>
    Failed,

    /// <summary>Ended by request before anything was recorded.</summary>
    Aborted,
}

/// <summary>Why a recording ends.</summary>
[JsonConverter(typeof(TolerantEnumConverter<EndReason>))]
public enum EndReason
{
    /// <summary>A value that this version of the client does not know.</summary>
    Unknown,

    /// <summary>A caller asked for it.</summary>
    Requested,

    /// <summary>Nobody published for longer than the room type allows.</summary>
    Idle,

    /// <summary>Its maximum duration was reached.</summary>
    MaxDuration,

    /// <summary>It cannot be recorded, or an operator closed it as lost.</summary>
    Failed,
}

/// <summary>State of the files of a run or of a whole recording.</summary>
[JsonConverter(typeof(TolerantEnumConverter<FilesState>))]
public enum FilesState
{
    /// <summary>A value that this version of the client does not know.</summary>
    Unknown,

    /// <summary>Still being recorded or uploaded.</summary>
    Pending,

    /// <summary>Every playlist is finished and every slice that it names is in the bucket.</summary>
    Complete,

    /// <summary>Some files are in the bucket, others never came.</summary>
    Partial,

    /// <summary>Files were expected and none came.</summary>
    Missing,

    /// <summary>Nothing was recorded, so there is nothing to wait for.</summary>
    Empty,

    /// <summary>
    /// Nobody could look: the storage profile offers no way, or the sid of the recorder never became known in time. Or what is there is whole, and whether
    /// a part of an earlier server belongs to it is not known.
    /// </summary>
    NotVerified,
}
