namespace RecordingService.LocalStack;

/// <summary>The time that recordings live in: fast by a factor until an instant, real time from there on.</summary>
internal sealed class RecordingTime(TimeProvider time, double factor, DateTimeOffset realFrom)
{
    public double Factor => factor;

    public DateTimeOffset RealFrom => realFrom;

    public DateTimeOffset Now
    {
        get
        {
            var real = time.GetUtcNow();
            return real >= realFrom ? real : realFrom - (realFrom - real) * factor;
        }
    }

    /// <summary>Waits until recording time is real time.</summary>
    public async Task BecomeRealAsync(CancellationToken cancellationToken)
    {
        while (realFrom - time.GetUtcNow() is { } left && left > TimeSpan.Zero)
        {
            await Task.Delay(left + TimeSpan.FromMilliseconds(1), time, cancellationToken);
        }
    }
}
