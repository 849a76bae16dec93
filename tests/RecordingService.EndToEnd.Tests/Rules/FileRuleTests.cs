using System.Globalization;
using RecordingService.LocalStack.Processes;
using RecordingService.Simulation;

namespace RecordingService.EndToEnd.Tests.Rules;

/// <summary>Names and addresses of files (S6, S7, S9), what is told of uploads (S10), and files that come late or never (S14).</summary>
public sealed class FileRuleTests(FileRuleTests.Deployment cloud) : IClassFixture<FileRuleTests.Deployment>
{
    private const string SpecialCharacters = "algebra (1)+[x]=#7?";

    [Theory]
    [Trait("Rule", "S6")]
    [InlineData("mix", "names by query", 15)]
    [InlineData("individual", "individual", 60)]
    public async Task S6_Names_AreAskedForOnceTheFirstSliceMustExist(string mode, string channel, double seconds)
    {
        await cloud.PutRoomTypeAsync(
            $"s6-{mode}",
            $$"""{"mode":"{{mode}}","channelProfile":"live","streamMode":"default","longestBreak":"PT30M"}"""
        );
        var lesson = await Lesson.RecordAsync(cloud, channel, ("roomType", $"s6-{mode}"));
        Lesson.FilesOf(await lesson.ReadAsync()).ShouldBe("pending");
        Lesson.ReasonOf(await lesson.ReadAsync()).ShouldBeNull();

        await lesson.BecomesAsync(_ => lesson.Calls(AgoraOperation.Query).Count == 2, "the names are asked for");

        var queries = lesson.Calls(AgoraOperation.Query);
        var after = (queries[1].At - queries[0].At).TotalSeconds;
        // A proof that comes late, on a slow machine, tells the names already: then nothing is left to ask before the next ordinary query.
        after.ShouldBeGreaterThanOrEqualTo(seconds - 1);
        await lesson.RecordedAsync(seconds + 10);
        Lesson.FilesOf(await lesson.StopAsync()).ShouldBe("complete", await lesson.TellAsync());
        var (names, sid) = (await lesson.FileNamesAsync(), lesson.Recorders[0].Sid);
        string[] playlists =
            mode == "mix"
                ? [$"{sid}_{channel}.m3u8"]
                : [$"{sid}_{channel}__uid_s_1__uid_e_audio.m3u8", $"{sid}_{channel}__uid_s_1__uid_e_video.m3u8"];
        names.Where(name => name.EndsWith(".m3u8", StringComparison.Ordinal)).ShouldBe(playlists, ignoreOrder: true);
    }

    [Theory]
    [Trait("Rule", "S7")]
    [InlineData(SpecialCharacters, false, "algebra (1)+[x]=#7?")]
    [InlineData("geometry_2.b (4)", true, "geometry-2-b -4-")]
    public async Task S7_PlaylistOfAMix_IsFoundByRuleInBothSpellings(string channel, bool areReplaced, string spelled)
    {
        cloud.OpenPoints.SanitizeChannelName = areReplaced;
        // Neither a query nor the stop tells a name.
        cloud.Agora.Faults.Add(
            new Fault
            {
                Match = new FaultMatch { Operation = AgoraOperation.Query, Channel = channel },
                Status = 200,
                Body = System.Text.Json.Nodes.JsonNode.Parse("""{"sid":"{sid}","serverResponse":{"status":5}}"""),
            }
        );
        cloud.Agora.Faults.Add("stop-49", new FaultMatch { Channel = channel });
        var lesson = await Lesson.RecordAsync(cloud, channel);
        await lesson.RecordedAsync(20);

        var recording = await lesson.StopAsync();

        Lesson.FilesOf(recording).ShouldBe("complete", await lesson.TellAsync());
        var name = $"{lesson.Recorders.ShouldHaveSingleItem().Sid}_{spelled}.m3u8";
        (await lesson.FileNamesAsync())[0].ShouldBe(name);
        PlaylistOf(recording).ShouldBe(AddressOf(lesson, name));
    }

    [Fact]
    [Trait("Rule", "S9")]
    public async Task S9_PlaylistUrl_IsPublicAddressAndPrefixAndNameAndCanBeRead()
    {
        cloud.OpenPoints.SanitizeChannelName = false;
        var lesson = await Lesson.RecordAsync(cloud, "address");
        await lesson.RecordedAsync(20);

        var playlist = PlaylistOf(await lesson.StopAsync());

        playlist.ShouldBe(AddressOf(lesson, $"{lesson.Recorders[0].Sid}_address.m3u8"));
        using var http = new HttpClient();
        (await http.GetStringAsync(playlist, TestContext.Current.CancellationToken)).ShouldStartWith("#EXTM3U");
    }

    [Fact]
    [Trait("Rule", "S9")]
    public async Task S9_NamesThatNoAnswerTold_AreTakenFromEvent31()
    {
        cloud.Agora.Notifications.Settings = new NotificationOptions { Projects = [cloud.Demo], Events = [31] };
        cloud.OpenPoints.SanitizeChannelName = false;
        // An individual recording has no names by rule; this one is stopped before they are asked for, and its stop is answered without any.
        cloud.Agora.Faults.Add("stop-49", new FaultMatch { Channel = "event-31" });
        await cloud.PutRoomTypeAsync(
            "tracks",
            """{"mode":"individual","channelProfile":"live","streamMode":"default","longestBreak":"PT5M"}"""
        );
        var lesson = await Lesson.RecordAsync(cloud, "event-31", ("roomType", "tracks"));
        await lesson.RecordedAsync(20);

        var recording = await lesson.StopAsync();

        cloud.Agora.Notifications.Settings = new NotificationOptions();
        Lesson.FilesOf(recording).ShouldBe("complete", await lesson.TellAsync());
        lesson.Calls(AgoraOperation.Query).ShouldHaveSingleItem();
        (await lesson.TellAsync()).ShouldContain(
            $"Agora tells that everything is uploaded: {lesson.Recorders[0].Sid}_event-31__uid_s_1__uid_e_"
        );
        (await lesson.FileNamesAsync()).Count(name => name.EndsWith(".m3u8", StringComparison.Ordinal)).ShouldBe(2);
    }

    [Fact]
    [Trait("Rule", "S10")]
    [Trait("Rule", "S14")]
    public async Task S10_S14_SlowUploadAcrossRegions_IsToldAndFollowedUntilItArrives()
    {
        cloud.Agora.Notifications.Settings = new NotificationOptions { Projects = [cloud.Demo] };
        cloud.Agora.Uploads = new UploadOptions { CrossRegionDelay = TimeSpan.FromMinutes(3) };
        try
        {
            await FollowSlowUploadAsync();
        }
        finally
        {
            cloud.Agora.Uploads = new UploadOptions();
            cloud.Agora.Notifications.Settings = new NotificationOptions();
        }
    }

    private async Task FollowSlowUploadAsync()
    {
        var lesson = await Lesson.RecordAsync(cloud, "cross-region");
        await lesson.TellsAsync("Agora tells of the upload's progress");
        (await lesson.RunsAsync())[0].GetProperty("uploadProgress").GetDouble().ShouldBeInRange(0, 1);

        await cloud.Service.PostAsync($"/v1/recordings/{lesson.Id}/stop", null);

        var name = $"{lesson.Recorders[0].Sid}_cross-region";
        await lesson.TellsAsync($"Agora tells that files went to its backup and arrive later: {name}");
        Lesson.StateOf(await lesson.ReadAsync()).ShouldBe("uploading");
        Lesson.FilesOf(await lesson.ReadAsync()).ShouldBe("pending");
        await lesson.TellsAsync($"Agora tells that everything is uploaded: {name}");
        var recording = await lesson.BecomesAsync("completed");
        Lesson.FilesOf(recording).ShouldBe("complete", await lesson.TellAsync());
        await ShouldBeToldAsync(lesson, $"{name}.m3u8");
    }

    /// <summary>What the callbacks of Agora's native SDKs tell reaches callers as events, once each, with the names.</summary>
    private async Task ShouldBeToldAsync(Lesson lesson, string playlist)
    {
        var told = (await cloud.Service.GetAsync($"/v1/events?recording={lesson.Id}&limit=1000"))
            .GetProperty("items")
            .EnumerateArray()
            .ToList();
        told.Select(one => one.GetProperty("sequence").GetInt32()).ShouldBe(Enumerable.Range(1, told.Count));
        var types = told.ConvertAll(one => one.GetProperty("type").GetString()!);
        types[0].ShouldBe("recording.accepted");
        types[^1].ShouldBe("recording.completed");
        types.Count(type => type == "recording.backed_up").ShouldBe(1);
        types.Count(type => type == "recording.uploaded").ShouldBe(1);
        types.IndexOf("recording.backed_up").ShouldBeLessThan(types.IndexOf("recording.uploaded"));
        var uploads = told.Select(one => one.GetProperty("data"))
            .Where(data => data.TryGetProperty("upload", out _))
            .Select(data => data.GetProperty("upload"))
            .ToList();
        uploads.ShouldAllBe(upload => upload.GetProperty("playlistFileName").GetString() == playlist);
        var progress = uploads
            .Where(upload => upload.TryGetProperty("progress", out _))
            .Select(upload => upload.GetProperty("progress").GetDouble())
            .ToList();
        progress.ShouldNotBeEmpty();
        progress.ShouldBe(progress.Distinct().Order());
        uploads
            .Where(upload => upload.TryGetProperty("fileNames", out _))
            .ShouldAllBe(upload => upload.GetProperty("fileNames").EnumerateArray().Any(file => file.GetString() == playlist));
    }

    private Uri AddressOf(Lesson lesson, string name) =>
        new(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{cloud.Agora.PublicBucketUrl}{DemoAccount.Bucket}/{Guid.Parse(lesson.Id):N}/1/{Uri.EscapeDataString(name)}"
            )
        );

    private static Uri PlaylistOf(System.Text.Json.JsonElement recording) =>
        new(recording.GetProperty("files").GetProperty("playlistUrl").GetString()!);

    public sealed class Deployment(EndToEndDatabase postgres) : SharedCloud(postgres)
    {
        /// <summary>So long that even on a slow machine nothing else is taken for one.</summary>
        internal static readonly TimeSpan OrdinaryQuery = TimeSpan.FromMinutes(10);

        internal OpenPointOptions OpenPoints { get; private set; } = null!;

        protected override IEnumerable<(string Key, string Value)> Settings => [("Lifecycle__MonitoringInterval", $"{OrdinaryQuery:c}")];

        protected override double Factor => 40;

        protected override void Simulate(SimulatorOptions options) => OpenPoints = options.OpenPoints;
    }
}

/// <summary>Files that never come; they are waited for 20 min.</summary>
public sealed class LostFileRuleTests(LostFileRuleTests.Deployment cloud) : IClassFixture<LostFileRuleTests.Deployment>
{
    [Fact]
    [Trait("Rule", "S14")]
    public async Task S14_SlicesLostOnTheWay_AreToldByNameAsPartial()
    {
        var lesson = await Lesson.RecordAsync(cloud, "lost-slices");
        await lesson.RecordedAsync(100);
        // A recorder that died is waited for 20 min, one that left in order for 24 h.
        cloud.Agora.Faults.KillRecorder(lesson.Recorders[0].Sid).ShouldBeTrue();
        cloud.Agora.Uploads = new UploadOptions();
        await lesson.BecomesAsync(r => Lesson.StateOf(r) == "recording" && r.GetProperty("runs").GetArrayLength() == 2, "another recorder");
        await lesson.RecordedAsync(cloud.Agora.Journal.Recorded("lost-slices").TotalSeconds + 20);

        var recording = await lesson.StopAsync();

        (Lesson.StateOf(recording), Lesson.FilesOf(recording)).ShouldBe(("completed", "partial"), await lesson.TellAsync());
        Lesson.ReasonOf(recording).ShouldBe("files_partial");
        recording.GetProperty("reason").GetProperty("message").GetString()!.ShouldContain("slices are missing, the first is");
    }

    public sealed class Deployment(EndToEndDatabase postgres) : SharedCloud(postgres)
    {
        protected override double Factor => 100;

        protected override NotificationOptions Notifications => new() { Projects = [Demo] };

        protected override void Simulate(SimulatorOptions options) => options.Uploads = new UploadOptions { SliceLossRate = 0.5 };
    }
}
