namespace RecordingService.Client;

public sealed partial class RecordingClient
{
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(5);

    /// <summary>Waits until a recorder of a recording is proven to run.</summary>
    /// <param name="id">The recording.</param>
    /// <param name="within">How long to wait, outages of the service included.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The recording: proven (<see cref="Recording.ConfirmedAt"/>), or ended before it was.</returns>
    /// <exception cref="RecordingWaitTimeoutException">No recorder was proven in time; the recording goes on.</exception>
    /// <exception cref="RecordingProblemException"><c>not-found</c>.</exception>
    public Task<Recording> WaitUntilRecordingAsync(Guid id, TimeSpan within, CancellationToken cancellationToken = default) =>
        LookUntilAsync(id, IsProvenOrOver, within, "no recorder was proven to run", cancellationToken);

    /// <summary>Waits until nothing of a recording will change any more: it is completed, failed or aborted. It stops nothing.</summary>
    /// <param name="id">The recording.</param>
    /// <param name="within">How long to wait, outages of the service included.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RecordingWaitTimeoutException">It is not final in time.</exception>
    /// <exception cref="RecordingProblemException"><c>not-found</c>.</exception>
    public Task<Recording> WaitUntilFinalAsync(Guid id, TimeSpan within, CancellationToken cancellationToken = default) =>
        LookUntilAsync(id, recording => recording.IsFinal, within, "it is not final", cancellationToken);

    /// <summary>Sends a request that the service may hold back (Prefer: wait), again and again until the recording is as wanted.</summary>
    private Task<Recording> RepeatUntilAsync(
        Call call,
        Func<Recording, bool> wanted,
        TimeSpan within,
        string otherwise,
        CancellationToken cancellationToken
    ) =>
        UntilAsync(
            left => call with { Wait = left < LongestWait ? left : LongestWait },
            _ => FirstLook,
            wanted,
            within,
            otherwise,
            cancellationToken
        );

    /// <summary>Looks at a recording until it is as wanted, seldom after a while.</summary>
    private Task<Recording> LookUntilAsync(
        Guid id,
        Func<Recording, bool> wanted,
        TimeSpan within,
        string otherwise,
        CancellationToken cancellationToken
    ) =>
        UntilAsync(
            _ => Call.Get($"v1/recordings/{id}"),
            looks => FirstLook * Math.Pow(1.5, Math.Min(looks, 20)) is var wait && wait < LongestLook ? wait : LongestLook,
            wanted,
            within,
            otherwise,
            cancellationToken
        );

    private async Task<Recording> UntilAsync(
        Func<TimeSpan, Call> call,
        Func<int, TimeSpan> waitAfter,
        Func<Recording, bool> wanted,
        TimeSpan within,
        string otherwise,
        CancellationToken cancellationToken
    )
    {
        var time = caller.Time;
        var started = time.GetTimestamp();
        Recording? seen = null;
        for (var looks = 0; ; looks++)
        {
            var left = within - time.GetElapsedTime(started);
            try
            {
                seen = await caller.SendAsync(call(left), ClientJson.Default.Recording, left, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (IsOutage(e))
            {
                // It was asked for again until the time was up.
                throw TimedOut(e);
            }

            if (wanted(seen))
            {
                return seen;
            }

            left = within - time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
            {
                throw TimedOut(null);
            }

            var wait = waitAfter(looks);
            await Task.Delay(wait < left ? wait : left, time, cancellationToken).ConfigureAwait(false);
        }

        RecordingWaitTimeoutException TimedOut(Exception? error) =>
            new(
                seen is null
                    ? $"The service did not answer within {within}: {error?.Message}"
                    : $"Recording {seen.Id} is {seen.State} after {within}, and {otherwise}.",
                seen,
                error
            );
    }

    /// <summary>Whether it is what was waited out, and no refusal.</summary>
    private static bool IsOutage(Exception error) =>
        error
            is RecordingUnavailableException
                or RecordingProblemException
                {
                    StatusCode: >= System.Net.HttpStatusCode.InternalServerError
                        or System.Net.HttpStatusCode.TooManyRequests
                        or System.Net.HttpStatusCode.RequestTimeout
                };
}
