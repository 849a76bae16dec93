using System.Buffers;
using System.Data.Common;
using System.Globalization;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using RecordingService.Api.Access;
using RecordingService.Api.Problems;
using RecordingService.Api.Requests;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Events;

/// <summary>An answer that goes on: events as they come. It holds a position and no event; a caller who reads slowly is waited for, and read on for from there.</summary>
/// <remarks><b>Source:</b> WHATWG HTML, server-sent events (text/event-stream, Last-Event-ID, retry).</remarks>
internal sealed class EventStream(
    EventFeed feed,
    OpenStreams streams,
    EventFilter filter,
    long after,
    TimeSpan heartbeat,
    TimeProvider time,
    CancellationToken draining
) : IResult
{
    public const string ContentType = "text/event-stream";

    /// <summary>Events that are written before the caller's connection is waited for.</summary>
    private const int Together = 50;

    private static readonly TimeSpan DatabaseRetry = TimeSpan.FromSeconds(1);

    /// <summary>How long those whose replica stops wait before they come back; each another time, so that they do not come all at once.</summary>
    private static readonly (int Least, int Most) RetryMs = (500, 3000);

    private long position = after;
    private long writtenAt;

    public async Task ExecuteAsync(HttpContext http)
    {
        var caller = http.Caller();
        using var place = streams.Enter(caller);
        if (place is null)
        {
            var whose = caller.KeyId is null ? "All callers without a key together have" : "This key has";
            await Problem
                .TooManyRequests.Because(
                    $"{whose} {streams.MostOf(caller)} streams open on this replica, which is as many as there may be. Close one first. One "
                        + "stream tells everything: follow it once, and pass events on from there."
                )
                .ExecuteAsync(http);
            return;
        }

        http.Response.ContentType = ContentType;
        http.Response.Headers.CacheControl = "no-store";
        // Proxies that collect answers before they pass them on, nginx above all, would hold events back.
        http.Response.Headers["X-Accel-Buffering"] = "no";
        if (SafeMethods.IsHead(http))
        {
            return;
        }

        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, draining);
        try
        {
            // The caller learns at once that it is connected, and where it is: a caller that comes back before the first event missed none, either.
            await TellPositionAsync(http.Response.BodyWriter, http.RequestAborted);
            var keyHolds = true;
            while (keyHolds && !ends.IsCancellationRequested)
            {
                keyHolds = await GoOnAsync(http, ends.Token);
            }

            if (keyHolds && !http.RequestAborted.IsCancellationRequested)
            {
                var retry = RandomNumberGenerator.GetInt32(RetryMs.Least, RetryMs.Most);
                var farewell = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"retry: {retry}\n\n"));
                await WriteAsync(http.Response.BodyWriter, farewell, http.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            // The caller has left.
        }
    }

    /// <returns>False when the caller's key is good no more.</returns>
    private async Task<bool> GoOnAsync(HttpContext http, CancellationToken ends)
    {
        // Events that do not match wake it, too: what counts is how long nothing was written.
        var silence = heartbeat - time.GetElapsedTime(writtenAt);
        var hasMore = silence > TimeSpan.Zero && await feed.WaitAsync(position, silence, ends);
        // After the wait, which may have been long, and before anything is told.
        switch (await KeyHoldsAsync(http))
        {
            case false:
                return false;
            case true when hasMore:
                await SendAsync(http.Response.BodyWriter, ends, http.RequestAborted);
                break;
            case not null when silence > TimeSpan.Zero:
                break;
            case null when silence > TimeSpan.Zero:
                await Task.Delay(DatabaseRetry, time, ends).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            default:
                await TellPositionAsync(http.Response.BodyWriter, http.RequestAborted);
                break;
        }

        return true;
    }

    /// <summary>Whether the caller's key is still good, or null while the database does not tell: the connection outlives its absence, and tells nothing.</summary>
    private static async Task<bool?> KeyHoldsAsync(HttpContext http)
    {
        try
        {
            return await http.KeyHoldsAsync();
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            return null;
        }
    }

    /// <summary>A comment for whatever lies in between, with the cursor for a caller that comes back after it.</summary>
    private Task TellPositionAsync(PipeWriter body, CancellationToken cancellationToken) =>
        WriteAsync(body, Encoding.ASCII.GetBytes($":\nid: {EventCursor.Write(position)}\n\n"), cancellationToken);

    private async Task SendAsync(PipeWriter body, CancellationToken ends, CancellationToken aborted)
    {
        EventPage page;
        try
        {
            page = await feed.ReadAsync(position, filter, Together, aborted);
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            // Only whoever is far behind needs the database; the connection outlives its absence.
            await Task.Delay(DatabaseRetry, time, ends).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        foreach (var item in page.Items)
        {
            body.Write(item.Frame.Span);
        }

        if (page.Items.Count > 0)
        {
            await FlushAsync(body, aborted);
        }

        position = page.Next;
    }

    private async Task WriteAsync(PipeWriter body, byte[] text, CancellationToken cancellationToken)
    {
        body.Write(text);
        await FlushAsync(body, cancellationToken);
    }

    private async Task FlushAsync(PipeWriter body, CancellationToken cancellationToken)
    {
        await body.FlushAsync(cancellationToken);
        writtenAt = time.GetTimestamp();
    }
}
