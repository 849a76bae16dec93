using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using RecordingService.Domain;
using RecordingService.Infrastructure.Agora;
using static RecordingService.Infrastructure.Tests.Agora.ClientUnderTest;

namespace RecordingService.Infrastructure.Tests.Agora;

public sealed class RoutingTests
{
    private const string Running = """{"sid":"sid1","serverResponse":{"status":5}}""";
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Rule", "S14")]
    public async Task S14_EveryCallOfARecording_GoesToTheHostOfItsBucket()
    {
        await using var home = (await ScriptedServer.StartAsync()).Answers(200, Running);
        await using var mainland = (await ScriptedServer.StartAsync())
            .Answers(200, """{"resourceId":"res-1"}""")
            .Answers(200, """{"sid":"sid1"}""")
            .Answers(200, Running)
            .Answers(200, "{}")
            .Answers(200, "{}")
            .Answers(200, "{}")
            .Answers(200, "{}");
        await using var client = Routed(home, mainland);

        await client.Agora.AcquireAsync(Acquire with { StorageProfile = "beijing" }, Cancellation);
        await client.Agora.StartAsync(Start with { Parameters = Parameters with { StorageProfile = "beijing" } }, Cancellation);
        var recorder = Recorder with { StorageProfile = "beijing" };
        await client.Agora.QueryAsync(recorder, Cancellation);
        await client.Agora.UpdateLayoutAsync(recorder, new(), Cancellation);
        await client.Agora.UpdateSubscriptionAsync(recorder, Domain.RoomTypes.Subscription.Everybody, Cancellation);
        await client.Agora.RenewStorageAsync(recorder, [], Cancellation);
        await client.Agora.StopAsync(recorder, Cancellation);
        var other = await client.Agora.QueryAsync(Recorder, Cancellation);

        mainland
            .Seen.Select(request => request.Path.Split('/')[^1])
            .ShouldBe(["acquire", "start", "query", "updateLayout", "update", "update", "stop"]);
        home.Seen.ShouldHaveSingleItem();
        other.Exchange.Host.ShouldBe(new Uri(home.Address).Authority);
    }

    [Fact]
    [Trait("Rule", "S14")]
    public async Task S14_FailoverOutOfTheRegion_IsNotedAndLeavesOtherRecordingsAlone()
    {
        await using var home = (await ScriptedServer.StartAsync()).Answers(200, Running).Answers(200, Running);
        await using var mainland = (await ScriptedServer.StartAsync()).CutsTheConnection().CutsTheConnection();
        await using var client = Routed(home, mainland);
        var inChina = Recorder with { StorageProfile = "beijing" };

        await client.Agora.StopAsync(inChina, Cancellation);
        await client.Agora.StopAsync(inChina, Cancellation);
        var left = await client.Agora.QueryAsync(inChina, Cancellation);

        left.Exchange.Host.ShouldBe(new Uri(home.Address).Authority);
        client.Log.Text.ShouldContain("Calls of school for buckets in ChinaMainland leave the region");
    }

    [Fact]
    [Trait("Rule", "S14")]
    public async Task S14_AListOfOnesOwn_IsNotRoutedUnlessTheAreaIsNamed()
    {
        await using var home = (await ScriptedServer.StartAsync()).Answers(200, Running);
        await using var client = new ClientUnderTest(
            [home.Address],
            services => services.AddSingleton<StorageAreaOf>(_ => "ChinaMainland")
        );

        (await client.Agora.QueryAsync(Recorder, Cancellation)).Exchange.Host.ShouldBe(new Uri(home.Address).Authority);
    }

    [Fact]
    [Trait("Rule", "S1")]
    public async Task S1_HostThatIsABlackHole_IsLeftAndGetsItsTurnAgain()
    {
        await using var hole = (await ScriptedServer.StartAsync()).NeverAnswers().NeverAnswers().Answers(200, Running);
        await using var other = (await ScriptedServer.StartAsync()).Answers(200, Running).Answers(200, Running);
        await using var client = new ClientUnderTest(
            [hole.Address, other.Address],
            ("Agora:ConnectTimeout", "00:00:00.4"),
            ("Agora:AttemptTimeout", "00:00:00.8"),
            ("Agora:ReturnToFirstHostAfter", "00:00:01")
        );

        (await client.Agora.StopAsync(Recorder, Cancellation)).Failure!.Kind.ShouldBe(AgoraFailureKind.Unanswered);
        (await client.Agora.StopAsync(Recorder, Cancellation)).Failure!.Kind.ShouldBe(AgoraFailureKind.Unanswered);
        (await client.Agora.StopAsync(Recorder, Cancellation)).Exchange.Host.ShouldBe(new Uri(other.Address).Authority);
        await Testing.Eventually.BecomesAsync(
            async () => (await client.Agora.QueryAsync(Recorder, Cancellation)).Exchange.Host,
            host => host == new Uri(hole.Address).Authority
        );
    }

    [Fact]
    [Trait("Rule", "S1")]
    public async Task S1_HostWhoseNameIsUnknown_IsLeftForTheOther()
    {
        await using var other = (await ScriptedServer.StartAsync()).Answers(200, Running);
        await using var client = new ClientUnderTest(["http://no-such-host.invalid", other.Address]);

        (await client.Agora.QueryAsync(Recorder, Cancellation)).Failure!.Kind.ShouldBe(AgoraFailureKind.NotSent);
        (await client.Agora.QueryAsync(Recorder, Cancellation)).Failure!.Kind.ShouldBe(AgoraFailureKind.NotSent);

        (await client.Agora.QueryAsync(Recorder, Cancellation)).Value!.Status.ShouldBe(5);
    }

    [Fact]
    [Trait("Rule", "S14")]
    public void S14_RegionHosts_OfAnUnknownAreaOrWithAPath_AreFaults() =>
        Should
            .Throw<OptionsValidationException>(() =>
                new ClientUnderTest([], ("Agora:RegionHosts:Mars:0", "mars.example"), ("Agora:RegionHosts:Europe:0", "http://a/path"))
            )
            .Failures.ShouldBe(
                [
                    "Agora:RegionHosts:Europe:0 is 'http://a/path', but must be a host name or an http(s) address without path, query and user.",
                    "Agora:RegionHosts:Mars is no area of a bucket. Known: ChinaMainland, AsiaPacific, Europe, NorthAmerica, Other.",
                ],
                ignoreOrder: true
            );

    private static ClientUnderTest Routed(ScriptedServer home, ScriptedServer mainland) =>
        new(
            [home.Address],
            services => services.AddSingleton<StorageAreaOf>(profile => profile == "beijing" ? "ChinaMainland" : "Europe"),
            ("Agora:RegionHosts:ChinaMainland:0", mainland.Address),
            ("Storage:Profiles:beijing:Vendor", "AlibabaOss"),
            ("Storage:Profiles:beijing:Region", "CN_Beijing"),
            ("Storage:Profiles:beijing:Bucket", "lessons"),
            ("Storage:Profiles:beijing:AccessKey", "access-key"),
            ("Storage:Profiles:beijing:SecretKey", SecretKey)
        );
}
