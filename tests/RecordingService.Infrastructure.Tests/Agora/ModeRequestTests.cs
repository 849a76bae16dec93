using System.Text.Json;
using RecordingService.Domain;
using RecordingService.Domain.RoomTypes;
using static RecordingService.Infrastructure.Tests.Agora.ClientUnderTest;

namespace RecordingService.Infrastructure.Tests.Agora;

public sealed class ModeRequestTests
{
    private const string ChannelKey = "key-of-the-channel";
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    private static StartParameters Individual { get; } = Parameters with { Mode = RecordingMode.Individual };

    private static StartParameters WebPage { get; } =
        Parameters with
        {
            Mode = RecordingMode.WebPage,
            WebPage = new Uri("https://app.example/r/20417?a=1&b=2"),
            WebPageLimit = TimeSpan.FromMinutes(150),
            AudioQuality = AudioQuality.Stereo192,
            Mp4 = true,
        };

    [Theory]
    [InlineData(RecordingMode.Mix, 0)]
    [InlineData(RecordingMode.Individual, 0)]
    [InlineData(RecordingMode.WebPage, 1)]
    public async Task Acquire_NamesTheSceneOfItsMode(RecordingMode mode, int scene)
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(200, """{"resourceId":"res-1"}""");
        await using var client = new ClientUnderTest([server.Address]);

        await client.Agora.AcquireAsync(Acquire with { Mode = mode }, Cancellation);

        server.Seen.Single().Body.ShouldContain($"\"scene\":{scene},");
    }

    [Fact]
    public async Task Start_OfAMixWithAVerticalLayout_SendsItWhole()
    {
        var layout = new MixLayout
        {
            Kind = VideoLayout.Vertical,
            LargeUid = 7001,
            BackgroundColor = "#101010",
            BackgroundImage = new Uri("https://img.example/all.jpg"),
            UserBackgroundImage = new Uri("https://img.example/off.jpg"),
            Regions = [new LayoutRegion(null, 0, 0, 1, 1)],
            UserBackgrounds = [new UserBackground(7002, new Uri("https://img.example/7002.jpg"), Fit: true)],
        };

        var recording = (await SentAsync(Parameters with { MixLayout = layout })).GetProperty("recordingConfig");

        recording
            .GetProperty("transcodingConfig")
            .GetRawText()
            .ShouldBe(
                """{"width":1280,"height":720,"fps":15,"bitrate":2260,"mixedVideoLayout":2,"maxResolutionUid":"7001","backgroundColor":"#101010","backgroundImage":"https://img.example/all.jpg","defaultUserBackgroundImage":"https://img.example/off.jpg","backgroundConfig":[{"uid":"7002","image_url":"https://img.example/7002.jpg","render_mode":1}]}"""
            );
    }

    [Fact]
    public async Task Start_OfAMixWithACustomLayout_SendsItsPlacesWithSixDecimals()
    {
        var layout = new MixLayout
        {
            Kind = VideoLayout.Custom,
            LargeUid = 7001,
            Regions =
            [
                new LayoutRegion(7001, 0.33333350m, 0.00m, 0.66666650m, 1.0m),
                new LayoutRegion(null, 0.7m, 0.5m, 0.3m, 0.5m, 0.5m, true),
            ],
        };

        var recording = (await SentAsync(Parameters with { MixLayout = layout })).GetProperty("recordingConfig");

        var transcoding = recording.GetProperty("transcodingConfig");
        transcoding.TryGetProperty("maxResolutionUid", out _).ShouldBeFalse();
        transcoding
            .GetProperty("layoutConfig")
            .GetRawText()
            .ShouldBe(
                """[{"uid":"7001","x_axis":0.333333,"y_axis":0,"width":0.666666,"height":1,"alpha":1,"render_mode":0},{"x_axis":0.7,"y_axis":0.5,"width":0.3,"height":0.5,"alpha":0.5,"render_mode":1}]"""
            );
    }

    [Theory]
    [InlineData(StreamMode.Default, "default")]
    [InlineData(StreamMode.Standard, "standard")]
    [InlineData(StreamMode.Original, "original")]
    public async Task Start_OfIndividualStreams_NamesItsStreamMode(StreamMode mode, string name)
    {
        var sent = await SentAsync(Individual with { StreamMode = mode, StreamTypes = StreamTypes.Audio });

        sent.GetProperty("recordingConfig").GetProperty("streamMode").GetString().ShouldBe(name);
        sent.TryGetProperty("snapshotConfig", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Start_OfIndividualStreamsWithPictures_AsksForBoth()
    {
        var sent = await SentAsync(Individual with { SnapshotInterval = TimeSpan.FromSeconds(30) });

        sent.GetProperty("snapshotConfig").GetRawText().ShouldBe("""{"captureInterval":30,"fileType":["jpg"]}""");
        sent.GetProperty("recordingFileConfig").GetRawText().ShouldBe("""{"avFileType":["hls"]}""");
        sent.GetProperty("recordingConfig").GetProperty("streamMode").GetString().ShouldBe("standard");
    }

    [Fact]
    public async Task Start_OfPicturesOnly_HasNoFileConfig()
    {
        var sent = await SentAsync(
            Individual with
            {
                SnapshotInterval = TimeSpan.FromSeconds(10),
                SnapshotsOnly = true,
                StreamTypes = StreamTypes.Video,
            }
        );

        sent.TryGetProperty("recordingFileConfig", out _).ShouldBeFalse();
        sent.GetProperty("snapshotConfig").GetProperty("captureInterval").GetInt32().ShouldBe(10);
        sent.GetProperty("recordingConfig")
            .GetRawText()
            .ShouldBe("""{"channelType":1,"streamTypes":1,"maxIdleTime":600,"subscribeUidGroup":3}""");
    }

    [Fact]
    public async Task Start_OfAWebPage_HasExactlyTheDocumentedFormAndNoToken()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(200, """{"sid":"sid1"}""");
        await using var client = new ClientUnderTest([server.Address]);

        await client.Agora.StartAsync(Start with { Parameters = WebPage }, Cancellation);

        var request = server.Seen.ShouldHaveSingleItem();
        request.Path.ShouldEndWith("/mode/web/start");
        request.Body.ShouldBe(
            """{"cname":"consult-20417","uid":"900001","clientRequest":{"recordingFileConfig":{"avFileType":["hls","mp4"]},"extensionServiceConfig":{"errorHandlePolicy":"error_abort","extensionServices":[{"serviceName":"web_recorder_service","errorHandlePolicy":"error_abort","serviceParam":{"url":"https://app.example/r/20417?a=1&b=2","audioProfile":2,"videoWidth":1280,"videoHeight":720,"videoBitrate":2260,"videoFps":15,"maxRecordingHour":3}}]},"storageConfig":{"vendor":1,"region":1,"bucket":"rec-prod","accessKey":"access-key","secretKey":"storage-secret-value","fileNamePrefix":["tenant42","r1"]}}}"""
        );
    }

    [Fact]
    public async Task Start_WithASubscription_SendsBothListsInTheSpellingOfAgorasClients()
    {
        var recording = (
            await SentAsync(
                Parameters with
                {
                    Subscription = new(new(SelectionKind.Only, [7001, 7002]), new(SelectionKind.AllBut, [7003])),
                    AudioQuality = AudioQuality.Mono128,
                }
            )
        ).GetProperty("recordingConfig");

        Texts(recording, "subscribeAudioUids").ShouldBe(["7001", "7002"]);
        Texts(recording, "unSubscribeVideoUids").ShouldBe(["7003"]);
        recording.TryGetProperty("unSubscribeAudioUids", out _).ShouldBeFalse();
        recording.TryGetProperty("subscribeVideoUids", out _).ShouldBeFalse();
        recording.GetProperty("audioProfile").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task Start_WithALimitOfSoundOnly_NamesEverybodysPictureToo()
    {
        var recording = (
            await SentAsync(Parameters with { Subscription = new(new(SelectionKind.Only, [7001]), StreamSelection.All) })
        ).GetProperty("recordingConfig");

        Texts(recording, "subscribeVideoUids").ShouldBe(["#allstream#"]);
    }

    [Fact]
    public async Task Start_OfSoundOnly_SendsNoListOfPictures()
    {
        var recording = (
            await SentAsync(
                Individual with
                {
                    StreamTypes = StreamTypes.Audio,
                    Subscription = new(new(SelectionKind.Only, [.. Enumerable.Range(1, 20).Select(i => (uint)i)]), StreamSelection.All),
                }
            )
        ).GetProperty("recordingConfig");

        Texts(recording, "subscribeAudioUids").Count.ShouldBe(20);
        recording.TryGetProperty("subscribeVideoUids", out _).ShouldBeFalse();
        recording.GetProperty("subscribeUidGroup").GetInt32().ShouldBe(4);
    }

    [Fact]
    public async Task Start_OfAnEncryptedChannel_SendsTheKeyThatIsNamed()
    {
        const string salt = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

        var recording = (
            await SentAsync(Parameters with { Encryption = new ChannelEncryption(EncryptionMode.Aes256Gcm2, "LESSONS", salt) })
        ).GetProperty("recordingConfig");

        recording.GetProperty("decryptionMode").GetInt32().ShouldBe(8);
        recording.GetProperty("secret").GetString().ShouldBe(ChannelKey);
        recording.GetProperty("salt").GetString().ShouldBe(salt);
    }

    [Fact]
    public async Task Start_WithAnUnknownChannelKey_IsMisconfiguredAndNotSent()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var client = new ClientUnderTest([server.Address]);

        var result = await client.Agora.StartAsync(
            Start with
            {
                Parameters = Parameters with { Encryption = new ChannelEncryption(EncryptionMode.Aes128Xts, "gone", null) },
            },
            Cancellation
        );

        result.Failure!.Kind.ShouldBe(AgoraFailureKind.ProjectMisconfigured);
        result.Failure.Message.ShouldContain("'gone'");
        server.Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task ChannelKey_QuotedByAgoraInAnyCall_IsShownNowhere()
    {
        await using var server = await ScriptedServer.StartAsync();
        server.Answers(400, $$"""{"code":2,"reason":"secret {{ChannelKey}} is wrong"}""");
        server.Answers(404, $$"""{"code":404,"reason":"secret {{ChannelKey}} is wrong"}""");
        await using var client = new ClientUnderTest([server.Address], ("Agora:Projects:school:ChannelKeys:lessons", ChannelKey));

        var start = await client.Agora.StartAsync(
            Start with
            {
                Parameters = Parameters with { Encryption = new ChannelEncryption(EncryptionMode.Aes128Xts, "lessons", null) },
            },
            Cancellation
        );
        var query = await client.Agora.QueryAsync(Recorder, Cancellation);

        start.Failure!.Message.ShouldContain("secret *** is wrong");
        query.Failure!.Message.ShouldContain("secret *** is wrong");
        client.Log.Text.ShouldNotContain(ChannelKey);
    }

    private static async Task<JsonElement> SentAsync(StartParameters parameters)
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(200, """{"sid":"sid1"}""");
        await using var client = new ClientUnderTest([server.Address], ("Agora:Projects:school:ChannelKeys:lessons", ChannelKey));
        (await client.Agora.StartAsync(Start with { Parameters = parameters }, Cancellation)).Failure.ShouldBeNull();
        return JsonDocument.Parse(server.Seen.Single().Body).RootElement.GetProperty("clientRequest");
    }

    private static List<string?> Texts(JsonElement element, string name) =>
        [.. element.GetProperty(name).EnumerateArray().Select(text => text.GetString())];
}
