using System.Diagnostics;
using RecordingService.Api.Access;
using Serilog;
using Serilog.Formatting.Json;

namespace RecordingService.Api.Hosting;

/// <summary>Logs as JSON lines through Serilog, and one line per request.</summary>
/// <remarks>Serilog.AspNetCore comes in with the switch FullPackageFeed; both variants write the same (docs/adr/0010).</remarks>
internal static partial class LogsExtensions
{
    public static void AddLogs(this WebApplicationBuilder builder)
    {
        var logger = new LoggerConfiguration()
            .ReadFrom.Configuration(builder.Configuration)
            .Enrich.FromLogContext()
            .Enrich.With<KeyMask>()
            .WriteTo.Console(new JsonFormatter(renderMessage: true))
            .CreateLogger();
#if FULL_PACKAGE_FEED
        builder.Services.AddSerilog(logger, dispose: true);
#else
        builder.Logging.ClearProviders();
        builder.Logging.AddSerilog(logger, dispose: true);
#endif
    }

    public static void UseRequestLog(this WebApplication app)
    {
#if FULL_PACKAGE_FEED
        app.UseSerilogRequestLogging();
#else
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("RecordingService.Requests");
        app.Use(
            async (http, next) =>
            {
                var started = Stopwatch.GetTimestamp();
                await next(http);
                log.Answered(
                    http.Request.Method,
                    http.Request.Path,
                    http.Response.StatusCode,
                    Stopwatch.GetElapsedTime(started).TotalMilliseconds
                );
            }
        );
#endif
    }

    [LoggerMessage(3010, LogLevel.Information, "HTTP {RequestMethod} {RequestPath} responded {StatusCode} in {Elapsed:0.0} ms")]
    private static partial void Answered(
        this Microsoft.Extensions.Logging.ILogger log,
        string requestMethod,
        string requestPath,
        int statusCode,
        double elapsed
    );
}
