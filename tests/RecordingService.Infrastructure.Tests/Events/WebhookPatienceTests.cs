using Microsoft.AspNetCore.Http;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Events;
using RecordingService.Infrastructure.Tests.Engine;
using RecordingService.Infrastructure.Tests.Engine.Support;

namespace RecordingService.Infrastructure.Tests.Events;

/// <summary>How long an event is tried, and what takes no patience away: time in which nobody tried, changes, attempts that hang while others succeed.</summary>
public sealed class WebhookPatienceTests(EngineDatabase server) : HookTest(server)
{
    private static readonly TimeSpan Days = TimeSpan.FromDays(6);

    [Theory]
    [InlineData("webhook disabled")]
    [InlineData("address changed")]
    [InlineData("no replica")]
    [InlineData("no key")]
    public async Task Time_InWhichNobodyTried_GivesNoEventUp(string why)
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        var (webhook, _) = await RegisterAsync(replica, receiver.Url);
        var recording = await RecordAsync();
        await TellAsync(recording);
        receiver.Answer = (_, http) => HookReceiver.StatusAsync(http, 503);
        await SendAsync(replica);

        switch (why)
        {
            case "webhook disabled":
                await ChangeAsync(replica, webhook.Id, new() { Enabled = false });
                Time.Advance(Days);
                await ChangeAsync(replica, webhook.Id, new() { Enabled = true });
                break;
            case "address changed":
                // It has one step left when it is given another address.
                await PassAsync(replica, TimeSpan.FromDays(4.5));
                await ChangeAsync(replica, webhook.Id, new() { Url = $"{receiver.Url}/new" });
                break;
            case "no key":
                var keyless = await StartHookReplicaAsync(("Secrets:Keys:test", null));
                for (var minute = 0; minute < 5; minute++)
                {
                    Time.Advance(Days / 5);
                    await SendAsync(keyless);
                }

                break;
            default:
                Time.Advance(Days);
                break;
        }

        // It needs some time until it is itself again.
        var seen = receiver.Seen.Count;
        receiver.Answer = (_, http) => HookReceiver.StatusAsync(http, receiver.Seen.Count < seen + 4 ? 503 : 204);
        await SendAsync(replica);
        await PassAsync(replica, TimeSpan.FromHours(1));

        (await OutcomesAsync(replica, webhook.Id)).ShouldNotContain(DeliveryOutcome.GivenUp);
        Sequences(receiver.Taken, recording).ShouldBe([1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Changes_DuringAnOutage_UseUpNoStep(bool moves)
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        var (webhook, _) = await RegisterAsync(replica, receiver.Url);
        var recording = await RecordAsync();
        await TellAsync(recording);
        receiver.Answer = (_, http) => HookReceiver.StatusAsync(http, 503);
        await SendAsync(replica);
        await PassAsync(replica, TimeSpan.FromHours(1));
        var before = await AttemptAsync();

        for (var i = 0; i < 20; i++)
        {
            await ChangeAsync(replica, webhook.Id, moves ? new() { Url = $"{receiver.Url}/{i}" } : new() { Enabled = true });
            await SendAsync(replica);
        }

        receiver.Seen.Count.ShouldBeGreaterThan(20);
        (await AttemptAsync()).ShouldBe(moves ? 1 : before);
        (await OutcomesAsync(replica, webhook.Id)).ShouldNotContain(DeliveryOutcome.GivenUp);
    }

    [Theory]
    [InlineData(10, false)]
    [InlineData(10, true)]
    [InlineData(130, false)]
    public async Task Attempt_ThatHangsWhileTheWebhookIsCalledForward_WaitsNoStepAndUsesUpNone(int hours, bool moves)
    {
        var (replica, other) = (await StartHookReplicaAsync(), await StartHookReplicaAsync());
        await using var receiver = await HookReceiver.StartAsync(Time);
        var (webhook, _) = await RegisterAsync(replica, receiver.Url);
        var recording = await RecordAsync();
        await TellAsync(recording);
        receiver.Answer = (_, http) => HookReceiver.StatusAsync(http, 500);
        await SendAsync(replica);
        // Of five days and more nothing is left but the last attempt.
        for (var passed = 0; passed < hours && await AttemptAsync() < WebhookOptions.DefaultLadder.Count; passed++)
        {
            await PassAsync(replica, TimeSpan.FromHours(1));
        }

        var before = await AttemptAsync();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        receiver.Answer = (hook, http) =>
            hook.Json.GetProperty("type").GetString() == WebhookProbe.EventType
                ? HookReceiver.StatusAsync(http, 204)
                : HangAsync(http, asked);
        Time.Advance(await NextDueAsync(replica) + TimeSpan.FromMilliseconds(1));
        var hanging = replica.Get<WebhookDispatcher>().BeginAsync(Cancellation);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        if (moves)
        {
            await ChangeAsync(replica, webhook.Id, new() { Url = $"{receiver.Url}/new" });
        }
        else
        {
            // While it fails there is one attempt at a time; a test goes beside it.
            (await other.Get<WebhookProbe>().SendAsync(webhook.Id, null, Somebody, Cancellation))!.Delivered.ShouldBeTrue();
        }

        Time.Advance(TimeSpan.FromSeconds(16));
        await Task.WhenAll(await hanging);

        (await NextDueAsync(replica)).ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(31));
        (await AttemptAsync()).ShouldBe(moves ? 0 : before);
        (await OutcomesAsync(replica, webhook.Id)).ShouldNotContain(DeliveryOutcome.GivenUp);
        replica.Log.Of(5105).ShouldBeEmpty();
    }

    [Fact]
    public async Task Lanes_MoreThanAPage_AreAllCalledForwardAndAllHastened()
    {
        const int lanes = ForwardCalls.Page * 2 + 1;
        var replica = await StartHookReplicaAsync();
        var (webhook, _) = await RegisterAsync(replica, "http://127.0.0.1:9/");
        await ExecuteAsync(
            $"""
            update recording.webhooks set consecutive_failures = 3, failing_since = now();
            insert into recording.webhook_lanes (webhook_id, recording_id, head, attempt, failing_since, due_at, lease_token)
            select '{webhook.Id}', gen_random_uuid(), 1, 7, now(), now() + interval '1 day', n from generate_series(1, {lanes}) n
            """
        );

        await replica.Get<ForwardCalls>().CallAsync(webhook.Id, replica.Clock.RealNow, Cancellation);
        var called = await ScalarAsync<long>(
            "select count(*) from recording.webhook_lanes where attempt = 6 and due_at < now() + interval '1 minute'"
        );
        await ChangeAsync(replica, webhook.Id, new() { Url = "http://127.0.0.1:9/new" });

        called.ShouldBe(lanes);
        (await ScalarAsync<long>("select count(*) from recording.webhook_lanes where attempt = 0 and failing_since is null")).ShouldBe(
            lanes
        );
    }

    private static Task HangAsync(HttpContext http, TaskCompletionSource asked)
    {
        asked.TrySetResult();
        return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted);
    }

    private static Task<Webhook?> ChangeAsync(Replica replica, Guid webhook, WebhookChange change) =>
        replica.Get<Webhooks>().ChangeAsync(webhook, change, null, Somebody, Cancellation);

    private Task<int> AttemptAsync() => ScalarAsync<int>("select max(attempt) from recording.webhook_lanes");

    private static async Task<IEnumerable<DeliveryOutcome>> OutcomesAsync(Replica replica, Guid webhook) =>
        (await LogAsync(replica, webhook)).Select(line => line.Outcome);
}
