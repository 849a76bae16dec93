using System.Text.Json.Nodes;
using RecordingService.Simulation;

namespace RecordingService.EndToEnd.Tests.Rules;

/// <summary>Files of a recorder that Agora moved to another server: what was recorded before, and whether anything was (S9, S12, S14).</summary>
public sealed class MovedFileRuleTests(MovedFileRuleTests.Deployment cloud) : IClassFixture<MovedFileRuleTests.Deployment>
{
    private const string Teacher = "7";

    private static readonly TimeSpan Away = TimeSpan.FromSeconds(15);

    [Fact]
    [Trait("Rule", "S9")]
    public async Task S9_MoveBeforeAnybodyPublishes_IsCompleteOnceItsNoticesProveIt()
    {
        cloud.Agora.Notifications.Settings = new NotificationOptions { Projects = [cloud.Demo] };
        var lesson = await MoveInSilenceAsync("moved-in-silence");
        await lesson.TellsAsync("Agora tells that it moved the recorder");
        await PublishAsync(lesson);
        await lesson.TellsAsync("Agora tells that a slice began");

        var recording = await lesson.StopAsync();

        cloud.Agora.Notifications.Settings = new NotificationOptions();
        (Lesson.StateOf(recording), Lesson.FilesOf(recording)).ShouldBe(("completed", "complete"), await lesson.TellAsync());
        (await PlaylistsAsync(lesson)).ShouldBe([$"bak0_{lesson.Recorders[0].Sid}_moved-in-silence.m3u8"]);
    }

    [Fact]
    [Trait("Rule", "S12")]
    [Trait("Rule", "S14")]
    public async Task S12_S14_MoveBeforeAnybodyPublishes_IsNotVerifiedAfterTheUsualTimeWhereNobodyTellsOfIt()
    {
        // Of all events only the end of the upload is told; of the two lists that there may be one is found.
        cloud.Agora.Notifications.Settings = new NotificationOptions { Projects = [cloud.Demo], Events = [31] };
        var lesson = await MoveInSilenceAsync("moved-untold");
        await PublishAsync(lesson);
        await cloud.Service.PostAsync($"/v1/recordings/{lesson.Id}/stop", null);
        await lesson.TellsAsync($"whether {lesson.Recorders[0].Sid}_moved-untold.m3u8, which is not there, was ever written");
        await lesson.TellsAsync("Agora tells that everything is uploaded");
        Lesson.FilesOf(await lesson.ReadAsync()).ShouldBe("pending");
        (await CausesAsync(lesson)).ShouldBeEmpty();
        cloud.Agora.Notifications.Settings = new NotificationOptions();

        var recording = await lesson.BecomesAsync("completed");

        Lesson.FilesOf(recording).ShouldBe("notVerified", await lesson.TellAsync());
        (await CausesAsync(lesson)).ShouldBeEmpty();
        (await PlaylistsAsync(lesson))[0].ShouldBe($"bak0_{lesson.Recorders[0].Sid}_moved-untold.m3u8");
    }

    [Theory]
    [Trait("Rule", "S14")]
    [InlineData(true, "slow-named", "1 of 2 playlists are not there")]
    [InlineData(false, "slow-unnamed", "was ever written")]
    public async Task S14_FirstPartOnASlowWay_IsNeverCalledCompleteBeforeItArrives(bool isNamed, string channel, string pending)
    {
        if (!isNamed)
        {
            cloud.Agora.Faults.Add(
                new Fault
                {
                    Match = new FaultMatch { Operation = AgoraOperation.Query, Channel = channel },
                    Status = 200,
                    Body = JsonNode.Parse("""{"sid":"{sid}","serverResponse":{"status":5}}"""),
                }
            );
        }

        cloud.Agora.Uploads = new UploadOptions { CrossRegionDelay = TimeSpan.FromMinutes(10) };
        var lesson = await Lesson.RecordAsync(cloud, channel);
        await lesson.RecordedAsync(40);
        var queries = lesson.Calls(AgoraOperation.Query).Count;
        await lesson.BecomesAsync(_ => lesson.Calls(AgoraOperation.Query).Count > queries, "another query, which may name the first part");
        await MoveAsync(lesson);
        cloud.Agora.Uploads = new UploadOptions();
        await lesson.RecordedAsync(cloud.Agora.Journal.Recorded(channel).TotalSeconds + 40);
        await cloud.Service.PostAsync($"/v1/recordings/{lesson.Id}/stop", null);

        await lesson.TellsAsync(pending);
        Lesson.FilesOf(await lesson.ReadAsync()).ShouldBe("pending");

        var recording = await lesson.BecomesAsync("completed");
        Lesson.FilesOf(recording).ShouldBe("complete", await lesson.TellAsync());
        var sid = lesson.Recorders.ShouldHaveSingleItem().Sid;
        (await PlaylistsAsync(lesson)).ShouldBe([$"{sid}_{channel}.m3u8", $"bak0_{sid}_{channel}.m3u8"]);
    }

    /// <summary>A recorder that is moved while nobody is in its channel, and is back.</summary>
    private async Task<Lesson> MoveInSilenceAsync(string channel)
    {
        cloud.Agora.Channels.Script(channel);
        var lesson = await Lesson.RecordAsync(cloud, channel);
        await MoveAsync(lesson);
        return lesson;
    }

    private async Task MoveAsync(Lesson lesson)
    {
        var (uid, sid) = (lesson.Recorders[0].CurrentUid, lesson.Recorders[0].Sid);
        cloud.Agora.Faults.MoveServer(sid, Away).ShouldBeTrue();
        await lesson.BecomesAsync(_ => lesson.Recorders[0].CurrentUid != uid, "the recorder is back");
    }

    private async Task PublishAsync(Lesson lesson)
    {
        cloud.Agora.Channels.Join(lesson.Channel, Teacher);
        await lesson.RecordedAsync(40);
    }

    private static async Task<IReadOnlyList<string>> PlaylistsAsync(Lesson lesson) =>
        [.. (await lesson.FileNamesAsync()).Where(name => name.EndsWith(".m3u8", StringComparison.Ordinal))];

    private async Task<IReadOnlyList<string>> CausesAsync(Lesson lesson) =>
        [
            .. (await cloud.Service.GetAsync($"/v1/recordings/{lesson.Id}/diagnosis"))
                .GetProperty("causes")
                .EnumerateArray()
                .Select(cause => cause.GetProperty("code").GetString()!),
        ];

    public sealed class Deployment(EndToEndDatabase postgres) : SharedCloud(postgres)
    {
        protected override double Factor => 60;
    }
}
