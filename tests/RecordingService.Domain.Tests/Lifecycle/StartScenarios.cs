using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;
using static RecordingService.Domain.AgoraFailureKind;
using static RecordingService.Domain.Recordings.RunOperation;

namespace RecordingService.Domain.Tests.Lifecycle;

/// <summary>Rules S1, S2 and S4: from the plan to a sid.</summary>
public sealed class StartScenarios
{
    [Fact]
    [Trait("Rule", "S2")]
    public void S2_Start_AnsweredWithSid_IsQueriedAfter5SecondsAndConfirmed()
    {
        var script = new Script().Play(5);

        script.Trace.ShouldBe("0 Acquire#1 0 Start#1 5 Query#1");
        script.States.ShouldBe(["starting", "recording"]);
        script.Recording.ConfirmedAt.ShouldBe(Script.Noon.AddSeconds(5));
    }

    [Fact]
    [Trait("Rule", "S1")]
    public void S1_Acquire_NotSent_IsRepeatedAfter1_3_6Seconds()
    {
        var script = new Script().On(Acquire, 1, Answer.Of(NotSent), Answer.Of(NotSent), Answer.Of(NotSent), Answer.Ok).Play(14);

        script.Trace.ShouldBe("0 Acquire#1 1 Acquire#1 4 Acquire#1 10 Acquire#1 10 Start#1");
    }

    [Fact]
    [Trait("Rule", "S1")]
    public void S1_Start_NotSent_KeepsTheResourceAndNeverCountsAsSent()
    {
        var script = new Script().On(Start, 1, Answer.Of(NotSent), Answer.Of(NotSent), Answer.Ok).Play(5);

        script.Trace.ShouldBe("0 Acquire#1 0 Start#1 1 Start#1 4 Start#1");
        script.Run(1).MayRun.ShouldBeFalse();
    }

    [Theory]
    [Trait("Rule", "S2")]
    [InlineData(ServerError)]
    [InlineData(Unanswered)]
    [InlineData(NotCompleted)]
    public void S2_Start_AnsweredWith50x_IsRepeatedAfter3_6_9SecondsThenOtherGeneration(AgoraFailureKind failure)
    {
        var script = new Script().On(Start, 1, Answer.Of(failure)).Play(22);

        script.Trace.ShouldBe("0 Acquire#1 0 Start#1 3 Start#1 9 Start#1 18 Start#1 18 Acquire#2 18 Start#2");
        script.Run(1).Phase.ShouldBe(RunPhase.Orphaned);
        script.Run(1).MayBeInChannel.ShouldBeTrue();
        script.Run(2).Phase.ShouldBe(RunPhase.Proving);
    }

    [Fact]
    [Trait("Rule", "S2")]
    public void S2_Start_NeverAnswered_AlternatesUntilTheMaximumDurationAndFailsInPlainWords()
    {
        var script = new Script(maxDuration: TimeSpan.FromMinutes(10));
        for (var generation = 1; generation <= 60; generation++)
        {
            script.On(Start, generation, Answer.Of(ServerError));
        }

        script.PlayToTheEnd();

        script.Recording.State.ShouldBe(RecordingState.Failed);
        script.Recording.Reason!.Code.ShouldBe("orphan_possible");
        script.Recording.Runs.Count.ShouldBeInRange(6, 12);
        script.Recording.EndedAt.ShouldBe(Script.Noon.AddMinutes(10));
    }

    [Fact]
    [Trait("Rule", "S2")]
    public void S2_201_7_IsWaitedFor30SecondsThenReplacedAndStoppedWhenItsSidAppears()
    {
        var script = new Script().On(Start, 1, Answer.Of(AlreadyStarted)).Play(29);
        script.Run(1).Phase.ShouldBe(RunPhase.SidUnknown);

        script.Play(60);
        script.Run(1).Phase.ShouldBe(RunPhase.Orphaned);
        script.Run(2).Phase.ShouldBe(RunPhase.Recording);

        script.AnswerLate(Start, 1, 2, Answer.Ok);
        script.Run(1).Phase.ShouldBe(RunPhase.Uploading);
        script.SecondsOf(Stop, 1).ShouldBe([60]);
        script.Recording.State.ShouldBe(RecordingState.Recording);
    }

    [Fact]
    [Trait("Rule", "S2")]
    public void S2_201_7_WhoseSidAppearsInTime_IsAdopted()
    {
        var script = new Script().On(Start, 1, Answer.Of(AlreadyStarted)).Play(10).AnswerLate(Start, 1, 2, Answer.Ok).Play(60);

        script.Recording.Runs.Count.ShouldBe(1);
        script.Run(1).Phase.ShouldBe(RunPhase.Recording);
    }

    [Fact]
    [Trait("Rule", "S2")]
    public void S2_Start_Refused_FailsAtOnceWithTheReason()
    {
        var script = new Script().On(Start, 1, Answer.Of(InvalidRequest)).PlayToTheEnd();

        script.Trace.ShouldBe("0 Acquire#1 0 Start#1");
        script.Recording.State.ShouldBe(RecordingState.Failed);
        script.Recording.Reason!.Code.ShouldBe("request_refused");
    }

    [Fact]
    [Trait("Rule", "S4")]
    public void S4_Start_Conflict53_TakesTheOtherHalfOfTheUids()
    {
        var script = new Script().On(Start, 1, Answer.Of(Conflict)).Play(10);

        script.Trace.ShouldBe("0 Acquire#1 0 Start#1 0 Acquire#2 0 Start#2 5 Query#2");
        script.Run(1).End.ShouldBe(RunEnd.Conflict);
        script.Run(1).MayBeInChannel.ShouldBeFalse();
    }

    [Fact]
    [Trait("Rule", "S4")]
    public void S4_Start_ConflictForEver_TakesTheNextUidAfter0_5_15_30_60_60Seconds()
    {
        var script = new Script();
        for (var generation = 1; generation <= 9; generation++)
        {
            script.On(Start, generation, Answer.Of(Conflict));
        }

        script.Play(200);

        script.Recording.Runs.Count(run => run.Sid is null && run.Stamp > 0).ShouldBe(7);
        Enumerable.Range(1, 7).Select(generation => script.SecondsOf(Start, generation).Single()).ShouldBe([0, 0, 5, 20, 50, 110, 170]);
    }

    [Fact]
    [Trait("Rule", "S4")]
    public void S4_Start_Conflict53AfterAnUnansweredStart_ProvesAnOrphan()
    {
        var script = new Script().On(Start, 1, Answer.Of(ServerError), Answer.Of(Conflict)).Play(7);

        script.Run(1).Phase.ShouldBe(RunPhase.Orphaned);
        script.Run(1).MayBeInChannel.ShouldBeTrue();
        script.Run(2).Phase.ShouldBe(RunPhase.Proving);
    }

    [Fact]
    [Trait("Rule", "S2")]
    public void S2_Start_433_AcquiresAgainInTheSameGeneration()
    {
        var script = new Script().On(Start, 1, Answer.Of(ResourceExpired), Answer.Ok).Play(5);

        script.Trace.ShouldBe("0 Acquire#1 0 Start#1 0 Acquire#1 0 Start#1 5 Query#1");
        script.Recording.Runs.Count.ShouldBe(1);
        script.Run(1).RecorderUid.ShouldBe(1001u);
    }

    [Fact]
    [Trait("Rule", "S2")]
    public void S2_Start_433ForEver_IsNotAHotLoop()
    {
        var script = new Script().On(Start, 1, Answer.Of(ResourceExpired)).Play(3600);

        script.SecondsOf(Start, 1).Count().ShouldBeLessThan(150);
        script.SecondsOf(Start, 1).Take(5).ShouldBe([0, 0, 1, 4, 10]);
    }

    [Fact]
    [Trait("Rule", "S2")]
    public void S2_Start_MismatchedIds432_AlarmsAndTakesTheNextGeneration()
    {
        var script = new Script().On(Start, 1, Answer.Of(MismatchedIds)).Play(4);

        script.Notes.ShouldContain(note => note.Kind == NoteKind.Alert && note.Generation == 1);
        script.Run(2).Phase.ShouldBe(RunPhase.Proving);
    }

    [Fact]
    [Trait("Rule", "S2")]
    public void S2_StartPutOffBeyondTheLifeOfItsResource_IsAcquiredAgain()
    {
        var script = new Script().On(Start, 1, Answer.Of(Unauthorized)).Play(269).On(Start, 1, Answer.Ok).Play(300);

        script.SecondsOf(Acquire, 1).ShouldBe([0, 270]);
        script.Run(1).Sid.ShouldNotBeNull();
    }

    [Fact]
    [Trait("Rule", "S2")]
    public void S2_UnansweredStart_WhoseResourceExpires_IsGivenUp()
    {
        var script = new Script().On(Start, 1, Answer.Of(ServerError), Answer.Of(Unauthorized)).Play(300);

        script.Run(1).Phase.ShouldBe(RunPhase.Orphaned);
        script.Recording.Runs.Count.ShouldBe(2);
    }

    [Fact]
    [Trait("Rule", "S2")]
    public void S2_UnansweredStart_ThenRefused_FailsAndNamesThePossibleOrphan()
    {
        var script = new Script().On(Start, 1, Answer.Of(ServerError), Answer.Of(InvalidRequest)).PlayToTheEnd();

        script.Run(1).Phase.ShouldBe(RunPhase.Orphaned);
        script.Recording.State.ShouldBe(RecordingState.Failed);
        script.Recording.Reason!.Code.ShouldBe("orphan_possible");
    }

    [Theory]
    [Trait("Rule", "S2")]
    [InlineData(RateLimited)]
    [InlineData(QuotaExhausted)]
    public void S2_Throttled_BacksOffAndTellsCallersUntilTheNextAnswer(AgoraFailureKind failure)
    {
        var script = new Script().On(Acquire, 1, Answer.Of(failure), Answer.Of(failure, TimeSpan.FromSeconds(7)), Answer.Ok).Play(7);
        script.Recording.Reason!.Code.ShouldBe("throttled");

        script.Play(20);

        script.SecondsOf(Acquire, 1).ShouldBe([0, 1, 8]);
        script.Recording.Reason.ShouldBeNull();
    }

    [Fact]
    [Trait("Rule", "S2")]
    public void S2_Throttled_WithRetryAfterZero_StillBacksOff()
    {
        var script = new Script().On(Acquire, 1, Answer.Of(RateLimited, TimeSpan.Zero)).Play(60);

        script.SecondsOf(Acquire, 1).ShouldBe([0, 1, 3, 7, 15, 30, 60]);
    }

    [Theory]
    [Trait("Rule", "S2")]
    [InlineData(59, 59)]
    [InlineData(60, 60)]
    [InlineData(61, 60)]
    [InlineData(86_400, 60)]
    public void S2_Throttled_IsGrantedItsRetryAfterUpTo60Seconds(int asked, int granted)
    {
        var script = new Script().On(Acquire, 1, Answer.Of(RateLimited, TimeSpan.FromSeconds(asked)), Answer.Ok).Play(70);

        script.SecondsOf(Acquire, 1).ShouldBe([0, granted]);
    }

    [Fact]
    [Trait("Rule", "S2")]
    public void S2_Suspended_WaitsWithThatReasonAndProbesEvery30Seconds()
    {
        var script = new Script().On(Acquire, 1, Answer.Of(Unauthorized)).Play(95);

        script.SecondsOf(Acquire, 1).ShouldBe([0, 30, 60, 90]);
        script.Recording.State.ShouldBe(RecordingState.Starting);
        script.Recording.Reason!.Code.ShouldBe("project_suspended");
    }

    [Fact]
    [Trait("Rule", "S16")]
    public void S16_AcquireWhoseHolderVanished_IsMadeAgain()
    {
        var script = new Script().On(Acquire, 1, Answer.Withheld, Answer.Ok).Play(2).LoseHolder();

        script.Trace.ShouldBe("0 Acquire#1 2 Acquire#1 2 Start#1");
    }

    [Fact]
    [Trait("Rule", "S16")]
    public void S16_StartWhoseHolderVanished_IsRepeatedWithTheSameParameters()
    {
        var script = new Script().On(Start, 1, Answer.Withheld, Answer.Ok).Play(2).LoseHolder().Play(10);

        script.Trace.ShouldBe("0 Acquire#1 0 Start#1 5 Start#1 10 Query#1");
        script.Run(1).ResourceId.ShouldBe("resource-1.1");
    }

    [Fact]
    [Trait("Rule", "S16")]
    public void S16_StartAnsweredAfterItsHolderVanished_IsAdopted()
    {
        var script = new Script().On(Start, 1, Answer.Withheld).Play(2).LoseHolder();
        script.Run(1).MayRun.ShouldBeTrue();

        script.AnswerLate(Start, 1, 2, Answer.Ok).Play(60);

        script.Recording.Runs.Count.ShouldBe(1);
        script.Run(1).Phase.ShouldBe(RunPhase.Recording);
        script.SecondsOf(Start, 1).ShouldBe([0]);
    }

    [Fact]
    public void Start_PlannedAfterABudgetRefusal_IsMadeWhenTheWaitIsOver()
    {
        var script = new Script().On(Acquire, 1, Answer.Withheld, Answer.Ok).Play(0);
        script.InFlight.Clear();
        script.Feed(new CallDeferred(script.Now, 1, RunOperation.Acquire, TimeSpan.FromSeconds(2)));

        script.Play(2);

        script.Trace.ShouldBe("0 Acquire#1 2 Acquire#1 2 Start#1");
    }

    [Fact]
    public void Start_RefusedWhileAnOlderRecorderIsBack_DoesNotEndTheRecording()
    {
        var script = new Script()
            .On(
                Query,
                1,
                Answer.Ok,
                Answer.Of(RecorderNotFound),
                Answer.Of(RecorderNotFound),
                Answer.Of(RecorderNotFound),
                Answer.Of(RecorderNotFound),
                Answer.Ok
            )
            .On(Acquire, 2, Answer.Withheld)
            .Play(180);
        script.Run(1).Phase.ShouldBe(RunPhase.Recording);

        script.AnswerLate(Acquire, 2, 1, Answer.Of(InvalidRequest)).Play(200);

        script.Recording.State.ShouldBe(RecordingState.Recording);
        script.Recording.Stop.ShouldBeNull();
    }
}
