using RecordingService.Infrastructure.Agora;

namespace RecordingService.Infrastructure.Tests.Agora;

public sealed class HostFailoverTests
{
    private static readonly Uri A = new("https://a");
    private static readonly Uri B = new("https://b");
    private readonly Clock _clock = new();

    [Fact]
    [Trait("Rule", "S1")]
    public void S1_FailureAfterFailure_GoesOnceMoreToTheSameHostThenTwiceToTheOther()
    {
        var hosts = Failover(A, B);

        FailTimes(hosts, 6).ShouldBe([A, A, B, B, A, A]);
    }

    [Fact]
    [Trait("Rule", "S1")]
    public void S1_WithOneHost_AllAttemptsGoToIt() => FailTimes(Failover(A), 4).ShouldBe([A, A, A, A]);

    [Fact]
    public void Host_ThatWorksAgain_StartsCountingAnew()
    {
        var hosts = Failover(A, B);
        FailTimes(hosts, 1);
        hosts.Report(hosts.Next(), HostOutcome.Worked);

        FailTimes(hosts, 2).ShouldBe([A, A]);
    }

    [Fact]
    public void OtherHost_WhileItWorks_IsKeptUntilTheFirstGetsItsTurn()
    {
        var hosts = Failover(A, B);
        FailTimes(hosts, 2);

        _clock.Advance(TimeSpan.FromMinutes(4));
        hosts.Report(hosts.Next(), HostOutcome.Worked);
        hosts.Next().Host.ShouldBe(B);
        _clock.Advance(TimeSpan.FromMinutes(1));
        hosts.Next().Host.ShouldBe(A);
    }

    [Fact]
    public void CallsThatFailTogether_CountAsOneFailure()
    {
        var hosts = Failover(A, B);
        var together = Enumerable.Range(0, 3).Select(_ => hosts.Next()).ToList();

        together.ForEach(turn => hosts.Report(turn, HostOutcome.Troubled));

        hosts.Next().Host.ShouldBe(A);
    }

    [Fact]
    public void LateNewsOfAHostThatWasLeft_ChangesNothing()
    {
        var hosts = Failover(A, B);
        var late = hosts.Next();
        FailTimes(hosts, 3);

        hosts.Report(late, HostOutcome.Worked).ShouldBeNull();

        FailTimes(hosts, 2).ShouldBe([B, A]);
    }

    [Fact]
    public void Report_ThatMakesItMove_SaysSo()
    {
        var hosts = Failover(A, B);
        FailTimes(hosts, 1);

        hosts.Report(hosts.Next(), HostOutcome.Troubled).ShouldBe(new HostMove(A, B, LeavesRegion: false));
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
                hosts.Report(hosts.Next(), i % 3 == 0 ? HostOutcome.Worked : (HostOutcome)(1 + (i % 3)));
                return ValueTask.CompletedTask;
            }
        );

        hosts.Next().Host.ShouldBeOneOf(A, B);
    }

    [Theory]
    [Trait("Rule", "S1")]
    [InlineData(AgoraArea.Global, HostPreset.Current, "api.agora.io")]
    [InlineData(AgoraArea.Global, HostPreset.Seed, "api.agora.io")]
    [InlineData(AgoraArea.MainlandChina, HostPreset.Current, "api.sd-rtn.com api.agora.io")]
    [InlineData(AgoraArea.MainlandChina, HostPreset.Seed, "api.agora.io api.agoraio.cn")]
    public void S1_Preset_NamesItsHostsInOrder(AgoraArea area, HostPreset preset, string expected) =>
        string.Join(' ', AgoraHosts.For(new AgoraProjectOptions { Area = area, HostPreset = preset }).Select(h => h.Authority))
            .ShouldBe(expected);

    [Theory]
    [Trait("Rule", "S1")]
    [InlineData("NotResolved", "api-eu-central-1.sd-rtn.com")]
    [InlineData("Troubled", "api-eu-central-1.sd-rtn.com")]
    [InlineData("Unreachable", "api-eu-west-1.agora.io")]
    public void S1_FaultOfTheNetwork_PassesOverTheSameRegionsOtherDomain(string outcome, string expected)
    {
        var hosts = Failover(
            new("https://api-eu-central-1.agora.io"),
            new("https://api-eu-central-1.sd-rtn.com"),
            new("https://api-eu-west-1.agora.io")
        );

        FailTimes(hosts, 2, Enum.Parse<HostOutcome>(outcome));

        hosts.Next().Host.Host.ShouldBe(expected);
    }

    [Fact]
    [Trait("Rule", "S1")]
    public void S1_FaultOfTheNetwork_WithoutAThirdHost_GoesToTheOtherDomain()
    {
        var hosts = Failover(new("https://api.sd-rtn.com"), new("https://api.agora.io"));

        FailTimes(hosts, 2, HostOutcome.Unreachable);

        hosts.Next().Host.Host.ShouldBe("api.agora.io");
    }

    [Theory]
    [Trait("Rule", "S14")]
    [InlineData(AgoraArea.Global, HostPreset.Current, "ChinaMainland", "api.sd-rtn.com api.agora.io", 1)]
    [InlineData(AgoraArea.Global, HostPreset.Seed, "chinamainland", "api.agoraio.cn api.agora.io", 1)]
    [InlineData(AgoraArea.MainlandChina, HostPreset.Current, "ChinaMainland", "api.sd-rtn.com api.agora.io", 2)]
    [InlineData(AgoraArea.MainlandChina, HostPreset.Seed, "ChinaMainland", "api.agoraio.cn api.agora.io", 2)]
    public void S14_BucketInTheMainland_HasTheMainlandHostFirst(
        AgoraArea area,
        HostPreset preset,
        string bucket,
        string expected,
        int regional
    )
    {
        var routed = AgoraHosts.For(new AgoraProjectOptions { Area = area, HostPreset = preset }, bucket, [])!.Value;

        string.Join(' ', routed.Hosts.Select(h => h.Authority)).ShouldBe(expected);
        routed.Regional.ShouldBe(regional);
    }

    [Fact]
    [Trait("Rule", "S14")]
    public void S14_BucketElsewhere_OrAListOfOnesOwn_HasNoOtherHosts()
    {
        AgoraHosts.For(new AgoraProjectOptions(), "Europe", []).ShouldBeNull();
        AgoraHosts.For(new AgoraProjectOptions { Hosts = ["http://127.0.0.1:9001"] }, "ChinaMainland", []).ShouldBeNull();
    }

    [Fact]
    [Trait("Rule", "S14")]
    public void S14_HostsNamedForAnArea_StandBeforeTheProjectsOwn()
    {
        var (hosts, regional) = AgoraHosts
            .For(new AgoraProjectOptions { Hosts = ["a.example", "b.example"] }, "ChinaMainland", ["b.example", "c.example"])!
            .Value;

        string.Join(' ', hosts.Select(h => h.Authority)).ShouldBe("b.example c.example a.example");
        regional.ShouldBe(2);
    }

    [Fact]
    [Trait("Rule", "S14")]
    public void S14_MoveOutOfTheRegion_IsToldApartFromOneWithin()
    {
        var hosts = new HostFailover([A, B, new("https://c")], 2, TimeSpan.FromMinutes(5), _clock);

        Moves(hosts, 6).Select(move => move.LeavesRegion).ShouldBe([false, true, false]);
    }

    private static List<HostMove> Moves(HostFailover hosts, int failures) =>
        [.. Enumerable.Range(0, failures).Select(_ => hosts.Report(hosts.Next(), HostOutcome.Troubled)).OfType<HostMove>()];

    private HostFailover Failover(params Uri[] hosts) => new(hosts, 0, TimeSpan.FromMinutes(5), _clock);

    private static List<Uri> FailTimes(HostFailover hosts, int times, HostOutcome outcome = HostOutcome.Troubled) =>
        [
            .. Enumerable
                .Range(0, times)
                .Select(_ =>
                {
                    var turn = hosts.Next();
                    hosts.Report(turn, outcome);
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
