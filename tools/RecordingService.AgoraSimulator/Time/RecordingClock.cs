namespace RecordingService.Simulation;

/// <summary>Recording time: fast by a factor until an instant, real time from there on, and continuous at it.</summary>
internal sealed class RecordingClock(TimeProvider time, double factor, DateTimeOffset? realFrom)
{
    // Timers of .NET reach about 49 days; a longer wait is waited in pieces.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly DateTimeOffset realFrom = realFrom ?? DateTimeOffset.MinValue;

    public DateTimeOffset RealNow => time.GetUtcNow();

    public DateTimeOffset Now => FromReal(time.GetUtcNow());

    public DateTimeOffset FromReal(DateTimeOffset real) => real >= realFrom ? real : realFrom - (realFrom - real) * factor;

    public DateTimeOffset ToReal(DateTimeOffset recording) =>
        recording >= realFrom ? recording : realFrom - (realFrom - recording) / factor;

    public async Task WaitUntilAsync(DateTimeOffset recording, CancellationToken cancellationToken)
    {
        while (Now < recording)
        {
            var wait = ToReal(recording) - time.GetUtcNow();
            wait = wait > LongestWait ? LongestWait : wait;
            // Timers count whole milliseconds and round down; without the extra one this would spin.
            await Task.Delay(wait + TimeSpan.FromMilliseconds(1), time, cancellationToken);
        }
    }
}
