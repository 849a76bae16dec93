using RecordingService.Domain.RoomTypes;
using RecordingService.Infrastructure.Agora;

namespace RecordingService.Infrastructure.Tests.Agora;

public sealed class IdleTimePolicyTests
{
    [Theory]
    [Trait("Rule", "S8")]
    [InlineData(300, null, 600)]
    [InlineData(0, null, 30)]
    [InlineData(14, null, 30)]
    [InlineData(16, null, 32)]
    [InlineData(120, 300, 600)]
    [InlineData(300, 120, 600)]
    [InlineData(2_000_000, null, 2_592_000)]
    public void S8_IdleTime_IsTwiceTheLongestBreakWithinAgorasRange(int policySeconds, int? overrideSeconds, int expected)
    {
        var policy = new RecordingPolicy { LongestBreak = TimeSpan.FromSeconds(policySeconds) };
        var asked = overrideSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;

        IdleTimePolicy.Derive(policy, asked, policy.MaxDuration).MaxIdleTime.ShouldBe(TimeSpan.FromSeconds(expected));
    }

    [Fact]
    [Trait("Rule", "S8")]
    public void S8_StayInChannel_IdlesForTheMaximumDuration()
    {
        var idle = IdleTimePolicy.Derive(new RecordingPolicy { StayInChannel = true }, null, TimeSpan.FromHours(2));

        idle.MaxIdleTime.ShouldBe(TimeSpan.FromHours(2));
        idle.Derivation.ShouldBe("The recorder stays in the channel for the maximum duration of 120 min.");
    }

    [Fact]
    [Trait("Rule", "S8")]
    public void S8_Derivation_IsOneSentenceForPeople() =>
        IdleTimePolicy
            .Derive(new RecordingPolicy { LongestBreak = TimeSpan.FromMinutes(5) }, null, TimeSpan.FromHours(1))
            .Derivation.ShouldBe("Twice the longest expected break of 5 min (room type) is 10 min.");
}
