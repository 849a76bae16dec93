using System.Net;
using System.Text.Json;
using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests;

/// <summary>One class from its request on, seen by its caller over HTTP and by the simulator's journal.</summary>
internal sealed class Lesson
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);

    private readonly AgoraSimulator agora;
    private readonly Replica service;

    private Lesson(AgoraSimulator agora, Replica service, string channel, string id) =>
        (this.agora, this.service, Channel, Id) = (agora, service, channel, id);

    public string Channel { get; }

    public string Id { get; }

    public IReadOnlyList<RecorderLife> Recorders => agora.Journal.Recorders(Channel);

    /// <summary>Asks for the recording of a channel.</summary>
    /// <param name="cloud">The deployment.</param>
    /// <param name="channel">Channel; its teacher comes by itself unless the channel is scripted.</param>
    /// <param name="members">Members of the request beside it; the room type is a lecture by default.</param>
    public static async Task<Lesson> StartAsync(SharedCloud cloud, string channel, params (string Name, object Value)[] members)
    {
        var body = new Dictionary<string, object> { ["channel"] = channel, ["roomType"] = "lecture" };
        foreach (var (name, value) in members)
        {
            body[name] = value;
        }

        var (status, answer) = await cloud.Service.PostAsync("/v1/recordings", body);
        status.ShouldBe(HttpStatusCode.Accepted, answer.ToString());
        return new Lesson(cloud.Agora, cloud.Service, channel, answer.GetProperty("id").GetString()!);
    }

    /// <summary>The same, and waits until a recorder is proven to run.</summary>
    public static async Task<Lesson> RecordAsync(SharedCloud cloud, string channel, params (string Name, object Value)[] members)
    {
        var lesson = await StartAsync(cloud, channel, members);
        await lesson.BecomesAsync("recording");
        return lesson;
    }

    public Task<JsonElement> ReadAsync() => service.GetAsync($"/v1/recordings/{Id}");

    /// <summary>Everything that its timeline says.</summary>
    public Task<string> TellAsync() => service.TellAsync(Id);

    public Task<JsonElement> BecomesAsync(string state) => BecomesAsync(recording => StateOf(recording) == state, state);

    /// <summary>Waits until its resource is as wanted; a failure tells the timeline.</summary>
    public async Task<JsonElement> BecomesAsync(Func<JsonElement, bool> wanted, string what)
    {
        try
        {
            return await Eventually.BecomesAsync(ReadAsync, wanted, Patience, description: what);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message}\n{await TellAsync()}", exception);
        }
    }

    /// <summary>Waits until its timeline says something.</summary>
    public async Task TellsAsync(string text)
    {
        try
        {
            await Eventually.HoldsAsync(async () => (await TellAsync()).Contains(text, StringComparison.Ordinal), Patience);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"The timeline never says '{text}':\n{await TellAsync()}", exception);
        }
    }

    /// <summary>Waits until so much of it is recorded.</summary>
    public Task RecordedAsync(double seconds) =>
        Eventually.HoldsAsync(() => agora.Journal.Recorded(Channel) >= TimeSpan.FromSeconds(seconds), Patience);

    /// <summary>Asks to stop and waits until its state is final.</summary>
    public async Task<JsonElement> StopAsync()
    {
        var (_, answer) = await service.PostAsync($"/v1/recordings/{Id}/stop", null, ("Prefer", "wait=60"));
        StateOf(answer).ShouldBeOneOf(["completed", "aborted", "failed"], await TellAsync());
        return answer;
    }

    public IReadOnlyList<JournaledCall> Calls(AgoraOperation operation) =>
        [.. agora.Journal.Calls().Where(call => call.Operation == operation && call.Channel == Channel).OrderBy(call => call.At)];

    public async Task<IReadOnlyList<JsonElement>> RunsAsync() => [.. (await ReadAsync()).GetProperty("runs").EnumerateArray()];

    /// <summary>Names of its files, as a caller reads them.</summary>
    public async Task<IReadOnlyList<string>> FileNamesAsync() =>
        [
            .. (await service.GetAsync($"/v1/recordings/{Id}/files"))
                .GetProperty("items")
                .EnumerateArray()
                .Select(file => file.GetProperty("fileName").GetString()!),
        ];

    public static string StateOf(JsonElement recording) => recording.GetProperty("state").GetString()!;

    /// <summary>Code of the reason, or null while all is well.</summary>
    public static string? ReasonOf(JsonElement recording) =>
        recording.GetProperty("reason") is { ValueKind: JsonValueKind.Object } reason ? reason.GetProperty("code").GetString() : null;

    public static string? EndReasonOf(JsonElement recording) => recording.GetProperty("endReason").GetString();

    public static string FilesOf(JsonElement recording) => recording.GetProperty("files").GetProperty("state").GetString()!;

    public static string PhaseOf(JsonElement run) => run.GetProperty("phase").GetString()!;

    public static long UidOf(JsonElement run) => run.GetProperty("agora").GetProperty("recorderUid").GetInt64();

    public static bool IsPrimary(JsonElement run) => UidOf(run) is >= 900_000_000 and < 900_500_000;

    public static bool IsBackup(JsonElement run) => UidOf(run) is >= 900_500_000 and < 1_000_000_000;
}
