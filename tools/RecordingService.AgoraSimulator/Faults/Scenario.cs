using System.Text.Json.Nodes;

namespace RecordingService.Simulation;

/// <summary>A named fault: one reaction of Agora that its documentation, its clients or its users report.</summary>
/// <param name="Name">Name: the operation, the HTTP status, the code, what is special.</param>
/// <param name="Does">What a caller sees, in one sentence.</param>
public sealed record Scenario(string Name, string Does)
{
    private const string TimedOut = "request timeout";
    private const string NotCompleted = "request not completed";

    /// <summary>The longest server move that the documentation admits.</summary>
    private static readonly TimeSpan LongestMove = TimeSpan.FromSeconds(90);

    private Fault Template { get; init; } = new();

    /// <summary>Gets all scenarios.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        .. Gateway(),
        .. Acquire(),
        .. Start(),
        .. OfRunningTask(AgoraOperation.Query),
        .. OfRunningTask(AgoraOperation.Update),
        .. OfRunningTask(AgoraOperation.UpdateLayout),
        Code(AgoraOperation.Query, "query-501-exiting", 400, 501, "service exiting", "The recording is exiting."),
        Code(
            AgoraOperation.UpdateLayout,
            "updateLayout-1028",
            400,
            1028,
            "invalid layout",
            "The layout is invalid, in the older numbering."
        ),
        .. Stop(),
        .. OfRecorders(),
    ];

    /// <summary>Finds a scenario.</summary>
    /// <exception cref="ArgumentException">No scenario has this name.</exception>
    public static Scenario Find(string name) =>
        All.FirstOrDefault(scenario => scenario.Name == name)
        ?? throw new ArgumentException($"There is no scenario '{name}'.", nameof(name));

    /// <summary>Makes the fault.</summary>
    /// <param name="match">Which calls; its operation is the scenario's, where the scenario has one.</param>
    public Fault ToFault(FaultMatch match)
    {
        ArgumentNullException.ThrowIfNull(match);
        return Template with { Scenario = Name, Match = match with { Operation = Template.Match.Operation ?? match.Operation } };
    }

    private static IEnumerable<Scenario> Gateway()
    {
        yield return Message("gateway-400-appid-invalid", 400, "appid is invalid", "The gateway does not know the App ID.");
        yield return Message("gateway-401-unauthorized", 401, "Unauthorized", "The gateway misses the Authorization header.");
        yield return Message("gateway-401-credentials", 401, "Invalid authentication credentials", "The gateway refuses key or secret.");
        yield return Message("gateway-403", 403, "Forbidden", "The gateway refuses access; not documented.");
        yield return Message("gateway-404-no-route", 404, "no Route matched with those values", "The gateway does not know the path.");
        yield return Message("gateway-429", 429, "API rate limit exceeded", "Too many calls, without a hint when to come back.");
        yield return Message(
            "gateway-429-retry-after",
            429,
            "API rate limit exceeded",
            "Too many calls, with Retry-After: 5.",
            retryAfter: 5
        );
        yield return Message(
            "gateway-502",
            502,
            "An invalid response was received from the upstream server",
            "The gateway cannot reach the service."
        );
        yield return Message("gateway-503", 503, "failure to get a peer from the ring-balancer", "The gateway has no service to send to.");
        yield return Of(
            "code-8",
            "Header, address or JSON of the call is called malformed, in the older list.",
            Refusal(null, 400, 8, "invalid http content")
        );
        yield return Of("connection-cut-before", "The connection breaks before the call is performed.", Fault.LoseCall(new()));
        yield return Of(
            "connection-cut-after",
            "The call is performed and the connection breaks before the answer.",
            Fault.LoseAnswer(new())
        );
    }

    private static IEnumerable<Scenario> Acquire()
    {
        const AgoraOperation Operation = AgoraOperation.Acquire;
        yield return Code(Operation, "acquire-2", 400, 2, "Acquire: invalid parameter", "A parameter is invalid.");
        yield return Code(Operation, "acquire-400-appid", 400, 400, "invalid_appid", "The service does not know the App ID.");
        yield return Code(Operation, "acquire-401-channel-name", 400, 401, "invalid_channel_name", "The channel name is invalid.");
        yield return Code(
            Operation,
            "acquire-1013-channel-name",
            400,
            1013,
            "invalid channel name",
            "The channel name is invalid, in the older numbering."
        );
        yield return Code(Operation, "acquire-405-inactive", 400, 405, "no_active_status", "The project is suspended or overdue.");
        yield return Code(Operation, "acquire-406-quota", 400, 406, "vendor_over_load", "The quota of concurrent tasks is used up.");
        yield return Code(
            Operation,
            "acquire-62-not-enabled",
            400,
            62,
            "service not enabled",
            "Cloud Recording is not enabled, in the older numbering."
        );
        yield return Code(Operation, "acquire-500-internal", 500, 500, "internal_error", "The service fails.");
        yield return Code(
            Operation,
            "acquire-500-501-no-worker-manager",
            500,
            501,
            "no_worker_manager_available",
            "No worker manager is available."
        );
        yield return Code(
            Operation,
            "acquire-500-504-allocate-timeout",
            500,
            504,
            "allocate_timeout",
            "Allocating a resource takes too long."
        );
        yield return Silent(Operation, "acquire-timeout", isPerformed: false);
    }

    private static IEnumerable<Scenario> Start()
    {
        const AgoraOperation Operation = AgoraOperation.Start;
        yield return Of(
            "start-201-already-started",
            "The recorder starts, but the answer says that it had been started already.",
            Refusal(Operation, 201, 7, "already started") with
            {
                Perform = true,
            }
        );
        foreach (var scenario in Doubtful(Operation, "start-206-65", 206, 65, NotCompleted))
        {
            yield return scenario;
        }

        foreach (var scenario in Doubtful(Operation, "start-500-62", 500, 62, TimedOut))
        {
            yield return scenario;
        }

        yield return Code(Operation, "start-2", 400, 2, "Start: invalid parameter", "A parameter is invalid.");
        yield return Code(
            Operation,
            "start-2-request-hash",
            400,
            2,
            "request_hash mismatch!",
            "startParameter and the body of start differ."
        );
        yield return Code(Operation, "start-2-no-service", 400, 2, "services not selected!", "The body selects no service.");
        yield return Code(Operation, "start-400-53-conflict", 400, 53, "task conflict", "A task with the same channel and uid runs.");
        yield return Code(
            Operation,
            "start-432",
            400,
            432,
            "parameter does not match resourceId",
            "App ID, channel or uid do not fit the resource."
        );
        yield return Code(Operation, "start-433", 400, 433, "resource expired", "The resource is older than five minutes.");
        yield return Code(Operation, "start-1001", 400, 1001, "resourceId cannot be decoded", "The resource id cannot be decoded.");
        yield return Code(Operation, "start-1003", 400, 1003, "appid does not match resourceId", "App ID and resource id do not fit.");
        yield return Code(
            Operation,
            "start-1013-channel-name",
            400,
            1013,
            "invalid channel name",
            "The channel name is invalid, in the older numbering."
        );
        yield return Code(Operation, "start-500-502-no-worker", 500, 502, "Failed to allocate worker", "No worker could be allocated.");
        yield return Of(
            "start-500-15",
            "An undocumented code in a body that keeps the ids.",
            Raw(
                Operation,
                500,
                new()
                {
                    ["resourceId"] = "{resourceId}",
                    ["sid"] = "",
                    ["code"] = 15,
                }
            )
        );
        yield return Silent(Operation, "start-timeout-orphan", isPerformed: true);
        yield return Silent(Operation, "start-timeout-not-started", isPerformed: false);
        yield return Rejects("start-then-storage-fails", RecorderEnd.StorageRejected, "bucket or keys are wrong");
        yield return Rejects("start-then-token-fails", RecorderEnd.TokenRejected, "the token is refused");
        yield return Rejects("start-then-transcoding-fails", RecorderEnd.TranscodingRejected, "transcodingConfig is refused");
    }

    private static IEnumerable<Scenario> Stop()
    {
        const AgoraOperation Operation = AgoraOperation.Stop;
        foreach (var scenario in Doubtful(Operation, "stop-206-65", 206, 65, NotCompleted, "stopped"))
        {
            yield return scenario;
        }

        foreach (var scenario in Doubtful(Operation, "stop-504-62", 504, 62, TimedOut, "stopped"))
        {
            yield return scenario;
        }

        yield return Of(
            "stop-206-435",
            "The recorder stops and reports that it recorded nothing.",
            Refusal(Operation, 206, 435, "no recorded data") with
            {
                Perform = true,
            }
        );
        yield return Of(
            "stop-49",
            "The recorder is already exiting; the body keeps the ids.",
            Raw(
                Operation,
                400,
                new()
                {
                    ["cname"] = "{cname}",
                    ["uid"] = "{uid}",
                    ["resourceId"] = "{resourceId}",
                    ["sid"] = "{sid}",
                    ["code"] = 49,
                    ["serverResponse"] = new JsonObject
                    {
                        ["backuped"] = 0,
                        ["fileListMode"] = "string",
                        ["fileListStr"] = "",
                        ["payload"] = new JsonObject { ["message"] = "Failed" },
                    },
                }
            ) with
            {
                Perform = true,
            }
        );
        yield return Of(
            "stop-50-upload-timeout",
            "The recorder stops, but its upload takes longer than the stop waits.",
            Refusal(Operation, 504, 50, "upload timeout") with
            {
                Perform = true,
            }
        );
        yield return Code(Operation, "stop-2", 400, 2, "Stop: invalid parameter", "A parameter is invalid.");
        yield return Code(
            Operation,
            "stop-432",
            400,
            432,
            "parameter does not match resourceId",
            "App ID, channel or uid do not fit the resource."
        );
        yield return Code(Operation, "stop-1003", 400, 1003, "sid does not match resourceId", "Sid and resource id do not fit.");
        yield return NoWorker(Operation, "stop-404-worker");
        yield return NoRoute(Operation, "stop-404-gateway");
        yield return Silent(Operation, "stop-timeout-stopped", isPerformed: true);
        yield return Silent(Operation, "stop-timeout-not-stopped", isPerformed: false);
    }

    private static IEnumerable<Scenario> OfRunningTask(AgoraOperation operation)
    {
        var name = NameOf(operation);
        yield return Code(operation, $"{name}-2", 400, 2, $"{operation}: invalid parameter", "A parameter is invalid.");
        yield return Code(
            operation,
            $"{name}-432",
            400,
            432,
            "parameter does not match resourceId",
            "App ID, channel or uid do not fit the resource."
        );
        yield return Code(operation, $"{name}-1003", 400, 1003, "sid does not match resourceId", "Sid and resource id do not fit.");
        yield return NoWorker(operation, $"{name}-404-worker");
        yield return NoRoute(operation, $"{name}-404-gateway");
        if (operation == AgoraOperation.Query)
        {
            yield return Code(operation, "query-206-65", 206, 65, NotCompleted, "The query was not completed.");
            yield return Code(operation, "query-504-62", 504, 62, TimedOut, "The query takes too long; the state is unknown.");
            yield return Silent(operation, "query-timeout", isPerformed: false);
            yield break;
        }

        foreach (var scenario in Doubtful(operation, $"{name}-206-65", 206, 65, NotCompleted, "done"))
        {
            yield return scenario;
        }

        foreach (var scenario in Doubtful(operation, $"{name}-504-62", 504, 62, TimedOut, "done"))
        {
            yield return scenario;
        }
    }

    private static IEnumerable<Scenario> OfRecorders()
    {
        var ofQuery = new FaultMatch { Operation = AgoraOperation.Query };
        yield return Of(
            "recorder-dies",
            "The recorder of a query dies before the answer.",
            new Fault { Match = ofQuery, KillRecorder = true }
        );
        yield return Of(
            "recorder-moves",
            "The recorder of a query loses its server, and is back on another one after 90 seconds.",
            new Fault { Match = ofQuery, MoveServer = LongestMove }
        );
    }

    private static IEnumerable<Scenario> Doubtful(
        AgoraOperation operation,
        string name,
        int status,
        int code,
        string reason,
        string done = "started"
    )
    {
        var refusal = Refusal(operation, status, code, reason);
        yield return Of(
            $"{name}-really-{done}",
            $"The call is performed, but its answer says '{reason}'.",
            refusal with
            {
                Perform = true,
            }
        );
        yield return Of($"{name}-not-{done}", $"The call is not performed, and its answer says '{reason}'.", refusal);
    }

    private static Scenario NoWorker(AgoraOperation operation, string name) =>
        Of(
            name,
            "No worker has the task, although the recorder may be alive.",
            Raw(
                operation,
                404,
                new()
                {
                    ["cname"] = "{cname}",
                    ["uid"] = "{uid}",
                    ["resourceId"] = "{resourceId}",
                    ["sid"] = "{sid}",
                    ["code"] = 404,
                    ["serverResponse"] = new JsonObject { ["payload"] = new JsonObject { ["message"] = "failed to find worker" } },
                }
            )
        );

    private static Scenario NoRoute(AgoraOperation operation, string name) =>
        Of(
            name,
            "The gateway does not know the path; no word about the task.",
            Raw(operation, 404, new() { ["message"] = "no Route matched with those values" })
        );

    private static Scenario Silent(AgoraOperation operation, string name, bool isPerformed) =>
        Of(
            name,
            $"The call is {(isPerformed ? "" : "not ")}performed and never answered.",
            new Fault
            {
                Match = new() { Operation = operation },
                Perform = isPerformed,
                Silent = true,
            }
        );

    private static Scenario Rejects(string name, RecorderEnd end, string why) =>
        Of(
            name,
            $"The start is answered with 200, and afterwards {why}.",
            new Fault
            {
                Match = new() { Operation = AgoraOperation.Start },
                Reject = end,
            }
        );

    private static Scenario Message(string name, int status, string message, string does, int? retryAfter = null) =>
        Of(name, does, Raw(null, status, new() { ["message"] = message }) with { RetryAfterSeconds = retryAfter });

    private static Scenario Code(AgoraOperation operation, string name, int status, int code, string reason, string does) =>
        Of(name, does, Refusal(operation, status, code, reason));

    private static Fault Refusal(AgoraOperation? operation, int status, int code, string reason) =>
        Fault.Refuse(new FaultMatch { Operation = operation }, status, code, reason);

    private static Fault Raw(AgoraOperation? operation, int status, JsonObject body) =>
        new()
        {
            Match = new() { Operation = operation },
            Perform = false,
            Status = status,
            Body = body,
        };

    private static Scenario Of(string name, string does, Fault fault) => new(name, does) { Template = fault };

    private static string NameOf(AgoraOperation operation) =>
        operation == AgoraOperation.UpdateLayout ? "updateLayout" : $"{operation}".ToLowerInvariant();
}
