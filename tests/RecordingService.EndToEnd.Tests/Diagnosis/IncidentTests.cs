using System.Net;
using System.Text.Json.Nodes;
using RecordingService.LocalStack.Processes;
using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Diagnosis;

/// <summary>Incidents at a simulated Agora, diagnosed over HTTP: the true cause comes first.</summary>
public sealed class IncidentTests(School school) : IClassFixture<School>
{
    [Fact]
    [Trait("Rule", "S12")]
    public async Task S12_HealthyClass_HasNoCause()
    {
        school.Notify("demo");
        var id = await school.RecordAsync(new { channel = "healthy", roomType = "lecture" }, TimeSpan.FromSeconds(60));
        await RecordedAsync("healthy", 30);
        var live = await school.DiagnoseAsync(id);
        var (status, _) = await school.Service.PostAsync($"/v1/recordings/{id}/stop", null, ("Prefer", "wait=60"));
        status.ShouldBe(HttpStatusCode.OK, await school.Service.TellAsync(id));

        var over = await school.DiagnoseAsync(id);

        live.GetProperty("causes").GetArrayLength().ShouldBe(0, live.ToString());
        live.GetProperty("summary").GetString()!.ShouldStartWith("Nothing is wrong: a query proved a recorder at ");
        over.GetProperty("causes").GetArrayLength().ShouldBe(0, over.ToString());
        over.GetProperty("state").GetString().ShouldBe("completed");
        over.GetProperty("summary").GetString()!.ShouldEndWith("every slice that was looked for are in the bucket.");
    }

    [Theory]
    [InlineData(true, "certain")]
    [InlineData(false, "likely")]
    [Trait("Rule", "S12")]
    public async Task S12_NobodyPublishes_IsTheCause(bool told, string sure)
    {
        school.Notify(told ? "demo" : null);
        var channel = $"empty-{sure}";
        school.Agora.Channels.Script(channel);
        var id = await school.RecordAsync(new { channel, roomType = "quick" });

        var cause = await school.FirstCauseAsync(id, "nobodyPublished", told ? sure : null);

        await Eventually.BecomesAsync(() => school.Service.StateAsync(id), state => state == "completed");
        var final = (await school.DiagnoseAsync(id)).GetProperty("causes")[0];
        final.GetProperty("code").GetString().ShouldBe("nobodyPublished");
        final.GetProperty("confidence").GetString().ShouldBe(sure);
        School.Facts(cause).ShouldContain("Its idle time (maxIdleTime) was 30 s.");
    }

    [Fact]
    [Trait("Rule", "S12")]
    public async Task S12_TeacherLeaves_IsThatNobodyPublishedAnyMore()
    {
        school.Notify("demo");
        school.Agora.Channels.Join("left", "7");
        var id = await school.RecordAsync(new { channel = "left", roomType = "quick" }, TimeSpan.FromSeconds(60));
        await RecordedAsync("left", 20);
        school.Agora.Channels.Leave("left", "7");

        await school.FirstCauseAsync(id, "fellSilent", "certain");
    }

    [Fact]
    [Trait("Rule", "S15")]
    public async Task S15_WrongCertificate_IsAWrongToken()
    {
        school.Notify("forged");
        var id = await school.RecordAsync(
            new
            {
                channel = "forged",
                roomType = "lecture",
                project = "forged",
            }
        );

        var cause = await school.FirstCauseAsync(id, "tokenRefused", "certain");

        School.Facts(cause).ShouldContain("error 110 (event 1, module 0, level 5)");
        cause.GetProperty("advice").GetString()!.ShouldContain("Certificate");
    }

    [Fact]
    [Trait("Rule", "S15")]
    public async Task S15_ProjectWithoutCertificateInAChannelWithTokens_IsAMissingToken()
    {
        school.Notify("bare");
        var id = await school.RecordAsync(
            new
            {
                channel = "bare",
                roomType = "lecture",
                project = "bare",
            }
        );

        var cause = await school.FirstCauseAsync(id, "tokenMissing", "certain");

        School.Facts(cause).ShouldContain("error 101");
    }

    [Fact]
    [Trait("Rule", "S15")]
    public async Task S15_JoinFailsInOneChannelOfAProjectThatRecordsOthers_IsATokenOnTheRecordersSideOnly()
    {
        school.Notify("demo");
        await school.RecordAsync(new { channel = "with-tokens", roomType = "lecture" }, TimeSpan.FromSeconds(60));
        var id = await school.RecordAsync(new { channel = "without-tokens", roomType = "lecture" });
        var (sid, uid) = await school.RecorderAsync("without-tokens");
        school.Agora.Faults.KillRecorder(sid).ShouldBeTrue();
        school.Agora.Notifications.Send(
            DemoAccount.AppId,
            new CustomNotice
            {
                EventType = 1,
                Channel = "without-tokens",
                Uid = uid,
                Sid = sid,
                Sequence = 90,
                Payload = new JsonObject
                {
                    ["details"] = new JsonObject
                    {
                        ["msgName"] = "cloud_recording_error",
                        ["module"] = 0,
                        ["errorLevel"] = 5,
                        ["errorCode"] = 101,
                        ["stat"] = 0,
                        ["errorMsg"] = "join channel failed",
                    },
                },
            }
        );

        var cause = await school.FirstCauseAsync(id, "tokenOnlyAtRecorder", "likely");

        School.Facts(cause).ShouldContain("Another recording of this project was proven with a token");
    }

    [Fact]
    [Trait("Rule", "S12")]
    public async Task S12_RecorderDrawsTheUidOfAUser_IsATakenUid()
    {
        school.Notify("crowded");
        // Whatever uid is drawn first, a user of the channel has it already: the FAQ's 123 among 123, 234 and 345.
        for (var uid = School.CrowdFrom; uid < School.CrowdFrom + 1000; uid++)
        {
            school.Agora.Channels.Join("crowded", $"{uid}");
        }

        var id = await school.RecordAsync(
            new
            {
                channel = "crowded",
                roomType = "lecture",
                project = "crowded",
            }
        );

        var cause = await school.FirstCauseAsync(id, "uidTaken", "likely");

        School.Facts(cause).ShouldContain("The next recorder");
        school.Agora.Journal.Recorders("crowded")[0].Why.ShouldBe(RecorderEnd.UidConflict);
    }

    [Fact]
    [Trait("Rule", "S12")]
    public async Task S12_UserWithTheRecordersUidIsHeardByTheNextOne_IsATakenUidForSure()
    {
        school.Notify("demo");
        var id = await school.RecordAsync(new { channel = "kicked", roomType = "lecture" }, TimeSpan.FromSeconds(60));
        var (_, uid) = await school.RecorderAsync("kicked");
        school.Agora.Channels.Join("kicked", uid);
        await Eventually.HoldsAsync(() => school.Agora.Journal.Recorders("kicked").Count > 1);

        school.Agora.Channels.Join("kicked", uid);

        await school.FirstCauseAsync(id, "uidTaken", "certain");
    }

    [Fact]
    [Trait("Rule", "S12")]
    public async Task S12_TranscodingRefusedAfterTheStart_IsTheCanvas()
    {
        school.Notify("demo");
        school.Agora.Faults.Add("start-then-transcoding-fails", new FaultMatch { Channel = "canvas" });
        var id = await school.RecordAsync(new { channel = "canvas", roomType = "lecture" });

        var cause = await school.FirstCauseAsync(id, "transcodingRefused");

        School.Facts(cause).ShouldContain("error 2 ");
        cause.GetProperty("advice").GetString()!.ShouldContain("PUT /v1/room-types/lecture");
    }

    [Fact]
    [Trait("Rule", "S12")]
    public async Task S12_WrongSecretKey_IsTheStorageProfile()
    {
        school.Notify("demo");
        var id = await school.RecordAsync(
            new
            {
                channel = "keys",
                roomType = "lecture",
                storageProfile = "wrongkeys",
            }
        );

        var cause = await school.FirstCauseAsync(id, "storageRefused", "certain");

        School.Facts(cause).ShouldContain("error 32 (event 1, module 1, level 5)");
        cause.GetProperty("advice").GetString()!.ShouldContain("Storage:Profiles:wrongkeys");
    }

    [Fact]
    [Trait("Rule", "S12")]
    public async Task S12_BucketInAnotherRegion_IsTheRegion()
    {
        school.Notify("demo");
        school.Agora.Uploads = new() { CrossRegionDelay = TimeSpan.FromMinutes(30) };
        try
        {
            var id = await school.RecordAsync(
                new
                {
                    channel = "faraway",
                    roomType = "lecture",
                    storageProfile = "faraway",
                },
                TimeSpan.FromSeconds(60)
            );
            await RecordedAsync("faraway", 40);
            await school.Service.PostAsync($"/v1/recordings/{id}/stop", null);

            var cause = await school.FirstCauseAsync(id, "crossRegion", "certain");

            School.Facts(cause).ShouldContain("event 32");
            School.Facts(cause).ShouldContain("is in mainland China; calls come from outside mainland China");
        }
        finally
        {
            school.Agora.Uploads = new();
        }
    }

    [Fact]
    [Trait("Rule", "S12")]
    public async Task S12_UploadedFilesThatThePublicAddressDoesNotShow_AreTheAddress()
    {
        school.Notify("demo");
        var id = await school.RecordAsync(
            new
            {
                channel = "hidden",
                roomType = "lecture",
                storageProfile = "hidden",
            },
            TimeSpan.FromSeconds(60)
        );
        await RecordedAsync("hidden", 40);
        await school.Service.PostAsync($"/v1/recordings/{id}/stop", null);

        var cause = await school.FirstCauseAsync(id, "publicAddressWrong", "likely");

        School.Facts(cause).ShouldContain("event 31");
    }

    [Fact]
    [Trait("Rule", "S12")]
    public async Task S12_EncryptedChannelAndARecorderWithoutAKey_IsTheEncryption()
    {
        school.Notify("demo");
        school.Agora.Channels.Join("secret", "7");
        school.Agora.Channels.Encrypt("secret", new ChannelEncryption(1, "key-of-the-clients"));
        var id = await school.RecordAsync(new { channel = "secret", roomType = "quick" });

        var cause = await school.FirstCauseAsync(id, "encryptionMismatch", "likely");

        School.Facts(cause).ShouldContain("It stayed longer than its idle time of 30 s");
        School.Facts(cause).ShouldContain("The recording was started without encryption.");
    }

    [Theory]
    [InlineData("start-2", "requestRefused")]
    [InlineData("acquire-405-inactive", "projectMisconfigured")]
    [InlineData("gateway-401-credentials", "projectSuspended")]
    [InlineData("acquire-406-quota", "throttled")]
    [InlineData("acquire-500-internal", "agoraUnavailable")]
    [InlineData("query-2", "parametersRefusedLate")]
    [Trait("Rule", "S12")]
    public async Task S12_CallsThatAreRefused_AreNamedWithTheirAnswers(string scenario, string code)
    {
        school.Notify(null);
        school.Agora.Faults.Add(scenario, new FaultMatch { Channel = scenario });
        var id = await school.RecordAsync(new { channel = scenario, roomType = "lecture" });

        var cause = await school.FirstCauseAsync(id, code, "certain");

        School.Facts(cause).ShouldContain("was answered with HTTP ");
    }

    [Fact]
    [Trait("Rule", "S12")]
    public async Task S12_StartAnswerLostWithoutNotifications_IsTheUnansweredStart()
    {
        school.Notify(null);
        school.Agora.Faults.Add(
            Fault.LoseAnswer(
                new FaultMatch
                {
                    Operation = AgoraOperation.Start,
                    Channel = "lost",
                    Times = 1,
                }
            )
        );
        var id = await school.RecordAsync(new { channel = "lost", roomType = "lecture" });

        var cause = await school.FirstCauseAsync(id, "startUnanswered", "certain");

        School.Facts(cause).ShouldContain("start was ");
    }

    [Fact]
    [Trait("Rule", "S12")]
    public async Task S12_RecorderDiesInTheMiddle_IsLostInAgora()
    {
        school.Notify("demo");
        var id = await school.RecordAsync(new { channel = "dies", roomType = "lecture" }, TimeSpan.FromSeconds(60));
        await RecordedAsync("dies", 60);
        school.Agora.Faults.KillRecorder((await school.RecorderAsync("dies")).Sid).ShouldBeTrue();

        await school.FirstCauseAsync(id, "recorderLost", "likely");
    }

    [Fact]
    [Trait("Rule", "S12")]
    public async Task S12_DatabaseThatRefusesToStore_IsAFaultOfThisService()
    {
        school.Notify(null);
        await SqlAsync(
            """
            create function recording.refuse() returns trigger language plpgsql as
              $$ begin if new.channel = 'broken' and new.recorder_uid is not null then raise exception 'the disk is full'; end if; return new; end $$;
            create trigger refuse before insert or update on recording.runs for each row execute function recording.refuse()
            """
        );
        try
        {
            var id = await school.RecordAsync(new { channel = "broken", roomType = "lecture" });
            // Four failures take half a minute; it is the fifth that is told.
            await Eventually.HoldsAsync(async () =>
                await SqlAsync(
                    $"update recording.schedule set attempt = 4, due_at = now() where recording_id = '{id}' and attempt > 0 and lease_owner is null"
                ) == 1
            );

            var cause = await school.FirstCauseAsync(id, "serviceFault", "certain");

            cause.GetProperty("advice").GetString()!.ShouldContain("2006");
        }
        finally
        {
            await SqlAsync("drop trigger refuse on recording.runs; drop function recording.refuse()");
        }
    }

    private Task RecordedAsync(string channel, int seconds) =>
        Eventually.HoldsAsync(() => school.Agora.Journal.Recorded(channel) >= TimeSpan.FromSeconds(seconds));

    private async Task<int> SqlAsync(string sql)
    {
        await using var command = school.Cloud.Database.CreateCommand(sql);
        return await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
