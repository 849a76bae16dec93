using System.Net;
using Npgsql;
using RecordingService.Api.Problems;
using RecordingService.Api.Tests.Support;
using RecordingService.LocalStack.Processes;
using RecordingService.Testing;

namespace RecordingService.Api.Tests;

public sealed class DatabaseOutageTests(ApiPostgres postgres)
{
    private static readonly (string Method, string Path, string? Body)[] Requests =
    [
        ("POST", "/v1/recordings", """{"channel":"c","roomType":"lecture"}"""),
        ("GET", "/v1/recordings", null),
        ("GET", "/v1/recordings/019900b7-e200-7cc1-9d6e-0f2b7c1d8a11", null),
        ("PATCH", "/v1/recordings/019900b7-e200-7cc1-9d6e-0f2b7c1d8a11", """{"maxDuration":"PT1H"}"""),
        ("POST", "/v1/recordings/019900b7-e200-7cc1-9d6e-0f2b7c1d8a11/stop", null),
        ("POST", "/v1/channels/c/stop", null),
        ("GET", "/v1/room-types", null),
    ];

    /// <summary>A caller that hears nothing for longer takes the service for dead.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(14);

    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    public async Task Database_NeverThere_RequestsAreToldToComeBack(string environment)
    {
        var nobody = $"Host=127.0.0.1;Port={LoopbackPort.FindFree()};Database=d;Username=u;Password=secret-word;Timeout=2";
        await using var api = TestApi.StartUnready(nobody, environment);

        await ShouldBeAwayAsync(api);
    }

    [Fact]
    public async Task Database_NotMigrated_RequestsAreToldToComeBack()
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        await using (var database = NpgsqlDataSource.Create(connectionString))
        {
            // Before the service looks at it: a schema that vanishes under a running one is no missing migration.
            await using var drop = database.CreateCommand("drop schema recording cascade");
            await drop.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await using var api = TestApi.StartUnready(connectionString);

        await ShouldBeAwayAsync(api);
    }

    [Fact]
    public async Task Database_LostInMidLife_IsNoticedAndTheServiceRecoversByItself()
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        await using var api = await TestApi.StartAsync(connectionString);
        var id = await api.RecordAsync("survives");

        await SetReachableAsync(connectionString, false);
        await ShouldBeAwayAsync(api);
        await SetReachableAsync(connectionString, true);

        await Eventually.HoldsAsync(async () => (await api.GetAsync("/health/ready")).StatusCode == HttpStatusCode.OK);
        using var answer = await api.PostAsync("/v1/recordings", """{"channel":"survives","roomType":"lecture"}""");
        (await answer.ShouldBeAsync(200)).GetProperty("id").GetGuid().ShouldBe(id);
    }

    [Fact]
    public async Task Database_Dropped_RequestsAreToldToComeBack()
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        await using var api = await TestApi.StartAsync(connectionString);

        await AdministerAsync($"drop database {new NpgsqlConnectionStringBuilder(connectionString).Database} with (force)");

        await ShouldBeAwayAsync(api);
    }

    [Fact]
    public async Task Database_Frozen_RequestsAreToldToComeBackInsteadOfHanging()
    {
        var target = new NpgsqlConnectionStringBuilder(await postgres.CreateDatabaseAsync());
        await using var relay = new Relay(target.Port);
        // As by default, only sooner.
        var frozen = new NpgsqlConnectionStringBuilder(target.ConnectionString)
        {
            Host = "127.0.0.1",
            Port = relay.Port,
            Timeout = 1,
            CommandTimeout = 1,
        };
        await using var api = await TestApi.StartAsync(frozen.ConnectionString);
        var id = await api.RecordAsync("frozen");

        relay.Freeze();
        await ShouldBeAwayAsync(api, tries: 1);
        relay.Thaw();

        await Eventually.HoldsAsync(async () => (await api.GetAsync("/health/ready")).StatusCode == HttpStatusCode.OK);
        using var answer = await api.PostAsync("/v1/recordings", """{"channel":"frozen","roomType":"lecture"}""");
        (await answer.ShouldBeAsync(200)).GetProperty("id").GetGuid().ShouldBe(id);
    }

    private static async Task ShouldBeAwayAsync(TestApi api, int tries = 2)
    {
        foreach (var (method, path, body) in Requests)
        {
            // A pooled connection may notice only now; every kind of failure has to be answered alike.
            for (var i = 0; i < tries; i++)
            {
                using var answer = await api.SendAsync(new HttpMethod(method), path, body)
                    .WaitAsync(Patience, TestContext.Current.CancellationToken);
                await answer.ShouldBeAsync(Problem.DatabaseUnavailable);
                answer.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(5));
            }
        }

        using var ready = await api.GetAsync("/health/ready").WaitAsync(Patience, TestContext.Current.CancellationToken);
        (await ready.ShouldBeAsync(503)).GetProperty("status").GetString().ShouldBe("waiting for the database or its migration");
        ready.Headers.RetryAfter.ShouldNotBeNull();
        using var live = await api.GetAsync("/health/live");
        await live.ShouldBeAsync(200);
        using var document = await api.GetAsync("/openapi/v1.json");
        document.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private async Task SetReachableAsync(string connectionString, bool reachable)
    {
        var database = new NpgsqlConnectionStringBuilder(connectionString).Database!;
        await AdministerAsync($"alter database {database} with allow_connections {reachable}");
        if (!reachable)
        {
            await AdministerAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{database}'");
        }
    }

    private async Task AdministerAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(postgres.AdminConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
