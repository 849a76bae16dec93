using System.Collections.Concurrent;
using System.Globalization;
using RecordingService.Chaos.Running;
using RecordingService.Simulation;

namespace RecordingService.Chaos.Faults;

/// <summary>Lets the faults of a plan happen at their time, to each client alike.</summary>
/// <param name="plan">The faults.</param>
/// <param name="agora">Where most of them happen.</param>
/// <param name="service">Where the rest happens.</param>
/// <param name="clock">Recording time.</param>
/// <param name="channels">App ID and channel of a class, for each client.</param>
internal sealed class FaultInjector(
    FaultPlan plan,
    AgoraSimulator agora,
    ServiceUnderChaos service,
    RunClock clock,
    Func<int, IReadOnlyList<(string AppId, string Channel)>> channels
)
{
    private const int LongestInLeases = 2;

    private readonly ConcurrentQueue<(DateTimeOffset At, string What)> happened = new();

    /// <summary>Gets what happened when, for people.</summary>
    public IReadOnlyCollection<(DateTimeOffset At, string What)> Happened => happened;

    /// <summary>Prepares the faults of calls, which happen by count and not by time.</summary>
    public void Prepare()
    {
        foreach (var fault in plan.Calls)
        {
            foreach (var (appId, channel) in channels(fault.Class))
            {
                agora.Faults.Add(
                    fault.Scenario,
                    new FaultMatch
                    {
                        Operation = fault.Operation,
                        AppId = appId,
                        Channel = channel,
                        Skip = fault.Skip,
                        Times = fault.Times,
                    }
                );
            }
        }
    }

    /// <summary>Lets the other faults happen.</summary>
    public Task RunAsync(DateTimeOffset begin, CancellationToken cancellationToken)
    {
        return Task.WhenAll(
            InOrderAsync(plan.Recorders, fault => fault.At, StrikeRecorders),
            InOrderAsync(plan.Hosts, fault => fault.At, StrikeHostsAsync),
            InOrderAsync(plan.Service, fault => fault.At, fault => StrikeServiceAsync(fault, cancellationToken))
        );

        async Task InOrderAsync<T>(IReadOnlyList<T> faults, Func<T, TimeSpan> at, Func<T, Task> strike)
        {
            foreach (var fault in faults)
            {
                await clock.WaitUntilAsync(begin + at(fault), cancellationToken);
                await strike(fault);
            }
        }
    }

    private Task StrikeRecorders(RecorderFault fault)
    {
        foreach (var (appId, channel) in channels(fault.Class))
        {
            // The newest that is in the channel; a client that has none at this moment has nothing to lose.
            var recorder = agora
                .Journal.Recorders(channel, appId)
                .LastOrDefault(life => life.LeftAt is null && life.InChannelSince is not null);
            Note(
                $"{channel}: {fault.Kind}{(fault.Kind == RecorderFaultKind.Moved ? $" for {fault.Length.TotalSeconds:0} s" : "")}, recorder {recorder?.Sid ?? "none"}"
            );
            if (recorder is null)
            {
                continue;
            }

            switch (fault.Kind)
            {
                case RecorderFaultKind.Killed:
                    agora.Faults.KillRecorder(recorder.Sid);
                    break;
                case RecorderFaultKind.Moved:
                    agora.Faults.MoveServer(recorder.Sid, fault.Length);
                    break;
                case RecorderFaultKind.UidClash:
                    // Somebody who only listens, so that what there is to record stays the same.
                    agora.Channels.Join(
                        channel,
                        new ChannelUser(recorder.CurrentUid, ChannelRole.Audience, Audio: false, Video: false),
                        appId
                    );
                    agora.Channels.Leave(channel, recorder.CurrentUid, appId);
                    break;
            }
        }

        return Task.CompletedTask;
    }

    private async Task StrikeHostsAsync(HostFault fault)
    {
        Note($"hosts {string.Join(" and ", fault.Hosts)}: {fault.State} {fault.Status} for {fault.Length.TotalSeconds:0} s");
        foreach (var host in fault.Hosts)
        {
            await agora.Faults.SetHostAsync(host, new HostCondition(fault.State, fault.Status, fault.Length));
        }
    }

    private async Task StrikeServiceAsync(ServiceFault fault, CancellationToken cancellationToken)
    {
        var lasts = service.Lease * (LongestInLeases * fault.Share);
        Note(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{fault.Kind}{(fault.Kind == ServiceFaultKind.DatabaseRestarted ? "" : $" {fault.Replica} for {lasts.TotalSeconds:0.0} s of real time")}"
            )
        );
        switch (fault.Kind)
        {
            case ServiceFaultKind.ReplicaKilled:
                await service.KillReplicaAsync(fault.Replica);
                await Task.Delay(lasts, clock.Real, cancellationToken);
                await service.StartReplicaAsync(fault.Replica, cancellationToken);
                break;
            case ServiceFaultKind.ReplicaFrozen:
                service.Freeze(fault.Replica);
                await Task.Delay(lasts, clock.Real, cancellationToken);
                service.Thaw(fault.Replica);
                break;
            case ServiceFaultKind.DatabaseRestarted:
                await service.RestartDatabaseAsync(cancellationToken);
                break;
        }

        Note($"{fault.Kind} is over");
    }

    private void Note(string what) => happened.Enqueue((clock.Now, what));
}
