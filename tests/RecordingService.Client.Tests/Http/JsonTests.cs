using System.Text.Json;
using System.Text.Json.Nodes;
using RecordingService.Client.Tests.Support;

namespace RecordingService.Client.Tests.Http;

/// <summary>What a newer service may say, and what exactly is sent.</summary>
public sealed class JsonTests
{
    [Fact]
    public void Answer_OfANewerService_IsRead()
    {
        var json = Repository.Example("getRecording", "200").AsObject();
        json["state"] = "hibernating";
        json["mode"] = "hologram";
        json["endReason"] = "eclipse";
        json["someday"] = JsonNode.Parse("""{"a":[1,{"b":null}]}""");
        json["files"]!["state"] = "encrypted";
        json["runs"]![0]!["phase"] = "orbiting";
        json["runs"]![0]!["someday"] = true;

        var recording = json.Deserialize(ClientJson.Default.Recording)!;

        recording.State.ShouldBe(RecordingState.Unknown);
        recording.IsFinal.ShouldBeFalse();
        recording.Mode.ShouldBe(RecordingMode.Unknown);
        recording.EndReason.ShouldBe(EndReason.Unknown);
        recording.Files.State.ShouldBe(FilesState.Unknown);
        recording.Runs[0].Phase.ShouldBe(RunPhase.Unknown);
    }

    [Fact]
    public void Answer_WithoutWhatMayBeLeftOut_HasDefaults()
    {
        var json = Repository.Example("getRecording", "200").AsObject();
        var run = json["runs"]![0]!.AsObject();
        run.Remove("publishers");
        json.Remove("externalId");
        var region = JsonNode.Parse("""{"x":0,"y":0,"width":0.5,"height":1}""")!;

        json.Deserialize(ClientJson.Default.Recording)!.Runs[0].Publishers.ShouldBeEmpty();
        var read = region.Deserialize(ClientJson.Default.LayoutRegion)!;
        (read.Alpha, read.Fit, read.Uid).ShouldBe((1m, false, null));
        region.AsObject().Remove("width");
        Should.Throw<JsonException>(() => region.Deserialize(ClientJson.Default.LayoutRegion));
    }

    [Theory]
    [InlineData("id")]
    [InlineData("state")]
    [InlineData("files")]
    public void Answer_WithoutWhatMustBeThere_IsRefused(string member)
    {
        var json = Repository.Example("getRecording", "200").AsObject();
        json.Remove(member);

        Should.Throw<JsonException>(() => json.Deserialize(ClientJson.Default.Recording)).Message.ShouldContain(member);
    }

    [Theory]
    [InlineData("PT1H30M", "01:30:00")]
    [InlineData("PT0S", "00:00:00")]
    [InlineData("P1DT2H", "1.02:00:00")]
    [InlineData("PT2.5S", "00:00:02.5")]
    public void Duration_IsThatOfIso8601(string text, string expected)
    {
        var json = Repository.Example("getRecording", "200").AsObject();
        json["maxDuration"] = text;

        json.Deserialize(ClientJson.Default.Recording)!
            .MaxDuration.ShouldBe(TimeSpan.Parse(expected, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("\"04:00:00\"")]
    [InlineData("\"\"")]
    [InlineData("14400")]
    public void Duration_OfAnotherKind_IsRefused(string value)
    {
        var json = Repository.Example("getRecording", "200").AsObject();
        json["maxDuration"] = JsonNode.Parse(value);

        Should.Throw<JsonException>(() => json.Deserialize(ClientJson.Default.Recording));
    }

    [Fact]
    public void Request_HoldsWhatWasSet_AndNothingElse()
    {
        Written(TestClient.Start()).ShouldBe("""{"channel":"maths-7b","roomType":"lecture"}""");
        Written(TestClient.Start() with { MaxDuration = TimeSpan.FromMinutes(90), Mode = RecordingMode.WebPage })
            .ShouldBe("""{"channel":"maths-7b","roomType":"lecture","mode":"webPage","maxDuration":"PT1H30M"}""");

        static string Written(StartRecordingRequest request) => JsonSerializer.Serialize(request, ClientJson.Default.StartRecordingRequest);
    }

    [Fact]
    public void Change_TellsLeftAsItIsFromBackToTheDefault()
    {
        JsonSerializer.Serialize(new ChangeLayoutRequest(), ClientJson.Default.ChangeLayoutRequest).ShouldBe("{}");
        JsonSerializer
            .Serialize(
                new ChangeLayoutRequest
                {
                    Kind = VideoLayout.Custom,
                    LargeUid = 0,
                    BackgroundColor = Change.ToDefault,
                    Regions = new LayoutRegion[] { new(0, 0.25m, 1, 0.5m) },
                },
                ClientJson.Default.ChangeLayoutRequest
            )
            .ShouldBe(
                """{"kind":"custom","largeUid":0,"backgroundColor":null,"regions":[{"x":0,"y":0.25,"width":1,"height":0.5,"alpha":1,"fit":false}]}"""
            );
        JsonSerializer
            .Serialize(
                new ChangeSubscriptionRequest
                {
                    Audio = new UserSelection { Only = [7] },
                    Video = Change.ToDefault,
                },
                ClientJson.Default.ChangeSubscriptionRequest
            )
            .ShouldBe("""{"audio":{"only":[7]},"video":null}""");
    }

    [Fact]
    public void Unknown_IsNeverSent()
    {
        Should.Throw<ArgumentException>(() =>
            JsonSerializer.Serialize(TestClient.Start() with { Mode = RecordingMode.Unknown }, ClientJson.Default.StartRecordingRequest)
        );
        using var client = new TestClient(new Uri("http://127.0.0.1:1"));
        Should.Throw<ArgumentException>(() => client.Api.ListPageAsync(new() { State = RecordingState.Unknown }));
    }
}
