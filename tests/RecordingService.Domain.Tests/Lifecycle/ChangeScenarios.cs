using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;
using RecordingService.Domain.RoomTypes;

namespace RecordingService.Domain.Tests.Lifecycle;

/// <summary>Layout, subscription and storage credentials of a running recorder.</summary>
public sealed class ChangeScenarios
{
    private static readonly MixLayout Vertical = new() { Kind = VideoLayout.Vertical };

    [Fact]
    public void Layout_AskedForWhileRecording_IsSentOnceAndDoesNotMoveTheNextQuery()
    {
        var script = new Script().Play(60).WishLayout(Vertical).Play(200);

        script.SecondsOf(RunOperation.UpdateLayout, 1).ShouldBe([60.0]);
        script.SecondsOf(RunOperation.Query, 1).ShouldBe([5.0, 125]);
        script.Run(1).LayoutVersion.ShouldBe(1);
    }

    [Fact]
    public void Layout_AskedForBeforeTheStart_IsPartOfTheStart()
    {
        var script = new Script { }
            .WishLayout(Vertical)
            .Play(200);

        script.SecondsOf(RunOperation.UpdateLayout, 1).ShouldBeEmpty();
        script.Run(1).LayoutVersion.ShouldBe(1);
    }

    [Fact]
    public void Layout_Unanswered_IsSentAgainByTheLadder()
    {
        var script = new Script()
            .On(RunOperation.UpdateLayout, 1, Answer.Of(AgoraFailureKind.Unanswered), Answer.Of(AgoraFailureKind.NotCompleted), Answer.Ok)
            .Play(60)
            .WishLayout(Vertical)
            .Play(100);

        script.SecondsOf(RunOperation.UpdateLayout, 1).ShouldBe([60.0, 65, 75]);
        script.Recording.Reason.ShouldBeNull("a layout is no doubt about the recording");
    }

    [Fact]
    public void Layout_Refused_IsToldAndNotRepeatedUntilAnotherIsAskedFor()
    {
        var script = new Script()
            .On(RunOperation.UpdateLayout, 1, Answer.Of(AgoraFailureKind.InvalidRequest), Answer.Ok)
            .Play(60)
            .WishLayout(Vertical)
            .Play(600);
        script.SecondsOf(RunOperation.UpdateLayout, 1).ShouldBe([60.0]);
        script.Run(1).RefusedChanges.ShouldHaveSingleItem().Version.ShouldBe(1);

        script.WishLayout(Vertical).Play(601);

        script.Run(1).LayoutVersion.ShouldBe(2);
        script.Run(1).RefusedChanges.ShouldBeEmpty();
    }

    [Fact]
    public void LayoutAndSubscriptionRefused_AreEachTriedOnce()
    {
        var script = new Script()
            .On(RunOperation.UpdateLayout, 1, Answer.Of(AgoraFailureKind.InvalidRequest))
            .On(RunOperation.UpdateSubscription, 1, Answer.Of(AgoraFailureKind.InvalidRequest))
            .Play(60)
            .WishLayout(Vertical, Subscription.Everybody)
            .Play(600);

        script.SecondsOf(RunOperation.UpdateLayout, 1).ShouldBe([60.0]);
        script.SecondsOf(RunOperation.UpdateSubscription, 1).ShouldBe([60.0]);
    }

    [Fact]
    [Trait("Rule", "S14")]
    public void S14_LayoutNeverGetsThrough_CredentialsAreRenewedAllTheSame()
    {
        var script = new Script { StorageRenewal = TimeSpan.FromMinutes(50) }
            .On(RunOperation.UpdateLayout, 1, Answer.Of(AgoraFailureKind.ServerError))
            .Play(60)
            .WishLayout(Vertical)
            .Play(3100);

        script.SecondsOf(RunOperation.RenewStorage, 1).ShouldHaveSingleItem().ShouldBeInRange(3000, 3030);
    }

    [Fact]
    public void Layout_RecorderNotFound_IsDecidedByAQuery()
    {
        var script = new Script()
            .On(RunOperation.Query, 1, Answer.Ok, Answer.Of(AgoraFailureKind.RecorderNotFound))
            .On(RunOperation.UpdateLayout, 1, Answer.Of(AgoraFailureKind.RecorderNotFound))
            .Play(60)
            .WishLayout(Vertical)
            .Play(60);

        script.Run(1).Phase.ShouldBe(RunPhase.Doubtful);
    }

    [Fact]
    public void Layout_HolderVanishesInMidCall_IsSentAgain()
    {
        var script = new Script().On(RunOperation.UpdateLayout, 1, Answer.Withheld, Answer.Ok).Play(60).WishLayout(Vertical);

        script.LoseHolder().Play(61);

        script.Run(1).LayoutVersion.ShouldBe(1);
    }

    [Fact]
    public void Replacement_BeginsWithTheLayoutThatWasAskedFor()
    {
        var script = new Script().On(RunOperation.Query, 1, Answer.Ok, Answer.Has(20)).Play(60).WishLayout(Vertical).Play(200);

        script.Run(2).LayoutVersion.ShouldBe(1);
        script.SecondsOf(RunOperation.UpdateLayout, 2).ShouldBeEmpty();
    }

    [Fact]
    [Trait("Rule", "S14")]
    public void S14_StorageCredentials_AreHandedOverBeforeTheyExpireAgainAndAgain()
    {
        var script = new Script { StorageRenewal = TimeSpan.FromMinutes(50) }.Play(TimeSpan.FromHours(2).TotalSeconds);

        script.SecondsOf(RunOperation.RenewStorage, 1).ShouldBe([3000.0, 6000]);
    }

    [Fact]
    [Trait("Rule", "S14")]
    public void S14_StorageCredentialsRefused_AreHandedOverAgainAtThePaceOfMonitoring()
    {
        var script = new Script { StorageRenewal = TimeSpan.FromMinutes(50) }
            .On(RunOperation.RenewStorage, 1, Answer.Of(AgoraFailureKind.InvalidRequest), Answer.Ok)
            .Play(4000);

        script.SecondsOf(RunOperation.RenewStorage, 1).ShouldBe([3000.0, 3120]);
        script.Notes.ShouldContain(note => note.Kind == NoteKind.Alert);
    }
}
