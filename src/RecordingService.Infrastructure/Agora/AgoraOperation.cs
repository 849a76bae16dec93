namespace RecordingService.Infrastructure.Agora;

/// <summary>Calls of Agora's REST interface that are made.</summary>
[Flags]
internal enum AgoraOperation
{
    None = 0,
    Acquire = 1,
    Start = 2,
    Query = 4,
    Stop = 8,
    Update = 16,
    UpdateLayout = 32,

    /// <summary>Both ways to change a running recorder.</summary>
    Change = Update | UpdateLayout,
    Any = Acquire | Start | Query | Stop | Change,
}
