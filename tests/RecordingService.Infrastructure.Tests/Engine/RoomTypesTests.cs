using RecordingService.Domain.RoomTypes;
using RecordingService.Infrastructure.Agora;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Tests.Engine.Support;

namespace RecordingService.Infrastructure.Tests.Engine;

[Trait("Rule", "S8")]
public sealed class RoomTypesTests(EngineDatabase server) : EngineTest(server)
{
    [Fact]
    [Trait("Rule", "S8")]
    public void S8_ShippedRoomTypes_AreWithinTheRulesOfTheirOwn()
    {
        RoomTypes.Seeds.Count.ShouldBe(4);
        RoomTypes.Seeds.ShouldAllBe(seed => RoomTypeName.IsValid(seed.Name) && PolicyRules.Check(seed.Policy).Count == 0);
    }

    [Theory]
    [InlineData("00:00:00", "00:01:00", false)]
    [InlineData("12:00:00", "23:30:00", false)]
    [InlineData("00:00:00", "00:01:00", true)]
    [InlineData("12:00:00", "23:30:00", true)]
    [Trait("Rule", "S8")]
    public void S8_IdleTime_OfPoliciesAtTheEndsOfTheRules_IsWithinAgorasRange(string longestBreak, string maxDuration, bool stays)
    {
        var culture = System.Globalization.CultureInfo.InvariantCulture;
        var policy = new RecordingPolicy
        {
            LongestBreak = TimeSpan.Parse(longestBreak, culture),
            MaxDuration = TimeSpan.Parse(maxDuration, culture),
            StayInChannel = stays,
        };
        PolicyRules.Check(policy).ShouldBeEmpty();

        var idle = IdleTimePolicy.Derive(policy, null, policy.MaxDuration).MaxIdleTime;

        idle.ShouldBeInRange(TimeSpan.FromSeconds(5), TimeSpan.FromDays(30));
        (idle.Ticks % TimeSpan.TicksPerSecond).ShouldBe(0);
    }

    [Fact]
    [Trait("Rule", "S8")]
    public async Task S8_Seed_AfterARemovalOrAChange_LeavesBothAsTheyAre()
    {
        var roomTypes = (await StartReplicaAsync()).Get<RoomTypes>();
        await roomTypes.SeedAsync(Cancellation);
        (await roomTypes.RemoveAsync("exam", _ => true, Somebody, Cancellation)).ShouldBeOfType<RoomTypeOutcome.Removed>();
        await roomTypes.PutAsync("lecture", "Ours.", new(), _ => true, Somebody, Cancellation);

        await roomTypes.SeedAsync(Cancellation);

        (await roomTypes.ListAsync(Cancellation))
            .Select(type => $"{type.Name} {type.Version}")
            .ShouldBe(["lecture 2", "one-to-one 1", "small-class 1"]);
        (await roomTypes.FindAsync("exam", Cancellation)).ShouldBeNull();
        (await roomTypes.FindAsync("lecture", Cancellation))!.Description.ShouldBe("Ours.");
    }

    [Fact]
    [Trait("Rule", "S8")]
    public async Task S8_MadeAgain_GoesOnCountingSoThatAVersionIsOnePolicyForEver()
    {
        var roomTypes = (await StartReplicaAsync()).Get<RoomTypes>();
        var policy = new RecordingPolicy { Mp4 = true };
        await roomTypes.PutAsync("films", "One.", policy, _ => true, Somebody, Cancellation);
        await roomTypes.RemoveAsync("films", _ => true, Somebody, Cancellation);

        var again = await roomTypes.PutAsync("films", "One.", policy, version => version is null, Somebody, Cancellation);

        again.ShouldBeOfType<RoomTypeOutcome.Created>().RoomType.Version.ShouldBe(2);
        (await roomTypes.FindAsync("films", Cancellation))!.Policy.ShouldBe(policy);
    }

    [Fact]
    [Trait("Rule", "S8")]
    public async Task S8_Conditions_AreAskedAboutTheVersionThatIsReplaced()
    {
        var roomTypes = (await StartReplicaAsync()).Get<RoomTypes>();
        List<int?> asked = [];

        (await roomTypes.RemoveAsync("films", Refuse, Somebody, Cancellation)).ShouldBe(new RoomTypeOutcome.Refused(null));
        (await roomTypes.RemoveAsync("films", _ => true, Somebody, Cancellation)).ShouldBeOfType<RoomTypeOutcome.Unknown>();
        (await roomTypes.PutAsync("films", "One.", new(), Refuse, Somebody, Cancellation)).ShouldBe(new RoomTypeOutcome.Refused(null));
        await roomTypes.PutAsync("films", "One.", new(), _ => true, Somebody, Cancellation);
        (await roomTypes.PutAsync("films", "Two.", new(), Refuse, Somebody, Cancellation)).ShouldBe(new RoomTypeOutcome.Refused(1));
        (await roomTypes.RemoveAsync("films", Refuse, Somebody, Cancellation)).ShouldBe(new RoomTypeOutcome.Refused(1));

        asked.ShouldBe([null, null, 1, 1]);
        (await roomTypes.FindAsync("films", Cancellation))!.Description.ShouldBe("One.");

        bool Refuse(int? version)
        {
            asked.Add(version);
            return false;
        }
    }

    [Fact]
    public async Task Change_OfADesiredState_IsCompareAndSet()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        var one = new MixLayout { Kind = VideoLayout.Floating };

        (await replica.Requests.ChangeLayoutAsync(id, new(2, one), "test", Cancellation)).ShouldBeFalse();
        (await replica.Requests.ChangeLayoutAsync(id, new(1, one), "test", Cancellation)).ShouldBeTrue();
        (await replica.Requests.ChangeLayoutAsync(id, new(1, new()), "test", Cancellation)).ShouldBeFalse();
        (await replica.Requests.ChangeSubscriptionAsync(id, new(1, Subscription.Everybody), "test", Cancellation)).ShouldBeTrue();

        var wishes = (await replica.FindAsync(id)).Wishes;
        (wishes.Layout!.Version, wishes.Layout.Value.Kind, wishes.Subscription!.Version).ShouldBe((1, VideoLayout.Floating, 1));
        (await TimelineAsync(id)).Count(line => line.Contains("asked for")).ShouldBe(2);
    }
}
