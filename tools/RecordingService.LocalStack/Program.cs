using System.Runtime.InteropServices;
using RecordingService.LocalStack;
using RecordingService.LocalStack.Demonstration;
using RecordingService.LocalStack.Postgres;
using RecordingService.LocalStack.Processes;

using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext signal)
{
    // The parts are stopped in order below, so the signal must not end this process by itself.
    signal.Cancel = true;
    stop.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);

var asked = new CommandLine();
try
{
    asked = CommandLine.Parse(args);
    if (asked.Help)
    {
        Console.WriteLine(CommandLine.Usage);
        return 0;
    }

    if (asked.PostgresOnly)
    {
        await RunningStack.RunPostgresAsync(asked, TimeProvider.System, Console.Out, stop.Token);
        return 0;
    }

    await RunAsync(asked, TimeProvider.System, Console.Out, stop.Token);
    return 0;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Console.WriteLine("Stopped.");
    // Asked for one class, and none was completed: no success. 130 is what shells answer for an interrupted program.
    return asked.Once ? 130 : 0;
}
catch (Exception exception) when (exception is LocalStackException or PrivatePostgresException or ServiceProcessException)
{
    Console.Error.WriteLine($"failed: {exception.Message}");
    return 1;
}

static async Task RunAsync(CommandLine asked, TimeProvider time, TextWriter console, CancellationToken cancellationToken)
{
    console.WriteLine("Starting the local stack.");
    await using var stack = await RunningStack.StartAsync(asked, time, console, cancellationToken);

    using var client = new HttpClient { BaseAddress = stack.Api.Address };
    using var files = new HttpClient();
    if (stack.Key is not null)
    {
        client.DefaultRequestHeaders.Authorization = new("Bearer", stack.Key);
    }

    var demonstration = new DemonstrationClass(new RecordingApi(client), files, stack.RecordingTime, time, console);
    var playlist = await demonstration.RecordAsync(cancellationToken);
    console.WriteLine($"completed {playlist}");
    if (asked.Once)
    {
        return;
    }

    console.WriteLine("Wait for real time, a few seconds more ...");
    await stack.RecordingTime.BecomeRealAsync(cancellationToken);
    var address = $"http://localhost:{stack.Api.Address.Port}";
    var key = stack.Key is null ? "" : $" -H 'Authorization: Bearer {stack.Key}'";
    console.WriteLine(
        $$"""

        Time is real from now on. Swagger UI: {{address}}/swagger
        Record a class of your own:
          curl -X POST {{address}}/v1/recordings -H 'Content-Type: application/json' -H 'Prefer: wait=30'{{key}} -d '{"channel":"my-class","roomType":"lecture"}'
        Ctrl-C ends everything.
        """
    );
    var exitCode = await stack.Api.Process.WaitForExitAsync(cancellationToken);
    throw new LocalStackException(
        $"The API ended with exit code {exitCode}:\n  {string.Join("\n  ", stack.Api.Process.LastOutput.TakeLast(20))}"
    );
}
