using RecordingService.Domain;
using RecordingService.Domain.RoomTypes;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Infrastructure.Tests.Storage;

public sealed class PlaylistNamesTests
{
    private const string Sid = "5b8d7a0c1e2f43968a7bc0d1e2f3a4b5";
    private static readonly RunFiles Run = new("main", ["r1"], Sid, "a_b", RecordingMode.Mix, []);

    [Theory]
    [InlineData(RecordingMode.Mix)]
    [InlineData(RecordingMode.WebPage)]
    public void Expected_OfAMixOrWebPage_IsOnePlaylistInBothSpellings(RecordingMode mode) =>
        Text(Run with { Mode = mode }).ShouldBe([$"{Sid}_a_b.m3u8|{Sid}_a-b.m3u8 required"]);

    [Fact]
    public void Expected_OfAMovedMixThatAgoraNamed_RequiresBothPlaylists() =>
        Text(Named($"{Sid}_a-b.m3u8", $"x/bak0_{Sid}_a-b.m3u8"))
            .ShouldBe([$"{Sid}_a-b.m3u8|{Sid}_a_b.m3u8 required", $"bak0_{Sid}_a-b.m3u8|bak0_{Sid}_a_b.m3u8 required"]);

    /// <summary>Lists of earlier servers that nobody named: certain not to be written where the recorder was moved in silence, else possible.</summary>
    [Theory]
    [InlineData(0, "possible", "possible")]
    [InlineData(1, "optional", "possible")]
    [InlineData(2, "optional", "optional")]
    [InlineData(3, "optional", "optional")]
    public void Expected_OfAMixOfWhichOnlyALaterServerIsNamed_DependsOnTheMovesInSilence(int moves, string first, string second) =>
        Text(Named($"bak1_{Sid}_a_b.m3u8") with { MovesInSilence = moves })
            .ShouldBe([
                $"{Sid}_a_b.m3u8|{Sid}_a-b.m3u8 {first}",
                $"bak0_{Sid}_a_b.m3u8|bak0_{Sid}_a-b.m3u8 {second}",
                $"bak1_{Sid}_a_b.m3u8|bak1_{Sid}_a-b.m3u8 required",
            ]);

    [Fact]
    public void Expected_OfANameThatTellsOfManyMoves_IsFew() =>
        Text(Named($"bak2000000000_{Sid}_a_b.m3u8")).Count().ShouldBe(PlaylistNames.MostMoves + 2);

    [Fact]
    public void Expected_OfAMovedMixThatWasOnlyFound_TakesItWithoutRequiringIt() =>
        Text(Run, $"bak1_{Sid}_a_b.m3u8")
            .ShouldBe([
                $"{Sid}_a_b.m3u8|{Sid}_a-b.m3u8 possible",
                $"bak0_{Sid}_a_b.m3u8|bak0_{Sid}_a-b.m3u8 possible",
                $"bak1_{Sid}_a_b.m3u8|bak1_{Sid}_a-b.m3u8 optional",
            ]);

    [Fact]
    public void Expected_OfVersionsFromTheBackupCloud_TakesTheNewest() =>
        Text(Named($"{Sid}_a_b_22194679897_9.m3u8"), $"{Sid}_a_b_22194679897_10.m3u8", $"{Sid}_a_b_22194679897_2.m3u8")
            .ShouldBe([$"{Sid}_a_b.m3u8|{Sid}_a-b.m3u8 required {Sid}_a_b_22194679897_10.m3u8"]);

    [Fact]
    public void Expected_OfAChannelThatEndsLikeAVersion_TakesItForTheChannel() =>
        Text(Named($"{Sid}_room_12_3.m3u8") with { Channel = "room_12_3" })
            .ShouldBe([$"{Sid}_room_12_3.m3u8|{Sid}_room-12-3.m3u8 required"]);

    [Fact]
    public void Expected_OfASpellingThatNoRuleGives_TakesWhatAgoraNamed() =>
        Text(Named($"{Sid}_a%5Fb.m3u8")).ShouldBe([$"{Sid}_a_b.m3u8|{Sid}_a-b.m3u8|{Sid}_a%5Fb.m3u8 required"]);

    [Fact]
    public void Expected_OfIndividualStreams_RequiresTheNamedAndTakesTheFound()
    {
        var run = Named($"{Sid}_a_b__uid_s_7__uid_e_audio.m3u8") with { Mode = RecordingMode.Individual };

        Text(
                run,
                $"{Sid}_a_b__uid_s_7__uid_e_audio_22194679897_3.m3u8",
                $"bak0_{Sid}_a_b__uid_s_7__uid_e_video.m3u8",
                "other_a_b__uid_s_7__uid_e_video.m3u8",
                $"{Sid}_a_b__uid_s_7__uid_e_audio_1.ts"
            )
            .ShouldBe([
                $"{Sid}_a_b__uid_s_7__uid_e_audio.m3u8 required {Sid}_a_b__uid_s_7__uid_e_audio_22194679897_3.m3u8",
                $"bak0_{Sid}_a_b__uid_s_7__uid_e_video.m3u8 optional",
            ]);
    }

    [Theory]
    [InlineData("5b8d7a0c1e2f43968a7bc0d1e2f3a4b5_math.m3u8", true)]
    [InlineData("bak3_5b8d7a0c1e2f43968a7bc0d1e2f3a4b5_math_1.ts", true)]
    [InlineData("5B8D7A0C1E2F43968A7BC0D1E2F3A4B5_math.m3u8", false)]
    [InlineData("x5b8d7a0c1e2f43968a7bc0d1e2f3a4b5_math.m3u8", false)]
    [InlineData("5b8d7a0c1e2f43968a7bc0d1e2f3a4b5a_math.m3u8", false)]
    [InlineData("recording-service-probe.txt", false)]
    public void SidOf_AFileName_IsWhatStandsInFront(string name, bool hasSid) => PlaylistNames.SidOf(name).ShouldBe(hasSid ? Sid : null);

    private static RunFiles Named(params string[] names) => Run with { Named = [.. names.Select(name => new AgoraFile(name))] };

    private static IEnumerable<string> Text(RunFiles run, params string[] listed) =>
        PlaylistNames
            .Expected(run, listed)
            .Select(p => $"{string.Join('|', p.Spellings)} {p.Need.ToString().ToLowerInvariant()} {p.Transferred}".TrimEnd());
}
