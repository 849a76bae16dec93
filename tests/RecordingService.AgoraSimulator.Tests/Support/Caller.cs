using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace RecordingService.Simulation.Tests;

/// <summary>Status and body of an answer.</summary>
internal sealed record Answer(int Status, JsonObject Body)
{
    public int? Code => (int?)Body["code"];

    public string Sid => (string)Body["sid"]!;

    public string ResourceId => (string)Body["resourceId"]!;

    public JsonObject ServerResponse => Body["serverResponse"]!.AsObject();

    public int RecorderStatus => (int)ServerResponse["status"]!;
}

/// <summary>A task that was acquired, and perhaps started.</summary>
internal sealed record AgoraTask(string Channel, string Uid, string ResourceId, string Sid = "");

/// <summary>Calls the simulated REST API as a customer would.</summary>
internal sealed class Caller(Uri host, string appId, string key, string secret) : IDisposable
{
    private readonly HttpClient client = new()
    {
        BaseAddress = host,
        DefaultRequestHeaders =
        {
            Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{key}:{secret}"))),
        },
    };

    public HttpClient Client => client;

    public Task<Answer> AcquireAsync(string channel, string uid, object? clientRequest = null) =>
        PostAsync("acquire", Body(channel, uid, clientRequest ?? new { }));

    public Task<Answer> StartAsync(AgoraTask task, JsonObject clientRequest, string mode = "mix") =>
        PostAsync($"resourceid/{task.ResourceId}/mode/{mode}/start", Body(task.Channel, task.Uid, clientRequest));

    public Task<Answer> QueryAsync(AgoraTask task, string mode = "mix") => SendAsync(HttpMethod.Get, PathOf(task, mode, "query"), null);

    public Task<Answer> StopAsync(AgoraTask task, bool async = true, string mode = "mix") =>
        PostAsync(PathOf(task, mode, "stop"), Body(task.Channel, task.Uid, new { async_stop = async }));

    public Task<Answer> UpdateAsync(AgoraTask task, JsonNode clientRequest, string mode = "mix") =>
        PostAsync(PathOf(task, mode, "update"), Body(task.Channel, task.Uid, clientRequest));

    public Task<Answer> UpdateLayoutAsync(AgoraTask task, JsonNode clientRequest, string mode = "mix") =>
        PostAsync(PathOf(task, mode, "updateLayout"), Body(task.Channel, task.Uid, clientRequest));

    public async Task<AgoraTask> AcquiredAsync(string channel, string uid, int scene = 0)
    {
        var answer = await AcquireAsync(channel, uid, new { scene });
        answer.Status.ShouldBe(200, answer.Body.ToString());
        return new AgoraTask(channel, uid, answer.ResourceId);
    }

    public async Task<AgoraTask> StartedAsync(string channel, string uid, JsonObject? clientRequest = null, string mode = "mix")
    {
        var task = await AcquiredAsync(channel, uid, scene: mode == "web" ? 1 : 0);
        var answer = await StartAsync(task, clientRequest ?? ClientRequest.Mix(), mode);
        answer.Status.ShouldBe(200, answer.Body.ToString());
        return task with { Sid = answer.Sid };
    }

    public Task<Answer> PostAsync(string path, JsonObject body) => SendAsync(HttpMethod.Post, path, JsonContent.Create(body));

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content)
    {
        using var request = new HttpRequestMessage(method, $"/v1/apps/{appId}/cloud_recording/{path}") { Content = content };
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadFromJsonAsync<JsonObject>(TestContext.Current.CancellationToken);
        return new Answer((int)response.StatusCode, body!);
    }

    public void Dispose() => client.Dispose();

    private static string PathOf(AgoraTask task, string mode, string operation) =>
        $"resourceid/{task.ResourceId}/sid/{task.Sid}/mode/{mode}/{operation}";

    private static JsonObject Body(string channel, string uid, object clientRequest) =>
        new()
        {
            ["cname"] = channel,
            ["uid"] = uid,
            ["clientRequest"] = clientRequest as JsonNode ?? System.Text.Json.JsonSerializer.SerializeToNode(clientRequest),
        };
}

/// <summary>Bodies of start.</summary>
internal static class ClientRequest
{
    public static JsonObject Mix(int channelType = 1, int maxIdleSeconds = 30, string[]? fileTypes = null, string? token = null)
    {
        var request = new JsonObject
        {
            ["recordingConfig"] = new JsonObject { ["channelType"] = channelType, ["maxIdleTime"] = maxIdleSeconds },
            ["recordingFileConfig"] = new JsonObject
            {
                ["avFileType"] = new JsonArray([.. (fileTypes ?? ["hls"]).Select(type => JsonValue.Create(type))]),
            },
            ["storageConfig"] = new JsonObject
            {
                ["vendor"] = 1,
                ["region"] = 0,
                ["bucket"] = TestSimulator.Bucket,
                ["accessKey"] = "ak",
                ["secretKey"] = "sk",
                ["fileNamePrefix"] = new JsonArray("school", "room7"),
            },
        };
        if (token is not null)
        {
            request["token"] = token;
        }

        return request;
    }

    public static JsonObject Individual()
    {
        var request = Mix();
        request["recordingConfig"]!["subscribeUidGroup"] = 0;
        return request;
    }

    public static JsonObject Web(bool onHold = false, int maxHours = 3)
    {
        var request = Mix();
        request.Remove("recordingConfig");
        request["extensionServiceConfig"] = new JsonObject
        {
            ["errorHandlePolicy"] = "error_abort",
            ["extensionServices"] = new JsonArray(
                new JsonObject
                {
                    ["serviceName"] = "web_recorder_service",
                    ["errorHandlePolicy"] = "error_abort",
                    ["serviceParam"] = new JsonObject
                    {
                        ["url"] = "https://app.example/r/1",
                        ["audioProfile"] = 0,
                        ["videoWidth"] = 1280,
                        ["videoHeight"] = 720,
                        ["maxRecordingHour"] = maxHours,
                        ["onhold"] = onHold,
                    },
                }
            ),
        };
        return request;
    }
}
