using Microsoft.Extensions.Logging.Abstractions;

namespace RecordingService.Simulation.Tests;

/// <summary>A simulator on a clock that stands still, and a caller with the right credentials.</summary>
internal sealed class TestSimulator : IAsyncDisposable
{
    public const string Bucket = "lessons";
    public const string AppId = "970ca35de60c44645bbae8a215061b33";

    private TestSimulator(AgoraSimulator simulator, SteppedTime time)
    {
        (Simulator, Time) = (simulator, time);
        Caller = CallerOf(0);
    }

    public AgoraSimulator Simulator { get; }

    public SteppedTime Time { get; }

    public Caller Caller { get; }

    public static SimulatorOptions Options(Action<SimulatorOptions>? configure = null)
    {
        var options = new SimulatorOptions();
        options.Projects.Add(
            new SimulatedProject
            {
                AppId = AppId,
                CustomerKey = "key",
                CustomerSecret = "secret",
            }
        );
        options.Buckets.Add(
            new SimulatedBucket
            {
                Name = Bucket,
                AccessKey = "ak",
                SecretKey = "sk",
            }
        );
        configure?.Invoke(options);
        return options;
    }

    public static async Task<TestSimulator> StartAsync(Action<SimulatorOptions>? configure = null)
    {
        var time = new SteppedTime();
        var options = Options(configure);
        return new TestSimulator(
            await AgoraSimulator.StartAsync(options, time, NullLoggerFactory.Instance, TestContext.Current.CancellationToken),
            time
        );
    }

    public Caller CallerOf(int host, string appId = AppId, string key = "key", string secret = "secret") =>
        new(Simulator.Hosts[host], appId, key, secret);

    /// <summary>Address of a file in the folder that <see cref="ClientRequest"/> names.</summary>
    public Uri FileUrl(string name) => new(Simulator.PublicBucketUrl, $"{Bucket}/school/room7/{name}");

    public async Task<string> ReadAsync(string name) =>
        await Caller.Client.GetStringAsync(FileUrl(name), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Caller.Dispose();
        await Simulator.DisposeAsync();
    }
}
