using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;

namespace RecordingService.Domain.Tests.Lifecycle;

/// <summary>What Agora tells unasked brings questions forward and tips doubts; alone it decides nothing.</summary>
public sealed class NoticeScenarios
{
    private static readonly Answer NotFound = Answer.Of(AgoraFailureKind.RecorderNotFound);

    [Fact]
    [Trait("Rule", "S3")]
    public void S3_RecorderStarted_BringsTheProofForwardOnce()
    {
        var script = new Script().Play(1);

        script.Tell(1, (sid, at) => new RecorderStarted(sid, 0, at, IsRecorder: true, Failed: false)).Play(1);
        script.Tell(1, (sid, at) => new RecorderStarted(sid, 0, at, IsRecorder: true, Failed: false)).Play(2);

        script.SecondsOf(RunOperation.Query, 1).ShouldBe([1.0]);
        script.Recording.ConfirmedAt.ShouldBe(Script.Noon.AddSeconds(1));
    }

    [Fact]
    [Trait("Rule", "S3")]
    public void S3_StatusToldWhileUnproven_IsAQuestionAndNoProof()
    {
        var script = new Script().On(RunOperation.Query, 1, Answer.Has(2)).Play(1);

        script.Tell(1, (sid, at) => new StatusChanged(sid, 1, at, 5)).Play(1);

        script.SecondsOf(RunOperation.Query, 1).ShouldBe([1.0]);
        script.Recording.ConfirmedAt.ShouldBeNull();
    }

    [Fact]
    [Trait("Rule", "S3")]
    public void S3_StatusTold_ProvesWhereNotificationsCountAsProof()
    {
        var script = new Script(options: new() { ConfirmBy = ConfirmBy.QueryOrNotification }).Play(1);

        script.Tell(1, (sid, at) => new StatusChanged(sid, 1, at, 4)).Play(60);

        script.SecondsOf(RunOperation.Query, 1).ShouldBeEmpty();
        script.Recording.ConfirmedAt.ShouldBe(Script.Noon.AddSeconds(1));
    }

    /// <summary>News right behind other news is asked about a little later, not two minutes later.</summary>
    [Fact]
    [Trait("Rule", "S5")]
    public void S5_DepartureToldRightAfterTheProof_IsAskedAboutWithinSeconds()
    {
        var script = new Script().On(RunOperation.Query, 1, Answer.Ok, NotFound).Play(1);
        script.Tell(1, (sid, at) => new StatusChanged(sid, 1, at, 5)).Play(1);
        script.Run(1).Phase.ShouldBe(RunPhase.Recording);

        script.Tell(1, (sid, at) => new RecorderLeft(sid, 2, at, LeaveCause.Failed, "The session ended abnormally.")).Play(30);

        script.SecondsOf(RunOperation.Query, 1).ElementAt(1).ShouldBe(6.0, "five seconds after the last question that news brought about");
        script.Recording.Runs.Count.ShouldBe(2);
    }

    [Fact]
    [Trait("Rule", "S14")]
    public void S14_BackedUpFiles_AreFollowedForADayThenPartialWithTheCause()
    {
        var script = new Script()
            .On(RunOperation.Query, 1, Answer.Ok, Answer.Has(20, files: true))
            .On(RunOperation.InspectFiles, 1, Answer.Bucket(FilesVerdict.Incomplete))
            .Play(130)
            .Tell(1, (sid, at) => new FilesNamed(sid, 9, at, [new($"{sid}_algebra.m3u8")], UploadStatus.BackedUp))
            .Play(200);
        script.Run(1).End.ShouldBe(RunEnd.Died);
        script.Play(TimeSpan.FromHours(23).TotalSeconds);
        script.Run(1).Files.ShouldBe(FilesState.Pending);

        script.Play(TimeSpan.FromHours(25).TotalSeconds);

        script.Run(1).Files.ShouldBe(FilesState.Partial);
        script.Recording.Files.ShouldBe(FilesState.Partial);
        script.Notes.ShouldContain(note => note.Kind == NoteKind.Alert && note.Message.Contains("its backup", StringComparison.Ordinal));
    }

    [Theory]
    [Trait("Rule", "S5")]
    [InlineData(LeaveCause.Idle, RunEnd.Idle, RecordingState.Completed)]
    [InlineData(LeaveCause.Failed, RunEnd.Died, RecordingState.Recording)]
    public void S5_DepartureTold_IsAskedForAtOnceAndBelievedWithThe404(LeaveCause cause, RunEnd end, RecordingState state)
    {
        var script = ToldGoneBeforeItIsMissed(cause).Play(90);

        script.SecondsOf(RunOperation.Query, 1).ShouldBe([5.0, 60, 65]);
        script.Run(1).End.ShouldBe(end);
        script.Recording.State.ShouldBe(state);
    }

    [Fact]
    [Trait("Rule", "S5")]
    public void S5_DepartureToldThatIsNotTrue_ChangesNothing()
    {
        var script = new Script().Play(60);

        script.Tell(1, (sid, at) => new RecorderLeft(sid, 9, at, LeaveCause.Failed, "leaveCode 2")).Play(400);

        script.Recording.Runs.Count.ShouldBe(1);
        script.Recording.State.ShouldBe(RecordingState.Recording);
        script.Run(1).Evidence.Departure.ShouldBeNull("the recorder was proven after it");
    }

    [Fact]
    [Trait("Rule", "S5")]
    public void S5_DepartureToldInDoubt_EndsTheDoubt()
    {
        var script = new Script().On(RunOperation.Query, 1, Answer.Ok, NotFound).Play(126);

        script.Tell(1, (sid, at) => new RecorderLeft(sid, 9, at, LeaveCause.Failed, "leaveCode 2"));

        script.Run(1).Phase.ShouldBe(RunPhase.Uploading);
        script.Recording.Runs.Count.ShouldBe(2, "another one takes over at once");
    }

    [Fact]
    [Trait("Rule", "S5")]
    public void S5_MoveTold_KeepsTheRecorderAsLongAsAMoveTakes()
    {
        var script = MovedWhileNotFound().Play(210);

        script.Recording.Runs.Count.ShouldBe(1, "a recorder that is being moved is not replaced");
        script.Play(230);
        script.Recording.Runs.Count.ShouldBe(2, "a move takes at most 90 s");
    }

    [Fact]
    [Trait("Rule", "S5")]
    public void S5_DepartureToldWithoutACause_OfARecorderThatHeardNobody_IsAnIdleExit()
    {
        var script = new Script()
            .On(RunOperation.Query, 1, Answer.Has(4), Answer.Has(4), NotFound)
            .On(RunOperation.InspectFiles, 1, Answer.Bucket(FilesVerdict.Missing))
            .Play(246);
        script.Run(1).Phase.ShouldBe(RunPhase.Doubtful);

        script.Tell(1, (sid, at) => new RecorderLeft(sid, 9, at, LeaveCause.Unknown, "exitStatus 0")).Play(400);

        script.Run(1).End.ShouldBe(RunEnd.Idle);
        script.Recording.Runs.Count.ShouldBe(1);
        script.Recording.State.ShouldBe(RecordingState.Completed);
    }

    [Fact]
    [Trait("Rule", "S5")]
    public void S5_NoticesInAFlood_CostAQuestionNowAndThen()
    {
        var script = new Script().Play(60);

        for (var notice = 0; notice < 300; notice++)
        {
            script.Tell(1, (sid, at) => new RecorderMoved(sid, notice, at, (uint)notice + 1)).Play(60 + notice * 0.1);
        }

        script.SecondsOf(RunOperation.Query, 1).Count(second => second >= 60).ShouldBeLessThanOrEqualTo(7);
    }

    [Fact]
    [Trait("Rule", "S2")]
    public void S2_NoticeOfARunWithoutSid_TeachesTheSid()
    {
        var script = new Script().On(RunOperation.Start, 1, Answer.Of(AgoraFailureKind.AlreadyStarted)).Play(10);

        script.Tell(1, (_, at) => new RecorderStarted("sid-told", 0, at, IsRecorder: true, Failed: false)).Play(20);

        script.Run(1).Sid.ShouldBe("sid-told");
        script.Recording.State.ShouldBe(RecordingState.Recording);
        script.Recording.Runs.Count.ShouldBe(1);
    }

    [Fact]
    [Trait("Rule", "S2")]
    public void S2_NoticeOfAnOrphan_StopsIt()
    {
        var script = new Script().On(RunOperation.Start, 1, Answer.Of(AgoraFailureKind.ServerError)).Play(120);
        script.Run(1).Phase.ShouldBe(RunPhase.Orphaned);

        script.Tell(1, (_, at) => new StreamChanged("sid-told", 3, at, 7, IsVideo: true, IsReceived: true)).Play(130);

        script.SecondsOf(RunOperation.Stop, 1).ShouldNotBeEmpty();
        script.Recording.Runs[^1].Phase.ShouldBe(RunPhase.Recording);
    }

    [Fact]
    [Trait("Rule", "S2")]
    public void S2_SidInTheBucket_IsFoundWithinThePatience()
    {
        var script = new Script { CanFindSid = true }
            .On(RunOperation.Start, 1, Answer.Of(AgoraFailureKind.AlreadyStarted))
            .On(RunOperation.FindSid, 1, Answer.OkWithoutFiles, Answer.Ok)
            .Play(60);

        script.Run(1).Sid.ShouldBe("sid-1");
        script.Recording.Runs.Count.ShouldBe(1);
        script.Recording.State.ShouldBe(RecordingState.Recording);
    }

    [Fact]
    [Trait("Rule", "S2")]
    public void S2_OrphanInTheBucket_IsStoppedBesideItsReplacement()
    {
        var script = new Script { CanFindSid = true }
            .On(RunOperation.Start, 1, Answer.Of(AgoraFailureKind.ServerError))
            .On(RunOperation.FindSid, 1, Answer.OkWithoutFiles, Answer.OkWithoutFiles, Answer.Ok)
            .Play(300);

        script.Run(1).Sid.ShouldBe("sid-1");
        script.SecondsOf(RunOperation.Stop, 1).ShouldNotBeEmpty();
        script.Run(2).Phase.ShouldBe(RunPhase.Recording);
    }

    [Fact]
    [Trait("Rule", "S2")]
    public void S2_OrphanThatLeavesNoFile_IsNotSearchedForForEver()
    {
        var script = new Script { CanFindSid = true }
            .On(RunOperation.Start, 1, Answer.Of(AgoraFailureKind.ServerError))
            .On(RunOperation.FindSid, 1, Answer.OkWithoutFiles)
            .Play(300)
            .RequestStop()
            .PlayToTheEnd();

        script.Run(1).Phase.ShouldBe(RunPhase.Orphaned);
        (script.Now - script.Recording.EndedAt!.Value).ShouldBeLessThan(
            script.MaxIdleTime + script.Options.UploadUsual + TimeSpan.FromMinutes(6)
        );
    }

    [Fact]
    public void Notice_OfAnotherRecorderWithThisUid_IsNoNewsOfThisOne()
    {
        var script = new Script().Play(60);
        var before = script.Recording;

        script.Tell(1, (_, at) => new RecorderLeft("sid-of-another", 9, at, LeaveCause.Failed, "leaveCode 0"));

        script.Recording.ShouldBe(before);
    }

    [Fact]
    [Trait("Rule", "S9")]
    public void S9_FilesTold_AreNamedAndLookedForAtOnce()
    {
        var script = new Script()
            .On(RunOperation.Query, 1, Answer.OkWithoutFiles)
            .On(RunOperation.Stop, 1, Answer.OkWithoutFiles)
            .On(RunOperation.InspectFiles, 1, Answer.Bucket(FilesVerdict.Missing), Answer.Bucket(FilesVerdict.Complete))
            .Play(60)
            .Tell(1, (sid, at) => new FilesNamed(sid, 5, at, [new($"{sid}_algebra.m3u8")], UploadStatus.Unknown))
            .RequestStop()
            .Play(62.5);
        script.Recording.State.ShouldBe(RecordingState.Uploading);

        script.Tell(1, (sid, at) => new FilesNamed(sid, 9, at, [new($"{sid}_algebra.m3u8")], UploadStatus.Uploaded)).Play(62.5);

        script.Recording.State.ShouldBe(RecordingState.Completed);
        script.Run(1).Named.ShouldHaveSingleItem();
        script.Run(1).Evidence.Upload.ShouldBe(UploadStatus.Uploaded);
    }

    [Fact]
    [Trait("Rule", "S10")]
    public void S10_Uploads_AreToldToCallersOnceEach()
    {
        var script = new Script().Play(60);

        script
            .Tell(1, (sid, at) => new UploadProgressed(sid, 5, at, 2_500))
            .Tell(1, (sid, at) => new UploadProgressed(sid, 6, at, 9_000))
            .Tell(1, (sid, at) => new FilesNamed(sid, 7, at, [new("a.m3u8"), new("b.ts")], UploadStatus.BackedUp))
            .Tell(1, (sid, at) => new FilesNamed(sid, 8, at, [new("a.m3u8"), new("b.ts")], UploadStatus.Uploaded));

        script
            .Uploads.Select(news => (news.Kind, news.Generation, news.Progress, Names: string.Join(' ', news.FileNames)))
            .ShouldBe([
                (UploadNewsKind.Progressed, 1, 2_500, ""),
                (UploadNewsKind.Progressed, 1, 9_000, ""),
                (UploadNewsKind.BackedUp, 1, null, "a.m3u8 b.ts"),
                (UploadNewsKind.Uploaded, 1, null, "a.m3u8 b.ts"),
            ]);
    }

    [Fact]
    [Trait("Rule", "S10")]
    public void S10_Uploads_ToldTwiceOrOutOfOrder_AreNoNews()
    {
        var script = new Script().Play(60);
        script
            .Tell(1, (sid, at) => new UploadProgressed(sid, 6, at, 9_000))
            .Tell(1, (sid, at) => new FilesNamed(sid, 8, at, [new("a.m3u8"), new("b.ts")], UploadStatus.Uploaded));
        var told = script.Uploads.Count;

        script
            .Tell(1, (sid, at) => new UploadProgressed(sid, 6, at, 9_000))
            .Tell(1, (sid, at) => new UploadProgressed(sid, 5, at, 2_500))
            // Under another number, and in another order.
            .Tell(1, (sid, at) => new FilesNamed(sid, 9, at, [new("b.ts"), new("a.m3u8")], UploadStatus.Uploaded))
            // What went over the backup has arrived.
            .Tell(1, (sid, at) => new FilesNamed(sid, 7, at, [new("a.m3u8"), new("b.ts")], UploadStatus.BackedUp))
            // A slice is no end of an upload.
            .Tell(1, (sid, at) => new FilesNamed(sid, 4, at, [new("a.m3u8")], UploadStatus.Unknown));

        told.ShouldBe(2);
        script.Uploads.Count.ShouldBe(told);
    }

    [Fact]
    [Trait("Rule", "S10")]
    public void S10_Uploads_OfOtherFiles_AreNews()
    {
        var script = new Script().Play(60);

        // Each server of a moved recorder ends its own upload; the second one's playlist was named when it began.
        script
            .Tell(1, (sid, at) => new FilesNamed(sid, 7, at, [new("a.m3u8")], UploadStatus.Uploaded))
            .Tell(1, (sid, at) => new FilesNamed(sid, 8, at, [new("bak0_a.m3u8")], UploadStatus.Unknown))
            .Tell(1, (sid, at) => new FilesNamed(sid, 9, at, [new("bak0_a.m3u8")], UploadStatus.BackedUp))
            .Tell(1, (sid, at) => new FilesNamed(sid, 10, at, [new("bak0_a.m3u8")], UploadStatus.Uploaded));

        script.Uploads.Select(news => news.Kind).ShouldBe([UploadNewsKind.Uploaded, UploadNewsKind.BackedUp, UploadNewsKind.Uploaded]);
    }

    [Fact]
    public void Evidence_InWhateverOrderAndHoweverOften_IsTheSame()
    {
        var at = Script.Noon;
        AgoraNotice[] notices =
        [
            new StreamChanged("s", 3, at, 7, true, true),
            new StreamChanged("s", 5, at, 7, true, false),
            new StreamChanged("s", 4, at, 8, false, true),
            new UploadProgressed("s", 6, at, 500),
            new UploadProgressed("s", 9, at, 10_000),
            new Faulted("s", 7, at, 1, 4, 47, "upload failed"),
            new FilesNamed("s", 10, at, [], UploadStatus.BackedUp),
            new FilesNamed("s", 12, at, [], UploadStatus.Uploaded),
            new FilesNamed("s", 14, at, [new("one.m3u8"), new("two.m3u8")], UploadStatus.Uploaded),
            new RecorderLeft("s", 8, at.AddSeconds(1), LeaveCause.Idle, "leaveCode 4"),
            new RecorderLeft("s", 13, at.AddSeconds(9), LeaveCause.Unknown, "exitStatus 0", IsFinished: true),
            new RecorderMoved("s", 1, at, 4711),
            new RecorderMoved("s", 11, at.AddSeconds(5), 4712),
        ];
        var expected = notices.Aggregate(Evidence.None, (evidence, notice) => evidence.With(notice));

        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var shuffled = notices.Concat(notices).ToArray();
            random.Shuffle(shuffled);
            var evidence = shuffled.Aggregate(Evidence.None, (known, notice) => known.With(notice));
            evidence.Streams.ShouldBe(expected.Streams);
            evidence.Faults.ShouldBe(expected.Faults);
            evidence.Rows.ShouldBe(expected.Rows);
            evidence.Moves.ShouldBe(expected.Moves);
            evidence.UploadsTold.ShouldBe(expected.UploadsTold);
            WithoutLists(evidence).ShouldBe(WithoutLists(expected));
        }

        expected.Rows.ShouldBe([new(1, 1), new(3, 14)]);
        expected.UploadsTold.Count.ShouldBe(3);
        expected.Moves.Select(move => move.Sequence).ShouldBe([1, 11]);
        expected.MediaFrom.ShouldBe(3);

        expected.Publishers.ShouldBe([8u]);
        expected.Departure!.Cause.ShouldBe(LeaveCause.Idle);
    }

    /// <summary>
    /// Notices of a recorder, by kind, each with its number and at its second: b began, m moved, s a slice, u a stream, 5 status 5, n names a file, - nothing that
    /// matters, ? never told.
    /// </summary>
    [Theory]
    [Trait("Rule", "S9")]
    [InlineData("b-m-s", 1)]
    [InlineData("b-m-u", 1)]
    [InlineData("b-m-m-s", 2)]
    [InlineData("b-mu-m-s", 1)]
    [InlineData("b-ms?-", 1)]
    [InlineData("bsm-s", 0)]
    [InlineData("bum-s", 0)]
    [InlineData("b5m-s", 0)]
    [InlineData("bnm-s", 0)]
    [InlineData("b?m-s", 0)]
    [InlineData("?-m-s", 0)]
    [InlineData("b-m-m?s", 2)]
    [InlineData("b-m?m-s", 1)]
    // The events of reception are not subscribed to: that none was told before the move tells nothing.
    [InlineData("b-m-5n", 0)]
    [Trait("Rule", "S9")]
    public void S9_MovesBeforeAnythingWasReceived_AreProvenByAnUnbrokenRow(string told, int expected)
    {
        var script = new Script().On(RunOperation.Query, 1, Answer.Has(4)).Play(100);
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var order = Enumerable.Range(0, told.Length).ToArray();
            random.Shuffle(order);
            var evidence = order.Where(i => told[i] != '?').Aggregate(Evidence.None, (known, i) => known.With(Of(told[i], i)));
            (script.Run(1) with { Evidence = evidence }).MovesInSilence.ShouldBe(expected, $"in the order {string.Join(' ', order)}");
        }

        static AgoraNotice Of(char kind, int number) =>
            (kind, Script.Noon.AddSeconds(number)) switch
            {
                ('b', var at) => new RecorderStarted("s", number, at, IsRecorder: true, Failed: false),
                ('m', var at) => new RecorderMoved("s", number, at, 4711),
                ('s', var at) => new SliceStarted("s", number, at, at),
                ('u', var at) => new StreamChanged("s", number, at, 7, IsVideo: true, IsReceived: true),
                ('5', var at) => new StatusChanged("s", number, at, 5),
                ('n', var at) => new FilesNamed("s", number, at, [new("s_class.m3u8")], UploadStatus.Unknown),
                (_, var at) => new StatusChanged("s", number, at, 4),
            };
    }

    /// <summary>Notices are hints: an answer of Agora that tells otherwise is believed.</summary>
    [Theory]
    [Trait("Rule", "S9")]
    [InlineData(4, 1)]
    [InlineData(5, 0)]
    public void S9_MoveInSilence_IsNotBelievedAfterAQueryThatToldOfAFile(int status, int expected)
    {
        var script = new Script()
            .On(RunOperation.Query, 1, Answer.Has(status))
            .Play(60)
            .Tell(1, (sid, at) => new RecorderMoved(sid, 0, at, 4711))
            .Tell(1, (sid, at) => new SliceStarted(sid, 1, at, at))
            .Play(300);

        script.Run(1).MovesInSilence.ShouldBe(expected);
    }

    internal static Script ToldGoneBeforeItIsMissed(LeaveCause cause) =>
        new Script()
            .On(RunOperation.Query, 1, Answer.Ok, NotFound)
            .Play(60)
            .Tell(1, (sid, at) => new RecorderLeft(sid, 9, at, cause, "as a test says"))
            .Play(60);

    internal static Script Replaced() => new Script().On(RunOperation.Query, 1, Answer.Ok, NotFound).Play(160);

    private static Evidence WithoutLists(Evidence evidence) =>
        evidence with
        {
            Streams = [],
            Faults = [],
            Rows = [],
            Moves = [],
            UploadsTold = [],
        };

    internal static Script MovedWhileNotFound() =>
        new Script().On(RunOperation.Query, 1, Answer.Ok, NotFound).Play(126).Tell(1, (sid, at) => new RecorderMoved(sid, 9, at, 4711));
}
