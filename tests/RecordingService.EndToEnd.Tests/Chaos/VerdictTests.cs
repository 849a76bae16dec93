using RecordingService.Chaos.Verdicts;
using RecordingService.Simulation;

namespace RecordingService.EndToEnd.Tests.Chaos;

/// <summary>The verdict on classes, from journals that are written here by hand.</summary>
public sealed class VerdictTests
{
    private static readonly DateTimeOffset Begin = new(2026, 9, 1, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Class_RecordedFromGraceToStop_IsCoveredWhole()
    {
        var verdict = ClassVerdict.Of(Class() with { Published = [Span(-60, 2500)], Recorders = [Recorder("a", Span(15, 2401))] });

        verdict.ClassSeconds.ShouldBe(2385);
        verdict.Coverage.ShouldBe(1);
        verdict.Gaps.ShouldBeEmpty();
        verdict.DoubledSeconds.ShouldBe(0);
    }

    [Fact]
    public void Class_WithBreak_CountsOnlyTheTimeOfPublishers()
    {
        var verdict = ClassVerdict.Of(
            Class() with
            {
                Published = [Span(0, 1000), Span(1300, 2400)],
                Recorders = [Recorder("a", Span(10, 1000), Span(1300, 2400))],
            }
        );

        verdict.ClassSeconds.ShouldBe(985 + 1100);
        verdict.Coverage.ShouldBe(1);
        verdict.Gaps.ShouldBeEmpty();
    }

    [Fact]
    public void Class_WithTwoPublishersAtOnce_CountsTheirTimeOnce()
    {
        var verdict = ClassVerdict.Of(
            Class() with
            {
                Published = [Span(0, 1000), Span(500, 2400)],
                Recorders = [Recorder("a", Span(0, 2400))],
            }
        );

        verdict.ClassSeconds.ShouldBe(2385);
        verdict.RecordedSeconds.ShouldBe(2385);
    }

    [Fact]
    public void Class_WhoseRecorderWasReplaced_HasAGapBetween()
    {
        var verdict = ClassVerdict.Of(
            Class() with
            {
                Published = [Span(0, 2400)],
                Recorders = [Recorder("a", Span(10, 1000)), Recorder("b", Span(1060, 2400))],
            }
        );

        verdict.Gaps.ShouldHaveSingleItem().Length.ShouldBe(TimeSpan.FromSeconds(60));
        verdict.Coverage.ShouldBe((2385 - 60) / 2385.0, 1e-9);
    }

    [Fact]
    public void Class_WithTwoRecordersAtOnce_CountsTheOverlapAsDoubledAndOnce()
    {
        var verdict = ClassVerdict.Of(
            Class() with
            {
                Published = [Span(0, 2400)],
                Recorders = [Recorder("a", Span(10, 1100)), Recorder("b", Span(1000, 2400)), Recorder("c", Span(1050, 1080))],
            }
        );

        verdict.DoubledSeconds.ShouldBe(100);
        verdict.RecordedSeconds.ShouldBe(2385);
    }

    [Fact]
    public void Class_RecordedOnlyAfterItsStop_IsLost()
    {
        var held = Class() with { Published = [Span(0, 2500)] };

        ClassVerdict.Of(held with { Recorders = [Recorder("a", Span(2400, 2500))] }).IsLost.ShouldBeTrue();
        ClassVerdict.Of(held with { Recorders = [Recorder("a", Span(2399, 2500))] }).IsLost.ShouldBeFalse();
        ClassVerdict.Of(held with { Published = [Span(0, 10)] }).IsLost.ShouldBeFalse();
    }

    [Theory]
    [InlineData(2400 + 25 * 60, false)]
    [InlineData(2400 + 25 * 60 + 1, true)]
    [InlineData(null, true)]
    public void Class_FinalLaterThan25MinutesAfterItsStop_IsStuck(int? final, bool isStuck) =>
        ClassVerdict.Of(Class() with { FinalAt = final is { } seconds ? At(seconds) : null }).IsStuck.ShouldBe(isStuck);

    [Fact]
    public void Complete_WithEverySliceAndEnd_IsTrue() =>
        Untruth(Told.Complete, new RecorderFiles("a", 10, 0, IsFinished: true, Seconds: 2400)).ShouldBeNull();

    [Theory]
    [InlineData(1, true)]
    [InlineData(0, false)]
    public void Complete_WithAMissingSliceOrNoEnd_IsWrong(int missing, bool isFinished) =>
        Untruth(Told.Complete, new RecorderFiles("a", 10, missing, isFinished, Seconds: 2400)).ShouldNotBeNull();

    [Theory]
    [InlineData(2381, 1, true)]
    [InlineData(2379, 1, false)]
    [InlineData(2361, 2, true)]
    [InlineData(2359, 2, false)]
    public void Complete_WithLessThanWasReceived_IsTrueWhereOnlyASliceOfEachServerIsLost(double seconds, int servers, bool isTrue) =>
        (Untruth(Told.Complete, new RecorderFiles("a", 10, 0, IsFinished: true, seconds, servers)) is null).ShouldBe(isTrue);

    [Fact]
    public void Complete_WithARecorderThatLeftNothing_IsWrong() => Untruth(Told.Complete).ShouldNotBeNull();

    [Fact]
    public void Partial_WithEverySliceAndEnd_IsWrong() =>
        Untruth(Told.Partial, new RecorderFiles("a", 10, 0, IsFinished: true, Seconds: 2400)).ShouldNotBeNull();

    [Fact]
    public void Partial_WithoutEnd_IsTrue() =>
        Untruth(Told.Partial, new RecorderFiles("a", 10, 0, IsFinished: false, Seconds: 2400)).ShouldBeNull();

    [Theory]
    [InlineData(nameof(Told.Failed))]
    [InlineData(nameof(Told.Empty))]
    public void Nothing_AlthoughSlicesAreThere_IsWrong(string told) =>
        Untruth(Enum.Parse<Told>(told), new RecorderFiles("a", 10, 9, IsFinished: true, Seconds: 2400)).ShouldNotBeNull();

    [Theory]
    [InlineData(nameof(Told.Nothing))]
    [InlineData(nameof(Told.NotVerified))]
    public void NoClaim_IsNeverWrong(string told) =>
        Untruth(Enum.Parse<Told>(told), new RecorderFiles("a", 10, 9, IsFinished: false, Seconds: 2400)).ShouldBeNull();

    [Fact]
    public void Client_OfSeveralClasses_WeighsThemByTheirTime()
    {
        var whole = ClassVerdict.Of(Class() with { Published = [Span(0, 2400)], Recorders = [Recorder("a", Span(0, 2400))] });
        var half = ClassVerdict.Of(Class() with { Published = [Span(2200, 2400)], Recorders = [Recorder("b", Span(2300, 2400))] });

        var client = new ClientVerdict("service", [whole, half]);

        client.Coverage.ShouldBe((2385 + 100) / (2385.0 + 200), 1e-9);
        client.Gap(0.5).ShouldBe(100);
    }

    [Fact]
    public void Invariants_OfAServiceThatCoversAll_Hold() =>
        Invariants.Check(Client(0), [Client(600)], comparesClients: true).ShouldBeEmpty();

    [Fact]
    public void Invariants_BelowTheLeastCoverage_NameTheClass()
    {
        var violation = Invariants.Check(Client(60), [Client(600)], comparesClients: true).ShouldHaveSingleItem();

        violation.What.ShouldContain("coverage");
        violation.Channels.ShouldBe(["channel"]);
    }

    [Fact]
    public void Invariants_WithAPlainClientThatIsAsGood_AreBroken()
    {
        Invariants
            .Check(Client(0), [Client(0)], comparesClients: true)
            .ShouldHaveSingleItem()
            .What.ShouldContain("no less than the service");
        Invariants.Check(Client(0), [Client(0)], comparesClients: false).ShouldBeEmpty();
    }

    [Fact]
    public void Invariants_WithTwoPercentDoubled_AreBroken()
    {
        var doubled = ClassVerdict.Of(
            Class() with
            {
                Published = [Span(0, 2400)],
                Recorders = [Recorder("a", Span(0, 2400)), Recorder("b", Span(1000, 1048))],
            }
        );

        Invariants
            .Check(new ClientVerdict("service", [doubled]), [], comparesClients: false)
            .ShouldHaveSingleItem()
            .What.ShouldContain("twice");
    }

    [Fact]
    public void Invariants_WithAClassRecordedForLessThanThreeQuarters_NameIt()
    {
        var thin = ClassVerdict.Of(
            Class() with
            {
                Channel = "thin",
                Published = [Span(0, 115)],
                Recorders = [Recorder("a", Span(41, 115))],
            }
        );
        var whole = Client(0).Classes[0];

        var violation = Invariants
            .Check(new ClientVerdict("service", [whole, whole, thin]), [], comparesClients: false)
            .ShouldHaveSingleItem();

        violation.What.ShouldContain("less than 0.75");
        violation.Channels.ShouldBe(["thin"]);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void Invariants_WithMoreThanTwoPercentNotVerified_AreBroken(int notVerified, bool holds)
    {
        var recorded = Class() with { Published = [Span(0, 2400)], Recorders = [Recorder("a", Span(0, 2400))] };
        var classes = Enumerable
            .Range(0, 60)
            .Select(n => ClassVerdict.Of(recorded with { Told = n < notVerified ? Told.NotVerified : Told.Nothing }))
            .ToList();

        var violations = Invariants.Check(new ClientVerdict("service", classes), [], comparesClients: false);

        violations.Any(violation => violation.What.Contains("not verified", StringComparison.Ordinal)).ShouldBe(!holds);
    }

    [Theory]
    [InlineData(2420, true)]
    [InlineData(2426, false)]
    public void Invariants_WithARecorderThatOutlivesItsRecording_AreBroken(double leftAt, bool holds)
    {
        var outlived = ClassVerdict.Of(
            Class() with
            {
                Published = [Span(0, 2400)],
                Recorders = [Recorder("a", Span(0, 2400)) with { LeftAt = At(leftAt) }],
            }
        );

        var violations = Invariants.Check(new ClientVerdict("service", [outlived]), [], comparesClients: false);

        violations.Any(violation => violation.What.Contains("still in their channel", StringComparison.Ordinal)).ShouldBe(!holds);
    }

    [Fact]
    public void Playlist_OfAMovedRecorder_BelongsToItsSidAndItsLastServerEndsIt()
    {
        const string Sid = "0123456789abcdef0123456789abcdef";
        HashSet<string> keys = [$"folder/bak0_{Sid}_class_1_1.ts"];

        var playlist = BucketLook.Read(
            $"folder/bak0_{Sid}_class_1.m3u8",
            $"#EXTM3U\n#EXTINF:15.0\nbak0_{Sid}_class_1_1.ts\n#EXTINF:15.0\nbak0_{Sid}_class_1_2.ts\n#EXT-X-ENDLIST\n",
            keys
        );

        playlist.ShouldBe(new BucketLook.Playlist(Sid, Server: 1, Slices: 2, Missing: 1, IsFinished: true, Seconds: 30));
    }

    /// <summary>A client with one class, recorded but for its first seconds.</summary>
    private static ClientVerdict Client(int unrecorded) =>
        new(
            "client",
            [ClassVerdict.Of(Class() with { Published = [Span(0, 2400)], Recorders = [Recorder("a", Span(15 + unrecorded, 2400))] })]
        );

    private static string? Untruth(Told told, params RecorderFiles[] files) =>
        ClassVerdict
            .Of(
                Class() with
                {
                    Published = [Span(0, 2400)],
                    Recorders = [Recorder("a", Span(0, 2400))],
                    Files = files,
                    Told = told,
                    Words = "told",
                }
            )
            .Untruth;

    private static ClassFacts Class() =>
        new()
        {
            Channel = "channel",
            AskedAt = At(0),
            StopAskedAt = At(2400),
            FinalAt = At(2410),
        };

    private static RecorderLife Recorder(string sid, params Interval[] receiving) =>
        new(
            "app",
            "channel",
            "1",
            "1",
            "resource",
            sid,
            At(0),
            receiving,
            receiving,
            receiving[^1].To,
            RecorderEnd.Stopped,
            SidDelivered: true
        );

    private static Interval Span(double from, double to) => new(At(from), At(to));

    private static DateTimeOffset At(double seconds) => Begin.AddSeconds(seconds);
}
