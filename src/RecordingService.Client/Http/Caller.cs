using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace RecordingService.Client;

/// <summary>Sends requests, again where that is safe, and reads the answers.</summary>
internal sealed class Caller
{
    private readonly HttpClient http;
    private readonly Uri service;

    public Caller(HttpClient http, RecordingClientOptions options)
    {
        var address = http.BaseAddress;
        if (address is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
        {
            throw new ArgumentException("The HttpClient needs a BaseAddress: that of the service, http or https.", nameof(http));
        }

        // Without the slash the last part of a path would be replaced instead of continued.
        service = address.AbsolutePath.EndsWith('/') ? address : new UriBuilder(address) { Path = $"{address.AbsolutePath}/" }.Uri;
        this.http = http;
        Options = options;
    }

    public RecordingClientOptions Options { get; }

    public TimeProvider Time => Options.TimeProvider;

    /// <summary>Sends a request until it is answered with a success.</summary>
    /// <param name="call">The request.</param>
    /// <param name="type">What a success brings.</param>
    /// <param name="patience">How long to go on trying, through every outage; null for as often as the options allow, where time is likely to help.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<T> SendAsync<T>(Call call, JsonTypeInfo<T> type, TimeSpan? patience, CancellationToken cancellationToken)
    {
        var started = Time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            Failure failure;
            // What is left of the time is less at each attempt.
            var wait = patience - Time.GetElapsedTime(started) is { } left && left < call.Wait ? left : call.Wait;
            using (var ends = new CancellationTokenSource(Options.AttemptTimeout + Max(wait, TimeSpan.Zero), Time))
            using (var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, ends.Token))
            {
                try
                {
                    using var message = (call with { Wait = wait }).ToMessage(service, Options.ApiKey);
                    using var answer = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token)
                        .ConfigureAwait(false);
                    if (answer.IsSuccessStatusCode)
                    {
                        var body = await answer.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false);
                        return Read(call, body, type);
                    }

                    failure = Failure.Of(await ProblemAsync(call.ToString(), answer, either.Token).ConfigureAwait(false));
                }
                catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    failure = Failure.Of(e);
                }
            }

            var pause = WaitBefore(attempt + 1, failure.RetryAfter);
            var isWorthIt = failure.AllowsRepeat(call.IsRepeatable, isWaitedOut: patience is not null);
            var mayGoOn = patience is { } until
                ? Time.GetElapsedTime(started) + pause < until
                : attempt < Options.MaxAttempts && !(failure.RetryAfter > Options.MaxRetryAfter);
            if (!isWorthIt || !mayGoOn)
            {
                throw failure.Problem ?? (Exception)new RecordingUnavailableException(call.ToString(), attempt, failure.Error!);
            }

            await Task.Delay(pause, Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Opens a stream that does not end; one attempt.</summary>
    /// <exception cref="RecordingProblemException">Any answer but a success.</exception>
    public async Task<HttpResponseMessage> OpenAsync(HttpRequestMessage message, CancellationToken cancellationToken)
    {
        using var ends = new CancellationTokenSource(Options.AttemptTimeout, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, ends.Token);
        var request = $"{message.Method} /{message.RequestUri!.OriginalString}";
        message.RequestUri = new Uri(service, message.RequestUri);
        Call.Authorize(message, Options.ApiKey);
        var answer = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
        if (answer.IsSuccessStatusCode)
        {
            return answer;
        }

        using (answer)
        {
            throw await ProblemAsync(request, answer, either.Token).ConfigureAwait(false);
        }
    }

    /// <summary>The wait before an attempt: what the service asked for, else a little longer each time.</summary>
    public TimeSpan WaitBefore(int attempt, TimeSpan? asked)
    {
        if (asked is { } least)
        {
            // Never sooner than asked for; and not at the same moment as everybody else who was.
            return least + (Options.RetryDelay * Options.Draw());
        }

        var doubled = Options.RetryDelay * Math.Pow(2, Math.Min(attempt - 2, 20));
        return (doubled < Options.MaxRetryDelay ? doubled : Options.MaxRetryDelay) * (0.5 + (0.5 * Options.Draw()));
    }

    private static T Read<T>(Call call, byte[] body, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw new JsonException("The answer is null.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{call} was answered with something else than expected: {e.Message}", e);
        }
    }

    private async Task<RecordingProblemException> ProblemAsync(
        string request,
        HttpResponseMessage answer,
        CancellationToken cancellationToken
    )
    {
        var problem = new ProblemDocument();
        if (answer.Content.Headers.ContentType?.MediaType is "application/problem+json" or "application/json")
        {
            var body = await answer.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                problem = JsonSerializer.Deserialize(body, ClientJson.Default.ProblemDocument) ?? problem;
            }
            catch (JsonException)
            {
                // A proxy's answer, or half a document: the status says enough.
            }
        }

        var retryAfter = answer.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => Max(date - Time.GetUtcNow(), TimeSpan.Zero),
            _ => (TimeSpan?)null,
        };
        return new RecordingProblemException(request, answer.StatusCode, problem, retryAfter);
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    /// <summary>What became of an attempt that brought no success.</summary>
    private readonly record struct Failure(RecordingProblemException? Problem, Exception? Error)
    {
        public TimeSpan? RetryAfter => Problem?.RetryAfter;

        public static Failure Of(RecordingProblemException problem) => new(problem, null);

        public static Failure Of(Exception error) =>
            new(null, error is OperationCanceledException ? new TimeoutException("It took too long.", error) : error);

        /// <summary>Whether the same request may be sent again: always when it was not carried out, else when a repeat does no harm.</summary>
        /// <param name="isRepeatable">Whether a repeat does no harm.</param>
        /// <param name="isWaitedOut">Whether there is time for any fault of the service to be over, and not only for those that soon are.</param>
        public bool AllowsRepeat(bool isRepeatable, bool isWaitedOut) =>
            this switch
            {
                { Problem.StatusCode: HttpStatusCode.TooManyRequests } => true,
                { Problem.StatusCode: >= HttpStatusCode.InternalServerError } when isWaitedOut => isRepeatable,
                { Problem.StatusCode: var status } => isRepeatable
                    && status
                        is HttpStatusCode.RequestTimeout
                            or HttpStatusCode.BadGateway
                            or HttpStatusCode.ServiceUnavailable
                            or HttpStatusCode.GatewayTimeout,
                { Error: HttpRequestException error } when WasNotSent(error) => true,
                _ => isRepeatable,
            };

        private static bool WasNotSent(HttpRequestException error) =>
            error.HttpRequestError
                is HttpRequestError.NameResolutionError
                    or HttpRequestError.ConnectionError
                    or HttpRequestError.SecureConnectionError
                    or HttpRequestError.ProxyTunnelError;
    }
}
