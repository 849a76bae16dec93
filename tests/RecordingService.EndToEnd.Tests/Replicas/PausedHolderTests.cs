using RecordingService.EndToEnd.Tests.Crash;
using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Replicas;

/// <summary>A replica that stands still for longer than its lease (SIGSTOP, as a starved or migrated machine does), and goes on as if nothing had been.</summary>
public sealed class PausedHolderTests(CrashDeployment deployment) : IClassFixture<CrashDeployment>
{
    private const string LeaseLost = "\"Id\":2002";
    private const string LateOutcomeKept = "\"Id\":2003";

    /// <summary>It has the sid and could not write it: its write is refused by the token, and the sid becomes an input for the new holder.</summary>
    [Fact]
    public async Task Holder_PausedWithTheAnswerOfAStart_WritesNothingAndItsSidIsKept()
    {
        await using var scene = await BeginAsync("paused-with-answer");

        var paused = await Reach.LateKeptAsync(scene);

        await Eventually.HoldsAsync(() => LinesOf(paused, scene, LateOutcomeKept).Count == 1);
        LinesOf(paused, scene, LateOutcomeKept)[0].ShouldContain("\"Count\":1");
        LinesOf(paused, scene, LeaseLost).ShouldNotBeEmpty();
        await EndsWithOneRecorderAsync(scene);
    }

    /// <summary>Its call is still at Agora when another replica takes over. Whether it hears of the sid or its call times out, notifications tell it to the new holder.</summary>
    [Fact]
    public async Task Holder_PausedWhileAgoraIsStarting_LeavesOneRecorder()
    {
        await using var scene = await BeginAsync("paused-in-call");
        deployment.Notify();
        var call = scene.Until(new HeldCall(scene, AgoraOperation.Start, FaultHold.BeforeAnswering));
        await scene.AskAsync();
        await call.ReachedAsync();
        await using var frozen = new Frozen(await scene.HolderAsync());

        await scene.BecomesAnothersAsync(frozen.Member);
        await call.DisposeAsync();
        await frozen.DisposeAsync();

        await Eventually.HoldsAsync(() => LinesOf(frozen.Member, scene, LeaseLost).Count > 0);
        await EndsWithOneRecorderAsync(scene);
    }

    private async Task<CrashScene> BeginAsync(string channel)
    {
        await deployment.BecomeReadyAsync();
        var scene = new CrashScene(deployment, channel);
        scene.Begin();
        return scene;
    }

    private static async Task EndsWithOneRecorderAsync(CrashScene scene)
    {
        await scene.BecomesAsync("recording");
        await scene.HearAsync();

        var told = await scene.TimelineAsync();
        var recorder = scene.Recorders.ShouldHaveSingleItem(told);
        recorder.LeftAt.ShouldBeNull(told);
        (await scene.SidsAsync()).ShouldBe([recorder.Sid], told);
        var listed = await scene.Any.Replica.GetAsync($"/v1/recordings?channel={scene.Channel}");
        listed.GetProperty("items").GetArrayLength().ShouldBe(1);
        await Eventually.HoldsAsync(async () => await scene.CountAsync("inputs") == 0);

        await scene.StopAsync();
        var ended = await scene.BecomesAsync("completed");
        Lesson.FilesOf(ended).ShouldBe("complete", await scene.TimelineAsync());
        scene.Recorders.ShouldHaveSingleItem().LeftAt.ShouldNotBeNull();
    }

    /// <summary>What a replica logged of an event of the class.</summary>
    private static List<string> LinesOf(Member member, CrashScene scene, string eventId) =>
        [
            .. member
                .Replica.Api.Process.LastOutput.Where(line => line.Contains(scene.Id, StringComparison.Ordinal))
                .Where(line => line.Replace(" ", "", StringComparison.Ordinal).Contains(eventId, StringComparison.Ordinal)),
        ];
}
