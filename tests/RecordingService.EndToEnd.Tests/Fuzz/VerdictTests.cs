using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using RecordingService.Fuzz.Requests;
using RecordingService.Fuzz.Verdicts;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Fuzz;

/// <summary>The judge of the fuzz run finds each fault that is planted, and none in a sound answer.</summary>
public sealed class VerdictTests
{
    private const string Problem =
        """{"type":"/problems/not-found","title":"t","status":404,"detail":"d","code":"not-found","traceId":"4bf92f3577b34da6a3ce929d0e0e4736"}""";

    private static readonly IReadOnlyList<Operation> Operations = Operation.ReadAll(
        JsonNode.Parse(
            """
            {"paths":{"/v1/things/{id}":{"get":{"operationId":"getThing","responses":{
              "200":{},"404":{"content":{"application/problem+json":{"examples":{"not-found":{}}}}},
              "default":{"content":{"application/problem+json":{"examples":{"request-timeout":{}}}}}}}}}}
            """
        )!
    );

    public static TheoryData<string, string?> Answers =>
        new()
        {
            { Answer(200, "{}"), null },
            { Answer(404, Problem, "application/problem+json"), null },
            { Answer(408, Problem.Replace("404", "408").Replace("not-found", "request-timeout"), "application/problem+json"), null },
            { Answer(500, Problem.Replace("404", "500"), "application/problem+json"), "nothing is answered with 5xx" },
            { Answer(503, Problem.Replace("404", "503"), "application/problem+json"), "nothing is answered with 5xx" },
            { Answer(404, "{}"), "every error is a problem document" },
            { Answer(404, "not found", "text/plain"), "every error is a problem document" },
            { Answer(404, Problem.Replace("\"detail\":\"d\",", ""), "application/problem+json"), "every error is a problem document" },
            {
                Answer(404, Problem.Replace("\"status\":404", "\"status\":400"), "application/problem+json"),
                "every error is a problem document"
            },
            { Answer(409, Problem.Replace("404", "409"), "application/problem+json"), "every answer is documented" },
            { Answer(404, Problem.Replace("not-found", "not-signed"), "application/problem+json"), "every answer is documented" },
            { Answer(201, "{}"), "every answer is documented" },
            { Answer(200, """{"a":"Npgsql.NpgsqlException: 28P01"}"""), "no answer tells of the inside" },
            { Answer(200, """{"a":"   at Foo.Bar() in /src/x.cs:line 3"}"""), "no answer tells of the inside" },
            { Answer(200, """{"a":"the-secret"}"""), "no answer tells of the inside" },
            { Answer(200, "{}").Replace("Trace-Id", "X-Injected"), "nobody writes headers" },
            { Answer(200, "{}").Replace("Trace-Id", "Other"), "every answer names its trace" },
            {
                Answer(200, "{}").Replace("Connection: close", "Connection: close\r\nA: b") + Answer(200, "{}"),
                "every request is answered"
            },
            { Answer(200, "{}").Replace("Content-Length: 2", "Content-Length: 20"), "every request is answered" },
            { "", "every request is answered" },
            { "nonsense\r\n\r\n", "every request is answered" },
        };

    [Theory]
    [MemberData(nameof(Answers))]
    public Task Answer_WithAPlantedFault_IsFound(string answer, string? rule) => PlantAsync("GET", answer, rule);

    [Theory]
    [InlineData("GET", 404, "every error is a problem document")]
    [InlineData("GET", 408, "every error is a problem document")]
    [InlineData("GET", 418, "every answer is documented")]
    [InlineData("POST", 405, "every error is a problem document")]
    [InlineData("OPTIONS", 400, "every error is a problem document")]
    [InlineData("HEAD", 404, null)]
    [InlineData("HEAD", 500, "nothing is answered with 5xx")]
    public Task Error_WithoutABody_IsSoundToHeadAlone(string method, int status, string? rule) =>
        PlantAsync(method, Answer(status, "", "application/problem+json"), rule);

    /// <summary>Routing ignores the case of methods, so the document must tell of these answers too.</summary>
    [Theory]
    [InlineData("get", 200, null)]
    [InlineData("get", 201, "every answer is documented")]
    [InlineData("gets", 200, null)]
    public Task Method_InSmallLetters_IsJudgedAsTheMethod(string method, int status, string? rule) =>
        PlantAsync(method, Answer(status, "{}"), rule);

    /// <summary>Bytes of their own say another method than the operation that they took the place of.</summary>
    [Fact]
    public Task RawBytes_InsteadOfAHead_AreAnsweredWithABody() =>
        PlantAsync("HEAD", Answer(404, Problem, "application/problem+json"), null, raw: "GET / HTTP/1.1");

    [Fact]
    public async Task Server_ThatDoesNotAnswer_IsFoundAfterTenSeconds()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var time = new ManualTimeProvider();
        var judging = JudgeAsync(server, time);
        using var client = await server.AcceptTcpClientAsync(TestContext.Current.CancellationToken);

        time.Advance(TimeSpan.FromSeconds(10));

        (await judging).ShouldHaveSingleItem().Detail.ShouldBe("no end within 10 s");
    }

    /// <summary>The server takes parts of dots away, and what is left may be an operation.</summary>
    [Theory]
    [InlineData("/v1/things/1/x/..", null)]
    [InlineData("/v1/things/1/%2e", null)]
    [InlineData("/v1/things/1/x", "what is no operation answers so")]
    public Task Path_WithPartsOfDots_MayBeAnyOperation(string path, string? rule) =>
        PlantAsync(
            "GET",
            Answer(400, Problem.Replace("404", "400").Replace("not-found", "invalid-request"), "application/problem+json"),
            rule,
            path
        );

    private static async Task PlantAsync(string method, string answer, string? rule, string path = "/v1/things/1", string? raw = null)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var serving = ServeAsync(server, answer);

        var findings = await JudgeAsync(server, TimeProvider.System, method, path, raw);

        await serving;
        if (rule is null)
        {
            findings.ShouldBeEmpty();
        }
        else
        {
            findings.ShouldContain(
                finding => finding.Rule.StartsWith(rule, StringComparison.Ordinal),
                string.Join('\n', findings.Select(finding => finding.Rule))
            );
        }
    }

    private static async Task<IReadOnlyList<Finding>> JudgeAsync(
        TcpListener server,
        TimeProvider time,
        string method = "GET",
        string path = "/v1/things/1",
        string? raw = null
    )
    {
        var request = new FuzzRequest
        {
            Number = 1,
            Operation = Operations[0],
            Method = method,
            Target = path,
            Raw = raw is null ? null : Encoding.ASCII.GetBytes($"{raw}\r\nHost: a\r\n\r\n"),
        };
        request.Headers.Add(("Host", "localhost"));
        var address = new Uri($"http://{server.LocalEndpoint}");
        var exchange = await new RequestSender(address, time).SendAsync(request, TestContext.Current.CancellationToken);
        return [.. new Verdict(Operations, ["the-secret"], []).Judge(request, exchange)];
    }

    private static async Task ServeAsync(TcpListener server, string answer)
    {
        using var client = await server.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        _ = await stream.ReadAsync(new byte[4096], TestContext.Current.CancellationToken);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(answer), TestContext.Current.CancellationToken);
    }

    private static string Answer(int status, string body, string type = "application/json") =>
        $"HTTP/1.1 {status} X\r\nContent-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n"
        + $"Trace-Id: 4bf92f3577b34da6a3ce929d0e0e4736\r\n\r\n{body}";
}
