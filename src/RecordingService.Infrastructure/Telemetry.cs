using System.Diagnostics.Metrics;

namespace RecordingService.Infrastructure;

/// <summary>Names of what this service measures.</summary>
public static class Telemetry
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "RecordingService";

    private static readonly Meter Meter = new(MeterName);

    internal static readonly Counter<long> Claims = Meter.CreateCounter<long>(
        "recording.claims",
        "{claim}",
        "Recordings claimed by this replica."
    );

    internal static readonly Counter<long> LateOutcomes = Meter.CreateCounter<long>(
        "recording.late_outcomes",
        "{outcome}",
        "Start answers that came after the lease was lost and were kept as inputs."
    );

    internal static readonly Counter<long> AgoraCalls = Meter.CreateCounter<long>(
        "recording.agora_calls",
        "{call}",
        "Calls to Agora by project, operation and outcome: Ok, or the kind of failure. The share of ServerError is to stay below 1 %."
    );

    internal static readonly Counter<long> Notices = Meter.CreateCounter<long>(
        "recording.notices",
        "{notice}",
        "Notifications of Agora that were stored, by what became of them."
    );

    internal static readonly Counter<long> ProcessingFailures = Meter.CreateCounter<long>(
        "recording.processing_failures",
        "{failure}",
        "Recordings whose processing threw and is tried again."
    );
}
