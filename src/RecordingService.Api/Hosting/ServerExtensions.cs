using Microsoft.Extensions.Options;
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
        builder
            .Services.AddOptions<HostOptions>()
            .Configure<IOptions<EngineOptions>>((host, engine) => host.ShutdownTimeout = engine.Value.Drain + TimeSpan.FromSeconds(3));
    }
}
