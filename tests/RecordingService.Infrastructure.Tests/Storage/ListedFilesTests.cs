using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using RecordingService.Domain;
using RecordingService.Domain.RoomTypes;
using RecordingService.Infrastructure.Storage;
using RecordingService.Testing;

namespace RecordingService.Infrastructure.Tests.Storage;

/// <summary>What is known only by listing the folder of a run, against a real S3 interface.</summary>
public sealed class ListedFilesTests : IAsyncLifetime
{
    private const string Sid = "5b8d7a0c1e2f43968a7bc0d1e2f3a4b5";
    private const string OtherSid = "ffffffffffffffffffffffffffffffff";
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;
    private S3Server _server = null!;
    private AmazonS3Client _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await S3Server.StartAsync("lessons");
        _client = new AmazonS3Client(
            new BasicAWSCredentials(_server.AccessKey, _server.SecretKey),
            new AmazonS3Config { ServiceURL = _server.Endpoint.AbsoluteUri, ForcePathStyle = true }
        );
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    [Theory]
    [Trait("Rule", "S2")]
    [InlineData("_math_20261121100003114.ts")]
    [InlineData("_math.m3u8")]
    [InlineData("_math__uid_s_7__uid_e_video_20261121100003114.jpg")]
    public async Task S2_SidOfARunWhoseStartWasNotAnswered_IsReadFromItsFiles(string rest)
    {
        await PutAsync($"school/r1/1/{Sid}{rest}");
        await PutAsync($"school/r1/1/bak0_{Sid}{rest}");
        await PutAsync($"school/r1/2/{OtherSid}{rest}");
        await PutAsync($"school/r1/11/{OtherSid}{rest}");

        var found = await Files().FindSidAsync("main", ["school", "r1", "1"], Cancellation);

        found.ShouldBe(new SidSearch(Sid, "Files in the folder of the run carry this sid."));
    }

    [Fact]
    [Trait("Rule", "S2")]
    public async Task S2_SidOfAMovedRecorder_IsReadFromItsFiles()
    {
        await PutAsync($"r1/1/bak12_{Sid}_math.m3u8");

        (await Files().FindSidAsync("main", ["r1", "1"], Cancellation)).Sid.ShouldBe(Sid);
    }

    [Fact]
    [Trait("Rule", "S2")]
    public async Task S2_FilesOfTwoRecorders_TellNoSid()
    {
        await PutAsync($"r1/1/{Sid}_math.m3u8");
        await PutAsync($"r1/1/{OtherSid}_math.m3u8");

        var found = await Files().FindSidAsync("main", ["r1", "1"], Cancellation);

        found.ShouldBe(new SidSearch(null, "Files of 2 recorders are in the folder of the run, so which is its own cannot be told."));
    }

    [Fact]
    [Trait("Rule", "S2")]
    public async Task S2_AFolderWithoutFilesOfARecorder_TellsNoSid()
    {
        var files = Files();

        var empty = await files.FindSidAsync("main", ["r1", "1"], Cancellation);
        await PutAsync($"r1/1/{Sid[1..]}_math.m3u8");
        var strange = await files.FindSidAsync("main", ["r1", "1"], Cancellation);

        empty.ShouldBe(new SidSearch(null, "No file is in the folder of the run yet."));
        strange.ShouldBe(new SidSearch(null, "None of the 1 files in the folder of the run is named as recorders name them."));
    }

    [Theory]
    [InlineData("Bucket", "elsewhere", "The folder of the run could not be listed. The store has no bucket 'elsewhere'.")]
    [InlineData(
        "Access:SecretKey",
        "wrong",
        "The folder of the run could not be listed. The secret key does not belong to the access key."
    )]
    [InlineData(
        "Access:ServiceUrl",
        "http://127.0.0.1:1",
        "The folder of the run could not be listed. The store did not answer: ConnectionError."
    )]
    public async Task FindSid_OfAStoreThatRefusesOrIsDown_IsAValue(string key, string value, string detail) =>
        (await Files((key, value)).FindSidAsync("main", ["r1", "1"], Cancellation)).ShouldBe(new SidSearch(null, detail));

    [Fact]
    public async Task FindSid_WithoutKeysOfItsOwn_IsNotPossible()
    {
        var files = Files(("Access:AccessKey", null), ("Access:SecretKey", null));

        files.CanFindSid("main").ShouldBeFalse();
        files.CanFindSid("gone").ShouldBeFalse();
        Files().CanFindSid("MAIN").ShouldBeTrue();
        (await files.FindSidAsync("main", ["r1"], Cancellation)).Sid.ShouldBeNull();
    }

    [Fact]
    public async Task List_OfMoreThanOnePage_IsWhole()
    {
        for (var i = 0; i < 1001; i++)
        {
            await PutAsync($"r1/1/{Sid}_math_{i}.jpg");
        }

        var found = await Files(("PublicBaseUrl", "https://cdn.example")).InspectAsync(Snapshots, Cancellation);

        found.Verdict.ShouldBe(FilesVerdict.Complete);
        found.Detail.ShouldBe("1001 pictures are in the folder of the run.");
        found.Files.Count.ShouldBe(1000);
    }

    [Fact]
    public async Task Inspect_OfPicturesOnly_CountsThem()
    {
        var files = Files(("PublicBaseUrl", "https://cdn.example"));
        await PutAsync($"r1/1/{OtherSid}_math__uid_s_7__uid_e_video_20261121100003114.jpg");

        var none = await files.InspectAsync(Snapshots, Cancellation);
        await PutAsync($"r1/1/{Sid}_math__uid_s_7__uid_e_video_20261121100003114.jpg");
        var one = await files.InspectAsync(Snapshots, Cancellation);

        none.Verdict.ShouldBe(FilesVerdict.Missing);
        one.Verdict.ShouldBe(FilesVerdict.Complete);
        var picture = one.Files.ShouldHaveSingleItem();
        (picture.Kind, picture.Bytes).ShouldBe((RecordingFileKind.Snapshot, 4L));
        picture.Url.AbsoluteUri.ShouldBe($"https://cdn.example/r1/1/{Sid}_math__uid_s_7__uid_e_video_20261121100003114.jpg");
        files.PlaylistUrl(Snapshots).ShouldBeNull();
    }

    [Fact]
    public async Task Inspect_OfPicturesOnly_WithoutAListingIsNotVerifiable()
    {
        var none = Files(("Access:AccessKey", null), ("Access:SecretKey", null), ("PublicBaseUrl", "https://cdn.example"));
        var refused = Files(("Access:SecretKey", "wrong"));

        (await none.InspectAsync(Snapshots, Cancellation)).Verdict.ShouldBe(FilesVerdict.NotVerifiable);
        (await refused.InspectAsync(Snapshots, Cancellation)).Verdict.ShouldBe(FilesVerdict.Unreachable);
    }

    [Fact]
    public async Task Inspect_OfAListedMix_TakesPlaylistsOfLaterServersAndTheLargerVersion()
    {
        await using var shown = await StaticBucket.StartAsync();
        await ShowAsync($"{Sid}_math.m3u8", Playlist.Of("1.ts"));
        await ShowAsync($"{Sid}_math_22194679897_2.m3u8", Playlist.Of("gone.ts"));
        await ShowAsync($"{Sid}_math_22194679897_10.m3u8", Playlist.Of("1.ts", "2.ts"));
        await ShowAsync($"bak0_{Sid}_math.m3u8", Playlist.Of("3.ts"));
        await ShowAsync($"{Sid}_math_0.mp4", "mp4");
        foreach (var slice in new[] { "1.ts", "2.ts", "3.ts" })
        {
            await ShowAsync(slice, "ts");
        }

        var found = await Files(("PublicBaseUrl", shown.Address)).InspectAsync(Mix, Cancellation);

        found.Verdict.ShouldBe(FilesVerdict.Complete, found.Detail);
        found
            .Files.Select(f => f.FileName)
            .ShouldBe([$"{Sid}_math_22194679897_10.m3u8", $"bak0_{Sid}_math.m3u8", "1.ts", "2.ts", "3.ts", $"{Sid}_math_0.mp4"]);

        async Task ShowAsync(string name, string content)
        {
            shown.Files[$"/r1/1/{name}"] = content;
            await PutAsync($"r1/1/{name}", content);
        }
    }

    [Fact]
    public async Task Inspect_OfListedIndividualStreams_NeedsNoNamesOfAgora()
    {
        await using var shown = await StaticBucket.StartAsync();
        var name = $"{Sid}_math__uid_s_7__uid_e_video.m3u8";
        shown.Files[$"/r1/1/{name}"] = Playlist.Of("v.ts");
        shown.Files["/r1/1/v.ts"] = "ts";
        await PutAsync($"r1/1/{name}");

        var found = await Files(("PublicBaseUrl", shown.Address)).InspectAsync(Mix with { Mode = RecordingMode.Individual }, Cancellation);

        found.Verdict.ShouldBe(FilesVerdict.Complete, found.Detail);
        found.Files[0].FileName.ShouldBe(name);
    }

    private static RunFiles Mix { get; } = new("main", ["r1", "1"], Sid, "math", RecordingMode.Mix, []);

    private static RunFiles Snapshots { get; } = Mix with { Mode = RecordingMode.Individual, SnapshotsOnly = true };

    private IRecordingFiles Files(params (string Key, string? Value)[] settings)
    {
        var all = new Dictionary<string, string?>
        {
            ["Vendor"] = "S3Compatible",
            ["Endpoint"] = "store.example",
            ["Bucket"] = "lessons",
            ["AccessKey"] = "writer",
            ["SecretKey"] = "writer",
            ["Access:AccessKey"] = _server.AccessKey,
            ["Access:SecretKey"] = _server.SecretKey,
            ["Access:ServiceUrl"] = _server.Endpoint.AbsoluteUri,
        };
        foreach (var (key, value) in settings)
        {
            all[key] = value;
        }

        return new ServiceCollection()
            .AddLogging()
            .AddStorage(
                new ConfigurationBuilder()
                    .AddInMemoryCollection(
                        all.Where(s => s.Value is not null).ToDictionary(s => $"Storage:Profiles:main:{s.Key}", s => s.Value)
                    )
                    .Build()
            )
            .BuildServiceProvider()
            .GetRequiredService<IRecordingFiles>();
    }

    private Task<PutObjectResponse> PutAsync(string key, string content = "file") =>
        _client.PutObjectAsync(
            new PutObjectRequest
            {
                BucketName = "lessons",
                Key = key,
                ContentBody = content,
                UseChunkEncoding = false,
            },
            Cancellation
        );
}
