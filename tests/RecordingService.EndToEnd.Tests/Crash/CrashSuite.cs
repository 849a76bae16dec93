using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Crash;

/// <summary>Kills a replica at a point and judges what became of the class, by the simulator's journal and by what callers see.</summary>
[Trait("Suite", "Crash")]
public abstract class CrashSuite(CrashDeployment deployment)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private protected static IEnumerable<ITheoryDataRow> Rows(IEnumerable<CrashPoint> points) =>
        points
            .Where(point => CrashPoints.Chosen.Contains(point.Name))
            .Select(point => new TheoryDataRow<string>(point.Name).WithTrait("Point", point.Name));

    protected async Task SurvivesAsync(string name)
    {
        var point = CrashPoints.All.Single(known => known.Name == name);
        await deployment.BecomeReadyAsync();
        await using var scene = new CrashScene(deployment, name);
        try
        {
            scene.Begin();
            var doomed = await point.ReachAsync(scene);
            var takenOver = await scene.KillAsync(doomed, point.RepeatAsync);
            await EndAsync(point, scene);
            await JudgeAsync(point, scene, takenOver);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"{name} ({point.Says}): {exception.Message}\n{await scene.TimelineAsync()}", exception);
        }
        finally
        {
            await scene.LetGoAsync();
            await deployment.BecomeReadyAsync();
        }
    }

    private static async Task EndAsync(CrashPoint point, CrashScene scene)
    {
        await point.GoesOnAsync(scene);
        if (!scene.IsStopAsked)
        {
            await scene.BecomesAsync("recording");
            await scene.HearAsync();
            if (point.ChangesLayout)
            {
                await Eventually.HoldsAsync(() => LayoutOf(scene) == 2, Patience);
            }

            await scene.StopAsync();
        }

        await scene.BecomesAsync("completed", "aborted", "failed");
    }

    private static async Task JudgeAsync(CrashPoint point, CrashScene scene, TimeSpan takenOver)
    {
        var recording = await scene.ReadAsync();
        var sids = await scene.SidsAsync();
        var recorders = scene.Recorders;
        var orphans = recorders.Where(recorder => !sids.Contains(recorder.Sid)).ToList();
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{point.Name}: taken over after {takenOver.TotalSeconds:0.0} s, unrecorded {scene.Missed.Before.TotalSeconds:0} s before and "
                + $"{scene.Missed.Between.TotalSeconds:0.0} s between, starts {scene.Calls(AgoraOperation.Start).Count}, orphans: "
                + string.Join(", ", orphans.Select(orphan => $"uid {orphan.Uid} sid {orphan.Sid}").DefaultIfEmpty("none"))
        );

        takenOver.ShouldBeLessThan(CrashPoint.TakeOver, "the take-over");
        Lesson.StateOf(recording).ShouldBe("completed");
        Lesson.FilesOf(recording).ShouldBeOneOf(point.Files);
        (await scene.RecordingsAsync()).ShouldBe(1, "recordings of the class");
        // A caller that is in doubt asks again, at the latest when it is over: the key must still mean this recording.
        await scene.AskAsync();
        (await scene.RecordingsAsync()).ShouldBe(1, "recordings of the class after its request was repeated");

        scene.Missed.Before.ShouldBeLessThan(point.MissedBefore, "unrecorded before the first recorder");
        scene.Missed.Between.ShouldBeLessThan(point.MissedBetween, "unrecorded in between");
        orphans.Count.ShouldBeLessThanOrEqualTo(point.Orphans, "orphans");
        recorders.Count.ShouldBeLessThanOrEqualTo(1 + point.Orphans + point.Replaced, "recorders");
        recorders.Select(recorder => recorder.Uid).ShouldBeUnique();
        recorders.Except(orphans).ShouldAllBe(recorder => recorder.LeftAt != null, "recorders that nobody stopped");
        scene.Calls(AgoraOperation.Start).Count.ShouldBeLessThanOrEqualTo(point.Starts, "starts");
        scene.Agora.Journal.MostRecordersAtOnce(scene.Channel).ShouldBeLessThanOrEqualTo(1 + orphans.Count, "recorders at once");

        await Eventually.HoldsAsync(() => AreAllToldOf(scene), Patience, description: "every notification is taken in");
        await Eventually.BecomesAsync(() => scene.CountAsync("inputs"), rows => rows == 0, Patience, description: "no input is left");
        await Eventually.BecomesAsync(
            () => scene.CountAsync("schedule"),
            rows => rows == 0,
            Patience,
            description: "nothing is left to do"
        );
    }

    private static bool AreAllToldOf(CrashScene scene) =>
        scene
            .Agora.Journal.Notices()
            .Where(notice => notice.Channel == scene.Channel)
            .GroupBy(notice => notice.NoticeId)
            .All(attempts => attempts.Any(attempt => attempt.Outcome == NoticeOutcome.Delivered));

    private static int? LayoutOf(CrashScene scene) => scene.Recorders[^1].Layout["mixedVideoLayout"]?.GetValue<int>();
}

/// <summary>Some points of all kinds.</summary>
public sealed class CrashTests(CrashDeployment deployment) : CrashSuite(deployment), IClassFixture<CrashDeployment>
{
    public static IEnumerable<ITheoryDataRow> Points => Rows(CrashPoints.All.Where(CrashPoints.IsTelling));

    [CrashTheory]
    [MemberData(nameof(Points))]
    public Task Replica_Killed_IsSurvived(string point) => SurvivesAsync(point);
}

/// <summary>From the request to a sid.</summary>
public sealed class CrashAtStartTests(CrashDeployment deployment) : CrashSuite(deployment), IClassFixture<CrashDeployment>
{
    public static IEnumerable<ITheoryDataRow> Points => Rows(CrashPoints.Starting.Where(CrashPoints.IsNotTelling));

    [CrashTheory]
    [MemberData(nameof(Points))]
    public Task Replica_KilledAtAStart_IsSurvived(string point) => SurvivesAsync(point);
}

/// <summary>From a sid to the wish to end.</summary>
public sealed class CrashInBetweenTests(CrashDeployment deployment) : CrashSuite(deployment), IClassFixture<CrashDeployment>
{
    public static IEnumerable<ITheoryDataRow> Points => Rows(CrashPoints.Recording.Where(CrashPoints.IsNotTelling));

    [CrashTheory]
    [MemberData(nameof(Points))]
    public Task Replica_KilledWhileRecording_IsSurvived(string point) => SurvivesAsync(point);
}

/// <summary>A recorder is replaced; the class ends.</summary>
public sealed class CrashAtEndTests(CrashDeployment deployment) : CrashSuite(deployment), IClassFixture<CrashDeployment>
{
    public static IEnumerable<ITheoryDataRow> Points =>
        Rows([.. CrashPoints.Replacing, .. CrashPoints.Ending.Where(CrashPoints.IsNotTelling)]);

    [CrashTheory]
    [MemberData(nameof(Points))]
    public Task Replica_KilledAtAnEnd_IsSurvived(string point) => SurvivesAsync(point);
}
