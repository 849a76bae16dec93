using System.Text.Json.Nodes;

namespace RecordingService.Simulation.Tests.Modes;

public sealed class IndividualModeTests
{
    private const string Mode = "individual";

    [Fact]
    public async Task Snapshots_Alone_ArePicturesAndEventsWithoutAnyFileList()
    {
        await using var receiver = await NoticeReceiver.StartAsync();
        await using var test = await TestSimulator.StartAsync(options =>
            (options.Notifications.Url, options.Notifications.Events) = (receiver.Url, [45])
        );
        test.Simulator.Channels.Join("maths-1", "7");
        test.Simulator.Channels.Join("maths-1", new ChannelUser("8", Video: false));
        var request = ClientRequest.Individual();
        request.Remove("recordingFileConfig");
        request["snapshotConfig"] = new JsonObject { ["captureInterval"] = 10, ["fileType"] = new JsonArray("jpg") };
        var task = await test.Caller.StartedAsync("maths-1", "900001", request, Mode);
        test.Time.Step(25);
        await receiver.HasAsync(2);

        var queried = await test.Caller.QueryAsync(task, Mode);
        var stopped = await test.Caller.StopAsync(task, mode: Mode);

        queried.RecorderStatus.ShouldBe(5);
        queried.ServerResponse.ContainsKey("fileList").ShouldBeFalse();
        (stopped.Status, stopped.Code).ShouldBe((206, 435));
        var name = (string)receiver.Received[0].Details["fileName"]!;
        name.ShouldMatch($"^school/room7/{task.Sid}_maths-1__uid_s_7__uid_e_video_[0-9]{{17}}\\.jpg$");
        receiver.Received.Count.ShouldBe(2);
        var picture = await test.Caller.Client.GetByteArrayAsync(
            new Uri(test.Simulator.PublicBucketUrl, $"{TestSimulator.Bucket}/{name}"),
            TestContext.Current.CancellationToken
        );
        picture[..2].ShouldBe([0xFF, 0xD8]);
    }

    [Theory]
    [InlineData("""{"captureInterval":4,"fileType":["jpg"]}""", 2)]
    [InlineData("""{"captureInterval":10,"fileType":["png"]}""", 2)]
    [InlineData("""{"captureInterval":10,"fileType":["jpg"]}""", 0)]
    public async Task Snapshots_Invalid_AreRefused(string config, int streamTypes)
    {
        await using var test = await TestSimulator.StartAsync();
        var request = ClientRequest.Individual();
        request["recordingConfig"]!["streamTypes"] = streamTypes;
        request["snapshotConfig"] = JsonNode.Parse(config);
        var task = await test.Caller.AcquiredAsync("maths-1", "900001");

        (await test.Caller.StartAsync(task, request, Mode)).Code.ShouldBe(2);
    }

    [Fact]
    public async Task StandardStreams_HaveOneMorePlaylistOfBothKinds()
    {
        await using var test = await TestSimulator.StartAsync();
        test.Simulator.Channels.Join("maths-1", "7");
        var request = ClientRequest.Individual();
        request["recordingConfig"]!["streamMode"] = "standard";
        var task = await test.Caller.StartedAsync("maths-1", "900001", request, Mode);
        test.Time.Step(20);
        await test.Caller.StopAsync(task, mode: Mode);
        test.Time.Step(3);

        var merged = await test.ReadAsync($"{task.Sid}_maths-1__uid_s_7__uid_e_av.m3u8");

        merged.ShouldContain($"{task.Sid}_maths-1__uid_s_7__uid_e_audio.m3u8");
        merged.ShouldContain($"\n{task.Sid}_maths-1__uid_s_7__uid_e_video.m3u8");
    }

    [Theory]
    [InlineData(0, 200)]
    [InlineData(2, 400)]
    public async Task OriginalStreams_AreForAudioOnly(int streamTypes, int status)
    {
        await using var test = await TestSimulator.StartAsync();
        var request = ClientRequest.Individual();
        request["recordingConfig"]!["streamMode"] = "original";
        request["recordingConfig"]!["streamTypes"] = streamTypes;
        var task = await test.Caller.AcquiredAsync("maths-1", "900001");

        (await test.Caller.StartAsync(task, request, Mode)).Status.ShouldBe(status);
    }
}
