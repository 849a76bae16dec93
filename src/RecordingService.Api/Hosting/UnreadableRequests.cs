using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using RecordingService.Api.Problems;

namespace RecordingService.Api.Hosting;

/// <summary>Makes a problem document of what the server refuses before a request exists: what it cannot read, and what is larger or slower than its limits.</summary>
/// <remarks>
/// The server answers such requests with a bare status and closes the connection. It tells of each (event BadRequest of its diagnostics) before it writes, so what it
/// writes next on that connection is put aside for a whole answer. Where this process ends TLS itself, and in HTTP/2, the bare status stays.
/// </remarks>
internal static partial class UnreadableRequests
{
    private const string BadRequestEvent = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    public static void CatchRefusals(this KestrelServerOptions kestrel) =>
        kestrel.ConfigureEndpointDefaults(endpoint =>
            endpoint.Use(next =>
                async connection =>
                {
                    var transport = connection.Transport;
                    var output = new ReplaceableOutput(transport.Output);
                    connection.Features.Set(output);
                    connection.Transport = new Duplex(transport.Input, output);
                    try
                    {
                        await next(connection);
                    }
                    finally
                    {
                        connection.Transport = transport;
                    }
                }
            )
        );

    public static void UseRefusals(this WebApplication app)
    {
        var answers = new Answers(
            app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("RecordingService.Requests"),
            app.Services.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions,
            app.Services.GetRequiredService<TimeProvider>()
        );
        app.Services.GetRequiredService<DiagnosticListener>().Subscribe(answers, static name => name == BadRequestEvent);
    }

    internal static ProblemResult AnswerTo(int status) =>
        status switch
        {
            StatusCodes.Status408RequestTimeout => Problem.RequestTimeout.Because(
                $"Its headers did not arrive within {ServerExtensions.HeadersWithin.TotalSeconds:0} s. Nothing was done; send the request again."
            ),
            StatusCodes.Status413PayloadTooLarge => Problem.BodyTooLarge.Because("The body is larger than 64 kB."),
            StatusCodes.Status414UriTooLong => Problem.AddressTooLong.Because(
                $"The first line of the request, with method, path and query, is longer than {ServerExtensions.MaxRequestLineBytes / 1024} kB."
            ),
            StatusCodes.Status431RequestHeaderFieldsTooLarge => Problem.HeadersTooLarge.Because(
                $"At most {ServerExtensions.MaxHeaders} headers of {ServerExtensions.MaxHeaderBytes / 1024} kB together are taken."
            ),
            _ => Problem.MalformedRequest.Because(
                "Its first line, a header or the framing of its body is not what HTTP/1.1 allows; %00 in a path and bytes beyond it are refused, too."
            ),
        };

    private sealed class Answers(ILogger log, JsonSerializerOptions json, TimeProvider time) : IObserver<KeyValuePair<string, object?>>
    {
        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (
                value.Value is not IFeatureCollection features
                || features.Get<IBadRequestExceptionFeature>()?.Error is not Microsoft.AspNetCore.Http.BadHttpRequestException error
                || features.Get<IHttpResponseFeature>() is null or { HasStarted: true }
                || features.Get<IHttp2StreamIdFeature>() is not null
                || features.Get<ITlsHandshakeFeature>() is not null
                || features.Get<ReplaceableOutput>() is not { } output
            )
            {
                return;
            }

            var traceId = ActivityTraceId.CreateRandom().ToString();
            var problem = AnswerTo(error.StatusCode);
            log.Unreadable(problem.Kind.Status, error.Message, traceId);
            // The first line may have been read, and what a client that asked for HEAD gets behind the headers it takes for another answer.
            var isHead = features.Get<IHttpRequestFeature>()?.Method == HttpMethods.Head;
            output.WriteInstead(ToBytes(problem, traceId, isHead));
        }

        public void OnCompleted() { }

        public void OnError(Exception error) { }

        private byte[] ToBytes(ProblemResult problem, string traceId, bool isHead)
        {
            var body = JsonSerializer.SerializeToUtf8Bytes(problem.ToDocument(traceId), json);
            var head = string.Create(
                CultureInfo.InvariantCulture,
                $"HTTP/1.1 {problem.Kind.Status} {ReasonPhrases.GetReasonPhrase(problem.Kind.Status)}\r\nContent-Type: {ProblemResult.ContentType}\r\n"
                    + $"Content-Length: {body.Length}\r\nConnection: close\r\nDate: {time.GetUtcNow():R}\r\n{TraceIds.HeaderName}: {traceId}\r\n\r\n"
            );
            return [.. Encoding.ASCII.GetBytes(head), .. isHead ? [] : body];
        }
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>Passes everything on, until something is to be written instead of all that still comes.</summary>
    private sealed class ReplaceableOutput(PipeWriter inner) : PipeWriter
    {
        private readonly ArrayBufferWriter<byte> dropped = new();
        private byte[]? instead;
        private bool isReplaced;

        public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

        public override long UnflushedBytes => isReplaced ? dropped.WrittenCount : inner.UnflushedBytes;

        public void WriteInstead(byte[] answer) => (instead, isReplaced) = (answer, true);

        public override Memory<byte> GetMemory(int sizeHint = 0) => isReplaced ? dropped.GetMemory(sizeHint) : inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public override void Advance(int bytes)
        {
            if (isReplaced)
            {
                dropped.Advance(bytes);
            }
            else
            {
                inner.Advance(bytes);
            }
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            if (isReplaced)
            {
                dropped.ResetWrittenCount();
                if (Interlocked.Exchange(ref instead, null) is { } answer)
                {
                    inner.Write(answer);
                }
            }

            return inner.FlushAsync(cancellationToken);
        }

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);
    }

    [LoggerMessage(
        3011,
        LogLevel.Information,
        "A request was refused with {StatusCode} before it could be read (trace {TraceId}): {Reason}"
    )]
    private static partial void Unreadable(this ILogger log, int statusCode, string reason, string traceId);
}
