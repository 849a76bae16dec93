namespace RecordingService.Simulation;

/// <summary>What is wrong with a host.</summary>
public enum HostState
{
    /// <summary>Nothing.</summary>
    Healthy,

    /// <summary>Does not listen: connections are refused, those that exist are cut.</summary>
    Refusing,

    /// <summary>Accepts and cuts the connection on each API call.</summary>
    Resetting,

    /// <summary>Accepts API calls and never answers.</summary>
    Silent,

    /// <summary>Answers every API call with one status.</summary>
    Failing,
}

/// <summary>Condition of a host.</summary>
/// <param name="State">What is wrong.</param>
/// <param name="Status">HTTP status of <see cref="HostState.Failing"/>.</param>
/// <param name="For">For how long, recording time; null until changed.</param>
public sealed record HostCondition(HostState State, int Status = 503, TimeSpan? For = null)
{
    /// <summary>Gets the condition of a host that works.</summary>
    public static HostCondition Healthy { get; } = new(HostState.Healthy);
}
