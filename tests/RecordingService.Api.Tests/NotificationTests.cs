using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using RecordingService.Api.Problems;
using RecordingService.Api.Tests.Support;
using RecordingService.LocalStack.Processes;
using RecordingService.Testing;

namespace RecordingService.Api.Tests;

public sealed class NotificationTests(ApiPostgres postgres) : IAsyncLifetime
{
    private const string Path = "/agora/notifications";
    private const string OldSecret = "secret-until-yesterday";
    private const string NewSecret = "secret-from-today";
    private const string OtherSecret = "secret-of-the-academy";
    private const string V2 = "Agora-Signature-V2";
    private const string V1 = "Agora-Signature";
    private const string Notice = """
        {"noticeId":"n1","productId":3,"eventType":40,"notifyMs":1795255206001,
         "payload":{"cname":"maths","uid":"900000001","sid":"s1","sequence":0,"sendts":1795255205871,"details":{"msgName":"recorder_started","status":0}}}
        """;

    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Agora:Projects:School:NotificationSecrets:0"] = OldSecret,
        ["Agora:Projects:School:NotificationSecrets:1"] = NewSecret,
        ["Agora:DefaultProject"] = "School",
        ["Agora:Projects:Academy:AppId"] = "11111111111111111111111111111111",
        ["Agora:Projects:Academy:CustomerKey"] = "key",
        ["Agora:Projects:Academy:CustomerSecret"] = "secret",
        ["Agora:Projects:Academy:NotificationSecrets:0"] = OtherSecret,
        ["Agora:Projects:Academy:StorageProfile"] = "Lessons",
        ["Agora:Projects:Quiet:AppId"] = "22222222222222222222222222222222",
        ["Agora:Projects:Quiet:CustomerKey"] = "key",
        ["Agora:Projects:Quiet:CustomerSecret"] = "secret",
        ["Agora:Projects:Quiet:StorageProfile"] = "Lessons",
    };

    private string connectionString = "";
    private TestApi api = null!;

    public async ValueTask InitializeAsync()
    {
        connectionString = await postgres.CreateDatabaseAsync();
        api = await TestApi.StartAsync(connectionString, settings: Settings);
    }

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Fact]
    public async Task Notification_ForARunOfThisService_IsTakenInAndThenRepeated()
    {
        var id = await RecordAsync();

        (await FateAsync(Notice, NewSecret)).ShouldBe("takenIn");
        (await FateAsync(Notice, NewSecret)).ShouldBe("repeated");

        (await api.ReadAsync<long>($"select count(*) from recording.inputs where recording_id = '{id}'")).ShouldBe(1);
    }

    [Fact]
    public async Task Notification_ForNobody_IsKeptAndAnsweredWithJson()
    {
        using var answer = await PostAsync(Path, Notice, (V2, Sha256(Notice, NewSecret)));

        // Agora repeats what is not answered with 200 and JSON.
        (await answer.ShouldBeAsync(200))
            .GetProperty("fate")
            .GetString()
            .ShouldBe("unmatched");
        (await api.ReadAsync<string>("select project || ' ' || body from recording.notifications")).ShouldBe($"school {Notice}");
    }

    [Theory]
    [InlineData(Path, OldSecret)]
    [InlineData(Path, NewSecret)]
    [InlineData(Path + "/School", OldSecret)]
    [InlineData(Path + "/school", NewSecret)]
    public async Task Notification_SignedWithEitherSecretOfARotation_IsStored(string path, string secret)
    {
        using var answer = await PostAsync(path, Notice, (V2, Sha256(Notice, secret)));

        await answer.ShouldBeAsync(200);
        (await CountAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Notification_SignedWithV1Alone_IsStored()
    {
        using var answer = await PostAsync(Path, Notice, (V1, Sha1(Notice, NewSecret)));

        await answer.ShouldBeAsync(200);
    }

    [Theory]
    [InlineData("none", Path)]
    [InlineData("empty", Path)]
    [InlineData("guessed", Path)]
    [InlineData("of another body", Path)]
    [InlineData("in capitals", Path)]
    [InlineData("V1 right, V2 wrong", Path)]
    [InlineData("V1 in place of V2", Path)]
    [InlineData("of another project", Path + "/School")]
    [InlineData("of a project without secret", Path + "/quiet")]
    public async Task Notification_NotSignedByThisProject_IsRefusedAndChangesNothing(string signature, string path)
    {
        var id = await RecordAsync();
        (string, string)[] headers = signature switch
        {
            "none" => [],
            "empty" => [(V2, ""), (V1, "")],
            "guessed" => [(V2, Sha256(Notice, "guess")), (V1, Sha1(Notice, "guess"))],
            "of another body" => [(V2, Sha256(Notice.Replace("\"n1\"", "\"n2\""), NewSecret))],
            "in capitals" => [(V2, Sha256(Notice, NewSecret).ToUpperInvariant())],
            "V1 right, V2 wrong" => [(V2, Sha256(Notice, "guess")), (V1, Sha1(Notice, NewSecret))],
            "V1 in place of V2" => [(V2, Sha1(Notice, NewSecret))],
            _ => [(V2, Sha256(Notice, OtherSecret))],
        };
        var before = await api.ReadAsync<string>($"select s::text from recording.schedule s where recording_id = '{id}'");

        using var answer = await PostAsync(path, Notice, headers);

        await answer.ShouldBeAsync(Problem.NotSigned);
        (await CountAsync()).ShouldBe(0);
        (await api.ReadAsync<long>("select count(*) from recording.inputs")).ShouldBe(0);
        (await api.ReadAsync<string>($"select s::text from recording.schedule s where recording_id = '{id}'")).ShouldBe(before);
    }

    [Fact]
    public async Task Notification_ForAProjectThatDoesNotExist_IsRefused()
    {
        using var answer = await PostAsync($"{Path}/nobody", Notice, (V2, Sha256(Notice, NewSecret)));

        (await answer.ShouldBeAsync(Problem.NotFound)).Detail.ShouldContain("nobody");
        (await CountAsync()).ShouldBe(0);
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("""{"productId":3}""")]
    [InlineData("""{"eventType":40,"noticeId":"\ud800"}""")]
    public async Task Notification_SignedButUnreadable_IsRefused(string body)
    {
        using var answer = await PostAsync(Path, body, (V2, Sha256(body, NewSecret)));

        await answer.ShouldBeAsync(Problem.MalformedBody);
        (await CountAsync()).ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Notification_LargerThanOneMegabyte_IsRefused(bool chunked)
    {
        // Kestrel counts the frame of chunks too.
        var largest = Padded(1024 * 1024 - (chunked ? 64 * 1024 : 0));
        using var fits = await SendAsync(Path, largest, chunked, (V2, Sha256(largest, NewSecret)));
        await fits.ShouldBeAsync(200);

        var larger = Padded(1024 * 1024 + 1);
        using var answer = await SendAsync(Path, larger, chunked, (V2, Sha256(larger, NewSecret)));

        (await answer.ShouldBeAsync(Problem.BodyTooLarge)).Detail.ShouldContain("1024 kB");
        (await CountAsync()).ShouldBe(1);
    }

    [Theory]
    [InlineData("application/json; charset=utf-8")]
    [InlineData(null)]
    public async Task Notification_WithCharsetOrWithoutContentType_IsStored(string? contentType)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Path)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Notice)),
        };
        request.Content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        request.Headers.Add(V2, Sha256(Notice, NewSecret));

        using var answer = await api.Http.SendAsync(request, TestContext.Current.CancellationToken);

        await answer.ShouldBeAsync(200);
    }

    [Fact]
    public async Task Notification_WhileTheDatabaseIsAway_IsRefusedAndItsRetryTaken()
    {
        await SetReachableAsync(false);
        using (var refused = await PostAsync(Path, Notice, (V2, Sha256(Notice, NewSecret))))
        {
            await refused.ShouldBeAsync(Problem.DatabaseUnavailable);
        }

        await SetReachableAsync(true);

        // A pooled connection may have to be found dead first, as Agora's first retry does.
        await Eventually.BecomesAsync(() => StatusAsync(Path, api.Http), status => status == HttpStatusCode.OK);
        (await CountAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Notification_WithSecretsInIt_IsStoredWithoutThem()
    {
        var body = $$"""
            {"noticeId":"n1","productId":3,"eventType":1,"payload":{"sid":"s1","details":{"errorMsg":"bucket {{DemoAccount.SecretKey}} {{DemoAccount.AccessKey}}, certificate {{DemoAccount.Certificate}}, {{NewSecret}} {{DemoAccount.CustomerSecret}}"} } }
            """;

        (await FateAsync(body, NewSecret)).ShouldBe("unmatched");

        var stored = await api.ReadAsync<string>("select n::text from recording.notifications n");
        stored.ShouldContain("bucket");
        foreach (
            var secret in new[]
            {
                DemoAccount.SecretKey,
                DemoAccount.AccessKey,
                DemoAccount.Certificate,
                NewSecret,
                DemoAccount.CustomerSecret,
            }
        )
        {
            stored.ShouldNotContain(secret);
        }
    }

    [Theory]
    [InlineData("ASPNETCORE_URLS", "http://127.0.0.1:{0}")]
    [InlineData("ASPNETCORE_HTTP_PORTS", "{0}")]
    [InlineData("Kestrel__Endpoints__Ordinary__Url", "http://127.0.0.1:{0}")]
    public async Task Port_OfItsOwn_TakesNotificationsAndNothingElseAndTheOthersTheRest(string listenKey, string listenAt)
    {
        var (ordinary, own) = (LoopbackPort.FindFree(), LoopbackPort.FindFree());
        var variables = new ApiConfiguration
        {
            ConnectionString = connectionString,
            AgoraHosts = [new Uri($"http://127.0.0.1:{LoopbackPort.FindFree()}")],
            Further = new Dictionary<string, string>
            {
                ["Engine__Works"] = "false",
                ["Agora__Projects__demo__NotificationSecrets__0"] = NewSecret,
                ["Notifications__Port"] = $"{own}",
                [listenKey] = string.Format(System.Globalization.CultureInfo.InvariantCulture, listenAt, ordinary),
            },
        }.ToVariables();
        await using var service = await ServiceProcess.StartAsync(
            new()
            {
                Assembly = ApiProcess.Assembly,
                Configuration = variables,
                ReadyAddress = new Uri($"http://127.0.0.1:{ordinary}/health/ready"),
            },
            TestContext.Current.CancellationToken
        );
        using var outside = new HttpClient { BaseAddress = new($"http://127.0.0.1:{own}") };
        using var inside = new HttpClient { BaseAddress = new($"http://127.0.0.1:{ordinary}") };

        (await StatusAsync(Path, outside)).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync($"{Path}/demo", outside)).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(Path, inside)).ShouldBe(HttpStatusCode.NotFound);
        (await StatusAsync($"{Path}/demo", inside)).ShouldBe(HttpStatusCode.NotFound);
        foreach (var path in new[] { "/health/live", "/health/ready", "/v1/recordings", "/v1/room-types", "/openapi/v1.json" })
        {
            using var hidden = await outside.GetAsync(path, TestContext.Current.CancellationToken);
            hidden.StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
            using var there = await inside.GetAsync(path, TestContext.Current.CancellationToken);
            there.StatusCode.ShouldBe(HttpStatusCode.OK, path);
        }

        using var start = await outside.PostAsJsonAsync(
            "/v1/recordings",
            new { channel = "c", roomType = "lecture" },
            TestContext.Current.CancellationToken
        );
        start.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await api.ReadAsync<long>("select count(*) from recording.recordings")).ShouldBe(0);
    }

    private static string Sha256(string body, string secret) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(body)));

#pragma warning disable CA5350 // Agora's older signature.
    private static string Sha1(string body, string secret) =>
        Convert.ToHexStringLower(HMACSHA1.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(body)));
#pragma warning restore CA5350

    private static string Padded(int length)
    {
        const string start = """{"noticeId":"large","productId":3,"eventType":40,"x":" """;
        return start + new string('x', length - start.Length - 2) + "\"}";
    }

    /// <summary>A recording whose first recorder runs in channel maths.</summary>
    private async Task<Guid> RecordAsync()
    {
        var id = await api.RecordAsync("maths", more: ",\"project\":\"School\"");
        await api.HappensAsync($"update recording.runs set recorder_uid = 900000001, sid = 's1' where recording_id = '{id}'");
        return id;
    }

    private async Task<string> FateAsync(string body, string secret)
    {
        using var answer = await PostAsync(Path, body, (V2, Sha256(body, secret)));
        return (await answer.ShouldBeAsync(200)).GetProperty("fate").GetString()!;
    }

    private Task<HttpResponseMessage> PostAsync(string path, string body, params (string Name, string Value)[] headers) =>
        SendAsync(path, body, chunked: false, headers);

    private async Task<HttpResponseMessage> SendAsync(string path, string body, bool chunked, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.TransferEncodingChunked = chunked;
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await api.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static async Task<HttpStatusCode> StatusAsync(string path, HttpClient http)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Notice)),
        };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add(V2, Sha256(Notice, NewSecret));
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private Task<long> CountAsync() => api.ReadAsync<long>("select count(*) from recording.notifications");

    private async Task SetReachableAsync(bool reachable)
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
