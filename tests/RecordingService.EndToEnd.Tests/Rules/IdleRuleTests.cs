using RecordingService.Simulation;

namespace RecordingService.EndToEnd.Tests.Rules;

/// <summary>How long a recorder waits in an empty channel (S8), and the ways in which a recording ends (S11).</summary>
public sealed class IdleRuleTests(IdleRuleTests.Deployment cloud) : IClassFixture<IdleRuleTests.Deployment>
{
    private const string Teacher = "123";

    [Fact]
    [Trait("Rule", "S8")]
    public async Task S8_BreakOf5Minutes_IsSurvivedAsALectureAndEndsAClassWithoutBreaks()
    {
        await cloud.PutRoomTypeAsync("no-breaks", """{"channelProfile":"live","longestBreak":"PT0S","onIdleExit":"complete"}""");
        var (lecture, other) = (await RecordAsync("with-break", "lecture"), await RecordAsync("without-break", "no-breaks"));

        await BreakAsync(TimeSpan.FromMinutes(5), lecture, other);

        var recording = await other.BecomesAsync("completed");
        (Lesson.EndReasonOf(recording), Lesson.ReasonOf(recording), Lesson.FilesOf(recording)).ShouldBe(
            ("idle", "idle", "complete"),
            await other.TellAsync()
        );
        other.Recorders[0].Why.ShouldBe(RecorderEnd.Idle);
        // A notification that is late by more than the re-checks take costs a second recorder, which hears nobody and changes nothing.
        other.Recorders.Skip(1).ShouldAllBe(recorder => recorder.SecondsReceived == 0);
        IdleOf(recording, "derivation").ShouldBe("Twice the longest expected break of 0 s (room type) is 0 s; 30 s is the least.");
        IdleOf(recording, "onExit").ShouldBe("A recorder leaves after 30 s with no host in the channel; the recording is complete then.");

        recording = await lecture.BecomesAsync("recording");
        lecture.Recorders.ShouldHaveSingleItem().LeftAt.ShouldBeNull();
        IdleOf(recording, "derivation").ShouldBe("Twice the longest expected break of 5 min (room type) is 10 min.");
        var before = cloud.Agora.Journal.Recorded(lecture.Channel).TotalSeconds;
        await lecture.RecordedAsync(before + 20);
        Lesson.FilesOf(await lecture.StopAsync()).ShouldBe("complete", await lecture.TellAsync());
    }

    /// <summary>Index of the first run that ended idle, or -1.</summary>
    private static int IdleRun(System.Text.Json.JsonElement recording) =>
        recording.GetProperty("runs").EnumerateArray().ToList().FindIndex(run => run.GetProperty("end").GetString() == "idle");

    [Fact]
    [Trait("Rule", "S8")]
    public async Task S8_Resume_RecordsOnWhenTheTeacherIsBack()
    {
        await cloud.PutRoomTypeAsync("resumes", """{"channelProfile":"live","longestBreak":"PT0S","onIdleExit":"resume"}""");
        var lesson = await RecordAsync("resumes", "resumes");

        await BreakAsync(TimeSpan.FromMinutes(2), lesson);

        // A query that is answered "ending" before the notification comes calls the first recorder dead; the next one then idles.
        var recording = await lesson.BecomesAsync(
            r => Lesson.StateOf(r) == "recording" && IdleRun(r) >= 0,
            "records on after an idle exit"
        );
        var idle = IdleRun(recording);
        lesson.Recorders[idle].Why.ShouldBe(RecorderEnd.Idle, await lesson.TellAsync());
        (lesson.Recorders[idle + 1].StartedAt - lesson.Recorders[idle].LeftAt!.Value).ShouldBeGreaterThanOrEqualTo(
            TimeSpan.FromSeconds(60)
        );
        IdleOf(recording, "onExit").ShouldContain("a new one is tried after 1, 2, 4 ... min");
        await lesson.RecordedAsync(cloud.Agora.Journal.Recorded(lesson.Channel).TotalSeconds + 20);
        Lesson.EndReasonOf(await lesson.StopAsync()).ShouldBe("requested");
    }

    [Fact]
    [Trait("Rule", "S11")]
    public async Task S11_MaximumDuration_StopsAndCompletesWithFiles()
    {
        var lesson = await Lesson.RecordAsync(cloud, "five-minutes", ("maxDuration", "PT5M"));

        var recording = await lesson.BecomesAsync("completed");

        (Lesson.EndReasonOf(recording), Lesson.FilesOf(recording)).ShouldBe(("maxDuration", "complete"), await lesson.TellAsync());
        Lesson.ReasonOf(recording).ShouldBeNull();
        lesson.Recorders.ShouldHaveSingleItem().Why.ShouldBe(RecorderEnd.Stopped);
    }

    private static string IdleOf(System.Text.Json.JsonElement recording, string member) =>
        recording.GetProperty("idleTime").GetProperty(member).GetString()!;

    private async Task<Lesson> RecordAsync(string channel, string roomType)
    {
        cloud.Agora.Channels.Join(channel, Teacher);
        var lesson = await Lesson.RecordAsync(cloud, channel, ("roomType", roomType));
        await lesson.RecordedAsync(20);
        return lesson;
    }

    /// <summary>The teachers are away until so much of recording time has passed.</summary>
    private async Task BreakAsync(TimeSpan length, params Lesson[] lessons)
    {
        foreach (var lesson in lessons)
        {
            cloud.Agora.Channels.Leave(lesson.Channel, Teacher);
        }

        // A clock of the simulated world: somebody who talks elsewhere for as long as the break lasts.
        var elsewhere = $"elsewhere-{lessons[0].Channel}";
        cloud.Agora.Channels.Join(elsewhere, Teacher);
        await RecordingService.Testing.Eventually.HoldsAsync(() => cloud.Agora.Journal.Published(elsewhere) >= length);
        foreach (var lesson in lessons)
        {
            cloud.Agora.Channels.Join(lesson.Channel, Teacher);
        }
    }

    public sealed class Deployment(EndToEndDatabase postgres) : SharedCloud(postgres)
    {
        protected override double Factor => 30;

        // They tell why a recorder left; without them its replacement finds nobody and tells the same, later.
        protected override NotificationOptions Notifications => new() { Projects = [Demo] };
    }
}
