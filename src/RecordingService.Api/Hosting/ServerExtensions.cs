using System.Globalization;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Hosting;

/// <summary>What the server takes, and how long it may take to stop.</summary>
internal static class ServerExtensions
{
    /// <summary>Largest body. Every valid one is far smaller.</summary>
    public const long MaxBodyBytes = 64 * 1024;

    public static void AddServerLimits(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Drain(builder.Configuration) + TimeSpan.FromSeconds(3));
    }

    /// <summary>The drain as written: the host reads this while it is built, and a fault of Engine must not end the start before all faults are told.</summary>
    private static TimeSpan Drain(ConfigurationManager configuration) =>
        TimeSpan.TryParse(
            configuration[$"{EngineOptions.Section}:{nameof(EngineOptions.Drain)}"],
            CultureInfo.InvariantCulture,
            out var drain
        )
        && drain >= TimeSpan.Zero
        && drain < TimeSpan.FromDays(1)
            ? drain
            : new EngineOptions().Drain;
}
