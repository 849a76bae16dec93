using System.Net;
using Microsoft.Extensions.Options;

namespace RecordingService.Infrastructure.Events;

/// <summary>How events are sent to webhooks (section <c>Webhooks</c>). All times are real time.</summary>
public sealed class WebhookOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Webhooks";

    /// <summary>Waits between the attempts for one event, if nothing else is configured: some five days.</summary>
    /// <remarks><b>Source:</b> Standard Webhooks, deliverability: retries over several days with growing waits and jitter; these are ours.</remarks>
    internal static readonly IReadOnlyList<TimeSpan> DefaultLadder =
    [
        TimeSpan.FromSeconds(5),
        TimeSpan.FromSeconds(30),
        TimeSpan.FromMinutes(2),
        TimeSpan.FromMinutes(10),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(1),
        TimeSpan.FromHours(2),
        TimeSpan.FromHours(4),
        TimeSpan.FromHours(8),
        TimeSpan.FromHours(12),
        TimeSpan.FromHours(24),
        TimeSpan.FromHours(24),
        TimeSpan.FromHours(24),
        TimeSpan.FromHours(24),
    ];

    /// <summary>Networks (CIDR) that webhooks may lie in although they are loopback, private or otherwise not public. <value>Default: none.</value></summary>
    public IReadOnlyList<string> AllowedNetworks { get; set; } = [];

    /// <summary>Whether webhooks may have http addresses. <value>Default: in the environment Development only.</value></summary>
    public bool? AllowHttp { get; set; }

    /// <summary>How long an attempt may take, redirects included. <value>Default 15 s; 1 s to 1 min.</value></summary>
    /// <remarks><b>Source:</b> Standard Webhooks, deliverability: time-outs of 15 to 30 s.</remarks>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Waits between the attempts for one event; after the last one it is given up. <value>Default: <see cref="DefaultLadder"/>; 1 to 100 waits of 1 s to 7 d.</value></summary>
    /// <remarks>Null and not the default itself, because the binder would append to that.</remarks>
    public IReadOnlyList<TimeSpan>? RetryLadder { get; set; }

    /// <summary>How many webhooks there may be, all projects together. <value>Default 100; 1 to 10,000.</value></summary>
    /// <remarks>Each costs a lane for each recording and a look with every event; those that hang take attempts from the others.</remarks>
    public int MostWebhooks { get; set; } = 100;

    /// <summary>Attempts at once for one webhook, over all replicas. <value>Default 8; 1 to 100.</value></summary>
    public int InFlight { get; set; } = 8;

    /// <summary>Attempts at once of this replica, for all webhooks. <value>Default 128; 1 to 1000.</value></summary>
    public int Slots { get; set; } = 128;

    /// <summary>Wait between two looks for what is due. <value>Default 500 ms; 20 ms to 1 min; a fifth is added or taken at random.</value></summary>
    public TimeSpan Poll { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a webhook may fail before that is an alarm. <value>Default 1 h; 1 min to 5 d.</value></summary>
    public TimeSpan AlarmAfter { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long the delivery log keeps an attempt. <value>Default 30 d; 1 h to 1000 d.</value></summary>
    public TimeSpan LogAge { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How many attempts the delivery log keeps of each webhook. <value>Default 10,000; 10 to 1,000,000.</value></summary>
    public int LogEntries { get; set; } = 10_000;

    internal IReadOnlyList<TimeSpan> Ladder => RetryLadder ?? DefaultLadder;

    /// <summary>An attempt that began in time has ended by then, and was settled.</summary>
    internal TimeSpan Lease => Timeout + TimeSpan.FromSeconds(15);
}

internal sealed class WebhookOptionsValidator : IValidateOptions<WebhookOptions>
{
    public ValidateOptionsResult Validate(string? name, WebhookOptions options)
    {
        List<string> faults = [];
        Time(options.Timeout, nameof(options.Timeout), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        Time(options.Poll, nameof(options.Poll), TimeSpan.FromMilliseconds(20), TimeSpan.FromMinutes(1));
        Time(options.AlarmAfter, nameof(options.AlarmAfter), TimeSpan.FromMinutes(1), TimeSpan.FromDays(5));
        Time(options.LogAge, nameof(options.LogAge), TimeSpan.FromHours(1), TimeSpan.FromDays(1000));
        Number(options.MostWebhooks, nameof(options.MostWebhooks), 1, 10_000);
        Number(options.InFlight, nameof(options.InFlight), 1, 100);
        Number(options.Slots, nameof(options.Slots), 1, 1000);
        Number(options.LogEntries, nameof(options.LogEntries), 10, 1_000_000);
        for (var i = 0; i < options.Ladder.Count; i++)
        {
            Time(options.Ladder[i], $"{nameof(options.RetryLadder)}:{i}", TimeSpan.FromSeconds(1), TimeSpan.FromDays(7));
        }

        if (options.Ladder.Count is < 1 or > 100)
        {
            faults.Add($"Webhooks:RetryLadder has {options.Ladder.Count} waits; allowed are 1 to 100.");
        }

        faults.AddRange(
            options
                .AllowedNetworks.Where(network => !IPNetwork.TryParse(network, out _))
                .Select(network => $"Webhooks:AllowedNetworks has '{network}'; each must be a network such as 10.0.0.0/8 or fd00::/8.")
        );
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Time(TimeSpan value, string key, TimeSpan least, TimeSpan most)
        {
            if (value < least || value > most)
            {
                faults.Add($"Webhooks:{key} is {value}; allowed is {least} to {most}.");
            }
        }

        void Number(int value, string key, int least, int most)
        {
            if (value < least || value > most)
            {
                faults.Add($"Webhooks:{key} is {value}; allowed is {least} to {most}.");
            }
        }
    }
}
