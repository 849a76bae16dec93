using System.Net.Http.Json;

namespace RecordingService.LocalStack.Demonstration;

/// <summary>The few calls of the public API that a demonstration needs.</summary>
internal sealed class RecordingApi(HttpClient client)
{
    public Task<RecordingView> StartAsync(string channel, string roomType, CancellationToken cancellationToken) =>
        SendAsync<RecordingView>(HttpMethod.Post, "v1/recordings", new { channel, roomType }, cancellationToken);

    public Task<RecordingView> GetAsync(string id, CancellationToken cancellationToken) =>
        SendAsync<RecordingView>(HttpMethod.Get, $"v1/recordings/{id}", body: null, cancellationToken);

    public Task<RecordingView> StopAsync(string id, CancellationToken cancellationToken) =>
        SendAsync<RecordingView>(HttpMethod.Post, $"v1/recordings/{id}/stop", body: null, cancellationToken);

    public Task<TimelineView> TimelineAsync(string id, long after, CancellationToken cancellationToken) =>
        SendAsync<TimelineView>(HttpMethod.Get, $"v1/recordings/{id}/timeline?after={after}", body: null, cancellationToken);

    private async Task<T> SendAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        try
        {
            using var response = await client.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                var problem = await response.Content.ReadAsStringAsync(cancellationToken);
                throw new LocalStackException($"{method} /{path} answered {(int)response.StatusCode}: {problem}");
            }

            return await response.Content.ReadFromJsonAsync<T>(cancellationToken)
                ?? throw new LocalStackException($"{method} /{path} answered nothing.");
        }
        catch (HttpRequestException exception)
        {
            throw new LocalStackException($"{method} /{path} was not answered: {exception.Message}", exception);
        }
    }
}

/// <summary>What the demonstration reads of a recording.</summary>
internal sealed record RecordingView(string Id, string State, FilesView? Files, ReasonView? Reason);

/// <summary>The files of a recording.</summary>
internal sealed record FilesView(string State, Uri? PlaylistUrl);

/// <summary>Why a recording is in its state.</summary>
internal sealed record ReasonView(string Code, string Message, string? Advice);

/// <summary>A page of a timeline.</summary>
internal sealed record TimelineView(IReadOnlyList<TimelineEntry> Items, long Next);

/// <summary>One thing that happened.</summary>
internal sealed record TimelineEntry(long Sequence, DateTimeOffset At, string Message);
