extern alias api;

using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using RecordingService.Infrastructure.Engine;
using RecordingService.LocalStack.Processes;
using RecordingService.Testing;

namespace RecordingService.Api.Tests.Support;

/// <summary>The whole API on a port of its own; unless a test wants otherwise, it only stores and answers, so nothing moves by itself.</summary>
public sealed class TestApi : IAsyncDisposable
{
    private readonly Host host;
    private readonly NpgsqlDataSource database;

    private TestApi(string connectionString, string environment, IReadOnlyDictionary<string, string?> settings)
    {
        ConnectionString = connectionString;
        host = new Host(connectionString, environment, settings);
        host.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        host.StartServer();
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = host.ClientOptions.BaseAddress };
        Http.DefaultRequestHeaders.Authorization = new("Bearer", TestKey.Text);
        Stranger = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = host.ClientOptions.BaseAddress };
        database = NpgsqlDataSource.Create(connectionString);
    }

    /// <summary>The caller <c>tests</c>, whose key has all scopes and all projects.</summary>
    public HttpClient Http { get; }

    /// <summary>A caller that sends no key by itself.</summary>
    public HttpClient Stranger { get; }

    public string ConnectionString { get; }

    public IServiceProvider Services => host.Services;

    /// <summary>Makes a key of a caller.</summary>
    public async Task<ApiKeyOutcome.Created> CreateKeyAsync(
        string caller,
        IReadOnlyList<Scope> scopes,
        IReadOnlyList<string>? projects = null
    ) =>
        (
            await Services
                .GetRequiredService<ApiKeys>()
                .CreateAsync(new(caller, scopes, projects, null), new("fixture"), TestContext.Current.CancellationToken)
        ).ShouldBeOfType<ApiKeyOutcome.Created>();

    /// <summary>Sends a request with a key, or with none.</summary>
    public async Task<HttpResponseMessage> SendAsAsync(string? key, HttpMethod method, string path, string? json = null)
    {
        using var request = Request(method, path, json);
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        }

        // Answers that never end are read as far as a test reads them.
        return await Stranger.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    public static async Task<TestApi> StartAsync(
        string connectionString,
        string environment = "Production",
        IReadOnlyDictionary<string, string?>? settings = null
    )
    {
        var api = StartUnready(connectionString, environment, settings);
        await Eventually.HoldsAsync(async () => (await api.GetAsync("/health/ready")).StatusCode == HttpStatusCode.OK);
        return api;
    }

    public static TestApi StartUnready(
        string connectionString,
        string environment = "Production",
        IReadOnlyDictionary<string, string?>? settings = null
    ) => new(connectionString, environment, settings ?? new Dictionary<string, string?>());

    public Task<HttpResponseMessage> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<HttpResponseMessage> PostAsync(string path, string? json = null, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, json, headers);

    public Task<HttpResponseMessage> PatchAsync(string path, string json) => SendAsync(HttpMethod.Patch, path, json);

    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        string? json = null,
        params (string Name, string Value)[] headers
    )
    {
        using var request = Request(method, path, json, headers);
        return await Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public static HttpRequestMessage Request(HttpMethod method, string path, string? json, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        if (json is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(json));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    /// <summary>Sends a request whose answer may never end.</summary>
    public async Task<HttpResponseMessage> OpenAsync(HttpMethod method, string path, string? json)
    {
        using var request = Request(method, path, json);
        return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    /// <summary>Starts a recording and returns its id.</summary>
    public async Task<Guid> RecordAsync(string channel, string roomType = "lecture", string more = "")
    {
        using var answer = await PostAsync("/v1/recordings", $$"""{"channel":"{{channel}}","roomType":"{{roomType}}"{{more}}}""");
        return (await answer.ShouldBeAsync(202)).GetProperty("id").GetGuid();
    }

    /// <summary>What the database holds of callers' requests.</summary>
    public Task<long> CountRowsAsync() =>
        ReadAsync<long>(
            """
            select (select count(*) from recording.recordings) + (select count(*) from recording.runs) + (select count(*) from recording.schedule)
                 + (select count(*) from recording.idempotency) + (select count(*) from recording.log) + (select count(*) from recording.inputs)
            """
        );

    public async Task<T> ReadAsync<T>(string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    /// <summary>Lets something happen to a recording that only the orchestrator or Agora could bring about.</summary>
    public async Task HappensAsync(string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The service is asked to stop, as by its platform.</summary>
    public Task StopAsync() => host.Services.GetRequiredService<IHost>().StopAsync(TestContext.Current.CancellationToken);

    /// <summary>Holds what a statement locks until it is disposed of.</summary>
    public async Task<IAsyncDisposable> LockAsync(string sql)
    {
        var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand($"begin; {sql}", connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        // The pool rolls back what is open.
        return connection;
    }

    public Task EndAsync(Guid id) =>
        HappensAsync($"update recording.recordings set ended_at = accepted_at, stop_ordered_at = accepted_at where id = '{id}'");

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Stranger.Dispose();
        try
        {
            await host.DisposeAsync();
        }
        catch (Exception e)
            when (e is ObjectDisposedException
                || (e is AggregateException several && several.InnerExceptions.All(one => one is ObjectDisposedException))
            )
        {
            // The factory stops the host once more while the program, which it told to end, is disposing of it.
        }

        await database.DisposeAsync();
    }

    private sealed class Host(string connectionString, string environment, IReadOnlyDictionary<string, string?> settings)
        : WebApplicationFactory<api::Program>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            const string project = "Agora:Projects:School:";
            const string profile = "Storage:Profiles:Lessons:";
            builder.UseEnvironment(environment);
            Dictionary<string, string?> all = new()
            {
                ["ConnectionStrings:Recording"] = connectionString,
                ["Engine:Works"] = "false",
                ["Engine:Drain"] = "00:00:01",
                // Tests ask faster than any caller may.
                ["Access:RequestsPerSecond"] = "100000",
                ["Access:Burst"] = "1000000",
                ["Serilog:MinimumLevel"] = "Fatal",
                ["Serilog:MinimumLevel:Override:Microsoft.Hosting.Lifetime"] = "Fatal",
                [$"{project}AppId"] = DemoAccount.AppId,
                [$"{project}CustomerKey"] = DemoAccount.CustomerKey,
                [$"{project}CustomerSecret"] = DemoAccount.CustomerSecret,
                [$"{project}Certificate"] = DemoAccount.Certificate,
                [$"{project}Hosts:0"] = $"http://127.0.0.1:{LoopbackPort.FindFree()}",
                [$"{project}StorageProfile"] = "Lessons",
                [$"{profile}Vendor"] = "AmazonS3",
                [$"{profile}Region"] = "US_EAST_1",
                [$"{profile}Bucket"] = DemoAccount.Bucket,
                [$"{profile}AccessKey"] = DemoAccount.AccessKey,
                [$"{profile}SecretKey"] = DemoAccount.SecretKey,
                [$"{profile}Probe"] = "false",
                ["Secrets:Keys:test"] = DemoAccount.MasterKey,
            };
            foreach (var (key, value) in settings)
            {
                all[key] = value;
            }

            foreach (var (key, value) in all.Where(setting => setting.Value is not null))
            {
                builder.UseSetting(key, value);
            }
        }
    }
}
