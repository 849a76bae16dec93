using System.Text.Json.Nodes;

namespace RecordingService.Simulation;

/// <summary>Gathers what the journal will say about a call.</summary>
internal sealed class CallInProgress(RecordingClock clock, AgoraRoute? route, int host)
{
    private readonly DateTimeOffset arrivedAt = clock.Now;
    private readonly DateTimeOffset arrivedRealAt = clock.RealNow;

    public AgoraRoute? Route => route;

    public int Host => host;

    public TaskIdentity Task { get; set; } = new("", "");

    public string? Fault { get; set; }

    public bool Performed { get; set; }

    public AgoraAnswer? Answer { get; set; }

    /// <summary>The connection is to be cut when all is noted down.</summary>
    public bool IsCut { get; set; }

    public bool IsDelivered { get; set; }

    public JournaledCall Finish() =>
        new(
            Number: 0,
            arrivedAt,
            arrivedRealAt,
            clock.RealNow - arrivedRealAt,
            host,
            route?.Operation ?? AgoraOperation.Unknown,
            route?.AppId ?? "",
            Task.Channel,
            Task.Uid,
            Told(route?.ResourceId, "resourceId"),
            Told(route?.Sid, "sid"),
            Answer?.Status,
            Answer?.Code,
            Performed,
            AnswerLost: !IsDelivered,
            Fault
        );

    private string Told(string? inPath, string member) =>
        !string.IsNullOrEmpty(inPath) ? inPath
        : Answer?.Body is JsonObject body && body[member] is JsonValue value && value.TryGetValue<string>(out var text) ? text
        : "";
}
