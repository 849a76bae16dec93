using Microsoft.Extensions.Options;
using RecordingService.Api.Requests;
using RecordingService.Domain.RoomTypes;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Api.RoomTypes;

/// <summary>Turns a body into a checked room type, or into everything that is wrong with it.</summary>
internal sealed class RoomTypeCheck(IOptions<StorageOptions> storage)
{
    private const int DescriptionCharacters = 200;

    public (string Description, RecordingPolicy Policy) Read(RequestBody body)
    {
        var description = body.Text(
            "description",
            $"1 to {DescriptionCharacters} characters, none of them a control character",
            text => text.Length is > 0 and <= DescriptionCharacters && !text.Any(char.IsControl),
            required: true
        );
        var policy = body.Object("policy", required: true) is { } members ? ReadPolicy(members) : new RecordingPolicy();
        body.RefuseUnknown();
        return (description ?? "", policy);
    }

    private RecordingPolicy ReadPolicy(RequestBody body)
    {
        var otherwise = new RecordingPolicy();
        var policy = new RecordingPolicy
        {
            Mode = body.OneOf<RecordingMode>("mode") ?? otherwise.Mode,
            ChannelProfile = body.OneOf<ChannelProfile>("channelProfile") ?? otherwise.ChannelProfile,
            StreamTypes = body.OneOf<StreamTypes>("streamTypes") ?? otherwise.StreamTypes,
            LongestBreak = body.Duration("longestBreak") ?? otherwise.LongestBreak,
            StayInChannel = body.Flag("stayInChannel") ?? otherwise.StayInChannel,
            OnIdleExit = body.OneOf<IdleExit>("onIdleExit") ?? otherwise.OnIdleExit,
            MaxDuration = body.Duration("maxDuration") ?? otherwise.MaxDuration,
            StreamMode = body.OneOf<StreamMode>("streamMode") ?? otherwise.StreamMode,
            SnapshotInterval = body.Duration("snapshotInterval"),
            SnapshotsOnly = body.Flag("snapshotsOnly") ?? otherwise.SnapshotsOnly,
            AudioQuality = body.OneOf<AudioQuality>("audioQuality") ?? otherwise.AudioQuality,
            Layout = body.OneOf<VideoLayout>("layout") ?? otherwise.Layout,
            Quality = body.Object("quality") is { } quality ? ReadQuality(quality) ?? otherwise.Quality : otherwise.Quality,
            Mp4 = body.Flag("mp4") ?? otherwise.Mp4,
            StorageProfile = body.Text(
                "storageProfile",
                $"a configured storage profile: {string.Join(", ", storage.Value.Profiles.Keys)}",
                storage.Value.Profiles.ContainsKey
            ),
        };
        body.RefuseUnknown();
        body.Refuse(PolicyRules.Check(policy));
        return policy;
    }

    /// <summary>All four at once: a canvas of which a part is somebody's default has surprised too many.</summary>
    private static VideoQuality? ReadQuality(RequestBody body)
    {
        var width = body.Number("width", required: true);
        var height = body.Number("height", required: true);
        var framesPerSecond = body.Number("framesPerSecond", required: true);
        var bitrateKbps = body.Number("bitrateKbps", required: true);
        body.RefuseUnknown();
        return width is { } w && height is { } h && framesPerSecond is { } f && bitrateKbps is { } b ? new(w, h, f, b) : null;
    }
}
