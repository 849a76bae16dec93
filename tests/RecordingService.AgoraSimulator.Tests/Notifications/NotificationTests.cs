using System.Security.Cryptography;
using System.Text;
using RecordingService.Testing;

namespace RecordingService.Simulation.Tests.Notifications;

public sealed class NotificationTests : IAsyncLifetime
{
    private const string Secret = "top";

    private NoticeReceiver receiver = null!;

    public async ValueTask InitializeAsync() => receiver = await NoticeReceiver.StartAsync();

    public ValueTask DisposeAsync() => receiver.DisposeAsync();

    [Fact]
    public async Task MixRecording_WholeLife_IsToldInOrder()
    {
        await using var test = await StartAsync();
        test.Simulator.Channels.Join("maths-1", "7");
        var task = await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(63);
        await test.Caller.StopAsync(task);
        test.Time.Step(3);
        const int Total = 16;
        await receiver.HasAsync(Total);

        var notices = receiver.Received;

        notices
            .Select(notice => notice.EventType)
            .ShouldBe([40, 30, 3, 3, 42, 43, 44, 4, 3, 33, 41, 3, 33, 31, 3, 11], customMessage: Describe(notices));
        notices.Select(notice => notice.Sequence).ShouldBe(Enumerable.Range(0, notices.Count));
        notices.ShouldAllBe(notice => notice.ProductId == 3 && (string)notice.Payload["sid"]! == task.Sid);
        notices.Select(notice => notice.NoticeId).Distinct().Count().ShouldBe(notices.Count);
        ((int?)notices.Single(notice => notice.EventType == 41).Details["leaveCode"]).ShouldBe(16);
        ((string?)notices.Single(notice => notice.EventType == 4).Details["fileList"]).ShouldBe($"{task.Sid}_maths-1.m3u8");
        ((string?)notices.Single(notice => notice.EventType == 31).Details["fileList"]![0]!["fileName"]).ShouldBe(
            $"{task.Sid}_maths-1.m3u8"
        );
        ((int?)notices[^1].Details["exitStatus"]).ShouldBe(0);
    }

    [Fact]
    public async Task Notice_BothSignatures_AreOfTheRawBody()
    {
        await using var test = await StartAsync();
        await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(0.6);
        await receiver.HasAsync(1);

        var notice = receiver.Received[0];

        var secret = Encoding.UTF8.GetBytes(Secret);
#pragma warning disable CA5350 // Agora's own choice.
        notice.Signature.ShouldBe(Convert.ToHexStringLower(HMACSHA1.HashData(secret, notice.Body)));
#pragma warning restore CA5350
        notice.SignatureV2.ShouldBe(Convert.ToHexStringLower(HMACSHA256.HashData(secret, notice.Body)));
    }

    [Fact]
    public async Task Notice_Forged_IsSignedWithAnotherSecret()
    {
        await using var test = await StartAsync(notifications => notifications.Forge = true);
        await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(0.6);
        await receiver.HasAsync(1);

        var notice = receiver.Received[0];

        notice.SignatureV2.ShouldNotBe(Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), notice.Body)));
        notice.SignatureV2.Length.ShouldBe(64);
        await Eventually.HoldsAsync(() => test.Simulator.Journal.Notices().Any(entry => entry.Forged));
    }

    [Theory]
    [InlineData(500, "{}")]
    [InlineData(200, "OK")]
    public async Task Notice_Refused_IsRepeatedWithItsIdAndAnotherTime(int status, string body)
    {
        await using var test = await StartAsync(notifications => notifications.Events = [40]);
        receiver.AnswerNext(status, body);
        receiver.AnswerNext(status, body);
        await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(1);
        await receiver.HasAsync(2);
        test.Time.Step(5.1);
        await receiver.HasAsync(3);
        await Eventually.HoldsAsync(() => test.Simulator.Journal.Notices().Count == 3);

        var entries = test.Simulator.Journal.Notices();

        entries
            .Select(entry => (entry.Attempt, entry.Outcome))
            .ShouldBe([(1, NoticeOutcome.Refused), (2, NoticeOutcome.Refused), (3, NoticeOutcome.Delivered)]);
        receiver.Received.Select(notice => notice.NoticeId).Distinct().Count().ShouldBe(1);
        receiver.Received[2].NotifyMs.ShouldBeGreaterThan(receiver.Received[0].NotifyMs);
    }

    [Fact]
    public async Task Notice_NeverAccepted_IsGivenUpAfterThreeRetries()
    {
        await using var test = await StartAsync(notifications =>
        {
            notifications.Events = [40, 30];
            notifications.RetryStep = TimeSpan.Zero;
        });
        for (var i = 0; i < 4; i++)
        {
            receiver.AnswerNext(503, "{}");
        }

        await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(1);
        await receiver.HasAsync(5);

        receiver.Received.Select(notice => notice.EventType).ShouldBe([40, 40, 40, 40, 30]);
    }

    [Fact]
    public async Task SilentReceiver_DelaysNeitherRecorderNorOtherSids()
    {
        await using var test = await StartAsync(notifications => notifications.Events = [40]);
        receiver.IsSilent = true;
        var first = await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(1);
        await receiver.HasAsync(1);
        await test.Caller.StartedAsync("maths-2", "900001");
        test.Time.Step(20);
        await receiver.HasAsync(2);

        (await test.Caller.QueryAsync(first)).RecorderStatus.ShouldBe(5);
        test.Simulator.Journal.Notices().ShouldBeEmpty();
    }

    [Fact]
    public async Task Loss_LeavesGapsInTheSequence_AndDuplicatesComeTwice()
    {
        await using var test = await StartAsync(notifications => (notifications.LossRate, notifications.DuplicateRate) = (0.3, 0.5));
        var task = await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(300);
        await test.Caller.StopAsync(task);
        test.Time.Step(3);
        await Eventually.HoldsAsync(() => test.Simulator.Journal.Notices().Select(entry => entry.Sequence).Distinct().Count() == 19);

        var entries = test.Simulator.Journal.Notices();
        entries.ShouldContain(entry => entry.Outcome == NoticeOutcome.Lost);
        entries.CountBy(entry => entry.NoticeId).ShouldContain(pair => pair.Value == 2);
        var lost = entries.Where(entry => entry.Outcome == NoticeOutcome.Lost).Select(entry => entry.Sequence);
        receiver.Received.Select(notice => notice.Sequence).Intersect(lost).ShouldBeEmpty();
    }

    [Fact]
    public async Task Disorder_WithinItsWindow_ChangesTheOrderOnly()
    {
        await using var test = await StartAsync(notifications => notifications.DisorderWindow = TimeSpan.FromSeconds(30));
        await test.Caller.StartedAsync("maths-1", "900001");
        await Eventually.HoldsAsync(() =>
        {
            test.Time.Step(0.5);
            return receiver.Received.Count >= 9;
        });
        var sequence = receiver.Received.Select(notice => notice.Sequence).ToList();
        sequence.ShouldNotBe([.. sequence.Order()]);
    }

    [Fact]
    public async Task WrongStorage_IsToldByError32AndExit1()
    {
        await using var test = await StartAsync();
        var request = ClientRequest.Mix();
        request["storageConfig"]!["bucket"] = "elsewhere";
        await test.Caller.StartedAsync("maths-1", "900001", request);
        test.Time.Step(5);
        await receiver.HasAsync(3);

        var notices = receiver.Received;
        notices.Select(notice => notice.EventType).ShouldBe([40, 1, 11]);
        ((int?)notices[1].Details["errorCode"], (int?)notices[1].Details["module"]).ShouldBe((32, 1));
        ((int?)notices[2].Details["exitStatus"]).ShouldBe(1);
    }

    [Fact]
    public async Task MovedServer_IsToldWithItsNewUid()
    {
        await using var test = await StartAsync(notifications => notifications.Events = [12, 33]);
        var task = await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(20);
        test.Simulator.Faults.MoveServer(task.Sid, TimeSpan.FromSeconds(30));
        test.Time.Step(91);
        await receiver.HasAsync(2);

        var uid = test.Simulator.Journal.Recorders()[0].CurrentUid;
        receiver.Received.Select(notice => notice.EventType).ShouldBe([12, 33]);
        $"{receiver.Received[0].Details["newUid"]}".ShouldBe(uid);
        ((string?)receiver.Received[1].Payload["uid"]).ShouldBe(uid);
    }

    [Fact]
    public async Task Project_WithItsOwnReceiver_GetsNothingElsewhere()
    {
        await using var other = await NoticeReceiver.StartAsync();
        await using var test = await StartAsync(notifications =>
            notifications.Projects = [
                new NotificationReceiver
                {
                    AppId = TestSimulator.AppId,
                    Url = other.Url,
                    Secret = "own",
                },
            ]
        );
        await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(0.6);
        await other.HasAsync(1);

        receiver.Received.ShouldBeEmpty();
        var notice = other.Received[0];
        notice.SignatureV2.ShouldBe(Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes("own"), notice.Body)));
    }

    [Fact]
    public async Task Control_ChangesTheReceiverAndSendsEventsOfItsOwn()
    {
        await using var test = await TestSimulator.StartAsync();
        using var settings = Json($$"""{"url":"{{receiver.Url}}","secret":"top","duplicateRate":1}""");
        using var notice = Json("""{"eventType":72,"sid":"s1","channel":"maths-1","payload":{"details":{"limitType":"WebGL"}}}""");

        using var changed = await test.Caller.Client.PutAsync("/control/notifications", settings, TestContext.Current.CancellationToken);
        using var sent = await test.Caller.Client.PostAsync("/control/notifications", notice, TestContext.Current.CancellationToken);
        await receiver.HasAsync(2);

        ((int)changed.StatusCode, (int)sent.StatusCode).ShouldBe((200, 200));
        receiver.Received.Select(received => received.EventType).ShouldBe([72, 72]);
        ((string?)receiver.Received[0].Details["limitType"]).ShouldBe("WebGL");
        await Eventually.HoldsAsync(() => test.Simulator.Journal.Notices().Count == 2);
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static string Describe(IEnumerable<ReceivedNotice> notices) =>
        string.Join('\n', notices.Select(notice => $"{notice.EventType} {notice.Details.ToJsonString()}"));

    private Task<TestSimulator> StartAsync(Action<NotificationOptions>? configure = null) =>
        TestSimulator.StartAsync(options =>
        {
            (options.Notifications.Url, options.Notifications.Secret) = (receiver.Url, Secret);
            configure?.Invoke(options.Notifications);
        });
}
