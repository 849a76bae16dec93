namespace RecordingService.Simulation;

/// <summary>One address with a server of its own, so that it can stop listening while the others go on.</summary>
internal sealed class HostListener(string url, ILoggerFactory loggers, Action<WebApplication> map) : IAsyncDisposable
{
    private static readonly TimeSpan Farewell = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim gate = new(1, 1);
    private WebApplication? server;

    /// <summary>The address, with the real port once it has listened for the first time.</summary>
    public Uri Address { get; private set; } = new(url.Replace("*", "localhost", StringComparison.Ordinal));

    public HostCondition Condition { get; private set; } = HostCondition.Healthy;

    /// <summary>Takes on a condition; a host that refuses stops listening, any other listens on the port it had.</summary>
    public async Task SetAsync(HostCondition condition, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            Condition = condition;
            if (condition.State == HostState.Refusing)
            {
                await CloseAsync();
            }
            else if (server is null)
            {
                await OpenAsync(cancellationToken);
            }
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await gate.WaitAsync();
        await CloseAsync();
        gate.Dispose();
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(loggers);
        builder.Services.AddLogging();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.ConfigureHttpJsonOptions(json => ControlJson.Configure(json.SerializerOptions));
        var opening = builder.Build();
        opening.Urls.Add(Address.Port == 0 ? url : WithPort(url, Address.Port));
        map(opening);
        await opening.StartAsync(cancellationToken);
        Address = new Uri(opening.Urls.First().Replace("[::]", "localhost", StringComparison.Ordinal));
        server = opening;
    }

    private async Task CloseAsync()
    {
        if (server is not { } closing)
        {
            return;
        }

        server = null;
        using var farewell = new CancellationTokenSource(Farewell, TimeProvider.System);
        try
        {
            await closing.StopAsync(farewell.Token);
        }
        catch (OperationCanceledException)
        {
            // Calls that are kept waiting on purpose end here.
        }

        await closing.DisposeAsync();
    }

    private static string WithPort(string url, int port) => new UriBuilder(url) { Port = port }.Uri.GetLeftPart(UriPartial.Authority);

    /// <summary>Leaves the signals of the process to whoever runs this listener.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
