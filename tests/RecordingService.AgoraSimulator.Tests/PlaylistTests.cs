using System.Diagnostics;
using System.Net.Http.Headers;

namespace RecordingService.Simulation.Tests;

public sealed class PlaylistTests
{
    [Fact]
    public async Task Playlist_OfAnInterruptedClass_IsInAgorasForm()
    {
        await using var test = await TestSimulator.StartAsync();
        var task = await RecordedAsync(test);

        var playlist = await test.ReadAsync($"{task.Sid}_maths-1.m3u8");

        playlist.ShouldBe(
            $"""
            #EXTM3U
            #EXT-X-VERSION:3
            #EXT-X-MEDIA-SEQUENCE:0
            #EXT-X-ALLOW-CACHE:YES
            #EXT-X-TARGETDURATION:18
            #EXT-X-DISCONTINUITY
            #EXT-X-AGORA-TRACK-EVENT:EVENT=START,TRACK_TYPE=AUDIO,TIME=20261121100002000
            #EXT-X-AGORA-TRACK-EVENT:EVENT=START,TRACK_TYPE=VIDEO,TIME=20261121100002000
            #EXTINF:15.000000
            {task.Sid}_maths-1_20261121100002000.ts
            #EXTINF:8.000000
            {task.Sid}_maths-1_20261121100017000.ts
            #EXT-X-DISCONTINUITY
            #EXT-X-AGORA-TRACK-EVENT:EVENT=START,TRACK_TYPE=AUDIO,TIME=20261121100030000
            #EXT-X-AGORA-TRACK-EVENT:EVENT=START,TRACK_TYPE=VIDEO,TIME=20261121100030000
            #EXTINF:15.000000
            {task.Sid}_maths-1_20261121100030000.ts
            #EXTINF:1.000000
            {task.Sid}_maths-1_20261121100045000.ts
            #EXT-X-ENDLIST

            """
        );
    }

    [Fact]
    public async Task Playlist_WhileRecording_HasNoEnd()
    {
        await using var test = await TestSimulator.StartAsync();
        var task = await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(18.9);
        var early = await test.Caller.Client.GetAsync(test.FileUrl($"{task.Sid}_maths-1.m3u8"), TestContext.Current.CancellationToken);
        test.Time.Step(0.2);

        var playlist = await test.ReadAsync($"{task.Sid}_maths-1.m3u8");

        ((int)early.StatusCode).ShouldBe(404);
        playlist.ShouldNotContain("#EXT-X-ENDLIST");
        early.Dispose();
    }

    [Fact]
    public async Task Names_BySwitches_AreSanitizedPrefixedAndWithComma()
    {
        await using var test = await TestSimulator.StartAsync(options =>
        {
            options.OpenPoints.SanitizeChannelName = true;
            options.OpenPoints.FileListCarriesPrefix = true;
            options.OpenPoints.CommaAfterExtInf = true;
        });
        var task = await test.Caller.StartedAsync("maths_1#a", "900001");
        test.Time.Step(20);

        var answer = await test.Caller.QueryAsync(task);

        ((string?)answer.ServerResponse["fileList"]).ShouldBe($"school/room7/{task.Sid}_maths-1-a.m3u8");
        (await test.ReadAsync($"{task.Sid}_maths-1-a.m3u8")).ShouldContain("#EXTINF:15.000000,\n");
    }

    [Fact]
    public async Task Names_SpecialCharactersKept_CanBeFetchedByTheReferencesOfThePlaylist()
    {
        await using var test = await TestSimulator.StartAsync();
        var task = await test.Caller.StartedAsync("a #?b%c", "900001");
        test.Time.Step(20);
        var url = test.FileUrl(Uri.EscapeDataString($"{task.Sid}_a #?b%c.m3u8"));

        var playlist = await test.Caller.Client.GetStringAsync(url, TestContext.Current.CancellationToken);
        var slice = playlist.Split('\n').Single(line => line.EndsWith(".ts", StringComparison.Ordinal));
        using var response = await test.Caller.Client.GetAsync(new Uri(url, slice), TestContext.Current.CancellationToken);

        ((int)response.StatusCode).ShouldBe(200);
    }

    [Fact]
    public async Task FileTypesWithMp4_FileListIsJsonAndTheFileExists()
    {
        await using var test = await TestSimulator.StartAsync();
        var task = await test.Caller.StartedAsync("maths-1", "900001", ClientRequest.Mix(fileTypes: ["hls", "mp4"]));
        test.Time.Step(20);

        var stopped = await test.Caller.StopAsync(task);
        test.Time.Step(3);

        ((string?)stopped.ServerResponse["fileListMode"]).ShouldBe("json");
        var names = stopped.ServerResponse["fileList"]!.AsArray().Select(file => (string)file!["fileName"]!).ToList();
        names.ShouldBe([$"{task.Sid}_maths-1.m3u8", $"{task.Sid}_maths-1_0.mp4"]);
        foreach (var name in names)
        {
            using var response = await test.Caller.Client.GetAsync(test.FileUrl(name), TestContext.Current.CancellationToken);
            ((int)response.StatusCode).ShouldBe(200);
        }
    }

    [Fact]
    public async Task Bucket_Head_TellsTypeAndLength()
    {
        await using var test = await TestSimulator.StartAsync();
        var task = await RecordedAsync(test);
        using var list = new HttpRequestMessage(HttpMethod.Head, test.FileUrl($"{task.Sid}_maths-1.m3u8"));
        using var slice = new HttpRequestMessage(HttpMethod.Head, test.FileUrl($"{task.Sid}_maths-1_20261121100002000.ts"));

        using var listHead = await test.Caller.Client.SendAsync(list, TestContext.Current.CancellationToken);
        using var sliceHead = await test.Caller.Client.SendAsync(slice, TestContext.Current.CancellationToken);

        listHead.Content.Headers.ContentType.ShouldBe(new MediaTypeHeaderValue("application/x-mpegURL"));
        sliceHead.Content.Headers.ContentType.ShouldBe(new MediaTypeHeaderValue("video/MP2T"));
        sliceHead.Content.Headers.ContentLength.ShouldNotBeNull().ShouldBeGreaterThan(50_000);
    }

    [Fact]
    public async Task BucketFolder_HoldsTheSameBytesAsTheAddress()
    {
        var folder = Directory.CreateTempSubdirectory("simulator-bucket-");
        try
        {
            await using var test = await TestSimulator.StartAsync(options => options.BucketFolder = folder.FullName);
            var task = await RecordedAsync(test);
            var name = $"{task.Sid}_maths-1_20261121100002000.ts";

            var served = await test.Caller.Client.GetByteArrayAsync(test.FileUrl(name), TestContext.Current.CancellationToken);

            var path = Path.Combine(folder.FullName, TestSimulator.Bucket, "school", "room7", name);
            (await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken)).ShouldBe(served);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Playlist_Played_DecodesWithoutErrorAsOneVideoAndOneAudioStream()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/ffmpeg") && File.Exists("/usr/bin/ffprobe"), "ffmpeg and ffprobe are not installed");
        await using var test = await TestSimulator.StartAsync();
        var task = await RecordedAsync(test, longClass: true);
        var url = test.FileUrl($"{task.Sid}_maths-1.m3u8").ToString();

        var (streams, probeErrors) = await RunAsync(
            "ffprobe",
            "-v",
            "error",
            "-show_entries",
            "stream=index,codec_name",
            "-of",
            "csv=p=0",
            url
        );
        var (_, decodeErrors) = await RunAsync("ffmpeg", "-v", "warning", "-nostdin", "-i", url, "-f", "null", "-");
        var (duration, _) = await RunAsync(
            "ffprobe",
            "-v",
            "error",
            "-count_packets",
            "-select_streams",
            "v",
            "-show_entries",
            "stream=nb_read_packets",
            "-of",
            "csv=p=0",
            url
        );

        probeErrors.ShouldBeEmpty();
        streams.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().ShouldBe(["0,h264", "1,aac"], ignoreOrder: true);
        decodeErrors.ShouldBeEmpty();
        // Five frames a second: the files hold exactly the seconds that the playlist claims.
        int.Parse(duration.Split('\n')[0].Trim(), System.Globalization.CultureInfo.InvariantCulture).ShouldBe((23 + 16 + 300) * 5);
    }

    /// <summary>Two spells of teaching, 23 s and 16 s (and in a long class 300 s more), uploaded and closed.</summary>
    private static async Task<AgoraTask> RecordedAsync(TestSimulator test, bool longClass = false)
    {
        test.Simulator.Channels.Join("maths-1", "7");
        var task = await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(25);
        test.Simulator.Channels.Leave("maths-1", "7");
        test.Time.Step(5);
        test.Simulator.Channels.Join("maths-1", "7");
        test.Time.Step(longClass ? 316.3 : 16.3);
        await test.Caller.StopAsync(task);
        test.Time.Step(3);
        return task;
    }

    private static async Task<(string Output, string Errors)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (await output, await errors);
    }
}
