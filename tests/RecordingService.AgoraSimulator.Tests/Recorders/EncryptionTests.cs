using System.Text;
using System.Text.Json.Nodes;

namespace RecordingService.Simulation.Tests.Recorders;

public sealed class EncryptionTests
{
    private static readonly string Salt = Convert.ToBase64String(new byte[32]);

    [Theory]
    [InlineData(0, null, null, false)]
    [InlineData(7, "key", true, true)]
    [InlineData(7, "other", true, false)]
    [InlineData(8, "key", true, false)]
    [InlineData(1, "key", null, false)]
    public async Task Recorder_InEncryptedChannel_RecordsOnlyWithTheSameSettings(int mode, string? secret, bool? salted, bool records)
    {
        await using var test = await TestSimulator.StartAsync();
        test.Simulator.Channels.Join("maths-1", "7");
        test.Simulator.Channels.Encrypt("maths-1", new ChannelEncryption(7, "key", Salt));
        var request = ClientRequest.Mix();
        request["recordingConfig"]!["decryptionMode"] = mode;
        request["recordingConfig"]!["secret"] = secret;
        request["recordingConfig"]!["salt"] = salted == true ? Salt : null;
        var task = await test.Caller.StartedAsync("maths-1", "900001", request);
        test.Time.Step(60);

        var status = (await test.Caller.QueryAsync(task)).RecorderStatus;
        var stopped = await test.Caller.StopAsync(task);

        status.ShouldBe(records ? 5 : 4);
        stopped.Status.ShouldBe(records ? 200 : 206);
    }

    [Fact]
    public async Task Control_EncryptsAChannel_RecorderInItReceivesNoMore()
    {
        await using var test = await TestSimulator.StartAsync();
        await test.Caller.StartedAsync("maths-1", "900001");
        test.Time.Step(20);
        using var content = new StringContent("""{"mode":1,"secret":"key"}""", Encoding.UTF8, "application/json");

        using var response = await test.Caller.Client.PutAsync(
            "/control/channels/maths-1/encryption",
            content,
            TestContext.Current.CancellationToken
        );
        test.Time.Step(20);

        response.IsSuccessStatusCode.ShouldBeTrue();
        test.Simulator.Journal.Recorders()[0].SecondsReceived.ShouldBe(18, 0.001);
        test.Simulator.Journal.Recorders()[0].LeftAt.ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"width":1920,"height":1081}""", false)]
    [InlineData("""{"width":1920,"height":1080,"fps":60,"bitrate":6500}""", true)]
    [InlineData("""{"width":640,"height":360,"fps":17,"bitrate":400}""", true)]
    [InlineData("""{"width":640,"height":360,"fps":61}""", false)]
    [InlineData("""{"mixedVideoLayout":3}""", false)]
    [InlineData("""{"mixedVideoLayout":3,"layoutConfig":[{"x_axis":0.5,"y_axis":0,"width":0.6,"height":1}]}""", false)]
    [InlineData("""{"mixedVideoLayout":3,"layoutConfig":[{"x_axis":0.5,"y_axis":0,"width":0.5,"height":1}]}""", true)]
    public async Task Transcoding_OutOfRange_IsRejectedAfterTheAnswer(string transcoding, bool lives)
    {
        await using var test = await TestSimulator.StartAsync();
        var request = ClientRequest.Mix();
        request["recordingConfig"]!["transcodingConfig"] = JsonNode.Parse(transcoding);
        await test.Caller.StartedAsync("maths-1", "900001", request);

        test.Time.Step(3);

        test.Simulator.Journal.Recorders()[0].Why.ShouldBe(lives ? null : RecorderEnd.TranscodingRejected);
    }
}
