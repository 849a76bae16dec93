using System.Globalization;
using RecordingService.Domain;
using RecordingService.Domain.RoomTypes;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Infrastructure.Agora.Wire;

/// <summary>Builds request bodies. The same arguments give the same bytes.</summary>
internal static class RequestBodies
{
    private const int RealTimeScene = 0;

    /// <summary>Adds a merged index to the separate audio and video lists. <b>Source:</b> Agora, stream-mode: recommended (June 2026).</summary>
    private const string StandardStreamMode = "standard";

    /// <summary>13 to 17 users: Agora records only the first 17 of a channel. <b>Source:</b> Agora, start, subscribeUidGroup (June 2026).</summary>
    private const int UpTo17Uids = 3;

    /// <summary>Whole hours, rounded up. <b>Source:</b> Agora, acquire, resourceExpiredHour: 1 to 720 (June 2026).</summary>
    public static byte[] Acquire(AcquireCall call) =>
        WireWriter.Write(
            new AcquireRequest(
                call.Channel,
                Uid(call.RecorderUid),
                new AcquireClientRequest(RealTimeScene, (int)Math.Clamp(Math.Ceiling(call.ControlPeriod.TotalHours), 1, 720))
            )
        );

    public static byte[] Start(StartCall call, string? token, StorageProfile storage) =>
        WireWriter.Write(
            new StartRequest(
                call.Channel,
                Uid(call.RecorderUid),
                new StartClientRequest(
                    token,
                    Recording(call.Parameters),
                    new RecordingFileConfig(call.Parameters is { Mode: RecordingMode.Mix, Mp4: true } ? ["hls", "mp4"] : ["hls"]),
                    new StorageConfig(
                        storage.Vendor,
                        storage.Region,
                        storage.Bucket,
                        storage.AccessKey,
                        storage.SecretKey,
                        call.Parameters.FileNamePrefix is { Count: > 0 } prefix ? prefix : null,
                        storage.Endpoint is { } endpoint ? new StorageExtension(endpoint) : null
                    )
                )
            )
        );

    public static byte[] Stop(RecorderCall call) =>
        WireWriter.Write(new StopRequest(call.Channel, Uid(call.RecorderUid), new StopClientRequest(AsyncStop: true)));

    private static RecordingConfig Recording(StartParameters parameters)
    {
        var isMix = parameters.Mode == RecordingMode.Mix;
        return new RecordingConfig(
            parameters.ChannelProfile switch
            {
                ChannelProfile.Communication => 0,
                ChannelProfile.Live => 1,
            },
            parameters.StreamTypes switch
            {
                StreamTypes.Audio => 0,
                StreamTypes.Video => 1,
                StreamTypes.AudioAndVideo => 2,
            },
            isMix ? null : StandardStreamMode,
            (int)parameters.MaxIdleTime.TotalSeconds,
            isMix ? null : UpTo17Uids,
            isMix && parameters.StreamTypes != StreamTypes.Audio ? Canvas(parameters) : null
        );
    }

    private static TranscodingConfig Canvas(StartParameters parameters) =>
        new(
            parameters.Quality.Width,
            parameters.Quality.Height,
            parameters.Quality.FramesPerSecond,
            parameters.Quality.BitrateKbps,
            parameters.MixLayout.Kind switch
            {
                VideoLayout.Floating => 0,
                VideoLayout.BestFit => 1,
                VideoLayout.Vertical => 2,
                VideoLayout.Custom => 3,
            }
        );

    private static string Uid(uint uid) => uid.ToString(CultureInfo.InvariantCulture);
}
