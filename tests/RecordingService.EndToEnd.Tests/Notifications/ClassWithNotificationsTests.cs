using System.Text.Json;
using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Notifications;

/// <summary>What a class gains when Agora tells what happens: the same truth, sooner.</summary>
public sealed class ClassWithNotificationsTests(ClassWithNotificationsTests.Deployment cloud)
    : IClassFixture<ClassWithNotificationsTests.Deployment>
{
    private static readonly TimeSpan FirstQuestion = TimeSpan.FromSeconds(60);
    private readonly Replica service = cloud.Service;

    [Fact]
    [Trait("Rule", "S3")]
    public async Task S3_RecorderTellsThatItIsReady_IsProvenEarlierThanByAskingAlone()
    {
        cloud.Agora.Notifications.Settings = new NotificationOptions();
        var asked = await ProvenAfterAsync("asked");
        Notify(3);

        var told = await ProvenAfterAsync("told");

        // Agora tells of status 4 two seconds after the sid, long before the question that comes by itself.
        asked.ShouldBeGreaterThanOrEqualTo(FirstQuestion);
        told.ShouldBeLessThan(FirstQuestion);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"proven {asked.TotalSeconds:0.0} s after the sid without, {told.TotalSeconds:0.0} s with notifications"
        );
    }

    [Fact]
    [Trait("Rule", "S11")]
    public async Task S11_RecorderTellsThatNobodyIsThere_EndsAsIdleWithoutAReplacement()
    {
        Notify();
        cloud.Agora.Channels.Join("break", "7");
        var id = await service.RecordAsync("break", roomType: "small-class", wait: TimeSpan.FromSeconds(60));
        await RecordedAsync("break", TimeSpan.FromSeconds(40));

        cloud.Agora.Channels.Leave("break", "7");

        await Eventually.BecomesAsync(() => service.StateAsync(id), state => state == "completed", TimeSpan.FromSeconds(60));
        var recording = await service.GetAsync($"/v1/recordings/{id}");
        var told = await service.TellAsync(id);
        recording.GetProperty("endReason").GetString().ShouldBe("idle", told);
        recording.GetProperty("files").GetProperty("state").GetString().ShouldBe("complete", told);
        cloud.Agora.Journal.Recorders("break").ShouldHaveSingleItem(told);
        told.ShouldContain("leave code 4");
    }

    [Fact]
    [Trait("Rule", "S2")]
    public async Task S2_StartAnswerLost_SidIsLearnedFromANotificationAndTheRecorderKept()
    {
        Notify();
        cloud.Agora.Faults.Add(Fault.LoseAnswer(new FaultMatch { Operation = AgoraOperation.Start, Channel = "lost" }));

        var id = await service.RecordAsync("lost", wait: TimeSpan.FromSeconds(60));

        var recorder = cloud.Agora.Journal.Recorders("lost").ShouldHaveSingleItem(await service.TellAsync(id));
        cloud
            .Agora.Journal.Calls()
            .Where(call => call is { Operation: AgoraOperation.Start, Channel: "lost" })
            .ShouldAllBe(call => call.AnswerLost);
        recorder.LeftAt.ShouldBeNull();
        var recording = await service.GetAsync($"/v1/recordings/{id}");
        recording.GetProperty("state").GetString().ShouldBe("recording", await service.TellAsync(id));
        recording.GetProperty("runs")[0].GetProperty("agora").GetProperty("sid").GetString().ShouldBe(recorder.Sid);
        await RecordedAsync("lost", TimeSpan.FromSeconds(30));
        await StoppedAsync(id);
    }

    [Fact]
    [Trait("Rule", "S9")]
    public async Task S9_FilesAreNamedByNotifications()
    {
        Notify(4, 31);
        var id = await service.RecordAsync("named", wait: TimeSpan.FromSeconds(60));
        await RecordedAsync("named", TimeSpan.FromSeconds(60));
        await Eventually.HoldsAsync(async () => (await service.TellAsync(id)).Contains("Agora names files", StringComparison.Ordinal));

        var after = await StoppedAsync(id);

        var sid = after.GetProperty("runs")[0].GetProperty("agora").GetProperty("sid").GetString();
        await Eventually.HoldsAsync(async () =>
            (await service.TellAsync(id)).Contains($"everything is uploaded: {sid}_named.m3u8", StringComparison.Ordinal)
        );
        after.GetProperty("files").GetProperty("playlistUrl").GetString()!.ShouldEndWith($"{sid}_named.m3u8");
    }

    /// <summary>How long it takes from the sid to the proof, by the timeline.</summary>
    private async Task<TimeSpan> ProvenAfterAsync(string channel)
    {
        var id = await service.RecordAsync(channel, wait: TimeSpan.FromSeconds(60));
        var lines = (await service.GetAsync($"/v1/recordings/{id}/timeline?limit=500")).GetProperty("items").EnumerateArray().ToList();
        return At("Proven") - At("Agora started the recorder");

        DateTimeOffset At(string message) =>
            lines
                .First(line => line.GetProperty("message").GetString()!.StartsWith(message, StringComparison.Ordinal))
                .GetProperty("at")
                .GetDateTimeOffset();
    }

    private async Task<JsonElement> StoppedAsync(string id)
    {
        var (_, after) = await service.PostAsync($"/v1/recordings/{id}/stop", null, ("Prefer", "wait=60"));
        after.GetProperty("state").GetString().ShouldBe("completed", await service.TellAsync(id));
        after.GetProperty("files").GetProperty("state").GetString().ShouldBe("complete", await service.TellAsync(id));
        return after;
    }

    private void Notify(params int[] events) =>
        cloud.Agora.Notifications.Settings = new NotificationOptions { Projects = [cloud.Demo], Events = events };

    private Task RecordedAsync(string channel, TimeSpan atLeast) =>
        Eventually.HoldsAsync(() => cloud.Agora.Journal.Recorded(channel) >= atLeast, TimeSpan.FromSeconds(60));

    /// <summary>Asks late by itself, so that news and questions are told apart on a slow machine too.</summary>
    public sealed class Deployment(EndToEndDatabase postgres) : SharedCloud(postgres)
    {
        protected override IEnumerable<(string Key, string Value)> Settings => [("Lifecycle__ProofLadder__0", $"{FirstQuestion:c}")];
    }
}
