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

    internal static readonly Counter<long> UnknownRecorders = Meter.CreateCounter<long>(
        "recording.unknown_recorders",
        "{recorder}",
        "Recorders that Agora told of and that this service did not start; each is counted once and never touched."
    );

    internal static readonly Counter<long> Rescheduled = Meter.CreateCounter<long>(
        "recording.rescheduled",
        "{recording}",
        "Recordings that were in nobody's schedule although they are not finished, and were put back by this replica."
    );

    internal static readonly Counter<long> Events = Meter.CreateCounter<long>(
        "recording.events",
        "{event}",
        "Events that this replica gave their place in the feed."
    );

    internal static readonly Gauge<long> EventDelay = Meter.CreateGauge<long>(
        "recording.event_delay",
        "s",
        "For how long the oldest event without a place in the feed has waited for it. Stays 0 but for a moment."
    );

    internal static readonly Gauge<long> Overdue = Meter.CreateGauge<long>(
        "recording.overdue",
        "{recording}",
        "Recordings whose work is later than a lease. Stays 0 but for a while after an outage."
    );

    internal static readonly Gauge<long> Unscheduled = Meter.CreateGauge<long>(
        "recording.unscheduled",
        "{recording}",
        "Recordings that are not finished and in nobody's schedule. Stays 0."
    );

    internal static readonly Gauge<long> Contradictions = Meter.CreateGauge<long>(
        "recording.contradictions",
        "{recording}",
        "Recordings whose state contradicts what Agora last told of their recorders. Stays 0."
    );

    internal static readonly Counter<long> ProcessingFailures = Meter.CreateCounter<long>(
        "recording.processing_failures",
        "{failure}",
        "Recordings whose processing threw and is tried again."
    );

    internal static readonly Counter<long> WebhookAttempts = Meter.CreateCounter<long>(
        "recording.webhook_attempts",
        "{attempt}",
        "Attempts to deliver an event to a webhook, by outcome: Delivered, Failed, GivenUp, Gone."
    );

    internal static readonly Counter<long> WebhookEventsGivenUp = Meter.CreateCounter<long>(
        "recording.webhook_events_given_up",
        "{event}",
        "Events that a webhook did not take within the whole retry ladder. Stays 0."
    );

    internal static readonly Gauge<long> WebhooksFailing = Meter.CreateGauge<long>(
        "recording.webhooks_failing",
        "{webhook}",
        "Webhooks that took none of the last three events or more. Stays 0 but for a while after their outages."
    );

    internal static readonly Gauge<long> WebhooksGone = Meter.CreateGauge<long>(
        "recording.webhooks_gone",
        "{webhook}",
        "Webhooks that are disabled because they answered 410. Stays 0."
    );

    internal static readonly Gauge<long> WebhookBacklog = Meter.CreateGauge<long>(
        "recording.webhook_backlog",
        "{recording}",
        "Recordings with an event that waits for a webhook, counted once for each webhook."
    );
}
