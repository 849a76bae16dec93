using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.LocalStack;

public sealed class ManualTimeProviderTests
{
    private readonly ManualTimeProvider time = new();

    [Fact]
    public void Advance_PastSeveralTimers_FiresThemInOrderAtTheirTimes()
    {
        var start = time.GetUtcNow();
        var fired = new List<(string, TimeSpan)>();
        using var late = Timer("late", TimeSpan.FromSeconds(2));
        using var early = Timer("early", TimeSpan.FromSeconds(1));

        time.Advance(TimeSpan.FromSeconds(5));

        fired.ShouldBe([("early", TimeSpan.FromSeconds(1)), ("late", TimeSpan.FromSeconds(2))]);
        time.GetUtcNow().ShouldBe(start + TimeSpan.FromSeconds(5));
        time.GetElapsedTime(start.Ticks).ShouldBe(TimeSpan.FromSeconds(5));

        ITimer Timer(string name, TimeSpan due) =>
            time.CreateTimer(_ => fired.Add((name, time.GetUtcNow() - start)), null, due, Timeout.InfiniteTimeSpan);
    }

    [Fact]
    public void Advance_OverAPeriodicTimer_FiresOncePerPeriodUntilDisposed()
    {
        var fired = 0;
        var timer = time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));

        time.Advance(TimeSpan.FromSeconds(3));
        timer.Dispose();
        time.Advance(TimeSpan.FromSeconds(3));

        fired.ShouldBe(3);
    }

    [Fact]
    public async Task Delay_Awaited_EndsWhenTimeHasCome()
    {
        var waiting = Task.Delay(TimeSpan.FromMinutes(5), time, TestContext.Current.CancellationToken);
        await time.WaitForTimersAsync(1, TestContext.Current.CancellationToken);
        waiting.IsCompleted.ShouldBeFalse();

        time.AdvanceToNextTimer();
        await waiting;

        time.ArmedTimers.ShouldBe(0);
    }

    [Fact]
    public async Task Eventually_NeverSo_NamesConditionAndLastValue()
    {
        var reading = Eventually.BecomesAsync(() => Task.FromResult(7), value => value == 8, TimeSpan.FromSeconds(1), time);
        while (!reading.IsCompleted)
        {
            time.AdvanceToNextTimer();
        }

        var failure = await Should.ThrowAsync<TimeoutException>(reading);

        failure.Message.ShouldBe("Not within 1 s: value => value == 8. Last seen: 7");
    }
}
