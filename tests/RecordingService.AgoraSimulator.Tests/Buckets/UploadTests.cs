namespace RecordingService.Simulation.Tests.Buckets;

public sealed class UploadTests
{
    [Fact]
    public async Task CrossRegion_FilesComeLater_AndAreToldAsBackupFirst()
    {
        await using var receiver = await NoticeReceiver.StartAsync();
        await using var test = await TestSimulator.StartAsync(options =>
        {
            options.Uploads.CrossRegionDelay = TimeSpan.FromMinutes(5);
            (options.Notifications.Url, options.Notifications.Events) = (receiver.Url, [31, 32, 11]);
        });
        var task = await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(12);
        var stopped = await test.Caller.StopAsync(task);
        test.Time.Step(299);
        var before = await KeysAsync(test);
        test.Time.Step(4);
        var after = await KeysAsync(test);
        await receiver.HasAsync(3);

        ((string?)stopped.ServerResponse["uploadingStatus"]).ShouldBe("backuped");
        before.ShouldBeEmpty();
        after.Length.ShouldBe(2);
        receiver.Received.Select(notice => notice.EventType).ShouldBe([32, 11, 31]);
    }

    [Fact]
    public async Task LostSlices_AreNamedByThePlaylistOnly()
    {
        await using var test = await TestSimulator.StartAsync(options => options.Uploads.SliceLossRate = 1);
        var task = await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(20);

        (await KeysAsync(test)).ShouldBe([$"school/room7/{task.Sid}_maths-1.m3u8"]);
        (await test.ReadAsync($"{task.Sid}_maths-1.m3u8")).ShouldContain(".ts");
    }

    [Fact]
    public async Task LatePlaylists_AreCompleteWhereTheFirstOneIsNot()
    {
        await using var test = await TestSimulator.StartAsync(options => options.Uploads.LatePlaylists = 2);
        var task = await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(20);
        await test.Caller.StopAsync(task);
        test.Time.Step(3);

        var late = (await KeysAsync(test)).Where(key => key.EndsWith("_1.m3u8", StringComparison.Ordinal)).ShouldHaveSingleItem();

        late.ShouldMatch($"{task.Sid}_maths-1_[0-9]{{11}}_1\\.m3u8$");
        (await test.ReadAsync(late.Split('/')[^1])).ShouldContain("#EXT-X-ENDLIST");
        (await test.ReadAsync($"{task.Sid}_maths-1.m3u8")).ShouldNotContain("#EXT-X-ENDLIST");
    }

    private static async Task<string[]> KeysAsync(TestSimulator test)
    {
        var address = new Uri(test.Simulator.PublicBucketUrl, TestSimulator.Bucket);
        var text = await test.Caller.Client.GetStringAsync(address, TestContext.Current.CancellationToken);
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
