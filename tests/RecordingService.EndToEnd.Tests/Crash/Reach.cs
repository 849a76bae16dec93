using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Crash;

/// <summary>How the points are reached from outside: calls are held by the simulated Agora, writes by locks in the database.</summary>
internal static class Reach
{
    /// <summary>How a point of a call is reached.</summary>
    /// <param name="scene">The class.</param>
    /// <param name="operation">The call.</param>
    /// <param name="trigger">What makes the service go for the call.</param>
    public delegate Task<Member> CallPoint(CrashScene scene, AgoraOperation operation, Func<Task> trigger);

    /// <summary>The call has come to Agora, which has done nothing.</summary>
    public static Task<Member> AtArrivalAsync(CrashScene scene, AgoraOperation operation, Func<Task> trigger) =>
        AtCallAsync(scene, operation, FaultHold.BeforePerforming, trigger);

    /// <summary>Agora has done it and not answered.</summary>
    public static Task<Member> AtAnswerAsync(CrashScene scene, AgoraOperation operation, Func<Task> trigger) =>
        AtCallAsync(scene, operation, FaultHold.BeforeAnswering, trigger);

    /// <summary>The answer is there, and what follows from it waits for its commit.</summary>
    public static async Task<Member> AtOutcomeAsync(CrashScene scene, AgoraOperation operation, Func<Task> trigger)
    {
        await using var call = new HeldCall(scene, operation, FaultHold.BeforeAnswering);
        await trigger();
        await call.ReachedAsync();
        var rows = scene.Until(await DatabaseHold.OfRecordingAsync(scene.Deployment, scene.Id));
        await call.DisposeAsync();
        return await rows.ReachedAsync();
    }

    /// <summary>The recording is claimed, and the first intent waits for its commit.</summary>
    public static async Task<Member> AtIntentAsync(CrashScene scene, Func<Task> trigger)
    {
        await using var claims = await DatabaseHold.OfClaimsAsync(scene.Deployment);
        await trigger();
        var rows = scene.Until(await DatabaseHold.OfRecordingAsync(scene.Deployment, scene.Id));
        await claims.DisposeAsync();
        return await rows.ReachedAsync();
    }

    public static async Task<Member> AcceptWritingAsync(CrashScene scene)
    {
        var keys = scene.Until(await DatabaseHold.OfTableAsync(scene.Deployment, "idempotency"));
        scene.Send(() => scene.AskAsync());
        var writing = await keys.ReachedAsync();
        // Whoever gets no answer may never ask again: what nobody will record must not be there.
        (await scene.RecordingsAsync()).ShouldBe(0, "recordings before their acceptance is committed");
        return writing;
    }

    public static async Task<Member> AcceptUnansweredAsync(CrashScene scene)
    {
        scene.Until(await DatabaseHold.OfClaimsAsync(scene.Deployment));
        var (asked, other) = (scene.Deployment.Members[0], scene.Deployment.Members[1]);
        scene.Send(() => scene.AskAsync(asked, "wait=60"));
        await Eventually.HoldsAsync(async () =>
            (await other.Replica.GetAsync($"/v1/recordings?channel={scene.Channel}")).GetProperty("items").GetArrayLength() == 1
        );
        return asked;
    }

    public static async Task<Member> ClaimAsync(CrashScene scene)
    {
        var claims = scene.Until(await DatabaseHold.OfClaimsAsync(scene.Deployment));
        await scene.AskAsync();
        return await claims.ReachedAsync();
    }

    public static Task<Member> StartToldAsync(CrashScene scene)
    {
        scene.Deployment.Notify();
        return AtAnswerAsync(scene, AgoraOperation.Start, () => scene.AskAsync());
    }

    public static async Task<Member> LateWritingAsync(CrashScene scene)
    {
        await using var frozen = await FreezeAfterStartAsync(scene);
        var inputs = scene.Until(await DatabaseHold.OfTableAsync(scene.Deployment, "inputs"));
        await frozen.DisposeAsync();
        return await inputs.ReachedAsync();
    }

    public static async Task<Member> LateKeptAsync(CrashScene scene)
    {
        await using var frozen = await FreezeAfterStartAsync(scene);
        await frozen.DisposeAsync();
        await Eventually.HoldsAsync(async () => await scene.CountAsync("inputs") > 0 || (await scene.SidsAsync()).Count > 0);
        return frozen.Member;
    }

    public static async Task<Member> MonitoredAsync(CrashScene scene, CallPoint point)
    {
        await scene.RecordAsync();
        return await point(scene, AgoraOperation.Query, Nothing);
    }

    /// <summary>Two queries do not find the recorder; the third is the one that counts.</summary>
    public static async Task<Member> DoubtedAsync(CrashScene scene, CallPoint point)
    {
        await scene.RecordAsync();
        scene.HideRecorder(2);
        return await point(scene, AgoraOperation.Query, Nothing);
    }

    public static async Task<Member> NoticeAsync(CrashScene scene)
    {
        await scene.RecordAsync();
        var notices = scene.Until(await DatabaseHold.OfTableAsync(scene.Deployment, "notifications"));
        scene.TellOfRecorder();
        return await notices.ReachedAsync();
    }

    public static async Task<Member> LayoutWritingAsync(CrashScene scene)
    {
        await scene.RecordAsync();
        var rows = scene.Until(await DatabaseHold.OfRecordingAsync(scene.Deployment, scene.Id));
        scene.Send(() => scene.ChangeLayoutAsync());
        return await rows.ReachedAsync();
    }

    public static async Task<Member> ChangedAsync(CrashScene scene, CallPoint point)
    {
        await scene.RecordAsync();
        return await point(scene, AgoraOperation.UpdateLayout, () => scene.ChangeLayoutAsync());
    }

    /// <summary>The recorder is not found once and three times more, which makes a new generation.</summary>
    public static async Task<Member> LastDoubtAsync(CrashScene scene)
    {
        await scene.RecordAsync();
        scene.LoseRecorder();
        var known = scene.Calls(AgoraOperation.Query).Count;
        await Eventually.HoldsAsync(() => scene.Calls(AgoraOperation.Query).Count == known + 3);
        return await AtOutcomeAsync(scene, AgoraOperation.Query, Nothing);
    }

    public static async Task<Member> ReplacedAsync(CrashScene scene, AgoraOperation operation, CallPoint point)
    {
        await scene.RecordAsync();
        return await point(
            scene,
            operation,
            () =>
            {
                scene.LoseRecorder();
                return Task.CompletedTask;
            }
        );
    }

    /// <summary>
    /// While the resource of a replacement is waited for, the next look at the recorder that was given up becomes due. So its query is committed together with the
    /// start, as no query is by itself.
    /// </summary>
    public static async Task<Member> WatchedAsync(CrashScene scene)
    {
        await scene.RecordAsync();
        await using var acquire = new HeldCall(scene, AgoraOperation.Acquire, FaultHold.BeforeAnswering);
        var start = scene.Until(new HeldCall(scene, AgoraOperation.Start, FaultHold.BeforePerforming));
        scene.LoseRecorder();
        await acquire.ReachedAsync();
        var (from, known) = (scene.Agora.Journal.Published(scene.Channel), scene.Calls(AgoraOperation.Query).Count);
        await Eventually.HoldsAsync(() => scene.Agora.Journal.Published(scene.Channel) - from > CrashDeployment.WatchInterval);
        await acquire.DisposeAsync();
        await start.ReachedAsync();
        await Eventually.HoldsAsync(() => scene.Calls(AgoraOperation.Query).Count > known, description: "a query beside the start");
        return await scene.HolderAsync();
    }

    public static async Task<Member> StopWritingAsync(CrashScene scene)
    {
        await RecordedAsync(scene);
        var rows = scene.Until(await DatabaseHold.OfRecordingAsync(scene.Deployment, scene.Id));
        scene.Send(() => scene.StopAsync());
        return await rows.ReachedAsync();
    }

    public static async Task<Member> StopAcceptedAsync(CrashScene scene)
    {
        await RecordedAsync(scene);
        scene.Until(await DatabaseHold.OfClaimsAsync(scene.Deployment));
        var asked = scene.Any;
        await scene.StopAsync(asked);
        return asked;
    }

    public static async Task<Member> StoppedAsync(CrashScene scene, CallPoint point)
    {
        await RecordedAsync(scene);
        return await point(scene, AgoraOperation.Stop, () => scene.StopAsync());
    }

    public static async Task<Member> FilesAwaitedAsync(CrashScene scene)
    {
        await RecordedAsync(scene);
        await using var call = new HeldCall(scene, AgoraOperation.Stop, FaultHold.BeforeAnswering);
        await scene.StopAsync();
        await call.ReachedAsync();
        var stopped = await scene.HolderAsync();
        scene.Until(await DatabaseHold.OfClaimsAsync(scene.Deployment));
        await call.DisposeAsync();
        await scene.BecomesAsync("uploading");
        return stopped;
    }

    public static async Task<Member> FilesReadingAsync(CrashScene scene)
    {
        await RecordedAsync(scene);
        var reads = scene.Until(new HeldReads(scene));
        await scene.StopAsync();
        await reads.ReachedAsync();
        return await scene.HolderAsync();
    }

    public static async Task<Member> FinalWritingAsync(CrashScene scene)
    {
        await RecordedAsync(scene);
        await using var reads = new HeldReads(scene);
        await scene.StopAsync();
        await reads.ReachedAsync();
        var rows = scene.Until(await DatabaseHold.OfRecordingAsync(scene.Deployment, scene.Id));
        await reads.DisposeAsync();
        return await rows.ReachedAsync();
    }

    private static Task Nothing() => Task.CompletedTask;

    /// <summary>A class that has recorded enough to have files.</summary>
    private static async Task RecordedAsync(CrashScene scene)
    {
        await scene.RecordAsync();
        await scene.HearAsync();
    }

    private static async Task<Member> AtCallAsync(CrashScene scene, AgoraOperation operation, FaultHold where, Func<Task> trigger)
    {
        var call = scene.Until(new HeldCall(scene, operation, where));
        await trigger();
        await call.ReachedAsync();
        return await scene.HolderAsync();
    }

    /// <summary>A replica that has the answer of a start, is frozen before it can write that down, and loses its lease.</summary>
    private static async Task<Frozen> FreezeAfterStartAsync(CrashScene scene)
    {
        var frozen = new Frozen(await AtOutcomeAsync(scene, AgoraOperation.Start, () => scene.AskAsync()));
        var taken = scene.BecomesAnothersAsync(frozen.Member);
        // Its session would go on as far as it has been told to, and keep its locks for want of a commit.
        await scene.EndWaitingAsync();
        await scene.LetGoAsync();
        await taken;
        return frozen;
    }
}
