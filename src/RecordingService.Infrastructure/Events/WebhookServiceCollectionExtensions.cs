using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Infrastructure.Events;

/// <summary>Brings webhooks into the service collection.</summary>
public static class WebhookServiceCollectionExtensions
{
    /// <summary>Adds what callers ask for, and the dispatcher.</summary>
    public static IServiceCollection AddWebhooks(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddOptions<WebhookOptions>().Bind(configuration.GetSection(WebhookOptions.Section)).ValidateOnStart();
        services.AddOptions<SecretKeyOptions>().Bind(configuration.GetSection(SecretKeyOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<WebhookOptions>, WebhookOptionsValidator>();
        services.AddSingleton<IValidateOptions<SecretKeyOptions>, SecretKeyOptionsValidator>();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<WebhookOptions>>().Value);
        services.AddSingleton(provider => new SecretVault(provider.GetRequiredService<IOptions<SecretKeyOptions>>().Value));
        services.AddSingleton(provider => new TargetGuard(
            provider.GetRequiredService<WebhookOptions>(),
            provider.GetRequiredService<IHostEnvironment>().IsDevelopment(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton<WebhookSignal>();
        services.AddSingleton<WebhookSender>();
        services.AddWebhookTables();
        services.AddSingleton<WebhookSecrets>();
        services.AddSingleton(provider => new WebhookProbe(
            provider.GetRequiredService<Webhooks>(),
            provider.GetRequiredService<WebhookLanes>(),
            provider.GetRequiredService<ForwardCalls>(),
            provider.GetRequiredService<WebhookSender>(),
            provider.GetRequiredService<WebhookSecrets>(),
            provider.GetRequiredService<RecordingClock>(),
            provider.GetRequiredService<ILogger<WebhookProbe>>()
        ));
        services.AddSingleton<WebhookDispatcher>();
        services.AddHostedService(provider => provider.GetRequiredService<WebhookDispatcher>());
        return services;
    }
}
