#!/usr/bin/env dotnet
// Records one class: start, wait until it is proven, stop, print the playlist.
// usage: dotnet run record-class.cs BASE_URL [CHANNEL] [SECONDS]        An API key, if the service wants one: RECORDING_API_KEY
#:project ../../src/RecordingService.Client/RecordingService.Client.csproj
// Nothing is published from here, so the native compiler need not be fetched.
#:property PublishAot=false

using RecordingService.Client;

if (args.Length == 0)
{
    Console.Error.WriteLine("usage: dotnet run record-class.cs BASE_URL [CHANNEL] [SECONDS]");
    return 2;
}

// Your own id for the lesson; here a made-up one.
var lesson = $"lesson-{Guid.NewGuid().ToString("N")[..8]}";
var channel = args.Length > 1 ? args[1] : lesson;
var length = TimeSpan.FromSeconds(args.Length > 2 ? int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture) : 20);

using var http = new HttpClient { BaseAddress = new Uri(args[0]) };
var service = new RecordingClient(http, new() { ApiKey = Environment.GetEnvironmentVariable("RECORDING_API_KEY") });

Console.WriteLine($"Starting '{channel}'.");
var request = new StartRecordingRequest
{
    Channel = channel,
    RoomType = "lecture",
    ExternalId = lesson,
};

// One key for one lesson makes repeats safe, even after a crash of this program: whatever happens on the way, it is one recording.
var recording = await service.StartAndWaitAsync(request, within: TimeSpan.FromMinutes(5), idempotencyKey: lesson);
Show();

if (recording.EndedAt is null)
{
    Console.WriteLine($"The class lasts {length.TotalSeconds:0} s.");
    await Task.Delay(length, TimeProvider.System);
    Console.WriteLine("Stopping.");
    recording = await service.StopAndWaitAsync(recording.Id, within: TimeSpan.FromMinutes(25));
    Show();
}

Console.WriteLine($"  files: {recording.Files.State}");
Console.WriteLine($"  playlist: {recording.Files.PlaylistUrl?.ToString() ?? "none"}");
return recording.State == RecordingState.Completed ? 0 : 1;

void Show() => Console.WriteLine($"  {recording.State}{(recording.Reason is { } reason ? $": {reason.Message}" : "")}");
