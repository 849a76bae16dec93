using FsCheck;
using FsCheck.Fluent;
using RecordingService.Domain.RoomTypes;

namespace RecordingService.Domain.Tests.RoomTypes;

/// <summary>Reason 4 of failed recordings in Agora's FAQ: a transcodingConfig beyond its table.</summary>
[Trait("Rule", "S12")]
public sealed class Profiles
{
    [Theory]
    [InlineData(1280, 720, 15, 2260, ChannelProfile.Live)]
    [InlineData(720, 1280, 15, 2260, ChannelProfile.Live)]
    [InlineData(1280, 720, 15, 1130, ChannelProfile.Live)]
    [InlineData(1280, 720, 15, 4520, ChannelProfile.Live)]
    [InlineData(1280, 720, 15, 565, ChannelProfile.Communication)]
    [InlineData(1280, 720, 15, 2260, ChannelProfile.Communication)]
    [InlineData(640, 480, 10, 800, ChannelProfile.Live)]
    [InlineData(1920, 1080, 60, 6500, ChannelProfile.Live)]
    [InlineData(120, 120, 15, 50, ChannelProfile.Communication)]
    [Trait("Rule", "S12")]
    public void S12_Quality_OnAgorasTable_IsFine(int width, int height, int fps, int kbps, ChannelProfile channel) =>
        Violations(width, height, fps, kbps, channel).ShouldBeEmpty();

    [Theory]
    [InlineData(1280, 721, 15, 2260, ChannelProfile.Live, "quality", "1280 x 720, 15 fps, 2260 kbps")]
    [InlineData(1024, 768, 15, 1500, ChannelProfile.Live, "quality", "960 x 720, 15 fps, 1500 kbps")]
    [InlineData(768, 1024, 15, 1500, ChannelProfile.Live, "quality", "720 x 960, 15 fps, 1500 kbps")]
    [InlineData(360, 640, 60, 500, ChannelProfile.Communication, "quality", "360 x 640, 30 fps, 500 kbps")]
    [InlineData(1280, 720, 24, 3000, ChannelProfile.Live, "quality", "1280 x 720, 30 fps, 3000 kbps")]
    [InlineData(1280, 720, 1, 2260, ChannelProfile.Live, "quality", "1280 x 720, 15 fps, 2260 kbps")]
    [InlineData(1920, 1200, 30, 6300, ChannelProfile.Live, "quality", "1920 x 1080, 30 fps, 6300 kbps")]
    [InlineData(2560, 1440, 30, 6500, ChannelProfile.Live, "quality.width", "1920 x 1080, 30 fps, 6500 kbps")]
    [InlineData(1280, 720, 25, 2260, ChannelProfile.Live, "quality.framesPerSecond", "1280 x 720, 30 fps, 2260 kbps")]
    [InlineData(1920, 1080, 60, 6501, ChannelProfile.Live, "quality.bitrateKbps", "1920 x 1080, 60 fps, 6500 kbps")]
    [InlineData(1280, 720, 15, 1129, ChannelProfile.Live, "quality.bitrateKbps", "1280 x 720, 15 fps, 2260 kbps")]
    [InlineData(1280, 720, 15, 4521, ChannelProfile.Live, "quality.bitrateKbps", "1280 x 720, 15 fps, 2260 kbps")]
    [InlineData(1280, 720, 15, 2261, ChannelProfile.Communication, "quality.bitrateKbps", "1280 x 720, 15 fps, 1130 kbps")]
    [InlineData(1, 1, 15, 50, ChannelProfile.Communication, "quality", "120 x 120, 15 fps, 50 kbps")]
    [Trait("Rule", "S12")]
    public void S12_Quality_BeyondAgorasTable_IsRefusedWithTheNearestValidProfile(
        int width,
        int height,
        int fps,
        int kbps,
        ChannelProfile channel,
        string field,
        string nearest
    )
    {
        var violations = Violations(width, height, fps, kbps, channel);

        violations[0].Field.ShouldBe(field);
        violations.ShouldAllBe(violation => violation.Rule.EndsWith($" The nearest valid profile is {nearest}."));
        violations.ShouldAllBe(violation => violation.Source.StartsWith("Agora, "));
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_NearestProfile_OfWhateverIsAsked_IsValidAndItsOwnNearest()
    {
        var numbers = Gen.OneOf(Gen.Choose(-10, 4000), Gen.Choose(int.MinValue, int.MaxValue));
        var wanted = Arb.From(
            from width in numbers
            from height in numbers
            from fps in numbers
            from kbps in numbers
            from channel in Gen.Elements(ChannelProfile.Communication, ChannelProfile.Live)
            select (Quality: new VideoQuality(width, height, fps, kbps), Channel: channel)
        );

        Check.QuickThrowOnFailure(
            Prop.ForAll(
                wanted,
                asked =>
                {
                    var nearest = VideoProfiles.Nearest(asked.Quality, asked.Channel);
                    return PolicyRules.Check(new() { ChannelProfile = asked.Channel, Quality = nearest }).Count == 0
                        && VideoProfiles.Nearest(nearest, asked.Channel) == nearest;
                }
            )
        );
    }

    private static IReadOnlyList<RuleViolation> Violations(int width, int height, int fps, int kbps, ChannelProfile channel) =>
        PolicyRules.Check(new() { ChannelProfile = channel, Quality = new(width, height, fps, kbps) });
}
