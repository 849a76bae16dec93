using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Infrastructure.Events;

/// <summary>What came of an attempt.</summary>
/// <param name="Status">HTTP status of the last answer; null when there was none.</param>
/// <param name="Error">Why it does not count as delivered; null when it does.</param>
/// <param name="RetryAfter">Wait that the answer asks for.</param>
/// <param name="Duration">How long it took.</param>
internal sealed record WebhookAnswer(int? Status, string? Error, TimeSpan? RetryAfter, TimeSpan Duration)
{
    public bool IsDelivered => Error is null;

    /// <summary>The receiver wants nothing more, ever.</summary>
    public bool IsGone => Status == (int)HttpStatusCode.Gone;
}

/// <summary>Makes one attempt to deliver an event: signs it with the present time, sends it, and tells what came back.</summary>
internal sealed class WebhookSender : IDisposable
{
    private const int MostRedirects = 3;

    /// <summary>Nobody reads what an answer says. A small one is taken off its connection, so that it can be used again; a larger one ends it.</summary>
    private const int AnswerBytes = 1024;

    private const int AnswerHeaderKilobytes = 16;

    private readonly TargetGuard guard;
    private readonly RecordingClock clock;
    private readonly TimeProvider time;
    private readonly TimeSpan timeout;
    private readonly HttpClient http;

    public WebhookSender(TargetGuard guard, RecordingClock clock, TimeProvider time, WebhookOptions options)
    {
        (this.guard, this.clock, this.time, timeout) = (guard, clock, time, options.Timeout);
        http = new HttpClient(
            new SocketsHttpHandler
            {
                ConnectCallback = guard.ConnectAsync,
                AllowAutoRedirect = false,
                UseCookies = false,
                // A proxy would connect in our place, unchecked.
                UseProxy = false,
                ActivityHeadersPropagator = null,
                MaxResponseHeadersLength = AnswerHeaderKilobytes,
                MaxResponseDrainSize = AnswerBytes,
                ConnectTimeout = timeout,
                PooledConnectionLifetime = TimeSpan.FromMinutes(2),
                PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            }
        )
        {
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Sends once. Only the caller's cancellation throws.</summary>
    public async Task<WebhookAnswer> SendAsync(
        Uri target,
        string id,
        ReadOnlyMemory<byte> body,
        IReadOnlyList<byte[]> secrets,
        CancellationToken cancellationToken
    )
    {
        var began = time.GetTimestamp();
        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        int? status = null;
        try
        {
            var at = clock.RealNow;
            var signature = WebhookSigner.Sign(id, at, body.Span, secrets);
            for (var redirects = 0; ; redirects++)
            {
                if (guard.Refuse(target) is { } rule)
                {
                    return Failed($"{Place(redirects)} must be {rule}.");
                }

                using var request = Request(target, id, at, signature, body);
                using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
                status = (int)answer.StatusCode;
                if (answer.IsSuccessStatusCode)
                {
                    return new(status, null, null, time.GetElapsedTime(began));
                }

                if (Next(target, answer, redirects) is not { } next)
                {
                    return Failed(Sentence(answer), RetryAfter(answer));
                }

                target = next;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Failed($"It did not answer within {timeout.TotalSeconds:0.#} s.");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return Failed(Sentence(e));
        }

        WebhookAnswer Failed(string error, TimeSpan? retryAfter = null) => new(status, error, retryAfter, time.GetElapsedTime(began));
    }

    public void Dispose() => http.Dispose();

    private static HttpRequestMessage Request(Uri target, string id, DateTimeOffset at, string signature, ReadOnlyMemory<byte> body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, target) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("RecordingService-Webhooks", "1"));
        request.Headers.Add(WebhookSigner.IdHeader, id);
        request.Headers.Add(WebhookSigner.TimestampHeader, WebhookSigner.Timestamp(at));
        request.Headers.Add(WebhookSigner.SignatureHeader, signature);
        return request;
    }

    /// <summary>Where a redirect leads that may be followed: one that keeps method and body, not from https to http, and not the fourth.</summary>
    internal static Uri? Next(Uri target, HttpResponseMessage answer, int redirects) =>
        answer.StatusCode is HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect
        && redirects < MostRedirects
        && answer.Headers.Location is { } location
        && Uri.TryCreate(target, location, out var next)
        && (target.Scheme != Uri.UriSchemeHttps || next.Scheme == Uri.UriSchemeHttps)
            ? next
            : null;

    private static string Place(int redirects) => redirects == 0 ? "The address" : "What it redirects to";

    private static string Sentence(HttpResponseMessage answer) =>
        (int)answer.StatusCode switch
        {
            307 or 308 => $"It answered {(int)answer.StatusCode} with no address that can be followed, or more than {MostRedirects} times.",
            >= 300 and < 400 => $"It answered {(int)answer.StatusCode}; only 307 and 308 are followed.",
            var status => $"It answered {status}.",
        };

    private static string Sentence(Exception error) =>
        error switch
        {
            { InnerException: TargetRefusedException refused } => $"{refused.Message}.",
            { InnerException: AuthenticationException } => "No secure connection (TLS) could be made; is its certificate valid?",
            {
                InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }
            } => "Its name could not be resolved.",
            { InnerException: SocketException } => "It could not be connected to.",
            { InnerException: OperationCanceledException } => "It could not be connected to in time.",
            HttpRequestException or IOException => "The connection broke before an answer came.",
            // Whatever a receiver may make this process throw counts as its failure: an attempt that is not settled would be made again for ever.
            _ => $"The attempt failed ({error.GetType().Name}).",
        };

    /// <summary>Dates are compared with the answer's own, so that a wrong clock here does not matter; without one a date tells nothing.</summary>
    private static TimeSpan? RetryAfter(HttpResponseMessage answer)
    {
        var wait = answer.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - answer.Headers.Date,
            // Digits that no number of the framework holds mean a long time, and are no mistake.
            _ => answer.Headers.NonValidated.TryGetValues("Retry-After", out var values)
            && values.ToString().Trim() is { Length: > 0 } text
            && text.All(char.IsAsciiDigit)
                ? TimeSpan.FromDays(365)
                : (TimeSpan?)null,
        };
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}
