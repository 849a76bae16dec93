using System.Diagnostics;
using RecordingService.Domain;
using RecordingService.Domain.Recordings;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Tests.Engine.Support;
using RecordingService.Testing;
using static RecordingService.Infrastructure.Tests.Engine.Support.ScriptedAgora;

namespace RecordingService.Infrastructure.Tests.Engine;

/// <summary>Replicas of two versions on one database, as during a deployment: rows of an older version are taken over, those of a newer one are left to it.</summary>
[Collection(nameof(Measured))]
public sealed class UpgradeTests(EngineDatabase server) : EngineTest(server)
{
    private const short Newer = StateJson.Version + 1;

    [Fact]
    public async Task RecordingOfAnOlderVersion_IsReadAndWrittenAnew()
    {
        var replica = await StartReplicaAsync();
        await FillBudgetAsync();
        var id = await replica.AcceptAsync();
        await SetVersionAsync(StateJson.Version - 1);

        await replica.WorkUntilAsync(id, recording => recording.State == RecordingState.Recording);

        (await VersionAsync()).ShouldBe(StateJson.Version);
    }

    /// <summary>The intent is written in the new version: whoever takes over from a holder that died then must be able to read it.</summary>
    [Fact]
    public async Task IntentOfThisVersion_IsNotLeftToAnOlderOne()
    {
        var replica = await StartReplicaAsync();
        await FillBudgetAsync();
        await replica.AcceptAsync();
        await SetVersionAsync(StateJson.Version - 1);
        var gate = new Gate();
        replica.Agora.Start = async _ =>
        {
            await gate.PassAsync();
            return Ok(new StartedRecorder("sid"));
        };

        var work = replica.Processor.ProcessAsync(await replica.ClaimOneAsync(), CancellationToken.None, Cancellation);
        await gate.Reached;

        (await VersionAsync()).ShouldBe(StateJson.Version);
        gate.Open();
        await work;
    }

    [Fact]
    public async Task StopRequest_ForARecordingOfANewerVersion_WaitsForAReplicaThatCanReadIt()
    {
        var replica = await StartReplicaAsync();
        var newer = await StartReplicaAsync();
        await FillBudgetAsync();
        var id = await replica.AcceptAsync();
        await replica.WorkUntilAsync(id, recording => recording.State == RecordingState.Recording);
        await SetVersionAsync(Newer);
        await ExecuteAsync("update recording.schedule set due_at = now() + interval '1 hour'");

        await replica.Requests.StopAsync(id, "test", Cancellation);

        (await replica.ClaimAsync()).ShouldBeEmpty();
        (await replica.FindAsync(id)).State.ShouldBe(RecordingState.Stopping);
        (await VersionAsync()).ShouldBe(Newer);
        (await ClaimAsNewerAsync(newer)).ShouldBe([id], "it is due at once");
    }

    /// <summary>A row that was deleted because nothing was left to do, and is made anew by whoever is told something.</summary>
    [Theory]
    [InlineData("late answer")]
    [InlineData("sweep")]
    [InlineData("stop")]
    public async Task RecordingOfANewerVersion_WhoseRowIsMadeAnew_IsStillLeftToIt(string by)
    {
        var replica = await StartReplicaAsync();
        await FillBudgetAsync();
        var id = await replica.AcceptAsync();
        await replica.WorkUntilAsync(id, recording => recording.State == RecordingState.Recording);
        await ExecuteAsync(
            $"delete from recording.schedule; update recording.recordings set document = jsonb_set(document, '{"{version}"}', '{Newer}')"
        );

        await (
            by switch
            {
                "late answer" => replica.Store.KeepLateAsync(id, [new(1, "resource", "sid")], Cancellation),
                "sweep" => replica.Get<Reconciliation>().LookAsync(Cancellation),
                _ => replica.Requests.StopAsync(id, "test", Cancellation),
            }
        );

        (await VersionAsync()).ShouldBe(Newer);
        (await replica.ClaimAsync()).ShouldBeEmpty();
    }

    /// <summary>Due for ever and never to be claimed here: that must not make the loop spin.</summary>
    [Fact]
    public async Task RecordingsOfANewerVersion_CostNoMoreClaimsThanNone()
    {
        const int looks = 25;
        var replica = NewReplica();
        await replica.BeginAsync(Cancellation);
        using var claims = new Claims(DatabaseName);
        await replica.Orchestrator.StartAsync(Cancellation);
        var idle = await TakeAsync();

        var ids = await SeedAsync(50, priority: 4);
        await SeedAsync(50, priority: 0);
        await ExecuteAsync($"update recording.schedule set state_version = {Newer}, due_at = now() - interval '1 minute'");
        await FillBudgetAsync();
        foreach (var id in ids.Take(5))
        {
            await replica.Requests.StopAsync(id, "test", Cancellation);
        }

        var left = await TakeAsync();
        await replica.Orchestrator.StopAsync(Cancellation);

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{looks} claims: idle in {idle.TotalSeconds:0.0} s, with 100 due recordings of a newer version in {left.TotalSeconds:0.0} s"
        );
        (await ScalarAsync<long>("select count(*) from recording.schedule where lease_owner is not null")).ShouldBe(0);
        // Each of the five stops wakes the loop once.
        left.ShouldBeGreaterThan(idle * 0.6);
        left.ShouldBeGreaterThan(new EngineOptions().Poll * looks * 0.6);

        async Task<TimeSpan> TakeAsync()
        {
            var (before, started) = (claims.Count, TimeProvider.System.GetTimestamp());
            await Eventually.HoldsAsync(() => claims.Count >= before + looks);
            return TimeProvider.System.GetElapsedTime(started);
        }
    }

    private async Task<IReadOnlyList<Guid>> ClaimAsNewerAsync(Replica replica)
    {
        await using var command = Database.CreateCommand(Infrastructure.Engine.Schedule.ClaimSql);
        command.Parameters.AddWithValue("projects", replica.Projects.Budgets.Select(budget => budget.ProjectId).ToArray());
        command.Parameters.AddWithValue("rates", replica.Projects.Budgets.Select(budget => (double)budget.RatePerSecond).ToArray());
        command.Parameters.AddWithValue("recovery", 0.01);
        command.Parameters.AddWithValue("ahead", TimeSpan.FromMilliseconds(250));
        command.Parameters.AddWithValue("readable", Newer);
        command.Parameters.AddWithValue("free", 10);
        command.Parameters.AddWithValue("lease", TimeSpan.FromSeconds(15));
        command.Parameters.AddWithValue("replica", 7);
        List<Guid> ids = [];
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        while (await reader.ReadAsync(Cancellation))
        {
            ids.Add(reader.GetGuid(0));
        }

        return ids;
    }

    private Task SetVersionAsync(int version) => ExecuteAsync($"update recording.schedule set state_version = {version}");

    private Task<short> VersionAsync() => ScalarAsync<short>("select state_version from recording.schedule");

    /// <summary>Counts the claims that are sent to a database.</summary>
    private sealed class Claims : IDisposable
    {
        private readonly ActivityListener listener;
        private int count;

        public Claims(string database)
        {
            listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == "Npgsql",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = activity =>
                {
                    var text = $"{activity.GetTagItem("db.query.text") ?? activity.GetTagItem("db.statement")}";
                    if (
                        Equals(activity.GetTagItem("db.namespace") ?? activity.GetTagItem("db.name"), database)
                        && text.Contains("skip locked", StringComparison.Ordinal)
                    )
                    {
                        Interlocked.Increment(ref count);
                    }
                },
            };
            ActivitySource.AddActivityListener(listener);
        }

        public int Count => Volatile.Read(ref count);

        public void Dispose() => listener.Dispose();
    }
}
