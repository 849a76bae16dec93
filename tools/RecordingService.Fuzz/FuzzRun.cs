using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using RecordingService.Fuzz.Requests;
using RecordingService.Fuzz.Verdicts;

namespace RecordingService.Fuzz;

/// <summary>One run: starts the service, sends the requests, judges the answers, and looks at last whether the service is still sound.</summary>
/// <param name="seed">Which requests.</param>
/// <param name="requests">How many.</param>
/// <param name="only">This one alone; null for all.</param>
/// <param name="time">Measures how long answers take.</param>
/// <param name="console">Where findings are told.</param>
internal sealed class FuzzRun(int seed, int requests, int? only, TimeProvider time, TextWriter console)
{
    private const int Connections = 4;
    private const int SeededRecordings = 8;
    private const int SeededWebhooks = 3;
    private const int ShownOfARule = 10;
    private const string LastClass = "after-the-fuzz";
    private static readonly TimeSpan ProvenWithin = TimeSpan.FromSeconds(60);
    private static readonly string[] ReadScope = ["read"];
    private static readonly string[] OtherScopes = ["record", "read", "operate"];
    private static readonly string[] OtherProjects = [FuzzedService.OtherProject];

    private readonly ConcurrentQueue<Finding> findings = new();
    private readonly ConcurrentDictionary<string, int> statuses = new();
    private readonly ConcurrentDictionary<Guid, byte> told = new();
    private readonly string[] webhooks = new string[SeededWebhooks];
    private int unanswered;

    /// <returns>Whether nothing was found.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        console.WriteLine("Starting PostgreSQL, the simulator and the service.");
        await using var service = await FuzzedService.StartAsync(cancellationToken);
        using var http = new HttpClient { BaseAddress = service.Address, Timeout = TimeSpan.FromSeconds(30) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", service.Key);
        var operations = Operation.ReadAll(JsonNode.Parse(await http.GetStringAsync("/openapi/v1.json", cancellationToken))!);
        var keys = new FuzzKeys(
            service.Key,
            await MakeKeyAsync(http, new { caller = "fuzz-reader", scopes = ReadScope }, cancellationToken),
            await MakeKeyAsync(
                http,
                new
                {
                    caller = "fuzz-other",
                    scopes = OtherScopes,
                    projects = OtherProjects,
                },
                cancellationToken
            )
        );
        var recordings = await SeedAsync(http, cancellationToken);
        List<string> signing = [];
        for (var n = 0; n < webhooks.Length; n++)
        {
            (webhooks[n], var secret) = await MakeWebhookAsync(http, cancellationToken);
            signing.Add(secret);
        }

        var factory = new RequestFactory(operations, seed, new(recordings, webhooks), keys);
        var verdict = new Verdict(operations, [.. service.Secrets, .. keys.Secrets, .. signing], service.InternalPlaces);
        var sender = new RequestSender(service.Address, time);

        var numbers = only is { } one ? [one] : Enumerable.Range(0, requests);
        console.WriteLine($"Seed {seed}: {numbers.Count()} requests over {operations.Count} operations, {Connections} at once.");
        var begun = Stopwatch.GetTimestamp();
        var slowest = TimeSpan.Zero;
        await Parallel.ForEachAsync(
            numbers,
            new ParallelOptions { MaxDegreeOfParallelism = Connections, CancellationToken = cancellationToken },
            async (number, token) =>
            {
                var request = factory.Make(number);
                var exchange = await sender.SendAsync(request, token);
                Remember(request, exchange);
                if (request.Pace is not (Pace.SlowBody or Pace.SlowHeaders) && exchange.Took > slowest)
                {
                    slowest = exchange.Took;
                }

                await RestoreWebhooksAsync(request, exchange, http, token);
                foreach (var finding in verdict.Judge(request, exchange))
                {
                    findings.Enqueue(finding);
                }

                if (only is not null)
                {
                    Show(request, exchange);
                }
            }
        );
        var took = Stopwatch.GetElapsedTime(begun);

        await LookAfterwardsAsync(service, http, verdict, cancellationToken);
        Report(took, slowest);
        return findings.IsEmpty;
    }

    /// <summary>Recordings that exist, so that requests reach what is behind an id: some of them run, some have ended.</summary>
    private async Task<IReadOnlyList<string>> SeedAsync(HttpClient http, CancellationToken cancellationToken)
    {
        List<string> ids = [];
        for (var n = 0; n < SeededRecordings; n++)
        {
            using var answer = await http.PostAsJsonAsync(
                "/v1/recordings",
                new
                {
                    channel = $"fuzz-{n}",
                    roomType = "lecture",
                    project = n % 4 == 3 ? FuzzedService.OtherProject : "demo",
                },
                cancellationToken
            );
            var text = await answer.Content.ReadAsStringAsync(cancellationToken);
            if (answer.StatusCode != HttpStatusCode.Accepted)
            {
                throw new FuzzException($"A recording was not accepted: {text}");
            }

            var id = JsonDocument.Parse(text).RootElement.GetProperty("id").GetGuid();
            told.TryAdd(id, 0);
            ids.Add($"{id}");
            if (n % 3 == 0)
            {
                using var stop = await http.PostAsync($"/v1/recordings/{id}/stop", null, cancellationToken);
            }
        }

        return ids;
    }

    private static async Task<string> MakeKeyAsync(HttpClient http, object wanted, CancellationToken cancellationToken)
    {
        using var answer = await http.PostAsJsonAsync("/v1/api-keys", wanted, cancellationToken);
        return await MemberAsync(answer, "key", cancellationToken);
    }

    /// <summary>A webhook where nobody listens: attempts are refused at once.</summary>
    private static async Task<(string Id, string Secret)> MakeWebhookAsync(HttpClient http, CancellationToken cancellationToken)
    {
        using var answer = await http.PostAsJsonAsync("/v1/webhooks", new { url = "http://127.0.0.1:9/hooks" }, cancellationToken);
        return (await MemberAsync(answer, "id", cancellationToken), await MemberAsync(answer, "secret", cancellationToken));
    }

    private static async Task<string> MemberAsync(HttpResponseMessage answer, string name, CancellationToken cancellationToken)
    {
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        return answer.StatusCode == HttpStatusCode.Created
            ? JsonDocument.Parse(text).RootElement.GetProperty(name).GetString()!
            : throw new FuzzException($"{answer.RequestMessage!.RequestUri!.AbsolutePath} made nothing: {text}");
    }

    /// <summary>There are always as many webhooks: with each further one the service has every event to send once more.</summary>
    private async Task RestoreWebhooksAsync(FuzzRequest request, Exchange exchange, HttpClient http, CancellationToken cancellationToken)
    {
        foreach (var answer in exchange.Answers)
        {
            if (request.Operation.Id == "createWebhook" && answer.Status == 201 && Id(answer.Body) is { } made)
            {
                using var deleted = await http.DeleteAsync($"/v1/webhooks/{made}", cancellationToken);
            }

            if (
                request.Operation.Id == "deleteWebhook"
                && answer.Status == 204
                && Array.FindIndex(webhooks, id => request.Path.Contains(id, StringComparison.OrdinalIgnoreCase)) is >= 0 and var gone
            )
            {
                (webhooks[gone], _) = await MakeWebhookAsync(http, cancellationToken);
            }
        }
    }

    private void Remember(FuzzRequest request, Exchange exchange)
    {
        if (exchange.Answers.Count == 0)
        {
            statuses.AddOrUpdate("none", 1, static (_, count) => count + 1);
            Interlocked.Increment(ref unanswered);
        }

        foreach (var answer in exchange.Answers)
        {
            statuses.AddOrUpdate($"{answer.Status}", 1, static (_, count) => count + 1);
            if (answer.Status is 200 or 201 or 202 && request.Method == "POST" && Id(answer.Body) is { } id)
            {
                told.TryAdd(id, 0);
            }
        }
    }

    private static Guid? Id(string body)
    {
        try
        {
            return
                JsonDocument.Parse(body).RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("id", out var id)
                && id.TryGetGuid(out var guid)
                ? guid
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task LookAfterwardsAsync(FuzzedService service, HttpClient http, Verdict verdict, CancellationToken cancellationToken)
    {
        string[] paths = ["/health/live", "/health/ready", .. verdict.Codes.Select(code => $"/problems/{code}")];
        foreach (var path in paths)
        {
            using var answer = await http.GetAsync(path, cancellationToken);
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                findings.Enqueue(
                    new(
                        "the service is sound afterwards, and every kind of problem has its page",
                        $"{path}: {(int)answer.StatusCode}",
                        null
                    )
                );
            }
        }

        if (await WhyNotRecordedAsync(http, cancellationToken) is { } why)
        {
            findings.Enqueue(new("a class can be recorded afterwards", why, null));
        }

        foreach (var half in await service.HalfStoredAsync(cancellationToken))
        {
            findings.Enqueue(new("nothing is half-stored", half, null));
        }

        // What was cut off may have been accepted without anybody to be told.
        var untold = (await service.StoredRecordingsAsync(cancellationToken)).Where(id => !told.ContainsKey(id)).ToList();
        if (untold.Count > unanswered)
        {
            findings.Enqueue(
                new("what is stored was answered", $"{untold.Count} recordings that nobody was told of, such as {untold[0]}", null)
            );
        }

        foreach (var fault in service.LoggedFaults)
        {
            findings.Enqueue(new("the service logs no fault of its own", fault[..Math.Min(fault.Length, 600)], null));
        }
    }

    private async Task<string?> WhyNotRecordedAsync(HttpClient http, CancellationToken cancellationToken)
    {
        using var resumed = await http.PostAsJsonAsync(
            "/v1/projects/demo/resume",
            new { @operator = "fuzz", note = "the requests that paused it are over" },
            cancellationToken
        );
        // Requests may have changed or deleted every room type there was.
        using var made = await http.PutAsJsonAsync(
            $"/v1/room-types/{LastClass}",
            new { description = "a class after the requests", policy = new { mode = "mix" } },
            cancellationToken
        );
        if (!made.IsSuccessStatusCode)
        {
            return $"{(int)made.StatusCode} {await made.Content.ReadAsStringAsync(cancellationToken)}";
        }

        using var started = await http.PostAsJsonAsync(
            "/v1/recordings",
            new { channel = LastClass, roomType = LastClass },
            cancellationToken
        );
        var text = await started.Content.ReadAsStringAsync(cancellationToken);
        if (Id(text) is not { } id)
        {
            return $"{(int)started.StatusCode} {text}";
        }

        told.TryAdd(id, 0);
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < ProvenWithin)
        {
            var state = (await http.GetFromJsonAsync<JsonElement>($"/v1/recordings/{id}", cancellationToken))
                .GetProperty("state")
                .GetString();
            if (state == "recording")
            {
                return null;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancellationToken);
        }

        return $"recording {id} was not proven within {ProvenWithin.TotalSeconds:0} s";
    }

    private void Show(FuzzRequest request, Exchange exchange)
    {
        console.WriteLine($"{request.Operation.Id}: {string.Join(", ", request.Mutations)}\n{request.ToShell()}\n");
        foreach (var answer in exchange.Answers)
        {
            console.WriteLine($"{answer.Head}\n{answer.Body}\n");
        }

        console.WriteLine($"after {exchange.Took.TotalMilliseconds:0} ms {exchange.Fault}");
    }

    private void Report(TimeSpan took, TimeSpan slowest)
    {
        console.WriteLine();
        console.WriteLine("| answer | times |");
        console.WriteLine("|---|---|");
        foreach (var (status, count) in statuses.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            console.WriteLine($"| {status} | {count} |");
        }

        console.WriteLine();
        foreach (var rule in findings.GroupBy(finding => finding.Rule))
        {
            console.WriteLine($"{rule.Count()} times: {rule.Key}");
            foreach (var finding in rule.Take(ShownOfARule))
            {
                console.WriteLine($"  {finding.Detail}");
                if (finding.Request is { } request)
                {
                    console.WriteLine(
                        $"    --seed {seed} --only {request.Number}, {request.Operation.Id}: {string.Join(", ", request.Mutations)}"
                    );
                    console.WriteLine($"    {request.ToShell()}");
                }
            }
        }

        console.WriteLine(
            $"{findings.Count} findings in {statuses.Values.Sum()} answers, {took.TotalSeconds:0} s; the slowest answer to a request that was not slow itself took {slowest.TotalMilliseconds:0} ms."
        );
    }
}
