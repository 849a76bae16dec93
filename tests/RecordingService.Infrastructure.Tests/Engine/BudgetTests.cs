using System.Collections.Concurrent;
using RecordingService.Infrastructure.Tests.Engine.Support;

namespace RecordingService.Infrastructure.Tests.Engine;

public sealed class BudgetTests(EngineDatabase server) : EngineTest(server)
{
    [Fact]
    public async Task Take_BudgetSpent_RefusesWithTheTimeUntilThereIsEnough()
    {
        var replica = await StartReplicaAsync(new() { RequestsPerSecond = 2 });
        await ExecuteAsync("update recording.projects set tokens = 1, refilled_at = now()");

        (await replica.Schedule.TakeAsync(replica.Budget, 1, Cancellation)).ShouldBeNull();
        var wait = await replica.Schedule.TakeAsync(replica.Budget, 1, Cancellation);

        wait.ShouldNotBeNull().ShouldBeInRange(TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1 / 1.9));
        // So much later, as the budget counts: from its last refill.
        await ExecuteAsync(
            $"update recording.projects set refilled_at = refilled_at - interval '{wait.Value.TotalMilliseconds + 1:0} milliseconds'"
        );
        (await replica.Schedule.TakeAsync(replica.Budget, 1, Cancellation)).ShouldBeNull("the wait was true");
    }

    [Fact]
    public async Task Take_Refused_SpendsNothing()
    {
        var replica = await StartReplicaAsync(new() { RequestsPerSecond = 1 });
        await ExecuteAsync("update recording.projects set tokens = 0.9, refilled_at = now()");

        (await replica.Schedule.TakeAsync(replica.Budget, 2, Cancellation)).ShouldNotBeNull();

        (await ScalarAsync<double>("select tokens from recording.projects")).ShouldBeGreaterThanOrEqualTo(0.9);
    }

    [Fact]
    public async Task Budget_TwoReplicasTakingAndClaiming_GrantNoMoreThanRateTimesTimeAndCapacity()
    {
        const int perSecond = 40;
        var replicas = await Task.WhenAll(
            StartReplicaAsync(new() { RequestsPerSecond = perSecond }),
            StartReplicaAsync(new() { RequestsPerSecond = perSecond })
        );
        await SeedAsync(2000, priority: 4);
        await ExecuteAsync("update recording.projects set tokens = 1e9, refilled_at = now()");
        var budget = replicas[0].Budget;
        ConcurrentBag<int> granted = [];
        var started = TimeProvider.System.GetTimestamp();
        using var over = new CancellationTokenSource(TimeSpan.FromSeconds(2), TimeProvider.System);

        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(async n =>
                {
                    while (!over.IsCancellationRequested)
                    {
                        var replica = replicas[n % 2];
                        granted.Add(
                            n < 4 ? (await replica.ClaimAsync(free: 3)).Sum(claim => claim.Credits)
                            : await replica.Schedule.TakeAsync(replica.Budget, 1, Cancellation) is null ? 1
                            : 0
                        );
                    }
                })
        );

        var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        granted.Sum().ShouldBeLessThanOrEqualTo((int)Math.Ceiling(budget.Capacity + budget.RatePerSecond * seconds));
        granted.Sum().ShouldBeGreaterThan((int)(budget.RatePerSecond * seconds * 0.9), "and nothing is lost either");
    }

    [Fact]
    public async Task Projects_RegisteredAgainAndAgain_UseUpNoNumbers()
    {
        var replica = await StartReplicaAsync();
        for (var n = 0; n < 20; n++)
        {
            await replica.Projects.RegisterAsync(Cancellation);
        }

        await StartReplicaAsync(new() { Projects = ["college"] });

        (await ScalarAsync<short>("select max(id) from recording.projects")).ShouldBe((short)2);
    }

    [Fact]
    public async Task Claim_BudgetSpent_DefersAFurtherCallWithoutMakingIt()
    {
        var replica = await StartReplicaAsync(new() { RequestsPerSecond = 1 });
        var id = await replica.AcceptAsync();
        // Enough for the pair that a planned run is claimed with, but not for what comes after it.
        await ExecuteAsync("update recording.projects set tokens = 2, refilled_at = now()");
        await replica.WorkOnceAsync();
        replica.Agora.Starts.Count.ShouldBe(1);
        await replica.Requests.ChangeAsync(id, new(TimeSpan.FromHours(1), null, null), "test", Cancellation);
        await ExecuteAsync(
            "update recording.runs set document = jsonb_set(document, '{dueAt}', to_jsonb(now() - interval '1 second'));"
                + "update recording.projects set tokens = 0, refilled_at = now()"
        );

        await replica.WorkOnceAsync();

        replica.Agora.Queries.ShouldBeEmpty();
        (await TimelineAsync(id)).ShouldContain("Decision: Waiting for the request budget of the project.");
        (await ScalarAsync<double>("select extract(epoch from due_at - now())::float8 from recording.schedule")).ShouldBeInRange(0.5, 1.2);
    }
}
