using Microsoft.Extensions.Options;

namespace RecordingService.Infrastructure.Engine;

/// <summary>How replicas share the work. All times are real time.</summary>
public sealed class EngineOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Engine";

    /// <summary>How long a claimed recording belongs to its replica without a sign of life. <value>Default 15 s; 2 s to 2 min.</value></summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Longest call to Agora or to a bucket. <value>Default 8 s; at least half a second below <see cref="Lease"/> less <see cref="LeaseMargin"/>.</value></summary>
    public TimeSpan LongestEffect { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>Part of the lease in which its holder starts nothing any more. <value>Default 3 s; 0 to 1 min.</value></summary>
    public TimeSpan LeaseMargin { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Wait between two looks for due recordings. <value>Default 200 ms; 20 ms to 5 s; a fifth is added or taken at random.</value></summary>
    public TimeSpan Poll { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Recordings that this replica works on at once. <value>Default 64; 1 to 1000.</value></summary>
    public int Slots { get; set; } = 64;

    /// <summary>How long a stopping replica lets calls in flight finish. <value>Default 25 s; 0 to 10 min, below the container's grace period.</value></summary>
    public TimeSpan Drain { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>Wait between two looks for recordings that nobody looks after. <value>Default 15 s; 100 ms to 10 min; a fifth is added or taken at random.</value></summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Whether this replica works on recordings at all, or only answers requests. <value>Default true.</value></summary>
    public bool Works { get; set; } = true;
}

/// <param name="longestCall">What a call may really take, by the time-outs of the Agora client and of looks into a bucket.</param>
internal sealed class EngineOptionsValidator(TimeSpan longestCall) : IValidateOptions<EngineOptions>
{
    /// <summary>Committing an intent takes a part of the lease that it renews; with none left, a holder would renew for ever and call nobody.</summary>
    private static readonly TimeSpan LeastSlack = TimeSpan.FromMilliseconds(500);

    public ValidateOptionsResult Validate(string? name, EngineOptions options)
    {
        List<string> faults = [];
        Check(options.Lease, nameof(options.Lease), TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(2));
        Check(options.Poll, nameof(options.Poll), TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(5));
        Check(options.LongestEffect, nameof(options.LongestEffect), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(30));
        Check(options.LeaseMargin, nameof(options.LeaseMargin), TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Check(options.SweepInterval, nameof(options.SweepInterval), TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
        Check(options.Drain, nameof(options.Drain), TimeSpan.Zero, TimeSpan.FromMinutes(10));
        if (options.LongestEffect < longestCall)
        {
            faults.Add(
                $"Engine:LongestEffect is {options.LongestEffect}, but a call may take {longestCall} (Agora:ConnectTimeout and Agora:AttemptTimeout, Storage:LookTimeout); it would outlive its lease."
            );
        }

        if (options.LongestEffect + options.LeaseMargin > options.Lease - LeastSlack)
        {
            faults.Add(
                $"Engine:LongestEffect ({options.LongestEffect}) and Engine:LeaseMargin ({options.LeaseMargin}) leave less than {LeastSlack} of Engine:Lease ({options.Lease}); no call would be safe."
            );
        }

        if (options.Slots is < 1 or > 1000)
        {
            faults.Add($"Engine:Slots is {options.Slots}; allowed is 1 to 1000.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Check(TimeSpan value, string key, TimeSpan least, TimeSpan most)
        {
            if (value < least || value > most)
            {
                faults.Add($"Engine:{key} is {value}; allowed is {least} to {most}.");
            }
        }
    }
}
