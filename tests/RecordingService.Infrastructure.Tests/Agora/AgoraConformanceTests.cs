using RecordingService.Domain;
using RecordingService.Infrastructure.Agora;
using RecordingService.Infrastructure.Agora.Wire;
using RecordingService.Testing;

namespace RecordingService.Infrastructure.Tests.Agora;

/// <summary>The same questions to the simulator and to a real project, so that both are known to answer alike.</summary>
public sealed class AgoraConformanceTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    /// <summary>Nobody else is in the channel, whoever runs the tests at the same time.</summary>
    private readonly string _channel = $"conformance-{Guid.NewGuid():N}";

    public static IEnumerable<TheoryDataRow<string>> Targets =>
        [new(AgoraTarget.Simulator), new(AgoraTarget.RealProject) { Skip = AgoraTarget.WhyNotReal }];

    private AcquireCall Acquire => ClientUnderTest.Acquire with { Channel = _channel };

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Acquire_GivesAResource(string target)
    {
        await using var agora = await AgoraTarget.StartAsync(target);
        await using var client = agora.Client();

        var result = await client.Agora.AcquireAsync(Acquire, Cancellation);

        result.Failure.ShouldBeNull();
        result.Value!.ResourceId.ShouldNotBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Credentials_ThatAreWrong_AreRefused(string target)
    {
        await using var agora = await AgoraTarget.StartAsync(target);
        await using var client = agora.Client(("Agora:Projects:school:CustomerSecret", "0123456789abcdef0123456789abcdef"));

        var result = await client.Agora.AcquireAsync(Acquire, Cancellation);

        result.Failure!.Kind.ShouldBe(AgoraFailureKind.Unauthorized);
        result.Exchange.HttpStatus.ShouldBe(401);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task ChannelName_ThatIsInvalid_IsRefused(string target)
    {
        await using var agora = await AgoraTarget.StartAsync(target);
        await using var client = agora.Client();

        var result = await client.Agora.AcquireAsync(Acquire with { Channel = new string('x', 65) }, Cancellation);

        result.Failure!.Kind.ShouldBe(AgoraFailureKind.InvalidRequest);
        result.Exchange.HttpStatus.ShouldBe(400);
    }

    /// <summary>What a sid that never was may be answered with: no worker has it (404), or it is not the resource's (1003). Documents allow both.</summary>
    private static readonly AgoraFailureKind[] UnknownSid = [AgoraFailureKind.RecorderNotFound, AgoraFailureKind.MismatchedIds];

    /// <summary>Keys are checked after the answer, so a sid proves nothing; the recorder is gone within the time of a server move.</summary>
    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Start_WithABucketThatCannotBeUsed_IsRefusedOrGoneSoon(string target)
    {
        await using var agora = await AgoraTarget.StartAsync(target);
        await using var client = agora.Client();
        var resource = (await client.Agora.AcquireAsync(Acquire, Cancellation)).Value!.ResourceId;

        var start = await client.Agora.StartAsync(
            new StartCall(
                Acquire.Project,
                _channel,
                Acquire.RecorderUid,
                resource,
                ClientUnderTest.Parameters with
                {
                    MaxIdleTime = TimeSpan.FromSeconds(30),
                    TokenIssuedAt = TimeProvider.System.GetUtcNow(),
                    TokenLifetime = TimeSpan.FromHours(1),
                }
            ),
            Cancellation
        );

        if (start.Failure is { } refused)
        {
            refused.Kind.ShouldBe(AgoraFailureKind.InvalidRequest);
            return;
        }

        var recorder = RecorderOf(resource, start.Value!.Sid);
        var answered = await Eventually.BecomesAsync(
            () => client.Agora.QueryAsync(recorder, Cancellation),
            result => result.Failure?.Kind is AgoraFailureKind.RecorderNotFound,
            TimeSpan.FromSeconds(120)
        );
        answered.Exchange.HttpStatus.ShouldBe(404);
        // So many questions may have used up what Agora answers in a second.
        var stopped = await Eventually.BecomesAsync(
            () => client.Agora.StopAsync(recorder, Cancellation),
            result => result.Failure?.Kind is not AgoraFailureKind.RateLimited
        );
        stopped.Failure!.Kind.ShouldBe(AgoraFailureKind.RecorderNotFound);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Query_OfAnUnknownSid_FindsNoRecorder(string target)
    {
        await using var agora = await AgoraTarget.StartAsync(target);
        await using var client = agora.Client();
        var resource = (await client.Agora.AcquireAsync(Acquire, Cancellation)).Value!.ResourceId;

        var result = await client.Agora.QueryAsync(RecorderOf(resource, $"{Guid.NewGuid():N}"), Cancellation);

        result.Failure!.Kind.ShouldBeOneOf(UnknownSid);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Stop_OfAnUnknownSid_FindsNoRecorder(string target)
    {
        await using var agora = await AgoraTarget.StartAsync(target);
        await using var client = agora.Client();
        var resource = (await client.Agora.AcquireAsync(Acquire, Cancellation)).Value!.ResourceId;

        var result = await client.Agora.StopAsync(RecorderOf(resource, $"{Guid.NewGuid():N}"), Cancellation);

        result.Failure!.Kind.ShouldBeOneOf(UnknownSid);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Route_ThatDoesNotExist_IsToldApartFromARecorderThatDoesNot(string target)
    {
        await using var agora = await AgoraTarget.StartAsync(target);

        var (status, body) = await agora.GetAsync("resourceid/a/sid/b/mode/mix/question");

        status.ShouldBe(404);
        FailureClassifier
            .Classify(AgoraOperation.Query, status, AnswerBody.Read(body), text => text)
            .Kind.ShouldBe(AgoraFailureKind.NoRoute);
    }

    private RecorderCall RecorderOf(string resource, string sid) =>
        ClientUnderTest.Recorder with
        {
            Channel = _channel,
            ResourceId = resource,
            Sid = sid,
        };
}
