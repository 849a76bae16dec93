using RecordingService.Domain.Recordings;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Tests.Engine.Support;
using static RecordingService.Infrastructure.Tests.Engine.Support.ScriptedAgora;

namespace RecordingService.Infrastructure.Tests.Engine;

public sealed class RequestTests(EngineDatabase server) : EngineTest(server)
{
    [Fact]
    public async Task Accept_FiftyAtOnceForOneChannel_AcceptsOneAndAnswersAllWithIt()
    {
        var replicas = await Task.WhenAll(StartReplicaAsync(), StartReplicaAsync());

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(n => replicas[n % 2].TryAcceptAsync()));

        outcomes.OfType<StartOutcome.Accepted>().Count().ShouldBe(1);
        outcomes.OfType<StartOutcome.Existing>().Count().ShouldBe(49);
        outcomes.Select(outcome => outcome.RecordingId).Distinct().Count().ShouldBe(1);
        (await ScalarAsync<long>("select count(*) from recording.recordings")).ShouldBe(1);
    }

    [Fact]
    public async Task Accept_OtherLabelOrChannel_IsAnotherRecording()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync("maths");

        (await replica.AcceptAsync("maths", "individual")).ShouldNotBe(id);
        (await replica.AcceptAsync("physics")).ShouldNotBe(id);
    }

    [Fact]
    public async Task Accept_RightAfterAStopRequest_IsANewRecording()
    {
        var replica = await StartReplicaAsync();
        var first = await replica.AcceptAsync();
        await replica.Requests.StopAsync(first, "test", Cancellation);

        (await replica.AcceptAsync()).ShouldNotBe(first);
    }

    [Fact]
    public async Task Accept_AfterTheMachineOrderedTheEnd_IsANewRecordingEvenWhileTheOldOneStillLeaves()
    {
        var replica = await StartReplicaAsync(new() { Lifecycle = Replica.Quick with { SilenceLadder = [TimeSpan.FromHours(1)] } });
        var first = await replica.AcceptAsync();
        await replica.WorkUntilAsync(first, recording => recording.State == RecordingState.Recording);
        replica.Agora.Stop = _ => Task.FromResult(Failed<Domain.StoppedRecorder>(Domain.AgoraFailureKind.Unanswered));
        await replica.Requests.ChangeAsync(first, new(TimeSpan.FromMilliseconds(1), null, null), "test", Cancellation);
        var ending = await replica.WorkUntilAsync(first, recording => recording.Stop is not null);
        ending.EndedAt.ShouldBeNull();

        (await replica.AcceptAsync()).ShouldNotBe(first);
    }

    [Fact]
    public async Task Accept_KeyUsedAgain_MeansTheSameRecordingForEver()
    {
        var replica = await StartReplicaAsync();
        var first = (await replica.TryAcceptAsync(key: "k")).ShouldBeOfType<StartOutcome.Accepted>().RecordingId;
        await replica.Requests.StopAsync(first, "test", Cancellation);

        (await replica.TryAcceptAsync(key: "k")).ShouldBe(new StartOutcome.Existing(first));
        (await replica.TryAcceptAsync("physics", key: "k")).ShouldBe(new StartOutcome.KeyReused(first));
    }

    [Fact]
    public async Task StopChannel_StopsWhatIsLiveThereOnceAndNothingElse()
    {
        var replica = await StartReplicaAsync();
        var mix = await replica.AcceptAsync("maths");
        var individual = await replica.AcceptAsync("maths", "individual");
        var other = await replica.AcceptAsync("physics");

        var stopped = await replica.Requests.StopChannelAsync("maths", null, null, "test", Cancellation);
        var again = await replica.Requests.StopChannelAsync("maths", null, null, "test", Cancellation);

        stopped.ShouldBe([mix, individual], ignoreOrder: true);
        again.ShouldBeEmpty();
        (await TimelineAsync(mix)).Count(line => line == "Request: Asked to stop.").ShouldBe(1);
        (await replica.FindAsync(other)).Wishes.StopRequestedAt.ShouldBeNull();
    }

    [Fact]
    public async Task Stop_AmongManyRecordings_ReadsIndexesOnly()
    {
        await StartReplicaAsync();
        await SeedAsync(20_000);
        await ExecuteAsync("analyze recording.recordings; analyze recording.schedule");

        await using var command = Database.CreateCommand("explain (costs off) " + RecordingRequests.StopSql);
        foreach (
            var (name, value) in new (string, object)[]
            {
                ("id", DBNull.Value),
                ("channel", "maths"),
                ("projects", DBNull.Value),
                ("label", DBNull.Value),
            }
        )
        {
            command.Parameters.AddWithValue(name, value);
        }

        command.Parameters.AddWithValue("at", DateTime.UnixEpoch);
        command.Parameters.AddWithValue("message", "");
        command.Parameters.Add(RecordingStore.Json(new LogDetail()));
        command.Parameters[^1].ParameterName = "detail";
        command.Parameters.AddWithValue("version", StateJson.Version);
        List<string> plan = [];
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        while (await reader.ReadAsync(Cancellation))
        {
            plan.Add(reader.GetString(0));
        }

        string.Join('\n', plan).ShouldNotContain("Seq Scan on");
    }

    [Fact]
    public async Task RecorderUids_OfTwoGenerations_ComeFromTheTwoHalves()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        replica.Agora.Start = _ => Task.FromResult(Failed<Domain.StartedRecorder>(Domain.AgoraFailureKind.Conflict));

        var recording = await replica.WorkUntilAsync(id, r => r.Runs.Count(run => run.RecorderUid is not null) >= 4);

        foreach (var run in recording.Runs.Where(run => run.RecorderUid is not null))
        {
            var half = run.Generation % 2 == 1 ? (900_000_000u, 900_499_999u) : (900_500_000u, 900_999_999u);
            run.RecorderUid!.Value.ShouldBeInRange(half.Item1, half.Item2);
        }
    }

    [Fact]
    public async Task RecorderUids_DrawnAgainInAChannel_AreDrawnAnewUntilTheyAreUnused()
    {
        var replica = await StartReplicaAsync(new() { Uids = uids => (uids.PrimaryFrom, uids.PrimaryTo) = (900_000_000, 900_000_001) });
        // Twelve channels, so that luck alone does not pass: in each, one of two uids is used by a recording that is over.
        for (var n = 0; n < 12; n++)
        {
            List<uint> used = [];
            for (var round = 0; round < 2; round++)
            {
                var id = await replica.AcceptAsync($"class{n}");
                await FillBudgetAsync();
                await replica.WorkOnceAsync();
                used.Add((await replica.FindAsync(id)).Runs[0].RecorderUid!.Value);
                await replica.Requests.StopAsync(id, "test", Cancellation);
                await replica.WorkUntilAsync(id, recording => recording.EndedAt is not null);
            }

            used.ShouldBe([900_000_000u, 900_000_001u], ignoreOrder: true, "a recording that is over does not give its uid back");
        }

        replica.Log.Of(2005).ShouldNotBeEmpty();
        var clash = await Should.ThrowAsync<Npgsql.PostgresException>(() =>
            ExecuteAsync(
                "insert into recording.runs select recording_id, 9, project, channel, recorder_uid, null, null, phase, document from recording.runs limit 1"
            )
        );
        clash.ConstraintName.ShouldBe(RecordingDb.OneUidIndex);
    }
}
