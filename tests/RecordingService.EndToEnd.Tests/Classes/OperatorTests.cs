using System.Net;
using System.Text.Json;
using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Classes;

/// <summary>What operators do to classes that run, judged by the simulator's journal.</summary>
public sealed class OperatorTests(SharedCloud cloud, ITestOutputHelper output) : IClassFixture<SharedCloud>
{
    [Fact]
    public async Task Replace_OfARunningRecorder_MissesNothingOfTheClass()
    {
        const string channel = "replaced";
        var lesson = await Lesson.RecordAsync(cloud, channel);
        await lesson.RecordedAsync(30);
        var missed = cloud.Agora.Journal.Published(channel) - cloud.Agora.Journal.Recorded(channel);

        var (status, answer) = await ActAsync(lesson, "replace");

        status.ShouldBe(HttpStatusCode.OK, await lesson.TellAsync());
        Lesson.StateOf(answer).ShouldBe("recording");
        await lesson.BecomesAsync(_ => lesson.Recorders[0].Why == RecorderEnd.Stopped, "the former recorder is stopped");
        await lesson.RecordedAsync(cloud.Agora.Journal.Recorded(channel).TotalSeconds + 30);
        var (published, recorded) = (cloud.Agora.Journal.Published(channel), cloud.Agora.Journal.Recorded(channel));
        var twice = cloud.Agora.Journal.RecordedTwice(channel);
        output.WriteLine($"Missed {(published - recorded - missed).TotalSeconds:0.00} s, recorded twice {twice.TotalSeconds:0.0} s.");
        (published - recorded - missed).ShouldBeLessThan(TimeSpan.FromSeconds(0.5), await lesson.TellAsync());
        // The proof is asked for 5 s after the start, then the former recorder is stopped; the rest is the haste of fast time.
        twice.ShouldBeLessThan(TimeSpan.FromSeconds(20), await lesson.TellAsync());
        var runs = await lesson.RunsAsync();
        runs.Count.ShouldBe(2);
        (Lesson.IsPrimary(runs[0]), Lesson.IsBackup(runs[1])).ShouldBe((true, true));
        runs[0].GetProperty("end").GetString().ShouldBe("surplus");
        (await lesson.TellAsync()).ShouldContain("request Operator Grace asked to replace it: because of a test");

        var ended = await lesson.StopAsync();

        (Lesson.StateOf(ended), Lesson.FilesOf(ended)).ShouldBe(("completed", "complete"), await lesson.TellAsync());
        ended.GetProperty("files").GetProperty("playlists").GetArrayLength().ShouldBe(2);
        cloud.Agora.Journal.MostRecordersAtOnce(channel).ShouldBe(2);
    }

    [Fact]
    public async Task Replace_WhoseRecorderIsRefused_LeavesTheClassToTheOneThatRuns()
    {
        const string channel = "replaced-in-vain";
        var lesson = await Lesson.RecordAsync(cloud, channel);
        cloud.Agora.Faults.Add(Fault.Refuse(new FaultMatch { Operation = AgoraOperation.Start, Channel = channel }, 400, 2));

        var (status, _) = await ActAsync(lesson, "replace", wait: 0);

        status.ShouldBe(HttpStatusCode.Accepted);
        await lesson.TellsAsync("The recorder that was to take over did not come to run; this one goes on.");
        await lesson.RecordedAsync(cloud.Agora.Journal.Recorded(channel).TotalSeconds + 30);
        lesson.Recorders.ShouldHaveSingleItem().LeftAt.ShouldBeNull();
        Lesson.StateOf(await lesson.ReadAsync()).ShouldBe("recording");
        lesson.Calls(AgoraOperation.Start).Count.ShouldBe(2, "one attempt for each order");
        await lesson.StopAsync();
    }

    [Fact]
    public async Task Close_OfARunningClass_StopsTheRecorderOnceAndFreesTheChannel()
    {
        const string channel = "closed";
        var lesson = await Lesson.RecordAsync(cloud, channel);
        await lesson.RecordedAsync(20);

        var (status, answer) = await ActAsync(lesson, "close");

        status.ShouldBe(HttpStatusCode.OK, await lesson.TellAsync());
        (Lesson.StateOf(answer), Lesson.EndReasonOf(answer), Lesson.ReasonOf(answer)).ShouldBe(("failed", "failed", "closed_by_operator"));
        answer.GetProperty("reason").GetProperty("message").GetString().ShouldBe("Operator Grace closed it as lost: because of a test");
        answer.GetProperty("nextCheckAt").ValueKind.ShouldBe(JsonValueKind.Null);
        lesson.Recorders.ShouldHaveSingleItem().Why.ShouldBe(RecorderEnd.Stopped);
        lesson.Calls(AgoraOperation.Stop).ShouldHaveSingleItem();
        (await lesson.FileNamesAsync()).ShouldNotBeEmpty("what was found stays listed");

        var next = await Lesson.StartAsync(cloud, channel);

        next.Id.ShouldNotBe(lesson.Id);
        await next.BecomesAsync("recording");
        await next.StopAsync();
    }

    [Fact]
    public async Task Close_OfAClassThatAgoraLetsNobodyStop_EndsItAfterOneMoreTry()
    {
        const string channel = "closed-unstoppable";
        var lesson = await Lesson.RecordAsync(cloud, channel);
        await lesson.RecordedAsync(20);
        cloud.Agora.Faults.Add(Fault.Refuse(new FaultMatch { Operation = AgoraOperation.Stop, Channel = channel }, 503, 503));
        await cloud.Service.PostAsync($"/v1/recordings/{lesson.Id}/stop", null);
        await Eventually.HoldsAsync(() => lesson.Calls(AgoraOperation.Stop).Count >= 3);
        Lesson.StateOf(await lesson.ReadAsync()).ShouldBe("stopping");

        var (status, answer) = await ActAsync(lesson, "close");

        status.ShouldBe(HttpStatusCode.OK, await lesson.TellAsync());
        (Lesson.StateOf(answer), Lesson.EndReasonOf(answer), Lesson.ReasonOf(answer)).ShouldBe(
            ("failed", "requested", "closed_by_operator")
        );
        var stops = lesson.Calls(AgoraOperation.Stop).Count;
        (await lesson.TellAsync()).ShouldContain("alert The recorder was not stopped, and an operator closed the recording");
        await Eventually.HoldsAsync(() => cloud.Agora.Journal.Recorded(channel) > TimeSpan.FromSeconds(90));
        lesson.Calls(AgoraOperation.Stop).Count.ShouldBe(stops, "nobody tries again");
    }

    private Task<(HttpStatusCode Status, JsonElement Body)> ActAsync(Lesson lesson, string action, int wait = 60) =>
        cloud.Service.PostAsync(
            $"/v1/recordings/{lesson.Id}/{action}",
            new { @operator = "Grace", note = "because of a test" },
            ("Prefer", $"wait={wait}")
        );
}
