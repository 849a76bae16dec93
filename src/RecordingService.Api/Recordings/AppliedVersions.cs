using RecordingService.Domain.Recordings;

namespace RecordingService.Api.Recordings;

/// <summary>Which desired version the present recorder has; null when it has none yet, or when that is not known.</summary>
internal static class AppliedVersions
{
    public static int? OfLayout(Recording recording) => Of(recording, static _ => null);

    public static int? OfSubscription(Recording recording) => Of(recording, static _ => null);

    private static int? Of(Recording recording, Func<Run, int?> version) =>
        recording.Runs.LastOrDefault(run => run.Carries) is { } run ? version(run) : null;
}
