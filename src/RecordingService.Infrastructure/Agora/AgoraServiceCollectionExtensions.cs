using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using RecordingService.Domain;
using RecordingService.Infrastructure.Agora.Notifications;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Infrastructure.Agora;

/// <summary>Registers Agora Cloud Recording.</summary>
public static class AgoraServiceCollectionExtensions
{
    /// <summary>Adds <see cref="AgoraOptions"/>, checked at start-up, <see cref="IAgora"/> and <see cref="AgoraNotifications"/>. Needs <c>AddStorage</c> beside it.</summary>
    public static IServiceCollection AddAgora(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var storageProfiles = configuration.GetSection($"{StorageOptions.Section}:{nameof(StorageOptions.Profiles)}");
        services.AddOptions<AgoraOptions>().Bind(configuration.GetSection(AgoraOptions.Section)).ValidateOnStart();
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<AgoraOptions>, AgoraOptionsValidator>(_ => new AgoraOptionsValidator(
                storageProfiles.GetChildren().Select(profile => profile.Key).ToHashSet(StringComparer.OrdinalIgnoreCase)
            ))
        );
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<AgoraProjects>();
        services.TryAddSingleton<StorageAreaOf>(provider =>
        {
            var profiles = provider.GetRequiredService<StorageProfiles>();
            return name => profiles.AreaOf(name)?.ToString();
        });
        services.TryAddSingleton(provider => new StorageRoutes(
            provider.GetRequiredService<IOptions<AgoraOptions>>(),
            provider.GetRequiredService<StorageProfiles>()
        ));
        services.TryAddSingleton<RecordingNow>(_ => static () => null);
        services.TryAddSingleton(provider => new AgoraTransport(
            provider.GetRequiredService<IOptions<AgoraOptions>>().Value,
            provider.GetRequiredService<TimeProvider>()
        ));
        services.TryAddSingleton<IAgora, AgoraRestClient>();
        services.TryAddSingleton(provider => new AgoraNotifications(
            provider.GetRequiredService<AgoraProjects>(),
            provider
                .GetRequiredService<IOptions<StorageOptions>>()
                .Value.Profiles.Keys.Select(name => provider.GetRequiredService<StorageProfiles>().Find(name)!),
            provider.GetRequiredService<RecordingNow>()
        ));
        return services;
    }
}
