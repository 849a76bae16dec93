namespace RecordingService.Simulation;

/// <summary>A call of the REST API.</summary>
public enum AgoraOperation
{
    /// <summary>No call that the API knows.</summary>
    Unknown,

    /// <summary><c>acquire</c>.</summary>
    Acquire,

    /// <summary><c>start</c>.</summary>
    Start,

    /// <summary><c>query</c>.</summary>
    Query,

    /// <summary><c>stop</c>.</summary>
    Stop,

    /// <summary><c>update</c>.</summary>
    Update,

    /// <summary><c>updateLayout</c>.</summary>
    UpdateLayout,
}

/// <summary>A path of the REST API taken apart; <c>/v1/ncs/ip</c> will find its place here.</summary>
internal sealed record AgoraRoute(AgoraOperation Operation, string AppId, string ResourceId = "", string Sid = "", string Mode = "")
{
    public const string Individual = "individual";
    public const string Mix = "mix";
    public const string Web = "web";

    /// <summary>Reads method and path, whose letters' case counts.</summary>
    public static AgoraRoute? Read(string method, string? path) =>
        (method, (path ?? "").Split('/')) switch
        {
            ("POST", ["", "v1", "apps", var app, "cloud_recording", "acquire"]) => new(AgoraOperation.Acquire, app),
            ("POST", ["", "v1", "apps", var app, "cloud_recording", "resourceid", var resource, "mode", var mode, "start"]) => new(
                AgoraOperation.Start,
                app,
                resource,
                Mode: mode
            ),
            (
                "GET",
                ["", "v1", "apps", var app, "cloud_recording", "resourceid", var resource, "sid", var sid, "mode", var mode, "query"]
            ) => new(AgoraOperation.Query, app, resource, sid, mode),
            ("POST", ["", "v1", "apps", var app, "cloud_recording", "resourceid", var resource, "sid", var sid, "mode", var mode, var last])
                when OfRunningTask(last) is { } operation => new(operation, app, resource, sid, mode),
            _ => null,
        };

    private static AgoraOperation? OfRunningTask(string last) =>
        last switch
        {
            "stop" => AgoraOperation.Stop,
            "update" => AgoraOperation.Update,
            "updateLayout" => AgoraOperation.UpdateLayout,
            _ => null,
        };
}
