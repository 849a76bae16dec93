using RecordingService.LocalStack.Processes;
using RecordingService.Simulation;

namespace RecordingService.Chaos.Running;

/// <summary>One simulated Agora with two hosts, and projects of its own for each client.</summary>
internal static class SimulatedCloud
{
    private const int ConcurrentTasks = 50;
    private const string FreePort = "http://127.0.0.1:0";

    /// <summary>App ID of a client's project: 32 digits that tell both.</summary>
    public static string AppId(int client, int project) => string.Concat(Enumerable.Repeat($"{client + 1}{project}", 16));

    /// <summary>Starts it.</summary>
    /// <param name="clock">Recording time.</param>
    /// <param name="seed">Seed of ids and of notifications.</param>
    /// <param name="service">App IDs of the service, which mints tokens.</param>
    /// <param name="plain">App IDs of the plain clients, which have none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<AgoraSimulator> StartAsync(
        RunClock clock,
        int seed,
        IEnumerable<string> service,
        IEnumerable<string> plain,
        CancellationToken cancellationToken
    )
    {
        var options = new SimulatorOptions
        {
            Urls = { FreePort, FreePort },
            SideUrl = FreePort,
            Factor = clock.Factor,
            RealFrom = clock.RealFrom,
            Seed = seed,
            // Ten requests in a second of fast time are a blink of real time; a window of a real second forgives the machine's jitter.
            RateWindow = TimeSpan.FromSeconds(clock.Factor),
            Buckets =
            {
                new SimulatedBucket
                {
                    Name = DemoAccount.Bucket,
                    AccessKey = DemoAccount.AccessKey,
                    SecretKey = DemoAccount.SecretKey,
                },
            },
        };
        foreach (var (appId, certificate) in service.Select(id => (id, DemoAccount.Certificate)).Concat(plain.Select(id => (id, ""))))
        {
            options.Projects.Add(
                new SimulatedProject
                {
                    AppId = appId,
                    CustomerKey = DemoAccount.CustomerKey,
                    CustomerSecret = DemoAccount.CustomerSecret,
                    Certificate = certificate,
                    ConcurrentTasks = ConcurrentTasks,
                }
            );
        }

        return await AgoraSimulator.StartAsync(options, cancellationToken);
    }
}
