using RecordingService.Domain.Recordings;
using static RecordingService.Domain.AgoraFailureKind;
using static RecordingService.Domain.Recordings.RunOperation;

namespace RecordingService.Domain.Tests.Lifecycle;

/// <summary>Rules S6 to S9 and S14: what becomes of the files once the recorder has left.</summary>
public sealed class FileScenarios
{
    private static readonly Answer Complete = Answer.Bucket(FilesVerdict.Complete);
    private static readonly Answer Incomplete = Answer.Bucket(FilesVerdict.Incomplete);
    private static readonly Answer Missing = Answer.Bucket(FilesVerdict.Missing);
    private static readonly Answer Inconclusive = Answer.Bucket(FilesVerdict.Inconclusive);
    private static readonly Answer Unfinished = Answer.Bucket(FilesVerdict.Unfinished);
    private static readonly Answer Unreachable = Answer.Bucket(FilesVerdict.Unreachable);
    private static readonly Answer NotVerifiable = Answer.Bucket(FilesVerdict.NotVerifiable);

    private static readonly TimeSpan Day = TimeSpan.FromHours(24);
    private static readonly TimeSpan Usual = TimeSpan.FromMinutes(20);

    public static TheoryData<string, Answer[], FilesState, double> Rows =>
        new()
        {
            // looks into the bucket, state of the files, seconds from the stop until it is final (at most)
            { "complete at once", [Complete], FilesState.Complete, 10 },
            { "incomplete, then complete", [Incomplete, Incomplete, Complete], FilesState.Complete, 60 },
            { "missing, then complete", [Missing, Complete], FilesState.Complete, 60 },
            { "unreachable, then complete", [Unreachable, Complete], FilesState.Complete, 60 },
            { "missing for a day", [Missing], FilesState.Missing, Day.TotalSeconds + 300 },
            { "incomplete for a day", [Incomplete], FilesState.Partial, Day.TotalSeconds + 300 },
            { "unreachable for a day", [Unreachable], FilesState.NotVerified, Day.TotalSeconds + 300 },
            { "inconclusive, then complete", [Inconclusive, Complete], FilesState.Complete, 60 },
            { "inconclusive for as long as uploads usually take", [Inconclusive], FilesState.NotVerified, Usual.TotalSeconds + 60 },
            { "unfinished, then complete", [Unfinished, Complete], FilesState.Complete, 60 },
            { "unfinished although uploaded", [Unfinished], FilesState.NotVerified, Usual.TotalSeconds + 60 },
            { "no way to look", [NotVerifiable], FilesState.NotVerified, 10 },
        };

    [Theory]
    [Trait("Rule", "S9")]
    [MemberData(nameof(Rows))]
    public void S9_FilesOfARecorderThatWasStopped(string name, Answer[] looks, FilesState expected, double withinSeconds)
    {
        var script = new Script().On(InspectFiles, 1, looks).Play(600).RequestStop().PlayToTheEnd();

        script.Recording.Files.ShouldBe(expected, name);
        script.Recording.State.ShouldBe(RecordingState.Completed);
        (script.Seconds - 600).ShouldBeLessThanOrEqualTo(withinSeconds);
    }

    [Fact]
    [Trait("Rule", "S14")]
    public void S14_FilesOfARecorderThatWasLost_AreWaitedForAsLongAsUploadsUsuallyTake()
    {
        var script = new Script()
            .On(Query, 1, Answer.Ok, Answer.Of(RecorderNotFound))
            .On(InspectFiles, 1, Missing)
            .Play(600)
            .Play(125 + Usual.TotalSeconds + 120);

        script.Run(1).Files.ShouldBe(FilesState.Missing);
        script.Run(1).Phase.ShouldBe(RunPhase.Closed);
    }

    [Fact]
    [Trait("Rule", "S9")]
    public void S9_FilesOfTwoRuns_OneMissing_ArePartial()
    {
        var script = new Script()
            .On(Query, 1, Answer.Ok, Answer.Of(RecorderNotFound))
            .On(InspectFiles, 1, Missing)
            .Play(3600)
            .RequestStop()
            .PlayToTheEnd();

        script.Recording.Files.ShouldBe(FilesState.Partial);
    }

    [Fact]
    [Trait("Rule", "S9")]
    public void S9_NothingRecorded435_IsATruthfulEmptyResult()
    {
        var script = new Script().On(Query, 1, Answer.Has(4)).On(Stop, 1, Answer.Of(NothingRecorded)).Play(100).RequestStop();

        script.Recording.Files.ShouldBe(FilesState.Empty);
        script.Recording.State.ShouldBe(RecordingState.Completed);
    }

    [Fact]
    [Trait("Rule", "S9")]
    public void S9_NothingRecorded435AfterFilesWereNamed_IsNotBelieved()
    {
        var script = new Script().On(Stop, 1, Answer.Of(NothingRecorded)).Play(100).RequestStop();
        script.Recording.Files.ShouldBe(FilesState.Pending);

        script.PlayToTheEnd().Recording.Files.ShouldBe(FilesState.Complete);
    }

    /// <summary>A class that is stopped right after its proof: somebody is heard, and nothing becomes a file.</summary>
    [Theory]
    [Trait("Rule", "S9")]
    [InlineData("finished", FilesState.Empty)]
    [InlineData("", FilesState.Pending)]
    [InlineData("finished moved", FilesState.Pending)]
    [InlineData("finished backedUp", FilesState.Pending)]
    [InlineData("finished named", FilesState.Pending)]
    [InlineData("finished stopAnswered200", FilesState.Pending)]
    public void S9_NothingRecorded435AfterMedia_IsEmptyWhenTheSessionIsOverAndTheBucketAgrees(string told, FilesState files)
    {
        var script = new Script()
            .On(Query, 1, Answer.Has(5))
            .On(Stop, 1, told.Contains("stopAnswered200") ? Answer.OkWithoutFiles : Answer.Of(NothingRecorded))
            .On(InspectFiles, 1, Missing)
            .Play(20)
            .Tell(1, (sid, at) => new SliceStarted(sid, 1, at, at))
            .RequestStop();
        if (told.Contains("moved"))
        {
            script.Tell(1, (sid, at) => new RecorderMoved(sid, 2, at, 4711));
        }

        if (told.Contains("backedUp"))
        {
            script.Tell(1, (sid, at) => new FilesNamed(sid, 3, at, [], UploadStatus.BackedUp));
        }

        if (told.Contains("named"))
        {
            script.Tell(1, (sid, at) => new FilesNamed(sid, 4, at, [new($"{sid}_class.m3u8")], UploadStatus.Unknown));
        }

        if (told.Contains("finished"))
        {
            script.Tell(1, (sid, at) => new RecorderLeft(sid, 5, at, LeaveCause.Unknown, "exitStatus 0", IsFinished: true));
        }

        script.Play(60);

        script.Recording.Files.ShouldBe(files);
        script.Recording.State.ShouldBe(files == FilesState.Empty ? RecordingState.Completed : RecordingState.Uploading);
    }

    [Fact]
    [Trait("Rule", "S9")]
    public void S9_FilesNeverExpected_AreEmptyOnceTheUsualTimeIsOver()
    {
        var script = new Script()
            .On(Query, 1, Answer.Has(4))
            .On(Stop, 1, Answer.OkWithoutFiles)
            .On(InspectFiles, 1, Missing)
            .Play(100)
            .RequestStop()
            .PlayToTheEnd();

        script.Recording.Files.ShouldBe(FilesState.Empty);
        script.Seconds.ShouldBeInRange(100 + Usual.TotalSeconds, 100 + Usual.TotalSeconds + 300);
    }

    [Fact]
    [Trait("Rule", "S14")]
    public void S14_FilesSeenHalfWay_AreWaitedForADayEvenIfNobodyNamedThem()
    {
        var script = new Script()
            .On(Query, 1, Answer.Has(4))
            .On(Stop, 1, Answer.Of(AlreadyExiting))
            .On(InspectFiles, 1, Incomplete)
            .Play(100)
            .RequestStop()
            .Play(2 * 3600);
        script.Recording.Files.ShouldBe(FilesState.Pending);

        script.On(InspectFiles, 1, Complete).PlayToTheEnd();

        script.Recording.Files.ShouldBe(FilesState.Complete);
    }

    /// <summary>The server lost its recorder to another one, where nobody published any more: nobody writes the end of the list.</summary>
    [Fact]
    [Trait("Rule", "S9")]
    public void S9_ListWithoutAnEnd_OfWhichAllIsUploadedAsAgoraSays_IsWaitedForAsLongAsUploadsUsuallyTake()
    {
        var script = new Script()
            .On(Stop, 1, Answer.Of(AlreadyExiting))
            .On(InspectFiles, 1, Unfinished)
            .Play(600)
            .RequestStop()
            .Play(601)
            .Tell(1, (sid, at) => new FilesNamed(sid, 9, at, [new($"{sid}_class.m3u8")], UploadStatus.Uploaded))
            .Play(600 + Usual.TotalSeconds - 60);
        script.Recording.Files.ShouldBe(FilesState.Pending);

        script.PlayToTheEnd().Recording.Files.ShouldBe(FilesState.NotVerified);
        script.Seconds.ShouldBeLessThan(600 + Usual.TotalSeconds + 120);
    }

    [Fact]
    [Trait("Rule", "S14")]
    public void S14_ListWithoutAnEnd_IsFollowedForADay_WhileAgoraDoesNotSayThatAllIsUploaded()
    {
        var script = new Script()
            .On(Stop, 1, Answer.Of(AlreadyExiting))
            .On(InspectFiles, 1, Unfinished)
            .Play(600)
            .RequestStop()
            .Play(600 + TimeSpan.FromHours(23).TotalSeconds);
        script.Recording.Files.ShouldBe(FilesState.Pending);

        script.PlayToTheEnd().Recording.Files.ShouldBe(FilesState.Partial);
    }

    [Fact]
    [Trait("Rule", "S14")]
    public void S14_InconclusiveWhileFilesAreInTheBackup_IsFollowedForADay()
    {
        var script = new Script()
            .On(InspectFiles, 1, Inconclusive)
            .Play(600)
            .Tell(1, (sid, at) => new FilesNamed(sid, 9, at, [new($"bak0_{sid}_class.m3u8")], UploadStatus.BackedUp))
            .RequestStop()
            .Play(600 + TimeSpan.FromHours(23).TotalSeconds);
        script.Recording.Files.ShouldBe(FilesState.Pending);

        script.PlayToTheEnd().Recording.Files.ShouldBe(FilesState.NotVerified);
    }

    /// <summary>A file proves that something was recorded, whatever else may have been written.</summary>
    [Fact]
    [Trait("Rule", "S11")]
    public void S11_UnprovenRecorderWhoseFilesAreInconclusive_IsNotCalledAborted()
    {
        var script = new Script()
            .On(Query, 1, Answer.Has(2))
            .On(Stop, 1, Answer.OkWithoutFiles)
            .On(InspectFiles, 1, Inconclusive)
            .Play(30)
            .RequestStop()
            .PlayToTheEnd();

        script.Recording.Files.ShouldBe(FilesState.NotVerified);
        script.Recording.State.ShouldBe(RecordingState.Completed);
    }

    /// <summary>After a move to another server an answer names the files of the last server only.</summary>
    [Fact]
    [Trait("Rule", "S9")]
    public void S9_NamesOfOtherServers_AreKept()
    {
        var script = new Script()
            .Play(60)
            .Tell(1, (sid, at) => new FilesNamed(sid, 9, at, [new($"bak0_{sid}_class.m3u8")], UploadStatus.Unknown))
            .Play(600)
            .RequestStop();

        script.Run(1).Named.Select(file => file.FileName).ShouldBe(["sid-1_class.m3u8", "bak0_sid-1_class.m3u8"]);
    }

    [Fact]
    [Trait("Rule", "S9")]
    public void S9_FilesWhoseLookWasLost_AreLookedForAgain()
    {
        var script = new Script().On(InspectFiles, 1, Answer.Withheld, Complete).Play(600).RequestStop().Play(610).LoseHolder();

        script.Recording.Files.ShouldBe(FilesState.Complete);
    }
}
