using System.Security.Cryptography;

namespace RecordingService.Client;

/// <summary>How a <see cref="RecordingClient"/> calls the service.</summary>
public sealed class RecordingClientOptions
{
    /// <summary>API key, as the service gave it out (<c>rsk_...</c>). Set another one at any time to rotate it; the next request carries it.</summary>
    /// <value>Default: null, for a service that asks for none; the empty text is the same. It is sent with requests of the client and shown nowhere.</value>
    /// <exception cref="ArgumentException">It has characters that no key has.</exception>
    public string? ApiKey
    {
        get;
        set
        {
            // The message keeps quiet about the value: it ends up in logs.
            if (value?.Any(c => c is <= ' ' or > '~') == true)
            {
                throw new ArgumentException("An API key has visible ASCII characters only.", nameof(value));
            }

            field = value is "" ? null : value;
        }
    }

    /// <summary>How often a request is sent at most, the first time included.</summary>
    /// <value>Default 4; 1 to 100. Waits go on until their deadline instead.</value>
    public int MaxAttempts
    {
        get;
        init => field = InRange(value, 1, 100, nameof(MaxAttempts));
    } = 4;

    /// <summary>How long one attempt may take, apart from the wait that it asks the service for.</summary>
    /// <value>Default 30 s; 10 ms to 1 h. The HttpClient's own time-out counts too, for waits as well: leave it at 100 s or more.</value>
    public TimeSpan AttemptTimeout
    {
        get;
        init => field = InRange(value, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1), nameof(AttemptTimeout));
    } = TimeSpan.FromSeconds(30);

    /// <summary>Wait before the second attempt; it doubles from then on. A random half of it is left out, so that callers do not come together.</summary>
    /// <value>Default 500 ms; 1 ms to 1 min.</value>
    public TimeSpan RetryDelay
    {
        get;
        init => field = InRange(value, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1), nameof(RetryDelay));
    } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait between two attempts that the service did not ask for.</summary>
    /// <value>Default 15 s; 1 ms to 10 min.</value>
    public TimeSpan MaxRetryDelay
    {
        get;
        init => field = InRange(value, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(10), nameof(MaxRetryDelay));
    } = TimeSpan.FromSeconds(15);

    /// <summary>Longest wait that the service may ask for (Retry-After); when it asks for more, its answer is thrown at once.</summary>
    /// <value>Default 1 min; zero to 1 h.</value>
    public TimeSpan MaxRetryAfter
    {
        get;
        init => field = InRange(value, TimeSpan.Zero, TimeSpan.FromHours(1), nameof(MaxRetryAfter));
    } = TimeSpan.FromMinutes(1);

    /// <summary>How long the stream of events may be silent before its connection counts as dead. The service sends something every 15 s.</summary>
    /// <value>Default 45 s; 10 ms to 1 h.</value>
    public TimeSpan StreamSilence
    {
        get;
        init => field = InRange(value, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1), nameof(StreamSilence));
    } = TimeSpan.FromSeconds(45);

    /// <summary>The clock of all waits and time-outs.</summary>
    /// <value>Default: the system's.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Draws a number from 0 to 1 for each wait.</summary>
    internal Func<double> Draw { get; init; } = static () => RandomNumberGenerator.GetInt32(int.MaxValue) / (double)int.MaxValue;

    private static T InRange<T>(T value, T least, T most, string name)
        where T : IComparable<T>
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, most, name);
        return value;
    }
}
