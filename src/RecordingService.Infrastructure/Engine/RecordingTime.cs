using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace RecordingService.Infrastructure.Engine;

/// <summary>How recording time runs. In production it is real time.</summary>
public sealed class RecordingTimeOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "RecordingTime";

    /// <summary>How many times as fast as real time recording time runs before <see cref="RealFrom"/>. <value>Default 1; 1 to 1000; anything else than 1 is refused in production.</value></summary>
    public double Factor { get; set; } = 1;

    /// <summary>The moment at which fast recording time meets real time; from then on both are one. <value>Needed when <see cref="Factor"/> is not 1.</value></summary>
    public DateTimeOffset? RealFrom { get; set; }
}

/// <summary>The one clock: the database's, never a replica's, mapped to recording time.</summary>
/// <remarks>
/// Ladders, policies, expiries and the vendor's rate are in recording time; leases and time-outs are in real time. Demonstrations and
/// rehearsals let recording time run faster up to a given moment: before it, each real second counts for several.
/// </remarks>
internal sealed class RecordingClock(IOptions<RecordingTimeOptions> options, TimeProvider time)
{
    private readonly double factor = options.Value.Factor;
    private readonly DateTimeOffset realFrom = options.Value.RealFrom ?? DateTimeOffset.MinValue;
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(250);

    /// <summary>A reading is trusted that long: the clocks of two machines part by far less than <see cref="Tolerance"/> meanwhile.</summary>
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private DateTimeOffset observed;
    private long observedAt;
    private long comparedAt;

    /// <summary>Whether the database's clock should be read again.</summary>
    public bool IsStale
    {
        get
        {
            lock (gate)
            {
                return observed == default || time.GetElapsedTime(comparedAt) > Freshness;
            }
        }
    }

    /// <summary>Whether the database's clock was ever read.</summary>
    public bool IsKnown
    {
        get
        {
            lock (gate)
            {
                return observed != default;
            }
        }
    }

    /// <summary>Takes a reading of the database's clock.</summary>
    /// <param name="databaseNow">The reading.</param>
    /// <param name="roundTrip">How long it took; a slow reading is worth less than the carried one.</param>
    public void Observe(DateTimeOffset databaseNow, TimeSpan roundTrip)
    {
        lock (gate)
        {
            comparedAt = time.GetTimestamp();
            var ahead = observed == default ? TimeSpan.MinValue : RealNowLocked() - databaseNow;
            // Going back a little would reorder events for nothing; only a clock that drifted is set back.
            if (ahead < TimeSpan.Zero || (ahead > Tolerance && roundTrip < Tolerance))
            {
                observed = databaseNow;
                observedAt = time.GetTimestamp();
            }
        }
    }

    /// <summary>The database's time, carried forward by this process's monotonic clock.</summary>
    /// <exception cref="DatabaseUnavailableException">The database was never reached.</exception>
    public DateTimeOffset RealNow
    {
        get
        {
            lock (gate)
            {
                return observed != default ? RealNowLocked() : throw new DatabaseUnavailableException();
            }
        }
    }

    /// <summary>Recording time now.</summary>
    public DateTimeOffset Now => ToRecordingTime(RealNow);

    /// <summary>How fast recording time runs now.</summary>
    public double Speed => RealNow < realFrom ? factor : 1;

    public DateTimeOffset ToRecordingTime(DateTimeOffset real) => real >= realFrom ? real : realFrom - (realFrom - real) * factor;

    public DateTimeOffset ToRealTime(DateTimeOffset recording) =>
        recording >= realFrom ? recording : realFrom - (realFrom - recording) / factor;

    private DateTimeOffset RealNowLocked() => observed + time.GetElapsedTime(observedAt);
}

/// <summary>Refuses a clock that production must not have.</summary>
internal sealed class RecordingTimeOptionsValidator(IHostEnvironment environment) : IValidateOptions<RecordingTimeOptions>
{
    public ValidateOptionsResult Validate(string? name, RecordingTimeOptions options)
    {
        if (options.Factor == 1)
        {
            return ValidateOptionsResult.Success;
        }

        List<string> faults = [];
        if (environment.IsProduction())
        {
            faults.Add($"RecordingTime:Factor is {options.Factor}; in production recording time is real time, so only 1 is allowed.");
        }

        if (options.Factor is not (>= 1 and <= 1000))
        {
            faults.Add($"RecordingTime:Factor is {options.Factor}; allowed is 1 to 1000.");
        }

        if (options.RealFrom is null)
        {
            faults.Add("RecordingTime:RealFrom is missing; a faster clock needs the moment at which it meets real time.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
