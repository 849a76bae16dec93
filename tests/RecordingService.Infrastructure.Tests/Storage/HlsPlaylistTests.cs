using RecordingService.Infrastructure.Storage;

namespace RecordingService.Infrastructure.Tests.Storage;

public sealed class HlsPlaylistTests
{
    [Fact]
    public void Parse_WithAndWithoutComma_ReadsDurations()
    {
        var playlist = HlsPlaylist.Parse(
            "\uFEFF#EXTM3U\r\n#EXT-X-AGORA-ROTATE:WIDTH=1,HEIGHT=2\r\n#EXTINF:15.019000\r\na.ts\r\n#EXT-X-DISCONTINUITY\r\n#EXTINF:2.5, title\r\nb.ts\r\n#EXT-X-ENDLIST"
        )!;

        playlist.Slices.ShouldBe([new HlsSlice("a.ts", TimeSpan.FromSeconds(15.019)), new HlsSlice("b.ts", TimeSpan.FromSeconds(2.5))]);
        playlist.IsFinished.ShouldBeTrue();
        playlist.Duration.ShouldBe(TimeSpan.FromMilliseconds(17_519));
    }

    [Theory]
    [InlineData("sid_maths%207b_1.ts", "sid_maths 7b_1.ts")]
    [InlineData("sid_maths 7b_1.ts", "sid_maths 7b_1.ts")]
    [InlineData("sid_50%_1.ts", "sid_50%_1.ts")]
    public void Parse_OfEscapedAndPlainNames_GivesThePlainName(string line, string name) =>
        HlsPlaylist.Parse($"#EXTM3U\n#EXTINF:15.0\n{line}\n")!.Slices.ShouldHaveSingleItem().Name.ShouldBe(name);

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("a.ts")]
    public void Parse_OfOtherText_IsNull(string text) => HlsPlaylist.Parse(text).ShouldBeNull();

    [Theory]
    [InlineData("-5")]
    [InlineData("1e99")]
    [InlineData("99999999999999999999999")]
    [InlineData("x")]
    public void Parse_WithADamagedDuration_KeepsTheSliceWithoutOne(string duration) =>
        HlsPlaylist.Parse($"#EXTM3U\n#EXTINF:{duration},\na.ts")!.Slices.ShouldBe([new HlsSlice("a.ts", null)]);

    [Fact]
    public void Parse_OfAPlaylistThatJoinsOthers_HasNoSlicesAndIsNeverOpen()
    {
        var playlist = HlsPlaylist.Parse(
            """
            #EXTM3U
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="audio",URI="sid_class__uid_s_7__uid_e_audio.m3u8"
            #EXT-X-STREAM-INF:BANDWIDTH=1000000,AUDIO="audio"
            sid_class__uid_s_7__uid_e_video.m3u8
            """
        )!;

        playlist.Slices.ShouldBeEmpty();
        playlist.IsFinished.ShouldBeTrue();
    }
}
