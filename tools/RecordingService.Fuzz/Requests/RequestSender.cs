using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace RecordingService.Fuzz.Requests;

/// <summary>Sends requests byte for byte over connections of their own, and reads what comes back until the end of the answer or of the connection.</summary>
internal sealed class RequestSender(Uri address, TimeProvider time)
{
    /// <summary>Longest that an answer may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The server waits 5 to 8 s for slow requests before it gives them up.</summary>
    private static readonly TimeSpan PatienceWithSlowness = TimeSpan.FromSeconds(25);

    /// <summary>After this nothing more is expected of an answered connection.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(200);

    private static readonly byte[] Probe = "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray();

    public async Task<Exchange> SendAsync(FuzzRequest request, CancellationToken cancellationToken)
    {
        var isSlow = request.Pace is Pace.SlowBody or Pace.SlowHeaders;
        using var limit = new CancellationTokenSource(isSlow ? PatienceWithSlowness : Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        // Whoever has an answer sends no more.
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(either.Token);
        using var client = new TcpClient { NoDelay = true };
        var started = Stopwatch.GetTimestamp();
        List<Answer> answers = [];
        try
        {
            await client.ConnectAsync(address.Host, address.Port, either.Token);
            await using var stream = client.GetStream();
            var reader = new AnswerReader(stream);
            var sending = SendAsync(request, client, stream, enough.Token);
            if (request.Pace == Pace.CutOff)
            {
                await sending;
                return new(answers, null, Stopwatch.GetElapsedTime(started), null);
            }

            if (request.IsAmbiguous || isSlow)
            {
                await ReadAllAsync(reader, request.IsHead, answers, either.Token);
                return new(answers, null, Stopwatch.GetElapsedTime(started), null);
            }

            var answer = await reader.ReadAsync(request.IsHead, either.Token);
            var took = Stopwatch.GetElapsedTime(started);
            await sending;
            if (answer is null)
            {
                return new(answers, null, took, "the connection was closed without an answer");
            }

            answers.Add(answer);
            return new(answers, await ProbeAsync(answer, stream, reader, either.Token), took, null);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new(
                answers,
                null,
                Stopwatch.GetElapsedTime(started),
                $"no end within {(isSlow ? PatienceWithSlowness : Patience).TotalSeconds:0} s"
            );
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Reset while bytes were still under way: the server had answered and closed. What it answered counts, if it came through.
            return new(
                answers,
                null,
                Stopwatch.GetElapsedTime(started),
                answers.Count > 0 || request.IsAmbiguous || isSlow ? null : $"broken connection: {e.Message}"
            );
        }
        catch (FormatException e)
        {
            return new(answers, null, Stopwatch.GetElapsedTime(started), $"the answer is no HTTP: {e.Message}");
        }
        finally
        {
            await enough.CancelAsync();
        }
    }

    /// <summary>Nobody knows how many answers there will be: one at least, and then all that come before a silence or the end.</summary>
    private static async Task ReadAllAsync(AnswerReader reader, bool isHead, List<Answer> answers, CancellationToken cancellationToken)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            while (await reader.ReadAsync(isHead && answers.Count == 0, silence.Token) is { IsEndless: false } one)
            {
                answers.Add(one);
                silence.CancelAfter(Silence);
            }
        }
        catch (OperationCanceledException) when (answers.Count > 0 && !cancellationToken.IsCancellationRequested)
        {
            // The connection stays open for another request, as it should.
        }
    }

    /// <summary>Asks once more on the same connection: an answer that ends elsewhere than it says would be taken for that of the next request.</summary>
    private static async Task<Answer?> ProbeAsync(
        Answer answer,
        NetworkStream stream,
        AnswerReader reader,
        CancellationToken cancellationToken
    )
    {
        if (answer.IsEndless)
        {
            return null;
        }

        if (answer.Closes)
        {
            return await reader.ReadAsync(isHead: false, cancellationToken) is { } surplus
                ? throw new FormatException($"behind an answer that closes the connection came another one, {surplus.Status}")
                : null;
        }

        await stream.WriteAsync(Probe, cancellationToken);
        return await reader.ReadAsync(isHead: false, cancellationToken);
    }

    private async Task SendAsync(FuzzRequest request, TcpClient client, NetworkStream stream, CancellationToken cancellationToken)
    {
        var bytes = request.ToBytes();
        try
        {
            switch (request.Pace)
            {
                case Pace.AtOnce:
                    await stream.WriteAsync(bytes, cancellationToken);
                    break;
                case Pace.InPieces:
                    foreach (var piece in bytes.Chunk(Math.Max(1, bytes.Length / 7)))
                    {
                        await stream.WriteAsync(piece, cancellationToken);
                    }

                    break;
                case Pace.CutOff:
                    await stream.WriteAsync(bytes.AsMemory(0, bytes.Length * (request.Number % 10) / 10), cancellationToken);
                    // Without a word of farewell.
                    client.LingerState = new LingerOption(true, 0);
                    break;
                case Pace.SlowBody:
                    await DribbleAsync(bytes, request.Raw is null ? request.Head().Length : bytes.Length / 2, stream, cancellationToken);
                    break;
                case Pace.SlowHeaders:
                    await DribbleAsync(bytes, Math.Min(20, bytes.Length), stream, cancellationToken);
                    break;
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The server has answered, or closed; what it said is read elsewhere.
        }
    }

    private async Task DribbleAsync(byte[] bytes, int atOnce, NetworkStream stream, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(bytes.AsMemory(0, atOnce), cancellationToken);
        // The last byte never comes.
        for (var at = atOnce; at < bytes.Length - 1; at++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken);
            await stream.WriteAsync(bytes.AsMemory(at, 1), cancellationToken);
        }
    }
}

/// <summary>What became of a request.</summary>
/// <param name="Answers">Answers in their order; more than one only to ambiguous requests.</param>
/// <param name="Probe">Answer to a plain request that was sent behind it on the same connection.</param>
/// <param name="Took">Time until the answer was there.</param>
/// <param name="Fault">What went wrong with the connection, or null.</param>
internal sealed record Exchange(IReadOnlyList<Answer> Answers, Answer? Probe, TimeSpan Took, string? Fault);

/// <summary>An answer.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Headers">Its headers.</param>
/// <param name="Body">Its body; the first part of one that never ends.</param>
/// <param name="Head">All before the body as it came.</param>
/// <param name="IsEndless">Whether it is a stream.</param>
internal sealed record Answer(int Status, IReadOnlyList<(string Name, string Value)> Headers, string Body, string Head, bool IsEndless)
{
    public bool Closes => Header("Connection")?.Contains("close", StringComparison.OrdinalIgnoreCase) == true;

    public string? MediaType => Header("Content-Type")?.Split(';')[0].Trim();

    public string? Header(string name) =>
        Headers
            .Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            .Select(header => header.Value)
            .FirstOrDefault();
}

/// <summary>Reads answers from a connection, strictly: what a lenient client would forgive is a fault here.</summary>
internal sealed class AnswerReader(Stream stream)
{
    private readonly byte[] buffer = new byte[16 * 1024];
    private int start;
    private int end;

    /// <summary>The next answer, or null at the end of the connection.</summary>
    /// <exception cref="FormatException">It is no HTTP/1.1.</exception>
    public async Task<Answer?> ReadAsync(bool isHead, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await LineAsync(cancellationToken) is not { } first)
            {
                return null;
            }

            if (
                first.Split(' ', 3) is not ["HTTP/1.1", { Length: 3 } code, _]
                || !int.TryParse(code, CultureInfo.InvariantCulture, out var status)
            )
            {
                throw new FormatException($"first line '{first[..Math.Min(first.Length, 80)]}'");
            }

            var head = new StringBuilder(first).Append('\n');
            List<(string Name, string Value)> headers = [];
            while (await LineAsync(cancellationToken) is { Length: > 0 } line)
            {
                head.Append(line).Append('\n');
                var colon = line.IndexOf(':', StringComparison.Ordinal);
                headers.Add(colon > 0 ? (line[..colon], line[(colon + 1)..].Trim()) : throw new FormatException($"header '{line}'"));
            }

            if (status is >= 100 and < 200)
            {
                continue;
            }

            var answer = new Answer(status, headers, "", head.ToString(), IsEndless: false);
            return isHead || status is 204 or 304 ? answer : await WithBodyAsync(answer, cancellationToken);
        }
    }

    private async Task<Answer> WithBodyAsync(Answer answer, CancellationToken cancellationToken)
    {
        if (answer.MediaType == "text/event-stream")
        {
            return answer with { IsEndless = true };
        }

        using var body = new MemoryStream();
        if (answer.Header("Transfer-Encoding") is "chunked")
        {
            while (await LineAsync(cancellationToken) is { } size)
            {
                if (!int.TryParse(size.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var length))
                {
                    throw new FormatException($"chunk of length '{size}'");
                }

                await CopyAsync(body, length, cancellationToken);
                _ = await LineAsync(cancellationToken);
                if (length == 0)
                {
                    break;
                }
            }
        }
        else if (answer.Header("Content-Length") is { } text && int.TryParse(text, CultureInfo.InvariantCulture, out var length))
        {
            await CopyAsync(body, length, cancellationToken);
        }
        else
        {
            await CopyAsync(body, int.MaxValue, cancellationToken, untilEnd: true);
        }

        return answer with
        {
            Body = Encoding.UTF8.GetString(body.ToArray()),
        };
    }

    private async Task CopyAsync(MemoryStream to, int count, CancellationToken cancellationToken, bool untilEnd = false)
    {
        while (count > 0)
        {
            if (start == end && !await FillAsync(cancellationToken))
            {
                if (untilEnd)
                {
                    return;
                }

                throw new FormatException($"{count} bytes of the body are missing");
            }

            var taken = Math.Min(count, end - start);
            to.Write(buffer, start, taken);
            (start, count) = (start + taken, count - taken);
        }
    }

    private async Task<string?> LineAsync(CancellationToken cancellationToken)
    {
        List<byte> line = [];
        while (true)
        {
            if (start == end && !await FillAsync(cancellationToken))
            {
                return line.Count == 0 ? null : throw new FormatException("cut in the middle of a line");
            }

            var next = buffer[start++];
            if (next == '\n')
            {
                return line is [.., (byte)'\r']
                    ? Encoding.Latin1.GetString([.. line[..^1]])
                    : throw new FormatException("a line without CR");
            }

            line.Add(next);
        }
    }

    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        (start, end) = (0, await stream.ReadAsync(buffer, cancellationToken));
        return end > 0;
    }
}
