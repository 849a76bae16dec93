using System.Collections.Concurrent;
using RecordingService.Infrastructure.Tests.Engine.Support;

namespace RecordingService.Infrastructure.Tests.Engine;

public sealed class ClaimTests(EngineDatabase server) : EngineTest(server)
{
    [Fact]
    public async Task Claim_FewerSlotsThanDue_TakesByPriorityThenByDueTime()
    {
        var replica = await StartReplicaAsync();
        var files = await SeedAsync(2, priority: 5, cost: 0, due: "now() - interval '1 hour' + n * interval '1 minute'");
        var stops = await SeedAsync(3, priority: 1, due: "now() - n * interval '1 minute'");
        var input = await SeedAsync(1, priority: 0);
        await FillBudgetAsync();

        var first = await replica.ClaimAsync(free: 3);
        var second = await replica.ClaimAsync(free: 2);

        first.Select(c => c.RecordingId).ShouldBe([input[0], stops[2], stops[1]], ignoreOrder: true);
        second.Select(c => c.RecordingId).ShouldBe([stops[0], files[0]], ignoreOrder: true);
    }

    [Fact]
    public async Task Claim_NothingDueYet_TakesNothing()
    {
        var replica = await StartReplicaAsync();
        await SeedAsync(5, due: "now() + interval '1 minute'");
        await FillBudgetAsync();

        (await replica.ClaimAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Claim_FewTokens_TakesNoMoreThanTheyPayForAndSpendsThem()
    {
        var replica = await StartReplicaAsync(new() { RequestsPerSecond = 1 });
        var planned = await SeedAsync(3, priority: 3, cost: 2);
        await SeedAsync(5, priority: 4, cost: 1);

        await ExecuteAsync("update recording.projects set tokens = 1, refilled_at = now()");
        (await replica.ClaimAsync()).ShouldBeEmpty("a planned run costs two requests and stands first in line");
        await ExecuteAsync("update recording.projects set tokens = 2, refilled_at = now()");
        var claim = (await replica.ClaimAsync()).ShouldHaveSingleItem();

        claim.RecordingId.ShouldBe(planned[0]);
        claim.Credits.ShouldBe(2);
        (await ScalarAsync<double>("select tokens from recording.projects")).ShouldBeLessThan(0.5);
        (await replica.ClaimAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Claim_NoTokens_StillTakesWhatHasAnInputWaitingAndWhatAsksAgoraNothing()
    {
        var replica = await StartReplicaAsync(new() { RequestsPerSecond = 1 });
        var input = await SeedAsync(4, priority: 0, cost: 1);
        var files = await SeedAsync(2, priority: 5, cost: 0);
        await SeedAsync(3, priority: 4, cost: 1);
        await ExecuteAsync("update recording.projects set tokens = 0, refilled_at = now() + interval '1 hour'");

        var claims = await replica.ClaimAsync();

        claims.Select(c => c.RecordingId).ShouldBe([.. input, .. files], ignoreOrder: true);
        claims.ShouldAllBe(c => c.Credits == 0);
    }

    [Fact]
    public async Task Claim_ManyReplicasAtOnce_HoldsNoRecordingTwiceAndLeavesNone()
    {
        var replicas = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => StartReplicaAsync()));
        await SeedAsync(2000);
        await FillBudgetAsync();
        ConcurrentBag<Guid> held = [];

        await Task.WhenAll(
            Enumerable
                .Range(0, 16)
                .Select(async claimer =>
                {
                    var empty = 0;
                    while (empty < 3)
                    {
                        var claims = await replicas[claimer % 4].ClaimAsync(free: 7 + claimer);
                        empty = claims.Count == 0 ? empty + 1 : 0;
                        foreach (var claim in claims)
                        {
                            held.Add(claim.RecordingId);
                        }
                    }
                })
        );

        held.Count.ShouldBe(2000);
        held.Distinct().Count().ShouldBe(2000);
    }

    [Fact]
    public async Task Claim_LeaseRanOut_IsTakenOverWithAHigherTokenAndCounted()
    {
        var one = await StartReplicaAsync();
        var other = await StartReplicaAsync();
        var id = (await SeedAsync(1))[0];
        await FillBudgetAsync();
        var before = await one.ClaimOneAsync();
        (await other.ClaimAsync()).ShouldBeEmpty("the lease lives");

        await EndLeaseAsync(id);
        var after = await other.ClaimOneAsync();

        after.Token.ShouldBeGreaterThan(before.Token);
        after.Attempt.ShouldBe(before.Attempt + 1);
        (await one.Schedule.RenewAsync(before, TimeSpan.FromSeconds(15), Cancellation)).ShouldBeFalse();
    }

    [Fact]
    public async Task Claim_StateOfANewerVersion_IsLeftToReplicasThatCanReadIt()
    {
        var replica = await StartReplicaAsync();
        var ids = await SeedAsync(2);
        await FillBudgetAsync();
        await ExecuteAsync($"update recording.schedule set state_version = 2 where recording_id = '{ids[0]}'");

        (await replica.ClaimOneAsync()).RecordingId.ShouldBe(ids[1]);
        (await replica.ClaimAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Claim_RecordingsOfOtherProjects_AreLeftToTheirReplicas()
    {
        var mine = await StartReplicaAsync();
        var theirs = await StartReplicaAsync(new() { Projects = ["college"] });
        await SeedAsync(3, project: "college");
        await FillBudgetAsync(100);

        (await mine.ClaimAsync()).ShouldBeEmpty();
        (await ScalarAsync<double>("select tokens from recording.projects where name = 'college'")).ShouldBe(100);
        (await theirs.ClaimAsync()).Count.ShouldBe(3);
    }
}
