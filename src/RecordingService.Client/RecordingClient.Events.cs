using System.Runtime.CompilerServices;

namespace RecordingService.Client;

public sealed partial class RecordingClient
{
    /// <summary>Reads all events behind a cursor, oldest first, and ends with the newest one.</summary>
    /// <param name="after"><see cref="RecordingEvent.Cursor"/> of the last event that was handled; null for the oldest that there is.</param>
    /// <param name="filter">Which ones; null for all.</param>
    /// <param name="cancellationToken">Ends the list.</param>
    /// <exception cref="RecordingProblemException"><c>invalid-request</c> for a cursor that the service does not know.</exception>
    public async IAsyncEnumerable<RecordingEvent> ReadEventsAsync(
        string? after = null,
        EventFilter? filter = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        while (true)
        {
            var page = await ReadEventPageAsync(after, filter, cancellationToken: cancellationToken).ConfigureAwait(false);
            foreach (var one in page.Items)
            {
                yield return one;
            }

            // An empty page is no end: few of many events may match.
            if (page.Items.Count == 0 && page.Next == after)
            {
                yield break;
            }

            after = page.Next;
        }
    }

    /// <summary>Reads one page of events, and waits for one if there is none and it is asked to.</summary>
    /// <param name="after"><see cref="EventPage.Next"/> of the page before, or the cursor of an event; null for the oldest that there is.</param>
    /// <param name="filter">Which ones; null for all.</param>
    /// <param name="limit">Events per page, 1 to 1000; null for the service's default.</param>
    /// <param name="wait">How long the service may wait for an event, up to 90 s; null not to wait.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="RecordingProblemException"><c>invalid-request</c> for a cursor that the service does not know.</exception>
    public Task<EventPage> ReadEventPageAsync(
        string? after = null,
        EventFilter? filter = null,
        int? limit = null,
        TimeSpan? wait = null,
        CancellationToken cancellationToken = default
    ) =>
        SendAsync(
            Matching(Call.Get("v1/events"), filter).Query("after", after).Query("limit", limit) with
            {
                Wait = wait ?? TimeSpan.Zero,
            },
            ClientJson.Default.EventPage,
            cancellationToken
        );

    /// <summary>Follows the events as they happen. It does not end by itself: a connection that breaks is opened anew behind the last event.</summary>
    /// <param name="after">Cursor of the last event that was handled, so that none is missed; null for the events from now on.</param>
    /// <param name="filter">Which ones; null for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RecordingProblemException">The service refuses: 400 for a cursor that it does not know, 401, 403, 404. Anything else is waited out.</exception>
    public async IAsyncEnumerable<RecordingEvent> StreamEventsAsync(
        string? after = null,
        EventFilter? filter = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        var stream = new EventStream(caller, Matching(Call.Get("v1/events/stream"), filter).Path, after);
        await using (stream.ConfigureAwait(false))
        {
            while (true)
            {
                yield return await stream.NextAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static Call Matching(Call call, EventFilter? filter) =>
        call.Query("type", filter?.Types is { Count: > 0 } types ? string.Join(',', types) : null)
            .Query("project", filter?.Project)
            .Query("recording", filter?.Recording?.ToString());
}
