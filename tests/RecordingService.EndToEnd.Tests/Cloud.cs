using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Npgsql;
using RecordingService.EndToEnd.Tests.Secrets;
using RecordingService.LocalStack.Processes;
using RecordingService.Simulation;

namespace RecordingService.EndToEnd.Tests;

/// <summary>A whole deployment for one test: a database of its own, a simulated Agora, and any number of replicas as processes.</summary>
internal sealed class Cloud : IAsyncDisposable
{
    public const string SecondAppId = "11111111111111111111111111111111";

    private readonly List<Replica> replicas = [];
    private readonly SecretWatch secrets = new();
    private readonly string bucketFolder;
    private readonly ApiConfiguration configuration;

    private Cloud(
        AgoraSimulator agora,
        NpgsqlDataSource database,
        string connectionString,
        string bucketFolder,
        double factor,
        DateTimeOffset realFrom
    )
    {
        Agora = agora;
        Database = database;
        this.bucketFolder = bucketFolder;
        configuration = new ApiConfiguration
        {
            ConnectionString = connectionString,
            AgoraHosts = agora.Hosts,
            BucketAddress = new Uri(agora.PublicBucketUrl, DemoAccount.Bucket),
            Factor = factor,
            RealFrom = realFrom,
            Further = new Dictionary<string, string>
            {
                ["Agora__Projects__second__AppId"] = SecondAppId,
                ["Agora__Projects__second__CustomerKey"] = DemoAccount.CustomerKey,
                ["Agora__Projects__second__CustomerSecret"] = DemoAccount.CustomerSecret,
                ["Agora__Projects__second__Certificate"] = DemoAccount.Certificate,
                ["Agora__Projects__second__StorageProfile"] = "lessons",
                ["Agora__Projects__second__Hosts__0"] = agora.Hosts[0].AbsoluteUri.TrimEnd('/'),
            },
        };
    }

    public AgoraSimulator Agora { get; }

    public NpgsqlDataSource Database { get; }

    /// <summary>Receiver of each line that replicas write, those that are started from now on.</summary>
    public Action<string>? OnOutput { get; set; }

    /// <summary>Starts the surroundings; replicas come with <see cref="StartReplicaAsync"/>.</summary>
    /// <param name="postgres">Where the database comes from.</param>
    /// <param name="factor">How fast recording time runs.</param>
    /// <param name="simulate">Changes the simulated Agora before it starts.</param>
    public static async Task<Cloud> StartAsync(EndToEndDatabase postgres, double factor = 1, Action<SimulatorOptions>? simulate = null) =>
        await StartAsync(await postgres.CreateDatabaseAsync(), factor, simulate);

    /// <summary>The same on a database that is migrated and empty.</summary>
    public static async Task<Cloud> StartAsync(string connectionString, double factor, Action<SimulatorOptions>? simulate = null)
    {
        var cancelled = TestContext.Current.CancellationToken;
        var bucketFolder = Directory.CreateTempSubdirectory("recordings-").FullName;
        // Far enough away that the whole test runs fast.
        var realFrom = TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(1);
        var options = new SimulatorOptions
        {
            BucketFolder = bucketFolder,
            Factor = factor,
            RealFrom = realFrom,
            // Ten requests in a second of fast time are a blink of real time; a window of a real second forgives the machine's jitter.
            RateWindow = TimeSpan.FromSeconds(factor),
            Buckets =
            {
                new SimulatedBucket
                {
                    Name = DemoAccount.Bucket,
                    AccessKey = DemoAccount.AccessKey,
                    SecretKey = DemoAccount.SecretKey,
                },
            },
        };
        foreach (var appId in new[] { DemoAccount.AppId, SecondAppId })
        {
            options.Projects.Add(
                new SimulatedProject
                {
                    AppId = appId,
                    CustomerKey = DemoAccount.CustomerKey,
                    CustomerSecret = DemoAccount.CustomerSecret,
                    Certificate = DemoAccount.Certificate,
                }
            );
        }

        simulate?.Invoke(options);
        var agora = await AgoraSimulator.StartAsync(options, cancelled);
        return new Cloud(agora, NpgsqlDataSource.Create(connectionString), connectionString, bucketFolder, factor, realFrom);
    }

    public async Task<Replica> StartReplicaAsync(params (string Key, string Value)[] settings)
    {
        var onOutput = OnOutput;
        var process = await ApiProcess.StartAsync(
            With(settings),
            onOutput: line =>
            {
                secrets.SeeOutput(line);
                onOutput?.Invoke(line);
            },
            cancellationToken: TestContext.Current.CancellationToken
        );
        var replica = new Replica(process, secrets.Watch());
        lock (replicas)
        {
            replicas.Add(replica);
        }

        return replica;
    }

    /// <summary>Runs a command of the program to its end.</summary>
    public Task<(int ExitCode, IReadOnlyList<string> Output)> RunAsync(
        IReadOnlyList<string> arguments,
        params (string Key, string Value)[] settings
    ) =>
        ServiceProcess.RunAsync(
            new()
            {
                Assembly = ApiProcess.Assembly,
                Arguments = arguments,
                Configuration = With(settings).ToVariables(),
            },
            TestContext.Current.CancellationToken
        );

    private ApiConfiguration With((string Key, string Value)[] settings)
    {
        var further = new Dictionary<string, string>(configuration.Further);
        foreach (var (key, value) in settings)
        {
            further[key] = value;
        }

        return configuration with
        {
            Further = further,
        };
    }

    public async Task<IReadOnlyList<T>> QueryAsync<T>(
        string sql,
        Func<NpgsqlDataReader, T> read,
        params (string Name, object Value)[] parameters
    )
    {
        await using var command = Database.CreateCommand(sql);
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        List<T> rows = [];
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in replicas)
        {
            await replica.DisposeAsync();
        }

        await Agora.DisposeAsync();
        try
        {
            await secrets.SeeTablesAsync(Database);
        }
        catch (NpgsqlException)
        {
            // The test has taken the database away.
        }

        await Database.DisposeAsync();
        Directory.Delete(bucketFolder, recursive: true);
        secrets.Hits.ShouldBeEmpty("a secret was written");
    }
}

/// <summary>A replica of the service and a caller of it.</summary>
internal sealed partial class Replica(ApiProcess api, HttpMessageHandler handler) : IAsyncDisposable
{
    private readonly HttpClient http = new(handler) { BaseAddress = api.Address, Timeout = TimeSpan.FromSeconds(120) };

    public ApiProcess Api => api;

    /// <summary>The number that this replica writes into the leases it takes, as its log tells it.</summary>
    public int Number =>
        int.Parse(
            api.Process.LastOutput.Select(line => OwnNumber().Match(line)).First(match => match.Success).Groups[1].ValueSpan,
            CultureInfo.InvariantCulture
        );

    public async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(
        string path,
        object? body,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body is null ? null : JsonContent.Create(body) };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken));
    }

    public Task<JsonElement> GetAsync(string path) => http.GetFromJsonAsync<JsonElement>(path, TestContext.Current.CancellationToken);

    /// <summary>Asks to record a channel and returns the id.</summary>
    public async Task<string> RecordAsync(string channel, string roomType = "lecture", string project = "demo", TimeSpan wait = default)
    {
        var (status, body) = await PostAsync(
            "/v1/recordings",
            new
            {
                channel,
                roomType,
                project,
            },
            ("Prefer", $"wait={wait.TotalSeconds:0}")
        );
        ((int)status).ShouldBeInRange(200, 202, body.ToString());
        return body.GetProperty("id").GetString()!;
    }

    public async Task<string> StateAsync(string id) => (await GetAsync($"/v1/recordings/{id}")).GetProperty("state").GetString()!;

    /// <summary>Everything that happened to a recording, one line each: what a failed test needs to be understood.</summary>
    public async Task<string> TellAsync(string id)
    {
        var lines = (await GetAsync($"/v1/recordings/{id}/timeline?limit=500")).GetProperty("items").EnumerateArray();
        return string.Join(
            '\n',
            lines.Select(line =>
                $"{line.GetProperty("at").GetString()} {line.GetProperty("kind")} {line.GetProperty("message")} x{line.GetProperty("count")}"
            )
        );
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await api.DisposeAsync();
    }

    [GeneratedRegex("\"Replica\":(\\d+)")]
    private static partial Regex OwnNumber();
}
