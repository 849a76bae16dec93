using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using RecordingService.LocalStack.Processes;
using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Secrets;

/// <summary>Secrets that can be recognised go through starts, failures, notifications and reads; then all that was written is searched for them.</summary>
public sealed class SecretTests(EndToEndDatabase postgres)
{
    /// <summary>Callers' own text: it must be found, or the search sees nothing.</summary>
    private const string Control = "planted-as-control-7Yq+/Z2m";

    private static readonly string AddressToken = Planted("address");
    private static readonly string Certificate = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    private readonly Dictionary<string, string> secrets = new()
    {
        ["customer key"] = Planted("customer-key"),
        ["customer secret"] = Planted("customer-secret"),
        ["certificate"] = Certificate,
        ["notification secret"] = Planted("notification-secret"),
        ["storage access key"] = Planted("access-key"),
        ["storage secret key"] = Planted("secret-key"),
        ["channel key"] = Planted("channel-key"),
        ["key that seals secrets"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
    };

    private readonly ConcurrentQueue<(string Where, string Text)> written = [];

    [Fact]
    public async Task Secrets_ThatGoThroughTheService_AreWrittenNowhere()
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        if (new NpgsqlConnectionStringBuilder(connectionString) is { Password: null or "" } open)
        {
            // The private server asks for none, and takes any.
            open.Password = secrets["database password"] = Planted("database-password");
            connectionString = open.ConnectionString;
        }

        await using var cloud = await Cloud.StartAsync(connectionString, factor: 20, Simulate);
        cloud.OnOutput = line => written.Enqueue(("output of the service", line));
        (string, string)[] settings = [.. Settings()];

        // The first key, as an administrator makes it. Only here its output is meant to have it.
        var (code, output) = await cloud.RunAsync(["--create-key", "console", "--scopes", "admin,read,record,operate"], settings);
        code.ShouldBe(0, string.Join('\n', output));
        var first = output.Single(line => line.StartsWith("rsk_", StringComparison.Ordinal));
        AddKey("first key", first);
        string.Join('\n', output.Except([first])).ShouldNotContain(first.Split('_')[2]);

        var service = await cloud.StartReplicaAsync(settings);
        await LiveAsync(cloud, service, first);
        // Its output is complete when it has ended.
        (await service.Api.TerminateAsync(cancellationToken: TestContext.Current.CancellationToken)).ShouldBe(0);

        await ReadTablesAsync(cloud);
        var search = new SecretSearch(secrets);
        var hits = written
            .SelectMany(one => search.In(one.Text).Select(found => (one.Where, found)))
            .GroupBy(hit => hit)
            .Select(hit => $"{hit.Key.Where}: {hit.Key.found} x{hit.Count()}")
            .ToList();

        hits.ShouldBe(
            [
                "answer to POST /v1/api-keys: second key (plain) x1",
                "answer to POST /v1/webhooks: webhook secret (plain) x1",
                "answer to POST /v1/webhooks/*/rotate: newer webhook secret (plain) x1",
            ],
            ignoreOrder: true,
            string.Join('\n', hits)
        );
        // An address may hold a secret of its receiver: callers who may see the webhook see it, and nobody else.
        var address = new SecretSearch(new Dictionary<string, string> { ["address"] = AddressToken });
        written
            .Where(one => address.In(one.Text).Count > 0)
            .Select(one => one.Where)
            .Distinct()
            .ShouldBeSubsetOf([
                "table recording.webhooks",
                .. written.Select(one => one.Where).Where(where => where.Contains("/v1/webhooks")),
            ]);
        written.ShouldNotContain(one => one.Text.Contains("007eJx", StringComparison.Ordinal), "tokens of recorders are secrets, too");
        ShouldSeeTheControl();
    }

    /// <summary>Everything that the service does with secrets, well and badly.</summary>
    private async Task LiveAsync(Cloud cloud, Replica service, string first)
    {
        using var http = new HttpClient(new Witness(written)) { BaseAddress = service.Api.Address, Timeout = TimeSpan.FromSeconds(120) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", first);
        cloud.Agora.Notifications.Settings = new NotificationOptions
        {
            Url = new Uri(service.Api.Address, "/agora/notifications/demo"),
            Secret = secrets["notification secret"],
        };

        var webhook = await MakeWebhookAsync(http);
        var second = await MakeKeyAsync(http);
        await UseKeysBadlyAsync(http, second);

        // A class from start to end, and one whose channel is encrypted.
        var id = await StartAsync(
            http,
            new
            {
                channel = "whole",
                roomType = "lecture",
                externalId = Control,
            }
        );
        var encrypted = await StartAsync(
            http,
            new
            {
                channel = "encrypted",
                roomType = "lecture",
                encryption = new
                {
                    mode = "aes128Gcm2",
                    key = "planted",
                    salt = Convert.ToBase64String(new byte[32]),
                },
            }
        );

        // Agora refuses, and quotes what it was sent.
        var credentials = $"{secrets["customer key"]}:{secrets["customer secret"]}";
        var sent = $"{credentials} Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))} {Certificate}";
        var sentToStart = $"{sent} {secrets["storage access key"]} {secrets["storage secret key"]} {secrets["channel key"]}";
        foreach (
            var (operation, status, quoted) in new[]
            {
                (AgoraOperation.Acquire, 401, sent),
                (AgoraOperation.Start, 400, sentToStart),
                (AgoraOperation.Start, 500, sentToStart),
            }
        )
        {
            var channel = $"refused-{operation}-{status}";
            cloud.Agora.Faults.Add(
                Fault.Refuse(
                    new FaultMatch
                    {
                        Operation = operation,
                        Channel = channel,
                        Times = 2,
                    },
                    status,
                    2,
                    quoted
                )
            );
            await StartAsync(http, new { channel, roomType = "lecture" });
        }

        await BecomesAsync(http, id, "recording");
        await BecomesAsync(http, encrypted, "recording");
        await ShouldAppearAsync(cloud, "refused-Start-400");
        await ShouldAppearAsync(cloud, "refused-Acquire-401");

        using (await http.PostAsync($"/v1/recordings/{id}/stop", null, TestContext.Current.CancellationToken)) { }

        await BecomesAsync(http, id, "completed");
        await Eventually.HoldsAsync(async () =>
            (await cloud.QueryAsync("select count(*) from recording.webhook_attempts where attempt > 1", row => row.GetInt64(0)))[0] > 0
        );
        await ReadAllAsync(http, id, webhook);
        await ReadAllAsync(http, encrypted, webhook);
    }

    private async Task<string> MakeKeyAsync(HttpClient http)
    {
        using var made = await http.PostAsJsonAsync(
            "/v1/api-keys",
            new { caller = "timetable", scopes = (string[])["read"] },
            TestContext.Current.CancellationToken
        );
        var key = (await made.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken))
            .GetProperty("key")
            .GetString()!;
        AddKey("second key", key);
        return key;
    }

    /// <summary>A webhook that nobody takes, whose secret is changed.</summary>
    private async Task<string> MakeWebhookAsync(HttpClient http)
    {
        var url = $"http://127.0.0.1:{LoopbackPort.FindFree()}/{AddressToken}";
        using var made = await http.PostAsJsonAsync("/v1/webhooks", new { url }, TestContext.Current.CancellationToken);
        var webhook = await made.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        secrets["webhook secret"] = webhook.GetProperty("secret").GetString()!["whsec_".Length..];
        var id = webhook.GetProperty("id").GetString()!;
        using var rotated = await http.PostAsync($"/v1/webhooks/{id}/rotate", null, TestContext.Current.CancellationToken);
        var again = await rotated.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        secrets["newer webhook secret"] = again.GetProperty("secret").GetString()!["whsec_".Length..];
        using var tested = await http.PostAsync($"/v1/webhooks/{id}/test", null, TestContext.Current.CancellationToken);
        tested.StatusCode.ShouldBe(HttpStatusCode.OK);
        return id;
    }

    /// <summary>Keys where they do not belong, keys that are none, and one that is revoked.</summary>
    private async Task UseKeysBadlyAsync(HttpClient http, string key)
    {
        var id = key.Split('_')[1];
        var wrong = $"rsk_{id}_{RandomNumberGenerator.GetHexString(43)}";
        AddKey("wrong key", wrong);
        foreach (
            var header in new[]
            {
                $"Bearer {wrong}",
                $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"x:{key}"))}",
                key,
                $"Bearer  {key}x",
            }
        )
        {
            await SendAsync(http, HttpMethod.Get, "/v1/room-types", header);
        }

        await SendAsync(http, HttpMethod.Get, $"/v1/recordings?key={key}");
        await SendAsync(http, HttpMethod.Get, $"/v1/recordings/{key}");
        await SendAsync(http, HttpMethod.Get, $"/v1/{key}");
        await SendAsync(http, HttpMethod.Delete, $"/v1/api-keys/{key}");
        await SendAsync(http, HttpMethod.Delete, $"/v1/api-keys/{id}");
        await SendAsync(http, HttpMethod.Get, "/v1/room-types", $"Bearer {key}");
        // A notification that nobody signed.
        await SendAsync(http, HttpMethod.Post, "/agora/notifications/demo");
        // The way by which the control comes into the log.
        await SendAsync(http, HttpMethod.Get, $"/v1/room-types/{Uri.EscapeDataString(Control)}");
    }

    private static async Task SendAsync(HttpClient http, HttpMethod method, string path, string? authorization = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static async Task<string> StartAsync(HttpClient http, object body)
    {
        using var answer = await http.PostAsJsonAsync("/v1/recordings", body, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("id").GetString()!;
    }

    private static Task<string?> BecomesAsync(HttpClient http, string id, string wanted) =>
        Eventually.BecomesAsync(
            async () =>
                (await http.GetFromJsonAsync<JsonElement>($"/v1/recordings/{id}", TestContext.Current.CancellationToken))
                    .GetProperty("state")
                    .GetString(),
            state => state == wanted,
            TimeSpan.FromSeconds(60)
        );

    /// <summary>Agora's refusal was met and told.</summary>
    private static Task ShouldAppearAsync(Cloud cloud, string channel) =>
        Eventually.HoldsAsync(async () =>
            (
                await cloud.QueryAsync(
                    "select count(*) from recording.log l join recording.recordings r on r.id = l.recording_id where r.channel = @channel and l.detail ? 'failure'",
                    row => row.GetInt64(0),
                    ("channel", channel)
                )
            )[0] > 0
        );

    /// <summary>Every address that can be read, as the document lists them.</summary>
    private static async Task ReadAllAsync(HttpClient http, string id, string webhook)
    {
        var document = JsonNode.Parse(await http.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken))!;
        var paths = document["paths"]!.AsObject().Where(path => path.Value!["get"] is not null).Select(path => path.Key).ToList();
        paths.Count.ShouldBeGreaterThan(15);
        foreach (var path in paths.Append("/problems/not-authenticated").Append("/swagger/index.html").Append("/v1/recordings?limit=200"))
        {
            var address = path.Replace("{id}", id, StringComparison.Ordinal)
                .Replace("{webhook}", webhook, StringComparison.Ordinal)
                .Replace("{name}", "lecture", StringComparison.Ordinal)
                .Replace("{project}", "demo", StringComparison.Ordinal);
            // The witness reads them, and one never ends: its events are those of the list.
            if (path.EndsWith("/stream", StringComparison.Ordinal))
            {
                continue;
            }

            using var answer = await http.GetAsync(address, TestContext.Current.CancellationToken);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, address);
        }
    }

    private async Task ReadTablesAsync(Cloud cloud)
    {
        var tables = await cloud.QueryAsync(
            "select format('%I.%I', table_schema, table_name) from information_schema.tables where table_schema = 'recording'",
            row => row.GetString(0)
        );
        tables.Count.ShouldBeGreaterThan(10);
        foreach (var table in tables)
        {
            foreach (var row in await cloud.QueryAsync($"select t::text from {table} t", row => row.GetString(0)))
            {
                written.Enqueue(($"table {table}", row));
            }
        }
    }

    /// <summary>What is there is found, wherever the service writes.</summary>
    private void ShouldSeeTheControl()
    {
        var search = new SecretSearch(new Dictionary<string, string> { ["control"] = Control });
        var places = written.Where(one => search.In(one.Text).Count > 0).Select(one => one.Where).Distinct().ToList();
        places.ShouldContain("output of the service");
        places.ShouldContain("table recording.recordings");
        places.ShouldContain(place => place.StartsWith("answer to GET /v1/recordings/", StringComparison.Ordinal));
    }

    private void AddKey(string name, string key) => secrets[name] = key.Split('_')[2];

    private static string Planted(string name) => $"pl{name}{RandomNumberGenerator.GetHexString(24)}";

    private void Simulate(SimulatorOptions options)
    {
        foreach (var project in options.Projects)
        {
            (project.CustomerKey, project.CustomerSecret, project.Certificate) = (
                secrets["customer key"],
                secrets["customer secret"],
                Certificate
            );
        }

        foreach (var bucket in options.Buckets)
        {
            (bucket.AccessKey, bucket.SecretKey) = (secrets["storage access key"], secrets["storage secret key"]);
        }
    }

    private IEnumerable<(string Key, string Value)> Settings()
    {
        yield return ("Access__Required", "true");
        foreach (var project in new[] { "demo", "second" })
        {
            yield return ($"Agora__Projects__{project}__CustomerKey", secrets["customer key"]);
            yield return ($"Agora__Projects__{project}__CustomerSecret", secrets["customer secret"]);
            yield return ($"Agora__Projects__{project}__Certificate", Certificate);
        }

        yield return ("Agora__Projects__demo__NotificationSecrets__0", secrets["notification secret"]);
        yield return ("Agora__Projects__demo__ChannelKeys__planted", secrets["channel key"]);
        yield return ("Secrets__Keys__local", secrets["key that seals secrets"]);
        yield return ("Webhooks__RetryLadder__0", "00:00:01");
        yield return ("Storage__Profiles__lessons__AccessKey", secrets["storage access key"]);
        yield return ("Storage__Profiles__lessons__SecretKey", secrets["storage secret key"]);
        // All that the service and the framework can tell.
        yield return ("Serilog__MinimumLevel__Default", "Debug");
        foreach (
            var source in new[]
            {
                "Microsoft",
                "System",
                "Microsoft.EntityFrameworkCore.Database.Command",
                "Microsoft.EntityFrameworkCore.Database.Connection",
                "Microsoft.EntityFrameworkCore.Query",
            }
        )
        {
            yield return ($"Serilog__MinimumLevel__Override__{source}", "Verbose");
        }
    }

    /// <summary>Keeps every answer: status line, headers, body.</summary>
    private sealed class Witness(ConcurrentQueue<(string Where, string Text)> written) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = await base.SendAsync(request, cancellationToken);
            await answer.Content.LoadIntoBufferAsync(cancellationToken);
            // Whatever id a webhook has.
            var path = request.RequestUri!.AbsolutePath.Split('/');
            var where = path is ["", "v1", "webhooks", _, var then]
                ? $"answer to {request.Method} /v1/webhooks/*/{then}"
                : $"answer to {request.Method} {request.RequestUri.AbsolutePath}";
            // The whole body: what it carries in pieces would be found in none of them.
            written.Enqueue(
                (where, $"{answer.Headers}{answer.Content.Headers}{await answer.Content.ReadAsStringAsync(cancellationToken)}")
            );
            return answer;
        }
    }
}
