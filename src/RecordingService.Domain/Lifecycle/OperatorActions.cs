using RecordingService.Domain.Recordings;
using static RecordingService.Domain.Recordings.RecordingState;

namespace RecordingService.Domain.Lifecycle;

/// <summary>What an operator can do to one recording.</summary>
public enum OperatorAction
{
    /// <summary>Does now whatever is due next: asks Agora, or looks for files.</summary>
    Recheck,

    /// <summary>Lets another recorder take over from the one that runs.</summary>
    Replace,

    /// <summary>Ends the recording as lost: nothing more is expected of it.</summary>
    Close,
}

/// <summary>When an operator's action makes sense.</summary>
public static class OperatorActions
{
    private static readonly RecordingState[] Live = [Accepted, Starting, RecordingState.Recording, Recovering];

    private static readonly RecordingState[] Open = [.. Live, Stopping, Uploading];

    /// <summary>The states in which an action makes sense.</summary>
    public static IReadOnlyList<RecordingState> StatesOf(OperatorAction action) => action == OperatorAction.Replace ? Live : Open;

    /// <summary>Whether an action makes sense now. What a recorder left behind may be asked for even after the end.</summary>
    public static bool MakesSense(this Recording recording, OperatorAction action) =>
        StatesOf(action).Contains(recording.State)
        || (
            action == OperatorAction.Recheck
            && recording.Runs.Any(run => run.Phase is RunPhase.Stopping or RunPhase.Uploading or RunPhase.Orphaned)
        );
}
