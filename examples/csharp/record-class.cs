#!/usr/bin/env dotnet
// Records one class: start, wait until it is proven, stop, print the playlist.
// usage: dotnet run record-class.cs BASE_URL [CHANNEL] [SECONDS]
// JSON by reflection, which a native program lacks:
#:property PublishAot=false

using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

if (args.Length == 0)
{
    Console.Error.WriteLine("usage: dotnet run record-class.cs BASE_URL [CHANNEL] [SECONDS]");
    return 2;
}

// Your own id for the lesson; here a made-up one.
var lesson = $"lesson-{Guid.NewGuid().ToString("N")[..8]}";
var channel = args.Length > 1 ? args[1] : lesson;
var length = TimeSpan.FromSeconds(args.Length > 2 ? int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture) : 20);
using var http = new HttpClient { BaseAddress = new Uri(args[0]), Timeout = TimeSpan.FromSeconds(100) };

Console.WriteLine($"Starting '{channel}'.");

// One key for one lesson makes repeats safe: whatever happens on the way, it is one recording.
var recording = await AskAsync(
    HttpMethod.Post,
    "/v1/recordings",
    new
    {
        channel,
        roomType = "lecture",
        externalId = lesson,
    },
    ("Idempotency-Key", lesson),
    ("Prefer", "wait=60")
);
var id = (string)recording["id"]!;
recording = await UntilAsync(r => r["confirmedAt"] is not null || r["endedAt"] is not null);
Show();

if (recording["endedAt"] is null)
{
    Console.WriteLine($"The class lasts {length.TotalSeconds:0} s.");
    await Task.Delay(length, TimeProvider.System);
    Console.WriteLine("Stopping.");
    await AskAsync(HttpMethod.Post, $"/v1/recordings/{id}/stop", null, ("Prefer", "wait=60"));
}

recording = await UntilAsync(r => (string)r["state"]! is "completed" or "failed" or "aborted");
Show();
Console.WriteLine($"  files: {recording["files"]!["state"]}");
Console.WriteLine($"  playlist: {recording["files"]!["playlistUrl"]?.ToString() ?? "none"}");
return (string)recording["state"]! == "completed" ? 0 : 1;

async Task<JsonNode> AskAsync(HttpMethod method, string path, object? body, params (string Name, string Value)[] headers)
{
    for (var attempt = 1; ; attempt++)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        try
        {
            using var answer = await http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            if (answer.IsSuccessStatusCode)
            {
                return JsonNode.Parse(text)!;
            }

            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable || attempt == 5)
            {
                throw new InvalidOperationException($"{method} {path} answered {(int)answer.StatusCode}: {text}");
            }
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && attempt < 5)
        {
            Console.WriteLine($"  {e.Message}; asking again.");
        }

        await Task.Delay(TimeSpan.FromSeconds(attempt), TimeProvider.System);
    }
}

async Task<JsonNode> UntilAsync(Func<JsonNode, bool> wanted)
{
    while (true)
    {
        var now = await AskAsync(HttpMethod.Get, $"/v1/recordings/{id}", null);
        if (wanted(now))
        {
            return now;
        }

        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
    }
}

void Show() => Console.WriteLine($"  {recording["state"]}{(recording["reason"] is { } reason ? $": {reason["message"]}" : "")}");
