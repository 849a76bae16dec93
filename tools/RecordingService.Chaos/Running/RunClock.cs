namespace RecordingService.Chaos.Running;

/// <summary>Recording time of a run, as simulator and replicas have it: fast by a factor until an instant that no run reaches.</summary>
internal sealed class RunClock(TimeProvider time, double factor)
{
    /// <summary>Gets how many seconds of recording time pass in a real second.</summary>
    public double Factor => factor;

    /// <summary>Gets the instant from which recording time would be real time.</summary>
    public DateTimeOffset RealFrom { get; } = time.GetUtcNow() + TimeSpan.FromHours(2);

    /// <summary>Gets the recording time.</summary>
    public DateTimeOffset Now => RealFrom - (RealFrom - time.GetUtcNow()) * factor;

    /// <summary>Gets the clock of real time.</summary>
    public TimeProvider Real => time;

    /// <summary>How long a stretch of recording time takes.</summary>
    public TimeSpan ToReal(TimeSpan recording) => recording / factor;

    /// <summary>Waits for a stretch of recording time.</summary>
    public Task WaitAsync(TimeSpan recording, CancellationToken cancellationToken) =>
        recording > TimeSpan.Zero ? Task.Delay(ToReal(recording), time, cancellationToken) : Task.CompletedTask;

    /// <summary>Waits until a moment of recording time.</summary>
    public Task WaitUntilAsync(DateTimeOffset recording, CancellationToken cancellationToken) =>
        WaitAsync(recording - Now, cancellationToken);
}
