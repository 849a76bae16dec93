using RecordingService.Testing;

namespace RecordingService.Simulation.Tests.Recorders;

public sealed class RecorderLifeTests
{
    [Fact]
    public async Task Recorder_InChannelWithoutScript_RecordsATeacherUntilStopped()
    {
        await using var test = await TestSimulator.StartAsync();
        var task = await test.Caller.StartedAsync("maths-1", "900001");
        List<int> statuses = [];
        foreach (var seconds in (double[])[0, 0.6, 0.6, 1])
        {
            test.Time.Step(seconds);
            statuses.Add((await test.Caller.QueryAsync(task)).RecorderStatus);
        }

        test.Time.Step(17);
        var recording = await test.Caller.QueryAsync(task);
        var teachers = test.Simulator.Channels.Users("maths-1").Count;
        var stopped = await test.Caller.StopAsync(task);

        statuses.ShouldBe([1, 2, 3, 4]);
        recording.RecorderStatus.ShouldBe(5);
        ((string?)recording.ServerResponse["fileList"]).ShouldBe($"{task.Sid}_maths-1.m3u8");
        ((long?)recording.ServerResponse["sliceStartTime"]).ShouldBe(test.Time.GetUtcNow().AddSeconds(-17.2).ToUnixTimeMilliseconds());
        teachers.ShouldBe(1);
        test.Simulator.Channels.Users("maths-1").ShouldBeEmpty();
        stopped.Status.ShouldBe(200);
        ((string?)stopped.ServerResponse["uploadingStatus"]).ShouldBe("unknown");
        task.Sid.ShouldMatch("^[0-9a-f]{32}$");
    }

    [Fact]
    public async Task Stop_Repeated_Answers49ThenWorkerShaped404()
    {
        await using var test = await TestSimulator.StartAsync();
        var task = await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(20);
        await test.Caller.StopAsync(task);

        var exiting = await test.Caller.StopAsync(task);
        var queried = await test.Caller.QueryAsync(task);
        test.Time.Step(6);
        var goneStop = await test.Caller.StopAsync(task);
        var goneQuery = await test.Caller.QueryAsync(task);

        (exiting.Status, exiting.Code).ShouldBe((400, 49));
        ((string?)exiting.ServerResponse["fileListStr"]).ShouldBe($"school/room7/{task.Sid}_maths-1.m3u8");
        queried.RecorderStatus.ShouldBe(6);
        (goneStop.Status, goneStop.Code).ShouldBe((404, 404));
        ((string?)goneStop.ServerResponse["payload"]!["message"]).ShouldBe("failed to find worker");
        (goneQuery.Status, goneQuery.Code).ShouldBe((404, 404));
        goneQuery.Body.ContainsKey("message").ShouldBeFalse();
    }

    [Fact]
    public async Task SyncStop_WhileUploading_AnswersWhenFilesAreThere()
    {
        await using var test = await TestSimulator.StartAsync();
        var task = await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(12);

        var stopping = test.Caller.StopAsync(task, async: false);
        await Eventually.HoldsAsync(() => test.Simulator.Journal.Recorders()[0].Why == RecorderEnd.Stopped);
        stopping.IsCompleted.ShouldBeFalse();
        test.Time.Step(2.1);
        var stopped = await stopping;

        ((string?)stopped.ServerResponse["uploadingStatus"]).ShouldBe("uploaded");
        (await test.ReadAsync($"{task.Sid}_maths-1.m3u8")).ShouldContain("#EXT-X-ENDLIST");
    }

    [Fact]
    public async Task SyncStop_UploadSlowerThanTheLimit_AnswersCode50()
    {
        await using var test = await TestSimulator.StartAsync(options => options.UploadDelay = TimeSpan.FromMinutes(1));
        var task = await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(12);

        var stopping = test.Caller.StopAsync(task, async: false);
        await Eventually.HoldsAsync(() => test.Simulator.Journal.Recorders()[0].Why == RecorderEnd.Stopped);
        test.Time.Step(20.1);

        ((await stopping).Status, (await stopping).Code).ShouldBe((504, 50));
    }

    [Fact]
    public async Task Stop_NobodyPublished_Answers435()
    {
        await using var test = await TestSimulator.StartAsync();
        test.Simulator.Channels.Join("maths-1", new ChannelUser("7", Audio: false, Video: false));
        var task = await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(60);
        var status = (await test.Caller.QueryAsync(task)).RecorderStatus;

        var stopped = await test.Caller.StopAsync(task);

        status.ShouldBe(4);
        (stopped.Status, stopped.Code).ShouldBe((206, 435));
    }

    [Theory]
    [InlineData(0, ChannelRole.Audience, null)]
    [InlineData(1, ChannelRole.Audience, RecorderEnd.Idle)]
    [InlineData(1, ChannelRole.Host, null)]
    [InlineData(0, null, RecorderEnd.Idle)]
    public async Task Recorder_MaxIdleTimeOver_LeavesByChannelProfile(int channelType, ChannelRole? role, RecorderEnd? expected)
    {
        await using var test = await TestSimulator.StartAsync();
        test.Simulator.Channels.Script("maths-1");
        if (role is { } present)
        {
            test.Simulator.Channels.Join("maths-1", new ChannelUser("7", present, Audio: false, Video: false));
        }

        await test.Caller.StartedAsync("maths-1", "900001", ClientRequest.Mix(channelType, maxIdleSeconds: 30));
        test.Time.Step(31.9);
        var before = test.Simulator.Journal.Recorders()[0].Why;
        test.Time.Step(0.2);

        before.ShouldBeNull();
        test.Simulator.Journal.Recorders()[0].Why.ShouldBe(expected);
    }

    [Fact]
    public async Task Recorder_TeacherBackWithinMaxIdleTime_Stays()
    {
        await using var test = await TestSimulator.StartAsync();
        test.Simulator.Channels.Join("maths-1", "7");
        await test.Caller.StartedAsync("maths-1", "900001", ClientRequest.Mix(maxIdleSeconds: 30));
        test.Time.Step(20);
        test.Simulator.Channels.Leave("maths-1", "7");
        test.Time.Step(29);
        test.Simulator.Channels.Join("maths-1", "7");
        test.Time.Step(600);

        var life = test.Simulator.Journal.Recorders()[0];

        life.LeftAt.ShouldBeNull();
        life.SecondsReceived.ShouldBe(18 + 600, 0.001);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Recorder_UidOfAUser_BothAreKicked(bool userFirst)
    {
        await using var test = await TestSimulator.StartAsync();
        test.Simulator.Channels.Script("maths-1");
        foreach (var user in (string[])(userFirst ? ["123", "234", "345"] : ["234", "345"]))
        {
            test.Simulator.Channels.Join("maths-1", user);
        }

        var task = await test.Caller.StartedAsync("maths-1", "123");
        test.Time.Step(3);
        if (!userFirst)
        {
            test.Simulator.Channels.Join("maths-1", "123");
        }

        var stopped = await test.Caller.StopAsync(task);

        test.Simulator.Journal.Recorders()[0].Why.ShouldBe(RecorderEnd.UidConflict);
        test.Simulator.Channels.Users("maths-1").Select(user => user.Uid).ShouldBe(["234", "345"]);
        (stopped.Status, stopped.Code).ShouldBe((400, 49));
    }

    [Theory]
    [InlineData("bucket", "elsewhere")]
    [InlineData("accessKey", "wrong")]
    [InlineData("secretKey", "wrong")]
    public async Task Start_WrongStorage_SucceedsThen404(string field, string value)
    {
        await using var test = await TestSimulator.StartAsync();
        var request = ClientRequest.Mix();
        request["storageConfig"]![field] = value;
        var task = await test.Caller.StartedAsync("maths-1", "900001", request);

        test.Time.Step(1);

        (await test.Caller.QueryAsync(task)).Status.ShouldBe(404);
        test.Simulator.Journal.Recorders()[0].Why.ShouldBe(RecorderEnd.StorageRejected);
    }

    [Fact]
    public async Task Start_TranscodingOutOfRange_SucceedsThen404()
    {
        await using var test = await TestSimulator.StartAsync();
        var request = ClientRequest.Mix();
        request["recordingConfig"]!["transcodingConfig"] = new System.Text.Json.Nodes.JsonObject { ["bitrate"] = 6501 };
        var task = await test.Caller.StartedAsync("maths-1", "900001", request);

        test.Time.Step(1);

        (await test.Caller.QueryAsync(task)).Status.ShouldBe(404);
        test.Simulator.Journal.Recorders()[0].Why.ShouldBe(RecorderEnd.TranscodingRejected);
    }

    [Fact]
    public async Task Individual_TwoPublishers_NamesAPlaylistPerUserAndKind()
    {
        await using var test = await TestSimulator.StartAsync();
        test.Simulator.Channels.Join("maths-1", "7");
        test.Simulator.Channels.Join("maths-1", new ChannelUser("8", Video: false));
        var task = await test.Caller.StartedAsync("maths-1", "900001", ClientRequest.Individual(), "individual");
        test.Time.Step(20);

        var answer = await test.Caller.QueryAsync(task, "individual");

        answer.ServerResponse["fileList"]!
            .AsArray()
            .Select(file => (string?)file!["fileName"])
            .ShouldBe(
                ((string[])["7__uid_e_audio", "7__uid_e_video", "8__uid_e_audio"]).Select(user => $"{task.Sid}_maths-1__uid_s_{user}.m3u8"),
                ignoreOrder: true
            );
    }

    [Fact]
    public async Task FastClock_WholeClass_RunsToItsEndInRealSeconds()
    {
        var options = TestSimulator.Options(options =>
        {
            options.Factor = 120;
            options.RealFrom = TimeProvider.System.GetUtcNow().AddHours(1);
        });
        await using var simulator = await AgoraSimulator.StartAsync(options, TestContext.Current.CancellationToken);
        using var caller = new Caller(simulator.Hosts[0], TestSimulator.AppId, "key", "secret");
        var task = await caller.StartedAsync("maths-1", "900001");
        await Eventually.HoldsAsync(() => simulator.Journal.Recorders()[0].SecondsReceived > 60);

        var stopped = await caller.StopAsync(task, async: false);

        ((string?)stopped.ServerResponse["uploadingStatus"]).ShouldBe("uploaded");
        await Eventually.HoldsAsync(async () => (await caller.QueryAsync(task)).Status == 404);
    }
}
