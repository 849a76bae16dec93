using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using RecordingService.Domain;
using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;
using RecordingService.Infrastructure.Agora.Notifications;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Tests.Engine.Support;
using RecordingService.Testing;
using static RecordingService.Infrastructure.Tests.Engine.Support.ScriptedAgora;

namespace RecordingService.Infrastructure.Tests.Engine;

/// <summary>Each change that is written is told once, by whoever writes it, in the same commit.</summary>
public sealed class EventTests(EngineDatabase server) : EngineTest(server)
{
    [Fact]
    public async Task Life_OfARecording_IsToldFromTheFirstEventToTheLast()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        await replica.WorkUntilAsync(id, recording => recording.State == RecordingState.Recording);
        await replica.Requests.StopAsync(id, "test", Cancellation);
        await replica.WorkUntilAsync(id, recording => recording.State == RecordingState.Completed);

        var told = await ToldAsync(id);

        told.Select(one => one.Type)
            .ShouldBe([
                EventTypes.Accepted,
                EventTypes.Starting,
                EventTypes.Recording,
                EventTypes.Stopping,
                EventTypes.Uploading,
                EventTypes.Completed,
            ]);
        told.Select(one => one.Sequence).ShouldBe(Enumerable.Range(1, told.Count));
        told.Select(one => one.At).ShouldBe(told.Select(one => one.At).Order());
        told[^1].Data.ShouldBe(new EventData("completed", "complete", null, "requested"));
        told[0].Data.ShouldBe(new EventData("accepted", "pending", null, null));
    }

    /// <summary>The oracle is a trigger that sees each version of the row.</summary>
    [Fact]
    public async Task Changes_UnderAnAgoraThatAnswersAnything_AreToldOnceEach()
    {
        await ExecuteAsync(
            """
            create table recording.versions (number bigint generated always as identity, id uuid, state text, files text, reason text);
            create function recording.note_version() returns trigger language plpgsql as $$ begin
              insert into recording.versions (id, state, files, reason) values (new.id, new.state, new.files_state, new.document -> 'reason' ->> 'code');
              return new; end $$;
            create trigger note_version after insert or update on recording.recordings for each row execute function recording.note_version();
            """
        );
        var random = new Random(7);
        var replica = await StartReplicaAsync();
        replica.Agora.Start = _ =>
            Task.FromResult(Any(Ok(new StartedRecorder($"sid-{Guid.NewGuid():N}")), Failed<StartedRecorder>(AgoraFailureKind.ServerError)));
        replica.Agora.Query = _ =>
            Task.FromResult(
                Any(
                    Ok(new RecorderStatus(5, [], null)),
                    Failed<RecorderStatus>(AgoraFailureKind.ServerError),
                    Failed<RecorderStatus>(AgoraFailureKind.RecorderNotFound),
                    Failed<RecorderStatus>(AgoraFailureKind.RateLimited)
                )
            );
        List<Guid> ids = [];
        for (var n = 0; n < 6; n++)
        {
            ids.Add(await replica.AcceptAsync($"class{n}"));
        }

        // Rounds, and not time: each of them makes some calls for each recording.
        for (var round = 0; round < 150; round++)
        {
            await FillBudgetAsync();
            await replica.WorkOnceAsync();
            await ExecuteAsync("update recording.schedule set due_at = now() where lease_owner is null");
        }

        foreach (var id in ids)
        {
            await replica.Requests.StopAsync(id, "test", Cancellation);
            replica.Agora.Query = _ => Task.FromResult(Ok(new RecorderStatus(5, [], null)));
            await replica.WorkUntilAsync(id, recording => recording.Files != FilesState.Pending);
        }

        var kinds = new HashSet<string>();
        foreach (var id in ids)
        {
            var told = await ToldAsync(id);
            told.Select(one => one.Type).ShouldBe(await ExpectedAsync(id));
            told.Select(one => one.Sequence).ShouldBe(Enumerable.Range(1, told.Count));
            kinds.UnionWith(told.Select(one => one.Type));
        }

        // Otherwise this would have shown little.
        kinds.ShouldContain(EventTypes.Recovering);
        kinds.ShouldContain(EventTypes.ReasonChanged);

        AgoraResult<T> Any<T>(params AgoraResult<T>[] answers)
            where T : class
        {
            lock (random)
            {
                return answers[random.Next(answers.Length)];
            }
        }
    }

    [Theory]
    [InlineData(Cut.AfterCommit)]
    [InlineData(Cut.BeforeCommit)]
    public async Task Commit_AnsweredByNobody_IsToldOnce(Cut how)
    {
        await using var proxy = new CuttingProxy(ConnectionString);
        var replica = await StartReplicaAsync(new() { ConnectionString = proxy.ConnectionString });
        var id = await replica.AcceptAsync();
        await FillBudgetAsync();
        await replica.Processor.ProcessAsync(await replica.ClaimOneAsync(), CancellationToken.None, Cancellation);
        // The question is due, however quick this machine is.
        await ExecuteAsync(
            """
            update recording.runs set document = jsonb_set(document, '{dueAt}', to_jsonb(now() - interval '1 second'));
            update recording.schedule set due_at = now()
            """
        );
        replica.Agora.Query = _ =>
        {
            proxy.CutNextCommit(how);
            return Task.FromResult(Ok(new RecorderStatus(5, [], null)));
        };

        var settled = await replica.Processor.ProcessAsync(await replica.ClaimOneAsync(), CancellationToken.None, Cancellation);

        proxy.Cuts.ShouldBe(1);
        settled!.State.ShouldBe(RecordingState.Recording);
        var told = await ToldAsync(id);
        told.Select(one => one.Type).ShouldBe([EventTypes.Accepted, EventTypes.Starting, EventTypes.Recording]);
        told.Select(one => one.Sequence).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Settlement_WithoutTheLease_TellsNothing()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        await FillBudgetAsync();
        var old = await replica.ClaimOneAsync();
        await EndLeaseAsync(id);
        await replica.ClaimOneAsync();

        await replica.Processor.ProcessAsync(old, CancellationToken.None, Cancellation);

        (await ToldAsync(id)).ShouldHaveSingleItem().Type.ShouldBe(EventTypes.Accepted);
    }

    [Fact]
    public async Task Trouble_OfThisService_IsToldAndItsEndToo()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        await replica.WorkUntilAsync(id, recording => recording.State == RecordingState.Recording);
        await ExecuteAsync("update recording.schedule set due_at = now(), attempt = 9");
        await FillBudgetAsync();
        var claim = await replica.ClaimOneAsync();

        await replica.Processor.GiveBackAsync(claim, TimeSpan.Zero, Cancellation);
        await FillBudgetAsync();
        var again = await replica.ClaimOneAsync();
        await replica.Processor.GiveBackAsync(again, TimeSpan.Zero, Cancellation);
        await replica.WorkUntilAsync(id, recording => recording.Reason is null);

        var told = (await ToldAsync(id)).Skip(3).ToList();
        told.Select(one => one.Type).ShouldBe([EventTypes.ReasonChanged, EventTypes.ReasonChanged]);
        told[0]
            .Data.ShouldBe(
                new EventData("recording", "pending", new EventReason(Reason.InternalCode, Reason.Internal(claim.Attempt).Message), null)
            );
        told[1].Data.ShouldBe(new EventData("recording", "pending", null, null));
    }

    /// <summary>A fault that comes back at each attempt, behind an intent that went well.</summary>
    [Fact]
    public async Task Trouble_ThatComesBackAfterEachIntent_IsToldOnce()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        await replica.WorkUntilAsync(id, recording => recording.State == RecordingState.Recording);
        await replica.Requests.StopAsync(id, "test", Cancellation);
        await ExecuteAsync(
            """
            create function recording.refuse() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$;
            create trigger refuse before update of settle_id on recording.schedule for each row execute function recording.refuse();
            """
        );
        for (var n = 0; n < 3; n++)
        {
            await ExecuteAsync("update recording.schedule set due_at = now(), attempt = 9");
            await FillBudgetAsync();
            var claim = await replica.ClaimOneAsync();
            await Should.ThrowAsync<PostgresException>(() => replica.Processor.ProcessAsync(claim, CancellationToken.None, Cancellation));
            await replica.Processor.GiveBackAsync(claim, TimeSpan.Zero, Cancellation);
        }

        replica.Agora.Stops.Count.ShouldBe(3, "each attempt has an intent");
        (await replica.FindAsync(id)).Reason!.Code.ShouldBe(Reason.InternalCode);
        await ExecuteAsync("drop trigger refuse on recording.schedule");
        await replica.WorkUntilAsync(id, recording => recording.State == RecordingState.Completed);

        var told = (await ToldAsync(id)).Skip(3).ToList();
        told.Select(one => one.Type).ShouldBe([EventTypes.Stopping, EventTypes.ReasonChanged, EventTypes.Uploading, EventTypes.Completed]);
        told[1].Data.Reason!.Code.ShouldBe(Reason.InternalCode);
        told[2].Data.Reason.ShouldBeNull();
    }

    /// <summary>A recording that only builds without events have written.</summary>
    [Fact]
    public async Task RecordingOfAnOlderBuild_IsToldFromItsNextChangeOn()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        await replica.WorkUntilAsync(id, recording => recording.State == RecordingState.Recording);
        await ExecuteAsync(
            "delete from recording.events; update recording.recordings set event_seq = 0, announced_state = null, announced_files = null, announced_reason = null"
        );

        await replica.WorkUntilAsync(id, _ => replica.Agora.Queries.Count > 3);
        (await ToldAsync(id)).ShouldBeEmpty();
        await replica.Requests.StopAsync(id, "test", Cancellation);
        await replica.WorkUntilAsync(id, recording => recording.State == RecordingState.Completed);

        var told = await ToldAsync(id);
        told.Select(one => one.Type).ShouldBe([EventTypes.Stopping, EventTypes.Uploading, EventTypes.Completed]);
        told.Select(one => one.Sequence).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Migration_OfRecordingsThatLive_CountsThemAsAnnounced()
    {
        var replica = await StartReplicaAsync();
        var over = await replica.AcceptAsync("over");
        await replica.Requests.StopAsync(over, "test", Cancellation);
        await replica.WorkUntilAsync(over, recording => recording.EndedAt is not null);
        await Eventually.HoldsAsync(async () =>
        {
            await replica.WorkOnceAsync();
            return await ScalarAsync<long>("select count(*) from recording.schedule") == 0;
        });
        var live = await replica.AcceptAsync("live");
        await replica.WorkUntilAsync(live, recording => recording.State == RecordingState.Recording);
        await using var db = await replica.Get<IDbContextFactory<RecordingDb>>().CreateDbContextAsync(Cancellation);
        var migrator = db.GetService<IMigrator>();
        await migrator.MigrateAsync("Budgets", Cancellation);
        await ExecuteAsync("update recording.recordings set document = jsonb_set(document, '{reason}', '{\"code\":\"throttled\"}')");

        await migrator.MigrateAsync(null, Cancellation);

        (await AnnouncedAsync(live)).ShouldBe("Recording Pending throttled 0");
        (await AnnouncedAsync(over)).ShouldBe("0", "it is finished, and counts as announced");
        (await ScalarAsync<long>("select count(*) from recording.events")).ShouldBe(0);
        // As a build stores it that knows of no events.
        var accepted = (await SeedAsync(1))[0];
        (await AnnouncedAsync(accepted)).ShouldBe("Accepted Pending 0", "it is told from its next change on, whoever makes it");

        Task<string> AnnouncedAsync(Guid id) =>
            ScalarAsync<string>(
                $"select concat_ws(' ', announced_state, announced_files, announced_reason, event_seq) from recording.recordings where id = '{id}'"
            );
    }

    /// <summary>The states that an older replica wrote beside this one are not lost.</summary>
    [Fact]
    public async Task ChangeOfAnOlderReplica_IsToldByTheNextNewerOne()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        await replica.WorkUntilAsync(id, recording => recording.State == RecordingState.Recording);
        // As a build writes that knows of no events.
        await ExecuteAsync(
            "update recording.recordings set announced_state = 'Starting', event_seq = 2; delete from recording.events where sequence > 2"
        );

        await replica.WorkUntilAsync(id, _ => replica.Agora.Queries.Count > 3);

        (await ToldAsync(id)).Select(one => one.Type).ShouldBe([EventTypes.Accepted, EventTypes.Starting, EventTypes.Recording]);
    }

    [Fact]
    [Trait("Rule", "S10")]
    public async Task S10_Notices_OfUploads_AreToldWithPlaylistAndFiles()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        await replica.WorkUntilAsync(id, recording => recording.State == RecordingState.Recording);
        var run = (await RunsAsync(id))[0];

        await TellAsync(replica, run, "n1", 5, 33, """{"msgName":"uploading_progress","progress":4200}""");
        await TellAsync(replica, run, "n2", 7, 32, """{"msgName":"backuped","fileList":[{"fileName":"a.m3u8"},{"fileName":"b.ts"}]}""");
        await TellAsync(replica, run, "n3", 6, 33, """{"msgName":"uploading_progress","progress":4100}""");
        await TellAsync(replica, run, "n4", 8, 31, """{"msgName":"uploaded","fileList":[{"fileName":"b.ts"},{"fileName":"a.m3u8"}]}""");
        await TellAsync(replica, run, "n5", 8, 31, """{"msgName":"uploaded","fileList":[{"fileName":"a.m3u8"},{"fileName":"b.ts"}]}""");
        await Eventually.HoldsAsync(async () =>
        {
            await replica.WorkOnceAsync();
            return await ScalarAsync<long>("select count(*) from recording.inputs") == 0;
        });

        var told = (await ToldAsync(id)).Skip(3).ToList();
        told.Select(one => one.Type).ShouldBe([EventTypes.UploadProgressed, EventTypes.BackedUp, EventTypes.Uploaded]);
        told.Select(one => one.Sequence).ShouldBe([4, 5, 6]);
        told[0].Data.Upload!.ShouldBe(new(1, $"{run.Sid}.m3u8", 0.42, null, null));
        told[1].Data.Upload!.PlaylistFileName.ShouldBe("a.m3u8");
        told[1].Data.Upload!.FileNames.ShouldBe(["a.m3u8", "b.ts"]);
        told[2].Data.Upload!.FileNames.ShouldBe(["a.m3u8", "b.ts"]);
        told[2].Data.Upload!.FileCount.ShouldBe(2);
    }

    [Fact]
    public void Upload_OfThousandsOfFiles_FitsIntoAnEvent()
    {
        IReadOnlyList<string> names = [.. Enumerable.Range(0, 5000).Select(n => $"{n}_Ünïcödé_{new string('x', 100)}.ts"), "last.m3u8"];

        // Six bytes a character, all of them as long as they may be.
        var upload = EventUpload.Of(new(UploadNewsKind.Uploaded, 1, null, names), null) with
        {
            PlaylistFileName = EventUpload
                .Of(new(UploadNewsKind.Uploaded, 1, null, []), $"{new string('ü', 249)}.m3u8")
                .PlaylistFileName.ShouldNotBeNull(),
        };
        EventUpload.Of(new(UploadNewsKind.Uploaded, 1, null, []), $"{new string('ü', 250)}.m3u8").PlaylistFileName.ShouldBeNull();
        var told = new FeedEvent(
            1,
            Guid.NewGuid(),
            EventTypes.Uploaded,
            DateTimeOffset.UnixEpoch,
            1,
            "school",
            Guid.NewGuid(),
            new(new string('c', 64), new string('l', 64), new string('é', 200), "lecture"),
            new("uploading", "pending", EventReason.Of(new("internal", new string('ö', 5000), "")), "requested", upload)
        );

        told.Json.Length.ShouldBeLessThan(20_000);
        upload.FileCount.ShouldBe(5001);
        upload.FileNames![0].ShouldBe("last.m3u8");
        upload.FileNames.Count.ShouldBeInRange(20, 5000);
    }

    [Theory]
    [InlineData("short", "short")]
    [InlineData("äääää", "ää...")]
    [InlineData("xxxxxxxxxxxxxxxx", "xxxxxxxxxxxxxxxx")]
    [InlineData("xxxxxxxxxxxxxxxxx", "xxxxxxxxxxxxx...")]
    [InlineData("xxxxxxx\U0001F600 and more", "xxxxxxx...")]
    public void Text_ThatIsTooLongForAnEvent_IsCutBetweenTwoCharacters(string text, string expected) =>
        EventText.Cut(text, 16).ShouldBe(expected);

    /// <summary>What the versions of a row that a trigger saw should have told.</summary>
    private async Task<IReadOnlyList<string>> ExpectedAsync(Guid id)
    {
        List<string> expected = [];
        (string State, string Files, string? Reason)? before = null;
        await using var command = Database.CreateCommand(
            $"select state, files, reason from recording.versions where id = '{id}' order by number"
        );
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        while (await reader.ReadAsync(Cancellation))
        {
            var (state, files, reason) = (reader.GetString(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2));
            if (state != before?.State)
            {
                expected.Add($"recording.{state.ToLowerInvariant()}");
            }
            else
            {
                expected.AddRange(files != before?.Files ? [EventTypes.FilesChanged] : []);
                expected.AddRange(reason != before?.Reason ? [EventTypes.ReasonChanged] : []);
            }

            before = (state, files, reason);
        }

        return expected;
    }

    private async Task<IReadOnlyList<(string Type, int Sequence, DateTime At, EventData Data)>> ToldAsync(Guid id)
    {
        await using var command = Database.CreateCommand(
            $"select type, sequence, at, data from recording.events where recording_id = '{id}' order by id"
        );
        List<(string, int, DateTime, EventData)> told = [];
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        while (await reader.ReadAsync(Cancellation))
        {
            told.Add((reader.GetString(0), reader.GetInt32(1), reader.GetDateTime(2), StateJson.Read<EventData>(reader.GetString(3))));
        }

        return told;
    }

    private static async Task TellAsync(Replica replica, Run run, string id, int sequence, int eventType, string details)
    {
        var body = JsonSerializer.Serialize(
            new
            {
                noticeId = id,
                productId = 3,
                eventType,
                notifyMs = 1795255206001,
                payload = new
                {
                    cname = "maths",
                    uid = $"{run.RecorderUid}",
                    sid = run.Sid,
                    sequence,
                    sendts = 1795255205871,
                    details = JsonDocument.Parse(details).RootElement,
                },
            }
        );
        var (notification, problem) = NotificationParser.Read(Encoding.UTF8.GetBytes(body), DateTimeOffset.UnixEpoch, text => text);
        var accepted = new NotificationReading.Accepted(notification ?? throw new ArgumentException(problem), Replica.Project, body);
        (await replica.Get<NotificationIntake>().StoreAsync(accepted, Cancellation)).ShouldBe(NoticeFate.TakenIn);
    }
}
