using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Crash;

/// <summary>The next call of a kind for a class, held by the simulated Agora.</summary>
internal sealed class HeldCall(CrashScene scene, AgoraOperation operation, FaultHold where) : IAsyncDisposable
{
    private readonly string fault = scene.Agora.Faults.Add(
        new Fault
        {
            Match = new FaultMatch
            {
                Operation = operation,
                Channel = scene.Channel,
                Times = 1,
            },
            Hold = where,
        }
    );

    public Task ReachedAsync() =>
        Eventually.HoldsAsync(
            () => scene.Agora.Faults.Active.Single(active => active.Id == fault).Held == 1,
            description: $"{operation} is held {where}"
        );

    public ValueTask DisposeAsync()
    {
        scene.Agora.Faults.Remove(fault);
        return ValueTask.CompletedTask;
    }
}

/// <summary>The reads of a class's files, held before the bucket.</summary>
internal sealed class HeldReads(CrashScene scene) : IAsyncDisposable
{
    private readonly Front.Held held = scene.Deployment.Front.HoldReadsOf(Guid.Parse(scene.Id).ToString("N"));

    public Task ReachedAsync() => held.Reached.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);

    public ValueTask DisposeAsync()
    {
        held.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>A replica that stands still.</summary>
internal sealed class Frozen : IAsyncDisposable
{
    public Frozen(Member member)
    {
        Member = member;
        member.Replica.Api.Process.Suspend();
    }

    public Member Member { get; }

    public ValueTask DisposeAsync()
    {
        Member.Replica.Api.Process.Resume();
        return ValueTask.CompletedTask;
    }
}
