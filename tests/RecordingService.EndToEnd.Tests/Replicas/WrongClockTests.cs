using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using RecordingService.LocalStack.Processes;
using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Replicas;

/// <summary>Two replicas whose wall clocks are 14 minutes apart, and both wrong: every time and every wait is the database's.</summary>
public sealed class WrongClockTests(EndToEndDatabase postgres)
{
    private const double Factor = 10;

    /// <summary>How far a time in an answer may be from what the simulator saw: some seconds of real time. The wrong clocks are off by 70 minutes of recording time.</summary>
    private static readonly TimeSpan Near = TimeSpan.FromSeconds(8 * Factor);

    [Fact]
    public async Task Replicas_WithClocksSevenMinutesOff_KeepTheTimeOfTheDatabase()
    {
        await using var cloud = await Cloud.StartAsync(postgres, Factor);
        Replica[] replicas = [await StartReplicaAsync(cloud, "00:07:00"), await StartReplicaAsync(cloud, "-00:07:00")];
        cloud.Agora.Notifications.Settings = new NotificationOptions
        {
            Projects =
            [
                new NotificationReceiver
                {
                    AppId = DemoAccount.AppId,
                    Url = new Uri(replicas[0].Api.Address, "/agora/notifications/demo"),
                    Secret = DemoAccount.NotificationSecret,
                },
            ],
        };
        cloud.Agora.Channels.Script("empty");

        List<(string Channel, string Id)> classes = [];
        for (var number = 0; number < 8; number++)
        {
            classes.Add(($"clock-{number}", await replicas[number % 2].RecordAsync($"clock-{number}")));
        }

        var limited = await AcceptAsync(replicas[1], "limited", ("maxDuration", "PT5M"));
        var empty = await AcceptAsync(replicas[0], "empty", ("longestBreak", "PT0S"));
        foreach (var (_, id) in classes)
        {
            await BecomesAsync(replicas[1], id, "recording");
        }

        await UntimedNoticeAsync(cloud, replicas[1], classes[0]);
        (await EndReasonAsync(replicas[0], limited)).ShouldBe("maxDuration");
        (await EndReasonAsync(replicas[1], empty)).ShouldBe("idle");
        foreach (var (_, id) in classes)
        {
            await replicas[0].PostAsync($"/v1/recordings/{id}/stop", null);
        }

        foreach (var (channel, id) in classes)
        {
            await BecomesAsync(replicas[1], id, "completed");
            await JudgeAsync(cloud, replicas, channel, id);
        }

        // Five minutes after the acceptance and not before: the stop is the one call that tells when the limit was thought to be reached.
        var accepted = TimeOf(await replicas[0].GetAsync($"/v1/recordings/{limited}"), "acceptedAt");
        (Call(cloud, "limited", AgoraOperation.Stop).At - accepted).ShouldBeInRange(
            TimeSpan.FromMinutes(5),
            TimeSpan.FromMinutes(5) + Near
        );
        await JudgeAsync(cloud, replicas, "limited", limited);
        // The recorder waited its 30 s for somebody to publish; no stop and no replacement came before.
        var idle = cloud.Agora.Journal.Recorders("empty")[0];
        idle.Why.ShouldBe(RecorderEnd.Idle);
        (idle.LeftAt!.Value - idle.StartedAt).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(30));
        Calls(cloud, "empty", AgoraOperation.Stop).ShouldBeEmpty();
    }

    /// <summary>Agora tells of something without saying when: what is written down is the database's time, not that of the replica that read it.</summary>
    private static async Task UntimedNoticeAsync(Cloud cloud, Replica replica, (string Channel, string Id) of)
    {
        var recorder = cloud.Agora.Journal.Recorders(of.Channel).ShouldHaveSingleItem();
        var body = Encoding.UTF8.GetBytes(
            $$"""
            {"noticeId":"untimed","productId":3,"eventType":1,"payload":{"cname":"{{of.Channel}}","uid":"{{recorder.Uid}}","sid":"{{recorder.Sid}}",
             "sequence":900,"details":{"module":2,"errorLevel":3,"errorCode":7,"stat":0,"errorMsg":"untimed"} } }
            """
        );
        using var http = new HttpClient { BaseAddress = replica.Api.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/agora/notifications/demo") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add(
            "Agora-Signature-V2",
            Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(DemoAccount.NotificationSecret), body))
        );
        var now = Calls(cloud, of.Channel, AgoraOperation.Query).Max(call => call.At);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);

        var told = await Eventually.BecomesAsync(
            async () =>
                (
                    await cloud.QueryAsync(
                        "select (document #>> '{evidence,faults,0,at}')::timestamptz from recording.runs where recording_id = @id and document #> '{evidence,faults,0}' is not null",
                        row => row.GetFieldValue<DateTimeOffset>(0),
                        ("id", Guid.Parse(of.Id))
                    )
                ).SingleOrDefault(),
            at => at != default
        );
        // Between the last question before it and now, with the time that questions are apart.
        (told - now).ShouldBeInRange(-Near, TimeSpan.FromMinutes(3));
    }

    private static async Task JudgeAsync(Cloud cloud, Replica[] replicas, string channel, string id)
    {
        var told = await replicas[0].TellAsync(id);
        var recording = await replicas[0].GetAsync($"/v1/recordings/{id}");
        cloud.Agora.Journal.Recorders(channel).ShouldHaveSingleItem(told);
        ShouldBeNear(TimeOf(recording, "acceptedAt"), Call(cloud, channel, AgoraOperation.Acquire).At, told);
        ShouldBeNear(TimeOf(recording, "confirmedAt"), Call(cloud, channel, AgoraOperation.Query).At, told);
        ShouldBeNear(TimeOf(recording, "endedAt"), Call(cloud, channel, AgoraOperation.Stop).At, told);

        var lines = (await replicas[1].GetAsync($"/v1/recordings/{id}/timeline?limit=500")).GetProperty("items").EnumerateArray();
        var times = lines.Select(line => line.GetProperty("at").GetDateTimeOffset()).ToList();
        (times[0] - TimeOf(recording, "acceptedAt")).Duration().ShouldBeLessThan(Near, told);
        // Whoever wrote a line: in the order in which they were written, up to what two readings of one clock may differ by.
        times.Zip(times.Skip(1)).ShouldAllBe(pair => pair.Second - pair.First > -TimeSpan.FromSeconds(Factor));
    }

    private static void ShouldBeNear(DateTimeOffset time, DateTimeOffset seen, string told) =>
        (time - seen).Duration().ShouldBeLessThan(Near, $"{time:O} is not {seen:O}\n{told}");

    private static DateTimeOffset TimeOf(JsonElement recording, string name) => recording.GetProperty(name).GetDateTimeOffset();

    private static JournaledCall Call(Cloud cloud, string channel, AgoraOperation operation) => Calls(cloud, channel, operation)[0];

    private static List<JournaledCall> Calls(Cloud cloud, string channel, AgoraOperation operation) =>
        [.. cloud.Agora.Journal.Calls().Where(call => call.Channel == channel && call.Operation == operation).OrderBy(call => call.At)];

    private static async Task<string> AcceptAsync(Replica of, string channel, (string Name, string Value) member)
    {
        var body = new Dictionary<string, object>
        {
            ["channel"] = channel,
            ["roomType"] = "lecture",
            [member.Name] = member.Value,
        };
        var (status, answer) = await of.PostAsync("/v1/recordings", body);
        status.ShouldBe(HttpStatusCode.Accepted, answer.ToString());
        return answer.GetProperty("id").GetString()!;
    }

    private static async Task<string?> EndReasonAsync(Replica of, string id) =>
        (await BecomesAsync(of, id, "completed")).GetProperty("endReason").GetString();

    private static async Task<JsonElement> BecomesAsync(Replica of, string id, string state)
    {
        try
        {
            return await Eventually.BecomesAsync(
                () => of.GetAsync($"/v1/recordings/{id}"),
                recording => Lesson.StateOf(recording) == state,
                TimeSpan.FromSeconds(75),
                description: state
            );
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message}\n{await of.TellAsync(id)}", exception);
        }
    }

    private static async Task<Replica> StartReplicaAsync(Cloud cloud, string offset)
    {
        var replica = await cloud.StartReplicaAsync(
            ("DOTNET_STARTUP_HOOKS", typeof(StartupHook).Assembly.Location),
            (StartupHook.OffsetVariable, offset)
        );
        replica.Api.Process.LastOutput.ShouldContain($"The wall clock is off by {offset}.");
        return replica;
    }
}
