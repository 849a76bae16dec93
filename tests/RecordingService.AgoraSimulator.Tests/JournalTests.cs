namespace RecordingService.Simulation.Tests;

public sealed class JournalTests
{
    [Fact]
    public async Task Journal_TwoRecordersInOneChannel_TellsTheirOverlap()
    {
        await using var test = await TestSimulator.StartAsync();
        test.Simulator.Channels.Join("maths-1", "7");
        var first = await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(30);
        await test.Caller.StartedAsync("maths-1", "900002");
        test.Time.Step(12);
        await test.Caller.StopAsync(first);
        test.Time.Step(20);

        var journal = test.Simulator.Journal;

        journal.MostRecordersAtOnce("maths-1").ShouldBe(2);
        journal.RecordedTwice("maths-1").ShouldBe(TimeSpan.FromSeconds(10));
        journal.Recorded("maths-1").ShouldBe(TimeSpan.FromSeconds(60));
        journal.Published("maths-1").ShouldBe(TimeSpan.FromSeconds(62));
        journal.MostRecordersAtOnce("maths-2").ShouldBe(0);
    }

    [Theory]
    [InlineData(10, 1, 0)]
    [InlineData(9, 2, 1)]
    public void Overlap_SecondBeginsBesideTheEndOfTheFirst_CountsWhatReallyOverlaps(int secondStart, int peak, int seconds)
    {
        var start = DateTimeOffset.UnixEpoch;
        Interval[] intervals = [new(start, start.AddSeconds(10)), new(start.AddSeconds(secondStart), start.AddSeconds(20))];

        Overlap.Peak(intervals).ShouldBe(peak);
        Overlap.LengthOf(intervals, atLeast: 2).ShouldBe(TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public async Task Journal_Calls_CarryWhoAskedWhatAndWhatCameBack()
    {
        await using var test = await TestSimulator.StartAsync();
        var task = await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(60);
        await test.Caller.QueryAsync(task);

        var calls = test.Simulator.Journal.Calls(after: 1);

        calls
            .Select(call => (call.Number, call.Operation, call.Channel, call.Uid, call.Sid, call.Status))
            .ShouldBe([
                (2, AgoraOperation.Start, "maths-1", "900001", task.Sid, 200),
                (3, AgoraOperation.Query, "maths-1", "900001", task.Sid, 200),
            ]);
        calls[1].At.ShouldBe(test.Time.GetUtcNow());
        test.Simulator.Journal.Orphans().ShouldBeEmpty();
    }

    [Fact]
    public async Task Journal_CallsPerSecond_CountsRefusedOnesToo()
    {
        await using var test = await TestSimulator.StartAsync();
        for (var i = 0; i < 12; i++)
        {
            await test.Caller.AcquireAsync("maths-1", "1");
        }

        test.Time.Step(1);
        await test.Caller.AcquireAsync("maths-1", "1");

        test.Simulator.Journal.MostCallsPerSecond(TestSimulator.AppId).ShouldBe(12);
    }

    [Fact]
    public async Task Ids_SameSeed_AreTheSameWhateverTheOrderOfChannels()
    {
        var first = await IdsAsync(seed: 3, "maths-1", "maths-2");
        var second = await IdsAsync(seed: 3, "maths-2", "maths-1");
        var other = await IdsAsync(seed: 4, "maths-1", "maths-2");

        first.ShouldBe(second, ignoreOrder: true);
        first.Intersect(other).ShouldBeEmpty();
    }

    private static async Task<List<string>> IdsAsync(int seed, params string[] channels)
    {
        await using var test = await TestSimulator.StartAsync(options => options.Seed = seed);
        List<string> ids = [];
        foreach (var channel in channels)
        {
            var task = await test.Caller.StartedAsync(channel, "900001");
            ids.AddRange([task.ResourceId, task.Sid]);
        }

        return ids;
    }
}
