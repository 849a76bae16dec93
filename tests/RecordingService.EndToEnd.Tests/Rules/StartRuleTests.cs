using System.Globalization;
using System.Text.Json.Nodes;
using RecordingService.Simulation;

namespace RecordingService.EndToEnd.Tests.Rules;

/// <summary>A start has succeeded only with a sid (S2), a started recorder is proven (S3), recorders have uids of their own (S4).</summary>
public sealed class StartRuleTests(StartRuleTests.Deployment cloud) : IClassFixture<StartRuleTests.Deployment>
{
    private const int UsersFrom = 100;
    private const int UsersTo = 1_099;

    [Fact]
    [Trait("Rule", "S2")]
    public async Task S2_StartAnswered201And7_SidToldByANotification_IsAdopted()
    {
        cloud.Agora.Notifications.Settings = new NotificationOptions { Projects = [cloud.Demo] };
        InForce("start-201-already-started", "adopted", times: 1);

        var lesson = await Lesson.RecordAsync(cloud, "adopted");

        (await lesson.TellAsync()).ShouldContain("The sid became known by a notification.");
        (await lesson.RunsAsync()).ShouldHaveSingleItem();
        lesson.Calls(AgoraOperation.Start).ShouldHaveSingleItem();
        lesson.Recorders.ShouldHaveSingleItem().LeftAt.ShouldBeNull();
        Lesson.ReasonOf(await lesson.ReadAsync()).ShouldBeNull();
    }

    [Fact]
    [Trait("Rule", "S2")]
    public async Task S2_StartTimesOut_OrphanIsReplacedAndStoppedOnceItsSidIsTold()
    {
        cloud.Agora.Notifications.Settings = new NotificationOptions();
        InForce("start-timeout-orphan", "orphan", times: 1);
        var lesson = await Lesson.RecordAsync(cloud, "orphan");
        var runs = await lesson.RunsAsync();
        runs.Select(Lesson.PhaseOf).ShouldBe(["orphaned", "recording"]);
        lesson.Calls(AgoraOperation.Start).Count(call => call.Uid == $"{Lesson.UidOf(runs[0])}").ShouldBe(2);
        lesson.Recorders[0].SidDelivered.ShouldBeFalse();

        // The notifications are mended: the next news of the orphan tells its sid.
        cloud.Agora.Notifications.Settings = new NotificationOptions { Projects = [cloud.Demo] };

        await lesson.BecomesAsync(_ => lesson.Recorders[0].Why == RecorderEnd.Stopped, "the orphan is stopped");
        lesson.Recorders.Count.ShouldBe(2);
        lesson.Recorders[1].LeftAt.ShouldBeNull();
        Lesson.StateOf(await lesson.ReadAsync()).ShouldBe("recording");
    }

    [Fact]
    [Trait("Rule", "S3")]
    public async Task S3_RecorderThatIsNeverReady_IsStoppedAfter90SecondsAndReplaced()
    {
        cloud.Agora.Notifications.Settings = new NotificationOptions();
        // Nobody is there whom it could record in spite of what it says.
        cloud.Agora.Channels.Script("never-ready");
        var fault = cloud.Agora.Faults.Add(
            StatusOf(3) with
            {
                Match = new() { Operation = AgoraOperation.Query, Channel = "never-ready" },
            }
        );
        var lesson = await Lesson.StartAsync(cloud, "never-ready");
        var recording = await lesson.BecomesAsync(r => r.GetProperty("runs").GetArrayLength() == 2, "another recorder");
        recording.GetProperty("confirmedAt").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        cloud.Agora.Faults.Remove(fault);

        recording = await lesson.BecomesAsync("recording");

        recording.GetProperty("confirmedAt").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.String);
        var (first, second) = (lesson.Recorders[0], lesson.Recorders[1]);
        first.Why.ShouldBe(RecorderEnd.Stopped);
        (first.LeftAt!.Value - first.StartedAt).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(90));
        second.LeftAt.ShouldBeNull();
        var queries = lesson.Calls(AgoraOperation.Query);
        (queries[0].At - first.StartedAt).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(5));
    }

    [Fact]
    [Trait("Rule", "S3")]
    public async Task S3_QueriesAnswered50xOnly_OtherUidStartsAndTheFirstIsWatched()
    {
        cloud.Agora.Notifications.Settings = new NotificationOptions();
        var fault = InForce("query-504-62", "unproven");
        var lesson = await Lesson.StartAsync(cloud, "unproven");
        var recording = await lesson.BecomesAsync(r => Lesson.ReasonOf(r) == "unproven", "unproven");
        Lesson.StateOf(recording).ShouldBe("starting");
        Lesson.PhaseOf(recording.GetProperty("runs")[0]).ShouldBe("replaced");
        await lesson.BecomesAsync(_ => lesson.Recorders.Count == 2, "another recorder");
        lesson.Calls(AgoraOperation.Stop).ShouldBeEmpty();
        var runs = await lesson.RunsAsync();
        (Lesson.IsPrimary(runs[0]), Lesson.IsBackup(runs[1])).ShouldBe((true, true));

        cloud.Agora.Faults.Remove(fault);

        // Both turn out to run: one goes on, the other one is called off.
        recording = await lesson.BecomesAsync(
            r => Lesson.StateOf(r) == "recording" && lesson.Recorders.Count(one => one.LeftAt is null) == 1,
            "one recorder goes on"
        );
        Lesson.ReasonOf(recording).ShouldBeNull();
        lesson.Recorders.Count.ShouldBe(2);
    }

    [Fact]
    [Trait("Rule", "S4")]
    public async Task S4_UserHasTheRecordersUid_OtherUidRecords()
    {
        cloud.Agora.Notifications.Settings = new NotificationOptions();
        // Whatever uid the first recorder draws is a user's: 123, 234, 345 or one of their class mates.
        for (var uid = UsersFrom; uid <= UsersTo; uid++)
        {
            cloud.Agora.Channels.Join("clash", uid.ToString(CultureInfo.InvariantCulture), Cloud.SecondAppId);
        }

        var lesson = await Lesson.RecordAsync(cloud, "clash", ("project", "second"));

        var runs = await lesson.RunsAsync();
        runs.Count.ShouldBe(2, await lesson.TellAsync());
        Lesson.UidOf(runs[0]).ShouldBeInRange(UsersFrom, UsersTo);
        Lesson.IsBackup(runs[1]).ShouldBeTrue();
        lesson.Recorders.Select(recorder => recorder.Why).ShouldBe([RecorderEnd.UidConflict, null]);
        lesson.Recorders[0].SecondsReceived.ShouldBe(0);

        // The user who was thrown out comes back, and everybody stays.
        cloud.Agora.Channels.Join("clash", $"{Lesson.UidOf(runs[0])}", Cloud.SecondAppId);
        await lesson.RecordedAsync(20);
        string[] users = ["123", "234", "345"];
        users.ShouldBeSubsetOf(cloud.Agora.Channels.Users("clash", Cloud.SecondAppId).Select(user => user.Uid));
        lesson.Recorders[1].LeftAt.ShouldBeNull();
    }

    [Fact]
    [Trait("Rule", "S4")]
    public async Task S4_ManyGenerations_AlternateBetweenTheHalvesAndUseNoUidTwice()
    {
        const int generations = 5;
        cloud.Agora.Notifications.Settings = new NotificationOptions { Projects = [cloud.Demo] };
        var lesson = await Lesson.RecordAsync(cloud, "mortal");
        for (var generation = 1; generation < generations; generation++)
        {
            cloud.Agora.Faults.KillRecorder(lesson.Recorders[^1].Sid).ShouldBeTrue();
            await lesson.BecomesAsync(
                recording => Lesson.StateOf(recording) == "recording" && recording.GetProperty("runs").GetArrayLength() == generation + 1,
                $"generation {generation + 1}"
            );
        }

        var runs = await lesson.RunsAsync();
        runs.Select(Lesson.UidOf).ShouldBeUnique();
        runs.Select(Lesson.IsPrimary).ShouldBe([true, false, true, false, true]);
        runs.Select(Lesson.IsBackup).ShouldBe([false, true, false, true, false]);
        lesson.Recorders.Select(recorder => recorder.Uid).ShouldBe(runs.Select(run => $"{Lesson.UidOf(run)}"));
        cloud.Agora.Journal.MostRecordersAtOnce("mortal").ShouldBe(1);
    }

    private string InForce(string scenario, string channel, int? times = null) =>
        cloud.Agora.Faults.Add(scenario, new FaultMatch { Channel = channel, Times = times });

    private static Fault StatusOf(int status) =>
        new()
        {
            Status = 200,
            Body = new JsonObject
            {
                ["sid"] = "{sid}",
                ["serverResponse"] = new JsonObject { ["status"] = status },
            },
        };

    /// <summary>In the second project the primary uids are those of ordinary users.</summary>
    public sealed class Deployment(EndToEndDatabase postgres) : SharedCloud(postgres)
    {
        protected override IEnumerable<(string Key, string Value)> Settings =>
            [
                ("Agora__ConnectTimeout", "00:00:00.5"),
                ("Agora__AttemptTimeout", "00:00:01"),
                ("Agora__Projects__second__RecorderUids__PrimaryFrom", $"{UsersFrom}"),
                ("Agora__Projects__second__RecorderUids__PrimaryTo", $"{UsersTo}"),
            ];
    }
}
