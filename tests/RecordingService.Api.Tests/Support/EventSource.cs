using System.Text;
using System.Text.Json;

namespace RecordingService.Api.Tests.Support;

/// <summary>One event of a stream, or a comment or hint that came alone.</summary>
internal sealed record Frame(string? Id, string? Event, string? Data, string? Retry, bool IsComment)
{
    public JsonElement Json => JsonDocument.Parse(Data!).RootElement;
}

/// <summary>Reads a stream of events as the standard wants it.</summary>
internal sealed class EventSource : IDisposable
{
    private readonly HttpResponseMessage answer;
    private readonly StreamReader reader;

    private EventSource(HttpResponseMessage answer, StreamReader reader) => (this.answer, this.reader) = (answer, reader);

    public HttpResponseMessage Answer => answer;

    public static async Task<EventSource> OpenAsync(HttpClient http, string query = "", string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/events/stream{query}");
        if (lastEventId is not null)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        }

        var cancelled = TestContext.Current.CancellationToken;
        var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancelled);
        ((int)answer.StatusCode).ShouldBe(200, answer.IsSuccessStatusCode ? "" : await answer.Content.ReadAsStringAsync(cancelled));
        return new EventSource(answer, new StreamReader(await answer.Content.ReadAsStreamAsync(cancelled), Encoding.UTF8));
    }

    /// <summary>The next event; comments are passed over. Null at the end.</summary>
    public async Task<Frame?> NextAsync()
    {
        Frame? frame;
        do
        {
            frame = await NextFrameAsync();
        } while (frame is { IsComment: true });

        return frame;
    }

    public async Task<Frame?> NextFrameAsync()
    {
        var frame = new Frame(null, null, null, null, false);
        while (
            await reader
                .ReadLineAsync(TestContext.Current.CancellationToken)
                .AsTask()
                .WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System)
                is { } line
        )
        {
            if (line.Length == 0)
            {
                return frame;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var (name, value) = colon < 0 ? (line, "") : (line[..colon], line[(colon + 1)..].TrimStart(' '));
            frame = name switch
            {
                "" => frame with { IsComment = true },
                "id" => frame with { Id = value },
                "event" => frame with { Event = value },
                "data" => frame with { Data = frame.Data is null ? value : $"{frame.Data}\n{value}" },
                "retry" => frame with { Retry = value },
                _ => throw new InvalidDataException($"No such field: {line}"),
            };
        }

        return null;
    }

    public void Dispose()
    {
        reader.Dispose();
        answer.Dispose();
    }
}
