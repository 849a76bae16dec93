using RecordingService.Domain.Recordings;

namespace RecordingService.Api.Recordings;

/// <summary>Which desired version the present recorder has; null when it has none yet, or when that is not known.</summary>
internal static class AppliedVersions
{
    public static int? OfLayout(Recording recording) => Of(recording, static run => run.LayoutVersion);

    public static int? OfSubscription(Recording recording) => Of(recording, static run => run.SubscriptionVersion);

    private static int? Of(Recording recording, Func<Run, int?> version) =>
        recording.Runs.LastOrDefault(run => run.Carries && run.Parameters is not null) is { } run ? version(run) : null;
}
