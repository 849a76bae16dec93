using Microsoft.Extensions.Options;
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
                Of(() => services.GetRequiredService<IOptions<AgoraOptions>>().Value),
                Of(() => services.GetRequiredService<IOptions<StorageOptions>>().Value),
                Of(() => services.GetRequiredService<IOptions<EngineOptions>>().Value),
                Of(() => services.GetRequiredService<IOptions<RecordingTimeOptions>>().Value),
                Of(() => services.GetRequiredService<IOptions<CrossOriginOptions>>().Value),
            }
                .SelectMany(faults => faults)
                // The engine looks at the times of Agora and Storage too.
                .Distinct(),
        ];

    private static IReadOnlyList<string> Of(Func<object> read)
    {
        try
        {
            read();
            return [];
        }
        catch (OptionsValidationException broken)
        {
            return [.. broken.Failures];
        }
        catch (InvalidOperationException unreadable)
        {
            // "Failed to convert configuration value '...' at 'Engine:Lease' to type 'System.TimeSpan'." Secrets are of a type that takes any text.
            return [unreadable.Message];
        }
    }
}
