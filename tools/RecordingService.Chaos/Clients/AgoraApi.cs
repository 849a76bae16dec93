using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using RecordingService.Chaos.Running;
using RecordingService.LocalStack.Processes;

namespace RecordingService.Chaos.Clients;

/// <summary>An answer of Agora.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">Body.</param>
internal sealed record AgoraReply(int Status, JsonElement Body)
{
    /// <summary>Reads a text of the body; empty when it is not there.</summary>
    public string Text(string member) =>
        Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : "";
}

/// <summary>A call of Agora's REST interface.</summary>
/// <param name="Channel">Channel of the class.</param>
/// <param name="Operation">Name of the operation.</param>
/// <param name="Path">Path below the App ID.</param>
/// <param name="Body">Body.</param>
internal sealed record AgoraCall(string Channel, string Operation, string Path, object Body);

/// <summary>Agora's REST interface for clients that call it by themselves.</summary>
internal sealed class AgoraApi(HttpClient http, IReadOnlyList<Uri> hosts, RunClock clock, CallerJournal journal)
{
    private const int RecordingUid = 527_841;

    /// <summary>A lecture's idle time at the service: twice the longest break. So breaks alone put no client at a disadvantage.</summary>
    private const int MaxIdleSeconds = 600;

    private static readonly string[] Hls = ["hls"];
    private static readonly string[] Folder = ["plain"];

    private static readonly AuthenticationHeaderValue Credentials = new(
        "Basic",
        Convert.ToBase64String(Encoding.UTF8.GetBytes($"{DemoAccount.CustomerKey}:{DemoAccount.CustomerSecret}"))
    );

    /// <summary>Gets the hosts.</summary>
    public int Hosts => hosts.Count;

    public static AgoraCall Acquire(string channel) =>
        new(
            channel,
            "acquire",
            "acquire",
            new
            {
                cname = channel,
                uid = $"{RecordingUid}",
                clientRequest = new { resourceExpiredHour = 24 },
            }
        );

    public static AgoraCall Start(string channel, string resourceId) =>
        new(
            channel,
            "start",
            $"resourceid/{resourceId}/mode/mix/start",
            new
            {
                cname = channel,
                uid = $"{RecordingUid}",
                clientRequest = new
                {
                    recordingConfig = new
                    {
                        channelType = 1,
                        streamTypes = 2,
                        maxIdleTime = MaxIdleSeconds,
                    },
                    recordingFileConfig = new { avFileType = Hls },
                    storageConfig = new
                    {
                        vendor = 1,
                        region = 0,
                        bucket = DemoAccount.Bucket,
                        accessKey = DemoAccount.AccessKey,
                        secretKey = DemoAccount.SecretKey,
                        fileNamePrefix = Folder,
                    },
                },
            }
        );

    public static AgoraCall Stop(string channel, string resourceId, string sid, bool isAsynchronous) =>
        new(
            channel,
            "stop",
            $"resourceid/{resourceId}/sid/{sid}/mode/mix/stop",
            new
            {
                cname = channel,
                uid = $"{RecordingUid}",
                clientRequest = new { async_stop = isAsynchronous },
            }
        );

    /// <summary>Makes a call once.</summary>
    /// <returns>The answer, or null when none came.</returns>
    public async Task<AgoraReply?> SendAsync(string appId, AgoraCall call, int host, TimeSpan patience, CancellationToken cancellationToken)
    {
        var at = clock.Now;
        using var timeout = new CancellationTokenSource(clock.ToReal(patience), clock.Real);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(
                HttpMethod.Post,
                new Uri(hosts[host % hosts.Count], $"/v1/apps/{appId}/cloud_recording/{call.Path}")
            )
            {
                Content = JsonContent.Create(call.Body),
            };
            request.Headers.Authorization = Credentials;
            using var response = await http.SendAsync(request, either.Token);
            var reply = new AgoraReply((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(either.Token));
            journal.Add(new CallerEntry(at, call.Channel, call.Operation, reply.Status, reply.Body.ToString()));
            return reply;
        }
        catch (Exception exception)
            when (exception is HttpRequestException or OperationCanceledException or JsonException or IOException
                && !cancellationToken.IsCancellationRequested
            )
        {
            journal.Add(new CallerEntry(at, call.Channel, call.Operation, null, exception.Message));
            return null;
        }
    }
}
