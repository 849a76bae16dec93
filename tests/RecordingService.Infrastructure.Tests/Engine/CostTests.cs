using System.Diagnostics;
using RecordingService.Domain.Recordings;
using RecordingService.Infrastructure.Tests.Engine.Support;
using RecordingService.Testing;

namespace RecordingService.Infrastructure.Tests.Engine;

/// <summary>What the engine asks of the database. Bounds are loose; the figures are written to the test's output.</summary>
[Collection(nameof(Measured))]
public sealed class CostTests(EngineDatabase server) : EngineTest(server)
{
    private const string WalSql = "select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint";

    [Fact]
    public async Task QuietPoll_CostsFewStatements()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        await replica.WorkUntilAsync(id, recording => recording.State == RecordingState.Recording);
        await replica.WorkUntilAsync(id, _ => replica.Agora.Queries.Count >= 3);
        await EndLeaseAsync(id);
        await FillBudgetAsync();
        var claim = await replica.ClaimOneAsync();
        List<string> statements = [];
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (Equals(activity.GetTagItem("db.namespace") ?? activity.GetTagItem("db.name"), DatabaseName))
                {
                    lock (statements)
                    {
                        statements.Add($"{activity.GetTagItem("db.query.text") ?? activity.GetTagItem("db.statement")}");
                    }
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        var written = await ScalarAsync<long>(WalSql);
        statements.Clear();

        await replica.Processor.ProcessAsync(claim, CancellationToken.None, Cancellation);

        var commands = statements.Count;
        var parts = statements.Sum(text => text.Split(';').Length);
        var bytes = await ScalarAsync<long>(WalSql) - written;
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"Quiet poll, without its share of the claim: {commands} commands, {parts} statements, {bytes} bytes of WAL"
        );
        commands.ShouldBe(2, "one to load, one to settle");
    }

    [Fact]
    public async Task Backlog_OfStarts_IsWorkedOffInBatches()
    {
        const int count = 1500;
        var replica = NewReplica(new() { Lifecycle = new() });
        await replica.BeginAsync(Cancellation);
        await Parallel.ForAsync(
            0,
            count,
            new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (n, _) => await replica.AcceptAsync($"class{n}")
        );
        await FillBudgetAsync();
        var started = TimeProvider.System.GetTimestamp();

        await replica.Orchestrator.StartAsync(Cancellation);
        await Eventually.HoldsAsync(() => replica.Agora.Starts.Count == count, TimeSpan.FromSeconds(60));
        var took = TimeProvider.System.GetElapsedTime(started);
        await replica.Orchestrator.StopAsync(Cancellation);

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{count} starts with 64 slots in {took.TotalSeconds:0.0} s: {count / took.TotalSeconds:0} recordings/s"
        );
        (await ScalarAsync<long>("select count(*) from recording.runs where sid is not null")).ShouldBe(count);
        took.ShouldBeLessThan(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Claim_AmongAHundredThousand_ReadsIndexesOnlyAndIsQuick()
    {
        string[] projects = [.. Enumerable.Range(0, 10).Select(n => $"school{n}")];
        var replica = await StartReplicaAsync(new() { Projects = projects });
        foreach (var project in projects)
        {
            await SeedAsync(10_000, project, due: "now() - interval '1 hour' + n * interval '1 second'");
        }

        await ExecuteAsync("analyze recording.schedule; analyze recording.projects");
        await FillBudgetAsync();

        string[] plans = [await ExplainClaimAsync(replica, "force_custom_plan"), await ExplainClaimAsync(replica, "force_generic_plan")];
        List<double> milliseconds = [];
        for (var round = 0; round < 15; round++)
        {
            var started = TimeProvider.System.GetTimestamp();
            (await replica.ClaimAsync(free: 500)).Count.ShouldBe(500);
            milliseconds.Add(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
        }

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"500 of 100,000: p50 {milliseconds.Order().ElementAt(7):0.0} ms, max {milliseconds.Max():0.0} ms"
        );
        plans.ShouldAllBe(plan => plan.Contains("schedule_due") && !plan.Contains("Seq Scan on schedule"));
        milliseconds.Min().ShouldBeLessThan(500);
    }

    /// <summary>The plan of the very statement, made for these values or, as for a prepared one, for any; run and rolled back.</summary>
    private async Task<string> ExplainClaimAsync(Replica replica, string planMode)
    {
        string[] parameters = ["projects", "rates", "recovery", "ahead", "readable", "free", "lease", "replica"];
        var sql = Infrastructure.Engine.Schedule.ClaimSql;
        for (var n = 0; n < parameters.Length; n++)
        {
            sql = sql.Replace($"@{parameters[n]}", $"${n + 1}", StringComparison.Ordinal);
        }

        string All(Func<Infrastructure.Engine.Budget, object> value) =>
            $"array[{string.Join(',', replica.Projects.Budgets.Select(value))}]";
        await using var connection = await Database.OpenConnectionAsync(Cancellation);
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        await using var command = new Npgsql.NpgsqlCommand(
            $"""
            set local plan_cache_mode = {planMode};
            prepare claim(smallint[], float8[], float8, interval, smallint, int, interval, int) as {sql};
            explain (analyze, costs off, timing off)
            execute claim({All(b => b.ProjectId)}, {All(b => b.RatePerSecond)}, 0.01, '250 ms', 1, 500, '15 s', 1)
            """,
            connection,
            transaction
        );
        List<string> lines = [];
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        while (await reader.ReadAsync(Cancellation))
        {
            lines.Add(reader.GetString(0));
        }

        return string.Join('\n', lines);
    }
}
