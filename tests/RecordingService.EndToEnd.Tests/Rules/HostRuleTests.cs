using RecordingService.LocalStack.Processes;
using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Rules;

/// <summary>Two hosts of Agora: which of them is called (S1), and which of them for a bucket far away (S14).</summary>
public sealed class HostRuleTests(EndToEndDatabase postgres)
{
    [Fact]
    [Trait("Rule", "S1")]
    public async Task S1_FirstHostIsDown_TheOtherIsCalledAfter1And3SecondsAndTheFirstOneLaterAgain()
    {
        await using var cloud = new TwoHosts(postgres);
        await cloud.InitializeAsync();
        await cloud.Agora.Faults.SetHostAsync(0, new HostCondition(HostState.Refusing));

        var first = await Lesson.RecordAsync(cloud, "first");
        var second = await Lesson.RecordAsync(cloud, "second");

        var told = await first.TellAsync();
        told.ShouldContain("Put off by 1 s: ");
        told.ShouldContain("Put off by 3 s: ");
        (await second.TellAsync()).ShouldNotContain("Put off");
        cloud.Agora.Journal.Calls().ShouldAllBe(call => call.Host == 1);

        await cloud.Agora.Faults.SetHostAsync(0, HostCondition.Healthy);

        await Eventually.HoldsAsync(() => first.Calls(AgoraOperation.Query).Any(call => call.Host == 0));
        // A query that failed shortly before may be its reason, until this one's answer is stored.
        await Eventually.HoldsAsync(async () => Lesson.ReasonOf(await first.ReadAsync()) is null);
        first.Recorders.ShouldHaveSingleItem().LeftAt.ShouldBeNull();
    }

    [Fact]
    [Trait("Rule", "S1")]
    public async Task S1_FirstHostIsABlackHole_IsLeftAfterTwoCallsForStartsAndQueriesAlike()
    {
        await using var cloud = new TwoHosts(postgres);
        await cloud.InitializeAsync();
        await cloud.Agora.Faults.SetHostAsync(0, new HostCondition(HostState.Silent));

        var lesson = await Lesson.RecordAsync(cloud, "black-hole");

        var calls = cloud.Agora.Journal.Calls();
        calls.Where(call => call.Host == 0).Select(call => call.Operation).ShouldBe([AgoraOperation.Acquire, AgoraOperation.Acquire]);
        lesson.Calls(AgoraOperation.Start).ShouldHaveSingleItem().Host.ShouldBe(1);
        await Eventually.HoldsAsync(() => lesson.Calls(AgoraOperation.Query).Count(call => call.Host == 1) >= 2);
        Lesson.StateOf(await lesson.ReadAsync()).ShouldBe("recording");
        lesson.Recorders.ShouldHaveSingleItem().LeftAt.ShouldBeNull();
    }

    [Fact]
    [Trait("Rule", "S14")]
    public async Task S14_BucketInChina_AllCallsOfItsRecordingGoToTheHostThere()
    {
        await using var cloud = new TwoHosts(postgres);
        await cloud.InitializeAsync();

        var there = await Lesson.RecordAsync(cloud, "there", ("storageProfile", "mainland"));
        var here = await Lesson.RecordAsync(cloud, "here");
        await there.RecordedAsync(20);

        Lesson.FilesOf(await there.StopAsync()).ShouldBe("complete", await there.TellAsync());
        await here.StopAsync();
        CallsOf(cloud, "there").ShouldAllBe(call => call.Host == 1);
        CallsOf(cloud, "here").ShouldAllBe(call => call.Host == 0);
        CallsOf(cloud, "there").Select(call => call.Operation).ShouldContain(AgoraOperation.Stop);
    }

    private static IEnumerable<JournaledCall> CallsOf(TwoHosts cloud, string channel) =>
        cloud.Agora.Journal.Calls().Where(call => call.Channel == channel);

    private sealed class TwoHosts(EndToEndDatabase postgres) : SharedCloud(postgres)
    {
        private const string AnyPort = "http://127.0.0.1:0";
        private const string Mainland = "Storage__Profiles__mainland__";

        protected override double Factor => 40;

        protected override IEnumerable<(string Key, string Value)> Settings =>
            [
                ("Agora__ConnectTimeout", "00:00:00.5"),
                ("Agora__AttemptTimeout", "00:00:01"),
                ("Agora__ReturnToFirstHostAfter", "00:00:05"),
                ("Agora__RegionHosts__ChinaMainland__0", Agora.Hosts[1].AbsoluteUri.TrimEnd('/')),
                ($"{Mainland}Vendor", "AmazonS3"),
                ($"{Mainland}Region", "CN_NORTH_1"),
                ($"{Mainland}Bucket", DemoAccount.Bucket),
                ($"{Mainland}AccessKey", DemoAccount.AccessKey),
                ($"{Mainland}SecretKey", DemoAccount.SecretKey),
                ($"{Mainland}PublicBaseUrl", new Uri(Agora.PublicBucketUrl, DemoAccount.Bucket).AbsoluteUri),
                ($"{Mainland}Probe", "false"),
            ];

        protected override void Simulate(SimulatorOptions options)
        {
            options.Urls.Add(AnyPort);
            options.Urls.Add(AnyPort);
            options.SideUrl = AnyPort;
        }
    }
}
