using RecordingService.Domain.Diagnosis;
using RecordingService.Domain.Recordings;
using static RecordingService.Domain.Tests.Diagnosis.Incident;

namespace RecordingService.Domain.Tests.Diagnosis;

/// <summary>When several causes fit.</summary>
public sealed class Ranking
{
    [Fact]
    [Trait("Rule", "S12")]
    public void S12_EveryRecorderGoneInSilence_NamesAllThatFitAndNoneForSure()
    {
        var found = new Incident { Runs = [Vanished(1), Vanished(2, 10), Vanished(3, 20)] }.Diagnose();

        found.Causes.Select(cause => cause.Code).ShouldBe([CauseCode.TokenRefused, CauseCode.UidTaken, CauseCode.StorageRefused]);
        found.Causes.ShouldAllBe(cause => cause.Confidence == Confidence.Possible);
    }

    [Fact]
    [Trait("Rule", "S13")]
    public void S13_FailedProbeBesideRecordersGoneInSilence_RanksTheBucketFirst()
    {
        var found = new Incident
        {
            Runs = [Vanished(1), Vanished(2, 10)],
            Context = new() { MintsTokens = true, Bucket = Bucket(works: false, field: "bucket") },
        }.Diagnose();

        found.Causes[0].Code.ShouldBe(CauseCode.StorageRefused);
        found.Causes[0].Confidence.ShouldBe(Confidence.Likely);
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_WhatAgoraToldOfOneRecorder_ExplainsItAndNoGuessIsMadeAboutIt()
    {
        var found = new Incident { Runs = [Told(Vanished(1), Fault(1, 32)), Told(Vanished(2, 10), Fault(1, 32))] }.Diagnose();

        found.Causes.Select(cause => cause.Code).ShouldBe([CauseCode.StorageRefused]);
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_LossBeforeDelay_EvenWhenTheDelayIsSurer()
    {
        var found = new Incident
        {
            Runs = [Proven(1, 95, 400)],
            Context = new() { MintsTokens = true, Answers = [Answer("acquire", 400, 406, AgoraFailureKind.QuotaExhausted, 1, count: 20)] },
        }.Diagnose();

        found
            .Causes.Select(cause => (cause.Code, cause.Confidence))
            .ShouldBe([
                (CauseCode.EncryptionMismatch, Confidence.Likely),
                (CauseCode.NobodyPublished, Confidence.Possible),
                (CauseCode.Throttled, Confidence.Certain),
            ]);
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_SlowUploadsToABucketElsewhereThatTakesWrites_AreTheRegionBeforeTheKeys()
    {
        var run = Told(Ended(Recorded(1), FilesState.Partial), Fault(1, 47, 300), new Warned("sid", 5, At(310), 1, 32));

        var found = new Incident
        {
            Runs = [run],
            Context = new() { MintsTokens = true, Bucket = Bucket(elsewhere: true, works: true) },
        }.Diagnose();

        found.Causes.Select(cause => cause.Code).ShouldBe([CauseCode.CrossRegion, CauseCode.StorageRefused]);
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_FilesMissingWithoutAWord_NamesKeysAndAddress()
    {
        var run = Ended(Recorded(1), FilesState.Missing);

        var silent = new Incident { Runs = [run] }.Diagnose();
        var writable = new Incident
        {
            Runs = [run],
            Context = new() { MintsTokens = true, Bucket = Bucket(works: true) },
        }.Diagnose();

        silent.Causes.Select(cause => cause.Code).ShouldBe([CauseCode.StorageRefused, CauseCode.PublicAddressWrong]);
        writable.Causes[0].Code.ShouldBe(CauseCode.PublicAddressWrong);
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_SameFacts_GiveTheSameFindings()
    {
        var incident = new Incident { Runs = [Vanished(1), Told(Recorded(2, 10), Stream(900_000_001, 20))] };

        var (one, other) = (incident.Diagnose(), incident.Diagnose());

        one.Causes.Select(cause => (cause.Code, cause.Confidence, string.Join('|', cause.Evidence)))
            .ShouldBe(other.Causes.Select(cause => (cause.Code, cause.Confidence, string.Join('|', cause.Evidence))));
        one.Causes.ShouldAllBe(cause => cause.Evidence.Count > 0 && cause.Evidence.Count <= 12 && cause.Advice.Length > 0);
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_ManyRecorders_AreToldByTheFirstAndTheLastFacts()
    {
        var found = new Incident { Runs = [.. Enumerable.Range(1, 30).Select(n => Vanished(n, n * 60))] }.Diagnose();

        var evidence = found.Causes.Single(cause => cause.Code == CauseCode.UidTaken).Evidence;
        evidence.Count.ShouldBe(12);
        evidence[0].Generation.ShouldBe(1);
        evidence[^1].Generation.ShouldBe(30);
    }
}
