namespace RecordingService.Simulation.Tests;

public sealed class RecordingClockTests
{
    private static readonly DateTimeOffset RealFrom = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(-3600, -36000)]
    [InlineData(-1, -10)]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(3600, 3600)]
    public void Clock_Factor10_IsFastBeforeTheInstantAndRealAfterIt(double realSeconds, double recordingSeconds)
    {
        var clock = new RecordingClock(new SteppedTime(), 10, RealFrom);

        clock.FromReal(RealFrom.AddSeconds(realSeconds)).ShouldBe(RealFrom.AddSeconds(recordingSeconds));
        clock.ToReal(RealFrom.AddSeconds(recordingSeconds)).ShouldBe(RealFrom.AddSeconds(realSeconds));
    }

    [Fact]
    public void Clock_Factor1_IsRealTime()
    {
        var time = new SteppedTime();

        new RecordingClock(time, 1, null).Now.ShouldBe(time.GetUtcNow());
    }

    [Theory]
    [InlineData(0.5, true)]
    [InlineData(10, false)]
    public async Task Options_ImpossibleClock_IsRefused(double factor, bool hasRealFrom)
    {
        var options = TestSimulator.Options(options =>
        {
            options.Factor = factor;
            options.RealFrom = hasRealFrom ? RealFrom : null;
        });

        await Should.ThrowAsync<ArgumentException>(() => AgoraSimulator.StartAsync(options, TestContext.Current.CancellationToken));
    }
}
