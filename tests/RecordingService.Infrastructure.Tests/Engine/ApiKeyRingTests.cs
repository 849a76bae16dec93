using System.Diagnostics;
using System.Reflection;
using Microsoft.Extensions.Logging.Abstractions;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Tests.Engine.Support;
using RecordingService.Testing;

namespace RecordingService.Infrastructure.Tests.Engine;

/// <summary>The keys go on being read, whatever comes in while a read ends: else revoked keys would stay good for ever.</summary>
public sealed class ApiKeyRingTests(EngineDatabase server) : EngineTest(server)
{
    private const int Callers = 8;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);
    private static readonly string Bad = $"rsk_{new string('0', 12)}_{new string('0', 43)}";

    private readonly ManualTimeProvider time = new();

    [Fact]
    public async Task BadKeys_ThatComeWhileReadsEnd_NeverStopTheReading()
    {
        var (ring, created) = await NewRingAsync();
        var begun = Stopwatch.GetTimestamp();
        var before = ring.Work.Reads;

        // Each by its own rhythm, so that they meet the reads of each other at every moment.
        var asked = await Task.WhenAll(
            Enumerable.Range(0, Callers).Select(seed => Task.Run(() => AskAsync(new Random(seed)), Cancellation))
        );

        asked.Sum().ShouldBeGreaterThan(Callers);
        ring.Work.Reads.ShouldBeGreaterThan(before + 10, "there were many reads, one after the other");
        await SeesARevocationAsync(ring, created);

        async Task<int> AskAsync(Random random)
        {
            var times = 0;
            while (Stopwatch.GetElapsedTime(begun) < Longest)
            {
                (await ring.VerifyAsync(Bad, Cancellation)).ShouldBeOfType<ApiKeyVerdict.Refused>();
                times++;
                Thread.SpinWait(random.Next(2000));
            }

            return times;
        }
    }

    /// <summary>
    /// The moment that the test above seldom meets: a read ends between the look at it and the wait for its end. What follows it then begins at once, and must
    /// not do so before it is known as what follows.
    /// </summary>
    [Fact]
    public async Task BadKey_ThatComesWhenAReadHasJustEnded_DoesNotStopTheReading()
    {
        const BindingFlags own = BindingFlags.Instance | BindingFlags.NonPublic;
        var (ring, created) = await NewRingAsync();
        var follow = typeof(ApiKeyRing).GetMethod("FollowAsync", own)!;
        var following = typeof(ApiKeyRing).GetField("following", own)!;
        var gate = (Lock)typeof(ApiKeyRing).GetField("gate", own)!.GetValue(ring)!;

        Task next;
        lock (gate)
        {
            next = (Task)follow.Invoke(ring, [Task.CompletedTask])!;
            following.SetValue(ring, next);
        }

        await next;
        following.GetValue(ring).ShouldBeNull("it is over");
        await SeesARevocationAsync(ring, created);
    }

    private async Task<(ApiKeyRing Ring, ApiKeyOutcome.Created Created)> NewRingAsync()
    {
        var ring = new ApiKeyRing(Database, time, NullLogger<ApiKeyRing>.Instance);
        var wanted = new NewApiKey("timetable", [Scope.Read], null, null);
        var created = (await new ApiKeys(Database).CreateAsync(wanted, Somebody, Cancellation)).ShouldBeOfType<ApiKeyOutcome.Created>();
        (await ring.VerifyAsync(created.Text, Cancellation)).ShouldBeOfType<ApiKeyVerdict.Good>();
        return (ring, created);
    }

    private async Task SeesARevocationAsync(ApiKeyRing ring, ApiKeyOutcome.Created created)
    {
        await new ApiKeys(Database).RevokeAsync(created.Key.Id, Somebody, Cancellation);
        time.Advance(ApiKeyRing.Freshness + TimeSpan.FromMilliseconds(1));
        var before = ring.Work.Reads;

        (await ring.HoldsAsync(created.Key.Id, Cancellation)).ShouldBeFalse("a revoked key is good no more");
        (await ring.VerifyAsync(created.Text, Cancellation)).ShouldBeOfType<ApiKeyVerdict.Refused>();
        ring.Work.Reads.ShouldBeGreaterThan(before);
    }
}
