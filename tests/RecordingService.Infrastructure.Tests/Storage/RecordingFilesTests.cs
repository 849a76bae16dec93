using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using RecordingService.Domain;
using RecordingService.Domain.RoomTypes;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Infrastructure.Tests.Storage;

public sealed class RecordingFilesTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;
    private static readonly RunFiles Run = new("main", ["tenant42", "r1"], "sid1", "math", RecordingMode.Mix, []);

    [Fact]
    public async Task Inspect_FinishedPlaylistWithAllSlices_IsComplete()
    {
        await using var bucket = await StaticBucket.StartAsync();
        bucket.Files["/tenant42/r1/sid1_math.m3u8"] = Playlist.Of(["sid1_math_1.ts", "sid1_math_2.ts"]);
        bucket.Files["/tenant42/r1/sid1_math_1.ts"] = "12345";
        bucket.Files["/tenant42/r1/sid1_math_2.ts"] = "123";
        bucket.Files["/tenant42/r1/sid1_math_0.mp4"] = "12";

        var found = await Files(bucket.Address).InspectAsync(Run with { Named = [new AgoraFile("sid1_math_0.mp4")] }, Cancellation);

        found.Verdict.ShouldBe(FilesVerdict.Complete);
        found.Playlist!.AbsoluteUri.ShouldBe($"{bucket.Address}/tenant42/r1/sid1_math.m3u8");
        found
            .Files.Select(f => (f.FileName, f.Kind, f.Bytes, f.Duration?.TotalSeconds))
            .ShouldBe([
                ("sid1_math.m3u8", RecordingFileKind.Playlist, (long?)bucket.Files["/tenant42/r1/sid1_math.m3u8"].Length, 30.038),
                ("sid1_math_1.ts", RecordingFileKind.Slice, 5, 15.019),
                ("sid1_math_2.ts", RecordingFileKind.Slice, 3, 15.019),
                ("sid1_math_0.mp4", RecordingFileKind.Mp4, 2, null),
            ]);
    }

    [Fact]
    public async Task Inspect_WithASliceMissing_IsIncompleteAndNamesIt()
    {
        await using var bucket = await StaticBucket.StartAsync();
        bucket.Files["/tenant42/r1/sid1_math.m3u8"] = Playlist.Of(["1.ts", "2.ts"]);
        bucket.Files["/tenant42/r1/1.ts"] = "1";

        var found = await Files(bucket.Address).InspectAsync(Run, Cancellation);

        found.Verdict.ShouldBe(FilesVerdict.Incomplete);
        found.Detail.ShouldBe("Not complete: 1 of 2 slices are missing, the first is 2.ts.");
    }

    [Fact]
    public async Task Inspect_WithAnOpenPlaylist_IsUnfinished_AndIncompleteWhileASliceIsMissing()
    {
        await using var bucket = await StaticBucket.StartAsync();
        bucket.Files["/tenant42/r1/sid1_math.m3u8"] = Playlist.Of(["1.ts"], isFinished: false);

        (await Files(bucket.Address).InspectAsync(Run, Cancellation)).Verdict.ShouldBe(FilesVerdict.Incomplete);
        bucket.Files["/tenant42/r1/1.ts"] = "1";
        (await Files(bucket.Address).InspectAsync(Run, Cancellation)).Verdict.ShouldBe(FilesVerdict.Unfinished);
    }

    [Theory]
    [InlineData(404, FilesVerdict.Missing)]
    [InlineData(403, FilesVerdict.Unreachable)]
    [InlineData(503, FilesVerdict.Unreachable)]
    public async Task Inspect_WithoutPlaylist_TellsAbsentFromRefused(int status, FilesVerdict expected)
    {
        await using var bucket = await StaticBucket.StartAsync();
        bucket.StatusOfAbsent = status;

        (await Files(bucket.Address).InspectAsync(Run, Cancellation)).Verdict.ShouldBe(expected);
    }

    [Fact]
    public async Task Inspect_WithASliceThatTheBucketFailsOn_IsUnreachable()
    {
        await using var bucket = await StaticBucket.StartAsync();
        bucket.Files["/tenant42/r1/sid1_math.m3u8"] = Playlist.Of(["1.ts"]);
        bucket.Statuses["/tenant42/r1/1.ts"] = 500;

        (await Files(bucket.Address).InspectAsync(Run, Cancellation)).Verdict.ShouldBe(FilesVerdict.Unreachable);
    }

    [Fact]
    public async Task Inspect_OfABucketThatIsDown_IsUnreachable()
    {
        using var reserved = new TcpListener(IPAddress.Loopback, 0);
        reserved.Start();
        var address = $"http://{reserved.LocalEndpoint}";
        reserved.Stop();

        (await Files(address).InspectAsync(Run, Cancellation)).Verdict.ShouldBe(FilesVerdict.Unreachable);
    }

    [Fact]
    public async Task Inspect_WithoutPublicAddress_IsNotVerifiable()
    {
        var files = Files(null);

        (await files.InspectAsync(Run, Cancellation)).Verdict.ShouldBe(FilesVerdict.NotVerifiable);
        files.PlaylistUrl(Run).ShouldBeNull();
    }

    [Theory]
    [Trait("Rule", "S7")]
    [InlineData("/tenant42/r1/sid1_a%2Bb_%23%3F.m3u8")]
    [InlineData("/tenant42/r1/sid1_a-b---.m3u8")]
    public async Task S7_ChannelWithSpecialCharacters_IsFoundInBothSpellings(string path)
    {
        await using var bucket = await StaticBucket.StartAsync();
        bucket.Files[path] = Playlist.Of(["sid1_a+b#.ts"]);
        bucket.Files["/tenant42/r1/sid1_a%2Bb%23.ts"] = "1";

        var found = await Files(bucket.Address).InspectAsync(Run with { Channel = "a+b_#?" }, Cancellation);

        found.Verdict.ShouldBe(FilesVerdict.Complete);
        found.Playlist!.AbsoluteUri.ShouldBe(bucket.Address + path);
    }

    [Fact]
    [Trait("Rule", "S9")]
    public void S9_PlaylistUrl_IsBaseFoldersAndNameByRule() =>
        Files("https://cdn.example/rec/").PlaylistUrl(Run)!.AbsoluteUri.ShouldBe("https://cdn.example/rec/tenant42/r1/sid1_math.m3u8");

    [Fact]
    [Trait("Rule", "S9")]
    public void S9_PlaylistUrl_PrefersTheSpellingThatAgoraNamed() =>
        Files("https://cdn.example")
            .PlaylistUrl(Run with { Channel = "a_b", Named = [new AgoraFile("x/sid1_a-b.m3u8")] })!
            .AbsoluteUri.ShouldBe("https://cdn.example/tenant42/r1/sid1_a-b.m3u8");

    [Fact]
    public async Task Inspect_OfIndividualStreams_FollowsTheNamesThatAgoraGave()
    {
        await using var bucket = await StaticBucket.StartAsync();
        var named = new[] { "sid1_math__uid_s_7__uid_e_video.m3u8", "sid1_math__uid_s_7__uid_e_audio.m3u8" };
        bucket.Files[$"/tenant42/r1/{named[0]}"] = Playlist.Of(["v.ts"]);
        bucket.Files["/tenant42/r1/v.ts"] = "1";
        var files = Files(bucket.Address);
        var run = Run with { Mode = RecordingMode.Individual };

        var one = await files.InspectAsync(run with { Named = [new AgoraFile(named[0])] }, Cancellation);
        var two = await files.InspectAsync(run with { Named = [.. named.Select(n => new AgoraFile(n))] }, Cancellation);
        var none = await files.InspectAsync(run, Cancellation);

        one.Verdict.ShouldBe(FilesVerdict.Complete);
        two.Verdict.ShouldBe(FilesVerdict.Incomplete);
        none.Verdict.ShouldBe(FilesVerdict.Missing);
        files.PlaylistUrl(run).ShouldBeNull();
    }

    [Fact]
    public async Task Inspect_ThroughAnAddressThatRefusesHead_AsksForTheFirstByte()
    {
        await using var bucket = await StaticBucket.StartAsync();
        bucket.AllowsHead = false;
        bucket.Files["/tenant42/r1/sid1_math.m3u8"] = Playlist.Of(["1.ts"]);
        bucket.Files["/tenant42/r1/1.ts"] = "1234567";

        var found = await Files(bucket.Address).InspectAsync(Run, Cancellation);

        found.Verdict.ShouldBe(FilesVerdict.Complete);
        found.Files[1].Bytes.ShouldBe(7);
    }

    [Fact]
    public async Task Inspect_OfAPlaylistThatLeadsElsewhere_StaysInTheFolder()
    {
        await using var bucket = await StaticBucket.StartAsync();
        bucket.Files["/tenant42/r1/sid1_math.m3u8"] = Playlist.Of(["http://127.0.0.1:1/1.ts", "../../secret.ts"]);
        bucket.Files["/secret.ts"] = "1";

        (await Files(bucket.Address).InspectAsync(Run, Cancellation)).Verdict.ShouldBe(FilesVerdict.Incomplete);
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("")]
    public async Task Inspect_OfSomethingThatIsNoPlaylist_IsIncomplete(string content)
    {
        await using var bucket = await StaticBucket.StartAsync();
        bucket.Files["/tenant42/r1/sid1_math.m3u8"] = content;

        (await Files(bucket.Address).InspectAsync(Run, Cancellation)).Verdict.ShouldBe(FilesVerdict.Incomplete);
    }

    [Fact]
    public async Task Inspect_OfAMovedMix_FollowsLaterServersByRule()
    {
        await using var bucket = await StaticBucket.StartAsync();
        bucket.Files["/tenant42/r1/sid1_math.m3u8"] = Playlist.Of(["1.ts"]);
        bucket.Files["/tenant42/r1/bak0_sid1_math.m3u8"] = Playlist.Of(["2.ts"]);
        bucket.Files["/tenant42/r1/bak1_sid1_math.m3u8"] = Playlist.Of(["3.ts"]);
        bucket.Files["/tenant42/r1/1.ts"] = "1";
        bucket.Files["/tenant42/r1/2.ts"] = "2";

        var found = await Files(bucket.Address).InspectAsync(Run, Cancellation);

        found.Detail.ShouldBe("Not complete: 1 of 3 slices are missing, the first is 3.ts.");
        found
            .Files.Where(f => f.Kind == RecordingFileKind.Playlist)
            .Select(f => f.FileName)
            .ShouldBe(["sid1_math.m3u8", "bak0_sid1_math.m3u8", "bak1_sid1_math.m3u8"]);
    }

    [Fact]
    public async Task Inspect_OfAMovedMix_AsksOnlyTheLastServersListToBeFinished()
    {
        await using var bucket = await StaticBucket.StartAsync();
        bucket.Files["/tenant42/r1/sid1_math.m3u8"] = "#EXTM3U\n#EXTINF:15.0\n1.ts\n";
        bucket.Files["/tenant42/r1/bak0_sid1_math.m3u8"] = "#EXTM3U\n#EXTINF:15.0\n2.ts\n";
        bucket.Files["/tenant42/r1/1.ts"] = "1";
        bucket.Files["/tenant42/r1/2.ts"] = "2";
        var files = Files(bucket.Address);

        var open = await files.InspectAsync(Run, Cancellation);
        bucket.Files["/tenant42/r1/bak0_sid1_math.m3u8"] = Playlist.Of(["2.ts"]);
        var closed = await files.InspectAsync(Run, Cancellation);

        open.Detail.ShouldBe("Not complete: bak0_sid1_math.m3u8 is not finished.");
        closed.Verdict.ShouldBe(FilesVerdict.Complete);
    }

    [Fact]
    public async Task Inspect_OfAMovedMix_MissesALaterPlaylistOnlyIfAgoraNamedIt()
    {
        await using var bucket = await StaticBucket.StartAsync();
        bucket.Files["/tenant42/r1/sid1_math.m3u8"] = Playlist.Of(["1.ts"]);
        bucket.Files["/tenant42/r1/1.ts"] = "1";
        var files = Files(bucket.Address);

        var unnamed = await files.InspectAsync(Run, Cancellation);
        var named = await files.InspectAsync(Run with { Named = [new AgoraFile("bak0_sid1_math.m3u8")] }, Cancellation);

        unnamed.Verdict.ShouldBe(FilesVerdict.Complete);
        named.Verdict.ShouldBe(FilesVerdict.Incomplete);
        named.Detail.ShouldBe("Not complete: 1 of 2 playlists are not there, the first is bak0_sid1_math.m3u8.");
    }

    /// <summary>The first part may be on a slow way, or may never have been written: the bucket alone cannot tell.</summary>
    [Theory]
    [Trait("Rule", "S9")]
    [InlineData(true, 0, 404, FilesVerdict.Inconclusive)]
    [InlineData(true, 1, 404, FilesVerdict.Complete)]
    [InlineData(true, 0, 403, FilesVerdict.Inconclusive)]
    [InlineData(true, 1, 403, FilesVerdict.Complete)]
    [InlineData(false, 0, 404, FilesVerdict.Inconclusive)]
    [InlineData(false, 1, 404, FilesVerdict.Complete)]
    public async Task S9_PlaylistOfALaterServerAlone_IsWholeOnlyIfTheRecorderWasMovedInSilence(
        bool isNamed,
        int moves,
        int statusOfAbsent,
        FilesVerdict expected
    )
    {
        await using var bucket = await StaticBucket.StartAsync();
        // A bucket that may not be listed refuses what does not exist.
        bucket.StatusOfAbsent = statusOfAbsent;
        bucket.Files["/tenant42/r1/bak0_sid1_math.m3u8"] = Playlist.Of(["1.ts"]);
        bucket.Files["/tenant42/r1/1.ts"] = "1";
        var run = Run with { Named = isNamed ? [new AgoraFile("bak0_sid1_math.m3u8")] : [], MovesInSilence = moves };

        var found = await Files(bucket.Address).InspectAsync(run, Cancellation);

        found.Verdict.ShouldBe(expected);
        found.Playlist!.AbsoluteUri.ShouldBe($"{bucket.Address}/tenant42/r1/bak0_sid1_math.m3u8");
        found.Files.Count.ShouldBe(2);
        found.Detail.Contains("nothing tells whether sid1_math.m3u8, which is not there, was ever written").ShouldBe(moves == 0);
    }

    [Fact]
    [Trait("Rule", "S9")]
    public async Task S9_FirstPartThatComesLate_IsMissedUntilItIsThere()
    {
        await using var bucket = await StaticBucket.StartAsync();
        bucket.Files["/tenant42/r1/bak0_sid1_math.m3u8"] = Playlist.Of(["2.ts"]);
        bucket.Files["/tenant42/r1/2.ts"] = "2";
        var files = Files(bucket.Address);
        AgoraFile[] both = [new("sid1_math.m3u8"), new("bak0_sid1_math.m3u8")];

        var named = await files.InspectAsync(Run with { Named = both }, Cancellation);
        // What Agora named must be there, whatever its notices seem to prove.
        var denied = await files.InspectAsync(Run with { Named = both, MovesInSilence = 1 }, Cancellation);
        bucket.Files["/tenant42/r1/sid1_math.m3u8"] = Playlist.Of(["1.ts"], isFinished: false);
        var begun = await files.InspectAsync(Run with { Named = [both[1]], MovesInSilence = 1 }, Cancellation);
        bucket.Files["/tenant42/r1/1.ts"] = "1";
        var whole = await files.InspectAsync(Run with { Named = [both[1]] }, Cancellation);

        named.Detail.ShouldBe("Not complete: 1 of 2 playlists are not there, the first is sid1_math.m3u8.");
        denied.Verdict.ShouldBe(FilesVerdict.Incomplete);
        begun.Detail.ShouldBe("Not complete: 1 of 2 slices are missing, the first is 1.ts.");
        whole.Verdict.ShouldBe(FilesVerdict.Complete);
    }

    [Fact]
    [Trait("Rule", "S9")]
    public async Task S9_PlaylistAfterSeveralMovesInSilence_IsFoundByRule()
    {
        await using var bucket = await StaticBucket.StartAsync();
        bucket.Files["/tenant42/r1/bak1_sid1_math.m3u8"] = Playlist.Of(["1.ts"]);
        bucket.Files["/tenant42/r1/1.ts"] = "1";

        (await Files(bucket.Address).InspectAsync(Run with { MovesInSilence = 2 }, Cancellation)).Verdict.ShouldBe(FilesVerdict.Complete);
    }

    [Fact]
    [Trait("Rule", "S9")]
    public void S9_PlaylistUrl_IsThatOfTheFirstServerThatWroteOne() =>
        Files("https://cdn.example/rec/")
            .PlaylistUrl(Run with { Named = [new AgoraFile("bak0_sid1_math.m3u8")] })!
            .AbsoluteUri.ShouldBe("https://cdn.example/rec/tenant42/r1/bak0_sid1_math.m3u8");

    [Theory]
    [InlineData(403, FilesVerdict.Complete)]
    [InlineData(500, FilesVerdict.Unreachable)]
    public async Task Inspect_OfAMixWhoseLaterPlaylistIsNotShown_TellsRefusalFromSilence(int status, FilesVerdict expected)
    {
        await using var bucket = await StaticBucket.StartAsync();
        bucket.Files["/tenant42/r1/sid1_math.m3u8"] = Playlist.Of(["1.ts"]);
        bucket.Files["/tenant42/r1/1.ts"] = "1";
        bucket.Statuses["/tenant42/r1/bak0_sid1_math.m3u8"] = status;

        (await Files(bucket.Address).InspectAsync(Run, Cancellation)).Verdict.ShouldBe(expected);
    }

    [Fact]
    public async Task Inspect_OfAWebPage_LooksForThePlaylistByRule()
    {
        await using var bucket = await StaticBucket.StartAsync();
        bucket.Files["/tenant42/r1/sid1_math.m3u8"] = Playlist.Of(["1.ts"]);
        bucket.Files["/tenant42/r1/1.ts"] = "1";
        var files = Files(bucket.Address);
        var run = Run with { Mode = RecordingMode.WebPage };

        (await files.InspectAsync(run, Cancellation)).Verdict.ShouldBe(FilesVerdict.Complete);
        files.PlaylistUrl(run)!.AbsoluteUri.ShouldBe($"{bucket.Address}/tenant42/r1/sid1_math.m3u8");
    }

    private static IRecordingFiles Files(string? publicBaseUrl)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Storage:Profiles:main:Vendor"] = "Qiniu",
            ["Storage:Profiles:main:Region"] = "East_China",
            ["Storage:Profiles:main:Bucket"] = "rec",
            ["Storage:Profiles:main:AccessKey"] = "a",
            ["Storage:Profiles:main:SecretKey"] = "s",
            ["Storage:Profiles:main:PublicBaseUrl"] = publicBaseUrl,
        };
        return new ServiceCollection()
            .AddStorage(new ConfigurationBuilder().AddInMemoryCollection(settings).Build())
            .BuildServiceProvider()
            .GetRequiredService<IRecordingFiles>();
    }
}
