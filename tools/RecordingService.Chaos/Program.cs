using System.Globalization;
using System.Runtime.InteropServices;
using RecordingService.Chaos;
using RecordingService.Chaos.Faults;
using RecordingService.Chaos.Running;
using RecordingService.LocalStack.Postgres;
using RecordingService.LocalStack.Processes;

var usage = $"""
    Records a timetable under faults: this service, a naive client and one that retries as Agora's own do, all at once on one simulated Agora.
    Exit code 0: all that must hold of the service holds; 1: it does not, or the run failed; 2: wrong arguments.

      ./build.sh chaos [OPTIONS]

        --seed N       seed of timetable and faults (1)
        --classes N    classes of each client, 1 to {ChaosOptions.MostClasses} ({ChaosOptions.MostClasses}); a run takes 4 to 6 minutes with any number
        --profile NAME which faults (default): {string.Join(", ", FaultPlan.Profiles.Keys)}
        --replicas N   replicas of the service (2)

    The journals go to artifacts/chaos/SEED, which is emptied first.
    """;

using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext signal)
{
    // PostgreSQL and the service are ended in order below.
    signal.Cancel = true;
    stop.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);

if (args is ["--help" or "-h"])
{
    Console.WriteLine(usage);
    return 0;
}

if (Parse(args) is not { } options)
{
    Console.Error.WriteLine(usage);
    return 2;
}

try
{
    return await new ChaosRun(options, TimeProvider.System, Console.Out).RunAsync(stop.Token) ? 0 : 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Console.Error.WriteLine("Stopped; there is no verdict.");
    return 130;
}
catch (Exception failure) when (failure is ChaosException or ServiceProcessException or PrivatePostgresException)
{
    Console.Error.WriteLine($"failed: {failure.Message}");
    return 1;
}

static ChaosOptions? Parse(string[] args)
{
    var (seed, classes, profile, replicas) = (1, ChaosOptions.MostClasses, "default", 2);
    for (var i = 0; i < args.Length; i += 2)
    {
        var value = i + 1 < args.Length ? args[i + 1] : "";
        var isNumber = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        switch (args[i])
        {
            case "--seed" when isNumber:
                seed = number;
                break;
            case "--classes" when isNumber && number is >= 1 and <= ChaosOptions.MostClasses:
                classes = number;
                break;
            case "--replicas" when isNumber && number is >= 1 and <= 5:
                replicas = number;
                break;
            case "--profile" when FaultPlan.Profiles.ContainsKey(value):
                profile = value;
                break;
            default:
                return null;
        }
    }

    return new ChaosOptions(
        seed,
        classes,
        profile,
        replicas,
        Path.GetFullPath(Path.Combine("artifacts", "chaos", seed.ToString(CultureInfo.InvariantCulture)))
    );
}
