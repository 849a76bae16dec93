using RecordingService.Chaos.Timetables;
using RecordingService.Chaos.Verdicts;

namespace RecordingService.Chaos.Clients;

/// <summary>Somebody who has classes recorded.</summary>
internal interface IRecordingClient
{
    /// <summary>Has a class recorded, from its request to the last that it is told of it.</summary>
    /// <param name="plan">The class.</param>
    /// <param name="channel">Its channel.</param>
    /// <param name="begin">Beginning of the run, recording time.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task<ClientOutcome> RecordAsync(ClassPlan plan, string channel, DateTimeOffset begin, CancellationToken cancellationToken);
}

/// <summary>How a class went for its client.</summary>
/// <param name="AskedAt">When it first asked for the recording.</param>
/// <param name="StopAskedAt">When it first asked for the end, or would have.</param>
/// <param name="FinalAt">When it was told something final, or null.</param>
/// <param name="Told">What it was told.</param>
/// <param name="Words">The words.</param>
internal sealed record ClientOutcome(DateTimeOffset AskedAt, DateTimeOffset StopAskedAt, DateTimeOffset? FinalAt, Told Told, string Words)
{
    /// <summary>Gets the id of the recording at the service.</summary>
    public string? Id { get; init; }
}
