using System.Text.Json.Nodes;

namespace RecordingService.Simulation;

/// <summary>One event on its way to a receiver.</summary>
/// <param name="Id">The same in each attempt and duplicate.</param>
/// <param name="AppId">App ID.</param>
/// <param name="Task">Channel and uid; after a server move the new uid.</param>
/// <param name="Sid">Sid.</param>
/// <param name="EventType">Number of the event.</param>
/// <param name="Sequence">Position among the events of its sid, from 0.</param>
/// <param name="Payload">Member <c>payload</c>.</param>
internal sealed record Notice(string Id, string AppId, TaskIdentity Task, string Sid, int EventType, int Sequence, JsonObject Payload)
{
    private const int CloudRecording = 3;

    public byte[] Body(DateTimeOffset sentAt) =>
        System.Text.Encoding.UTF8.GetBytes(
            new JsonObject
            {
                ["noticeId"] = Id,
                ["productId"] = CloudRecording,
                ["eventType"] = EventType,
                ["notifyMs"] = sentAt.ToUnixTimeMilliseconds(),
                ["payload"] = Payload.DeepClone(),
            }.ToJsonString()
        );
}

/// <summary>What becomes of a notice, decided when its event happened.</summary>
/// <param name="Url">Receiver.</param>
/// <param name="Secret">Secret that signs.</param>
/// <param name="Due">When it is sent at the earliest.</param>
/// <param name="IsLost">Never sent.</param>
/// <param name="Copies">How often it is sent.</param>
/// <param name="Settings">What else was in force.</param>
internal sealed record NoticeFate(Uri Url, string Secret, DateTimeOffset Due, bool IsLost, int Copies, NotificationOptions Settings);
