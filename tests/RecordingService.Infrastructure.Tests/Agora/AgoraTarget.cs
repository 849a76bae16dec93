using System.Net.Http.Headers;
using System.Text;
using RecordingService.Simulation;

namespace RecordingService.Infrastructure.Tests.Agora;

/// <summary>Something that speaks Agora's REST interface: the simulator, or a project of the real one.</summary>
internal sealed class AgoraTarget : IAsyncDisposable
{
    public const string Simulator = "simulator";
    public const string RealProject = "real project";

    private static readonly string[] Variables =
    [
        "AGORA_TEST_APP_ID",
        "AGORA_TEST_CUSTOMER_KEY",
        "AGORA_TEST_CUSTOMER_SECRET",
        "AGORA_TEST_CERTIFICATE",
    ];

    private readonly AgoraSimulator? _simulator;
    private readonly string[] _account;

    private AgoraTarget(AgoraSimulator? simulator, string[] account) => (_simulator, _account) = (simulator, account);

    /// <summary>Why the real project cannot be asked; null when it can.</summary>
    public static string? WhyNotReal =>
        Variables.Where(name => string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name))).ToList() is { Count: > 0 } missing
            ? $"No Agora project to test against: {string.Join(", ", missing)} not set."
            : null;

    public static async Task<AgoraTarget> StartAsync(string name)
    {
        if (name == RealProject)
        {
            return new AgoraTarget(null, [.. Variables.Select(variable => Environment.GetEnvironmentVariable(variable)!)]);
        }

        string[] account = [ClientUnderTest.AppId, "customer-key", ClientUnderTest.CustomerSecret, ClientUnderTest.Certificate];
        var options = new SimulatorOptions
        {
            Projects =
            {
                new SimulatedProject
                {
                    AppId = account[0],
                    CustomerKey = account[1],
                    CustomerSecret = account[2],
                    Certificate = account[3],
                },
            },
        };
        return new AgoraTarget(await AgoraSimulator.StartAsync(options, TestContext.Current.CancellationToken), account);
    }

    /// <summary>The client, with keys that open no bucket.</summary>
    public ClientUnderTest Client(params (string Key, string? Value)[] overrides) =>
        new(
            _simulator is null ? [] : [Host.AbsoluteUri.TrimEnd('/')],
            [
                ("Agora:Projects:school:AppId", _account[0]),
                ("Agora:Projects:school:CustomerKey", _account[1]),
                ("Agora:Projects:school:CustomerSecret", _account[2]),
                ("Agora:Projects:school:Certificate", _account[3]),
                ("Agora:ConnectTimeout", "00:00:02"),
                ("Agora:AttemptTimeout", "00:00:06"),
                .. overrides,
            ]
        );

    /// <summary>An answer to a GET below cloud_recording that the client never sends.</summary>
    public async Task<(int Status, byte[] Body)> GetAsync(string path)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Host, $"/v1/apps/{_account[0]}/cloud_recording/{path}"));
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"{_account[1]}:{_account[2]}"))
        );
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        if (_simulator is not null)
        {
            await _simulator.DisposeAsync();
        }
    }

    private Uri Host => _simulator?.Hosts[0] ?? new Uri("https://api.agora.io");
}
