using RecordingService.Domain;
using RecordingService.Domain.Lifecycle;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Tests.Engine.Support;
using RecordingService.Testing;
using static RecordingService.Infrastructure.Tests.Engine.Support.ScriptedAgora;

namespace RecordingService.Infrastructure.Tests.Engine;

public sealed class SettleTests(EngineDatabase server) : EngineTest(server)
{
    [Fact]
    public async Task Settle_WithAnOldToken_WritesNothing()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        await FillBudgetAsync();
        var old = await replica.ClaimOneAsync();
        await EndLeaseAsync(id);
        var present = await replica.ClaimOneAsync();

        (await SettleAsync(replica, old, "from the old holder")).ShouldBeFalse();
        (await SettleAsync(replica, present, "from the present holder")).ShouldBeTrue();

        var lines = await TimelineAsync(id);
        lines.ShouldContain("Decision: from the present holder");
        lines.ShouldNotContain("Decision: from the old holder");
    }

    [Fact]
    public async Task Settle_CommitAnsweredByNobody_IsFoundDoneAndToldOnce()
    {
        await using var proxy = new CuttingProxy(ConnectionString);
        var replica = await StartReplicaAsync(new() { ConnectionString = proxy.ConnectionString });
        var id = await replica.AcceptAsync();
        await FillBudgetAsync();
        replica.Agora.Start = _ =>
        {
            proxy.CutNextCommit(Cut.AfterCommit);
            return Task.FromResult(Ok(new StartedRecorder("sid")));
        };

        var settled = await replica.Processor.ProcessAsync(await replica.ClaimOneAsync(), CancellationToken.None, Cancellation);

        proxy.Cuts.ShouldBe(1);
        settled.ShouldNotBeNull();
        settled.Runs[0].Sid.ShouldBe("sid");
        replica.Log.Of(2004).Count.ShouldBe(1);
        var lines = await TimelineAsync(id);
        lines.Count(line => line == "Answer: Agora started the recorder.").ShouldBe(1);
        lines.Distinct().Count().ShouldBe(lines.Count);
        (await ScalarAsync<long>("select count(*) from recording.inputs")).ShouldBe(0);
    }

    [Fact]
    public async Task Settle_CutBeforeTheCommit_IsRepeatedAndToldOnce()
    {
        await using var proxy = new CuttingProxy(ConnectionString);
        var replica = await StartReplicaAsync(new() { ConnectionString = proxy.ConnectionString });
        var id = await replica.AcceptAsync();
        await FillBudgetAsync();
        replica.Agora.Start = _ =>
        {
            proxy.CutNextCommit(Cut.BeforeCommit);
            return Task.FromResult(Ok(new StartedRecorder("sid")));
        };

        var settled = await replica.Processor.ProcessAsync(await replica.ClaimOneAsync(), CancellationToken.None, Cancellation);

        proxy.Cuts.ShouldBe(1);
        settled.ShouldNotBeNull();
        (await RunsAsync(id))[0].Sid.ShouldBe("sid");
        (await TimelineAsync(id)).Count(line => line == "Answer: Agora started the recorder.").ShouldBe(1);
    }

    /// <summary>Cut before the commit, and meanwhile another replica has taken over: what was learned must not pass for settled.</summary>
    [Fact]
    public async Task Settle_CutBeforeTheCommitAndLeaseLost_KeepsTheSidAsAnInput()
    {
        await using var proxy = new CuttingProxy(ConnectionString);
        var replica = await StartReplicaAsync(new() { ConnectionString = proxy.ConnectionString });
        var heir = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        await FillBudgetAsync();
        proxy.OnCut = async () =>
        {
            await EndLeaseAsync(id);
            await heir.ClaimOneAsync();
        };
        replica.Agora.Start = _ =>
        {
            proxy.CutNextCommit(Cut.BeforeCommit);
            return Task.FromResult(Ok(new StartedRecorder("sid")));
        };

        var settled = await replica.Processor.ProcessAsync(await replica.ClaimOneAsync(), CancellationToken.None, Cancellation);

        proxy.Cuts.ShouldBe(1);
        settled.ShouldBeNull();
        (await ScalarAsync<string>("select body ->> 'sid' from recording.inputs")).ShouldBe("sid");
        (await RunsAsync(id))[0].Sid.ShouldBeNull();
    }

    [Theory]
    [InlineData("pg_terminate_backend")]
    [InlineData("pg_cancel_backend")]
    public async Task Settle_ServerEndsItsSession_IsRepeated(string how)
    {
        var replica = await StartReplicaAsync(new() { ConnectionString = ConnectionString + ";Application Name=victim" });
        var id = await replica.AcceptAsync();
        await FillBudgetAsync();
        // The settlement waits for this lock until its session is ended.
        await using var blocker = await Database.OpenConnectionAsync(Cancellation);
        var locked = await blocker.BeginTransactionAsync(Cancellation);
        replica.Agora.Start = async _ =>
        {
            await using var command = new Npgsql.NpgsqlCommand($"select 1 from recording.recordings where id = '{id}' for update", blocker);
            await command.ExecuteScalarAsync(Cancellation);
            return Ok(new StartedRecorder("sid"));
        };

        var work = replica.Processor.ProcessAsync(await replica.ClaimOneAsync(), CancellationToken.None, Cancellation);
        await Testing.Eventually.HoldsAsync(async () =>
            await ScalarAsync<long>(
                $"select count(*) filter (where {how}(pid)) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            ) == 1
        );
        await locked.RollbackAsync(Cancellation);

        (await work).ShouldNotBeNull();
        (await RunsAsync(id))[0].Sid.ShouldBe("sid");
        replica.Log.Of(2004).ShouldNotBeEmpty();
    }

    /// <summary>A stop and a settlement touch the same rows; they must take their locks in one order.</summary>
    [Fact]
    public async Task Settle_WhileCallersStopAndChange_NeverDeadlocks()
    {
        var replica = await StartReplicaAsync();
        List<Guid> ids = [];
        for (var n = 0; n < 8; n++)
        {
            ids.Add(await replica.AcceptAsync($"class{n}"));
        }

        await FillBudgetAsync();
        var claims = (await replica.ClaimAsync()).ToDictionary(claim => claim.RecordingId);
        using var over = new CancellationTokenSource(TimeSpan.FromSeconds(4), TimeProvider.System);

        var holders = ids.Select(async id =>
        {
            var claim = claims[id];
            while (!over.IsCancellationRequested)
            {
                (await SettleAsync(replica, claim, "settled", TimeSpan.Zero)).ShouldBeTrue();
                while (claims[id] == claim)
                {
                    foreach (var next in await replica.ClaimAsync(1))
                    {
                        lock (claims)
                        {
                            claims[next.RecordingId] = next;
                        }
                    }
                }

                claim = claims[id];
            }
        });
        var callers = ids.Select(async id =>
        {
            while (!over.IsCancellationRequested)
            {
                await replica.Requests.ChangeAsync(id, new(TimeSpan.FromHours(2), null, null), "test", Cancellation);
                await replica.Requests.StopAsync(id, "test", Cancellation);
                await ExecuteAsync($"update recording.recordings set stop_requested_at = null where id = '{id}'");
            }
        });

        await Task.WhenAll(holders.Concat(callers));

        (await ScalarAsync<long>("select deadlocks from pg_stat_database where datname = current_database()")).ShouldBe(0);
    }

    private static async Task<bool> SettleAsync(Replica replica, Claim claim, string told, TimeSpan? delay = null)
    {
        var recording = (await replica.Store.LoadAsync(claim.RecordingId, Cancellation)).Recording;
        var note = new Note(replica.Clock.Now, NoteKind.Decision, null, told, Repeats: true);
        return await replica.Store.SettleAsync(
            claim,
            claim.SignalSeq,
            Guid.NewGuid(),
            new NextStep(delay ?? TimeSpan.FromHours(1), 4, 0),
            new Change(recording, recording, [new LogEntry(note, new LogDetail())], []),
            Cancellation
        );
    }
}
