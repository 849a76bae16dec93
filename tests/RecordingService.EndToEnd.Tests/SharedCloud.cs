using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using RecordingService.LocalStack.Processes;
using RecordingService.Simulation;

namespace RecordingService.EndToEnd.Tests;

/// <summary>One service and one simulated Agora that the tests of a class share; each test has channels of its own.</summary>
public class SharedCloud(EndToEndDatabase postgres) : IAsyncLifetime
{
    private const string Secret = "secret-of-notifications";

    internal Cloud Cloud { get; private set; } = null!;

    internal Replica Service { get; private set; } = null!;

    internal AgoraSimulator Agora => Cloud.Agora;

    /// <summary>How fast recording time runs.</summary>
    protected virtual double Factor => 20;

    /// <summary>Configuration of the service beside what every test has; the addresses of the simulated Agora are known here.</summary>
    protected virtual IEnumerable<(string Key, string Value)> Settings => [];

    /// <summary>Who is told of events; nobody by default, so that polls alone must do.</summary>
    protected virtual NotificationOptions Notifications => new();

    /// <summary>Where the first project is told of events.</summary>
    internal NotificationReceiver Demo => ReceiverOf(DemoAccount.AppId, "demo");

    /// <summary>Where the second project is told of events.</summary>
    internal NotificationReceiver Second => ReceiverOf(Cloud.SecondAppId, "second");

    public virtual async ValueTask InitializeAsync()
    {
        Cloud = await Cloud.StartAsync(postgres, Factor, Simulate);
        Service = await Cloud.StartReplicaAsync([
            ("Agora__Projects__demo__NotificationSecrets__0", Secret),
            ("Agora__Projects__second__NotificationSecrets__0", Secret),
            .. Settings,
        ]);
        Agora.Notifications.Settings = Notifications;
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Cloud is not null)
        {
            await Cloud.DisposeAsync();
        }
    }

    /// <summary>Changes the simulated Agora before it starts.</summary>
    protected virtual void Simulate(SimulatorOptions options) { }

    /// <summary>Makes a room type over HTTP; its policy is JSON.</summary>
    internal async Task PutRoomTypeAsync(string name, string policy)
    {
        using var http = new HttpClient { BaseAddress = Service.Api.Address };
        using var body = JsonContent.Create(new { description = "Made by a test.", policy = JsonNode.Parse(policy) });
        using var answer = await http.PutAsync($"/v1/room-types/{name}", body, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private NotificationReceiver ReceiverOf(string appId, string project) =>
        new()
        {
            AppId = appId,
            Url = new Uri(Service.Api.Address, $"/agora/notifications/{project}"),
            Secret = Secret,
        };
}
