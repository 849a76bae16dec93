using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;
using RecordingService.Domain.RoomTypes;
using static RecordingService.Domain.AgoraFailureKind;
using static RecordingService.Domain.Recordings.RunOperation;

namespace RecordingService.Domain.Tests.Lifecycle;

/// <summary>Rules S8 and S11: idle exits, maximum duration and stop requests.</summary>
public sealed class EndScenarios
{
    private static readonly Answer NotFound = Answer.Of(RecorderNotFound);

    /// <summary>In the channel, nobody publishes.</summary>
    private static readonly Answer Ready = Answer.Has(4);

    [Fact]
    [Trait("Rule", "S11")]
    public void S11_Stop_StopsTheRecorderAndCompletesWithFiles()
    {
        var script = new Script().Play(600).RequestStop().PlayToTheEnd();

        script.States.ShouldBe(["starting", "recording", "stopping", "uploading", "completed"]);
        script.Recording.Stop!.Reason.ShouldBe(EndReason.Requested);
        script.Recording.Files.ShouldBe(FilesState.Complete);
        script.Recording.Reason.ShouldBeNull();
        script.Run(1).End.ShouldBe(RunEnd.Stopped);
    }

    [Fact]
    [Trait("Rule", "S11")]
    public void S11_StopRequest_IsToldToCallersWhileItIsUnderWay()
    {
        var script = new Script().On(Stop, 1, Answer.Of(ServerError)).Play(600).RequestStop();

        script.States.Last().ShouldBe("stopping");
    }

    [Fact]
    [Trait("Rule", "S11")]
    public void S11_StopTwice_EqualsOnce()
    {
        var script = new Script().Play(600).RequestStop().RequestStop().PlayToTheEnd();

        script.SecondsOf(Stop, 1).ShouldBe([600]);
        script.Recording.State.ShouldBe(RecordingState.Completed);
    }

    [Fact]
    [Trait("Rule", "S11")]
    public void S11_StopBeforeAnythingWasSent_AbortsWithoutACall()
    {
        var script = new Script().RequestStop();

        script.Trace.ShouldBeEmpty();
        script.States.Last().ShouldBe("aborted");
        script.Recording.DueAt.ShouldBeNull();
    }

    [Fact]
    [Trait("Rule", "S11")]
    public void S11_StopWhileStarting_WaitsForTheAnswerAndStopsTheRecorder()
    {
        var script = new Script().On(Start, 1, Answer.Withheld).Play(2).RequestStop();
        script.Recording.State.ShouldBe(RecordingState.Stopping);

        script.AnswerLate(Start, 1, 2, Answer.Ok);

        script.Trace.ShouldBe("0 Acquire#1 0 Start#1 2 Stop#1");
    }

    [Fact]
    [Trait("Rule", "S11")]
    public void S11_StopWhileAStartStaysUnanswered_EndsAndNamesThePossibleOrphan()
    {
        var script = new Script().On(Start, 1, Answer.Of(Unanswered)).Play(2).RequestStop();

        script.Recording.State.ShouldBe(RecordingState.Aborted);
        script.Recording.Reason!.Code.ShouldBe("orphan_possible");
        script.SecondsOf(Start, 1).ShouldBe([0]);
    }

    [Fact]
    [Trait("Rule", "S11")]
    public void S11_OrphanWhoseSidAppearsAfterTheEnd_IsStopped()
    {
        var script = new Script().On(Start, 1, Answer.Of(Unanswered)).Play(2).RequestStop().AnswerLate(Start, 1, 2, Answer.Ok);

        script.SecondsOf(Stop, 1).ShouldBe([2]);
        script.PlayToTheEnd();
        script.States.ShouldBe(["starting", "aborted"]);
        script.Recording.State.ShouldBe(RecordingState.Aborted);
        script.Recording.Files.ShouldBe(FilesState.NotVerified);
        script.Run(1).Playlist.ShouldNotBeNull();
    }

    [Fact]
    [Trait("Rule", "S11")]
    public void S11_OrphanWhoseSidAppearsAfterTheMaximumDuration_StaysFailed()
    {
        var script = new Script(maxDuration: TimeSpan.FromMinutes(1)).On(Start, 1, Answer.Of(Unanswered)).On(Acquire, 2, Answer.Withheld);
        script.Play(61).AnswerLate(Acquire, 2, 1, Answer.Ok);
        script.Recording.State.ShouldBe(RecordingState.Failed);

        script.AnswerLate(Start, 1, 2, Answer.Ok).PlayToTheEnd();

        script.States.Last().ShouldBe("failed");
        script.Recording.State.ShouldBe(RecordingState.Failed);
        script.Run(1).Phase.ShouldBe(RunPhase.Closed);
    }

    [Fact]
    [Trait("Rule", "S11")]
    public void S11_OrphanWhoseSidAppearsAfterCompletion_LeavesTheFinalStateAlone()
    {
        var script = new Script().On(Start, 1, Answer.Of(Unanswered)).Play(600).RequestStop().PlayToTheEnd();
        script.Recording.State.ShouldBe(RecordingState.Completed);

        script.AnswerLate(Start, 1, 2, Answer.Ok).PlayToTheEnd();

        script.SecondsOf(Stop, 1).ShouldNotBeEmpty();
        script.States.Count(state => state == "completed").ShouldBe(1);
        script.Run(1).Phase.ShouldBe(RunPhase.Closed);
    }

    [Fact]
    [Trait("Rule", "S11")]
    public void S11_StopDuringDoubt_StopsWithoutAReplacement()
    {
        var script = new Script().On(Query, 1, Answer.Ok, NotFound).On(Stop, 1, NotFound).Play(131).RequestStop().PlayToTheEnd();

        script.Recording.Runs.Count.ShouldBe(1);
        script.SecondsOf(Stop, 1).ShouldBe([131, 136, 146, 161]);
        script.Recording.State.ShouldBe(RecordingState.Completed);
    }

    /// <summary>What happens in between neither restarts the count of a recorder that is not found at its stop nor ends it early.</summary>
    [Theory]
    [Trait("Rule", "S11")]
    [InlineData("nothing")]
    [InlineData("notices")]
    [InlineData("signals")]
    [InlineData("budget")]
    [InlineData("silence")]
    [InlineData("layouts")]
    public void S11_StopNotFound_IsRecheckedThreeTimesWhateverComesBetween(string between)
    {
        var script = new Script().Play(60);
        script.On(
            Stop,
            1,
            between == "silence" ? [NotFound, Answer.Of(Unanswered), NotFound, Answer.Of(ServerError), NotFound] : [NotFound]
        );
        script.RequestStop();
        for (var second = 61; script.Run(1).Phase == RunPhase.Stopping && second < 1000; second++)
        {
            script.Play(second);
            switch (between)
            {
                case "notices":
                    script.Tell(1, (sid, at) => new RecorderMoved(sid, second, at, 4711));
                    script.Tell(1, (sid, at) => new RecorderLeft(sid, 1000 + second, at, LeaveCause.Failed, "leaveCode 2"));
                    script.Tell(1, (sid, at) => new StatusChanged(sid, 2000 + second, at, 5));
                    break;
                case "signals":
                    script.RequestStop();
                    break;
                case "layouts":
                    script.WishLayout(new());
                    break;
                case "budget" when second % 4 == 0:
                    script.Feed(new CallDeferred(script.Now, 1, Stop, TimeSpan.FromSeconds(2)));
                    break;
            }
        }

        var notFound = script.Notes.Count(note =>
            note.Message.Contains("does not find the recorder") || note.Message.Contains("stayed without")
        );
        notFound.ShouldBe(4, "one answer and three re-checks");
        script.Run(1).End.ShouldBe(RunEnd.Lost);
        script.PlayToTheEnd().Recording.State.ShouldBe(RecordingState.Completed);
    }

    /// <summary>An answer that was not committed was never given: each take-over in the middle of a stop costs one more, and keeps the count.</summary>
    [Fact]
    [Trait("Rule", "S11")]
    [Trait("Rule", "S16")]
    public void S11_StopNotFoundWhoseHolderVanishes_IsAskedOnceMoreForEachAnswerThatWasLost()
    {
        var script = new Script().Play(60);
        script.On(Stop, 1, NotFound, Answer.Withheld, Answer.Withheld, NotFound, Answer.Withheld, NotFound);
        script.RequestStop().Play(65).LoseHolder().LoseHolder().Play(75).LoseHolder().Play(600);

        script.SecondsOf(Stop, 1).ShouldBe([60, 65, 65, 65, 75, 75, 90]);
        script.Run(1).Phase.ShouldBe(RunPhase.Closed);
    }

    [Fact]
    [Trait("Rule", "S11")]
    public void S11_StopAfterAReplacement_StopsBothRecorders()
    {
        var script = new Script().On(Query, 1, Answer.Ok, NotFound).Play(165).RequestStop();

        script.SecondsOf(Stop, 1).ShouldBe([165]);
        script.SecondsOf(Stop, 2).ShouldBe([165]);
        script.PlayToTheEnd().Recording.State.ShouldBe(RecordingState.Completed);
    }

    [Fact]
    [Trait("Rule", "S11")]
    public void S11_StopThatNobodyAnswers_EndsWhenAgoraLetsNobodyControlTheRecorderAnyMore()
    {
        var script = new Script(maxDuration: TimeSpan.FromHours(1)).On(Stop, 1, Answer.Of(ServerError)).Play(600).RequestStop();
        script.PlayToTheEnd();

        script.Recording.State.ShouldBe(RecordingState.Completed);
        script.Recording.EndedAt!.Value.ShouldBe(Script.Noon.AddHours(26), TimeSpan.FromMinutes(2));
    }

    [Fact]
    [Trait("Rule", "S11")]
    public void S11_StopWhoseHolderVanished_IsMadeAgain()
    {
        var script = new Script().On(Stop, 1, Answer.Withheld, Answer.Ok).Play(60).RequestStop().Play(70).LoseHolder();

        script.SecondsOf(Stop, 1).ShouldBe([60, 70]);
        script.Run(1).Phase.ShouldBe(RunPhase.Uploading);
    }

    [Fact]
    [Trait("Rule", "S11")]
    public void S11_UnprovenRecorderWhoseStopNamesFiles_IsNotCalledAborted()
    {
        var script = new Script().On(Query, 1, Answer.Of(ServerError)).Play(60).RequestStop().PlayToTheEnd();

        script.Recording.Files.ShouldBe(FilesState.Complete);
        script.Recording.State.ShouldBe(RecordingState.Completed);
    }

    [Theory]
    [Trait("Rule", "S11")]
    [InlineData(false, FilesVerdict.Complete, "completed")]
    [InlineData(false, FilesVerdict.Missing, "aborted")]
    [InlineData(false, FilesVerdict.NotVerifiable, "aborted")]
    [InlineData(true, FilesVerdict.Complete, "completed")]
    [InlineData(true, FilesVerdict.Missing, "failed")]
    [InlineData(true, FilesVerdict.NotVerifiable, "failed")]
    public void S11_UnprovenRecorder_IsUploadingUntilItsFilesTellHowItEnded(bool byDuration, FilesVerdict found, string expected)
    {
        var script = new Script(maxDuration: TimeSpan.FromMinutes(1))
            .On(Query, 1, Answer.Has(2))
            .On(Stop, 1, Answer.OkWithoutFiles)
            .On(InspectFiles, 1, Answer.Bucket(found))
            .Play(30);
        if (!byDuration)
        {
            script.RequestStop();
        }

        script.PlayToTheEnd();

        script.Recording.ConfirmedAt.ShouldBeNull();
        script.States.Last().ShouldBe(expected);
        script.States.SkipLast(1).Last().ShouldBe("uploading");
    }

    [Fact]
    [Trait("Rule", "S11")]
    public void S11_MaximumDuration_StopsAndCompletes()
    {
        var script = new Script(maxDuration: TimeSpan.FromMinutes(30)).PlayToTheEnd();

        script.SecondsOf(Stop, 1).ShouldBe([1800]);
        script.Recording.Stop.ShouldBe(new StopOrder(EndReason.MaxDuration, Script.Noon.AddMinutes(30)));
        script.Recording.State.ShouldBe(RecordingState.Completed);
    }

    [Fact]
    [Trait("Rule", "S11")]
    public void S11_MaximumDurationBeforeAnyProof_FailsInPlainWords()
    {
        var script = new Script(maxDuration: TimeSpan.FromMinutes(1))
            .On(Query, 1, Answer.Has(2))
            .On(Stop, 1, Answer.Of(NothingRecorded))
            .PlayToTheEnd();

        script.Recording.State.ShouldBe(RecordingState.Failed);
        script.Recording.Reason.ShouldNotBeNull();
    }

    [Fact]
    [Trait("Rule", "S8")]
    public void S8_NobodyEverPublished_CompletesAsIdle()
    {
        var script = new Script()
            .On(Query, 1, Ready, Ready, NotFound)
            .On(InspectFiles, 1, Answer.Bucket(FilesVerdict.Missing))
            .PlayToTheEnd();

        script.Recording.State.ShouldBe(RecordingState.Completed);
        script.Recording.Stop.ShouldBe(new StopOrder(EndReason.Idle, Script.Noon.AddSeconds(245)));
        script.Recording.EndedAt.ShouldBe(Script.Noon.AddSeconds(245));
        script.Recording.Reason!.Code.ShouldBe("idle");
        script.Recording.Files.ShouldBe(FilesState.Empty);
        script.Recording.Runs.Count.ShouldBe(1);
    }

    [Fact]
    [Trait("Rule", "S8")]
    public void S8_ReplacementThatFindsNoPublisher_CompletesAsIdleDatedToTheFirstExit()
    {
        var script = new Script()
            .On(Query, 1, Answer.Ok, Answer.Ok, NotFound)
            .On(Query, 2, Ready, Ready, Ready, NotFound)
            .On(InspectFiles, 2, Answer.Bucket(FilesVerdict.Missing))
            .PlayToTheEnd();

        script.Recording.Runs.Count.ShouldBe(2);
        script.Recording.Stop.ShouldBe(new StopOrder(EndReason.Idle, Script.Noon.AddSeconds(245)));
        script.Recording.State.ShouldBe(RecordingState.Completed);
        script.Recording.Files.ShouldBe(FilesState.Complete);
    }

    [Fact]
    [Trait("Rule", "S8")]
    public void S8_ResumePolicy_TriesAgainAfter1_2_4Minutes()
    {
        var script = new Script(IdleExit.Resume);
        for (var generation = 1; generation <= 4; generation++)
        {
            script.On(Query, generation, Ready, Ready, Answer.Has(8)).On(InspectFiles, generation, Answer.Bucket(FilesVerdict.Missing));
        }

        script.Play(3600);

        var idleAt = new[] { 245, 245 + 60 + 245, 245 + 60 + 245 + 120 + 245 };
        script.SecondsOf(Start, 2).ShouldBe([idleAt[0] + 60]);
        script.SecondsOf(Start, 3).ShouldBe([idleAt[1] + 120]);
        script.SecondsOf(Start, 4).ShouldBe([idleAt[2] + 240]);
        script.Recording.Stop.ShouldBeNull();
    }

    [Fact]
    [Trait("Rule", "S8")]
    public void S8_RecorderThatEndedWithFiles_IsNeverCalledIdle()
    {
        var script = new Script()
            .On(
                Query,
                1,
                Ready,
                Answer.Of(ServerError),
                Answer.Of(ServerError),
                Answer.Of(ServerError),
                Answer.Of(ServerError),
                Answer.Of(ServerError),
                Answer.Of(ServerError),
                Answer.Of(ServerError),
                Answer.Has(7, files: true)
            )
            .Play(300);

        script.Run(1).End.ShouldBe(RunEnd.Died);
        script.Run(1).SawMedia.ShouldBeTrue();
    }

    [Fact]
    public void Failure_OfAReplacement_KeepsItsReasonWhateverTheStopsAnswer()
    {
        var script = new Script()
            .On(Query, 1, Answer.Has(2))
            .On(Stop, 1, Answer.Of(ServerError), Answer.Of(ServerError), Answer.Of(ServerError), Answer.Ok)
            .On(Acquire, 2, Answer.Of(InvalidRequest))
            .PlayToTheEnd();

        script.Recording.State.ShouldBe(RecordingState.Failed);
        script.Recording.Reason!.Code.ShouldBe("request_refused");
    }

    [Fact]
    public void Failure_OfReplacements_WaitsForTheVerdictOnTheRecorderThatMayComeBack()
    {
        var script = new Script().On(Query, 1, Answer.Ok, NotFound);
        for (var generation = 2; generation < 9; generation++)
        {
            script.On(Acquire, generation, Answer.Of(InvalidRequest));
        }

        script.Play(210).Recording.Stop.ShouldBeNull();
        script.PlayToTheEnd();

        script.Recording.State.ShouldBe(RecordingState.Failed);
        script.Recording.Reason!.Code.ShouldBe("request_refused");
        script.Recording.EndedAt!.Value.ShouldBeLessThan(Script.Noon.AddSeconds(300));
    }

    [Fact]
    [Trait("Rule", "S8")]
    public void S8_RecorderThatCarriedOnAndIdlesOut_CompletesWithoutAnotherRecorder()
    {
        var script = new Script()
            .On(Query, 1, Ready, NotFound, NotFound, NotFound, NotFound, Ready, Answer.Has(8))
            .On(Query, 2, Answer.Has(2))
            .On(InspectFiles, 1, Answer.Bucket(FilesVerdict.Missing))
            .On(Stop, 2, Answer.Of(NothingRecorded))
            .PlayToTheEnd();

        script.Run(2).End.ShouldBe(RunEnd.Surplus);
        script.Recording.Runs.Count.ShouldBe(2);
        script.Recording.Stop!.Reason.ShouldBe(EndReason.Idle);
    }
}
