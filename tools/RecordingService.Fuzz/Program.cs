using System.Globalization;
using RecordingService.Fuzz;
using RecordingService.LocalStack.Postgres;
using RecordingService.LocalStack.Processes;

const string Usage = """
    Sends malformed and hostile requests to every operation of the OpenAPI document, and judges every answer.

      dotnet run --project tools/RecordingService.Fuzz [-- OPTIONS]

      --seed N      which requests: the same seed makes the same ones (1)
      --requests N  how many (5000)
      --only N      this one alone, with its answer: the number that stands beside a finding

    A private PostgreSQL, the Agora simulator and the service are started for it, and gone afterwards. Exit code 0 only without a finding.
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
    if (args is ["--help" or "-h"])
    {
        Console.WriteLine(Usage);
        return 0;
    }

    var run = new FuzzRun(Option("--seed") ?? 1, Option("--requests") ?? 5000, Option("--only"), TimeProvider.System, Console.Out);
    return await run.RunAsync(stop.Token) ? 0 : 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 130;
}
catch (Exception failure) when (failure is FuzzException or PrivatePostgresException or ServiceProcessException)
{
    Console.Error.WriteLine($"failed: {failure.Message}");
    return 1;
}

int? Option(string name)
{
    for (var i = 0; i < args.Length; i += 2)
    {
        if (args[i] is not ("--seed" or "--requests" or "--only"))
        {
            throw new FuzzException($"'{args[i]}' is no option; --help lists them.");
        }
    }

    var at = Array.IndexOf(args, name);
    if (at < 0)
    {
        return null;
    }

    var text = at + 1 < args.Length ? args[at + 1] : "";
    return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new FuzzException($"{name} needs a number, not '{text}'.");
}
