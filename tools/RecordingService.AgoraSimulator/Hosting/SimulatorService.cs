namespace RecordingService.Simulation;

/// <summary>Runs the simulator for as long as the program lives.</summary>
internal sealed partial class SimulatorService(SimulatorOptions options, ILoggerFactory loggers, ILogger<SimulatorService> log)
    : IHostedService
{
    private AgoraSimulator? simulator;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        simulator = await AgoraSimulator.StartAsync(options, TimeProvider.System, loggers, cancellationToken);
        LogListening(string.Join(' ', simulator.Hosts), simulator.PublicBucketUrl);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (simulator is not null)
        {
            await simulator.DisposeAsync();
        }
    }

    [LoggerMessage(2, LogLevel.Information, "Simulated Agora listens on {Hosts}, buckets lie under {Buckets}")]
    private partial void LogListening(string hosts, Uri buckets);
}
