using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace RecordingService.EndToEnd.Tests.Notifications;

/// <summary>
/// Stands between Agora and the service as a post office that loses notifications, brings the others three times and in no order, and lets
/// forgers in: they write what would matter most if it were believed.
/// </summary>
internal sealed class BadPost : IAsyncDisposable
{
    private const double LossRate = 0.2;
    private const double ForgeryRate = 0.05;
    private const int Copies = 3;

    /// <summary>At the factor of the test, a minute of recording time: starts arrive after ends.</summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(3);

    private readonly WebApplication office;
    private readonly HttpClient http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 16 });
    private readonly string secret;
    private readonly Lock gate = new();
    private readonly Random random = new(4711);
    private readonly ConcurrentQueue<Task> under = [];
    private readonly ConcurrentDictionary<string, bool> genuine = [];
    private readonly ConcurrentDictionary<string, bool> forged = [];
    private readonly ConcurrentDictionary<(bool Forged, HttpStatusCode Status), int> answers = [];
    private Uri? service;
    private int events;
    private int lost;

    private BadPost(WebApplication office, string secret) => (this.office, this.secret) = (office, secret);

    public Uri Address { get; private set; } = new("http://127.0.0.1");

    /// <summary>Events that Agora told of.</summary>
    public int Events => events;

    /// <summary>Events of which nothing was brought.</summary>
    public int Lost => lost;

    /// <summary>Answers of the service by what it was brought.</summary>
    public IReadOnlyDictionary<(bool Forged, HttpStatusCode Status), int> Answers => answers;

    public int Deliveries => answers.Values.Sum();

    /// <summary>Ids of what was brought at least once.</summary>
    public ICollection<string> Genuine => genuine.Keys;

    public ICollection<string> Forged => forged.Keys;

    public static async Task<BadPost> OpenAsync(string secret)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var office = builder.Build();
        var post = new BadPost(office, secret);
        office.MapPost("/", (Delegate)post.TakeAsync);
        await office.StartAsync(TestContext.Current.CancellationToken);
        post.Address = new Uri(office.Urls.Single());
        return post;
    }

    public void DeliverTo(Uri address) => service = address;

    /// <summary>Waits until everything that was taken so far is brought.</summary>
    public async Task IsEmptyAsync()
    {
        while (under.TryDequeue(out var delivery))
        {
            await delivery;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await office.DisposeAsync();
        http.Dispose();
    }

    private async Task<IResult> TakeAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        lock (gate)
        {
            events++;
            if (random.NextDouble() < LossRate)
            {
                lost++;
                return Results.Ok(new { });
            }

            for (var copy = 0; copy < Copies; copy++)
            {
                genuine[(string)JsonNode.Parse(body)!["noticeId"]!] = true;
                under.Enqueue(BringAsync(body, secret, isForged: false));
                // That share of all deliveries, not of the genuine ones.
                if (random.NextDouble() < ForgeryRate / (1 - ForgeryRate))
                {
                    under.Enqueue(BringAsync(Forgery(body), "guessed", isForged: true));
                }
            }
        }

        return Results.Ok(new { });
    }

    private async Task BringAsync(string body, string signedWith, bool isForged)
    {
        var delay = LongestDelay * random.NextDouble();
        await Task.Delay(delay, TimeProvider.System);
        var bytes = Encoding.UTF8.GetBytes(body);
        using var request = new HttpRequestMessage(HttpMethod.Post, service) { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("Agora-Signature-V2", Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(signedWith), bytes)));
        using var answer = await http.SendAsync(request);
        answers.AddOrUpdate((isForged, answer.StatusCode), 1, (_, before) => before + 1);
    }

    /// <summary>The recorder failed, or is gone, or moved, or nobody is there, or everything is uploaded under other names.</summary>
    private string Forgery(string body)
    {
        var notice = JsonNode.Parse(body)!;
        var (eventType, details) = random.Next(5) switch
        {
            0 => (1, """{"msgName":"cloud_recording_error","module":1,"errorLevel":5,"errorCode":32,"stat":1,"errorMsg":"forged"}"""),
            1 => (11, """{"msgName":"session_exit","exitStatus":1}"""),
            2 => (41, """{"msgName":"recorder_leave","leaveCode":4}"""),
            3 => (12, """{"msgName":"session_failover","newUid":666}"""),
            _ => (
                31,
                """{"msgName":"uploaded","status":0,"fileList":[{"fileName":"forged.m3u8","trackType":"audio_and_video","uid":"0"}]}"""
            ),
        };
        var id = $"forged-{random.NextInt64()}";
        forged[id] = true;
        notice["noticeId"] = id;
        notice["eventType"] = eventType;
        notice["payload"]!["sequence"] = 1000;
        notice["payload"]!["details"] = JsonNode.Parse(details);
        return notice.ToJsonString();
    }
}
