using System.Net.Http.Json;
using System.Text.Json;
using RecordingService.Chaos.Running;
using RecordingService.Chaos.Timetables;
using RecordingService.Chaos.Verdicts;

namespace RecordingService.Chaos.Clients;

/// <summary>Calls this service and repeats what is not answered, with the same Idempotency-Key, at the next replica.</summary>
internal sealed class ServiceClient(
    HttpClient http,
    IReadOnlyList<Uri> replicas,
    IReadOnlyList<string> projects,
    RunClock clock,
    CallerJournal journal
) : IRecordingClient
{
    /// <summary>How long a caller waits for an answer, and before it asks again; real time, as the network between callers and service is.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>How often a caller looks whether its recording is final.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan WarmUpLookEvery = TimeSpan.FromSeconds(3);
    private const int WarmUpRounds = 2;

    /// <inheritdoc/>
    public async Task<ClientOutcome> RecordAsync(ClassPlan plan, string channel, DateTimeOffset begin, CancellationToken cancellationToken)
    {
        await clock.WaitUntilAsync(begin + plan.Start, cancellationToken);
        var askedAt = clock.Now;
        var stopAskedAt = begin + plan.Stop;
        var body = new
        {
            channel,
            roomType = "lecture",
            project = projects[plan.Project],
            externalId = $"class-{plan.Index}",
        };
        var (status, started) = await AskAsync(plan.Index, channel, HttpMethod.Post, "/v1/recordings", body, cancellationToken);
        if (status >= 300)
        {
            return new ClientOutcome(askedAt, stopAskedAt, clock.Now, Told.Failed, $"refused with {status}");
        }

        var id = started.GetProperty("id").GetString()!;
        await clock.WaitUntilAsync(stopAskedAt, cancellationToken);
        stopAskedAt = clock.Now;
        var (_, recording) = await AskAsync(plan.Index, channel, HttpMethod.Post, $"/v1/recordings/{id}/stop", null, cancellationToken);
        var giveUpAt = stopAskedAt + ClassVerdict.Patience;
        while (true)
        {
            var (told, words) = Read(recording);
            if (told != Told.Nothing || clock.Now > giveUpAt)
            {
                return new ClientOutcome(askedAt, stopAskedAt, told == Told.Nothing ? null : clock.Now, told, words) { Id = id };
            }

            await clock.WaitAsync(LookEvery, cancellationToken);
            (_, recording) = await AskAsync(plan.Index, channel, HttpMethod.Get, $"/v1/recordings/{id}", null, cancellationToken);
        }
    }

    /// <summary>Records a little with every replica: code that runs for the first time is slow, and fast time makes a fault of it.</summary>
    public async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        foreach (var round in Enumerable.Range(0, projects.Count * WarmUpRounds))
        {
            // Each replica answers in turn, and whichever is free works.
            var channel = $"warm-up-{round}";
            var body = new
            {
                channel,
                roomType = "lecture",
                project = projects[round % projects.Count],
            };
            var (_, started) = await AskAsync(round, channel, HttpMethod.Post, "/v1/recordings", body, cancellationToken);
            var path = $"/v1/recordings/{started.GetProperty("id").GetString()}";
            await BecomesAsync(recording => Read(recording).Words.StartsWith("recording", StringComparison.Ordinal));
            await AskAsync(round, channel, HttpMethod.Post, $"{path}/stop", null, cancellationToken);
            await BecomesAsync(recording => Read(recording).Told != Told.Nothing);

            async Task BecomesAsync(Func<JsonElement, bool> wanted)
            {
                while (!wanted((await AskAsync(round, channel, HttpMethod.Get, path, null, cancellationToken)).Body))
                {
                    await clock.WaitAsync(WarmUpLookEvery, cancellationToken);
                }
            }
        }
    }

    /// <summary>Reads a document of the service, or null when it does not answer.</summary>
    public async Task<JsonElement?> TryReadAsync(string path, CancellationToken cancellationToken)
    {
        foreach (var replica in replicas)
        {
            if (await SendAsync("", replica, HttpMethod.Get, path, null, cancellationToken) is (< 300, var answer))
            {
                return answer;
            }
        }

        return null;
    }

    private static (Told Told, string Words) Read(JsonElement recording)
    {
        if (
            recording.ValueKind != JsonValueKind.Object
            || !recording.TryGetProperty("state", out var stateOfRecording)
            || !recording.TryGetProperty("files", out var filesOfRecording)
        )
        {
            return (Told.Nothing, "");
        }

        var state = stateOfRecording.GetString();
        var files = filesOfRecording.GetProperty("state").GetString();
        var words = $"{state}/{files}";
        return (state, files) switch
        {
            ("failed" or "aborted", _) => (Told.Failed, words),
            ("completed", "complete") => (Told.Complete, words),
            ("completed", "partial") => (Told.Partial, words),
            ("completed", "missing" or "empty") => (Told.Empty, words),
            ("completed", "notVerified") => (Told.NotVerified, words),
            _ => (Told.Nothing, words),
        };
    }

    /// <summary>Asks until there is an answer that is one: none, 5xx and 429 are repeated.</summary>
    private async Task<(int Status, JsonElement Body)> AskAsync(
        int turn,
        string channel,
        HttpMethod method,
        string path,
        object? body,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 0; ; attempt++)
        {
            var replica = replicas[(turn + attempt) % replicas.Count];
            if (await SendAsync(channel, replica, method, path, body, cancellationToken) is (< 500 and not 429, _) answer)
            {
                return answer;
            }

            await Task.Delay(Pause, clock.Real, cancellationToken);
        }
    }

    private async Task<(int Status, JsonElement Body)?> SendAsync(
        string channel,
        Uri replica,
        HttpMethod method,
        string path,
        object? body,
        CancellationToken cancellationToken
    )
    {
        var at = clock.Now;
        using var timeout = new CancellationTokenSource(Patience, clock.Real);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(replica, path))
            {
                Content = body is null ? null : JsonContent.Create(body),
            };
            if (body is not null)
            {
                request.Headers.Add("Idempotency-Key", channel);
            }

            using var response = await http.SendAsync(request, either.Token);
            var answer = await response.Content.ReadFromJsonAsync<JsonElement>(either.Token);
            var status = (int)response.StatusCode;
            journal.Add(new CallerEntry(at, channel, $"{method} {path}", status, status < 300 ? Read(answer).Words : answer.ToString()));
            return (status, answer);
        }
        catch (Exception exception)
            when (exception is HttpRequestException or OperationCanceledException or JsonException or IOException
                && !cancellationToken.IsCancellationRequested
            )
        {
            journal.Add(new CallerEntry(at, channel, $"{method} {path}", null, exception.Message));
            return null;
        }
    }
}
