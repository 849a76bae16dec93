using RecordingService.Domain.Diagnosis;
using RecordingService.Domain.Recordings;
using RecordingService.Domain.RoomTypes;
using static RecordingService.Domain.Tests.Diagnosis.Incident;

namespace RecordingService.Domain.Tests.Diagnosis;

/// <summary>Each known cause, told from what it leaves behind.</summary>
public sealed class Causes
{
    private static readonly DiagnosisContext NoTokens = new() { MintsTokens = false };

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_HealthyRecording_HasNoCauseAndSaysWhatProvesIt()
    {
        var live = new Incident { Runs = [Recorded(1)] }.Diagnose();
        var ended = new Incident
        {
            Runs = [Ended(Recorded(1), FilesState.Complete)],
            Stop = new(EndReason.Requested, At(600)),
            EndedAt = At(601),
        }.Diagnose();

        live.Causes.ShouldBeEmpty();
        live.Summary.ShouldBe("Nothing is wrong: a query proved a recorder at 2026-09-01T12:00:06Z and last at 2026-09-01T12:10:00Z.");
        ended.Causes.ShouldBeEmpty();
        ended.Summary.ShouldContain("a caller asked for it");
        ended.Summary.ShouldContain("in the bucket");
    }

    [Theory]
    [InlineData(RunPhase.Planned, "its first call to Agora is due")]
    [InlineData(RunPhase.Proving, "on its way")]
    [Trait("Rule", "S12")]
    public void S12_RecordingThatHasJustBegun_HasNoCause(RunPhase phase, string said)
    {
        var found = new Incident { Runs = [phase == RunPhase.Planned ? new Run { Generation = 1, Phase = phase } : Started(1)] }.Diagnose();

        found.Causes.ShouldBeEmpty();
        found.Summary.ShouldContain(said);
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_ClassJustStoppedBeforeItsFirstSliceWasSeen_HasNoCause()
    {
        // Proven once at status 4; stop named nothing, and the bucket has not been looked into yet.
        var run = Proven(1, until: 6) with
        {
            Phase = RunPhase.Uploading,
            End = RunEnd.Stopped,
            EndedAt = At(50),
            Files = FilesState.Pending,
        };

        Codes(
                new()
                {
                    Runs = [run],
                    Stop = new(EndReason.Requested, At(50)),
                    EndedAt = At(50),
                }
            )
            .ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true, Confidence.Certain)]
    [InlineData(false, Confidence.Likely)]
    [Trait("Rule", "S12")]
    public void S12_IdleExitWithoutMedia_IsThatNobodyPublished(bool told, Confidence sure)
    {
        var run = Ended(Proven(1, until: 200), FilesState.Empty, RunEnd.Idle);

        var cause = First(Idle(told ? Told(run, Left(LeaveCause.Idle, 245)) : run));

        cause.Code.ShouldBe(CauseCode.NobodyPublished);
        cause.Confidence.ShouldBe(sure);
        cause.Evidence.ShouldContain(fact => fact.Text == "Its idle time (maxIdleTime) was 4 min.");
        cause.Advice.ShouldContain("as hosts");
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_IdleExitAfterMedia_IsThatNobodyPublishedAnyMore()
    {
        var cause = First(Idle(Ended(Recorded(1), FilesState.Complete, RunEnd.Idle)));

        cause.Code.ShouldBe(CauseCode.FellSilent);
        cause.IsAside.ShouldBeFalse();
    }

    [Fact]
    [Trait("Rule", "S15")]
    public void S15_Code109_IsAnExpiredToken()
    {
        var run = Told(
            Ended(Recorded(1, until: 86_340), FilesState.Complete, RunEnd.Died) with
            {
                EndedAt = At(86_402),
            },
            Fault(0, 109, 86_401)
        );

        var cause = First(new() { Runs = [run, Proven(2, 86_410, 86_500)] });

        cause.Code.ShouldBe(CauseCode.TokenExpired);
        cause.Confidence.ShouldBe(Confidence.Certain);
        cause.Evidence.Select(fact => fact.Text).ShouldContain("Agora told of error 109 (event 1, module 0, level 5).");
        cause.Advice.ShouldContain("23 h 30 min");
    }

    [Fact]
    [Trait("Rule", "S15")]
    public void S15_Code109LongBeforeTheTokensEnd_PointsToTheClock()
    {
        var cause = First(new() { Runs = [Told(Vanished(1), Fault(0, 109))] });

        cause.Code.ShouldBe(CauseCode.TokenExpired);
        cause.Advice.ShouldContain("clock");
    }

    [Fact]
    [Trait("Rule", "S15")]
    public void S15_EndAtTheTokensEndInSilence_IsLikelyAnExpiredToken()
    {
        var run = Ended(Recorded(1, until: 86_340), FilesState.Complete, RunEnd.Lost) with { EndedAt = At(86_440) };

        var cause = First(new() { Runs = [run] });

        cause.Code.ShouldBe(CauseCode.TokenExpired);
        cause.Confidence.ShouldBe(Confidence.Likely);
    }

    [Theory]
    [InlineData(110, Confidence.Certain)]
    [InlineData(101, Confidence.Likely)]
    [Trait("Rule", "S15")]
    public void S15_JoinRefusedWithAToken_IsAWrongToken(int code, Confidence sure)
    {
        var cause = First(new() { Runs = [Told(Vanished(1), Fault(0, code))] });

        cause.Code.ShouldBe(CauseCode.TokenRefused);
        cause.Confidence.ShouldBe(sure);
        cause.Advice.ShouldContain("Certificate");
    }

    [Fact]
    [Trait("Rule", "S15")]
    public void S15_JoinRefusedWithoutAToken_IsAMissingToken()
    {
        var found = new Incident { Runs = [Told(Vanished(1), Fault(0, 101))], Context = NoTokens }.Diagnose();

        found.Causes[0].Code.ShouldBe(CauseCode.TokenMissing);
        found.Causes[0].Confidence.ShouldBe(Confidence.Certain);
        found.Causes.ShouldNotContain(cause => cause.Code == CauseCode.TokenRefused || cause.Code == CauseCode.TokenOnlyAtRecorder);
    }

    [Fact]
    [Trait("Rule", "S15")]
    public void S15_JoinRefusedWhileOthersOfTheProjectAreRecorded_IsATokenOnTheRecordersSideOnly()
    {
        var found = new Incident
        {
            Runs = [Told(Vanished(1), Fault(0, 101))],
            Context = new() { MintsTokens = true, Peers = [Peer()] },
        }.Diagnose();

        found
            .Causes.Select(cause => (cause.Code, cause.Confidence))
            .ShouldBe([(CauseCode.TokenOnlyAtRecorder, Confidence.Likely), (CauseCode.TokenRefused, Confidence.Possible)]);
    }

    [Fact]
    [Trait("Rule", "S15")]
    public void S15_RecorderWithATokenMeetsNobody_MayBeAlone()
    {
        var found = Idle(Ended(Proven(1, until: 200), FilesState.Empty, RunEnd.Idle)).Diagnose();

        found.Causes.ShouldContain(cause => cause.Code == CauseCode.TokenOnlyAtRecorder && cause.Confidence == Confidence.Possible);
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_UserHeardWithTheUidOfARecorder_IsATakenUid()
    {
        var cause = First(new() { Runs = [Vanished(1), Told(Recorded(2, 10), Stream(900_000_001, 20))] });

        cause.Code.ShouldBe(CauseCode.UidTaken);
        cause.Confidence.ShouldBe(Confidence.Certain);
        cause.Evidence.ShouldContain(fact => fact.Text.Contains("900000001, which is the uid of recorder 1") && fact.Generation == 2);
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_RecorderGoneAtOnceAndTheOtherUidLives_IsLikelyATakenUid()
    {
        var cause = First(new() { Runs = [Vanished(1), Recorded(2, 10)] });

        cause.Code.ShouldBe(CauseCode.UidTaken);
        cause.Confidence.ShouldBe(Confidence.Likely);
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_StartAnsweredWithConflict_IsATakenUid()
    {
        var run = new Run
        {
            Generation = 1,
            Phase = RunPhase.Closed,
            End = RunEnd.Conflict,
            EndedAt = At(2),
            RecorderUid = 7,
            Files = FilesState.Empty,
        };
        var incident = new Incident
        {
            Runs = [run, Started(2)],
            Context = new() { MintsTokens = true, Answers = [Answer("start", 400, 53, AgoraFailureKind.Conflict)] },
        };

        var cause = First(incident);

        cause.Code.ShouldBe(CauseCode.UidTaken);
        cause.Confidence.ShouldBe(Confidence.Certain);
        cause.Evidence.ShouldContain(fact => fact.Text.StartsWith("start was answered with HTTP 400, code 53"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [Trait("Rule", "S12")]
    public void S12_Code2OfAMix_IsItsCanvas(int module)
    {
        var cause = First(new() { Runs = [Told(Vanished(1), Fault(module, 2), Left(LeaveCause.Failed))] });

        cause.Code.ShouldBe(CauseCode.TranscodingRefused);
        cause.Confidence.ShouldBe(Confidence.Likely, "the canvas is on the table, so something else of transcodingConfig may be meant");
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_CanvasOutsideTheTable_IsCertainWhenToldAndLikelyInSilence()
    {
        var silent = Vanished(1);
        silent = silent with { Parameters = silent.Parameters! with { Quality = new(1000, 1000, 25, 5000) } };

        var cause = First(new() { Runs = [silent] });
        var told = First(new() { Runs = [Told(silent, Fault(0, 2))] });

        cause.Code.ShouldBe(CauseCode.TranscodingRefused);
        cause.Confidence.ShouldBe(Confidence.Likely);
        cause.Advice.ShouldContain("960 x 720");
        told.Confidence.ShouldBe(Confidence.Certain);
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_Code2OfAnotherMode_IsAParameterFoundWrongLate()
    {
        var run = Vanished(1);
        run = Told(run with { Parameters = run.Parameters! with { Mode = RecordingMode.Individual } }, Fault(0, 2));

        First(new() { Runs = [run] }).Code.ShouldBe(CauseCode.ParametersRefusedLate);
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_QueriesRefusedInARow_AreAParameterFoundWrongLate()
    {
        var cause = First(
            new()
            {
                Runs = [Proven(1)],
                Reason = Reason.ProjectMisconfigured("Agora does not accept the request."),
                Context = new() { MintsTokens = true, Answers = [Answer("query", 400, 2, AgoraFailureKind.InvalidRequest, 130, count: 3)] },
            }
        );

        cause.Code.ShouldBe(CauseCode.ParametersRefusedLate);
        cause.Evidence[0].Text.ShouldBe("query was answered with HTTP 400, code 2, 3 times until 2026-09-01T12:02:13Z: As Agora put it.");
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_Code32_IsTheStorageProfileAndTheProbeNamesTheField()
    {
        var run = Told(Vanished(1), Fault(1, 32));

        var cause = First(new() { Runs = [run] });
        var probed = First(
            new()
            {
                Runs = [run],
                Context = new() { MintsTokens = true, Bucket = Bucket(works: false, field: "secretKey") },
            }
        );

        cause.Code.ShouldBe(CauseCode.StorageRefused);
        cause.Confidence.ShouldBe(Confidence.Certain);
        probed.Title.ShouldBe("The storage profile is wrong: secretKey");
        probed.Advice.ShouldBe("Correct Storage:Profiles:lessons:secretKey. It is on the page of keys.");
    }

    [Theory]
    [InlineData(47, null, Confidence.Likely)]
    [InlineData(51, null, Confidence.Likely)]
    [InlineData(47, true, Confidence.Possible)]
    [InlineData(47, false, Confidence.Certain)]
    [Trait("Rule", "S12")]
    public void S12_FailedUploads_AreWeighedByTheProbe(int code, bool? works, Confidence sure)
    {
        var run = Told(Ended(Recorded(1), FilesState.Missing), Fault(1, code, 100));

        var found = new Incident
        {
            Runs = [run],
            Context = new() { MintsTokens = true, Bucket = Bucket(works: works) },
        }.Diagnose();

        found.Causes.Single(cause => cause.Code == CauseCode.StorageRefused).Confidence.ShouldBe(sure);
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_BackedUpAndABucketElsewhere_IsTheRegion()
    {
        var backedUp = new FilesNamed("sid", 9, At(603), [], UploadStatus.BackedUp);
        var run = Told(
            Ended(Recorded(1), FilesState.Partial),
            new UploadProgressed("sid", 8, At(602), 6000),
            backedUp,
            new Warned("sid", 7, At(500), 1, 31)
        );

        var cause = First(
            new()
            {
                Runs = [run],
                Context = new() { MintsTokens = true, Bucket = Bucket(elsewhere: true, works: true) },
            }
        );

        cause.Code.ShouldBe(CauseCode.CrossRegion);
        cause.Confidence.ShouldBe(Confidence.Certain);
        cause.Evidence.Select(fact => fact.Text).ShouldContain("The upload was last told to be 60 % done (event 33).");
        cause.Explanation.ShouldContain("Europe");
    }

    [Theory]
    [InlineData(50, 2, null, Confidence.Likely)]
    [InlineData(50, 2, false, Confidence.Possible)]
    [InlineData(47, 1, true, Confidence.Likely)]
    [Trait("Rule", "S12")]
    public void S12_SlowUploads_AreSurerTheMoreTheAreasAreKnownToDiffer(int code, int module, bool? elsewhere, Confidence sure)
    {
        var run = Told(Ended(Recorded(1), FilesState.Partial), Fault(module, code, 590));

        var found = new Incident
        {
            Runs = [run],
            Context = new() { MintsTokens = true, Bucket = Bucket(elsewhere) },
        }.Diagnose();

        found.Causes.Single(cause => cause.Code == CauseCode.CrossRegion).Confidence.ShouldBe(sure);
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_BackedUpFilesThatArrived_AreNoCause()
    {
        var run = Told(Ended(Recorded(1), FilesState.Complete), new Warned("sid", 7, At(500), 1, 32));

        Codes(
                new()
                {
                    Runs = [run],
                    Stop = new(EndReason.Requested, At(600)),
                    EndedAt = At(601),
                    Context = new() { MintsTokens = true, Bucket = Bucket(elsewhere: true) },
                }
            )
            .ShouldBeEmpty();
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_UploadedAsToldAndNotFound_IsThePublicAddress()
    {
        var run = Told(Ended(Recorded(1), FilesState.Missing), new FilesNamed("sid", 9, At(603), [], UploadStatus.Uploaded));

        var cause = First(new() { Runs = [run], Reason = Reason.FilesMissing("Nothing is there.") });

        cause.Code.ShouldBe(CauseCode.PublicAddressWrong);
        cause.Confidence.ShouldBe(Confidence.Likely);
    }

    /// <summary>One of two playlists was found at the very address that the other one was looked for at.</summary>
    [Theory]
    [Trait("Rule", "S12")]
    [InlineData(RunPhase.Uploading, FilesState.Pending)]
    [InlineData(RunPhase.Closed, FilesState.NotVerified)]
    public void S12_UploadedAsToldAndFoundInPart_IsNotThePublicAddress(RunPhase phase, FilesState files)
    {
        var run = Told(Recorded(1), new FilesNamed("sid", 9, At(603), [], UploadStatus.Uploaded)) with
        {
            Phase = phase,
            Files = files,
            End = RunEnd.Stopped,
            EndedAt = At(601),
            Tries = 12,
        };
        Codes(Of(run)).ShouldContain(CauseCode.PublicAddressWrong);

        var found = Of(run with { FilesShown = true }).Diagnose();

        found.Causes.ShouldBeEmpty();
        found.Summary.ShouldNotContain("public address");

        static Incident Of(Run run) =>
            new()
            {
                Runs = [run],
                Stop = new(EndReason.Requested, At(600)),
                EndedAt = At(601),
                Context = new() { MintsTokens = true, Bucket = Bucket(elsewhere: false, works: true) },
            };
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_StreamsToldAndNeverAFile_IsAnEncryptedChannel()
    {
        var run = Told(Proven(1, until: 130), Stream(1, 8)) with { SawMedia = true };

        var cause = First(new() { Runs = [run] });

        cause.Code.ShouldBe(CauseCode.EncryptionMismatch);
        cause.Confidence.ShouldBe(Confidence.Likely);
        cause.Evidence.ShouldContain(fact => fact.Text == "Agora told of audio (event 43) of user 1.");
    }

    [Theory]
    [Trait("Rule", "S12")]
    [InlineData(6.4, true)]
    [InlineData(90, false)]
    public void S12_StoppedRightAfterTheProof_IsNoEncryptedChannel(double second, bool isShort)
    {
        var run = Ended(Told(Proven(1, until: 6), Stream(1, 6)) with { EndedAt = At(second) }, FilesState.Empty) with
        {
            SawMedia = true,
            ToldEmpty = true,
        };

        var found = new Incident
        {
            Runs = [run],
            Stop = new(EndReason.Requested, At(second)),
            EndedAt = At(second),
        }.Diagnose();

        found.Causes.Any(cause => cause.Code == CauseCode.EncryptionMismatch).ShouldBe(!isShort);
        found.Summary.Contains("stopped so soon after that proof that nothing became a file").ShouldBe(isShort, found.Summary);
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_RecorderStaysBeyondItsIdleTimeAndHearsNothing_IsAnEncryptedChannel()
    {
        var found = new Incident { Runs = [Proven(1, until: 300)] }.Diagnose();
        var withKey = First(new() { Runs = [Proven(1, until: 300)], Encryption = new(EncryptionMode.Aes128Gcm, "exam-key", null) });

        found.Causes.Select(cause => cause.Code).ShouldBe([CauseCode.EncryptionMismatch, CauseCode.NobodyPublished]);
        withKey.Title.ShouldContain("differs");
        withKey.Evidence.ShouldContain(fact => fact.Text.Contains("'exam-key'"));
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_RecorderHearsNothingWithinItsIdleTime_IsThatNobodyPublishedBeforeAnEncryptedChannel()
    {
        var found = new Incident { Runs = [Proven(1, until: 130)] }.Diagnose();

        found
            .Causes.Select(cause => (cause.Code, cause.Confidence))
            .ShouldBe([(CauseCode.NobodyPublished, Confidence.Likely), (CauseCode.EncryptionMismatch, Confidence.Possible)]);
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_SubscriptionThatHearsNobody_IsNamedBeforeEncryption()
    {
        var run = Proven(1, until: 300);
        run = run with { Parameters = run.Parameters! with { Subscription = new(new(SelectionKind.Only, [42]), StreamSelection.All) } };

        First(new() { Runs = [run] }).Code.ShouldBe(CauseCode.SubscribedToNobody);
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_PageThatFailed_IsToldInAgorasWords()
    {
        var run = Told(Vanished(1), new RecorderLeft("sid", 4, At(9), LeaveCause.Failed, "The web page did not load in time."));
        var cause = First(new() { Runs = [run], WebPage = new("https://school.example.org/board") });

        cause.Code.ShouldBe(CauseCode.PageFailed);
        cause.Explanation.ShouldBe("The web page did not load in time.");
    }

    /// <summary>The sentence that is told first is not about a recorder that was lost before.</summary>
    [Fact]
    public void Close_IsTheFirstCause_WhateverElseWasWrong()
    {
        var run = Told(Vanished(1), new RecorderLeft("sid", 4, At(9), LeaveCause.Failed, "It died."));

        var cause = First(new() { Runs = [run], Closure = new(At(20), "Grace", "the bucket is gone") });

        cause.Code.ShouldBe(CauseCode.ClosedByOperator);
        cause.Explanation.ShouldStartWith("Operator Grace ended it");
    }

    [Theory]
    [InlineData(RunPhase.Planned, true, "The project is paused")]
    [InlineData(RunPhase.Acquired, false, "The quota of recorders is used up")]
    [InlineData(RunPhase.Recording, true, null)]
    public void StartsHeld_IsTheCauseOfAWaitingStartAlone(RunPhase phase, bool isPaused, string? title)
    {
        var run = new Run { Generation = 1, Phase = phase };
        var held = isPaused ? new HeldStarts(At(0), "Grace", "the bucket moves", null) : new HeldStarts(null, null, null, At(60));

        var causes = new Incident
        {
            Runs = [run],
            Context = new() { Held = held },
        }
            .Diagnose()
            .Causes;

        var cause = causes.FirstOrDefault(found => found.Code == CauseCode.StartsHeld);

        cause?.Title.ShouldBe(title);
        (cause is null).ShouldBe(title is null);
    }

    [Theory]
    [InlineData("request_refused", CauseCode.RequestRefused)]
    [InlineData("project_misconfigured", CauseCode.ProjectMisconfigured)]
    [InlineData("project_suspended", CauseCode.ProjectSuspended)]
    [InlineData("throttled", CauseCode.Throttled)]
    [InlineData("agora_unavailable", CauseCode.AgoraUnavailable)]
    [InlineData("internal", CauseCode.ServiceFault)]
    [Trait("Rule", "S12")]
    public void S12_ReasonThatLasts_IsTheCause(string code, CauseCode expected)
    {
        var cause = First(
            new()
            {
                Runs =
                [
                    new Run
                    {
                        Generation = 1,
                        Phase = RunPhase.Planned,
                        Stamp = 3,
                    },
                ],
                Reason = new(code, "As Agora put it.", "Do something."),
                Stop = code == "request_refused" ? new(EndReason.Failed, At(2)) : null,
                EndedAt = code == "request_refused" ? At(2) : null,
            }
        );

        cause.Code.ShouldBe(expected);
        cause.Confidence.ShouldBe(Confidence.Certain);
    }

    [Theory]
    [InlineData(AgoraFailureKind.QuotaExhausted, CauseCode.Throttled)]
    [InlineData(AgoraFailureKind.NotSent, CauseCode.AgoraUnavailable)]
    [InlineData(AgoraFailureKind.Unauthorized, CauseCode.ProjectSuspended)]
    [Trait("Rule", "S12")]
    public void S12_TroubleThatDelayedTheStart_IsToldAsideAfterwards(AgoraFailureKind kind, CauseCode expected)
    {
        var answers = new[] { Answer("acquire", 400, null, kind, 1, count: 20) };

        var late = new Incident
        {
            Runs = [Recorded(1, 95)],
            Context = new() { MintsTokens = true, Answers = answers },
        }.Diagnose();
        var timely = new Incident
        {
            Runs = [Recorded(1, 3)],
            Context = new() { MintsTokens = true, Answers = answers },
        }.Diagnose();

        late.Causes.Single().Code.ShouldBe(expected);
        late.Causes.Single().IsAside.ShouldBeTrue();
        timely.Causes.ShouldBeEmpty("nothing was lost by it");
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_StartWithoutAnAnswer_IsToldWithWhatMayRun()
    {
        var run = new Run
        {
            Generation = 1,
            Phase = RunPhase.Orphaned,
            End = RunEnd.OutcomeUnknown,
            EndedAt = At(20),
            MayRun = true,
        };

        First(new() { Runs = [run, Started(2, 22)] }).Code.ShouldBe(CauseCode.StartUnanswered);
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_RecorderThatDiedInTheMiddle_IsLostInAgora()
    {
        var died = Told(Ended(Recorded(1), FilesState.Partial, RunEnd.Died), Left(LeaveCause.Failed, 605));

        var cause = First(new() { Runs = [died, Recorded(2, 610, 900)] });

        cause.Code.ShouldBe(CauseCode.RecorderLost);
        cause.IsAside.ShouldBeFalse("its files are not all there");
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_ChangeThatWasRefused_IsToldAside()
    {
        var run = Recorded(1) with { RefusedChanges = [new(RunOperation.UpdateLayout, 2, "Code 1028.")] };

        var cause = First(new() { Runs = [run] });

        cause.Code.ShouldBe(CauseCode.ChangeRefused);
        cause.IsAside.ShouldBeTrue();
    }

    [Fact]
    [Trait("Rule", "S12")]
    public void S12_SomethingWrongThatNoRuleKnows_IsSaidToBeUnexplained()
    {
        var cause = First(new() { Runs = [Started(1)], Reason = Reason.RecorderInDoubt("Agora does not find the recorder.") });

        cause.Code.ShouldBe(CauseCode.NotExplained);
        cause.Confidence.ShouldBe(Confidence.Possible);
    }

    private static Incident Idle(Run run) =>
        new()
        {
            Runs = [run],
            Reason = Reason.NobodyPublished("Nobody published."),
            Stop = new(EndReason.Idle, run.EndedAt!.Value),
            EndedAt = run.EndedAt,
        };

    private static Cause First(Incident incident)
    {
        var found = incident.Diagnose();
        found.Causes.ShouldNotBeEmpty(found.Summary);
        found.Summary.ShouldBe(found.Causes[0].Explanation);
        return found.Causes[0];
    }

    private static IReadOnlyList<CauseCode> Codes(Incident incident) => [.. incident.Diagnose().Causes.Select(cause => cause.Code)];
}
