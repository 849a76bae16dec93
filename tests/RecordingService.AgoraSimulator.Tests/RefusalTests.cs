using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace RecordingService.Simulation.Tests;

public sealed class RefusalTests
{
    [Fact]
    public async Task Gateway_WrongCredentialsOrRoute_AnswersMessageShaped()
    {
        await using var test = await TestSimulator.StartAsync();
        using var stranger = test.CallerOf(0, secret: "wrong");
        using var unknown = test.CallerOf(0, appId: "ffffffffffffffffffffffffffffffff");
        using var anonymous = test.CallerOf(0);
        anonymous.Client.DefaultRequestHeaders.Authorization = null;

        var answers = new[]
        {
            await stranger.AcquireAsync("maths-1", "1"),
            await anonymous.AcquireAsync("maths-1", "1"),
            await unknown.AcquireAsync("maths-1", "1"),
            await test.Caller.SendAsync(HttpMethod.Get, "acquire", null),
            await test.Caller.PostAsync("Acquire", []),
        };

        answers
            .Select(answer => (answer.Status, (string?)answer.Body["message"]))
            .ShouldBe([
                (401, "Invalid authentication credentials"),
                (401, "Unauthorized"),
                (400, "appid is invalid"),
                (404, "no Route matched with those values"),
                (404, "no Route matched with those values"),
            ]);
        answers.ShouldAllBe(answer => answer.Code == null);
    }

    [Fact]
    public async Task Gateway_MoreCallsThanAllowedInASecond_Answers429()
    {
        await using var test = await TestSimulator.StartAsync();
        List<int> statuses = [];
        for (var i = 0; i < 11; i++)
        {
            statuses.Add((await test.Caller.AcquireAsync("maths-1", "1")).Status);
        }

        var refused = await test.Caller.AcquireAsync("maths-1", "1");
        test.Time.Step(1);
        var later = await test.Caller.AcquireAsync("maths-1", "1");

        statuses.ShouldBe([.. Enumerable.Repeat(200, 10), 429]);
        ((string?)refused.Body["message"]).ShouldBe("API rate limit exceeded");
        later.Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("4294967296")]
    [InlineData("teacher")]
    [InlineData("007")]
    [InlineData("")]
    public async Task Acquire_UidOutOfRange_AnswersCode2(string uid)
    {
        await using var test = await TestSimulator.StartAsync();

        var answer = await test.Caller.AcquireAsync("maths-1", uid);

        (answer.Status, answer.Code).ShouldBe((400, 2));
    }

    [Theory]
    [InlineData("maths/1")]
    [InlineData("Übung")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task Acquire_ChannelNameOutsideTheRule_AnswersCode401(string channel)
    {
        await using var test = await TestSimulator.StartAsync();

        var answer = await test.Caller.AcquireAsync(channel, "1");

        (answer.Status, answer.Code).ShouldBe((400, 401));
    }

    [Theory]
    [InlineData("""{"scene":3}""")]
    [InlineData("""{"resourceExpiredHour":0}""")]
    [InlineData("""{"resourceExpiredHour":721}""")]
    [InlineData("""{"resourceExpiredHour":"24"}""")]
    [InlineData("""{"excludeResourceIds":"one"}""")]
    [InlineData("""{"region":"MARS"}""")]
    public async Task Acquire_ParameterOutOfRange_AnswersCode2(string clientRequest)
    {
        await using var test = await TestSimulator.StartAsync();

        var answer = await test.Caller.AcquireAsync("maths-1", "1", JsonNode.Parse(clientRequest));

        (answer.Status, answer.Code).ShouldBe((400, 2));
    }

    [Fact]
    public async Task Acquire_UidAsNumber_AnswersCode2()
    {
        await using var test = await TestSimulator.StartAsync();

        var answer = await test.Caller.PostAsync(
            "acquire",
            new JsonObject
            {
                ["cname"] = "a",
                ["uid"] = 1,
                ["clientRequest"] = new JsonObject(),
            }
        );

        (answer.Status, answer.Code).ShouldBe((400, 2));
    }

    [Fact]
    public async Task Acquire_BodyIsNoJson_AnswersCode8()
    {
        await using var test = await TestSimulator.StartAsync();
        using var broken = new StringContent("{", Encoding.UTF8, "application/json");
        using var text = new StringContent("{}", Encoding.UTF8, "text/plain");

        (await test.Caller.SendAsync(HttpMethod.Post, "acquire", broken)).Code.ShouldBe(8);
        (await test.Caller.SendAsync(HttpMethod.Post, "acquire", text)).Code.ShouldBe(8);
    }

    [Theory]
    [InlineData("recordingConfig.maxIdleTime", "4")]
    [InlineData("recordingConfig.maxIdleTime", "2592001")]
    [InlineData("recordingConfig.maxIdleTime", "\"30\"")]
    [InlineData("recordingConfig.channelType", "2")]
    [InlineData("recordingConfig.streamTypes", "3")]
    [InlineData("recordingConfig.decryptionMode", "1")]
    [InlineData("recordingConfig.salt", "\"AAAA\"")]
    [InlineData("recordingConfig.subscribeAudioUids", "[1]")]
    [InlineData("recordingFileConfig.avFileType", "[\"mp4\"]")]
    [InlineData("recordingFileConfig.avFileType", "[\"hls\",\"flv\"]")]
    [InlineData("storageConfig.fileNamePrefix", "[\"room-7\"]")]
    [InlineData("storageConfig.vendor", "\"1\"")]
    [InlineData("storageConfig.bucket", "\"\"")]
    [InlineData("storageConfig.accessKey", "null")]
    public async Task Start_ParameterOutOfRange_AnswersCode2(string path, string value)
    {
        await using var test = await TestSimulator.StartAsync();
        var task = await test.Caller.AcquiredAsync("maths-1", "900001");
        var request = ClientRequest.Mix();
        request[path.Split('.')[0]]![path.Split('.')[1]] = JsonNode.Parse(value);

        var answer = await test.Caller.StartAsync(task, request);

        (answer.Status, answer.Code).ShouldBe((400, 2));
        test.Simulator.Journal.Recorders().ShouldBeEmpty();
    }

    [Fact]
    public async Task Start_NoService_NamesIt()
    {
        await using var test = await TestSimulator.StartAsync();
        var task = await test.Caller.AcquiredAsync("maths-1", "900001");

        var answer = await test.Caller.StartAsync(task, []);

        ((string?)answer.Body["reason"]).ShouldNotBeNull().ShouldContain("services not selected!");
    }

    [Fact]
    public async Task Start_OtherThanStartParameter_AnswersHashMismatch()
    {
        await using var test = await TestSimulator.StartAsync();
        var acquired = await test.Caller.AcquireAsync("maths-1", "900001", new JsonObject { ["startParameter"] = ClientRequest.Mix() });
        var task = new AgoraTask("maths-1", "900001", acquired.ResourceId);

        var different = await test.Caller.StartAsync(task, ClientRequest.Mix(maxIdleSeconds: 31));
        var same = await test.Caller.StartAsync(task, ClientRequest.Mix());

        (different.Status, different.Code, (string?)different.Body["reason"]).ShouldBe((400, 2, "request_hash mismatch!"));
        same.Status.ShouldBe(200);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Start_Repeated_Answers201WithIdsOnlyWhenAsked(bool carriesIds)
    {
        await using var test = await TestSimulator.StartAsync(options => options.OpenPoints.AlreadyStartedCarriesIds = carriesIds);
        var task = await test.Caller.StartedAsync("maths-1", "900001");

        var answer = await test.Caller.StartAsync(task, ClientRequest.Mix());

        (answer.Status, answer.Code).ShouldBe((201, 7));
        ((string?)answer.Body["sid"]).ShouldBe(carriesIds ? task.Sid : null);
        test.Simulator.Journal.Starts("maths-1", "900001").ShouldBe(1);
    }

    [Fact]
    public async Task Start_SameUidWhileAlive_Answers53UntilStopped()
    {
        await using var test = await TestSimulator.StartAsync();
        var first = await test.Caller.StartedAsync("maths-1", "900001");
        var second = await test.Caller.AcquiredAsync("maths-1", "900001");
        var other = await test.Caller.AcquiredAsync("maths-1", "900002");

        var conflict = await test.Caller.StartAsync(second, ClientRequest.Mix());
        var otherUid = await test.Caller.StartAsync(other, ClientRequest.Mix());
        await test.Caller.StopAsync(first);
        var afterStop = await test.Caller.StartAsync(second, ClientRequest.Mix());

        (conflict.Status, conflict.Code).ShouldBe((400, 53));
        otherUid.Status.ShouldBe(200);
        afterStop.Status.ShouldBe(200);
    }

    [Fact]
    public async Task Start_FiveMinutesAfterAcquire_Answers433()
    {
        await using var test = await TestSimulator.StartAsync();
        var early = await test.Caller.AcquiredAsync("maths-1", "900001");
        var late = await test.Caller.AcquiredAsync("maths-1", "900002");
        test.Time.Step(300);
        var inTime = await test.Caller.StartAsync(early, ClientRequest.Mix());
        test.Time.Step(0.1);

        var expired = await test.Caller.StartAsync(late, ClientRequest.Mix());

        inTime.Status.ShouldBe(200);
        (expired.Status, expired.Code).ShouldBe((400, 433));
    }

    [Fact]
    public async Task Acquire_QuotaUsedUp_Answers406UntilOneStops()
    {
        await using var test = await TestSimulator.StartAsync(options => options.Projects[0].ConcurrentTasks = 1);
        var first = await test.Caller.StartedAsync("maths-1", "900001");

        var full = await test.Caller.AcquireAsync("maths-2", "900001");
        await test.Caller.StopAsync(first);
        var free = await test.Caller.AcquireAsync("maths-2", "900001");

        (full.Status, full.Code).ShouldBe((400, 406));
        free.Status.ShouldBe(200);
    }

    [Fact]
    public async Task Call_WithIdsThatDoNotBelongTogether_NamesWhichCode()
    {
        await using var test = await TestSimulator.StartAsync();
        var task = await test.Caller.StartedAsync("maths-1", "900001");

        var undecodable = await test.Caller.StartAsync(task with { ResourceId = "abc" }, ClientRequest.Mix());
        var otherSid = await test.Caller.QueryAsync(task with { Sid = new string('0', 32) });
        var otherUid = await test.Caller.StopAsync(task with { Uid = "900002" });
        var otherMode = await test.Caller.QueryAsync(task, "individual");

        undecodable.Code.ShouldBe(1001);
        otherSid.Code.ShouldBe(1003);
        otherUid.Code.ShouldBe(2);
        otherMode.Code.ShouldBe(2);
    }

    [Fact]
    public async Task Query_ResourceExpiredHourOver_Answers433WhileRecordingGoesOn()
    {
        await using var test = await TestSimulator.StartAsync();
        var acquired = await test.Caller.AcquireAsync("maths-1", "900001", new { resourceExpiredHour = 1 });
        var task = new AgoraTask("maths-1", "900001", acquired.ResourceId);
        task = task with { Sid = (await test.Caller.StartAsync(task, ClientRequest.Mix())).Sid };
        test.Time.Step(3601);

        var answer = await test.Caller.QueryAsync(task);

        (answer.Status, answer.Code).ShouldBe((400, 433));
        test.Simulator.Journal.Recorders()[0].LeftAt.ShouldBeNull();
    }

    [Fact]
    public async Task Acquire_ContentTypeWithCharset_IsAccepted()
    {
        await using var test = await TestSimulator.StartAsync();
        using var content = JsonContent.Create(
            new
            {
                cname = "maths-1",
                uid = "1",
                clientRequest = new { },
            }
        );
        content.Headers.ContentType = new("application/json", "utf-8");

        (await test.Caller.SendAsync(HttpMethod.Post, "acquire", content)).Status.ShouldBe(200);
    }
}
