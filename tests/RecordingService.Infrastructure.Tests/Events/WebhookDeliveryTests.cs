using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Events;
using RecordingService.Infrastructure.Tests.Engine;

namespace RecordingService.Infrastructure.Tests.Events;

/// <summary>What receivers get, whatever they do. Verified by the library of the Standard Webhooks project; time is moved, not waited for.</summary>
public sealed class WebhookDeliveryTests(EngineDatabase server, NodeVerifier verifier) : HookTest(server)
{
    [Fact]
    public async Task Event_OfARealRecording_ArrivesAsTheFeedTellsItAndVerifies()
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        var (webhook, secret) = await RegisterAsync(replica, receiver.Url);

        var id = await replica.AcceptAsync();
        await replica.Get<EventFeed>().LookAsync(isWoken: true, Cancellation);
        await SendAsync(replica);

        var hook = receiver.Taken.ShouldHaveSingleItem();
        var told = (await replica.Get<EventFeed>().ReadStoredAsync(0, EventFilter.None, 10, Cancellation)).Items.ShouldHaveSingleItem();
        hook.Id.ShouldBe($"{told.Id}");
        hook.Body.ShouldBe(told.Json.ToArray());
        hook.RecordingId.ShouldBe(id);
        (await verifier.VerifyAsync(hook, secret, replica.Clock.RealNow)).ShouldBeNull();
        (await verifier.VerifyAsync(hook, WebhookSigner.Text(WebhookSigner.NewSecret()), replica.Clock.RealNow)).ShouldNotBeNull();
        var found = await FindAsync(replica, webhook.Id);
        (found.Waiting, found.ConsecutiveFailures, found.LastSuccessAt is null).ShouldBe((0, 0, false));
        (await LogAsync(replica, webhook.Id)).ShouldHaveSingleItem().Outcome.ShouldBe(DeliveryOutcome.Delivered);
    }

    [Fact]
    public async Task Receiver_DownForADay_GetsEveryEventInOrderAfterwards()
    {
        var replica = await StartHookReplicaAsync();
        var receiver = await HookReceiver.StartAsync(Time);
        var (webhook, secret) = await RegisterAsync(replica, receiver.Url);
        var port = receiver.Port;
        await receiver.DisposeAsync();
        var recordings = new[] { await RecordAsync(), await RecordAsync(), await RecordAsync() };
        foreach (var hour in Enumerable.Range(0, 24))
        {
            await TellAsync(recordings[hour % 3]);
            await SendAsync(replica);
            await PassAsync(replica, TimeSpan.FromHours(1));
        }

        var down = await FindAsync(replica, webhook.Id);
        await using var back = await HookReceiver.StartAsync(Time, port);
        // The next wait of the ladder is twelve hours, and every lane but the first to try is called forward.
        await PassAsync(replica, TimeSpan.FromHours(15));

        (down.Waiting, down.Retrying).ShouldBe((3, 3));
        down.FailingSince.ShouldNotBeNull();
        foreach (var recording in recordings)
        {
            Sequences(back.Taken, recording).ShouldBe([1, 2, 3, 4, 5, 6, 7, 8]);
        }

        back.Taken.Count.ShouldBe(24);
        back.Taken.Select(hook => hook.Id).Distinct().Count().ShouldBe(24);
        await verifier.ShouldVerifyAsync(back.Taken, secret);
        (await FindAsync(replica, webhook.Id)).FailingSince.ShouldBeNull();
    }

    [Fact]
    public async Task Attempts_OfReceiverThatAnswers500_KeepTheLadderAndAreSignedAnew()
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        var (webhook, secret) = await RegisterAsync(replica, receiver.Url);
        receiver.Answer = (_, http) => HookReceiver.StatusAsync(http, receiver.Seen.Count <= 6 ? 500 : 204);
        await TellAsync(await RecordAsync());

        await SendAsync(replica);
        await PassAsync(replica, TimeSpan.FromHours(3));

        receiver.Seen.Count.ShouldBe(7);
        receiver.Seen.Select(hook => hook.Id).Distinct().ShouldHaveSingleItem();
        receiver.Seen.Select(hook => hook.Signature).Distinct().Count().ShouldBe(7);
        await verifier.ShouldVerifyAsync(receiver.Seen, secret);
        for (var i = 1; i < 7; i++)
        {
            var wait = receiver.Seen[i].At - receiver.Seen[i - 1].At;
            wait.ShouldBeInRange(
                WebhookOptions.DefaultLadder[i - 1] * 0.8,
                WebhookOptions.DefaultLadder[i - 1] * 1.2 + TimeSpan.FromSeconds(1)
            );
            // Real time moves with the test's clock, and the timestamp with both.
            (NodeVerifier.At(receiver.Seen[i]) - NodeVerifier.At(receiver.Seen[i - 1])).ShouldBe(wait, TimeSpan.FromSeconds(1));
        }

        var log = await LogAsync(replica, webhook.Id);
        log.Select(line => line.Outcome).ShouldBe([DeliveryOutcome.Delivered, .. Enumerable.Repeat(DeliveryOutcome.Failed, 6)]);
        log.Select(line => line.Attempt).ShouldBe([7, 6, 5, 4, 3, 2, 1]);
        replica.Log.Of(5101).ShouldHaveSingleItem();
        replica.Log.Of(5102).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Receiver_ThatAnswersTooLate_GetsItAgain()
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        var (webhook, _) = await RegisterAsync(replica, receiver.Url);
        var asked = new TaskCompletionSource();
        receiver.Answer = async (_, http) =>
        {
            if (asked.TrySetResult())
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted);
            }
        };
        await TellAsync(await RecordAsync());

        var sending = SendAsync(replica);
        await asked.Task;
        Time.Advance(TimeSpan.FromSeconds(15));
        await sending;
        await PassAsync(replica, TimeSpan.FromSeconds(10));

        receiver.Seen.Count.ShouldBe(2);
        receiver.Seen[1].Id.ShouldBe(receiver.Seen[0].Id);
        (await LogAsync(replica, webhook.Id)).Select(line => line.Error).ShouldBe([null, "It did not answer within 15 s."]);
    }

    [Fact]
    public async Task Receiver_ThatRedirects_GetsItWhereItMay()
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        await using var inside = await HookReceiver.StartAsync(Time, address: "127.0.0.2");
        var (webhook, secret) = await RegisterAsync(replica, receiver.Url);
        var target = $"http://127.0.0.2:{inside.Port}/hook";
        receiver.Answer = (hook, http) =>
            hook.Path == "/hook" ? HookReceiver.StatusAsync(http, 307, ("Location", target)) : HookReceiver.StatusAsync(http, 204);
        await TellAsync(await RecordAsync());

        await SendAsync(replica);
        var refused = receiver.Taken.Count;
        target = "/moved";
        await PassAsync(replica, TimeSpan.FromSeconds(10));

        (refused, inside.Seen.Count).ShouldBe((0, 0));
        receiver.Taken.ShouldHaveSingleItem().Path.ShouldBe("/moved");
        await verifier.ShouldVerifyAsync(receiver.Taken, secret);
        (await LogAsync(replica, webhook.Id))[1].Error!.ShouldContain("Webhooks:AllowedNetworks");
    }

    [Fact]
    public async Task Receiver_ThatAnswers410_IsDisabledAndGetsAllThatWaitedWhenEnabled()
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        var (webhook, _) = await RegisterAsync(replica, receiver.Url);
        receiver.Answer = (_, http) => HookReceiver.StatusAsync(http, 410);
        var recording = await RecordAsync();
        await TellAsync(recording);
        await SendAsync(replica);
        await TellAsync(recording);
        await PassAsync(replica, TimeSpan.FromDays(7));
        await SendAsync(replica);

        var disabled = await FindAsync(replica, webhook.Id);
        receiver.Seen.Count.ShouldBe(1);
        (disabled.DisabledReason, disabled.Waiting).ShouldBe((WebhookDisabledReason.Gone, 1));
        replica.Log.Of(5104).ShouldHaveSingleItem();

        receiver.Answer = (_, http) => HookReceiver.StatusAsync(http, 204);
        var enabled = await replica.Get<Webhooks>().ChangeAsync(webhook.Id, new() { Enabled = true }, null, Somebody, Cancellation);
        await SendAsync(replica);

        enabled!.DisabledReason.ShouldBeNull();
        Sequences(receiver.Taken, recording).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task Receiver_ThatAnswers410ToSeveralAtOnce_IsDisabledOnceAndToldOnce()
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        var (webhook, _) = await RegisterAsync(replica, receiver.Url);
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        receiver.Answer = async (_, http) =>
        {
            if (receiver.Seen.Count >= 3)
            {
                all.TrySetResult();
            }

            await all.Task;
            http.Response.StatusCode = 410;
        };
        foreach (var recording in await SeedAsync(3))
        {
            await TellAsync(recording);
        }

        await SendAsync(replica);

        (await FindAsync(replica, webhook.Id)).DisabledReason.ShouldBe(WebhookDisabledReason.Gone);
        replica.Log.Of(5104).ShouldHaveSingleItem();
        (await LogAsync(replica, webhook.Id)).Count(line => line.Outcome == DeliveryOutcome.Gone).ShouldBe(3);
    }

    [Theory]
    [InlineData(429, "7200", 2)]
    [InlineData(503, "7200", 2)]
    [InlineData(503, "864000", 24)]
    public async Task RetryAfter_OfAReceiver_IsWaitedForUpToADay(int status, string retryAfter, int hours)
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        await RegisterAsync(replica, receiver.Url);
        receiver.Answer = (_, http) =>
            receiver.Seen.Count == 1
                ? HookReceiver.StatusAsync(http, status, ("Retry-After", retryAfter))
                : HookReceiver.StatusAsync(http, 204);
        await TellAsync(await RecordAsync());

        await SendAsync(replica);
        await PassAsync(replica, TimeSpan.FromDays(2));

        receiver.Seen.Count.ShouldBe(2);
        (receiver.Seen[1].At - receiver.Seen[0].At).ShouldBeInRange(
            TimeSpan.FromHours(hours),
            TimeSpan.FromHours(hours) + TimeSpan.FromSeconds(10)
        );
    }

    [Fact]
    public async Task Secret_Changed_BothSignForAWhileAndThenTheNewOneAlone()
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        var (webhook, old) = await RegisterAsync(replica, receiver.Url);
        var recording = await RecordAsync();

        var (rotated, current) = (
            await replica.Get<Webhooks>().RotateAsync(webhook.Id, TimeSpan.FromHours(24), null, Somebody, Cancellation)
        )!.Value;
        await TellAsync(recording);
        await SendAsync(replica);
        Time.Advance(TimeSpan.FromHours(24));
        await TellAsync(recording);
        await SendAsync(replica);

        rotated.Secrets.Count.ShouldBe(2);
        current.ShouldNotBe(old);
        receiver.Taken.Count.ShouldBe(2);
        var (during, after) = (receiver.Taken[0], receiver.Taken[1]);
        during.Signature.Split(' ').Length.ShouldBe(2);
        await verifier.ShouldVerifyAsync([during], old);
        await verifier.ShouldVerifyAsync([during, after], current);
        (await verifier.VerifyAsync(after, old, NodeVerifier.At(after))).ShouldNotBeNull();
        (await FindAsync(replica, webhook.Id)).Secrets.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Secret_ChangedTwice_TwoSignAtMost()
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        var (webhook, first) = await RegisterAsync(replica, receiver.Url);

        var second = (await replica.Get<Webhooks>().RotateAsync(webhook.Id, TimeSpan.FromHours(24), null, Somebody, Cancellation))!
            .Value
            .Secret;
        Time.Advance(TimeSpan.FromSeconds(1));
        var third = (await replica.Get<Webhooks>().RotateAsync(webhook.Id, TimeSpan.FromHours(24), null, Somebody, Cancellation))!
            .Value
            .Secret;
        await TellAsync(await RecordAsync());
        await SendAsync(replica);

        var hook = receiver.Taken.ShouldHaveSingleItem();
        hook.Signature.Split(' ').Length.ShouldBe(2);
        await verifier.ShouldVerifyAsync([hook], second);
        await verifier.ShouldVerifyAsync([hook], third);
        (await verifier.VerifyAsync(hook, first, NodeVerifier.At(hook))).ShouldNotBeNull();
    }

    [Fact]
    public async Task BadEvent_ThatIsNeverTaken_HoldsUpItsRecordingAloneAndIsGivenUp()
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        var (webhook, _) = await RegisterAsync(replica, receiver.Url);
        var (bad, good) = (await RecordAsync(), await RecordAsync());
        receiver.Answer = (hook, http) => HookReceiver.StatusAsync(http, hook.RecordingId == bad && hook.Sequence == 1 ? 500 : 204);
        var began = Time.GetUtcNow();
        await TellAsync(bad);
        await TellAsync(bad);
        foreach (var _ in Enumerable.Range(0, 6 * 24))
        {
            await TellAsync(good);
            await SendAsync(replica);
            await PassAsync(replica, TimeSpan.FromHours(1));
        }

        Sequences(receiver.Taken, good).ShouldBe(Enumerable.Range(1, 6 * 24));
        receiver.Taken.Where(hook => hook.RecordingId == good).ShouldAllBe(hook => hook.At - began < TimeSpan.FromDays(6));
        Sequences(receiver.Taken, bad).ShouldBe([2]);
        var log = await LogAsync(replica, webhook.Id);
        var givenUp = log.Where(line => line.Outcome == DeliveryOutcome.GivenUp).ShouldHaveSingleItem();
        (givenUp.RecordingId, givenUp.Sequence).ShouldBe((bad, 1));
        (givenUp.At - log[^1].At).ShouldBeInRange(TimeSpan.FromDays(4), TimeSpan.FromDays(6.1));
        receiver.Seen.Count(hook => hook.RecordingId == bad && hook.Sequence == 1).ShouldBeInRange(10, 20);
        replica.Log.Of(5105).ShouldHaveSingleItem().ShouldContain($"{bad}");
        (await FindAsync(replica, webhook.Id)).Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task Webhook_WithTypesAndProjects_GetsThoseOnly()
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        await RegisterAsync(replica, receiver.Url, [EventTypes.Completed, EventTypes.Failed], ["school"]);
        var (school, college) = (await RecordAsync(), await RecordAsync("college"));
        await TellAsync(school, EventTypes.Accepted);
        await TellAsync(school, EventTypes.Completed);
        await TellAsync(college, EventTypes.Completed);
        await TellAsync(school, EventTypes.FilesChanged);
        await TellAsync(school, EventTypes.Failed);

        await SendAsync(replica);

        receiver.Taken.Select(hook => (hook.RecordingId, hook.Sequence)).ShouldBe([(school, 2), (school, 4)]);
        (await ScalarAsync<long>("select count(*) from recording.webhook_lanes")).ShouldBe(0);
    }

    [Fact]
    public async Task Types_ChangedWhileEventsWait_CountForThem()
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        var (webhook, _) = await RegisterAsync(replica, receiver.Url);
        var recording = await RecordAsync();
        receiver.Answer = (_, http) => HookReceiver.StatusAsync(http, 500);
        await TellAsync(recording, EventTypes.Starting);
        await TellAsync(recording, EventTypes.Recording);
        await TellAsync(recording, EventTypes.Completed);
        await SendAsync(replica);

        receiver.Answer = (_, http) => HookReceiver.StatusAsync(http, 204);
        await replica.Get<Webhooks>().ChangeAsync(webhook.Id, new() { Types = [EventTypes.Completed] }, null, Somebody, Cancellation);
        await PassAsync(replica, TimeSpan.FromSeconds(10));

        receiver.Taken.Select(hook => hook.Sequence).ShouldBe([3]);
    }

    [Fact]
    public async Task Webhook_New_IsSentWhatHappensFromThenOn()
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        var recording = await RecordAsync();
        await TellAsync(recording);
        await RegisterAsync(replica, receiver.Url);
        await TellAsync(recording);

        await SendAsync(replica);

        receiver.Taken.Select(hook => hook.Sequence).ShouldBe([2]);
    }

    [Fact]
    public async Task Replay_FromACursor_SendsAgainWhatCameAfterItInOrder()
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        var (webhook, _) = await RegisterAsync(replica, receiver.Url);
        var (one, other) = (await RecordAsync(), await RecordAsync());
        await TellAsync(one);
        var after = await TellAsync(other);
        for (var i = 0; i < WebhookLanes.Page; i++)
        {
            await TellAsync(i % 2 == 0 ? one : other);
        }

        await SendAsync(replica);
        var first = receiver.Taken.ToList();
        (await replica.Get<Webhooks>().ReplayAsync(webhook.Id, after, null, Somebody, Cancellation)).ShouldBeTrue();
        await SendAsync(replica);

        first.Count.ShouldBe(WebhookLanes.Page + 2);
        var again = receiver.Taken.Skip(first.Count).ToList();
        foreach (var recording in new[] { one, other })
        {
            again
                .Where(hook => hook.RecordingId == recording)
                .Select(hook => hook.Id)
                .ShouldBe(first.Where(hook => hook.RecordingId == recording).Skip(1).Select(hook => hook.Id));
        }

        (await FindAsync(replica, webhook.Id)).Waiting.ShouldBe(0);
    }

    /// <summary>The lane of a recording of which nothing waits behind that event would end with it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public async Task Replay_WhileAnEventIsBeingSent_BeginsBehindItAndLosesNothing(int waitingBehind)
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        var (webhook, _) = await RegisterAsync(replica, receiver.Url);
        var recording = await RecordAsync();
        await TellAsync(recording);
        await TellAsync(recording);
        await SendAsync(replica);
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        receiver.Answer = async (_, http) =>
        {
            asked.TrySetResult();
            await answer.Task;
            http.Response.StatusCode = 204;
        };
        await TellAsync(recording);
        for (var i = 0; i < waitingBehind; i++)
        {
            await TellAsync(recording);
        }

        var sending = SendAsync(replica);
        await asked.Task;
        await replica.Get<Webhooks>().ReplayAsync(webhook.Id, 0, null, Somebody, Cancellation);
        await replica.Get<WebhookDispatcher>().FanOutAsync(Cancellation);
        answer.SetResult();
        await sending;
        await SendAsync(replica);

        receiver.Taken.Select(hook => hook.Sequence).ShouldBe([1, 2, 3, .. Enumerable.Range(1, 3 + waitingBehind)]);
    }

    [Fact]
    public async Task Webhook_ThatAnswersAgain_GetsWhatWaitsSoonAndKeepsTheStepsOfTheLadder()
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        await RegisterAsync(replica, receiver.Url);
        var recordings = new List<Guid>();
        for (var i = 0; i < 5; i++)
        {
            recordings.Add(await RecordAsync());
            await TellAsync(recordings[i]);
        }

        receiver.Answer = (_, http) => HookReceiver.StatusAsync(http, 500);
        await SendAsync(replica);
        await PassAsync(replica, TimeSpan.FromHours(10));
        var attempts = await ScalarAsync<long>("select sum(attempt) from recording.webhook_lanes");
        receiver.Answer = (hook, http) => HookReceiver.StatusAsync(http, hook.RecordingId == recordings[0] ? 500 : 204);
        // Something new happens, and is taken.
        await TellAsync(await RecordAsync());
        await SendAsync(replica);
        await PassAsync(replica, TimeSpan.FromSeconds(31));

        receiver.Taken.Count.ShouldBe(5);
        (await ScalarAsync<int>("select attempt from recording.webhook_lanes")).ShouldBe((int)(attempts / 5));
    }

    [Fact]
    public async Task Address_Changed_IsWhereWhatWaitsGoesSoon()
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        var (webhook, _) = await RegisterAsync(replica, receiver.Url);
        receiver.Answer = (hook, http) => HookReceiver.StatusAsync(http, hook.Path == "/hook" ? 500 : 204);
        await TellAsync(await RecordAsync());
        await SendAsync(replica);
        await PassAsync(replica, TimeSpan.FromHours(5));

        await replica.Get<Webhooks>().ChangeAsync(webhook.Id, new() { Url = receiver.Url + "/new" }, null, Somebody, Cancellation);
        await SendAsync(replica);

        receiver.Taken.ShouldHaveSingleItem().Path.ShouldBe("/hook/new");
    }

    [Fact]
    public async Task Test_Asked_SendsATestEventAndTellsWhatCameBack()
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        var (webhook, secret) = await RegisterAsync(replica, receiver.Url);

        var result = await replica.Get<WebhookProbe>().SendAsync(webhook.Id, null, Somebody, Cancellation);
        receiver.Answer = (_, http) => HookReceiver.StatusAsync(http, 410);
        var refused = await replica.Get<WebhookProbe>().SendAsync(webhook.Id, null, Somebody, Cancellation);

        (result!.Delivered, result.Status).ShouldBe((true, 204));
        var hook = receiver.Seen[0];
        hook.Json.GetProperty("type").GetString().ShouldBe("webhook.test");
        hook.Json.GetProperty("data").GetProperty("webhookId").GetGuid().ShouldBe(webhook.Id);
        hook.Id.ShouldBe($"{result.EventId}");
        await verifier.ShouldVerifyAsync([hook], secret);
        (refused!.Delivered, refused.Status, refused.Error).ShouldBe((false, 410, "It answered 410."));
        // It tells the one who asked, and changes nothing.
        var found = await FindAsync(replica, webhook.Id);
        (found.DisabledReason, found.ConsecutiveFailures).ShouldBe((null, 0));
        (await LogAsync(replica, webhook.Id)).Count.ShouldBe(2);
    }
}
