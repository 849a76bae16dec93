using System.Collections.Concurrent;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Events;
using RecordingService.Infrastructure.Tests.Engine;
using RecordingService.Infrastructure.Tests.Engine.Support;
using RecordingService.Testing;

namespace RecordingService.Infrastructure.Tests.Events;

/// <summary>Several replicas send at once, stop, and die.</summary>
public sealed class WebhookReplicaTests(EngineDatabase server) : HookTest(server)
{
    [Fact]
    public async Task TwoReplicas_AtOnce_SendEachEventOnceInOrderAndNoMoreThanEightTogether()
    {
        const int recordings = 24;
        const int events = 6;
        var replicas = new[] { await StartHookReplicaAsync(), await StartHookReplicaAsync() };
        await using var receiver = await HookReceiver.StartAsync(Time);
        ConcurrentDictionary<Guid, int> inFlight = [];
        var (together, most, mostOfOne) = (0, 0, 0);
        var gate = new Lock();
        receiver.Answer = async (hook, http) =>
        {
            lock (gate)
            {
                most = Math.Max(most, ++together);
                mostOfOne = Math.Max(mostOfOne, inFlight.AddOrUpdate(hook.RecordingId, 1, (_, n) => n + 1));
            }

            // Long enough for others to come meanwhile, if they do.
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, http.RequestAborted);
            lock (gate)
            {
                together--;
                inFlight.AddOrUpdate(hook.RecordingId, 0, (_, n) => n - 1);
            }

            http.Response.StatusCode = 204;
        };
        await RegisterAsync(replicas[0], receiver.Url);
        var ids = await SeedAsync(recordings);
        var telling = Task.Run(
            async () =>
            {
                foreach (var _ in Enumerable.Range(0, events))
                {
                    foreach (var id in ids)
                    {
                        await TellAsync(id);
                    }
                }
            },
            Cancellation
        );

        await Task.WhenAll(
            replicas.Select(replica => SendUntilAsync(replica, () => telling.IsCompleted && receiver.Taken.Count >= recordings * events))
        );

        foreach (var id in ids)
        {
            receiver.Seen.Where(hook => hook.RecordingId == id).Select(hook => hook.Sequence).ShouldBe(Enumerable.Range(1, events));
        }

        mostOfOne.ShouldBe(1);
        most.ShouldBeInRange(2, 8);
        replicas.ShouldAllBe(replica => replica.Log.Of(5109).Count == 0 && replica.Log.Of(5108).Count == 0);
    }

    /// <summary>Whoever never answers would hold eight slots for the time of each attempt, and some such would hold them all.</summary>
    [Theory]
    [InlineData("new", 1)]
    [InlineData("failing", 1)]
    [InlineData("answering", 5)]
    public async Task Webhook_ThatTakesNothing_IsTriedOneAtATime(string how, int together)
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        var (webhook, _) = await RegisterAsync(replica, receiver.Url, isProven: how != "new");
        if (how == "failing")
        {
            await ExecuteAsync($"update recording.webhooks set consecutive_failures = 3, failing_since = now() where id = '{webhook.Id}'");
        }

        foreach (var id in await SeedAsync(5))
        {
            await TellAsync(id);
        }

        var dispatcher = replica.Get<WebhookDispatcher>();
        await dispatcher.FanOutAsync(Cancellation);
        var begun = await dispatcher.BeginAsync(Cancellation);
        await Task.WhenAll(begun);
        // It answers, so the next ones go side by side.
        var then = await dispatcher.BeginAsync(Cancellation);
        await Task.WhenAll(then);

        begun.Count.ShouldBe(together);
        then.Count.ShouldBe(5 - together);
        receiver.Taken.Count.ShouldBe(5);
    }

    [Fact]
    public async Task Slot_ThatIsFree_GoesToTheWebhookWithTheFewestInFlight()
    {
        var replica = await StartHookReplicaAsync(("Webhooks:Slots", "4"));
        await using var slow = await HookReceiver.StartAsync(Time);
        await using var quick = await HookReceiver.StartAsync(Time);
        var answers = new SemaphoreSlim(0);
        slow.Answer = async (_, http) =>
        {
            await answers.WaitAsync(http.RequestAborted);
            http.Response.StatusCode = 204;
        };
        await RegisterAsync(replica, slow.Url);
        foreach (var id in await SeedAsync(10))
        {
            await TellAsync(id);
        }

        var dispatcher = replica.Get<WebhookDispatcher>();
        await dispatcher.FanOutAsync(Cancellation);
        var begun = await dispatcher.BeginAsync(Cancellation);
        await RegisterAsync(replica, quick.Url);
        Time.Advance(TimeSpan.FromSeconds(1));
        await TellAsync(await RecordAsync());
        await dispatcher.FanOutAsync(Cancellation);
        answers.Release();
        await Task.WhenAny(begun);

        // Six older ones of the slow webhook are due, too.
        var next = await dispatcher.BeginAsync(Cancellation);
        await Task.WhenAll(next);

        (begun.Count, next.Count).ShouldBe((4, 1));
        quick.Taken.Count.ShouldBe(1);
        answers.Release(100);
        await Task.WhenAll(begun);
    }

    [Fact]
    public async Task Webhook_FarBehind_DoesNotKeepTheOthersWaiting()
    {
        var replica = await StartHookReplicaAsync();
        var recording = await RecordAsync();
        var (far, _) = await RegisterAsync(replica, "http://127.0.0.1:9/");
        var begin = await TellAsync(recording);
        await ExecuteAsync(
            $"""
            insert into recording.events (event_id, recording_id, project_id, sequence, type, at, data, position)
            select gen_random_uuid(), r.id, r.project_id, 1 + n, '{EventTypes.Recording}', now(), '{"{}"}', nextval('recording.event_position')
            from recording.recordings r cross join generate_series(1, {WebhookLanes.Page * 3}) n where r.id = '{recording}'
            """
        );
        var (near, _) = await RegisterAsync(replica, "http://127.0.0.1:9/");
        await TellAsync(recording);

        var (_, more) = await replica.Get<WebhookDispatcher>().FanOutAsync(Cancellation);

        more.ShouldBeTrue();
        (await ScalarAsync<long>($"select count(*) from recording.webhook_lanes where webhook_id = '{near.Id}'")).ShouldBe(1);
        (await ScalarAsync<long>($"select position from recording.webhooks where id = '{far.Id}'")).ShouldBe(begin + WebhookLanes.Page - 1);
    }

    [Fact]
    public async Task Webhook_WhoseRowIsHeldForLong_DoesNotKeepTheOthersWaiting()
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        var (held, _) = await RegisterAsync(replica, receiver.Url + "/held");
        await RegisterAsync(replica, receiver.Url + "/free");
        await TellAsync(await RecordAsync());
        await replica.Get<WebhookDispatcher>().FanOutAsync(Cancellation);
        await using var connection = await Database.OpenConnectionAsync(Cancellation);
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        await using (var hold = connection.CreateCommand())
        {
            hold.CommandText = $"select 1 from recording.webhooks where id = '{held.Id}' for update";
            await hold.ExecuteNonQueryAsync(Cancellation);
        }

        await TellAsync(await RecordAsync());
        await replica.Get<WebhookDispatcher>().FanOutAsync(Cancellation);
        await Task.WhenAll(await replica.Get<WebhookDispatcher>().BeginAsync(Cancellation));
        var meanwhile = receiver.Taken.Select(hook => hook.Path).ToList();
        await transaction.RollbackAsync(Cancellation);
        await SendAsync(replica);

        meanwhile.ShouldBe(["/hook/free", "/hook/free"]);
        receiver.Taken.Select(hook => hook.Path).ShouldBe(["/hook/free", "/hook/free", "/hook/held", "/hook/held"]);
    }

    [Fact]
    public async Task Replica_ThatHasNotSeenTheEventYet_SendsItAllTheSame()
    {
        var (first, second) = (await StartHookReplicaAsync(), await StartHookReplicaAsync());
        await using var receiver = await HookReceiver.StartAsync(Time);
        await RegisterAsync(first, receiver.Url);
        var recording = await RecordAsync();
        // The second one has the end of the feed in memory, and what comes now is not in there.
        await second.Get<EventFeed>().LookAsync(isWoken: true, Cancellation);
        await TellAsync(recording);
        await first.Get<WebhookDispatcher>().FanOutAsync(Cancellation);

        await Task.WhenAll(await second.Get<WebhookDispatcher>().BeginAsync(Cancellation));

        receiver.Taken.ShouldHaveSingleItem().Sequence.ShouldBe(1);
    }

    [Fact]
    public async Task Holder_KilledInTheMiddleOfADelivery_IsReplacedAfterItsLeaseAndWritesNothingAnyMore()
    {
        var (killed, other) = (await StartHookReplicaAsync(), await StartHookReplicaAsync());
        await using var receiver = await HookReceiver.StartAsync(Time);
        await RegisterAsync(killed, receiver.Url);
        var recording = await RecordAsync();
        await TellAsync(recording);
        await TellAsync(recording);
        await killed.Get<WebhookDispatcher>().FanOutAsync(Cancellation);
        // It has sent the event, and dies before it can write that down.
        var held = (await killed.Get<WebhookLanes>().ClaimAsync(8, [], killed.Clock.RealNow, Cancellation)).ShouldHaveSingleItem();

        await SendAsync(other);
        var before = receiver.Seen.Count;
        Time.Advance(new WebhookOptions().Lease + TimeSpan.FromSeconds(1));
        await SendAsync(other);
        var late = await killed.Get<WebhookLanes>().SettleAsync(held, LaneStep.Advance, null, null, killed.Clock.RealNow, Cancellation);

        before.ShouldBe(0);
        receiver.Taken.Select(hook => hook.Sequence).ShouldBe([1, 2]);
        late.LeaseLost.ShouldBeTrue();
    }

    [Fact]
    public async Task LateSettlement_OfALostLane_LeavesTheNewHoldersLaneAlone()
    {
        var (late, holder) = (await StartHookReplicaAsync(), await StartHookReplicaAsync());
        await RegisterAsync(late, "http://127.0.0.1:9/");
        await TellAsync(await RecordAsync());
        await late.Get<WebhookDispatcher>().FanOutAsync(Cancellation);
        var lost = (await late.Get<WebhookLanes>().ClaimAsync(8, [], late.Clock.RealNow, Cancellation)).ShouldHaveSingleItem();
        Time.Advance(TimeSpan.FromMinutes(1));
        var held = (await holder.Get<WebhookLanes>().ClaimAsync(8, [], holder.Clock.RealNow, Cancellation)).ShouldHaveSingleItem();

        foreach (var step in Enum.GetValues<LaneStep>())
        {
            var standing = await late.Get<WebhookLanes>()
                .SettleAsync(lost, step, TimeSpan.FromDays(1), null, late.Clock.RealNow, Cancellation);
            standing.LeaseLost.ShouldBeTrue();
        }

        (await ScalarAsync<long>("select lease_token from recording.webhook_lanes")).ShouldBe(held.Token);
    }

    [Fact]
    public async Task Claims_OfAFrozenReplica_AreGivenBackUnsent()
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        var (webhook, _) = await RegisterAsync(replica, receiver.Url);
        var recordings = await SeedAsync(3);
        foreach (var recording in recordings)
        {
            await TellAsync(recording);
        }

        // Its connections are held up between the claim and the sending: here, by the read of the secrets.
        await replica.Get<WebhookDispatcher>().FanOutAsync(Cancellation);
        await using var connection = await Database.OpenConnectionAsync(Cancellation);
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        await using (var hold = connection.CreateCommand())
        {
            hold.CommandText = "lock table recording.webhook_secrets in access exclusive mode";
            await hold.ExecuteNonQueryAsync(Cancellation);
        }

        var beginning = replica.Get<WebhookDispatcher>().BeginAsync(Cancellation);
        await Eventually.HoldsAsync(async () =>
            await ScalarAsync<long>("select count(*) from recording.webhook_lanes where lease_owner is not null") == 3
        );
        Time.Advance(TimeSpan.FromSeconds(20));
        await transaction.RollbackAsync(Cancellation);
        await Task.WhenAll(await beginning);
        var sent = receiver.Seen.Count;
        await SendAsync(replica);

        sent.ShouldBe(0);
        receiver.Taken.Count.ShouldBe(3);
        (await LogAsync(replica, webhook.Id)).ShouldAllBe(line => line.Attempt == 1);
    }

    [Fact]
    public async Task Replicas_RunByTheHost_SendWhatRecordingsDoWithinASecond()
    {
        var settings = Settings(("Engine:Poll", "00:00:00.1"));
        var replicas = new List<Replica>();
        for (var i = 0; i < 2; i++)
        {
            replicas.Add(NewReplica(settings with { Services = (services, read) => services.AddWebhooks(read) }));
        }

        foreach (var hosted in replicas.SelectMany(replica => replica.Hosted))
        {
            await hosted.StartAsync(Cancellation);
        }

        await Eventually.HoldsAsync(() => replicas.TrueForAll(replica => replica.State.IsReady));
        await using var receiver = await HookReceiver.StartAsync();
        await RegisterAsync(replicas[0], receiver.Url, [EventTypes.Accepted, EventTypes.Recording]);
        var ids = new List<Guid>();
        for (var i = 0; i < 10; i++)
        {
            ids.Add(await replicas[i % 2].AcceptAsync($"class-{i}"));
        }

        await Eventually.HoldsAsync(() => receiver.Taken.Count == 20);

        foreach (var id in ids)
        {
            var types = receiver.Taken.Where(hook => hook.RecordingId == id).Select(hook => hook.Json.GetProperty("type").GetString());
            types.ShouldBe([EventTypes.Accepted, EventTypes.Recording]);
        }

        receiver.Taken.ShouldAllBe(hook => hook.At - hook.Json.GetProperty("timestamp").GetDateTimeOffset() < TimeSpan.FromSeconds(5));
        foreach (var hosted in replicas.SelectMany(replica => replica.Hosted.Reverse()))
        {
            await hosted.StopAsync(Cancellation);
        }
    }

    /// <summary>A fault of webhooks alone, which nothing else tells of.</summary>
    [Fact]
    public async Task Lanes_TheirTableIsGoneForAWhile_ReplicaSaysSoAndSendsOn()
    {
        var replica = NewReplica(
            Settings(("Engine:Poll", "00:00:00.1")) with
            {
                Services = (services, read) => services.AddWebhooks(read),
            }
        );
        foreach (var hosted in replica.Hosted)
        {
            await hosted.StartAsync(Cancellation);
        }

        await Eventually.HoldsAsync(() => replica.State.IsReady);
        await using var receiver = await HookReceiver.StartAsync();
        await RegisterAsync(replica, receiver.Url, [EventTypes.Accepted]);
        await ExecuteAsync("alter table recording.webhook_lanes rename to elsewhere");
        await Eventually.HoldsAsync(() => replica.Log.Of(5107).Count > 0);
        await ExecuteAsync("alter table recording.elsewhere rename to webhook_lanes");

        var id = await replica.AcceptAsync();

        await Eventually.HoldsAsync(() => receiver.Taken.Any(hook => hook.RecordingId == id));
        foreach (var hosted in replica.Hosted.Reverse())
        {
            await hosted.StopAsync(Cancellation);
        }
    }

    private static async Task SendUntilAsync(Replica replica, Func<bool> isDone)
    {
        await Eventually.HoldsAsync(async () =>
        {
            await SendAsync(replica);
            return isDone();
        });
    }
}
