using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Tests.Engine.Support;

namespace RecordingService.Infrastructure.Tests.Engine;

public sealed class WaitTests(EngineDatabase server) : EngineTest(server)
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Wait_RecordingBecomesAsWanted_Completes()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        var wait = replica.Waits.WaitAsync(id, recording => recording.Wishes.StopRequestedAt is not null, Long, Cancellation);

        await replica.Requests.StopAsync(id, "test", Cancellation);

        (await wait).ShouldBeTrue();
    }

    [Fact]
    public async Task Wait_NothingHappens_IsOverInTime()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();

        (await replica.Waits.WaitAsync(id, _ => false, TimeSpan.FromMilliseconds(250), Cancellation)).ShouldBeFalse();
        (await replica.Waits.WaitAsync(id, _ => true, TimeSpan.Zero, Cancellation)).ShouldBeFalse("nobody wanted to wait");
    }

    [Fact]
    public async Task Wait_ReplicaDrains_ReturnsAtOnce()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        var wait = replica.Waits.WaitAsync(id, _ => false, TimeSpan.FromMinutes(5), Cancellation);

        replica.State.Drain();

        (await wait.WaitAsync(TimeSpan.FromSeconds(5), Cancellation)).ShouldBeFalse();
    }

    [Fact]
    public async Task Wait_OneWaiterThrows_TheOthersAreStillServed()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();
        var faulty = replica.Waits.WaitAsync(
            id,
            _ => throw new InvalidCastException("A fault of the caller."),
            TimeSpan.FromMilliseconds(300),
            Cancellation
        );
        (await faulty).ShouldBeFalse();

        (await replica.Waits.WaitAsync(id, _ => true, Long, Cancellation)).ShouldBeTrue();
    }

    [Fact]
    public async Task Wait_OneAfterTheOther_NeverGetsStuck()
    {
        var replica = await StartReplicaAsync();
        var id = await replica.AcceptAsync();

        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(async n =>
                {
                    for (var round = 0; round < 8; round++)
                    {
                        // Each comes at another point of the looks of the others: after so many reads of its own.
                        for (var read = 0; read < n; read++)
                        {
                            await replica.FindAsync(id);
                        }

                        (await replica.Waits.WaitAsync(id, _ => true, Long, Cancellation)).ShouldBeTrue();
                    }
                })
        );
    }

    [Fact]
    public async Task Wait_ManyWaiters_AreAnsweredByOneQueryALook()
    {
        var counter = new StatementCounter();
        var options = new DbContextOptionsBuilder<RecordingDb>().UseNpgsql(Database).AddInterceptors(counter).Options;
        var replica = await StartReplicaAsync();
        var waits = new RecordingWaits(new RecordingQueries(new Contexts(options)), replica.State, TimeProvider.System);
        var ids = new List<Guid>();
        for (var n = 0; n < 5; n++)
        {
            ids.Add(await replica.AcceptAsync($"class{n}"));
        }

        var looks = 0;
        var waiting = Enumerable
            .Range(0, 100)
            .Select(n =>
                waits.WaitAsync(
                    ids[n % 5],
                    _ =>
                    {
                        Interlocked.Add(ref looks, n == 0 ? 1 : 0);
                        return Volatile.Read(ref looks) >= 4;
                    },
                    Long,
                    Cancellation
                )
            )
            .ToList();
        (await Task.WhenAll(waiting)).ShouldAllBe(done => done);

        counter.Statements.ShouldBeInRange(looks, looks + 2);
    }

    private sealed class Contexts(DbContextOptions<RecordingDb> options) : IDbContextFactory<RecordingDb>
    {
        public RecordingDb CreateDbContext() => new(options);
    }

    private sealed class StatementCounter : DbCommandInterceptor
    {
        private int statements;

        public int Statements => statements;

        public override ValueTask<InterceptionResult<System.Data.Common.DbDataReader>> ReaderExecutingAsync(
            System.Data.Common.DbCommand command,
            CommandEventData eventData,
            InterceptionResult<System.Data.Common.DbDataReader> result,
            CancellationToken cancellationToken = default
        )
        {
            Interlocked.Increment(ref statements);
            return base.ReaderExecutingAsync(command, eventData, result, cancellationToken);
        }
    }
}
