using Microsoft.Extensions.Options;
using RecordingService.Api.Notifications;
using RecordingService.Domain.Lifecycle;
using RecordingService.Infrastructure.Agora;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Api.Hosting;

/// <summary>Everything that is wrong with the configuration, over all sections, so that one restart is enough.</summary>
/// <remarks>The host's own check at the start ends at the first value that cannot even be read, and sections are also read while the host is built.</remarks>
internal static class ConfigurationFaults
{
    public static IReadOnlyList<string> Find(IServiceProvider services) =>
        [
            .. new[]
            {
                // The gate needs the connection string, and does not connect.
                Of(() => services.GetRequiredService<SchemaGate>()),
                Section<AgoraOptions>(services, AgoraOptions.Section),
                Section<StorageOptions>(services, StorageOptions.Section),
                Section<EngineOptions>(services, EngineOptions.Section),
                Of(() => services.GetRequiredService<LifecycleOptions>()),
                Section<EventFeedOptions>(services, EventFeedOptions.Section),
                Section<RecordingTimeOptions>(services, RecordingTimeOptions.Section),
                Section<NotificationOptions>(services, NotificationOptions.Section),
                Section<CrossOriginOptions>(services, CrossOriginOptions.Section),
            }
                .SelectMany(faults => faults)
                // Read twice, and the engine looks at the times of Agora and Storage too.
                .Distinct(),
        ];

    /// <summary>Read by itself first: the rules of the engine read other sections before its own, and end at a value there that cannot be read.</summary>
    private static IEnumerable<string> Section<T>(IServiceProvider services, string section)
        where T : class =>
        Of(() => services.GetRequiredService<IConfiguration>().GetSection(section).Get<T>())
            .Concat(Of(() => services.GetRequiredService<IOptions<T>>().Value));

    private static IEnumerable<string> Of(Func<object?> read)
    {
        try
        {
            read();
            return [];
        }
        catch (OptionsValidationException broken)
        {
            return broken.Failures;
        }
        catch (InvalidOperationException unreadable)
        {
            // "Failed to convert configuration value '...' at 'Engine:Lease' to type 'System.TimeSpan'." Secrets are of a type that takes any text.
            return [unreadable.Message];
        }
    }
}
