using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace RecordingService.Simulation.Tests.Faults;

public sealed class ScenarioTests
{
    [Fact]
    public void Scenarios_Names_AreUniqueAndEachIsExplained()
    {
        Scenario.All.Select(scenario => scenario.Name).ShouldBeUnique();
        Scenario.All.ShouldAllBe(scenario => scenario.Does.EndsWith('.'));
    }

    /// <summary>Every code for which the documentation or its older list names a reaction.</summary>
    [Theory]
    [InlineData("acquire", "acquire-406-quota", 400, 406)]
    [InlineData("acquire", "acquire-500-501-no-worker-manager", 500, 501)]
    [InlineData("acquire", "acquire-405-inactive", 400, 405)]
    [InlineData("acquire", "acquire-62-not-enabled", 400, 62)]
    [InlineData("start", "start-201-already-started", 201, 7)]
    [InlineData("start", "start-206-65-really-started", 206, 65)]
    [InlineData("start", "start-206-65-not-started", 206, 65)]
    [InlineData("start", "start-500-62-really-started", 500, 62)]
    [InlineData("start", "start-400-53-conflict", 400, 53)]
    [InlineData("start", "start-433", 400, 433)]
    [InlineData("start", "start-1001", 400, 1001)]
    [InlineData("start", "start-432", 400, 432)]
    [InlineData("start", "start-500-15", 500, 15)]
    [InlineData("query", "query-404-worker", 404, 404)]
    [InlineData("query", "query-404-gateway", 404, null)]
    [InlineData("query", "query-504-62", 504, 62)]
    [InlineData("query", "query-501-exiting", 400, 501)]
    [InlineData("stop", "stop-49", 400, 49)]
    [InlineData("stop", "stop-206-435", 206, 435)]
    [InlineData("stop", "stop-50-upload-timeout", 504, 50)]
    [InlineData("stop", "stop-504-62-not-stopped", 504, 62)]
    [InlineData("query", "gateway-401-credentials", 401, null)]
    [InlineData("query", "gateway-403", 403, null)]
    [InlineData("acquire", "gateway-400-appid-invalid", 400, null)]
    public async Task Scenario_InForce_AnswersItsStatusAndCodeOnceForItsOperationOnly(string operation, string name, int status, int? code)
    {
        await using var test = await TestSimulator.StartAsync();
        var acquired = await test.Caller.AcquiredAsync("maths-1", "900001");
        var started = await test.Caller.StartedAsync("maths-2", "900001");
        test.Time.Step(20);
        var once = new FaultMatch { Times = 1, Operation = Enum.Parse<AgoraOperation>(operation, ignoreCase: true) };
        test.Simulator.Faults.Add(name, once);

        var answer = operation switch
        {
            "acquire" => await test.Caller.AcquireAsync("maths-3", "1"),
            "start" => await test.Caller.StartAsync(acquired, ClientRequest.Mix()),
            "query" => await test.Caller.QueryAsync(started),
            _ => await test.Caller.StopAsync(started),
        };

        (answer.Status, answer.Code).ShouldBe((status, code));
        (await test.Caller.AcquireAsync("maths-4", "1")).Status.ShouldBe(200);
        test.Simulator.Faults.Active.ShouldHaveSingleItem().Fault.Scenario.ShouldBe(name);
    }

    [Theory]
    [InlineData("start-206-65-really-started", 1)]
    [InlineData("start-206-65-not-started", 0)]
    [InlineData("start-500-62-really-started", 1)]
    [InlineData("start-500-62-not-started", 0)]
    public async Task DoubtfulStart_RecorderRuns_AsItsNameSays(string name, int recorders)
    {
        await using var test = await TestSimulator.StartAsync();
        test.Simulator.Faults.Add(name);
        var task = await test.Caller.AcquiredAsync("maths-1", "900001");

        await test.Caller.StartAsync(task, ClientRequest.Mix());

        test.Simulator.Journal.Orphans().Count.ShouldBe(recorders);
        test.Simulator.Journal.Recorders().Count.ShouldBe(recorders);
    }

    [Theory]
    [InlineData("stop-206-65-really-stopped", RecorderEnd.Stopped)]
    [InlineData("stop-504-62-not-stopped", null)]
    public async Task DoubtfulStop_RecorderEnds_AsItsNameSays(string name, RecorderEnd? end)
    {
        await using var test = await TestSimulator.StartAsync();
        test.Simulator.Faults.Add(name);
        var task = await test.Caller.StartedAsync("maths-1", "900001");

        await test.Caller.StopAsync(task);

        test.Simulator.Journal.Recorders()[0].Why.ShouldBe(end);
    }

    [Fact]
    public async Task StartTimeout_WithOrphan_IsNeverAnsweredAndRuns()
    {
        await using var test = await TestSimulator.StartAsync();
        test.Simulator.Faults.Add("start-timeout-orphan");
        var task = await test.Caller.AcquiredAsync("maths-1", "900001");
        using var impatient = test.CallerOf(0);
        impatient.Client.Timeout = TimeSpan.FromMilliseconds(300);

        await Should.ThrowAsync<TaskCanceledException>(() => impatient.StartAsync(task, ClientRequest.Mix()));

        test.Simulator.Journal.Orphans().ShouldHaveSingleItem().Channel.ShouldBe("maths-1");
    }

    [Theory]
    [InlineData("start-then-storage-fails", RecorderEnd.StorageRejected)]
    [InlineData("start-then-token-fails", RecorderEnd.TokenRejected)]
    [InlineData("start-then-transcoding-fails", RecorderEnd.TranscodingRejected)]
    public async Task StartThenFailure_Answers200Then404(string name, RecorderEnd end)
    {
        await using var test = await TestSimulator.StartAsync();
        test.Simulator.Faults.Add(name);
        var task = await test.Caller.StartedAsync("maths-1", "900001");

        test.Time.Step(1);

        (await test.Caller.QueryAsync(task)).Status.ShouldBe(404);
        test.Simulator.Journal.Recorders()[0].Why.ShouldBe(end);
    }

    [Theory]
    [InlineData("gateway-429", null)]
    [InlineData("gateway-429-retry-after", 5)]
    public async Task RateLimit_CarriesRetryAfter_AsItsNameSays(string name, int? seconds)
    {
        await using var test = await TestSimulator.StartAsync(options => options.OpenPoints.RetryAfterSeconds = 9);
        test.Simulator.Faults.Add(name);
        using var content = JsonContent.Create(new { });

        using var response = await test.Caller.Client.PostAsync(
            $"/v1/apps/{TestSimulator.AppId}/cloud_recording/acquire",
            content,
            TestContext.Current.CancellationToken
        );

        ((int)response.StatusCode).ShouldBe(429);
        (response.Headers.RetryAfter?.Delta?.TotalSeconds).ShouldBe(seconds);
    }

    [Fact]
    public async Task WorkerNotFound_CarriesTheIdsOfItsCall()
    {
        await using var test = await TestSimulator.StartAsync();
        var task = await test.Caller.StartedAsync("maths-1", "900001");
        test.Simulator.Faults.Add("query-404-worker");

        var answer = await test.Caller.QueryAsync(task);

        (answer.Sid, answer.ResourceId, (string?)answer.Body["cname"]).ShouldBe((task.Sid, task.ResourceId, "maths-1"));
    }

    [Fact]
    public async Task Control_ListsScenariosAndPutsThemInForceForOneChannel()
    {
        await using var test = await TestSimulator.StartAsync();
        var listed = await test.Caller.Client.GetFromJsonAsync<JsonArray>("/control/scenarios", TestContext.Current.CancellationToken);
        using var match = new StringContent("""{"channel":"maths-1","times":1}""", Encoding.UTF8, "application/json");
        using var added = await test.Caller.Client.PostAsync(
            "/control/scenarios/acquire-406-quota",
            match,
            TestContext.Current.CancellationToken
        );
        using var unknown = await test.Caller.Client.PostAsync("/control/scenarios/nonsense", null, TestContext.Current.CancellationToken);

        var other = await test.Caller.AcquireAsync("maths-2", "1");
        var hit = await test.Caller.AcquireAsync("maths-1", "1");
        var after = await test.Caller.AcquireAsync("maths-1", "1");

        listed!.Count.ShouldBe(Scenario.All.Count);
        ((string?)listed[0]!["does"]).ShouldNotBeNullOrEmpty();
        ((int)added.StatusCode, (int)unknown.StatusCode).ShouldBe((200, 404));
        (other.Status, hit.Code, after.Status).ShouldBe((200, 406, 200));
    }
}
