using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace RecordingService.Client;

/// <summary>Server-sent events (WHATWG HTML, 9.2) over as many connections as it takes.</summary>
internal sealed class EventStream(Caller caller, string path, string? after) : IAsyncDisposable
{
    private const string MediaType = "text/event-stream";

    private string? cursor = after;
    private TimeSpan? hint;
    private int failures;
    private Connection? connection;

    /// <summary>Waits for the next event, opening connections as they are needed.</summary>
    public async Task<RecordingEvent> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            TimeSpan? asked = null;
            try
            {
                connection ??= await OpenAsync(cancellationToken).ConfigureAwait(false);
                if (await connection.NextAsync().ConfigureAwait(false) is { } item)
                {
                    failures = 0;
                    cursor = item.EventId is { Length: > 0 } id ? id : item.Data.Cursor ?? cursor;
                    return item.Data with { Cursor = cursor };
                }

                // The service closed it, as it does when it is shut down, and said when to come again.
                hint = connection.Hint ?? hint;
            }
            catch (RecordingProblemException problem) when (IsPassing(problem.StatusCode))
            {
                asked = problem.RetryAfter < caller.Options.MaxRetryAfter ? problem.RetryAfter : caller.Options.MaxRetryAfter;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                hint = connection?.Hint ?? hint;
            }
            catch (JsonException e)
            {
                throw new InvalidDataException($"An event of /{path} cannot be read: {e.Message}", e);
            }

            // A place that the service told without an event, as at the begin of a stream, counts as well.
            cursor = connection?.LastId ?? cursor;
            await CloseAsync().ConfigureAwait(false);
            failures++;
            var wait = caller.WaitBefore(failures + 1, failures == 1 ? asked ?? hint : asked);
            await Task.Delay(wait, caller.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync() => await CloseAsync().ConfigureAwait(false);

    private static bool IsPassing(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;

    private async Task<Connection> OpenAsync(CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        message.Headers.Accept.Add(new(MediaType));
        message.Headers.CacheControl = new() { NoCache = true };
        if (cursor is not null)
        {
            message.Headers.TryAddWithoutValidation("Last-Event-ID", cursor);
        }

        var answer = await caller.OpenAsync(message, cancellationToken).ConfigureAwait(false);
        if (answer.Content.Headers.ContentType?.MediaType is var type && type != MediaType)
        {
            answer.Dispose();
            throw new InvalidDataException($"GET /{path} was answered with {type ?? "no type"} instead of {MediaType}.");
        }

        var stream = await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        return new Connection(answer, new WatchedStream(stream, caller.Options.StreamSilence, caller.Time), cancellationToken);
    }

    private async Task CloseAsync()
    {
        if (connection is { } open)
        {
            connection = null;
            await open.DisposeAsync().ConfigureAwait(false);
        }
    }

    private sealed class Connection : IAsyncDisposable
    {
        private readonly HttpResponseMessage answer;
        private readonly WatchedStream stream;
        private readonly SseParser<RecordingEvent> parser;
        private readonly IAsyncEnumerator<SseItem<RecordingEvent>> items;

        public Connection(HttpResponseMessage answer, WatchedStream stream, CancellationToken cancellationToken)
        {
            this.answer = answer;
            this.stream = stream;
            parser = SseParser.Create(stream, static (_, data) => JsonSerializer.Deserialize(data, ClientJson.Default.RecordingEvent)!);
            items = parser.EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        }

        /// <summary>When to open the next connection, as the service told (retry:); null when it did not.</summary>
        public TimeSpan? Hint => parser.ReconnectionInterval >= TimeSpan.Zero ? parser.ReconnectionInterval : null;

        /// <summary>The id that came last, with or without an event; null while none has come. That of an event that broke off does not count.</summary>
        public string? LastId => stream.LastId is { Length: > 0 } id ? id : null;

        /// <summary>The next event; null when the service has closed the stream.</summary>
        public async Task<SseItem<RecordingEvent>?> NextAsync() => await items.MoveNextAsync().ConfigureAwait(false) ? items.Current : null;

        public async ValueTask DisposeAsync()
        {
            // The stream first: a read that still waits ends with it.
            await stream.DisposeAsync().ConfigureAwait(false);
            answer.Dispose();
            try
            {
                await items.DisposeAsync().ConfigureAwait(false);
            }
            catch (NotSupportedException)
            {
                // A read was cancelled and has not ended yet; the connection is gone all the same.
            }
        }
    }
}
