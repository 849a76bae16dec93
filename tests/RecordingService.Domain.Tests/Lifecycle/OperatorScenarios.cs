using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;
using static RecordingService.Domain.AgoraFailureKind;
using static RecordingService.Domain.Lifecycle.OperatorAction;
using static RecordingService.Domain.Recordings.RunOperation;

namespace RecordingService.Domain.Tests.Lifecycle;

/// <summary>What the actions of operators lead to, in every phase that a recorder can be in.</summary>
public sealed class OperatorScenarios
{
    private static readonly Answer NotFound = Answer.Of(RecorderNotFound);
    private static readonly Answer Incomplete = Answer.Bucket(FilesVerdict.Incomplete);

    public static TheoryData<RunPhase> Phases => [.. Enum.GetValues<RunPhase>()];

    /// <summary>A recording whose first recorder is in that phase, with nothing due at the moment.</summary>
    internal static Script In(RunPhase phase, bool canFindSid = true)
    {
        var script = new Script { CanFindSid = canFindSid }.On(FindSid, 1, Answer.OkWithoutFiles);
        script = phase switch
        {
            RunPhase.Planned => script.On(Acquire, 1, Answer.Of(Unauthorized)).Play(1),
            RunPhase.Acquired => script.On(Start, 1, Answer.Of(Unauthorized)).Play(1),
            RunPhase.OutcomeUnknown => script.On(Start, 1, Answer.Of(Unanswered)).Play(1),
            RunPhase.SidUnknown => script.On(Start, 1, Answer.Of(AlreadyStarted)).Play(1),
            RunPhase.Proving => script.On(Query, 1, Answer.Has(2)).Play(2),
            RunPhase.Recording => script.Play(60),
            RunPhase.Doubtful => script.On(Query, 1, Answer.Ok, NotFound).Play(126),
            RunPhase.Replaced => script.On(Query, 1, Answer.Ok, NotFound).Play(157),
            RunPhase.Stopping => script.On(Stop, 1, Answer.Of(ServerError)).Play(60).RequestStop().Play(61),
            RunPhase.Uploading => script.On(InspectFiles, 1, Incomplete).Play(60).RequestStop().Play(600),
            RunPhase.Orphaned => script.On(Start, 1, Answer.Of(Unanswered)).Play(20),
            RunPhase.Closed => script.Play(60).RequestStop().PlayToTheEnd(),
        };
        script.Run(1).Phase.ShouldBe(phase);
        script.InFlight.ShouldBeEmpty();
        return script;
    }

    [Theory]
    [InlineData(RunPhase.Planned, Acquire)]
    [InlineData(RunPhase.Acquired, Start)]
    [InlineData(RunPhase.OutcomeUnknown, Start)]
    [InlineData(RunPhase.SidUnknown, FindSid)]
    [InlineData(RunPhase.Proving, Query)]
    [InlineData(RunPhase.Recording, Query)]
    [InlineData(RunPhase.Doubtful, Query)]
    [InlineData(RunPhase.Replaced, Query)]
    [InlineData(RunPhase.Stopping, Stop)]
    [InlineData(RunPhase.Uploading, InspectFiles)]
    [InlineData(RunPhase.Orphaned, FindSid)]
    public void Recheck_DoesNowWhatIsDueNext(RunPhase phase, RunOperation operation)
    {
        var script = In(phase);
        var before = script.Calls.Count;

        script.Act(Recheck);

        script.Calls.Skip(before).Where(call => call.Generation == 1).ShouldBe([(script.Seconds, operation, 1)]);
        script.Run(1).Phase.ShouldBe(phase);
    }

    [Fact]
    public void Recheck_IsOpenUntilAgoraAnswers_HoweverLongItIsPutOff()
    {
        var script = In(RunPhase.Recording).On(Query, 1, Answer.Withheld, Answer.Ok).Act(Recheck);
        Open().ShouldBe((true, null), "asked, and not answered");

        script.InFlight.Clear();
        script.Feed(new CallDeferred(script.Now, 1, Query, TimeSpan.FromSeconds(2)));
        Open().ShouldBe((true, null), "put off");

        script.Play(61);
        Open().ShouldBe((true, null), "its turn has not come");

        script.Play(62);
        Open().ShouldBe((false, script.Now));

        (bool, DateTimeOffset?) Open() => (script.Run(1).RecheckIsOpen, script.Run(1).RecheckedAt);
    }

    [Fact]
    public void Recheck_IsNotAnsweredByAChange()
    {
        var script = In(RunPhase.Recording).On(Query, 1, Answer.Withheld, Answer.Ok).Act(Recheck);
        script.InFlight.Clear();
        script.Feed(new CallDeferred(script.Now, 1, Query, TimeSpan.FromSeconds(2)));

        script.WishLayout(new());

        script.Calls.ShouldContain(call => call.Operation == UpdateLayout);
        script.Run(1).RecheckedAt.ShouldBeNull();
    }

    [Theory]
    [MemberData(nameof(Phases))]
    public void Action_IsAlwaysToldInTheTimeline(RunPhase phase)
    {
        foreach (var action in Enum.GetValues<OperatorAction>())
        {
            var script = In(phase);
            var before = script.Notes.Count;

            script.Act(action);

            script.Notes.Skip(before).ShouldNotBeEmpty($"{action} in {phase}");
        }
    }

    [Fact]
    public void Recheck_OfARunningRecorder_LeavesItsCadence()
    {
        var script = In(RunPhase.Recording).Act(Recheck).Play(200);

        script.SecondsOf(Query, 1).ShouldBe([5, 60, 180]);
    }

    [Fact]
    public void Recheck_WhileACallIsInFlight_MakesNoSecondOne()
    {
        var script = new Script().On(Query, 1, Answer.Withheld).Play(6).Act(Recheck);

        script.SecondsOf(Query, 1).ShouldBe([5]);
        script.Run(1).InFlight.ShouldBe(Query);
        script.Run(1).DueAt.ShouldBeNull();
    }

    [Theory]
    [InlineData(RunPhase.SidUnknown)]
    [InlineData(RunPhase.Orphaned)]
    public void Recheck_WithNeitherSidNorBucket_TellsSoAndCutsNoPatienceShort(RunPhase phase)
    {
        var script = In(phase, canFindSid: false);
        var before = script.Run(1);

        script.Act(Recheck);

        script.Run(1).ShouldBe(before with { RecheckedAt = script.Now });
        script.Notes.ShouldContain(note => note.Message.StartsWith("Nobody can be asked about this recorder"));
    }

    [Fact]
    public void Recheck_OfAnOrphanNobodySearchesForAnyMore_SearchesAndStopsIt()
    {
        var script = In(RunPhase.OutcomeUnknown).RequestStop().PlayToTheEnd();
        script.Recording.State.ShouldBe(RecordingState.Aborted);
        script.Run(1).Phase.ShouldBe(RunPhase.Orphaned);

        script.On(FindSid, 1, Answer.Ok).Act(Recheck);

        script.Calls[^1].ShouldBe((script.Seconds, Stop, 1));
        script.PlayToTheEnd().Recording.State.ShouldBe(RecordingState.Aborted);
    }

    [Theory]
    [InlineData(RunPhase.OutcomeUnknown)]
    [InlineData(RunPhase.Doubtful)]
    [InlineData(RunPhase.Uploading)]
    public void Recheck_ManyTimes_ReachesNoVerdictEarlier(RunPhase phase)
    {
        var script = In(phase);
        var before = script.Calls.Count;

        for (var times = 0; times < 20; times++)
        {
            script.Act(Recheck);
        }

        script.Run(1).Phase.ShouldBe(phase);
        script.Calls.Count.ShouldBe(before + 20);
        script.Recording.Runs.Count.ShouldBe(1);
    }

    [Fact]
    public void Recheck_ManyTimesOfARecorderNotFoundAtItsStop_ReachesNoVerdictEarlier()
    {
        var script = new Script().On(Stop, 1, NotFound).Play(60).RequestStop();

        for (var times = 0; times < 20; times++)
        {
            script.Act(Recheck);
        }

        script.Run(1).Phase.ShouldBe(RunPhase.Stopping);
        script.Play(100).Run(1).Phase.ShouldNotBe(RunPhase.Stopping, "the re-checks go on afterwards");
    }

    [Fact]
    public void Recheck_OfAnIdleExit_LeavesTheSecondLookItsTime()
    {
        var script = new Script()
            .On(Query, 1, Answer.Has(4), Answer.Has(4), NotFound)
            .On(InspectFiles, 1, Answer.Bucket(FilesVerdict.Missing))
            .Play(278);
        script.Calls[^1].ShouldBe((277, InspectFiles, 1));

        script.Act(Recheck);

        script.Recording.State.ShouldBe(RecordingState.Uploading);
        script.PlayToTheEnd().Recording.Files.ShouldBe(FilesState.Empty);
    }

    [Fact]
    public void Replace_OfARunningRecorder_StopsItOnlyWhenTheOtherIsProven()
    {
        var script = In(RunPhase.Recording).Act(Replace).Play(100);

        script.Trace.ShouldBe("0 Acquire#1 0 Start#1 5 Query#1 60 Acquire#2 60 Start#2 65 Query#2 65 Stop#1");
        script.States.ShouldBe(["starting", "recording"]);
        (script.Run(1).End, script.Run(2).Phase).ShouldBe((RunEnd.Surplus, RunPhase.Recording));
    }

    [Fact]
    public void Replace_WhereTheOldestIsKeptOnReturn_StopsTheOldestAllTheSame()
    {
        var script = new Script(options: new() { KeptOnReturn = KeptRecorder.Oldest }).Play(60).Act(Replace).Play(100);

        (script.Run(1).End, script.Run(2).Phase).ShouldBe((RunEnd.Surplus, RunPhase.Recording));
    }

    [Fact]
    public void Replace_WhileAQueryIsInFlight_WaitsForItsAnswerBeforeItStopsTheRecorder()
    {
        var script = new Script().On(Query, 1, Answer.Ok, Answer.Withheld).Play(126).Act(Replace).Play(140);
        (script.Run(1).Phase, script.Run(2).Phase).ShouldBe((RunPhase.Recording, RunPhase.Recording));

        script.AnswerLate(Query, 1, script.Run(1).Stamp, Answer.Ok);

        script.SecondsOf(Stop, 1).ShouldBe([140]);
    }

    [Theory]
    [InlineData(InvalidRequest)]
    [InlineData(Unanswered)]
    public void Replace_WhoseStartFails_LeavesTheRecorderThatRuns(AgoraFailureKind failure)
    {
        var script = In(RunPhase.Recording).On(Start, 2, Answer.Of(failure)).Act(Replace).Play(300);

        script.Recording.State.ShouldBe(RecordingState.Recording);
        script.Recording.Runs.Count.ShouldBe(2, "one attempt for each order");
        (script.Run(1).Phase, script.Run(1).ReplacedBy).ShouldBe((RunPhase.Recording, null));
        script.SecondsOf(Stop, 1).ShouldBeEmpty();
        script.Notes.ShouldContain(note => note.Kind == NoteKind.Alert && note.Message.EndsWith("this one goes on."));
    }

    [Fact]
    public void Replace_ByARecorderThatIsNeverProven_StopsThatOneAndLeavesTheOther()
    {
        var script = In(RunPhase.Recording).On(Query, 2, Answer.Has(2)).Act(Replace).Play(300);

        script.SecondsOf(Stop, 2).ShouldBe([150], "90 s after its sid");
        script.SecondsOf(Stop, 1).ShouldBeEmpty();
        script.Recording.State.ShouldBe(RecordingState.Recording);
        script.Act(Replace).Play(400).Run(3).Phase.ShouldBe(RunPhase.Recording, "the next order is another attempt");
    }

    [Fact]
    public void Replace_OfARecorderThatIsProvenMeanwhile_KeepsTheOtherAll()
    {
        var script = In(RunPhase.Proving).On(Query, 1, Answer.Ok).Act(Replace).Play(60);

        script.Trace.ShouldBe("0 Acquire#1 0 Start#1 2 Acquire#2 2 Start#2 5 Query#1 7 Query#2 7 Stop#1");
    }

    [Fact]
    public void Replace_InDoubt_DoesNotWaitForTheReChecks_AndHoldsWhenTheRecorderIsBack()
    {
        var script = In(RunPhase.Doubtful).On(Query, 1, Answer.Ok).Act(Replace).Play(200);

        script.SecondsOf(Acquire, 2).ShouldBe([126]);
        script.SecondsOf(Query, 1).ShouldBe([5, 125, 130], "found again before the other was proven");
        script.SecondsOf(Stop, 1).ShouldBe([131]);
        script.Run(2).Phase.ShouldBe(RunPhase.Recording);
    }

    [Fact]
    public void Replace_InDoubtOfARecorderThatStaysAway_WatchesItAsAnyOther()
    {
        var script = In(RunPhase.Doubtful).Act(Replace).Play(300);

        script.Recording.Runs.Count.ShouldBe(2);
        (script.Run(1).HasEnded, script.Run(2).Phase).ShouldBe((true, RunPhase.Recording));
    }

    [Fact]
    public void Replace_Twice_StartsOneRecorder()
    {
        var script = In(RunPhase.Recording).Act(Replace).Act(Replace).Play(100);

        script.Recording.Runs.Count.ShouldBe(2);
        script.Notes.ShouldContain(note => note.Message == "Another recorder is on its way already.");
    }

    [Fact]
    public void Replace_AfterAReplacement_ReplacesTheNewRecorder()
    {
        var script = In(RunPhase.Recording).Act(Replace).Play(100).Act(Replace).Play(200);

        script.SecondsOf(Stop, 2).ShouldBe([105]);
        script.Run(3).Phase.ShouldBe(RunPhase.Recording);
    }

    [Theory]
    [InlineData(RunPhase.Planned)]
    [InlineData(RunPhase.Acquired)]
    [InlineData(RunPhase.OutcomeUnknown)]
    [InlineData(RunPhase.SidUnknown)]
    [InlineData(RunPhase.Stopping)]
    [InlineData(RunPhase.Uploading)]
    [InlineData(RunPhase.Closed)]
    public void Replace_WhereNoRecorderIsKnownToRun_ChangesNothing(RunPhase phase)
    {
        var script = In(phase);
        var (before, calls) = (script.Recording, script.Calls.Count);

        script.Act(Replace);

        script.Recording.Runs.ShouldBe(before.Runs);
        script.Recording.State.ShouldBe(before.State);
        script.Calls.Count.ShouldBe(calls);
    }

    [Theory]
    [InlineData(RunPhase.Replaced)]
    [InlineData(RunPhase.Orphaned)]
    public void Replace_WhereAnotherRecorderHasTakenOver_IsAboutThatOne(RunPhase phase)
    {
        var script = In(phase);
        var before = script.Run(1);

        script.Act(Replace);

        script.Run(1).ShouldBe(before);
        (script.Run(2).ReplacedBy, script.Recording.Runs.Count).ShouldBe((3, 3));
    }

    [Theory]
    [InlineData(RunPhase.Planned, "")]
    [InlineData(RunPhase.Acquired, "")]
    [InlineData(RunPhase.OutcomeUnknown, "")]
    [InlineData(RunPhase.SidUnknown, "")]
    [InlineData(RunPhase.Proving, "Stop 1, InspectFiles 1")]
    [InlineData(RunPhase.Recording, "Stop 1, InspectFiles 1")]
    [InlineData(RunPhase.Doubtful, "Stop 1, InspectFiles 1")]
    [InlineData(RunPhase.Replaced, "Stop 1, Stop 2, InspectFiles 1, InspectFiles 2")]
    [InlineData(RunPhase.Stopping, "Stop 1, InspectFiles 1")]
    [InlineData(RunPhase.Uploading, "InspectFiles 1")]
    [InlineData(RunPhase.Orphaned, "Stop 2, InspectFiles 2")]
    public void Close_EndsAsLost_AfterOneStopAndOneLook_WhateverTheyTell(RunPhase phase, string expected)
    {
        foreach (var stop in new[] { Answer.Ok, NotFound, Answer.Of(ServerError), Answer.Of(Unauthorized), Answer.Of(RateLimited) })
        {
            var script = In(phase, canFindSid: false);
            foreach (var generation in new[] { 1, 2 })
            {
                script.On(Stop, generation, stop).On(InspectFiles, generation, Answer.Bucket(FilesVerdict.Unreachable));
            }

            var (at, before) = (script.Seconds, script.Calls.Count);
            script.Act(Close).PlayToTheEnd();

            (script.Recording.State, script.Recording.Reason!.Code).ShouldBe((RecordingState.Failed, "closed_by_operator"), stop.Name);
            script.Recording.Reason.Message.ShouldBe("Operator ada closed it as lost: because");
            string.Join(", ", script.Calls.Skip(before).Select(call => $"{call.Operation} {call.Generation}"))
                .ShouldBe(expected, stop.Name);
            (script.Seconds - at).ShouldBeLessThanOrEqualTo(2);
            script.States.Last().ShouldBe("failed");
        }
    }

    [Fact]
    public void Close_OfWhatIsFinal_ChangesNothing()
    {
        var script = In(RunPhase.Closed);
        var before = script.Recording;

        script.Act(Close);

        script.Recording.ShouldBe(before);
        script.Notes[^1].Message.ShouldBe("There is nothing left to close: the recording is completed.");
    }

    [Fact]
    public void Close_ASecondTime_ChangesNothingAndSaysSo()
    {
        var script = In(RunPhase.Recording).On(Stop, 1, Answer.Withheld).Act(Close);
        var before = script.Recording;

        script.Act(Close);

        script.Recording.ShouldBe(before);
        script.Notes[^1].Message.ShouldBe("It was closed already.");
    }

    [Fact]
    public void Close_WhileAStartIsInFlight_StopsTheRecorderOnceItIsKnown()
    {
        var script = new Script().On(Start, 1, Answer.Withheld).Play(2).Act(Close);
        script.Recording.State.ShouldBe(RecordingState.Stopping);

        script.AnswerLate(Start, 1, 2, Answer.Ok);

        script.SecondsOf(Stop, 1).ShouldBe([2]);
        script.Recording.State.ShouldBe(RecordingState.Failed);
    }

    [Theory]
    [InlineData(Stop, ServerError)]
    [InlineData(Stop, RecorderNotFound)]
    public void Close_WhileAStopIsInFlight_TakesItsAnswerAsTheLastWord(RunOperation operation, AgoraFailureKind failure)
    {
        var script = new Script().On(operation, 1, Answer.Withheld).Play(60).RequestStop().Act(Close);

        script.AnswerLate(operation, 1, script.Run(1).Stamp, Answer.Of(failure)).PlayToTheEnd();

        script.SecondsOf(Stop, 1).ShouldBe([60]);
        script.Recording.State.ShouldBe(RecordingState.Failed);
    }

    [Theory]
    [InlineData(FilesVerdict.Complete, FilesState.Complete)]
    [InlineData(FilesVerdict.Incomplete, FilesState.Partial)]
    [InlineData(FilesVerdict.Missing, FilesState.Missing)]
    [InlineData(FilesVerdict.Unreachable, FilesState.NotVerified)]
    public void Close_WhileFilesAreAwaited_TakesWhatIsThere(FilesVerdict verdict, FilesState expected)
    {
        var script = In(RunPhase.Uploading);
        var at = script.Seconds;

        script.On(InspectFiles, 1, Answer.Bucket(verdict)).Act(Close).PlayToTheEnd();

        (script.Seconds - at).ShouldBeLessThanOrEqualTo(60, "the looks of half a minute");
        script.Recording.Files.ShouldBe(expected);
        script.Recording.Stop!.Reason.ShouldBe(EndReason.Requested, "an order to end is never taken back");
        script.Recording.Reason!.Code.ShouldBe("closed_by_operator");
        script.Recording.DueAt.ShouldBeNull();
        script.States.Last().ShouldBe("failed");
    }

    /// <summary>The last slice and the end of the playlist come seconds after the stop, and are worth a moment.</summary>
    [Fact]
    public void Close_OfAHealthyClass_FindsWhatComesSoonAfterTheStop()
    {
        var script = In(RunPhase.Recording)
            .On(
                InspectFiles,
                1,
                Answer.Bucket(FilesVerdict.Missing),
                Answer.Bucket(FilesVerdict.Unfinished),
                Answer.Bucket(FilesVerdict.Complete)
            )
            .Act(Close);
        script.Recording.State.ShouldBe(RecordingState.Failed, "the end itself does not wait");

        script.PlayToTheEnd();

        script.Recording.Files.ShouldBe(FilesState.Complete);
        script.Calls.Count(call => call.Operation == InspectFiles).ShouldBe(3);
    }

    [Fact]
    public void Close_WhereAStopFails_AlertsOfTheRecorderThatMayRun()
    {
        var script = In(RunPhase.Recording).On(Stop, 1, Answer.Of(Unanswered)).Act(Close);

        script.Run(1).End.ShouldBe(RunEnd.Lost, "nobody knows whether it left");
        script.Notes.ShouldContain(note => note.Kind == NoteKind.Alert && note.Message.StartsWith("The recorder was not stopped"));
    }

    [Fact]
    public void Close_OfAnOrphanThatIsFoundLater_StopsItAndLeavesTheEnd()
    {
        var script = In(RunPhase.OutcomeUnknown).Act(Close);
        script.Recording.State.ShouldBe(RecordingState.Failed);

        script.On(FindSid, 1, Answer.Ok).PlayToTheEnd();

        script.SecondsOf(Stop, 1).ShouldHaveSingleItem();
        script.Recording.State.ShouldBe(RecordingState.Failed);
        script.Recording.Reason!.Code.ShouldBe("closed_by_operator");
    }

    [Fact]
    public void Close_OfWhatAStopHasEndedAtOnce_ChangesNothing()
    {
        var script = In(RunPhase.Planned).RequestStop();

        script.Recording.State.ShouldBe(RecordingState.Aborted);
        script.Act(Close).Recording.State.ShouldBe(RecordingState.Aborted, "what is final stays so");
    }

    [Fact]
    public void Close_DuringAReplacement_StopsBothRecorders()
    {
        var script = In(RunPhase.Recording).Act(Replace).Play(62).Act(Close).PlayToTheEnd();

        (script.SecondsOf(Stop, 1), script.SecondsOf(Stop, 2)).ShouldSatisfyAllConditions(
            stops => stops.Item1.ShouldBe([62]),
            stops => stops.Item2.ShouldBe([62])
        );
        script.Recording.State.ShouldBe(RecordingState.Failed);
    }
}
