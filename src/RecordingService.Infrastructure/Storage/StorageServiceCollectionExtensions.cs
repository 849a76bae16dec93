using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using RecordingService.Domain;

namespace RecordingService.Infrastructure.Storage;

/// <summary>Registers the buckets.</summary>
public static class StorageServiceCollectionExtensions
{
    /// <summary>Adds <see cref="StorageOptions"/>, checked at start-up, <see cref="IRecordingFiles"/> and <see cref="StorageHealth"/> with its probes.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<StorageOptions>().Bind(configuration.GetSection(StorageOptions.Section)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<StorageOptions>, StorageOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<StorageProfiles>();
        services.TryAddSingleton(provider => new S3Stores(
            provider.GetRequiredService<IOptions<StorageOptions>>().Value.LookTimeout,
            provider.GetRequiredService<TimeProvider>()
        ));
        services.TryAddSingleton(provider => new StorageHealth(
            provider.GetRequiredService<StorageProfiles>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddHostedService<StorageProbe>();
        services.TryAddSingleton(provider => new RecordingFiles(
            provider.GetRequiredService<StorageProfiles>(),
            provider.GetRequiredService<S3Stores>(),
            new Bucket(CreateHttp(), provider.GetRequiredService<TimeProvider>()),
            provider.GetRequiredService<IOptions<StorageOptions>>().Value.LookTimeout,
            provider.GetRequiredService<TimeProvider>()
        ));
        services.TryAddSingleton<IRecordingFiles>(provider => provider.GetRequiredService<RecordingFiles>());
        return services;
    }

    /// <summary>Time-outs are per request and belong to <see cref="Bucket"/>; the pool is shared for the life of the process.</summary>
    internal static HttpClient CreateHttp() =>
        new(
            new SocketsHttpHandler
            {
                ConnectTimeout = TimeSpan.FromSeconds(2),
                PooledConnectionLifetime = TimeSpan.FromMinutes(2),
                MaxAutomaticRedirections = 3,
                UseCookies = false,
            }
        )
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
}
