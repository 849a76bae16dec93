using System.Text.Json.Nodes;

namespace RecordingService.Simulation;

/// <summary>One answer: HTTP status and body, in one of the shapes that Agora uses.</summary>
internal sealed record AgoraAnswer(int Status, JsonNode? Body)
{
    /// <summary>The sid that this answer tells its reader, if it does.</summary>
    public string? TellsSid { get; init; }

    /// <summary>Seconds in <c>Retry-After</c>, or null for no such header.</summary>
    public int? RetryAfterSeconds { get; init; }

    public int? Code =>
        Body is JsonObject body
        && body.TryGetPropertyValue("code", out var code)
        && code is JsonValue value
        && value.TryGetValue<int>(out var number)
            ? number
            : null;

    /// <summary>The gateway refused the call before the service saw it.</summary>
    public static AgoraAnswer Gateway(int status, string message) => new(status, new JsonObject { ["message"] = message });

    /// <summary>The service refused the call.</summary>
    public static AgoraAnswer Error(int status, int code, string reason) =>
        new(status, new JsonObject { ["code"] = code, ["reason"] = reason });

    /// <summary>The service did what it was asked.</summary>
    public static AgoraAnswer Success(TaskIdentity task, string resourceId, string? sid = null, JsonObject? serverResponse = null)
    {
        var body = Identity(task, resourceId);
        if (sid is not null)
        {
            body["sid"] = sid;
        }

        if (serverResponse is not null)
        {
            body["serverResponse"] = serverResponse;
        }

        return new AgoraAnswer(200, body) { TellsSid = sid };
    }

    /// <summary>A copy of a body with the ids of a call in place of their names in braces.</summary>
    public static JsonNode? Fill(JsonNode? body, TaskIdentity task, string resourceId, string sid) =>
        body switch
        {
            JsonObject members => new JsonObject(
                members.Select(member => KeyValuePair.Create(member.Key, Fill(member.Value, task, resourceId, sid)))
            ),
            JsonArray items => new JsonArray([.. items.Select(item => Fill(item, task, resourceId, sid))]),
            JsonValue value when value.TryGetValue<string>(out var text) => text switch
            {
                "{cname}" => task.Channel,
                "{uid}" => task.Uid,
                "{resourceId}" => resourceId,
                "{sid}" => sid,
                _ => text,
            },
            _ => body?.DeepClone(),
        };

    /// <summary>No worker has this task, in the shape that was seen in the wild.</summary>
    public static AgoraAnswer WorkerNotFound(AgoraOperation operation, TaskIdentity task, string resourceId, string sid)
    {
        var body = Identity(task, resourceId);
        body["sid"] = sid;
        body["code"] = 404;
        body["serverResponse"] = new JsonObject
        {
            ["command"] = $"{operation}CloudRecorder",
            ["payload"] = new JsonObject { ["message"] = "failed to find worker" },
            ["subscribeModeBitmask"] = 1,
            ["vid"] = "1",
        };
        return new AgoraAnswer(404, body);
    }

    /// <summary>The task is already exiting (49), in the shape that was seen in the wild.</summary>
    public static AgoraAnswer AlreadyExiting(TaskIdentity task, string resourceId, string sid, string? playlist)
    {
        var body = Identity(task, resourceId);
        body["sid"] = sid;
        body["code"] = 49;
        body["serverResponse"] = new JsonObject
        {
            ["backuped"] = 0,
            ["fileListMode"] = "string",
            ["fileListStr"] = playlist ?? "",
            ["inProgressBitmask"] = 1,
            ["output"] = new JsonObject(),
            ["payload"] = new JsonObject { ["message"] = "Failed" },
            ["subscribeModeBitmask"] = 1,
        };
        return new AgoraAnswer(400, body);
    }

    private static JsonObject Identity(TaskIdentity task, string resourceId) =>
        new()
        {
            ["cname"] = task.Channel,
            ["uid"] = task.Uid,
            ["resourceId"] = resourceId,
        };
}
