using System.Net;
using Microsoft.Extensions.Options;

namespace RecordingService.Api.Access;

/// <summary>Who may use this service, and how much (section <c>Access</c>).</summary>
public sealed class AccessOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Access";

    /// <summary>Whether callers need an API key. <value>Default: true outside <c>Development</c>.</value></summary>
    /// <remarks>Where none is needed, a key that is sent is still checked and counts, so that what is tried there behaves as elsewhere.</remarks>
    public bool? Required { get; set; }

    /// <summary>Bad keys from one address within <see cref="FailedAttemptsWindow"/> until further ones are answered 429. <value>Default 10; 1 to 10,000.</value></summary>
    public int FailedAttempts { get; set; } = 10;

    /// <summary>How long bad keys are counted. <value>Default 1 min; 1 s to 1 h.</value></summary>
    public TimeSpan FailedAttemptsWindow { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Requests that a caller may make in a second, on each replica. <value>Default 100; 1 to 100,000.</value></summary>
    public int RequestsPerSecond { get; set; } = 100;

    /// <summary>Requests that a caller who was quiet may make at once, on each replica. <value>Default 200; 1 to 1,000,000.</value></summary>
    public int Burst { get; set; } = 200;

    /// <summary>Proxies whose X-Forwarded-For is believed. <value>IP addresses or networks, such as 10.0.0.0/8. Default: none, and the header is ignored.</value></summary>
    public IReadOnlyList<string> TrustedProxies { get; set; } = [];
}

internal sealed class AccessOptionsValidator : IValidateOptions<AccessOptions>
{
    public ValidateOptionsResult Validate(string? name, AccessOptions options)
    {
        List<string> faults = [];
        Check(options.FailedAttempts, nameof(options.FailedAttempts), 1, 10_000);
        Check(options.RequestsPerSecond, nameof(options.RequestsPerSecond), 1, 100_000);
        Check(options.Burst, nameof(options.Burst), 1, 1_000_000);
        if (options.Burst >= 1 && options.Burst < options.RequestsPerSecond / 10)
        {
            // Tokens come ten times a second; a smaller bucket would lose some of them.
            faults.Add(
                $"{AccessOptions.Section}:{nameof(options.Burst)} is {options.Burst}; it must be at least a tenth of {nameof(options.RequestsPerSecond)}, which is {options.RequestsPerSecond}."
            );
        }

        if (options.FailedAttemptsWindow < TimeSpan.FromSeconds(1) || options.FailedAttemptsWindow > TimeSpan.FromHours(1))
        {
            faults.Add(
                $"{AccessOptions.Section}:{nameof(options.FailedAttemptsWindow)} is {options.FailedAttemptsWindow}; allowed is 00:00:01 to 01:00:00."
            );
        }

        faults.AddRange(
            options
                .TrustedProxies.Select(
                    (proxy, index) =>
                        Network(proxy) is null
                            ? $"{AccessOptions.Section}:{nameof(options.TrustedProxies)}:{index} is '{proxy}', but it must be an IP address or a network, such as 10.1.2.3 or 10.0.0.0/8."
                            : null
                )
                .OfType<string>()
        );
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Check(int value, string key, int least, int most)
        {
            if (value < least || value > most)
            {
                faults.Add($"{AccessOptions.Section}:{key} is {value}; allowed is {least} to {most}.");
            }
        }
    }

    /// <summary>A proxy as a network; an address is a network of one.</summary>
    internal static IPNetwork? Network(string? text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;
}
