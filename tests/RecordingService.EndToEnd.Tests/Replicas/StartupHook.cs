using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

/// <summary>Gives a replica a wrong wall clock. The runtime itself calls it, by DOTNET_STARTUP_HOOKS, in a process that knows nothing of it.</summary>
/// <remarks>
/// Every reading of the wall clock in the service goes through its TimeProvider: the compiler refuses all others. Time stamps of the log and the
/// Date header of HTTP are the framework's, and stay right.
/// </remarks>
#pragma warning disable CA1050 // The runtime looks for this name outside any namespace.
internal sealed class StartupHook : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
#pragma warning restore CA1050
{
    /// <summary>How far the clock is ahead, or behind when it is negative.</summary>
    public const string OffsetVariable = "WRONG_CLOCK_OFFSET";

    public static void Initialize() => DiagnosticListener.AllListeners.Subscribe(new StartupHook());

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == "Microsoft.Extensions.Hosting")
        {
            value.Subscribe(this);
        }
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value is { Key: "HostBuilding", Value: IHostBuilder host })
        {
            var offset = TimeSpan.Parse(Environment.GetEnvironmentVariable(OffsetVariable)!, CultureInfo.InvariantCulture);
            host.ConfigureServices(services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(new WrongClock(offset))));
            Console.WriteLine($"The wall clock is off by {offset}.");
        }
    }

    public void OnCompleted() { }

    public void OnError(Exception error) { }

    private sealed class WrongClock(TimeSpan offset) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + offset;
    }
}
