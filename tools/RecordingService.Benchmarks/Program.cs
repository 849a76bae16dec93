using System.Globalization;
using RecordingService.Benchmarks;

const string Usage = """
    Measures RecordingService on this machine: client, service and a private PostgreSQL share its cores.

      dotnet run --project tools/RecordingService.Benchmarks --configuration Release -- VERB [OPTIONS]

      notifications   how many notifications of Agora are stored in a second
        --connections N   how many are under way at once (32)
        --seconds N       how long is measured, after 3 s of warming up (10)

      events          how soon everybody who follows the stream of events gets each change, and what that costs in memory
        --connections N   how many follow (1000)
        --rate N          changes in a second (10)
        --seconds N       how long is measured, after 5 s of warming up (60)

      storm           how long classes wait that are all asked for within two seconds on one App ID
        --classes N       how many classes (1000)
        --factor N        how much faster than real time it runs (1)
    """;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    // PostgreSQL and the service are ended in order below.
    pressed.Cancel = true;
    stop.Cancel();
};

try
{
    switch (args)
    {
        case ["notifications", .. var options]:
            await NotificationBenchmark.RunAsync(
                Option(options, "--connections", 32, 1, 1000),
                TimeSpan.FromSeconds(Option(options, "--seconds", 10, 1, 3600)),
                Console.Out,
                stop.Token
            );
            return 0;
        case ["events", .. var options]:
            await EventBenchmark.RunAsync(
                Option(options, "--connections", 1000, 1, 10_000),
                Option(options, "--rate", 10, 1, 1000),
                TimeSpan.FromSeconds(Option(options, "--seconds", 60, 1, 3600)),
                Console.Out,
                stop.Token
            );
            return 0;
        case ["storm", .. var options]:
            await StormBenchmark.RunAsync(
                Option(options, "--classes", 1000, 1, 10_000),
                Option(options, "--factor", 1, 1, 20),
                Console.Out,
                stop.Token
            );
            return 0;
        case [] or ["--help" or "-h"]:
            Console.WriteLine(Usage);
            return 0;
        default:
            Console.Error.WriteLine($"'{string.Join(' ', args)}' is nothing to measure.\n{Usage}");
            return 2;
    }
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 130;
}
catch (BenchmarkException failure)
{
    Console.Error.WriteLine($"failed: {failure.Message}");
    return 1;
}

static int Option(string[] options, string name, int standard, int least, int most)
{
    for (var i = 0; i < options.Length; i += 2)
    {
        if (options[i] is not ("--connections" or "--rate" or "--seconds" or "--classes" or "--factor"))
        {
            throw new BenchmarkException($"'{options[i]}' is no option; --help lists them.");
        }
    }

    var at = Array.IndexOf(options, name);
    if (at < 0)
    {
        return standard;
    }

    var text = at + 1 < options.Length ? options[at + 1] : "";
    return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
        ? number
        : throw new BenchmarkException($"{name} needs a number from {least} to {most}, not '{text}'.");
}
