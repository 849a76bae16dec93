using System.Diagnostics;
using System.Net;
using System.Text.Json;
using RecordingService.LocalStack.Processes;
using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Notifications;

/// <summary>Notifications are hints and questions are the truth: however badly they come, they change when something is known, never what.</summary>
public sealed class TenThousandNotificationsTests(EndToEndDatabase postgres)
{
    private const double Factor = 20;
    private const string Secret = "shared with Agora";
    private const string Told = "demo";
    private const string Untold = "second";

    /// <summary>Fifty recorders of a project may run at once.</summary>
    private const int Classes = 45;

    private static readonly string[] Fates = ["stopped", "idle", "refused at first", "never anybody", "over time"];

    private static readonly Dictionary<string, Outcome> Expected = new()
    {
        ["stopped"] = new("completed", "requested", null, "complete"),
        ["idle"] = new("completed", "idle", "idle", "complete"),
        ["refused at first"] = new("completed", "requested", null, "complete"),
        ["never anybody"] = new("completed", "idle", "idle", "empty"),
        ["over time"] = new("completed", "maxDuration", null, "complete"),
    };

    /// <summary>The same classes twice at the same time: one project is told of by the worst of post offices, the other never.</summary>
    [Fact]
    public async Task Notifications_ShuffledTripledLostAndForged_LeadToTheSameStatesAsNone()
    {
        var begun = Stopwatch.StartNew();
        await using var cloud = await Cloud.StartAsync(postgres, Factor);
        await using var post = await BadPost.OpenAsync(Secret);
        var service = await cloud.StartReplicaAsync(
            ("Agora__Projects__demo__NotificationSecrets__0", Secret),
            ("Agora__Projects__demo__RequestsPerSecond", "10"),
            ("Serilog__MinimumLevel", "Warning")
        );
        post.DeliverTo(new Uri(service.Api.Address, "/agora/notifications"));
        cloud.Agora.Notifications.Settings = new NotificationOptions
        {
            Projects =
            [
                new NotificationReceiver
                {
                    AppId = DemoAccount.AppId,
                    Url = post.Address,
                    Secret = Secret,
                },
            ],
        };

        var told = await StartAsync(cloud, service, Told, DemoAccount.AppId);
        var untold = await StartAsync(cloud, service, Untold, Cloud.SecondAppId);
        await TeachAsync(cloud, post);
        await Task.WhenAll(
            told.Concat(untold)
                .Where(one => one.Fate is "stopped" or "refused at first")
                .Select(one => service.PostAsync($"/v1/recordings/{one.Id}/stop", null))
        );
        await AllFinalAsync(cloud);
        await post.IsEmptyAsync();
        await Eventually.HoldsAsync(async () => await CountAsync(cloud, "inputs") == 0);
        await AllFinalAsync(cloud);

        for (var number = 0; number < Classes; number++)
        {
            var (one, other) = (await OutcomeAsync(service, told[number].Id), await OutcomeAsync(service, untold[number].Id));
            one.ShouldBe(other, await BothAsync(service, told[number].Id, untold[number].Id));
            one.ShouldBe(Expected[told[number].Fate], await BothAsync(service, told[number].Id, untold[number].Id));
        }

        var genuine = post.Answers.Where(answer => !answer.Key.Forged).ToList();
        genuine.ShouldHaveSingleItem().Key.Status.ShouldBe(HttpStatusCode.OK);
        var forged = post.Answers.Where(answer => answer.Key.Forged).ToList();
        forged.ShouldHaveSingleItem().Key.Status.ShouldBe(HttpStatusCode.Unauthorized);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{post.Deliveries} deliveries ({forged[0].Value} forged) of {post.Events - post.Lost} events, {post.Lost} more were lost; {begun.Elapsed.TotalSeconds:0} s"
        );
        post.Deliveries.ShouldBeGreaterThanOrEqualTo(10_000);
        ((double)post.Lost / post.Events).ShouldBeInRange(0.17, 0.23);
        ((double)forged[0].Value / post.Deliveries).ShouldBeInRange(0.04, 0.06);
        (await CountAsync(cloud, "notifications")).ShouldBe(post.Genuine.Count);
        (await cloud.QueryAsync("select notice_id from recording.notifications", row => row.GetString(0))).ShouldBe(
            post.Genuine,
            ignoreOrder: true
        );
        (
            await cloud.QueryAsync("select body from recording.notifications where body like '%forged%'", row => row.GetString(0))
        ).ShouldBeEmpty();
    }

    private static async Task<IReadOnlyList<Class>> StartAsync(Cloud cloud, Replica service, string project, string appId)
    {
        List<Class> classes = [];
        for (var number = 0; number < Classes; number++)
        {
            var (channel, fate) = ($"class-{number}", Fates[number % Fates.Length]);
            cloud.Agora.Channels.Script(channel, appId);
            if (fate == "refused at first")
            {
                var start = new FaultMatch
                {
                    Operation = AgoraOperation.Start,
                    AppId = appId,
                    Channel = channel,
                    Times = 1,
                };
                cloud.Agora.Faults.Add(Fault.Refuse(start, 500, 502));
            }

            if (fate != "never anybody")
            {
                cloud.Agora.Channels.Join(channel, "7", appId);
            }

            var (status, body) = await service.PostAsync(
                "/v1/recordings",
                new
                {
                    channel,
                    roomType = "small-class",
                    project,
                    maxDuration = fate == "over time" ? "PT8M" : "PT1H",
                }
            );
            status.ShouldBe(HttpStatusCode.Accepted, body.ToString());
            classes.Add(new(body.GetProperty("id").GetString()!, fate));
        }

        return classes;
    }

    /// <summary>The teachers turn camera and microphone on and off, which is told each time, until there is enough to tell.</summary>
    private static async Task TeachAsync(Cloud cloud, BadPost post)
    {
        const int Enough = 3_900;
        string[] projects = [DemoAccount.AppId, Cloud.SecondAppId];
        await Eventually.HoldsAsync(() => Publishing(cloud) == 2 * Classes / Fates.Length * 4, TimeSpan.FromSeconds(120));
        for (var change = 1; post.Events < Enough; change++)
        {
            var before = post.Events;
            for (var number = 0; number < Classes; number++)
            {
                var fate = Fates[number % Fates.Length];
                foreach (var appId in projects)
                {
                    var channel = $"class-{number}";
                    if (fate == "idle" && change == 20)
                    {
                        cloud.Agora.Channels.Leave(channel, "7", appId);
                    }
                    else if (fate != "never anybody" && (fate != "idle" || change < 20))
                    {
                        cloud.Agora.Channels.Join(channel, new ChannelUser("7", Audio: change % 2 == 0, Video: change % 2 == 0), appId);
                    }
                }
            }

            await Eventually.HoldsAsync(() => post.Events > before);
        }
    }

    private static int Publishing(Cloud cloud) =>
        cloud
            .Agora.Journal.Recorders()
            .Where(life => life.SecondsReceived > 0)
            .Select(life => (life.AppId, life.Channel))
            .Distinct()
            .Count();

    private static async Task AllFinalAsync(Cloud cloud) =>
        await Eventually.BecomesAsync(
            async () =>
                string.Join(
                    ", ",
                    await cloud.QueryAsync(
                        """
                        select r.project || ' ' || r.channel || ' ' || r.state || ' ' || r.files_state || ' ' || coalesce(r.document -> 'reason' ->> 'code', '')
                        from recording.schedule s join recording.recordings r on r.id = s.recording_id order by 1
                        """,
                        row => row.GetString(0)
                    )
                ),
            unfinished => unfinished.Length == 0,
            TimeSpan.FromSeconds(120)
        );

    private static async Task<long> CountAsync(Cloud cloud, string table) =>
        (await cloud.QueryAsync($"select count(*) from recording.{table}", row => row.GetInt64(0)))[0];

    private static async Task<Outcome> OutcomeAsync(Replica service, string id)
    {
        var recording = await service.GetAsync($"/v1/recordings/{id}");
        var reason = recording.GetProperty("reason");
        return new(
            recording.GetProperty("state").GetString(),
            recording.GetProperty("endReason").GetString(),
            reason.ValueKind == JsonValueKind.Null ? null : reason.GetProperty("code").GetString(),
            recording.GetProperty("files").GetProperty("state").GetString()
        );
    }

    private static async Task<string> BothAsync(Replica service, string told, string untold) =>
        $"with:\n{await service.TellAsync(told)}\nwithout:\n{await service.TellAsync(untold)}";

    private sealed record Class(string Id, string Fate);

    private sealed record Outcome(string? State, string? EndReason, string? Reason, string? Files);
}
