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
            { [FilesState.Missing], FilesState.Missing },
            { [FilesState.Empty, FilesState.Empty], FilesState.Empty },
        };

    [Theory]
    [MemberData(nameof(Files))]
    public void Files_OfSeveralRuns_AreSummedUp(FilesState[] runs, FilesState expected) => WithRuns(runs).Files.ShouldBe(expected);

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
