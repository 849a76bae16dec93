using System.Collections.Frozen;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace RecordingService.Infrastructure.Agora;

/// <summary>How far a request got.</summary>
internal enum Progress
{
    /// <summary>It provably never left.</summary>
    NotSent,

    /// <summary>It may have left, and no whole answer came.</summary>
    Unanswered,

    /// <summary>Answered with status and whole body.</summary>
    Answered,
}

/// <summary>What came of a request.</summary>
/// <param name="Progress">How far it got.</param>
/// <param name="Problem">Why it got no further, in plain words.</param>
/// <param name="Status">HTTP status, also of an answer whose body was cut.</param>
/// <param name="Body">Body of an answer.</param>
/// <param name="RequestId">Agora's X-Request-Id.</param>
/// <param name="RetryAfter">Wait that the answer asks for.</param>
/// <param name="NameUnresolved">Whether it never left because the host's name could not be resolved.</param>
internal sealed record Reply(
    Progress Progress,
    string Problem = "",
    int? Status = null,
    ReadOnlyMemory<byte> Body = default,
    string? RequestId = null,
    TimeSpan? RetryAfter = null,
    bool NameUnresolved = false
);

/// <summary>Sends one request within the time that a lease allows, and tells exactly whether it can have arrived.</summary>
/// <remarks>
/// <para>
/// A request is repeated once, at once, on the same host, if it provably was not sent: name resolution, connection or TLS failed, so that no byte of
/// it had a connection to travel on. Everything later is reported, never repeated.
/// </para>
/// <para>
/// SocketsHttpHandler by itself repeats a request on another connection when a pooled one turns out to be closed, but only until it begins to write
/// the content; POSTs here all have content, so a start cannot be sent twice. The price: a POST that meets a connection which the server is just
/// closing is unanswered. Connections idle for <see cref="IdleConnectionLifetime"/> are therefore not used again. Queries (GET) may be repeated by
/// it, and change nothing. Redirects are not followed, because a followed one would send the request, and the credentials, a second time.
/// </para>
/// </remarks>
internal sealed class AgoraTransport : IDisposable
{
    /// <summary>Shorter than the idle time-outs of usual gateways (60 s and more).</summary>
    private static readonly TimeSpan IdleConnectionLifetime = TimeSpan.FromSeconds(30);

    /// <summary>Lets changes of DNS be seen, on which Agora's choice of region rests.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(2);

    /// <summary>The largest known answer, a list of files, is a few kB.</summary>
    private const int MaxBodyBytes = 1024 * 1024;

    private readonly HttpClient _http;
    private readonly FrozenDictionary<AgoraOperation, ResiliencePipeline<Reply>> _pipelines;

    public AgoraTransport(AgoraOptions options, TimeProvider time)
    {
        _http = new HttpClient(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                ConnectTimeout = options.ConnectTimeout,
                PooledConnectionLifetime = ConnectionLifetime,
                PooledConnectionIdleTimeout = IdleConnectionLifetime,
            }
        )
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _pipelines = new[]
        {
            AgoraOperation.Acquire,
            AgoraOperation.Start,
            AgoraOperation.Query,
            AgoraOperation.Update,
            AgoraOperation.UpdateLayout,
            AgoraOperation.Stop,
        }.ToFrozenDictionary(operation => operation, operation => Pipeline(operation, options, time));
    }

    /// <summary>Sends what <paramref name="request"/> builds; it is called once more for a repetition. Only the caller's cancellation throws.</summary>
    public async Task<Reply> SendAsync(AgoraOperation operation, Func<HttpRequestMessage> request, CancellationToken cancellationToken)
    {
        try
        {
            return await _pipelines[operation]
                .ExecuteAsync(attempt => AttemptAsync(request, attempt, cancellationToken), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (TimeoutRejectedException)
        {
            return TimedOut(null);
        }
    }

    public void Dispose() => _http.Dispose();

    private static ResiliencePipeline<Reply> Pipeline(AgoraOperation operation, AgoraOptions options, TimeProvider time) =>
        new ResiliencePipelineBuilder<Reply> { Name = $"agora-{operation}", TimeProvider = time }
            .AddTimeout(options.ConnectTimeout + options.AttemptTimeout)
            .AddRetry(
                new RetryStrategyOptions<Reply>
                {
                    MaxRetryAttempts = 1,
                    Delay = TimeSpan.Zero,
                    ShouldHandle = static args => ValueTask.FromResult(args.Outcome.Result is { Progress: Progress.NotSent }),
                }
            )
            .AddTimeout(options.AttemptTimeout)
            .Build();

    private async ValueTask<Reply> AttemptAsync(Func<HttpRequestMessage> build, CancellationToken attempt, CancellationToken caller)
    {
        int? status = null;
        string? requestId = null;
        try
        {
            using var request = build();
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, attempt).ConfigureAwait(false);
            status = (int)response.StatusCode;
            requestId = response.Headers.TryGetValues("X-Request-Id", out var ids) ? ids.FirstOrDefault() : null;
            var body = await ReadBodyAsync(response.Content, attempt).ConfigureAwait(false);
            return body is { } bytes
                ? new Reply(Progress.Answered, "", status, bytes, requestId, RetryAfter(response))
                : new Reply(Progress.Unanswered, "The answer is larger than 1 MB", status, RequestId: requestId);
        }
        catch (OperationCanceledException e) when (!caller.IsCancellationRequested)
        {
            // With HttpClient.Timeout infinite, an inner TimeoutException can only come from SocketsHttpHandler.ConnectTimeout.
            return e.InnerException is TimeoutException
                ? new Reply(Progress.NotSent, "No connection was made in time")
                : TimedOut(status) with
                {
                    RequestId = requestId,
                };
        }
        catch (HttpRequestException e)
        {
            return NotSentProblem(e.HttpRequestError) is { } problem
                ? new Reply(Progress.NotSent, problem, NameUnresolved: e.HttpRequestError == HttpRequestError.NameResolutionError)
                : new Reply(Progress.Unanswered, "The connection broke before a whole answer came", status, RequestId: requestId);
        }
        catch (IOException)
        {
            return new Reply(Progress.Unanswered, "The connection broke before a whole answer came", status, RequestId: requestId);
        }
    }

    private static Reply TimedOut(int? status) => new(Progress.Unanswered, "No whole answer came in time", status);

    /// <summary>The errors that end an attempt before a connection exists that could carry the request; null for all others.</summary>
    private static string? NotSentProblem(HttpRequestError error) =>
        error switch
        {
            HttpRequestError.NameResolutionError => "The host's name could not be resolved",
            HttpRequestError.ConnectionError => "The host could not be connected to",
            HttpRequestError.SecureConnectionError => "No secure connection (TLS) could be made",
            HttpRequestError.ProxyTunnelError => "The proxy made no connection to the host",
            _ => null,
        };

    private static async Task<ReadOnlyMemory<byte>?> ReadBodyAsync(HttpContent content, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        await using var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var buffer = new byte[8 * 1024];
        for (int read; (read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0; )
        {
            if (body.Length + read > MaxBodyBytes)
            {
                return null;
            }

            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }

    /// <summary>Dates are compared with the answer's own, so that a wrong clock here does not matter; without one a date tells nothing.</summary>
    private static TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var wait = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - response.Headers.Date,
            _ => (TimeSpan?)null,
        };
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}
