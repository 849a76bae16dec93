using System.Globalization;
using RecordingService.Chaos.Timetables;
using RecordingService.Simulation;

namespace RecordingService.Chaos.Faults;

/// <summary>Families of faults.</summary>
[Flags]
internal enum FaultFamilies
{
    /// <summary>Nothing goes wrong.</summary>
    None = 0,

    /// <summary>Bursts of 50x from all hosts, and single ones.</summary>
    ServerErrors = 1 << 0,

    /// <summary>Hosts that refuse, cut or swallow connections.</summary>
    Hosts = 1 << 1,

    /// <summary>Calls whose answer is lost, late or in doubt.</summary>
    Answers = 1 << 2,

    /// <summary>Recorders that lose their server and come back on another one, and 404 without any move.</summary>
    Moves = 1 << 3,

    /// <summary>Recorders that die.</summary>
    Kills = 1 << 4,

    /// <summary>Users with the recorder's uid.</summary>
    Clashes = 1 << 5,

    /// <summary>Tokens that are over when the recorder joins.</summary>
    Tokens = 1 << 6,

    /// <summary>Notifications that are lost, doubled, late or out of order.</summary>
    Notices = 1 << 7,

    /// <summary>Replicas that are killed or frozen.</summary>
    Replicas = 1 << 8,

    /// <summary>A database that is restarted as after a crash.</summary>
    Database = 1 << 9,

    /// <summary>All of them.</summary>
    All = (1 << 10) - 1,
}

/// <summary>What families of faults mean.</summary>
internal static class FaultFamiliesExtensions
{
    /// <summary>Whether plain clients have any of them, too: those of the service's own parts and of notifications, which they do not get, they have not.</summary>
    public static bool HitPlainClients(this FaultFamilies families) =>
        (families & ~(FaultFamilies.Notices | FaultFamilies.Replicas | FaultFamilies.Database)) != FaultFamilies.None;
}

/// <summary>What happens to the recorder of a class.</summary>
internal enum RecorderFaultKind
{
    /// <summary>It dies.</summary>
    Killed,

    /// <summary>It loses its server and is back after a while.</summary>
    Moved,

    /// <summary>A user joins with its uid.</summary>
    UidClash,
}

/// <summary>A fault of whatever recorder a class has at a moment.</summary>
/// <param name="Class">Index of the class.</param>
/// <param name="At">When, from the beginning of the run; recording time.</param>
/// <param name="Kind">What happens.</param>
/// <param name="Length">For how long a recorder that moves is away.</param>
internal sealed record RecorderFault(int Class, TimeSpan At, RecorderFaultKind Kind, TimeSpan Length);

/// <summary>A fault of a call that a client makes for a class.</summary>
/// <param name="Class">Index of the class.</param>
/// <param name="Operation">Which operation.</param>
/// <param name="Skip">How many calls of this operation pass unharmed first.</param>
/// <param name="Times">How many it touches.</param>
/// <param name="Scenario">What goes wrong: a scenario of the simulator.</param>
internal sealed record CallFault(int Class, AgoraOperation Operation, int Skip, int Times, string Scenario);

/// <summary>A condition of some of the hosts.</summary>
/// <param name="At">When, from the beginning of the run; recording time.</param>
/// <param name="Hosts">Indexes of the hosts.</param>
/// <param name="State">What is wrong.</param>
/// <param name="Status">HTTP status of hosts that fail.</param>
/// <param name="Length">For how long; recording time.</param>
internal sealed record HostFault(TimeSpan At, IReadOnlyList<int> Hosts, HostState State, int Status, TimeSpan Length);

/// <summary>What happens to the service itself.</summary>
internal enum ServiceFaultKind
{
    /// <summary>kill -9 of a replica, which is started again later.</summary>
    ReplicaKilled,

    /// <summary>SIGSTOP of a replica, and SIGCONT later.</summary>
    ReplicaFrozen,

    /// <summary>The database ends at once and starts again.</summary>
    DatabaseRestarted,
}

/// <summary>A fault of the service's own parts, which plain clients do not have.</summary>
/// <param name="At">When, from the beginning of the run; recording time.</param>
/// <param name="Kind">What happens.</param>
/// <param name="Replica">Index of the replica.</param>
/// <param name="Share">How long it lasts, as a share of the longest: two leases.</param>
internal sealed record ServiceFault(TimeSpan At, ServiceFaultKind Kind, int Replica, double Share);

/// <summary>All faults of a run, drawn from a seed: the same seed gives the same faults, and a family that is left out changes no other.</summary>
internal sealed record FaultPlan
{
    private static readonly (
        AgoraOperation Operation,
        string Scenario,
        FaultFamilies Family,
        double Share,
        int MostSkipped,
        int MostTimes
    )[] OfCalls =
    [
        (AgoraOperation.Acquire, "acquire-500-internal", FaultFamilies.ServerErrors, 0.10, 0, 2),
        (AgoraOperation.Acquire, "connection-cut-after", FaultFamilies.Answers, 0.05, 0, 1),
        (AgoraOperation.Start, "connection-cut-after", FaultFamilies.Answers, 0.08, 0, 1),
        (AgoraOperation.Start, "connection-cut-before", FaultFamilies.Answers, 0.04, 0, 1),
        (AgoraOperation.Start, "start-timeout-not-started", FaultFamilies.Answers, 0.03, 0, 1),
        (AgoraOperation.Start, "start-timeout-orphan", FaultFamilies.Answers, 0.03, 0, 1),
        (AgoraOperation.Start, "start-206-65-really-started", FaultFamilies.Answers, 0.02, 0, 1),
        (AgoraOperation.Start, "start-206-65-not-started", FaultFamilies.Answers, 0.02, 0, 1),
        (AgoraOperation.Start, "start-201-already-started", FaultFamilies.Answers, 0.02, 0, 1),
        (AgoraOperation.Start, "start-500-62-not-started", FaultFamilies.ServerErrors, 0.06, 0, 2),
        (AgoraOperation.Start, "start-then-token-fails", FaultFamilies.Tokens, 0.03, 0, 1),
        (AgoraOperation.Query, "query-timeout", FaultFamilies.Answers, 0.15, 12, 2),
        (AgoraOperation.Query, "query-504-62", FaultFamilies.ServerErrors, 0.15, 12, 3),
        (AgoraOperation.Query, "query-404-worker", FaultFamilies.Moves, 0.08, 12, 3),
        (AgoraOperation.Stop, "connection-cut-after", FaultFamilies.Answers, 0.08, 0, 1),
        (AgoraOperation.Stop, "stop-206-65-not-stopped", FaultFamilies.Answers, 0.05, 0, 1),
        (AgoraOperation.Stop, "stop-504-62-not-stopped", FaultFamilies.ServerErrors, 0.05, 0, 2),
        (AgoraOperation.Stop, "stop-timeout-not-stopped", FaultFamilies.Answers, 0.03, 0, 1),
    ];

    private static readonly (RecorderFaultKind Kind, FaultFamilies Family, double Share)[] OfRecorders =
    [
        (RecorderFaultKind.Killed, FaultFamilies.Kills, 0.12),
        (RecorderFaultKind.Moved, FaultFamilies.Moves, 0.12),
        (RecorderFaultKind.UidClash, FaultFamilies.Clashes, 0.05),
    ];

    private const int HostFaults = 8;
    private const int ServiceFaults = 8;

    /// <summary>Gets the profiles by name: which families of faults they have.</summary>
    public static IReadOnlyDictionary<string, FaultFamilies> Profiles { get; } =
        new Dictionary<string, FaultFamilies>
        {
            ["default"] = FaultFamilies.All,
            ["calm"] = FaultFamilies.None,
            ["errors"] = FaultFamilies.ServerErrors,
            ["hosts"] = FaultFamilies.Hosts,
            ["answers"] = FaultFamilies.Answers,
            ["moves"] = FaultFamilies.Moves,
            ["kills"] = FaultFamilies.Kills,
            ["clashes"] = FaultFamilies.Clashes,
            ["tokens"] = FaultFamilies.Tokens,
            ["notices"] = FaultFamilies.Notices,
            ["replicas"] = FaultFamilies.Replicas,
            ["database"] = FaultFamilies.Database,
        };

    /// <summary>Gets the faults of calls.</summary>
    public IReadOnlyList<CallFault> Calls { get; private init; } = [];

    /// <summary>Gets the faults of recorders, in order.</summary>
    public IReadOnlyList<RecorderFault> Recorders { get; private init; } = [];

    /// <summary>Gets the faults of hosts, in order; they do not overlap.</summary>
    public IReadOnlyList<HostFault> Hosts { get; private init; } = [];

    /// <summary>Gets the faults of the service, in order; they do not overlap.</summary>
    public IReadOnlyList<ServiceFault> Service { get; private init; } = [];

    /// <summary>Gets what goes wrong with notifications; seed included, receivers not.</summary>
    public NotificationOptions Notices { get; private init; } = new();

    /// <summary>Draws the faults of a timetable.</summary>
    /// <param name="seed">Seed.</param>
    /// <param name="timetable">Its classes.</param>
    /// <param name="families">What may go wrong.</param>
    /// <param name="replicas">Replicas of the service.</param>
    public static FaultPlan Draw(int seed, Timetable timetable, FaultFamilies families, int replicas) =>
        new()
        {
            Calls =
            [
                .. timetable
                    .Classes.SelectMany(plan => DrawCalls(seed, plan))
                    .Where(drawn => families.HasFlag(drawn.Family))
                    .Select(drawn => drawn.Fault),
            ],
            Recorders =
            [
                .. timetable
                    .Classes.SelectMany(plan => DrawRecorders(seed, plan))
                    .Where(drawn => families.HasFlag(drawn.Family))
                    .Select(drawn => drawn.Fault)
                    .OrderBy(fault => fault.At),
            ],
            Hosts = [.. DrawHosts(seed, timetable.End).Where(drawn => families.HasFlag(drawn.Family)).Select(drawn => drawn.Fault)],
            Service =
            [
                .. DrawService(seed, timetable.End, replicas).Where(drawn => families.HasFlag(drawn.Family)).Select(drawn => drawn.Fault),
            ],
            Notices = families.HasFlag(FaultFamilies.Notices)
                ? new NotificationOptions
                {
                    Seed = seed,
                    LossRate = 0.15,
                    DuplicateRate = 0.10,
                    DisorderWindow = TimeSpan.FromSeconds(20),
                    Delay = TimeSpan.FromSeconds(1),
                }
                : new NotificationOptions { Seed = seed, Delay = TimeSpan.FromSeconds(1) },
        };

    /// <summary>Tells the plan in one line.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Calls.Count} faults of calls, {Recorders.Count} of recorders, {Hosts.Count} of hosts, {Service.Count} of the service"
        );

    private static IEnumerable<(FaultFamilies Family, CallFault Fault)> DrawCalls(int seed, ClassPlan plan)
    {
        for (var row = 0; row < OfCalls.Length; row++)
        {
            var (operation, scenario, family, share, mostSkipped, mostTimes) = OfCalls[row];
            var random = Seeds.Random(seed, scenario + operation, plan.Index);
            if (random.NextDouble() < share)
            {
                yield return (
                    family,
                    new CallFault(plan.Index, operation, random.Next(mostSkipped + 1), random.Next(1, mostTimes + 1), scenario)
                );
            }
        }
    }

    private static IEnumerable<(FaultFamilies Family, RecorderFault Fault)> DrawRecorders(int seed, ClassPlan plan)
    {
        foreach (var (kind, family, share) in OfRecorders)
        {
            var random = Seeds.Random(seed, $"{kind}", plan.Index);
            if (random.NextDouble() < share)
            {
                var at = plan.Start + Timetable.ClassLength * (0.05 + 0.9 * random.NextDouble());
                // A server move takes at most 90 s.
                yield return (family, new RecorderFault(plan.Index, at, kind, TimeSpan.FromSeconds(random.Next(5, 91))));
            }
        }
    }

    private static IEnumerable<(FaultFamilies Family, HostFault Fault)> DrawHosts(int seed, TimeSpan end)
    {
        var slot = end / HostFaults;
        for (var nth = 0; nth < HostFaults; nth++)
        {
            var random = Seeds.Random(seed, "hosts", nth);
            var at = slot * nth + slot * 0.3 * random.NextDouble();
            if (nth % 2 == 0)
            {
                int[] statuses = [500, 502, 503, 504];
                var status = statuses[random.Next(statuses.Length)];
                yield return (
                    FaultFamilies.ServerErrors,
                    new HostFault(at, [0, 1], HostState.Failing, status, TimeSpan.FromSeconds(random.Next(20, 61)))
                );
            }
            else
            {
                HostState[] states = [HostState.Refusing, HostState.Silent, HostState.Resetting];
                var state = states[(nth / 2 + random.Next(states.Length)) % states.Length];
                yield return (
                    FaultFamilies.Hosts,
                    new HostFault(at, [random.Next(2)], state, 0, TimeSpan.FromSeconds(random.Next(60, 181)))
                );
            }
        }
    }

    private static IEnumerable<(FaultFamilies Family, ServiceFault Fault)> DrawService(int seed, TimeSpan end, int replicas)
    {
        var slot = end / ServiceFaults;
        for (var nth = 0; nth < ServiceFaults; nth++)
        {
            var random = Seeds.Random(seed, "service", nth);
            var at = slot * nth + slot * 0.3 * random.NextDouble();
            var kind = (nth % 4) switch
            {
                0 or 2 => ServiceFaultKind.ReplicaKilled,
                1 => ServiceFaultKind.ReplicaFrozen,
                _ => ServiceFaultKind.DatabaseRestarted,
            };
            var family = kind == ServiceFaultKind.DatabaseRestarted ? FaultFamilies.Database : FaultFamilies.Replicas;
            yield return (family, new ServiceFault(at, kind, random.Next(replicas), 0.25 + 0.75 * random.NextDouble()));
        }
    }
}
