using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;
using static RecordingService.Domain.AgoraFailureKind;
using static RecordingService.Domain.Recordings.RunOperation;

namespace RecordingService.Domain.Tests.Lifecycle;

/// <summary>Rules S3 and S5: from a sid through proof, doubt and replacement.</summary>
public sealed class MonitoringScenarios
{
    private static readonly Answer NotFound = Answer.Of(RecorderNotFound);
    private static readonly Answer Silence = Answer.Of(ServerError);

    [Theory]
    [Trait("Rule", "S3")]
    [InlineData(4)]
    [InlineData(5)]
    public void S3_Status4Or5_Confirms(int status)
    {
        var script = new Script().On(Query, 1, Answer.Has(2), Answer.Has(3), Answer.Has(status)).Play(20);

        script.SecondsOf(Query, 1).ShouldBe([5, 10, 20]);
        script.Recording.ConfirmedAt.ShouldBe(Script.Noon.AddSeconds(20));
        script.Recording.State.ShouldBe(RecordingState.Recording);
    }

    [Fact]
    [Trait("Rule", "S3")]
    public void S3_NotProvenWithin90Seconds_IsStoppedAndReplaced()
    {
        var script = new Script().On(Query, 1, Answer.Has(2)).Play(96);

        script.SecondsOf(Query, 1).Last().ShouldBe(90);
        script.SecondsOf(Stop, 1).ShouldBe([90]);
        script.SecondsOf(Acquire, 2).ShouldBe([90]);
        script.Run(1).End.ShouldBe(RunEnd.NeverProven);
    }

    [Theory]
    [Trait("Rule", "S3")]
    [InlineData(NotSent)]
    [InlineData(RateLimited)]
    [InlineData(Unauthorized)]
    public void S3_QueriesThatWereNotAnswered_NeverConvict(AgoraFailureKind failure)
    {
        var script = new Script().On(Query, 1, Answer.Of(failure)).Play(600);

        script.Recording.Runs.Count.ShouldBe(1);
        script.Run(1).Phase.ShouldBe(RunPhase.Proving);
    }

    [Fact]
    [Trait("Rule", "S3")]
    public void S3_OnlySilenceFor90Seconds_StartsTheOtherAndWatchesTheFirst()
    {
        var script = new Script().On(Query, 1, Silence).Play(105);

        script.Run(1).Phase.ShouldBe(RunPhase.Replaced);
        script.Run(2).Phase.ShouldBe(RunPhase.Recording);
        script.SecondsOf(Stop, 1).ShouldBeEmpty();
    }

    [Fact]
    [Trait("Rule", "S3")]
    public void S3_OnlySilenceFor90Seconds_IsToldAsUnprovenUntilARecorderIsProven()
    {
        var script = new Script().On(Query, 1, Silence).Play(89);
        script.Recording.Reason!.Code.ShouldBe("agora_unavailable");

        script.Play(97);
        script.Run(2).Phase.ShouldBe(RunPhase.Proving);
        script.Recording.Reason!.Code.ShouldBe("unproven");
        script.Recording.Reason.Message.ShouldBe("No query proved the recorder within 90 s: Agora said ServerError.");

        script.Play(101);
        script.Run(2).Phase.ShouldBe(RunPhase.Recording);
        script.Recording.Reason.ShouldBeNull();
    }

    [Fact]
    [Trait("Rule", "S3")]
    public void S3_NotFoundOnceThenOnlySilence_IsStillReplacedAfter90Seconds()
    {
        var script = new Script().On(Query, 1, NotFound, Silence).Play(120);

        script.Run(1).Phase.ShouldBe(RunPhase.Replaced);
        script.Recording.Runs.Count.ShouldBe(2);
    }

    [Fact]
    [Trait("Rule", "S3")]
    public void S3_SilenceOfAllQueries_NeverPilesUpRecorders()
    {
        var script = new Script();
        for (var generation = 1; generation < 99; generation++)
        {
            script.On(Query, generation, Silence);
        }

        script.Play(3 * 3600);

        script.Recording.Runs.Count(run => run.MayBeInChannel).ShouldBeLessThanOrEqualTo(2);
    }

    [Fact]
    [Trait("Rule", "S3")]
    public void S3_SilentRecorderThatAnswersAgain_LeavesOneRecorder()
    {
        var script = new Script().On(Query, 1, Silence).Play(150).On(Query, 1, Answer.Ok).Play(400);

        script.Recording.Runs.Count(run => run.Phase == RunPhase.Recording).ShouldBe(1);
        script.Recording.Runs.Count(run => run.MayBeInChannel).ShouldBe(1);
    }

    [Fact]
    [Trait("Rule", "S5")]
    public void S5_ProvenRecorder_IsQueriedEvery120Seconds()
    {
        var script = new Script().Play(370);

        script.SecondsOf(Query, 1).ShouldBe([5, 125, 245, 365]);
    }

    [Fact]
    [Trait("Rule", "S8")]
    public void S8_ShortIdleTime_TightensTheCadence()
    {
        var script = new Script(maxIdleTime: TimeSpan.FromSeconds(30)).Play(60);

        script.SecondsOf(Query, 1).ShouldBe([5, 29, 53]);
    }

    [Fact]
    [Trait("Rule", "S5")]
    public void S5_NotFound_IsRecheckedAfter5_10_15SecondsThenReplaced()
    {
        var script = new Script().On(Query, 1, Answer.Ok, NotFound).Play(156);

        script.SecondsOf(Query, 1).ShouldBe([5, 125, 130, 140, 155]);
        script.SecondsOf(Start, 2).ShouldBe([155]);
        script.Run(1).Phase.ShouldBe(RunPhase.Replaced);
        script.States.ShouldBe(["starting", "recording", "recovering"]);
    }

    [Fact]
    [Trait("Rule", "S5")]
    public void S5_ReplacedRecorder_IsWatchedUntil90SecondsAreOver()
    {
        var script = new Script().On(Query, 1, Answer.Ok, NotFound).Play(230);

        script.SecondsOf(Query, 1).Last().ShouldBe(215);
        script.Run(1).End.ShouldBe(RunEnd.Lost);
        script.Run(1).EndedAt.ShouldBe(Script.Noon.AddSeconds(125));
    }

    [Fact]
    [Trait("Rule", "S5")]
    public void S5_ReplacedRecorderThatComesBackFirst_GoesOnAndTheOtherIsCalledOff()
    {
        var script = new Script()
            .On(Query, 1, Answer.Ok, NotFound, NotFound, NotFound, NotFound, Answer.Ok)
            .On(Query, 2, Answer.Has(2))
            .Play(175);

        script.Run(1).Phase.ShouldBe(RunPhase.Recording);
        script.Run(2).End.ShouldBe(RunEnd.Surplus);
        script.SecondsOf(Stop, 2).ShouldBe([170]);
    }

    [Fact]
    [Trait("Rule", "S5")]
    public void S5_ReplacedRecorderThatComesBackAfterItsReplacementIsProven_IsStoppedAsSurplus()
    {
        var script = new Script().On(Query, 1, Answer.Ok, NotFound, NotFound, NotFound, NotFound, NotFound, Answer.Ok).Play(200);

        script.Run(1).End.ShouldBe(RunEnd.Surplus);
        script.SecondsOf(Stop, 1).ShouldBe([185]);
        script.Run(2).Phase.ShouldBe(RunPhase.Recording);
    }

    [Fact]
    [Trait("Rule", "S5")]
    public void S5_NotFoundBeforeConfirmation_IsReplacedToo()
    {
        var script = new Script().On(Query, 1, NotFound).Play(45);

        script.SecondsOf(Query, 1).Take(4).ShouldBe([5, 10, 20, 35]);
        script.SecondsOf(Start, 2).ShouldBe([35]);
    }

    [Fact]
    [Trait("Rule", "S5")]
    public void S5_RecordersThatDieBeforeAnyQueryProvesThem_AreReplacedAfter0_5_15_30_60_60Seconds()
    {
        var script = new Script();
        for (var generation = 1; generation <= 7; generation++)
        {
            // The files prove that it recorded, yet a recorder that dies within seconds must not be replaced every few seconds.
            script.On(Query, generation, Answer.Has(8, files: true));
        }

        script.Play(300);

        int[] diedAt = [5, 10, 20, 40, 75, 140];
        Enumerable
            .Range(2, 6)
            .Select(generation => script.SecondsOf(Start, generation).Single())
            .ShouldBe(diedAt.Zip([0, 5, 15, 30, 60, 60], (died, wait) => (double)(died + wait)));
    }

    [Fact]
    [Trait("Rule", "S5")]
    public void S5_50x_NeverDecides()
    {
        var script = new Script().On(Query, 1, Answer.Ok, Silence).Play(3 * 3600);

        script.Recording.State.ShouldBe(RecordingState.Recording);
        script.Recording.Reason!.Code.ShouldBe("agora_unavailable");
        script.Recording.Runs.Count.ShouldBe(1);
        script.SecondsOf(Query, 1).Skip(1).Take(6).ShouldBe([125, 130, 140, 155, 185, 215]);
    }

    [Fact]
    [Trait("Rule", "S5")]
    public void S5_50x_KeepsItsReasonWhileTheNextQueryIsOnItsWay()
    {
        var script = new Script().On(Query, 1, Answer.Ok, Silence, Answer.Withheld).Play(131);

        script.InFlight.ShouldNotBeEmpty();
        script.Recording.Reason!.Code.ShouldBe("agora_unavailable");
    }

    [Fact]
    [Trait("Rule", "S5")]
    public void S5_40xThreeInARow_AlertsAndKeepsTheState()
    {
        var script = new Script().On(Query, 1, Answer.Ok, Answer.Of(InvalidRequest)).Play(600);

        script.Recording.State.ShouldBe(RecordingState.Recording);
        script.Recording.Reason!.Code.ShouldBe("project_misconfigured");
        script.Notes.Count(note => note.Kind == NoteKind.Alert).ShouldBeGreaterThan(0);
        script.Recording.Runs.Count.ShouldBe(1);
    }

    [Fact]
    [Trait("Rule", "S5")]
    public void S5_40xOnceAfter50x_DoesNotConvict()
    {
        var script = new Script().On(Query, 1, Answer.Ok, Silence, Silence, Answer.Of(InvalidRequest), Answer.Ok).Play(160);

        script.Notes.ShouldNotContain(note => note.Kind == NoteKind.Alert);
    }

    [Fact]
    [Trait("Rule", "S5")]
    public void S5_40xOnceWhileStarting_DoesNotConvict()
    {
        var script = new Script().On(Query, 1, Answer.Has(1), Answer.Has(2), Answer.Of(InvalidRequest), Answer.Ok).Play(60);

        script.Notes.ShouldNotContain(note => note.Kind == NoteKind.Alert);
    }

    [Fact]
    [Trait("Rule", "S5")]
    public void S5_Status20_ReplacesAtOnce()
    {
        var script = new Script().On(Query, 1, Answer.Ok, Answer.Has(20)).Play(126);

        script.SecondsOf(Start, 2).ShouldBe([125]);
        script.Run(1).End.ShouldBe(RunEnd.Died);
    }

    [Fact]
    [Trait("Rule", "S5")]
    public void S5_ProvenRecorderThatStartsAgain_IsGiven90Seconds()
    {
        var script = new Script().On(Query, 1, Answer.Ok, Answer.Has(2)).Play(220);

        script.SecondsOf(Stop, 1).ShouldBe([215]);
        script.SecondsOf(Start, 2).ShouldBe([215]);
    }

    [Fact]
    [Trait("Rule", "S5")]
    public void S5_QueryWhoseHolderVanished_IsMadeAgain()
    {
        var script = new Script().On(Query, 1, Answer.Ok, Answer.Withheld, Answer.Ok).Play(130).LoseHolder();

        script.SecondsOf(Query, 1).ShouldBe([5, 125, 130]);
        script.Recording.State.ShouldBe(RecordingState.Recording);
    }
}
