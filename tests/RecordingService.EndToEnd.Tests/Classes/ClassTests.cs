using System.Diagnostics;
using System.Net;
using System.Text.Json;
using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Classes;

/// <summary>Single classes from the request to the playlist, through the real program, PostgreSQL and the simulated Agora.</summary>
public sealed class ClassTests(SharedCloud cloud) : IClassFixture<SharedCloud>
{
    private readonly Replica service = cloud.Service;

    [Fact]
    public async Task Class_RecordedAndStopped_IsPlayableFromOneUrl()
    {
        // A space and a plus, which names of files and addresses treat differently.
        const string channel = "maths 7b+";
        var (started, body) = await service.PostAsync("/v1/recordings", new { channel, roomType = "lecture" }, ("Prefer", "wait=60"));
        var id = body.GetProperty("id").GetString()!;
        started.ShouldBe(HttpStatusCode.Created, body.ToString());
        await RecordedAsync(channel, TimeSpan.FromMinutes(1));

        var (stopped, after) = await service.PostAsync($"/v1/recordings/{id}/stop", null, ("Prefer", "wait=60"));

        stopped.ShouldBe(HttpStatusCode.OK, await service.TellAsync(id));
        after.GetProperty("state").GetString().ShouldBe("completed");
        after.GetProperty("endReason").GetString().ShouldBe("requested");
        after.GetProperty("reason").ValueKind.ShouldBe(JsonValueKind.Null);
        after.GetProperty("files").GetProperty("state").GetString().ShouldBe("complete");
        var playlist = after.GetProperty("files").GetProperty("playlistUrl").GetString()!;
        (await StreamsAsync(playlist)).ShouldBe(["audio", "video"], ignoreOrder: true);
    }

    [Fact]
    [Trait("Rule", "S2")]
    public async Task S2_StartAnswerLost_OtherUidTakesOverAndTheClassIsRecorded()
    {
        cloud.Agora.Faults.Add(
            Fault.LoseAnswer(
                new FaultMatch
                {
                    Operation = AgoraOperation.Start,
                    Channel = "lost-answer",
                    Times = 1,
                }
            )
        );

        var id = await service.RecordAsync("lost-answer", wait: TimeSpan.FromSeconds(60));

        var recording = await service.GetAsync($"/v1/recordings/{id}");
        recording.GetProperty("state").GetString().ShouldBe("recording", await service.TellAsync(id));
        var uids = recording
            .GetProperty("runs")
            .EnumerateArray()
            .Select(run => run.GetProperty("agora").GetProperty("recorderUid").GetInt64())
            .ToList();
        uids.Count.ShouldBe(2);
        uids[0].ShouldBeInRange(900_000_000, 900_499_999);
        uids[1].ShouldBeInRange(900_500_000, 900_999_999);
        cloud.Agora.Journal.Orphans().Where(orphan => orphan.Channel == "lost-answer").ShouldHaveSingleItem().Uid.ShouldBe($"{uids[0]}");
    }

    [Fact]
    [Trait("Rule", "S2")]
    public async Task S2_StartAnswered50x_SameStartIsRepeatedAndSucceeds()
    {
        cloud.Agora.Faults.Add(
            Fault.Refuse(
                new FaultMatch
                {
                    Operation = AgoraOperation.Start,
                    Channel = "fifty-x",
                    Times = 2,
                },
                500,
                502
            )
        );

        var id = await service.RecordAsync("fifty-x", wait: TimeSpan.FromSeconds(60));

        (await service.StateAsync(id)).ShouldBe("recording", await service.TellAsync(id));
        var starts = cloud
            .Agora.Journal.Calls()
            .Where(call => call.Operation == AgoraOperation.Start && call.Channel == "fifty-x")
            .ToList();
        starts.Count.ShouldBe(3);
        starts.Select(call => (call.Uid, call.ResourceId)).Distinct().ShouldHaveSingleItem();
        (starts[1].At - starts[0].At).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(3));
        (starts[2].At - starts[1].At).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(6));
    }

    [Fact]
    [Trait("Rule", "S5")]
    public async Task S5_RecorderDiesInTheMiddle_IsReplacedUnderTheOtherUid()
    {
        var id = await service.RecordAsync("dies", wait: TimeSpan.FromSeconds(60));
        await RecordedAsync("dies", TimeSpan.FromSeconds(30));
        cloud.Agora.Faults.KillRecorder(cloud.Agora.Journal.Recorders("dies").Single().Sid).ShouldBeTrue();

        await Eventually.HoldsAsync(
            async () => (await RunsAsync(id)).Any(run => run.Generation == 2 && run.Phase == "recording"),
            TimeSpan.FromSeconds(60)
        );

        await RecordedAsync("dies", TimeSpan.FromSeconds(60));
        await service.PostAsync($"/v1/recordings/{id}/stop", null);
        var after = await Eventually.BecomesAsync(
            () => service.GetAsync($"/v1/recordings/{id}"),
            recording => recording.GetProperty("endReason").ValueKind == JsonValueKind.String
        );
        after.GetProperty("files").GetProperty("playlists").GetArrayLength().ShouldBe(2, await service.TellAsync(id));
        cloud.Agora.Journal.MostRecordersAtOnce("dies").ShouldBe(1);
    }

    [Fact]
    [Trait("Rule", "S11")]
    public async Task S11_NobodyEverPublishes_CompletesAsIdleWithNothingRecorded()
    {
        cloud.Agora.Channels.Script("empty");

        var id = await service.RecordAsync("empty", roomType: "small-class", wait: TimeSpan.FromSeconds(30));

        await Eventually.BecomesAsync(() => service.StateAsync(id), state => state == "completed", TimeSpan.FromSeconds(60));
        var recording = await service.GetAsync($"/v1/recordings/{id}");
        recording.GetProperty("endReason").GetString().ShouldBe("idle");
        recording.GetProperty("reason").GetProperty("code").GetString().ShouldBe("idle");
        recording.GetProperty("files").GetProperty("state").GetString().ShouldBe("empty", await service.TellAsync(id));
        cloud.Agora.Journal.Recorders("empty").ShouldHaveSingleItem(await service.TellAsync(id));
    }

    [Fact]
    [Trait("Rule", "S11")]
    public async Task S11_StopBeforeAnythingStarted_IsAborted()
    {
        await cloud.Agora.Faults.SetHostAsync(0, new HostCondition(HostState.Refusing));
        var id = await service.RecordAsync("never");

        var (status, body) = await service.PostAsync($"/v1/recordings/{id}/stop", null, ("Prefer", "wait=30"));

        status.ShouldBe(HttpStatusCode.OK);
        body.GetProperty("state").GetString().ShouldBe("aborted", await service.TellAsync(id));
        cloud.Agora.Journal.Recorders("never").ShouldBeEmpty();
        await cloud.Agora.Faults.SetHostAsync(0, HostCondition.Healthy);
    }

    [Fact]
    public async Task AgoraIsDown_RequestIsAcceptedAndRecordedOnceItIsBack()
    {
        await cloud.Agora.Faults.SetHostAsync(0, new HostCondition(HostState.Refusing));
        var id = await service.RecordAsync("patient");
        await Eventually.HoldsAsync(async () =>
            (await service.GetAsync($"/v1/recordings/{id}")).GetProperty("reason").GetProperty("code").GetString() == "agora_unavailable"
        );

        await cloud.Agora.Faults.SetHostAsync(0, HostCondition.Healthy);

        await Eventually.BecomesAsync(() => service.StateAsync(id), state => state == "recording", TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task CredentialsRefused_WaitsWithThatReasonAndGoesOnByItself()
    {
        var refusal = cloud.Agora.Faults.Add(
            new Fault
            {
                Match = new FaultMatch { Operation = AgoraOperation.Acquire, Channel = "suspended" },
                Perform = false,
                Status = 401,
                Body = System.Text.Json.Nodes.JsonNode.Parse("""{"message":"Invalid authentication credentials"}"""),
            }
        );
        var id = await service.RecordAsync("suspended");
        await Eventually.HoldsAsync(async () =>
            (await service.GetAsync($"/v1/recordings/{id}")).GetProperty("reason").GetProperty("code").GetString() == "project_suspended"
        );

        cloud.Agora.Faults.Remove(refusal);

        await Eventually.BecomesAsync(() => service.StateAsync(id), state => state == "recording", TimeSpan.FromSeconds(60));
    }

    private Task RecordedAsync(string channel, TimeSpan atLeast) =>
        Eventually.HoldsAsync(() => cloud.Agora.Journal.Recorded(channel) >= atLeast, TimeSpan.FromSeconds(60));

    private async Task<IReadOnlyList<(int Generation, string Phase)>> RunsAsync(string id) =>
        [
            .. (await service.GetAsync($"/v1/recordings/{id}"))
                .GetProperty("runs")
                .EnumerateArray()
                .Select(run => (run.GetProperty("generation").GetInt32(), run.GetProperty("phase").GetString()!)),
        ];

    /// <summary>The kinds of streams that ffprobe sees.</summary>
    private static async Task<IReadOnlyList<string>> StreamsAsync(string playlist)
    {
        Process process;
        try
        {
            process = Process.Start(
                new ProcessStartInfo("ffprobe", ["-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0", playlist])
                {
                    RedirectStandardOutput = true,
                }
            )!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("Everything but the playing was checked: ffprobe is not installed.");
            throw;
        }

        using (process)
        {
            var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct()];
        }
    }
}
