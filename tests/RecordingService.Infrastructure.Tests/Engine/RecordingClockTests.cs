using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using RecordingService.Infrastructure.Engine;
using RecordingService.Testing;

namespace RecordingService.Infrastructure.Tests.Engine;

public sealed class RecordingClockTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(2);

    private readonly ManualTimeProvider time = new(Start);

    [Fact]
    public void RealTime_OfRecordingTime_IsItsInverse() =>
        Check.QuickThrowOnFailure(
            Prop.ForAll(
                Cases(),
                c =>
                {
                    var clock = Clock(c.Factor, Start);
                    var real = Start + c.Offset;
                    // Ticks are whole: a fast clock tells recording times apart that fall into one tick of real time.
                    (clock.ToRealTime(clock.ToRecordingTime(real)) - real)
                        .Duration()
                        .Ticks.ShouldBeLessThanOrEqualTo(1);
                }
            )
        );

    [Fact]
    public void RecordingTime_OfLaterRealTime_IsNeverEarlier() =>
        Check.QuickThrowOnFailure(
            Prop.ForAll(
                Cases(),
                c =>
                {
                    var clock = Clock(c.Factor, Start);
                    var real = Start + c.Offset;
                    clock.ToRecordingTime(real + TimeSpan.FromTicks(1)).ShouldBeGreaterThan(clock.ToRecordingTime(real));
                }
            )
        );

    [Fact]
    public void RecordingTime_AtRealFrom_MeetsRealTimeWithoutAStep()
    {
        var clock = Clock(60, Start);

        clock.ToRecordingTime(Start).ShouldBe(Start);
        (Start - clock.ToRecordingTime(Start - TimeSpan.FromTicks(1))).ShouldBe(TimeSpan.FromTicks(60));
        clock.ToRecordingTime(Start + TimeSpan.FromHours(1)).ShouldBe(Start + TimeSpan.FromHours(1));
    }

    [Fact]
    public void Speed_ChangesAtRealFrom()
    {
        var clock = Clock(60, Start + TimeSpan.FromSeconds(1));
        clock.Observe(Start, Quick);

        clock.Speed.ShouldBe(60);
        time.Advance(TimeSpan.FromSeconds(1));
        clock.Speed.ShouldBe(1);
    }

    [Fact]
    public void RealNow_BeforeTheDatabaseWasEverReached_IsRefused() =>
        Should.Throw<DatabaseUnavailableException>(() => Clock(1, null).RealNow);

    [Fact]
    public void RealNow_BetweenReadings_IsCarriedByTheMonotonicClock()
    {
        var clock = Clock(1, null);
        clock.Observe(Start + TimeSpan.FromDays(1), Quick);

        time.Advance(TimeSpan.FromSeconds(7));

        clock.RealNow.ShouldBe(Start + TimeSpan.FromDays(1) + TimeSpan.FromSeconds(7));
    }

    [Theory]
    [InlineData(+40, 2, 40, "ahead: taken over at once")]
    [InlineData(-200, 2, 0, "a little behind: latency, never go back")]
    [InlineData(-3000, 400, 0, "far behind, but a slow reading proves nothing")]
    [InlineData(-3000, 2, -3000, "far behind: the clock drifted and is set back")]
    public void Observe_ReadingThatDiffers_MovesTheClockOnlyForAReason(int byMs, int roundTripMs, int movedMs, string because)
    {
        var clock = Clock(1, null);
        clock.Observe(Start, Quick);

        clock.Observe(Start + TimeSpan.FromMilliseconds(byMs), TimeSpan.FromMilliseconds(roundTripMs));

        clock.RealNow.ShouldBe(Start + TimeSpan.FromMilliseconds(movedMs), because);
    }

    [Fact]
    public void IsStale_SomeSecondsAfterTheLastReading_AsksForAnother()
    {
        var clock = Clock(1, null);
        clock.IsStale.ShouldBeTrue();
        clock.Observe(Start, Quick);
        clock.IsStale.ShouldBeFalse();

        time.Advance(TimeSpan.FromSeconds(6));

        clock.IsStale.ShouldBeTrue();
        clock.Observe(Start, Quick);
        clock.IsStale.ShouldBeFalse("a reading counts even if it moves nothing");
    }

    [Theory]
    [InlineData("Production", 1, true)]
    [InlineData("Production", 2, false)]
    [InlineData("production", 2, false)]
    [InlineData("Development", 60, true)]
    [InlineData("Development", 0.5, false)]
    [InlineData("Development", double.NaN, false)]
    public void Factor_InAnEnvironment_IsAllowedOrRefused(string environment, double factor, bool allowed)
    {
        var options = new RecordingTimeOptions { Factor = factor, RealFrom = Start };

        new RecordingTimeOptionsValidator(new In(environment)).Validate(null, options).Succeeded.ShouldBe(allowed);
    }

    [Fact]
    public void Factor_WithoutTheMomentThatItEnds_IsRefused() =>
        new RecordingTimeOptionsValidator(new In("Development")).Validate(null, new() { Factor = 60 }).Failed.ShouldBeTrue();

    private RecordingClock Clock(double factor, DateTimeOffset? realFrom) =>
        new(Options.Create(new RecordingTimeOptions { Factor = factor, RealFrom = realFrom }), time);

    private static Arbitrary<(double Factor, TimeSpan Offset)> Cases() =>
        Arb.From(
            from factor in Gen.Choose(1, 1000)
            from seconds in Gen.Choose(-86_400, 86_400)
            from ticks in Gen.Choose(-9_999_999, 9_999_999)
            select ((double)factor, TimeSpan.FromSeconds(seconds) + TimeSpan.FromTicks(ticks))
        );

    private sealed class In(string environment) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = environment;
        public string ApplicationName { get; set; } = "test";
        public string ContentRootPath { get; set; } = "/";
        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
