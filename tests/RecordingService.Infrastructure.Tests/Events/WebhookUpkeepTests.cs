using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Events;
using RecordingService.Infrastructure.Tests.Engine;

namespace RecordingService.Infrastructure.Tests.Events;

public sealed class WebhookUpkeepTests(EngineDatabase server) : HookTest(server)
{
    private const string NewKey = "YW5vdGhlci1tYXN0ZXIta2V5LW9mLTMyLWJ5dGVzISE=";

    [Fact]
    public async Task Webhook_FailingForAnHour_IsAnAlarmOnceOverAllReplicas()
    {
        var replicas = new[] { await StartHookReplicaAsync(), await StartHookReplicaAsync() };
        var (webhook, _) = await RegisterAsync(replicas[0], "http://127.0.0.1:9/");
        await TellAsync(await RecordAsync());
        await SendAsync(replicas[0]);
        await PassAsync(replicas[0], TimeSpan.FromMinutes(50));
        await UpkeepAsync();
        var early = Alarms();

        await PassAsync(replicas[0], TimeSpan.FromMinutes(15));
        await UpkeepAsync();
        await UpkeepAsync();
        var alarms = Alarms();
        await PassAsync(replicas[0], TimeSpan.FromHours(7));
        await UpkeepAsync();

        early.ShouldBeEmpty();
        alarms.ShouldHaveSingleItem().ShouldContain($"{webhook.Id}");
        Alarms().Count.ShouldBe(2);

        List<string> Alarms() => [.. replicas.SelectMany(replica => replica.Log.Of(5103))];

        async Task UpkeepAsync()
        {
            foreach (var replica in replicas)
            {
                await replica.Get<WebhookDispatcher>().UpkeepAsync(Cancellation);
            }
        }
    }

    [Fact]
    public async Task Log_KeepsSoManyAttemptsAndSoLong()
    {
        var replica = await StartHookReplicaAsync(("Webhooks:LogEntries", "10"), ("Webhooks:LogAge", "2.00:00:00"));
        await using var receiver = await HookReceiver.StartAsync(Time);
        var (webhook, _) = await RegisterAsync(replica, receiver.Url);
        var recording = await RecordAsync();
        for (var i = 0; i < 15; i++)
        {
            await TellAsync(recording);
        }

        await SendAsync(replica);
        var all = await LogAsync(replica, webhook.Id);
        await replica.Get<WebhookDispatcher>().UpkeepAsync(Cancellation);
        var cut = await LogAsync(replica, webhook.Id);
        Time.Advance(TimeSpan.FromDays(1));
        await TellAsync(recording);
        await SendAsync(replica);
        Time.Advance(TimeSpan.FromDays(1.5));
        await replica.Get<WebhookDispatcher>().UpkeepAsync(Cancellation);

        all.Count.ShouldBe(15);
        cut.Select(line => line.Number).ShouldBe(all.Take(10).Select(line => line.Number));
        (await LogAsync(replica, webhook.Id)).ShouldHaveSingleItem().Sequence.ShouldBe(16);
        Time.Advance(TimeSpan.FromDays(3));
        await replica.Get<WebhookDispatcher>().UpkeepAsync(Cancellation);
        (await LogAsync(replica, webhook.Id)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Secrets_UnderAnOldKey_AreEncryptedAnewAndSignOn()
    {
        var before = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        var (webhook, _) = await RegisterAsync(before, receiver.Url);
        var both = await StartHookReplicaAsync(("Secrets:Keys:new", NewKey), ("Secrets:CurrentKey", "new"));
        await both.Get<WebhookDispatcher>().UpkeepAsync(Cancellation);
        var after = await StartHookReplicaAsync(("Secrets:Keys:test", NewKey), ("Secrets:Keys:new", NewKey), ("Secrets:CurrentKey", "new"));
        await TellAsync(await RecordAsync());

        await SendAsync(after);

        (await ScalarAsync<string>("select key_id from recording.webhook_secrets")).ShouldBe("new");
        receiver.Taken.Count.ShouldBe(1);
        (await FindAsync(after, webhook.Id)).ConsecutiveFailures.ShouldBe(0);
    }

    [Fact]
    public async Task Webhook_WhoseSecretCannotBeRead_IsSentNothingAndLosesNothing()
    {
        var replica = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        var (webhook, _) = await RegisterAsync(replica, receiver.Url);
        var recording = await RecordAsync();
        await TellAsync(recording);
        var keyless = await StartHookReplicaAsync(("Secrets:Keys:test", null), ("Secrets:Keys:other", NewKey));

        await SendAsync(keyless);
        var unsigned = receiver.Seen.Count;
        // A little more than the minute: the database keeps microseconds, and rounds.
        Time.Advance(TimeSpan.FromSeconds(61));
        await SendAsync(replica);

        unsigned.ShouldBe(0);
        keyless.Log.Of(5106).ShouldHaveSingleItem().ShouldContain("Secrets:Keys:test");
        Sequences(receiver.Taken, recording).ShouldBe([1]);
        (await LogAsync(replica, webhook.Id)).ShouldHaveSingleItem().Attempt.ShouldBe(1);
    }

    [Fact]
    public async Task Webhook_WhoseSecretCannotBeRead_IsToldOnceAMinuteHoweverMuchWaits()
    {
        var replica = await StartHookReplicaAsync();
        var (webhook, _) = await RegisterAsync(replica, "http://127.0.0.1:9/");
        foreach (var recording in await SeedAsync(20))
        {
            await TellAsync(recording);
        }

        var keyless = await StartHookReplicaAsync(("Secrets:Keys:test", null), ("Secrets:Keys:other", NewKey));
        await SendAsync(keyless);
        await SendAsync(keyless);
        var first = keyless.Log.Of(5106).Count;
        Time.Advance(TimeSpan.FromSeconds(61));
        await SendAsync(keyless);

        (first, keyless.Log.Of(5106).Count).ShouldBe((1, 2));
        var found = await FindAsync(replica, webhook.Id);
        found.LastFailure!.ShouldContain("Secrets:Keys:test");
        (found.FailingSince is null, found.ConsecutiveFailures, found.Waiting).ShouldBe((false, 0, 20));
        (await LogAsync(replica, webhook.Id)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Secret_UnderALostKey_RotatedWithoutMore_LeavesTheNewOneThatSigns()
    {
        var before = await StartHookReplicaAsync();
        await using var receiver = await HookReceiver.StartAsync(Time);
        var (webhook, _) = await RegisterAsync(before, receiver.Url);
        await TellAsync(await RecordAsync());
        var keyless = await StartHookReplicaAsync(("Secrets:Keys:test", null), ("Secrets:Keys:other", NewKey));
        await SendAsync(keyless);

        var rotated = await keyless.Get<Webhooks>().RotateAsync(webhook.Id, TimeSpan.FromHours(24), null, Somebody, Cancellation);
        Time.Advance(TimeSpan.FromSeconds(61));
        await SendAsync(keyless);

        rotated!.Value.Webhook.Secrets.ShouldHaveSingleItem();
        receiver.Taken.ShouldHaveSingleItem().Signature.Split(' ').ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Secrets_UnderALostKey_KeepNoOthersFromBeingEncryptedAnew()
    {
        var before = await StartHookReplicaAsync();
        var (webhook, _) = await RegisterAsync(before, "http://127.0.0.1:9/");
        await ExecuteAsync(
            $"""
            insert into recording.webhook_secrets (id, webhook_id, key_id, sealed, created_at)
            select ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, '{webhook.Id}', 'lost', '\x00', now() from generate_series(1, 250) n
            """
        );
        var both = await StartHookReplicaAsync(("Secrets:Keys:new", NewKey), ("Secrets:CurrentKey", "new"));

        await both.Get<WebhookDispatcher>().UpkeepAsync(Cancellation);

        (await ScalarAsync<long>("select count(*) from recording.webhook_secrets where key_id = 'new'")).ShouldBe(1);
        both.Log.Of(5110).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Webhooks_AsManyAsThereMayBe_AreNotExceeded()
    {
        var replica = await StartHookReplicaAsync(("Webhooks:MostWebhooks", "2"));
        var made = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => MakeAsync()));
        var (kept, _) = made.First(webhook => webhook is not null)!.Value;
        await replica.Get<Webhooks>().DeleteAsync(kept.Id, null, Somebody, Cancellation);

        made.Count(webhook => webhook is not null).ShouldBe(2);
        (await MakeAsync()).ShouldNotBeNull();
        (await MakeAsync()).ShouldBeNull();
        (await ScalarAsync<long>("select count(*) from recording.webhook_secrets")).ShouldBe(2);

        Task<(Webhook Webhook, string Secret)?> MakeAsync() =>
            replica.Get<Webhooks>().CreateAsync("http://127.0.0.1:9/", null, [], null, Somebody, Cancellation);
    }

    [Fact]
    public async Task Tables_HoldNoSecretInPlain()
    {
        var replica = await StartHookReplicaAsync();
        var (_, secret) = await RegisterAsync(replica, "http://127.0.0.1:9/");
        var bytes = Convert.FromBase64String(secret["whsec_".Length..]);

        var hits = await ScalarAsync<long>(
            $"""
            select count(*) from recording.webhook_secrets s
            where position(decode('{Convert.ToHexString(bytes)}', 'hex') in s.sealed) > 0
               or position(decode('{Convert.ToHexString(bytes.AsSpan(0, 8))}', 'hex') in s.sealed) > 0
            """
        );

        hits.ShouldBe(0);
        (await ScalarAsync<long>("select count(*) from recording.webhook_secrets")).ShouldBe(1);
    }

    [Fact]
    public async Task Webhook_Deleted_LeavesNothingBehind()
    {
        var replica = await StartHookReplicaAsync();
        var (webhook, _) = await RegisterAsync(replica, "http://127.0.0.1:9/");
        await TellAsync(await RecordAsync());
        await SendAsync(replica);

        (await replica.Get<Webhooks>().DeleteAsync(webhook.Id, null, Somebody, Cancellation)).ShouldBeTrue();

        (
            await ScalarAsync<long>(
                """
                select (select count(*) from recording.webhooks) + (select count(*) from recording.webhook_secrets)
                     + (select count(*) from recording.webhook_lanes) + (select count(*) from recording.webhook_attempts)
                """
            )
        ).ShouldBe(0);
        (await replica.Get<Webhooks>().DeleteAsync(webhook.Id, null, Somebody, Cancellation)).ShouldBeFalse();
    }

    [Fact]
    public async Task Webhooks_OfOtherProjects_AreNotSeen()
    {
        var replica = await StartHookReplicaAsync();
        var (all, _) = await RegisterAsync(replica, "http://127.0.0.1:9/");
        var (own, _) = await RegisterAsync(replica, "http://127.0.0.1:9/", projects: ["school"]);
        var (both, _) = await RegisterAsync(replica, "http://127.0.0.1:9/", projects: ["school", "college"]);
        var webhooks = replica.Get<Webhooks>();

        (await webhooks.ListAsync(["school"], Cancellation)).Select(webhook => webhook.Id).ShouldBe([own.Id]);
        foreach (var id in new[] { all.Id, both.Id })
        {
            (await webhooks.FindAsync(id, ["school"], Cancellation)).ShouldBeNull();
            (await webhooks.ChangeAsync(id, new() { Enabled = false }, ["school"], Somebody, Cancellation)).ShouldBeNull();
            (await webhooks.RotateAsync(id, TimeSpan.Zero, ["school"], Somebody, Cancellation)).ShouldBeNull();
            (await webhooks.ReplayAsync(id, 0, ["school"], Somebody, Cancellation)).ShouldBeFalse();
            (await webhooks.DeleteAsync(id, ["school"], Somebody, Cancellation)).ShouldBeFalse();
            (await replica.Get<WebhookProbe>().SendAsync(id, ["school"], Somebody, Cancellation)).ShouldBeNull();
        }

        (await webhooks.ListAsync(null, Cancellation)).Count.ShouldBe(3);
    }
}
