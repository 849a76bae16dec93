using System.Globalization;
using RecordingService.Domain;
using RecordingService.Domain.RoomTypes;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Infrastructure.Agora.Wire;

/// <summary>Builds request bodies. The same arguments give the same bytes.</summary>
internal static class RequestBodies
{
    private const int RealTimeScene = 0;
    private const int WebPageScene = 1;

    /// <summary>13 to 17 users: Agora records only the first 17 of a channel. <b>Source:</b> Agora, start, subscribeUidGroup (June 2026).</summary>
    private const int UpTo17Uids = 3;

    /// <summary>18 to 32 users, when that many are listed by name. <b>Source:</b> as <see cref="UpTo17Uids"/>.</summary>
    private const int UpTo32Uids = 4;

    /// <summary>The only values that Agora takes. <b>Source:</b> Agora, start, extensionServiceConfig (June 2026).</summary>
    private const string AbortOnError = "error_abort";

    /// <summary>Stands for every user in a subscription list. <b>Source:</b> Agora, start, subscribeAudioUids (June 2026).</summary>
    private const string AllStreams = "#allstream#";

    public static byte[] Acquire(AcquireCall call) =>
        WireWriter.Write(
            new AcquireRequest(
                call.Channel,
                Uid(call.RecorderUid),
                new AcquireClientRequest(call.Mode == RecordingMode.WebPage ? WebPageScene : RealTimeScene, WholeHours(call.ControlPeriod))
            )
        );

    /// <param name="call">What to start.</param>
    /// <param name="token">RTC token, or null without a certificate.</param>
    /// <param name="channelKey">Key of the channel's encryption, or null without one.</param>
    /// <param name="storage">Where files go.</param>
    public static byte[] Start(StartCall call, string? token, string? channelKey, StorageProfile storage)
    {
        var parameters = call.Parameters;
        var isWebPage = parameters.Mode == RecordingMode.WebPage;
        var takesSnapshots = parameters is { Mode: RecordingMode.Individual, SnapshotInterval: not null };
        var files = parameters is { Mode: RecordingMode.Mix or RecordingMode.WebPage, Mp4: true } ? (string[])["hls", "mp4"] : ["hls"];
        return WireWriter.Write(
            new StartRequest(
                call.Channel,
                Uid(call.RecorderUid),
                new StartClientRequest(
                    isWebPage ? null : token,
                    isWebPage ? null : Recording(parameters, channelKey),
                    takesSnapshots && parameters.SnapshotsOnly ? null : new RecordingFileConfig(files),
                    takesSnapshots ? new SnapshotConfig((int)parameters.SnapshotInterval!.Value.TotalSeconds, ["jpg"]) : null,
                    isWebPage ? WebPage(parameters) : null,
                    Storage(storage, parameters.FileNamePrefix)
                )
            )
        );
    }

    public static byte[] UpdateLayout(RecorderCall call, MixLayout layout) =>
        WireWriter.Write(
            new UpdateLayoutRequest(
                call.Channel,
                Uid(call.RecorderUid),
                new Layout
                {
                    MixedVideoLayout = NumberOf(layout.Kind),
                    MaxResolutionUid = LargeUid(layout),
                    BackgroundColor = layout.BackgroundColor,
                    BackgroundImage = layout.BackgroundImage?.AbsoluteUri,
                    DefaultUserBackgroundImage = layout.UserBackgroundImage?.AbsoluteUri,
                    LayoutConfig = Places(layout),
                    BackgroundConfig = Pictures(layout),
                }
            )
        );

    public static byte[] UpdateSubscription(RecorderCall call, Subscription subscription)
    {
        var (audio, video) = (Listed(subscription.Audio), Listed(subscription.Video));
        return WireWriter.Write(
            new UpdateRequest(
                call.Channel,
                Uid(call.RecorderUid),
                new UpdateClientRequest(
                    new StreamSubscribe(
                        call.StreamTypes == StreamTypes.Video ? null : new AudioUidList(audio.Subscribe, audio.Unsubscribe),
                        call.StreamTypes == StreamTypes.Audio ? null : new VideoUidList(video.Subscribe, video.Unsubscribe)
                    ),
                    null
                )
            )
        );
    }

    public static byte[] RenewStorage(RecorderCall call, StorageProfile storage, IReadOnlyList<string> fileNamePrefix) =>
        WireWriter.Write(
            new UpdateRequest(call.Channel, Uid(call.RecorderUid), new UpdateClientRequest(null, Storage(storage, fileNamePrefix)))
        );

    public static byte[] Stop(RecorderCall call) =>
        WireWriter.Write(new StopRequest(call.Channel, Uid(call.RecorderUid), new StopClientRequest(AsyncStop: true)));

    /// <summary>storageConfig of start and of update alike.</summary>
    public static StorageConfig Storage(StorageProfile storage, IReadOnlyList<string> fileNamePrefix)
    {
        // One reading: keys and token that were rotated in between would not fit together.
        var keys = storage.Keys();
        return new StorageConfig(
            storage.Vendor,
            storage.Region,
            storage.Bucket,
            keys.AccessKey,
            keys.SecretKey,
            keys.StsToken,
            keys.StsExpiresAt?.ToUnixTimeSeconds(),
            fileNamePrefix is { Count: > 0 } ? fileNamePrefix : null,
            storage.Endpoint is { } endpoint ? new StorageExtension(endpoint) : null
        );
    }

    private static RecordingConfig Recording(StartParameters parameters, string? channelKey)
    {
        var isMix = parameters.Mode == RecordingMode.Mix;
        var (audio, video) = InitialLists(parameters);
        return new RecordingConfig
        {
            ChannelType = parameters.ChannelProfile switch
            {
                ChannelProfile.Communication => 0,
                ChannelProfile.Live => 1,
            },
            StreamTypes = parameters.StreamTypes switch
            {
                StreamTypes.Audio => 0,
                StreamTypes.Video => 1,
                StreamTypes.AudioAndVideo => 2,
            },
            StreamMode = isMix || parameters.SnapshotsOnly ? null : NameOf(parameters.StreamMode),
            DecryptionMode = (int?)parameters.Encryption?.Mode,
            Secret = channelKey,
            Salt = parameters.Encryption?.Salt,
            AudioProfile = isMix ? NumberOf(parameters.AudioQuality) : null,
            MaxIdleSeconds = (int)parameters.MaxIdleTime.TotalSeconds,
            SubscribeUidGroup = isMix ? null : GroupOf(parameters.Subscription),
            SubscribeAudioUids = audio?.Subscribe,
            UnsubscribeAudioUids = audio?.Unsubscribe,
            SubscribeVideoUids = video?.Subscribe,
            UnsubscribeVideoUids = video?.Unsubscribe,
            TranscodingConfig = isMix && parameters.StreamTypes != StreamTypes.Audio ? Canvas(parameters) : null,
        };
    }

    private static TranscodingConfig Canvas(StartParameters parameters)
    {
        var layout = parameters.MixLayout;
        return new TranscodingConfig
        {
            Width = parameters.Quality.Width,
            Height = parameters.Quality.Height,
            FramesPerSecond = parameters.Quality.FramesPerSecond,
            BitrateKbps = parameters.Quality.BitrateKbps,
            MixedVideoLayout = NumberOf(layout.Kind),
            MaxResolutionUid = LargeUid(layout),
            BackgroundColor = layout.BackgroundColor,
            BackgroundImage = layout.BackgroundImage?.AbsoluteUri,
            DefaultUserBackgroundImage = layout.UserBackgroundImage?.AbsoluteUri,
            LayoutConfig = Places(layout),
            BackgroundConfig = Pictures(layout),
        };
    }

    private static ExtensionServiceConfig WebPage(StartParameters parameters) =>
        new(
            AbortOnError,
            [
                new ExtensionService(
                    "web_recorder_service",
                    AbortOnError,
                    new WebPageParameters(
                        parameters.WebPage!.AbsoluteUri,
                        NumberOf(parameters.AudioQuality),
                        parameters.Quality.Width,
                        parameters.Quality.Height,
                        parameters.Quality.BitrateKbps,
                        parameters.Quality.FramesPerSecond,
                        WholeHours(parameters.WebPageLimit)
                    )
                ),
            ]
        );

    private static string? LargeUid(MixLayout layout) => layout is { Kind: VideoLayout.Vertical, LargeUid: { } uid } ? Uid(uid) : null;

    /// <summary>Null except for custom layouts: Agora asks not to be given places with the others.</summary>
    private static List<LayoutPlace>? Places(MixLayout layout) =>
        layout.Kind != VideoLayout.Custom
            ? null
            :
            [
                .. layout.Regions.Select(region => new LayoutPlace(
                    region.Uid is { } uid ? Uid(uid) : null,
                    Fraction(region.X),
                    Fraction(region.Y),
                    Fraction(region.Width),
                    Fraction(region.Height),
                    Fraction(region.Alpha),
                    region.Fit ? 1 : 0
                )),
            ];

    private static List<BackgroundPicture>? Pictures(MixLayout layout) =>
        layout.UserBackgrounds.Count == 0
            ? null
            : [.. layout.UserBackgrounds.Select(user => new BackgroundPicture(Uid(user.Uid), user.Image.AbsoluteUri, user.Fit ? 1 : 0))];

    /// <summary>Six decimals, cut rather than rounded, so that an edge and a width that add up to 1 never pass it; no zeros at the end.</summary>
    private static decimal Fraction(decimal value) => decimal.Round(value, 6, MidpointRounding.ToZero) / 1.0000000000000000000000000000m;

    /// <summary>The lists of a start; none for everybody. One list alone would mean that nothing of the other kind is recorded, so both are sent.</summary>
    private static (UidLists? Audio, UidLists? Video) InitialLists(StartParameters parameters)
    {
        // Agora refuses lists of a kind that is not recorded.
        var audio = parameters.StreamTypes == StreamTypes.Video ? null : parameters.Subscription.Audio;
        var video = parameters.StreamTypes == StreamTypes.Audio ? null : parameters.Subscription.Video;
        return (audio is null || IsEverybody(audio)) && (video is null || IsEverybody(video))
            ? (null, null)
            : (audio is null ? null : Listed(audio), video is null ? null : Listed(video));
    }

    /// <summary>"Only these" of nobody is an empty list, which Agora discourages: leaving it out could mean everybody, or no change.</summary>
    private static UidLists Listed(StreamSelection selection) =>
        IsEverybody(selection) ? new UidLists([AllStreams], null)
        : selection.Kind == SelectionKind.AllBut ? new UidLists(null, [.. selection.Uids.Select(Uid)])
        : new UidLists([.. selection.Uids.Select(Uid)], null);

    private static bool IsEverybody(StreamSelection selection) =>
        selection is { Kind: SelectionKind.All } or { Kind: SelectionKind.AllBut, Uids.Count: 0 };

    private static int GroupOf(Subscription subscription) =>
        subscription.Audio.Uids.Concat(subscription.Video.Uids).Distinct().Count() > 17
        && subscription is not { Audio.Kind: SelectionKind.AllBut } and not { Video.Kind: SelectionKind.AllBut }
            ? UpTo32Uids
            : UpTo17Uids;

    private static int NumberOf(VideoLayout layout) =>
        layout switch
        {
            VideoLayout.Floating => 0,
            VideoLayout.BestFit => 1,
            VideoLayout.Vertical => 2,
            VideoLayout.Custom => 3,
        };

    private static int NumberOf(AudioQuality quality) =>
        quality switch
        {
            AudioQuality.Mono48 => 0,
            AudioQuality.Mono128 => 1,
            AudioQuality.Stereo192 => 2,
        };

    private static string NameOf(StreamMode mode) =>
        mode switch
        {
            StreamMode.Default => "default",
            StreamMode.Standard => "standard",
            StreamMode.Original => "original",
        };

    /// <summary>Rounded up. <b>Source:</b> Agora, acquire, resourceExpiredHour, and start, maxRecordingHour: 1 to 720 (June 2026).</summary>
    private static int WholeHours(TimeSpan time) => (int)Math.Clamp(Math.Ceiling(time.TotalHours), 1, 720);

    private static string Uid(uint uid) => uid.ToString(CultureInfo.InvariantCulture);

    private sealed record UidLists(IReadOnlyList<string>? Subscribe, IReadOnlyList<string>? Unsubscribe);
}
