using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Modes;

/// <summary>Modes, encryption, layouts and subscriptions through the real program, PostgreSQL and the simulated Agora, judged by the simulator's journal.</summary>
public sealed class ModeTests(ModeTests.Deployment cloud) : IClassFixture<ModeTests.Deployment>
{
    private const string ChannelKey = "the-key-of-this-class";
    private const string Salt = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    private static readonly int[] NoVideoOf = [7002];
    private readonly Replica service = cloud.Service;

    [Fact]
    public async Task EncryptedChannel_RecorderWithTheKey_RecordsAndOneWithoutDoesNot()
    {
        cloud.Agora.Channels.Encrypt("secret-class", new ChannelEncryption(7, ChannelKey, Salt));
        var (_, with) = await service.PostAsync(
            "/v1/recordings",
            new
            {
                channel = "secret-class",
                roomType = "lecture",
                encryption = new
                {
                    mode = "aes128Gcm2",
                    key = "class-key",
                    salt = Salt,
                },
            },
            ("Prefer", "wait=60")
        );
        var (_, without) = await service.PostAsync(
            "/v1/recordings",
            new
            {
                channel = "secret-class",
                roomType = "lecture",
                label = "deaf",
            },
            ("Prefer", "wait=60")
        );
        var key = UidOf(with);
        await Eventually.HoldsAsync(() => Life(key).SecondsReceived >= 60, TimeSpan.FromSeconds(60));

        Life(UidOf(without)).SecondsReceived.ShouldBe(0);
        with.GetProperty("encryption").GetProperty("key").GetString().ShouldBe("class-key");
        var (_, ended) = await service.PostAsync($"/v1/recordings/{IdOf(with)}/stop", null, ("Prefer", "wait=60"));
        ended.GetProperty("files").GetProperty("state").GetString().ShouldBe("complete", await service.TellAsync(IdOf(with)));
        var everything = await service.TellAsync(IdOf(with)) + ended;
        everything.ShouldNotContain(ChannelKey);
    }

    [Fact]
    [Trait("Rule", "S6")]
    public async Task S6_IndividualMode_NamesOfItsPlaylistsAreAskedForAndFound()
    {
        cloud.Agora.Channels.Join("each-by-itself", "7001");
        cloud.Agora.Channels.Join("each-by-itself", "7002");

        var (_, started) = await service.PostAsync(
            "/v1/recordings",
            new
            {
                channel = "each-by-itself",
                roomType = "lecture",
                mode = "individual",
            },
            ("Prefer", "wait=60")
        );
        var id = IdOf(started);
        // Confirmed, a minute, and the answer: no stop is needed to learn the names.
        await Eventually.HoldsAsync(async () => (await FilesAsync(id)).Any(file => file.Kind == "playlist"), TimeSpan.FromSeconds(60));
        var (_, ended) = await service.PostAsync($"/v1/recordings/{id}/stop", null, ("Prefer", "wait=60"));

        ended.GetProperty("state").GetString().ShouldBe("completed", await service.TellAsync(id));
        ended.GetProperty("files").GetProperty("state").GetString().ShouldBe("complete", await service.TellAsync(id));
        var playlists = (await FilesAsync(id)).Where(file => file.Kind == "playlist").Select(file => file.Name).ToList();
        foreach (var uid in new[] { "7001", "7002" })
        {
            playlists.ShouldContain(name => name.Contains($"__uid_s_{uid}__uid_e_video", StringComparison.Ordinal));
            playlists.ShouldContain(name => name.Contains($"__uid_s_{uid}__uid_e_audio", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task WebPage_RecordedAndStopped_HasItsPlaylist()
    {
        var (_, started) = await service.PostAsync(
            "/v1/recordings",
            new
            {
                channel = "whiteboard",
                roomType = "lecture",
                mode = "webPage",
                webPage = new { url = "https://board.example/r/20417" },
            },
            ("Prefer", "wait=60")
        );
        var id = IdOf(started);
        started.GetProperty("state").GetString().ShouldBe("recording", await service.TellAsync(id));
        Life(UidOf(started)).Mode.ShouldBe("web");
        await Eventually.HoldsAsync(() => Life(UidOf(started)).SecondsReceived >= 40, TimeSpan.FromSeconds(60));

        var (_, ended) = await service.PostAsync($"/v1/recordings/{id}/stop", null, ("Prefer", "wait=60"));

        ended.GetProperty("state").GetString().ShouldBe("completed", await service.TellAsync(id));
        ended.GetProperty("files").GetProperty("state").GetString().ShouldBe("complete", await service.TellAsync(id));
    }

    [Fact]
    public async Task Layout_PatchedTwiceAtOnce_ReachesTheRecorderMergedAndWhole()
    {
        var (_, started) = await service.PostAsync(
            "/v1/recordings",
            new { channel = "picture", roomType = "lecture" },
            ("Prefer", "wait=60")
        );
        var id = IdOf(started);

        await Task.WhenAll(
            PatchAsync($"/v1/recordings/{id}/layout", new { backgroundColor = "#102030" }),
            PatchAsync($"/v1/recordings/{id}/layout", new { kind = "vertical", largeUid = 7001 })
        );

        await Eventually.HoldsAsync(
            async () =>
                (await service.GetAsync($"/v1/recordings/{id}/layout")) is var layout
                && layout.GetProperty("version").GetInt32() == 2
                && layout.GetProperty("appliedVersion").ValueKind == JsonValueKind.Number
                && layout.GetProperty("appliedVersion").GetInt32() == 2,
            TimeSpan.FromSeconds(60)
        );
        var applied = Life(UidOf(started)).Layout;
        applied["mixedVideoLayout"]!.GetValue<int>().ShouldBe(2);
        applied["maxResolutionUid"]!.GetValue<string>().ShouldBe("7001");
        applied["backgroundColor"]!.GetValue<string>().ShouldBe("#102030");
        (await service.GetAsync($"/v1/recordings/{id}")).GetProperty("runs").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Layout_OfARecorderThatDied_IsTheLayoutOfItsReplacement()
    {
        var (_, started) = await service.PostAsync("/v1/recordings", new { channel = "kept", roomType = "lecture" }, ("Prefer", "wait=60"));
        var id = IdOf(started);
        await PatchAsync($"/v1/recordings/{id}/layout", new { kind = "vertical", largeUid = 7001 });
        await Eventually.HoldsAsync(() => Life(UidOf(started)).Layout["mixedVideoLayout"]!.GetValue<int>() == 2, TimeSpan.FromSeconds(60));

        cloud.Agora.Faults.KillRecorder(SidOf(started));

        await Eventually.HoldsAsync(
            async () =>
                (await service.GetAsync($"/v1/recordings/{id}")).GetProperty("runs").GetArrayLength() == 2
                && await service.StateAsync(id) == "recording",
            TimeSpan.FromSeconds(90)
        );
        Life(UidOf(await service.GetAsync($"/v1/recordings/{id}"))).Layout["mixedVideoLayout"]!.GetValue<int>().ShouldBe(2);
    }

    [Fact]
    public async Task Subscription_Patched_ReachesTheRecorder()
    {
        var (_, started) = await service.PostAsync(
            "/v1/recordings",
            new { channel = "heard", roomType = "lecture" },
            ("Prefer", "wait=60")
        );

        await PatchAsync($"/v1/recordings/{IdOf(started)}/subscription", new { video = new { allBut = NoVideoOf } });

        await Eventually.HoldsAsync(
            () => Life(UidOf(started)).Subscription.Video is { IsDenial: true, Uids: ["7002"] },
            TimeSpan.FromSeconds(60)
        );
    }

    private static string IdOf(JsonElement recording) => recording.GetProperty("id").GetString()!;

    private static string UidOf(JsonElement recording) =>
        recording.GetProperty("runs").EnumerateArray().Last().GetProperty("agora").GetProperty("recorderUid").GetInt64().ToString();

    private static string SidOf(JsonElement recording) =>
        recording.GetProperty("runs").EnumerateArray().Last().GetProperty("agora").GetProperty("sid").GetString()!;

    private RecorderLife Life(string uid) => cloud.Agora.Journal.Recorders().Single(life => life.Uid == uid);

    private async Task<IReadOnlyList<(string Kind, string Name)>> FilesAsync(string id) =>
        [
            .. (await service.GetAsync($"/v1/recordings/{id}/files"))
                .GetProperty("items")
                .EnumerateArray()
                .Select(file => (file.GetProperty("kind").GetString()!, file.GetProperty("fileName").GetString()!)),
        ];

    private async Task PatchAsync(string path, object body)
    {
        using var http = new HttpClient { BaseAddress = service.Api.Address };
        using var answer = await http.PatchAsJsonAsync(path, body, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public sealed class Deployment(EndToEndDatabase postgres) : SharedCloud(postgres)
    {
        protected override IEnumerable<(string Key, string Value)> Settings =>
            [("Agora__Projects__demo__ChannelKeys__class-key", ChannelKey)];
    }
}
