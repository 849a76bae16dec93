using System.Globalization;
using System.Text;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Hosting;

/// <summary>What the server takes, and how long it may take to stop.</summary>
internal static class ServerExtensions
{
    /// <summary>Largest body. Every valid one is far smaller.</summary>
    public const long MaxBodyBytes = 64 * 1024;

    /// <summary>Longest first line of a request: method, path and query.</summary>
    public const int MaxRequestLineBytes = 8 * 1024;

    /// <summary>Most headers. Those that proxies and tracing add included, valid requests have some twenty.</summary>
    public const int MaxHeaders = 100;

    /// <summary>Largest headers together.</summary>
    public const int MaxHeaderBytes = 32 * 1024;

    /// <summary>How long the headers of a request may take, so that nobody holds connections with them.</summary>
    public static readonly TimeSpan HeadersWithin = TimeSpan.FromSeconds(8);

    public static void AddServerLimits(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Limits.MaxRequestLineSize = MaxRequestLineBytes;
            kestrel.Limits.MaxRequestHeaderCount = MaxHeaders;
            kestrel.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
            kestrel.Limits.RequestHeadersTimeout = HeadersWithin;
            // Every byte is a character, so that a header that allows some of them only can say so itself.
            kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
            kestrel.CatchRefusals();
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
