using Microsoft.Extensions.Options;

namespace RecordingService.Infrastructure.Engine;

/// <summary>How callers follow events. All times are real time.</summary>
public sealed class EventFeedOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "EventFeed";

    /// <summary>Wait between two looks for events of other replicas while somebody waits for one. <value>Default 100 ms; 10 ms to 5 s; a fifth is added or taken at random.</value></summary>
    public TimeSpan Poll { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a stream is silent before a comment is sent, so that nobody in between takes the connection for dead. <value>Default 15 s; 100 ms to 5 min.</value></summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Newest events that are kept in memory, for those who follow; whoever is further behind reads from the database. <value>Default 2000; 10 to 100,000.</value></summary>
    public int Kept { get; set; } = 2000;

    /// <summary>Streams that one key may hold open on a replica. <value>Default 200; 1 to 10,000.</value></summary>
    /// <remarks>Each event wakes every stream. Without a key the limit is always 10,000, for all together.</remarks>
    public int StreamsPerKey { get; set; } = 200;

    /// <summary>Streams without a key on a replica, and the highest that <see cref="StreamsPerKey"/> may be.</summary>
    public const int MostStreams = 10_000;
}

internal sealed class EventFeedOptionsValidator : IValidateOptions<EventFeedOptions>
{
    public ValidateOptionsResult Validate(string? name, EventFeedOptions options)
    {
        List<string> faults = [];
        Check(options.Poll, nameof(options.Poll), TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(5));
        Check(options.Heartbeat, nameof(options.Heartbeat), TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5));
        if (options.Kept is < 10 or > 100_000)
        {
            faults.Add($"EventFeed:Kept is {options.Kept}; allowed is 10 to 100000.");
        }

        if (options.StreamsPerKey is < 1 or > EventFeedOptions.MostStreams)
        {
            faults.Add($"EventFeed:StreamsPerKey is {options.StreamsPerKey}; allowed is 1 to {EventFeedOptions.MostStreams}.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Check(TimeSpan value, string key, TimeSpan least, TimeSpan most)
        {
            if (value < least || value > most)
            {
                faults.Add($"EventFeed:{key} is {value}; allowed is {least} to {most}.");
            }
        }
    }
}
