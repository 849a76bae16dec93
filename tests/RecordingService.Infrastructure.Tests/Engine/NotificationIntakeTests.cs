using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using RecordingService.Domain;
using RecordingService.Domain.Recordings;
using RecordingService.Infrastructure.Agora.Notifications;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Tests.Engine.Support;
using static RecordingService.Infrastructure.Tests.Engine.Support.ScriptedAgora;

namespace RecordingService.Infrastructure.Tests.Engine;

public sealed class NotificationIntakeTests(EngineDatabase server) : EngineTest(server)
{
    private const string Sid = "5b8d7a0c1e2f43968a7bc0d1e2f3a4b5";
    private const long Uid = 900_000_001;
    private const int Started = 40;
    private const int StatusChanged = 3;
    private const int StreamChanged = 43;

    [Fact]
    public async Task Notice_ToldManyTimesAtOnce_IsStoredAndTakenInOnce()
    {
        var replica = await StartReplicaAsync();
        await RunningAsync(replica);

        var fates = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => TellAsync(replica, Notice("n1"))));

        fates.Count(fate => fate == NoticeFate.TakenIn).ShouldBe(1);
        fates.Count(fate => fate == NoticeFate.Repeated).ShouldBe(99);
        (await CountAsync("notifications")).ShouldBe(1);
        (await CountAsync("inputs")).ShouldBe(1);
    }

    [Fact]
    public async Task Notice_ToldTwiceInOneBatch_IsStoredAndTakenInOnce()
    {
        var replica = await StartReplicaAsync();
        await RunningAsync(replica);
        await using var jam = await JamAsync();
        var first = TellAsync(replica, Notice("first"));
        await jam.IsFeltAsync();

        var together = Task.WhenAll(TellAsync(replica, Notice("n1")), TellAsync(replica, Notice("n1")), TellAsync(replica, Notice("n2")));
        await jam.EndAsync();

        (await first).ShouldBe(NoticeFate.TakenIn);
        (await together).ShouldBe([NoticeFate.TakenIn, NoticeFate.Repeated, NoticeFate.TakenIn]);
        (await CountAsync("inputs")).ShouldBe(3);
    }

    /// <summary>Agora tells one replica, gets no answer, and tells another; each of them writes many at once, in whatever order they came.</summary>
    [Fact]
    public async Task Notices_ToldToTwoReplicasInOppositeOrder_AreStoredOnceWithoutDeadlock()
    {
        const int Rounds = 15;
        const int Together = 150;
        Replica[] replicas = [await StartReplicaAsync(), await StartReplicaAsync()];
        await RunningAsync(replicas[0]);
        for (var round = 0; round < Rounds; round++)
        {
            var notices = Enumerable.Range(0, Together).Select(n => Notice($"{round}-{n}")).ToList();

            var fates = await Task.WhenAll(
                notices
                    .Select(notice => TellAsync(replicas[0], notice))
                    .Concat(notices.AsEnumerable().Reverse().Select(notice => TellAsync(replicas[1], notice)))
            );

            fates.Count(fate => fate == NoticeFate.TakenIn).ShouldBe(Together);
            fates.Count(fate => fate == NoticeFate.Repeated).ShouldBe(Together);
        }

        (await CountAsync("notifications")).ShouldBe(Rounds * Together);
        (await CountAsync("inputs")).ShouldBe(Rounds * Together);
        (await DeadlocksAsync(replicas)).ShouldBe(0);
    }

    [Theory]
    [InlineData("the sid", Sid, "another channel", 7L, true)]
    [InlineData("the sid, after a move to another uid", Sid, "maths", 123_456L, true)]
    [InlineData("channel and uid, but another sid: not this recorder", "another sid", "maths", Uid, false)]
    [InlineData("nothing", "another sid", "another channel", Uid, false)]
    public async Task Notice_OfARunWithSid_IsMatchedByIt(string by, string sid, string channel, long uid, bool isMatched)
    {
        var replica = await StartReplicaAsync();
        var id = await RunningAsync(replica);

        var fate = await TellAsync(replica, Notice("n1", sid: sid, channel: channel, uid: uid));

        fate.ShouldBe(isMatched ? NoticeFate.TakenIn : NoticeFate.Unmatched, by);
        (await ScalarAsync<long>($"select count(*) from recording.notifications where recording_id = '{id}' and generation = 1")).ShouldBe(
            isMatched ? 1 : 0
        );
    }

    [Theory]
    [InlineData("maths", Uid, true)]
    [InlineData("maths", Uid + 1, false)]
    [InlineData("physics", Uid, false)]
    public async Task Notice_OfARunWhoseSidIsUnknown_IsMatchedByChannelAndUid(string channel, long uid, bool isMatched)
    {
        var replica = await StartReplicaAsync();
        await RunningAsync(replica, sid: null);

        var fate = await TellAsync(replica, Notice("n1", channel: channel, uid: uid));

        fate.ShouldBe(isMatched ? NoticeFate.TakenIn : NoticeFate.Unmatched);
        (await CountAsync("inputs")).ShouldBe(isMatched ? 1 : 0);
    }

    [Theory]
    [InlineData(Sid)]
    [InlineData(null)]
    public async Task Notice_OfAnotherProject_IsNeverMatched(string? known)
    {
        var replica = await StartReplicaAsync(new() { Projects = [Replica.Project, "academy"] });
        await RunningAsync(replica, known);

        (await TellAsync(replica, Notice("n1") with { Project = "academy" })).ShouldBe(NoticeFate.Unmatched);

        // The same id of another project is another notice.
        (await TellAsync(replica, Notice("n1"))).ShouldBe(NoticeFate.TakenIn);
        (await CountAsync("inputs")).ShouldBe(1);
    }

    [Fact]
    public async Task Notice_Unmatched_IsKeptAsItCame()
    {
        var replica = await StartReplicaAsync();
        var notice = Notice("n1", sid: "of-nobody");

        (await TellAsync(replica, notice)).ShouldBe(NoticeFate.Unmatched);

        (await ScalarAsync<string>("select body from recording.notifications where recording_id is null and sid = 'of-nobody'")).ShouldBe(
            notice.Body
        );
        (await CountAsync("inputs")).ShouldBe(0);
    }

    /// <summary>The console sends events of other products with channels and uids, and checks of its own.</summary>
    [Theory]
    [InlineData("""{"noticeId":"n1","productId":1,"eventType":103,"payload":{"cname":"maths","uid":900000001}}""")]
    [InlineData("""{"noticeId":"n1","productId":3,"eventType":40,"payload":{"cname":"maths","uid":"900000001"}}""")]
    public async Task Notice_ThatTellsOfNoRecorder_IsKeptAndWakesNobody(string body)
    {
        var replica = await StartReplicaAsync();
        await RunningAsync(replica, sid: null);

        (await TellAsync(replica, Read(body))).ShouldBe(NoticeFate.Unmatched);

        (await CountAsync("inputs")).ShouldBe(0);
        (await ScalarAsync<long>("select signal_seq from recording.schedule")).ShouldBe(0);
    }

    [Fact]
    public async Task Notice_WhileTheRecordingIsHeld_LeavesTheLeaseAndIsTakenInRightAfter()
    {
        var replica = await StartReplicaAsync();
        var id = await RunningAsync(replica);
        await FillBudgetAsync();
        var claim = await replica.ClaimOneAsync();
        var lease = await ScalarAsync<DateTime>("select due_at from recording.schedule");

        await TellAsync(replica, Notice("n1"));

        (await replica.ClaimAsync()).ShouldBeEmpty("a notice never breaks a lease");
        (await ScalarAsync<DateTime>("select due_at from recording.schedule")).ShouldBe(lease);
        var recording = (await replica.Store.LoadAsync(id, Cancellation)).Recording;
        var later = new NextStep(TimeSpan.FromHours(1), 4, 1);
        (
            await replica.Store.SettleAsync(claim, claim.SignalSeq, Guid.NewGuid(), later, new(recording, recording, [], []), Cancellation)
        ).ShouldBeTrue();
        var next = await replica.ClaimOneAsync();
        (await replica.Store.LoadAsync(next.RecordingId, Cancellation)).Inputs.ShouldHaveSingleItem().Notice!.Generation.ShouldBe(1);
    }

    [Theory]
    [InlineData(StatusChanged, "1 hour", 0, 0)]
    [InlineData(StreamChanged, "1 hour", 3, 0)]
    // Due earlier anyway: nothing is gained by being taken out of its turn.
    [InlineData(StreamChanged, "1 second", 1, 4)]
    // Overdue for want of requests to Agora: what decides something does not wait for them.
    [InlineData(StatusChanged, "-10 seconds", -10, 0)]
    public async Task Notice_ForARecordingThatWaits_BringsItForwardAsMuchAsItMatters(int eventType, string due, int expected, int priority)
    {
        var replica = await StartReplicaAsync();
        await RunningAsync(replica);
        await ExecuteAsync($"update recording.schedule set priority = 4, cost = 1, due_at = now() + interval '{due}'");

        await TellAsync(replica, Notice("n1", eventType));

        var seconds = await ScalarAsync<double>("select extract(epoch from due_at - now())::float8 from recording.schedule");
        seconds.ShouldBeInRange(expected - 2, expected, "the statements in between take less than two seconds");
        (await ScalarAsync<short>("select priority from recording.schedule")).ShouldBe((short)priority);
    }

    [Fact]
    public async Task Notice_OfAFinishedRecording_IsTakenInAndTheRecordingRestsAgain()
    {
        var replica = await StartReplicaAsync();
        await FillBudgetAsync();
        var id = await replica.AcceptAsync();
        await replica.WorkUntilAsync(id, recording => recording.ConfirmedAt is not null);
        await replica.Requests.StopAsync(id, "test", Cancellation);
        var ended = await replica.WorkUntilAsync(id, recording => recording.EndedAt is not null && recording.Files != FilesState.Pending);
        await Testing.Eventually.HoldsAsync(async () =>
        {
            await replica.WorkOnceAsync();
            return await CountAsync("schedule") == 0;
        });

        (await TellAsync(replica, Notice("n1", 33, sid: ended.Runs[0].Sid!, details: """{"progress":10000}"""))).ShouldBe(
            NoticeFate.TakenIn
        );
        await Testing.Eventually.HoldsAsync(async () =>
        {
            await replica.WorkOnceAsync();
            return await CountAsync("schedule") == 0;
        });

        (await CountAsync("inputs")).ShouldBe(0);
        (await TimelineAsync(id)).ShouldContain("Notice: Agora tells of the upload's progress: 100 %.");
        var after = await replica.FindAsync(id);
        (after.State, after.Files, after.EndedAt).ShouldBe((ended.State, ended.Files, ended.EndedAt));
    }

    [Fact]
    public async Task Notices_MoreThanAreTakenInAtOnce_AreAllTakenInBeforeTheRecordingRests()
    {
        const int many = (2 * RecordingStore.MostInputs) + 50;
        var replica = await StartReplicaAsync();
        await FillBudgetAsync();
        var id = await replica.AcceptAsync();
        await replica.Requests.StopAsync(id, "test", Cancellation);
        var ended = await replica.WorkUntilAsync(id, recording => recording.EndedAt is not null);
        await SetRunAsync(id, Sid, Uid);
        await Testing.Eventually.HoldsAsync(async () =>
        {
            await replica.WorkOnceAsync();
            return await CountAsync("schedule") == 0;
        });

        await Task.WhenAll(Enumerable.Range(0, many).Select(n => TellAsync(replica, Notice($"n{n}", channel: ended.Channel))));
        await replica.WorkOnceAsync();

        (await CountAsync("inputs")).ShouldBe(many - RecordingStore.MostInputs);
        await replica.WorkOnceAsync();
        await replica.WorkOnceAsync();
        (await CountAsync("inputs")).ShouldBe(0);
        (await CountAsync("schedule")).ShouldBe(0);
    }

    [Fact]
    public async Task Notice_ThatPostgreSqlRefuses_FailsAloneAndNotItsNeighbours()
    {
        var replica = await StartReplicaAsync();
        await RunningAsync(replica);
        await ExecuteAsync("alter table recording.notifications add check (notice_id <> 'poison')");
        await using var jam = await JamAsync();
        var first = TellAsync(replica, Notice("first"));
        await jam.IsFeltAsync();
        var neighbours = Enumerable.Range(0, 20).Select(n => TellAsync(replica, Notice($"good-{n}"))).ToList();
        var poison = TellAsync(replica, Notice("poison"));
        neighbours.AddRange(Enumerable.Range(20, 20).Select(n => TellAsync(replica, Notice($"good-{n}"))));
        await jam.EndAsync();

        await first;
        (await Task.WhenAll(neighbours)).ShouldAllBe(fate => fate == NoticeFate.TakenIn);
        (await Should.ThrowAsync<PostgresException>(poison)).SqlState.ShouldBe(PostgresErrorCodes.CheckViolation);
        (await CountAsync("notifications")).ShouldBe(41);
        (await TellAsync(replica, Notice("later"))).ShouldBe(NoticeFate.TakenIn);
    }

    /// <summary>Whatever a body may hold that a database or a driver stumbles over.</summary>
    [Theory]
    [InlineData("""{"productId":3,"eventType":40,"noticeId":"a\u0000b","payload":{"sid":"s\u0000","cname":"\u0000","details":{}}}""")]
    [InlineData("""{"productId":3,"eventType":1,"noticeId":"n","payload":{"sid":"s","details":{"errorMsg":"\u0000 \ud800"}}}""")]
    [InlineData("""{"productId":3,"eventType":40,"noticeId":"n","more":"\ud800\u0000","payload":{"sid":"s"}}""")]
    [InlineData("""{"productId":-2147483648,"eventType":2147483647,"noticeId":"n","payload":{"uid":4294967295,"sid":"s"}}""")]
    public async Task Notice_WithTextThatIsNone_IsStoredOrUnreadableBefore(string body)
    {
        var replica = await StartReplicaAsync();
        if (NotificationParser.Read(Encoding.UTF8.GetBytes(body), DateTimeOffset.UnixEpoch, text => text).Notification is not null)
        {
            (await TellAsync(replica, Read(body))).ShouldBe(NoticeFate.Unmatched);
            (await ScalarAsync<string>("select body from recording.notifications")).ShouldBe(body);
        }
        else
        {
            body.ShouldContain("\\ud800");
        }
    }

    [Fact]
    public async Task Notice_WithALongId_IsStillToldFromOthersAndKeepsNobodyFromBeingStored()
    {
        var replica = await StartReplicaAsync();
        // Cut at 200 characters, the pair of surrogates would be halved, which no driver can send, and the two would be one.
        var same = new string('x', 199) + "\U0001F600";

        var fates = await Task.WhenAll(
            TellAsync(replica, Notice(same + "a")),
            TellAsync(replica, Notice(same + "b")),
            TellAsync(replica, Notice(same + "a"))
        );

        fates.Count(fate => fate == NoticeFate.Repeated).ShouldBe(1);
        (await CountAsync("notifications")).ShouldBe(2);
    }

    [Fact]
    public async Task Notices_WhoseSidsAndChannelsAreTooLongForAnIndex_AreKept()
    {
        var replica = await StartReplicaAsync();
        var text = new string('\u00e9', 100_000);

        (await TellAsync(replica, Notice("n1", sid: text, channel: text))).ShouldBe(NoticeFate.Unmatched);

        (await ScalarAsync<long>("select count(*) from recording.notifications where sid is null and channel is null")).ShouldBe(1);
    }

    [Fact]
    public async Task End_WhileNoticesWait_StoresThemFirst()
    {
        var replica = await StartReplicaAsync();
        await using var jam = await JamAsync();
        var intake = new NotificationIntake(replica.Database, replica.State, replica.Clock, NullLogger<NotificationIntake>.Instance);
        var first = TellAsync(intake, Notice("first"));
        await jam.IsFeltAsync();
        var waiting = Enumerable.Range(0, 300).Select(n => TellAsync(intake, Notice($"n{n}"))).ToList();

        var end = intake.DisposeAsync().AsTask();
        await jam.EndAsync();
        await end;

        (await first).ShouldBe(NoticeFate.Unmatched);
        (await Task.WhenAll(waiting)).ShouldAllBe(fate => fate == NoticeFate.Unmatched);
        (await CountAsync("notifications")).ShouldBe(301);
    }

    [Fact]
    public async Task End_WhileTheDatabaseDoesNotAnswer_TellsEverybodyWhoWaits()
    {
        var replica = await StartReplicaAsync();
        await using var jam = await JamAsync();
        var intake = new NotificationIntake(replica.Database, replica.State, replica.Clock, NullLogger<NotificationIntake>.Instance);
        var inFlight = TellAsync(intake, Notice("first"));
        await jam.IsFeltAsync();
        var waiting = TellAsync(intake, Notice("second"));

        await intake.DisposeAsync();

        await Should.ThrowAsync<DatabaseUnavailableException>(inFlight);
        await Should.ThrowAsync<DatabaseUnavailableException>(waiting);
        await Should.ThrowAsync<DatabaseUnavailableException>(TellAsync(intake, Notice("third")));
    }

    [Fact]
    public async Task Notices_MoreThanMemoryShouldHold_AreRefusedAtOnceAndTakenAfterwards()
    {
        var replica = await StartReplicaAsync();
        await using var jam = await JamAsync();
        var large = new string('x', 1_000_000);
        var taken = Enumerable.Range(0, 30).Select(n => TellAsync(replica, Notice($"n{n}", details: $$"""{"x":"{{large}}"}"""))).ToList();
        await jam.IsFeltAsync();

        var more = Enumerable.Range(30, 10).Select(n => TellAsync(replica, Notice($"n{n}", details: $$"""{"x":"{{large}}"}"""))).ToList();
        await Should.ThrowAsync<DatabaseUnavailableException>(more[^1]);
        await jam.EndAsync();

        await Task.WhenAll(taken);
        await Task.WhenAll(more.Select(one => one.ContinueWith(_ => 0, TaskScheduler.Default)));
        var refused = more.FindAll(one => one.IsFaulted);
        (await CountAsync("notifications")).ShouldBe(40 - refused.Count);
        refused.ShouldAllBe(one => one.Exception!.InnerException is DatabaseUnavailableException);
        (await TellAsync(replica, Notice("n39"))).ShouldBe(NoticeFate.Unmatched);
    }

    /// <summary>Notices, callers and holders touch the same rows; all take their locks in one order.</summary>
    [Fact]
    public async Task Notices_WhileCallersStopAndChangeAndHoldersSettle_NeverDeadlock()
    {
        Replica[] replicas = [await StartReplicaAsync(), await StartReplicaAsync()];
        await FillBudgetAsync();
        List<Guid> ids = [];
        for (var n = 0; n < 8; n++)
        {
            // All in one channel, so that one stop takes the locks of all.
            ids.Add(await replicas[0].AcceptAsync("maths", $"label{n}"));
            await SetRunAsync(ids[n], $"{Sid}{n}", Uid + n);
        }

        using var over = new CancellationTokenSource(TimeSpan.FromSeconds(4), TimeProvider.System);
        var (told, settled, stopped) = (0, 0, 0);

        var tellers = replicas.Select(
            async (replica, which) =>
            {
                for (var round = 0; !over.IsCancellationRequested; round++)
                {
                    var order = Enumerable.Range(0, 64).Select(n => which == 0 ? n : 63 - n);
                    await Task.WhenAll(
                        order.Select(n => TellAsync(replica, Notice($"{which}-{round}-{n}", StatusChanged, $"{Sid}{n % 8}")))
                    );
                    told += 64;
                }
            }
        );
        var holders = replicas.Select(async replica =>
        {
            while (!over.IsCancellationRequested)
            {
                foreach (var claim in await replica.ClaimAsync(4))
                {
                    var loaded = await replica.Store.LoadAsync(claim.RecordingId, Cancellation);
                    var change = new Change(loaded.Recording, loaded.Recording, [], [.. loaded.Inputs.Select(input => input.Id)]);
                    var next = new NextStep(TimeSpan.Zero, 4, 0);
                    await replica.Store.SettleAsync(claim, claim.SignalSeq, Guid.NewGuid(), next, change, Cancellation);
                    settled++;
                }
            }
        });
        var callers = CallAsync();
        await Task.WhenAll([.. tellers, .. holders, callers]);

        TestContext.Current.TestOutputHelper!.WriteLine($"{told} told, {settled} settled, {stopped} stops of all eight");
        told.ShouldBeGreaterThan(1000);
        settled.ShouldBeGreaterThan(100);
        stopped.ShouldBeGreaterThan(20);
        (await DeadlocksAsync(replicas)).ShouldBe(0);

        async Task CallAsync()
        {
            while (!over.IsCancellationRequested)
            {
                await replicas[0].Requests.ChangeAsync(ids[stopped % 8], new(TimeSpan.FromHours(2), null, null), "test", Cancellation);
                await replicas[0].Requests.StopChannelAsync("maths", null, null, "test", Cancellation);
                await ExecuteAsync("update recording.recordings set stop_requested_at = null where stop_requested_at is not null");
                stopped++;
            }
        }
    }

    /// <summary>Another system may share the App ID: what it records is told once and otherwise left alone.</summary>
    [Fact]
    public async Task Notices_OfARecorderThatNobodyHereStarted_AreToldOnceAndLeaveItAlone()
    {
        Replica[] replicas = [await StartReplicaAsync(), await StartReplicaAsync()];
        var id = await RunningAsync(replicas[0]);
        var before = await ScalarAsync<DateTime>("select due_at from recording.schedule");

        for (var n = 0; n < 6; n++)
        {
            (
                await TellAsync(replicas[n % 2], Notice($"n{n}", n == 0 ? Started : StatusChanged, sid: "of-another-system", uid: 5))
            ).ShouldBe(NoticeFate.Unmatched);
        }

        string[] told = [.. replicas.SelectMany(replica => replica.Log.Of(2021))];
        told.ShouldHaveSingleItem().ShouldContain("uid 5, sid of-another-system");
        (await TimelineAsync(id))
            .Count(line =>
                line
                == "Alert: Agora tells of a recorder in this channel that this service did not start (uid 5, sid of-another-system). It is left alone."
            )
            .ShouldBe(1);
        (await CountAsync("inputs")).ShouldBe(0);
        (await ScalarAsync<DateTime>("select due_at from recording.schedule")).ShouldBe(before);
        replicas.ShouldAllBe(replica => replica.Agora.Stops.IsEmpty && replica.Agora.Queries.IsEmpty);
    }

    [Theory]
    [InlineData("matched by sid", Sid, "maths", Uid)]
    [InlineData("without a sid", "", "elsewhere", 5L)]
    public async Task Notice_ThatTellsOfNoUnknownRecorder_IsNoAlert(string what, string sid, string channel, long uid)
    {
        var replica = await StartReplicaAsync();
        var id = await RunningAsync(replica);

        await TellAsync(replica, Notice("n1", sid: sid, channel: channel, uid: uid));

        replica.Log.Of(2021).ShouldBeEmpty(what);
        (await TimelineAsync(id)).ShouldNotContain(line => line.StartsWith("Alert", StringComparison.Ordinal));
    }

    /// <summary>The start was never answered and another recorder took over: the first word of the first one's sid has it stopped.</summary>
    [Fact]
    public async Task Notice_OfARecorderThatWasGivenUpWithoutASid_HasItStoppedAndNoOther()
    {
        var replica = await StartReplicaAsync();
        await FillBudgetAsync();
        var id = await OrphanedAsync(replica, sidInBucket: null);
        var uid = (await RunsAsync(id))[0].RecorderUid!.Value;

        (await TellAsync(replica, Notice("stranger", sid: "stranger", uid: 5))).ShouldBe(NoticeFate.Unmatched);
        (await TellAsync(replica, Notice("orphan", StatusChanged, sid: "orphan", uid: uid))).ShouldBe(NoticeFate.TakenIn);
        await replica.WorkUntilAsync(id, recording => recording.Runs[0].Phase == RunPhase.Closed);

        replica.Agora.Stops.ShouldHaveSingleItem().Sid.ShouldBe("orphan");
        (await replica.FindAsync(id)).State.ShouldBe(RecordingState.Recording);
    }

    [Fact]
    public async Task File_OfARecorderThatWasGivenUpWithoutASid_HasItStopped()
    {
        var replica = await StartReplicaAsync(new() { Lifecycle = Replica.Quick with { OrphanLadder = [TimeSpan.FromMilliseconds(20)] } });
        await FillBudgetAsync();
        var id = await OrphanedAsync(replica, sidInBucket: "orphan");

        await replica.WorkUntilAsync(id, recording => recording.Runs[0].Phase == RunPhase.Closed);

        replica.Agora.Stops.ShouldHaveSingleItem().Sid.ShouldBe("orphan");
        (await replica.FindAsync(id)).State.ShouldBe(RecordingState.Recording);
    }

    /// <summary>A recording whose first start nobody ever answered, and whose second recorder records.</summary>
    private static async Task<Guid> OrphanedAsync(Replica replica, string? sidInBucket)
    {
        ((CompleteFiles)replica.Get<IRecordingFiles>()).Sid = sidInBucket;
        uint? first = null;
        replica.Agora.Start = call =>
        {
            first ??= call.RecorderUid;
            return Task.FromResult(
                call.RecorderUid == first ? Failed<StartedRecorder>(AgoraFailureKind.Unanswered) : Ok(new StartedRecorder("second"))
            );
        };
        var id = await replica.AcceptAsync("maths");
        await replica.WorkUntilAsync(id, recording => recording.State == RecordingState.Recording);
        return id;
    }

    private static NotificationReading.Accepted Notice(
        string id,
        int eventType = Started,
        string sid = Sid,
        string channel = "maths",
        long uid = Uid,
        string details = """{"status":4,"state":0,"streamUid":"7"}"""
    ) =>
        Read(
            $$"""
            {"noticeId":{{Quoted(id)}},"productId":3,"eventType":{{eventType}},"notifyMs":1795255206001,
             "payload":{"cname":{{Quoted(channel)}},"uid":"{{uid}}","sid":{{Quoted(
                sid
            )}},"sequence":0,"sendts":1795255205871,"details":{{details}} } }
            """
        );

    private static string Quoted(string text) => JsonSerializer.Serialize(text);

    private static NotificationReading.Accepted Read(string body)
    {
        var (notification, problem) = NotificationParser.Read(Encoding.UTF8.GetBytes(body), DateTimeOffset.UnixEpoch, text => text);
        return new(notification ?? throw new ArgumentException(problem), Replica.Project, body);
    }

    private static Task<NoticeFate> TellAsync(Replica replica, NotificationReading.Accepted notice) =>
        TellAsync(replica.Get<NotificationIntake>(), notice);

    private static Task<NoticeFate> TellAsync(NotificationIntake intake, NotificationReading.Accepted notice) =>
        intake.StoreAsync(notice, Cancellation);

    /// <summary>A recording with a run as it is once its recorder was started, or is being started when its sid is unknown.</summary>
    private async Task<Guid> RunningAsync(Replica replica, string? sid = Sid)
    {
        var id = await replica.AcceptAsync("maths");
        await SetRunAsync(id, sid, Uid);
        return id;
    }

    private Task SetRunAsync(Guid id, string? sid, long uid) =>
        ExecuteAsync(
            $"update recording.runs set recorder_uid = {uid}, sid = {(sid is null ? "null" : $"'{sid}'")} where recording_id = '{id}' and generation = 1"
        );

    private Task<long> CountAsync(string table) => ScalarAsync<long>($"select count(*) from recording.{table}");

    /// <summary>How often the server had to end a deadlock, once the replicas' sessions have reported it.</summary>
    private async Task<long> DeadlocksAsync(Replica[] replicas)
    {
        foreach (var replica in replicas)
        {
            await replica.DisposeAsync();
        }

        await Testing.Eventually.HoldsAsync(async () =>
            await ScalarAsync<long>(
                "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'recording-service'"
            ) == 0
        );
        return await ScalarAsync<long>("select deadlocks from pg_stat_database where datname = current_database()");
    }

    /// <summary>Lets nobody write notifications until the test is done with it.</summary>
    private async Task<Jam> JamAsync()
    {
        var connection = await Database.OpenConnectionAsync(Cancellation);
        var transaction = await connection.BeginTransactionAsync(Cancellation);
        await using var command = new NpgsqlCommand("lock table recording.notifications in exclusive mode", connection);
        await command.ExecuteNonQueryAsync(Cancellation);
        return new(
            connection,
            transaction,
            async () =>
                await ScalarAsync<long>(
                    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
                ) > 0
        );
    }

    private sealed class Jam(NpgsqlConnection connection, NpgsqlTransaction transaction, Func<Task<bool>> isFelt) : IAsyncDisposable
    {
        public Task IsFeltAsync() => Testing.Eventually.HoldsAsync(isFelt);

        public Task EndAsync() => transaction.RollbackAsync(Cancellation);

        public async ValueTask DisposeAsync()
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
