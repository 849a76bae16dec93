using System.Globalization;

namespace RecordingService.LocalStack.Demonstration;

/// <summary>Records one class from the request to the playlist, printing what happens while it happens.</summary>
internal sealed class DemonstrationClass(
    RecordingApi api,
    HttpClient files,
    RecordingTime recordingTime,
    TimeProvider time,
    TextWriter console
)
{
    private static readonly TimeSpan ClassLength = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    // Fast time ends after 45 s; what is not done in as long again is stuck.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);

    private long cursor;
    private DateTimeOffset? firstEntry;

    /// <returns>The URL of the playlist, after every slice in it was fetched.</returns>
    /// <exception cref="LocalStackException">The class did not end as a completed recording with all its files.</exception>
    public async Task<Uri> RecordAsync(CancellationToken cancellationToken)
    {
        var channel = $"demo-{Guid.CreateVersion7().ToString("N")[^8..]}";
        var recording = await api.StartAsync(channel, "lecture", cancellationToken);
        console.WriteLine($"Class '{channel}' is recorded, {recordingTime.Factor:0} times as fast as real time:");
        recording = await FollowAsync(recording.Id, cancellationToken);

        if (recording is not { State: "completed", Files: { State: "complete" or "notVerified", PlaylistUrl: { } playlist } })
        {
            var why = recording.Reason is { } reason ? $"{reason.Message} {reason.Advice}" : "no reason is given";
            throw new LocalStackException($"The class ended {recording.State} with files {recording.Files?.State ?? "unknown"}: {why}");
        }

        var slices = await PlaylistCheck.CountSlicesAsync(files, playlist, cancellationToken);
        console.WriteLine($"  The playlist and its {slices} slices were fetched from the bucket.");
        return playlist;
    }

    private async Task<RecordingView> FollowAsync(string id, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        DateTimeOffset? recordedSince = null;
        var stopAsked = false;
        while (true)
        {
            var recording = await api.GetAsync(id, cancellationToken);
            // Read after the state, so that the last lines are printed before the end is told.
            await PrintNewsAsync(id, cancellationToken);
            switch (recording.State)
            {
                case "recording":
                    recordedSince ??= recordingTime.Now;
                    if (!stopAsked && recordingTime.Now - recordedSince >= ClassLength)
                    {
                        await api.StopAsync(id, cancellationToken);
                        stopAsked = true;
                    }

                    break;
                case "completed" when recording.Files?.State is "pending":
                    break;
                case "completed" or "failed" or "aborted":
                    return recording;
            }

            if (time.GetElapsedTime(begun) > Patience)
            {
                throw new LocalStackException(
                    $"The class is still '{recording.State}' after {Patience.TotalSeconds:0} s: {recording.Reason?.Message}"
                );
            }

            await Task.Delay(PollInterval, time, cancellationToken);
        }
    }

    private async Task PrintNewsAsync(string id, CancellationToken cancellationToken)
    {
        var page = await api.TimelineAsync(id, cursor, cancellationToken);
        foreach (var entry in page.Items)
        {
            firstEntry ??= entry.At;
            var offset = (entry.At - firstEntry.Value).ToString(@"mm\:ss", CultureInfo.InvariantCulture);
            console.WriteLine($"  {offset}  {entry.Message}");
        }

        cursor = page.Next;
    }
}
