using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace RecordingService.Simulation.Tests;

public sealed class ControlTests
{
    [Fact]
    public async Task Channels_OverHttp_JoinAndLeave()
    {
        await using var test = await TestSimulator.StartAsync();
        var users = new Uri("/control/channels/maths-1/users", UriKind.Relative);

        await SendAsync(test, HttpMethod.Put, $"{users}/7", """{"role":"audience","video":false}""");
        await SendAsync(test, HttpMethod.Put, $"{users}/8", "{}");
        await SendAsync(test, HttpMethod.Delete, $"{users}/7");

        test.Simulator.Channels.Users("maths-1").ShouldBe([new ChannelUser("8")]);
    }

    [Fact]
    public async Task Faults_OverHttp_AreInForceUntilLifted()
    {
        await using var test = await TestSimulator.StartAsync();
        var added = await SendAsync(
            test,
            HttpMethod.Post,
            "/control/faults",
            """{"match":{"operation":"acquire"},"perform":false,"delayBefore":"00:00:00","status":500,"body":{"code":501,"reason":"no_worker_manager_available"}}"""
        );

        var refused = await test.Caller.AcquireAsync("maths-1", "1");
        await SendAsync(test, HttpMethod.Delete, $"/control/faults/{added!["id"]}");
        var served = await test.Caller.AcquireAsync("maths-1", "1");

        (refused.Status, refused.Code).ShouldBe((500, 501));
        served.Status.ShouldBe(200);
    }

    [Fact]
    public async Task Faults_MisspeltMember_IsRefused()
    {
        await using var test = await TestSimulator.StartAsync();
        using var content = JsonContent.Create(new { mtach = new { } });

        using var response = await test.Caller.Client.PostAsync("/control/faults", content, TestContext.Current.CancellationToken);

        ((int)response.StatusCode).ShouldBe(400);
        test.Simulator.Faults.Active.ShouldBeEmpty();
    }

    [Fact]
    public async Task Recorders_OverHttp_AreKilledAndMoved()
    {
        await using var test = await TestSimulator.StartAsync();
        var moved = await test.Caller.StartedAsync("maths-1", "900001");
        var killed = await test.Caller.StartedAsync("maths-2", "900001");
        test.Time.Step(3);

        await SendAsync(test, HttpMethod.Post, $"/control/recorders/{moved.Sid}/move?away=00:00:30");
        await SendAsync(test, HttpMethod.Post, $"/control/recorders/{killed.Sid}/kill");

        (await test.Caller.QueryAsync(moved)).Status.ShouldBe(404);
        test.Simulator.Journal.Recorders("maths-2")[0].Why.ShouldBe(RecorderEnd.Killed);
    }

    [Fact]
    public async Task Hosts_OverHttp_GetTheirCondition()
    {
        await using var test = await TestSimulator.StartAsync();

        await SendAsync(test, HttpMethod.Put, "/control/hosts/0", """{"state":"failing","status":502}""");

        (await test.Caller.AcquireAsync("maths-1", "1")).Status.ShouldBe(502);
    }

    [Fact]
    public async Task Journal_OverHttp_IsReadByCursor()
    {
        await using var test = await TestSimulator.StartAsync();
        await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(62);

        var first = await SendAsync(test, HttpMethod.Get, "/control/journal?limit=1");
        var second = await SendAsync(test, HttpMethod.Get, $"/control/journal?after={first!["next"]}");
        var channel = await SendAsync(test, HttpMethod.Get, "/control/journal/channels/maths-1");

        ((string?)first["calls"]![0]!["operation"]).ShouldBe("acquire");
        second!["calls"]!.AsArray().Count.ShouldBe(1);
        ((double?)channel!["secondsRecorded"]).ShouldBe(60);
        ((int?)channel["starts"]!["900001"]).ShouldBe(1);
    }

    [Fact]
    public async Task Reset_OverHttp_ForgetsEverything()
    {
        await using var test = await TestSimulator.StartAsync();
        var task = await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(20);
        test.Simulator.Faults.Add(Fault.Refuse(new FaultMatch(), 500, 500));

        await SendAsync(test, HttpMethod.Post, "/control/reset");
        test.Time.Step(60);

        test.Simulator.Journal.Calls().ShouldBeEmpty();
        test.Simulator.Journal.Recorders().ShouldBeEmpty();
        test.Simulator.Channels.Users("maths-1").ShouldBeEmpty();
        (await test.Caller.QueryAsync(task)).Status.ShouldBe(404);
    }

    [Fact]
    public async Task SideUrl_ServesControlWhileTheOnlyHostIsDead()
    {
        await using var test = await TestSimulator.StartAsync(options => options.SideUrl = "http://127.0.0.1:0");
        await test.Simulator.Faults.SetHostAsync(0, new HostCondition(HostState.Refusing));
        using var client = new HttpClient();

        var health = await client.GetStringAsync(new Uri(test.Simulator.PublicBucketUrl, "/health"), TestContext.Current.CancellationToken);

        health.ShouldBe("healthy");
    }

    private static async Task<JsonNode?> SendAsync(TestSimulator test, HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body is null ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var response = await test.Caller.Client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        response.IsSuccessStatusCode.ShouldBeTrue($"{(int)response.StatusCode} {text}");
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }
}
