using RecordingService.Domain.Recordings;
using RecordingService.Domain.RoomTypes;
using RecordingService.Domain.Tests.Lifecycle;

namespace RecordingService.Domain.Tests.Recordings;

public sealed class PublicState
{
    /// <summary>States of the files of the runs, and of the recording.</summary>
    public static TheoryData<FilesState[], FilesState> Files =>
        new()
        {
            { [FilesState.Complete], FilesState.Complete },
            { [FilesState.Complete, FilesState.Empty], FilesState.Complete },
            { [FilesState.Complete, FilesState.Pending], FilesState.Pending },
            { [FilesState.Complete, FilesState.Missing], FilesState.Partial },
            { [FilesState.Partial, FilesState.Empty], FilesState.Partial },
            { [FilesState.Missing, FilesState.NotVerified], FilesState.NotVerified },
            { [FilesState.Complete, FilesState.NotVerified], FilesState.NotVerified },
            { [FilesState.Complete, FilesState.NotVerified, FilesState.Missing], FilesState.Partial },
            { [FilesState.Missing], FilesState.Missing },
            { [FilesState.Empty, FilesState.Empty], FilesState.Empty },
        };

    [Theory]
    [MemberData(nameof(Files))]
    public void Files_OfSeveralRuns_AreSummedUp(FilesState[] runs, FilesState expected) => WithRuns(runs).Files.ShouldBe(expected);

    [Fact]
    public void Files_OfOrphansAlone_AreNotVerified()
    {
        var orphan = WithRuns(FilesState.NotVerified).Runs[0] with { Phase = RunPhase.Orphaned };
        var closed = WithRuns(FilesState.Pending, FilesState.Empty).Runs[1];

        (WithRuns() with { Runs = [orphan] }).Files.ShouldBe(FilesState.NotVerified);
        (WithRuns() with { Runs = [orphan, closed] }).Files.ShouldBe(FilesState.NotVerified);
        (WithRuns() with { Runs = [orphan, closed with { Files = FilesState.Complete }] }).Files.ShouldBe(FilesState.Complete);
    }

    [Theory]
    [InlineData(EndReason.Requested, FilesState.Pending, RecordingState.Uploading)]
    [InlineData(EndReason.Requested, FilesState.Complete, RecordingState.Completed)]
    [InlineData(EndReason.Requested, FilesState.Partial, RecordingState.Completed)]
    [InlineData(EndReason.Requested, FilesState.Missing, RecordingState.Aborted)]
    [InlineData(EndReason.Requested, FilesState.Empty, RecordingState.Aborted)]
    [InlineData(EndReason.Requested, FilesState.NotVerified, RecordingState.Aborted)]
    [InlineData(EndReason.MaxDuration, FilesState.Pending, RecordingState.Uploading)]
    [InlineData(EndReason.MaxDuration, FilesState.Complete, RecordingState.Completed)]
    [InlineData(EndReason.MaxDuration, FilesState.Partial, RecordingState.Completed)]
    [InlineData(EndReason.MaxDuration, FilesState.Missing, RecordingState.Failed)]
    [InlineData(EndReason.MaxDuration, FilesState.Empty, RecordingState.Failed)]
    [InlineData(EndReason.Idle, FilesState.Pending, RecordingState.Uploading)]
    [InlineData(EndReason.Idle, FilesState.Empty, RecordingState.Completed)]
    [InlineData(EndReason.Failed, FilesState.Pending, RecordingState.Failed)]
    [InlineData(EndReason.Failed, FilesState.Complete, RecordingState.Failed)]
    public void State_OfAnEndedRecordingThatWasNeverProven_FollowsItsFiles(EndReason reason, FilesState files, RecordingState expected)
    {
        var ended = WithRuns(files) with { Stop = new(reason, Script.Noon), EndedAt = Script.Noon };

        ended.State.ShouldBe(expected);
    }

    [Fact]
    public void EndsAt_CountsFromTheAcceptanceAndFollowsTheWish()
    {
        var recording = WithRuns(FilesState.Pending);

        recording.EndsAt.ShouldBe(Script.Noon.AddHours(4));
        (recording with { Wishes = recording.Wishes with { MaxDuration = TimeSpan.FromHours(1) } }).EndsAt.ShouldBe(
            Script.Noon.AddHours(1)
        );
    }

    [Fact]
    public void Policy_ByDefault_IsWithinItsOwnRanges()
    {
        var policy = new RecordingPolicy();

        policy.MaxDuration.ShouldBeInRange(TimeSpan.FromMinutes(1), new TimeSpan(23, 30, 0));
        policy.LongestBreak.ShouldBeInRange(TimeSpan.Zero, TimeSpan.FromHours(12));
        (policy.Quality.Width * policy.Quality.Height).ShouldBeLessThanOrEqualTo(1920 * 1080);
        policy.Quality.FramesPerSecond.ShouldBeOneOf(1, 7, 10, 15, 24, 30, 60);
        policy.Quality.BitrateKbps.ShouldBeInRange(1, 6500);
        policy.ShouldBe(new RecordingPolicy(), "a snapshot equals what it was taken from");
    }

    private static Recording WithRuns(params FilesState[] files) =>
        Script.NewRecording(IdleExit.Complete, TimeSpan.FromHours(4)) with
        {
            Runs =
            [
                .. files.Select(
                    (state, index) =>
                        new Run
                        {
                            Generation = index + 1,
                            Phase = state == FilesState.Pending ? RunPhase.Uploading : RunPhase.Closed,
                            Files = state,
                        }
                ),
            ],
        };
}
