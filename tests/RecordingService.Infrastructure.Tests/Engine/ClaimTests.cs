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
    public async Task Claim_NextRequestFarOff_TakesNothingAndOneThatIsNearTakesItsMoments()
    {
        var replica = await StartReplicaAsync(new() { RequestsPerSecond = 1 });
        var planned = await SeedAsync(3, priority: 3);
        await SeedAsync(5, priority: 4, cost: 1);

        await SpendBudgetAsync(TimeSpan.FromSeconds(30));
        (await replica.ClaimAsync()).ShouldBeEmpty();
        await SpendBudgetAsync(TimeSpan.Zero);
        var claim = (await replica.ClaimAsync()).ShouldHaveSingleItem();

        claim.RecordingId.ShouldBe(planned[0]);
        claim.Slot.ShouldNotBeNull();
        (await AheadAsync()).ShouldBeInRange(0.1, 1 / 0.95);
        (await replica.ClaimAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Claim_SeveralOfOneProject_GetMomentsOneAfterTheOtherByPriority()
    {
        var replica = await StartReplicaAsync(new() { RequestsPerSecond = 20 });
        var stop = await SeedAsync(1, priority: 1);
        var planned = await SeedAsync(9, priority: 3, starts: true);
        await SpendBudgetAsync(TimeSpan.Zero);

        var claims = await replica.ClaimAsync();

        // Within 250 ms, a little more than a look apart, a request comes each 53 ms.
        var inTurn = claims.OrderBy(claim => claim.Slot).ToList();
        inTurn.Select(claim => claim.RecordingId).ShouldBe([stop[0], .. planned.Take(4)]);
        inTurn
            .Zip(inTurn.Skip(1), (one, next) => TimeProvider.System.GetElapsedTime(one.Slot!.Value, next.Slot!.Value).TotalSeconds)
            .ShouldAllBe(gap => gap > 0.04 && gap < 0.07);
    }

    [Fact]
    public async Task Claim_StartsAreHeld_TakesAllButWhatWouldStartARecorder()
    {
        var replica = await StartReplicaAsync();
        await SeedAsync(2, priority: 3, starts: true);
        await SeedAsync(2, priority: 2, starts: true);
        var proof = await SeedAsync(1, priority: 2);
        var stop = await SeedAsync(1, priority: 1);
        var poll = await SeedAsync(1, priority: 4);
        await FillBudgetAsync();
        await ExecuteAsync("update recording.projects set starts_from = now() + interval '1 minute'");

        (await replica.ClaimAsync()).Select(c => c.RecordingId).ShouldBe([.. proof, .. stop, .. poll], ignoreOrder: true);
        await ExecuteAsync("update recording.projects set starts_from = now()");
        (await replica.ClaimAsync()).Count.ShouldBe(4);
    }

    [Fact]
    public async Task Claim_NoTokens_StillTakesWhatHasAnInputWaitingAndWhatAsksAgoraNothing()
    {
        var replica = await StartReplicaAsync(new() { RequestsPerSecond = 1 });
        var input = await SeedAsync(4, priority: 0, cost: 1);
        var files = await SeedAsync(2, priority: 5, cost: 0);
        await SeedAsync(3, priority: 4, cost: 1);
        await SpendBudgetAsync(TimeSpan.FromMinutes(1));

        var claims = await replica.ClaimAsync();

        claims.Select(c => c.RecordingId).ShouldBe([.. input, .. files], ignoreOrder: true);
        claims.ShouldAllBe(c => c.Slot == null);
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

    private Task<double> AheadAsync() =>
        ScalarAsync<double>("select extract(epoch from next_call_at - now())::float8 from recording.projects");

    [Fact]
    public async Task Claim_RecordingsOfOtherProjects_AreLeftToTheirReplicas()
    {
        var mine = await StartReplicaAsync();
        var theirs = await StartReplicaAsync(new() { Projects = ["college"] });
        await SeedAsync(3, project: "college");
        await FillBudgetAsync();
        var before = await ScalarAsync<DateTime>("select next_call_at from recording.projects where name = 'college'");

        (await mine.ClaimAsync()).ShouldBeEmpty();
        (await ScalarAsync<DateTime>("select next_call_at from recording.projects where name = 'college'")).ShouldBe(before);
        (await theirs.ClaimAsync()).Count.ShouldBe(3);
    }
}
