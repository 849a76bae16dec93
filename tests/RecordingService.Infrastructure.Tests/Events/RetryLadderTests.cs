using RecordingService.Infrastructure.Events;

namespace RecordingService.Infrastructure.Tests.Events;

public sealed class RetryLadderTests
{
    private static readonly RetryLadder Ladder = new(WebhookOptions.DefaultLadder, new Random(7));

    [Fact]
    public void Waits_Default_GrowOverSomeFiveDays()
    {
        var waits = WebhookOptions.DefaultLadder;

        waits.Aggregate(TimeSpan.Zero, (sum, wait) => sum + wait).ShouldBeInRange(TimeSpan.FromDays(4.5), TimeSpan.FromDays(5.5));
        waits.ShouldBe(waits.Order());
        waits[0].ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Wait_OfEachStep_IsTheLaddersWithinAFifth()
    {
        for (var failures = 0; failures < WebhookOptions.DefaultLadder.Count; failures++)
        {
            var step = WebhookOptions.DefaultLadder[failures];
            var waits = Enumerable.Range(0, 200).Select(_ => Ladder.Next(failures, TimeSpan.Zero, null)!.Value).ToList();

            waits.ShouldAllBe(wait => wait >= step * 0.8 && wait <= step * 1.2);
            (waits.Max() - waits.Min()).ShouldBeGreaterThan(step * 0.3);
        }
    }

    [Fact]
    public void Event_AfterTheLastStepOrAfterFiveDays_IsGivenUp()
    {
        Ladder.Next(WebhookOptions.DefaultLadder.Count, TimeSpan.Zero, null).ShouldBeNull();
        Ladder.Next(2, TimeSpan.FromDays(6), null).ShouldBeNull();
        Ladder.Next(2, TimeSpan.FromDays(3), null).ShouldNotBeNull();
    }

    [Theory]
    [InlineData(0, 3600, 3600, 3605)]
    [InlineData(0, 7 * 86_400, 86_400, 86_405)]
    [InlineData(5, 10, 2880, 4320)]
    [InlineData(0, 0, 4, 6)]
    public void RetryAfter_MakesAWaitLongerUpToADay_AndNeverShorter(int failures, int asked, int least, int most) =>
        Ladder
            .Next(failures, TimeSpan.Zero, TimeSpan.FromSeconds(asked))!
            .Value.ShouldBeInRange(TimeSpan.FromSeconds(least), TimeSpan.FromSeconds(most));

    [Fact]
    public void Options_ThatCannotWork_AreToldWithTheirKeys()
    {
        var options = new WebhookOptions
        {
            AllowedNetworks = ["10.0.0.0/8", "inside"],
            Timeout = TimeSpan.Zero,
            RetryLadder = [TimeSpan.FromMinutes(1), TimeSpan.Zero],
            InFlight = 0,
        };

        var faults = new WebhookOptionsValidator().Validate(null, options).Failures!.ToList();

        faults.Count.ShouldBe(4);
        foreach (var key in new[] { "Webhooks:AllowedNetworks", "Webhooks:Timeout", "Webhooks:RetryLadder:1", "Webhooks:InFlight" })
        {
            faults.ShouldContain(fault => fault.StartsWith(key, StringComparison.Ordinal));
        }

        new WebhookOptionsValidator().Validate(null, new()).Succeeded.ShouldBeTrue();
    }
}
