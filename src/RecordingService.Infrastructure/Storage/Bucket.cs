using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace RecordingService.Infrastructure.Storage;

/// <summary>What a bucket said about one file.</summary>
internal enum Presence
{
    Found,
    Absent,
    Refused,
    Silent,
}

/// <summary>A file as the bucket answered for it; <paramref name="Text"/> only for a file that was read.</summary>
internal readonly record struct BucketAnswer(Presence Presence, string Reason, long? Bytes = null, string? Text = null);

/// <summary>Reads a bucket through its public address. Whatever the network does becomes a <see cref="BucketAnswer"/>; only cancellation throws.</summary>
internal sealed class Bucket(HttpClient http, TimeProvider time)
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(5);

    /// <summary>A day of slices with all of Agora's tags is below 2 MB.</summary>
    private const int MaxTextBytes = 5 * 1024 * 1024;

    public Task<BucketAnswer> ReadAsync(Uri address, CancellationToken cancellationToken) =>
        AskAsync(
            HttpMethod.Get,
            address,
            range: null,
            async (response, attempt) =>
            {
                if (response.Content.Headers.ContentLength > MaxTextBytes)
                {
                    return new BucketAnswer(Presence.Found, "larger than 5 MB", response.Content.Headers.ContentLength);
                }

                using var content = new MemoryStream();
                await using var stream = await response.Content.ReadAsStreamAsync(attempt).ConfigureAwait(false);
                var buffer = new byte[16 * 1024];
                for (int read; (read = await stream.ReadAsync(buffer, attempt).ConfigureAwait(false)) > 0; )
                {
                    content.Write(buffer, 0, read);
                    if (content.Length > MaxTextBytes)
                    {
                        return new BucketAnswer(Presence.Found, "larger than 5 MB");
                    }
                }

                return new BucketAnswer(
                    Presence.Found,
                    "",
                    content.Length,
                    Encoding.UTF8.GetString(content.GetBuffer(), 0, (int)content.Length)
                );
            },
            cancellationToken
        );

    public async Task<BucketAnswer> LookForAsync(Uri address, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(
                HttpMethod.Head,
                address,
                range: null,
                (response, _) => Task.FromResult(Sized(response)),
                cancellationToken
            )
            .ConfigureAwait(false);

        // Some addresses in front of a bucket sign or allow GET only.
        return answer.Reason is HeadNotAllowed
            ? await AskAsync(HttpMethod.Get, address, FirstByte(), (response, _) => Task.FromResult(Sized(response)), cancellationToken)
                .ConfigureAwait(false)
            : answer;
    }

    private const string HeadNotAllowed = "HEAD is not allowed";

    private static RangeHeaderValue FirstByte() => new(0, 0);

    private static BucketAnswer Sized(HttpResponseMessage response) =>
        new(Presence.Found, "", response.Content.Headers.ContentRange?.Length ?? response.Content.Headers.ContentLength);

    private async Task<BucketAnswer> AskAsync(
        HttpMethod method,
        Uri address,
        RangeHeaderValue? range,
        Func<HttpResponseMessage, CancellationToken, Task<BucketAnswer>> found,
        CancellationToken cancellationToken
    )
    {
        using var timeout = new CancellationTokenSource(RequestTimeout, time);
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            using var request = new HttpRequestMessage(method, address);
            request.Headers.Range = range;
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, attempt.Token)
                .ConfigureAwait(false);
            return response.StatusCode switch
            {
                HttpStatusCode.OK or HttpStatusCode.PartialContent => await found(response, attempt.Token).ConfigureAwait(false),
                HttpStatusCode.NotFound or HttpStatusCode.Gone => new BucketAnswer(Presence.Absent, "not found"),
                HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented when method == HttpMethod.Head => new BucketAnswer(
                    Presence.Refused,
                    HeadNotAllowed
                ),
                < HttpStatusCode.InternalServerError => new BucketAnswer(Presence.Refused, $"HTTP {(int)response.StatusCode}"),
                _ => new BucketAnswer(Presence.Silent, $"HTTP {(int)response.StatusCode}"),
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new BucketAnswer(Presence.Silent, "no answer in time");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new BucketAnswer(
                Presence.Silent,
                e is HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } h ? $"{h.HttpRequestError}" : "connection lost"
            );
        }
    }
}
