using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Rules;

/// <summary>What a query that finds no recorder, or nothing at all, leads to (S5).</summary>
public sealed class MonitoringRuleTests(MonitoringRuleTests.Deployment cloud) : IClassFixture<MonitoringRuleTests.Deployment>
{
    [Fact]
    [Trait("Rule", "S5")]
    public async Task S5_ServerMoveOf20Seconds_KeepsTheRecorderAndFindsItsBak0Files()
    {
        MoveAtSecondQuery("short-move", TimeSpan.FromSeconds(20));
        var lesson = await Lesson.RecordAsync(cloud, "short-move");

        await lesson.TellsAsync("The recorder is back");
        await lesson.RecordedAsync(cloud.Agora.Journal.Recorded("short-move").TotalSeconds + 20);

        await StopAsync(lesson);
        var sid = lesson.Recorders.ShouldHaveSingleItem().Sid;
        await PlaylistsBecomeAsync(lesson, $"{sid}_short-move.m3u8", $"bak0_{sid}_short-move.m3u8");
    }

    [Fact]
    [Trait("Rule", "S5")]
    public async Task S5_ServerMoveOf80Seconds_ReplacesTheRecorderAndStopsItAsSurplusWhenItIsBack()
    {
        MoveAtSecondQuery("long-move", TimeSpan.FromSeconds(80));
        var lesson = await Lesson.RecordAsync(cloud, "long-move");

        await lesson.BecomesAsync(_ => lesson.Recorders.Count == 2, "another recorder");
        await lesson.BecomesAsync(_ => lesson.Recorders[0].Why == RecorderEnd.Stopped, "the surplus recorder is stopped");

        var runs = await lesson.RunsAsync();
        runs.Count.ShouldBe(2, await lesson.TellAsync());
        runs[0].GetProperty("end").GetString().ShouldBe("surplus");
        (Lesson.IsPrimary(runs[0]), Lesson.IsBackup(runs[1])).ShouldBe((true, true));
        lesson.Recorders[1].LeftAt.ShouldBeNull();
        await lesson.RecordedAsync(cloud.Agora.Journal.Recorded("long-move").TotalSeconds + 20);
        await StopAsync(lesson);
        var (moved, other) = (lesson.Recorders[0].Sid, lesson.Recorders[1].Sid);
        await PlaylistsBecomeAsync(lesson, $"{moved}_long-move.m3u8", $"bak0_{moved}_long-move.m3u8", $"{other}_long-move.m3u8");
    }

    [Fact]
    [Trait("Rule", "S5")]
    public async Task S5_TenMinutesOf50x_DecideNothing()
    {
        var lesson = await Lesson.RecordAsync(cloud, "long-50x");
        var fault = cloud.Agora.Faults.Add("query-504-62", new FaultMatch { Channel = "long-50x" });
        var from = lesson.Recorders[0].StartedAt;

        await lesson.BecomesAsync(
            _ => lesson.Calls(AgoraOperation.Query)[^1].At - from > TimeSpan.FromMinutes(10),
            "ten minutes of unanswered queries"
        );

        var recording = await lesson.ReadAsync();
        (Lesson.StateOf(recording), Lesson.ReasonOf(recording)).ShouldBe(("recording", "agora_unavailable"));
        cloud.Agora.Faults.Remove(fault);
        await lesson.BecomesAsync(r => Lesson.ReasonOf(r) is null, "all is well");
        lesson.Recorders.ShouldHaveSingleItem().LeftAt.ShouldBeNull();
        lesson.Calls(AgoraOperation.Start).ShouldHaveSingleItem();
        lesson.Calls(AgoraOperation.Stop).ShouldBeEmpty();
    }

    /// <summary>The playlist that the first server left behind is never finished, and need not be.</summary>
    private async Task StopAsync(Lesson lesson)
    {
        await cloud.Service.PostAsync($"/v1/recordings/{lesson.Id}/stop", null);
        await lesson.BecomesAsync("completed");
    }

    private static async Task PlaylistsBecomeAsync(Lesson lesson, params string[] expected) =>
        await Eventually.BecomesAsync(
            lesson.FileNamesAsync,
            names => names.Where(name => name.EndsWith(".m3u8", StringComparison.Ordinal)).Order().SequenceEqual(expected.Order())
        );

    /// <summary>The query after the proof finds the recorder gone to another server.</summary>
    private void MoveAtSecondQuery(string channel, TimeSpan away) =>
        cloud.Agora.Faults.Add(
            new Fault
            {
                Match = new FaultMatch
                {
                    Operation = AgoraOperation.Query,
                    Channel = channel,
                    Skip = 1,
                    Times = 1,
                },
                MoveServer = away,
            }
        );

    public sealed class Deployment(EndToEndDatabase postgres) : SharedCloud(postgres)
    {
        protected override double Factor => 40;
    }
}
