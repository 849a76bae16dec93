namespace RecordingService.Simulation;

/// <summary>What goes wrong: faults of calls, of recorders and of hosts.</summary>
public sealed class SimulatorFaults
{
    private readonly Lock gate = new();
    private readonly List<ActiveFault> active = [];
    private readonly Dictionary<string, TaskCompletionSource> lifted = [];
    private readonly SeededIds ids;
    private readonly Timeline timeline;
    private readonly SimulatorJournal journal;
    private readonly Func<int, HostCondition, Task> setHost;
    private int lastId;

    internal SimulatorFaults(SeededIds ids, Timeline timeline, SimulatorJournal journal, Func<int, HostCondition, Task> setHost) =>
        (this.ids, this.timeline, this.journal, this.setHost) = (ids, timeline, journal, setHost);

    /// <summary>Lists the faults in force, the oldest first.</summary>
    public IReadOnlyList<ActiveFault> Active
    {
        get
        {
            lock (gate)
            {
                return [.. active];
            }
        }
    }

    /// <summary>Puts a fault in force.</summary>
    /// <returns>Its id.</returns>
    public string Add(Fault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        lock (gate)
        {
            var id = $"f{++lastId}";
            active.Add(new ActiveFault(id, fault, 0, 0));
            lifted.Add(id, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            return id;
        }
    }

    /// <summary>Puts a scenario in force.</summary>
    /// <param name="scenario">Name of one of <see cref="Scenario.All"/>.</param>
    /// <param name="match">Which calls; null for all of the scenario's operation.</param>
    /// <returns>Id of the fault.</returns>
    /// <exception cref="ArgumentException">No scenario has this name.</exception>
    public string Add(string scenario, FaultMatch? match = null) => Add(Scenario.Find(scenario).ToFault(match ?? new FaultMatch()));

    /// <summary>Lifts a fault, and lets the calls go on that it holds; an unknown id changes nothing.</summary>
    public void Remove(string id)
    {
        lock (gate)
        {
            active.RemoveAll(fault => fault.Id == id);
            if (lifted.Remove(id, out var held))
            {
                held.SetResult();
            }
        }
    }

    /// <summary>Lifts all faults of calls; hosts keep their condition.</summary>
    public void Clear()
    {
        foreach (var fault in Active)
        {
            Remove(fault.Id);
        }
    }

    /// <summary>Kills a recorder: its current slice is lost and its playlist stays open.</summary>
    /// <returns>False when no such recorder lives.</returns>
    public bool KillRecorder(string sid) => OnRecorder(sid, (recorder, now) => recorder.End(now, RecorderEnd.Killed));

    /// <summary>Takes the server away from a recorder; after a while it is back on another one, with a random uid and <c>bak</c> files.</summary>
    /// <returns>False when no such recorder lives.</returns>
    public bool MoveServer(string sid, TimeSpan away) => OnRecorder(sid, (recorder, now) => recorder.Move(now, away));

    /// <summary>Lets the recording of a web page fail, as event 71 tells it.</summary>
    /// <param name="sid">Sid of the recorder.</param>
    /// <param name="code">2 capability limit (with event 72), 3 engine, 4 load timeout (with event 73), 5 address, 6 recorder.</param>
    /// <returns>False when no such recorder of a page lives.</returns>
    public bool FailPage(string sid, int code)
    {
        var isPage = false;
        return OnRecorder(sid, (recorder, now) => isPage = recorder.FailPage(now, code)) && isPage;
    }

    /// <summary>Lets the checks after a start's answer fail.</summary>
    /// <returns>False when no such recorder lives.</returns>
    internal bool Reject(string sid, RecorderEnd end) => OnRecorder(sid, (recorder, now) => recorder.Reject(now, RecorderFlaw.Of(end)));

    /// <summary>Sets the condition of a host.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such host.</exception>
    public Task SetHostAsync(int host, HostCondition condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return setHost(host, condition);
    }

    /// <summary>Finds the fault that touches a call, and counts.</summary>
    internal ActiveFault? Strike(AgoraRoute route, TaskIdentity task, int host)
    {
        lock (gate)
        {
            for (var i = 0; i < active.Count; i++)
            {
                var (fault, match) = (active[i], active[i].Fault.Match);
                if (!Matches(match, route, task, host))
                {
                    continue;
                }

                var isHit =
                    fault.Matched >= match.Skip
                    && (match.Times is not { } times || fault.Fired < times)
                    && ids.Chance(fault.Id, fault.Matched) < match.Probability;
                active[i] = fault with { Matched = fault.Matched + 1, Fired = fault.Fired + (isHit ? 1 : 0) };
                if (isHit)
                {
                    return active[i];
                }
            }

            return null;
        }
    }

    /// <summary>Holds a call until its fault is lifted or its caller goes away.</summary>
    internal async Task HoldAsync(string id, CancellationToken cancellationToken)
    {
        Task untilLifted;
        lock (gate)
        {
            if (!lifted.TryGetValue(id, out var source))
            {
                return;
            }

            untilLifted = source.Task;
            CountHeld(id, 1);
        }

        try
        {
            await untilLifted.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (gate)
            {
                CountHeld(id, -1);
            }
        }
    }

    private void CountHeld(string id, int more)
    {
        var index = active.FindIndex(fault => fault.Id == id);
        if (index >= 0)
        {
            active[index] = active[index] with { Held = active[index].Held + more };
        }
    }

    private static bool Matches(FaultMatch match, AgoraRoute route, TaskIdentity task, int host) =>
        (match.Operation ?? route.Operation) == route.Operation
        && (match.AppId ?? route.AppId) == route.AppId
        && (match.Channel ?? task.Channel) == task.Channel
        && (match.Uid ?? task.Uid) == task.Uid
        && (match.Host ?? host) == host;

    private bool OnRecorder(string sid, Action<Recorder, DateTimeOffset> act) =>
        timeline.Now(now =>
        {
            var recorder = journal.FindAlive(sid);
            if (recorder is not null)
            {
                act(recorder, now);
            }

            return recorder is not null;
        });
}
