using System.Globalization;
using RecordingService.Domain.RoomTypes;
using RecordingService.Infrastructure.Agora;

namespace RecordingService.Api.Recordings;

/// <summary>The idle time that recorders are given, for people: how it was derived, and what follows when it is over.</summary>
internal static class IdleTimes
{
    public static IdleTimeResource Of(RecordingPolicy policy, TimeSpan? longestBreak, TimeSpan maxDuration)
    {
        if (policy.Mode == RecordingMode.WebPage)
        {
            return new(
                null,
                "A web page is never idle.",
                $"The page is recorded until a stop, at most {Text(maxDuration)}, whether or not anybody is there."
            );
        }

        var idle = IdleTimePolicy.Derive(policy, longestBreak, maxDuration);
        var absent = policy.ChannelProfile switch
        {
            ChannelProfile.Communication => "no user",
            ChannelProfile.Live => "no host",
        };
        var leaves = $"A recorder leaves after {Text(idle.MaxIdleTime)} with {absent} in the channel; ";
        return new(
            idle.MaxIdleTime,
            idle.Derivation,
            leaves
                + policy.OnIdleExit switch
                {
                    IdleExit.Complete => "the recording is complete then.",
                    IdleExit.Resume =>
                        $"a new one is tried after 1, 2, 4 ... min until somebody is there, a stop, or the maximum duration of {Text(maxDuration)}.",
                }
        );
    }

    private static string Text(TimeSpan time) =>
        time.TotalSeconds < 120 || time.TotalSeconds % 60 != 0 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s")
        : time.TotalMinutes < 120 || time.TotalMinutes % 60 != 0 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} min")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0} h");
}
