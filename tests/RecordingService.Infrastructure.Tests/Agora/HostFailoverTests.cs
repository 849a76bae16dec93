using RecordingService.Infrastructure.Agora;

namespace RecordingService.Infrastructure.Tests.Agora;

public sealed class HostFailoverTests
{
    private static readonly Uri A = new("https://a");
    private static readonly Uri B = new("https://b");
    private readonly Clock _clock = new();

    [Fact]
    public void S1_FailureAfterFailure_GoesOnceMoreToTheSameHostThenTwiceToTheOther()
    {
        var hosts = Failover(A, B);

        FailTimes(hosts, 6).ShouldBe([A, A, B, B, A, A]);
    }

    [Fact]
    public void S1_WithOneHost_AllAttemptsGoToIt() => FailTimes(Failover(A), 4).ShouldBe([A, A, A, A]);

    [Fact]
    public void Host_ThatWorksAgain_StartsCountingAnew()
    {
        var hosts = Failover(A, B);
        FailTimes(hosts, 1);
        hosts.Report(hosts.Next(), worked: true);

        FailTimes(hosts, 2).ShouldBe([A, A]);
    }

    [Fact]
    public void OtherHost_WhileItWorks_IsKeptUntilTheFirstGetsItsTurn()
    {
        var hosts = Failover(A, B);
        FailTimes(hosts, 2);

        _clock.Advance(TimeSpan.FromMinutes(4));
        hosts.Report(hosts.Next(), worked: true);
        hosts.Next().Host.ShouldBe(B);
        _clock.Advance(TimeSpan.FromMinutes(1));
        hosts.Next().Host.ShouldBe(A);
    }

    [Fact]
    public void CallsThatFailTogether_CountAsOneFailure()
    {
        var hosts = Failover(A, B);
        var together = Enumerable.Range(0, 3).Select(_ => hosts.Next()).ToList();

        together.ForEach(turn => hosts.Report(turn, worked: false));

        hosts.Next().Host.ShouldBe(A);
    }

    [Fact]
    public void LateNewsOfAHostThatWasLeft_ChangesNothing()
    {
        var hosts = Failover(A, B);
        var late = hosts.Next();
        FailTimes(hosts, 3);

        hosts.Report(late, worked: true).ShouldBeNull();

        FailTimes(hosts, 2).ShouldBe([B, A]);
    }

    [Fact]
    public void Report_ThatMakesItMove_SaysSo()
    {
        var hosts = Failover(A, B);
        FailTimes(hosts, 1);

        hosts.Report(hosts.Next(), worked: false).ShouldBe(new HostMove(A, B));
    }

    [Fact]
    public async Task ManyThreads_AtOnce_LeaveAConsistentChoice()
    {
        var hosts = Failover(A, B);

        await Parallel.ForAsync(
            0,
            10_000,
            TestContext.Current.CancellationToken,
            (i, _) =>
            {
                hosts.Report(hosts.Next(), worked: i % 3 == 0);
                return ValueTask.CompletedTask;
            }
        );

        hosts.Next().Host.ShouldBeOneOf(A, B);
    }

    [Theory]
    [InlineData(AgoraArea.Global, HostPreset.Current, "api.agora.io")]
    [InlineData(AgoraArea.Global, HostPreset.Seed, "api.agora.io")]
    [InlineData(AgoraArea.MainlandChina, HostPreset.Current, "api.sd-rtn.com api.agora.io")]
    [InlineData(AgoraArea.MainlandChina, HostPreset.Seed, "api.agora.io api.agoraio.cn")]
    public void S1_Preset_NamesItsHostsInOrder(AgoraArea area, HostPreset preset, string expected) =>
        string.Join(' ', AgoraHosts.For(new AgoraProjectOptions { Area = area, HostPreset = preset }).Select(h => h.Authority))
            .ShouldBe(expected);

    private HostFailover Failover(params Uri[] hosts) => new(hosts, TimeSpan.FromMinutes(5), _clock);

    private static List<Uri> FailTimes(HostFailover hosts, int times) =>
        [
            .. Enumerable
                .Range(0, times)
                .Select(_ =>
                {
                    var turn = hosts.Next();
                    hosts.Report(turn, worked: false);
                    return turn.Host;
                })
                .ToList(),
        ];

    private sealed class Clock : TimeProvider
    {
        private long _ticks = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan by) => _ticks += by.Ticks;

        public override long GetTimestamp() => _ticks;
    }
}
