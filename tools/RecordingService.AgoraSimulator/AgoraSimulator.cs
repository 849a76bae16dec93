using Microsoft.Extensions.Logging.Abstractions;

namespace RecordingService.Simulation;

/// <summary>Agora Cloud Recording, simulated: several hosts of one REST API, recorders, channels, buckets, faults, and a journal of all of it.</summary>
public sealed class AgoraSimulator : IAsyncDisposable
{
    private const string AnyFreePort = "http://127.0.0.1:0";

    private readonly SimulatorOptions options;
    private readonly Timeline timeline;
    private readonly IBucketStore store;
    private readonly RecordingCloud cloud;
    private readonly AgoraEndpoint agora;
    private readonly CancellationTokenSource closing = new();
    private readonly List<HostListener> listeners = [];
    private readonly HostListener? side;
    private readonly Uri? publicUrl;
    private Task scheduler = Task.CompletedTask;

    private AgoraSimulator(SimulatorOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        this.options = options;
        publicUrl = options.PublicUrl;
        timeline = new Timeline(new RecordingClock(time, options.Factor, options.RealFrom), loggers.CreateLogger<Timeline>());
        store = options.BucketFolder is { Length: > 0 } folder ? new FolderBucketStore(folder) : new MemoryBucketStore();
        Journal = new SimulatorJournal(timeline);
        Notifications = new SimulatorNotifications(options.Notifications, timeline, Journal, closing.Token);
        Channels = new SimulatorChannels(timeline, Journal, options.Projects[0].AppId);
        Faults = new SimulatorFaults(new SeededIds(options.Seed), timeline, Journal, SetHostAsync);
        cloud = new RecordingCloud(options, timeline, Channels, store, Journal, Notifications);
        agora = new AgoraEndpoint(options, timeline, new AgoraGateway(options, timeline.Clock), cloud, Faults, Journal);
        var urls = options.Urls.Count == 0 ? [AnyFreePort] : options.Urls;
        listeners.AddRange(urls.Select((url, index) => new HostListener(url, loggers, server => MapHost(server, index))));
        side = options.SideUrl is { Length: > 0 } sideUrl ? new HostListener(sideUrl, loggers, MapSide) : null;
    }

    /// <summary>Gets the addresses of the hosts.</summary>
    public IReadOnlyList<Uri> Hosts => [.. listeners.Select(listener => listener.Address)];

    /// <summary>Gets the address under which the buckets lie: a bucket's name and a slash further is its root.</summary>
    public Uri PublicBucketUrl => new(publicUrl ?? side?.Address ?? listeners[0].Address, "/bucket/");

    /// <summary>Gets what happened.</summary>
    public SimulatorJournal Journal { get; }

    /// <summary>Gets the users of the channels.</summary>
    public SimulatorChannels Channels { get; }

    /// <summary>Gets what goes wrong.</summary>
    public SimulatorFaults Faults { get; }

    /// <summary>Gets who is notified of events.</summary>
    public SimulatorNotifications Notifications { get; }

    /// <summary>Gets or sets what goes wrong between recorders and buckets, for the files to come.</summary>
    public UploadOptions Uploads
    {
        get => options.Uploads;
        set => options.Uploads = value;
    }

    internal IReadOnlyList<HostListener> Listeners => listeners;

    /// <summary>Starts a simulator on the system's clock.</summary>
    /// <exception cref="ArgumentException">The options contradict themselves.</exception>
    public static Task<AgoraSimulator> StartAsync(SimulatorOptions options, CancellationToken cancellationToken = default) =>
        StartAsync(options, TimeProvider.System, NullLoggerFactory.Instance, cancellationToken);

    /// <summary>Starts a simulator on a clock of one's own.</summary>
    /// <exception cref="ArgumentException">The options contradict themselves.</exception>
    public static async Task<AgoraSimulator> StartAsync(
        SimulatorOptions options,
        TimeProvider time,
        ILoggerFactory loggers,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(options);
        SimulatorOptionsValidator.Validate(options);
        var simulator = new AgoraSimulator(options, time, loggers);
        try
        {
            foreach (var listener in simulator.AllListeners())
            {
                await listener.SetAsync(HostCondition.Healthy, cancellationToken);
            }
        }
        catch
        {
            await simulator.DisposeAsync();
            throw;
        }

        simulator.scheduler = simulator.timeline.RunAsync(simulator.closing.Token);
        return simulator;
    }

    /// <summary>Forgets all calls, recorders, channels, files and faults, and heals all hosts. Running time goes on.</summary>
    public async Task ResetAsync()
    {
        Faults.Clear();
        timeline.Now(_ =>
        {
            timeline.Clear();
            cloud.Clear();
            Channels.Clear();
            Notifications.Clear();
            Journal.Clear();
            store.Clear();
        });
        for (var host = 0; host < listeners.Count; host++)
        {
            await SetHostAsync(host, HostCondition.Healthy);
        }
    }

    /// <summary>Closes all connections and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        foreach (var listener in AllListeners())
        {
            await listener.DisposeAsync();
        }

        await scheduler.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Notifications.Dispose();
        closing.Dispose();
    }

    internal string DefaultAppId => options.Projects[0].AppId;

    internal object Time() =>
        timeline.Now(now => new
        {
            recording = now,
            real = timeline.Clock.RealNow,
            options.Factor,
            options.RealFrom,
        });

    private IEnumerable<HostListener> AllListeners() => side is null ? listeners : listeners.Append(side);

    private async Task SetHostAsync(int host, HostCondition condition)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(host);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(host, listeners.Count);
        await listeners[host].SetAsync(condition, closing.Token);
        if (condition.For is { } duration)
        {
            timeline.Now(now => timeline.At(now + duration, _ => Heal(host, condition)));
        }
    }

    private void Heal(int host, HostCondition ended)
    {
        // A condition that was replaced meanwhile is not this one's to end.
        if (ReferenceEquals(listeners[host].Condition, ended))
        {
            _ = listeners[host].SetAsync(HostCondition.Healthy, closing.Token);
        }
    }

    private void MapHost(WebApplication server, int host)
    {
        MapSide(server);
        server.MapFallback("/{**path}", context => agora.HandleAsync(context, host, listeners[host].Condition));
    }

    private void MapSide(WebApplication server)
    {
        server.MapGet("/health", () => Results.Text("healthy"));
        server.MapBuckets(options, timeline, store);
        server.MapControl(this);
    }
}
