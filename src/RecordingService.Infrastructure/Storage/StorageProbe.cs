using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace RecordingService.Infrastructure.Storage;

/// <summary>
/// Writes a small object into each bucket with the recorder's keys when the service starts, and every 15 min into those where that failed.
/// Nothing depends on it: a wrong bucket is told before a class is lost, and never keeps the service from working.
/// </summary>
internal sealed class StorageProbe(
    StorageProfiles profiles,
    S3Stores stores,
    StorageHealth health,
    TimeProvider time,
    ILogger<StorageProbe> logger
) : BackgroundService
{
    public const string FileName = "recording-service-probe.txt";

    /// <summary>Often enough for somebody who mends the keys and looks, rare enough to cost nothing.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(15);

    private const string Content = "RecordingService wrote this to prove that recordings can be stored here. It may be deleted.\n";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var warning in profiles.All.Select(p => p.KeyWarning(time.GetUtcNow())).OfType<string>())
        {
            logger.KeysExpire(warning);
        }

        using var timer = new PeriodicTimer(Interval, time);
        var left = profiles.All.Where(p => p.WhyNoProbe is null).ToList();
        while (left.Count > 0)
        {
            try
            {
                var works = await Task.WhenAll(left.Select(p => ProbeAsync(p, stoppingToken))).ConfigureAwait(false);
                left = [.. left.Where((_, i) => !works[i])];
                if (left.Count > 0)
                {
                    await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task<bool> ProbeAsync(StorageProfile profile, CancellationToken cancellationToken)
    {
        var key = string.Join('/', [.. profile.FileNamePrefix, FileName]);
        var fault = await stores.RecordersOf(profile)!.WriteAsync(key, Content, cancellationToken).ConfigureAwait(false);
        var result = fault is null
            ? new StorageProbeResult(StorageProbeState.Works, time.GetUtcNow(), null, $"{key} was written with the recorder's keys.", null)
            : new StorageProbeResult(StorageProbeState.Failed, time.GetUtcNow(), fault.Field, fault.Sentence, fault.WhereFound);
        if (health.IsNews(profile.Name, result))
        {
            if (fault is null)
            {
                logger.ProbeWorks(profile.Name, profile.Bucket, profile.VendorName);
            }
            else
            {
                logger.ProbeFailed(
                    profile.Name,
                    profile.Bucket,
                    profile.VendorName,
                    fault.Field ?? "not known",
                    fault.Sentence,
                    fault.WhereFound
                );
            }
        }

        health.Keep(profile.Name, result);
        return fault is null;
    }
}
