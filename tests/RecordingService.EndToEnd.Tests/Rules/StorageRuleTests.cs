using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Rules;

/// <summary>A bucket behind a real S3 interface: its keys are probed (S13), and its files tell the sid of a lost start (S2).</summary>
public sealed class StorageRuleTests(StorageRuleTests.Deployment cloud) : IClassFixture<StorageRuleTests.Deployment>
{
    [Fact]
    [Trait("Rule", "S13")]
    public async Task S13_RightAndWrongKeys_AreToldAtTheStartWithTheFieldAtFault()
    {
        await Eventually.HoldsAsync(() => Log().Count(line => line.Contains("Storage profile", StringComparison.Ordinal)) >= 2);

        Log().ShouldContain(line => line.Contains("takes writes with the recorder's keys") && line.Contains("\"lessons\""));
        var fault = Log().Single(line => line.Contains("field at fault"));
        fault.ShouldContain("\"mistyped\"");
        fault.ShouldContain("secretKey");
        fault.ShouldNotContain(Deployment.WrongSecret);
        fault.ShouldNotContain(cloud.Store.SecretKey + "x");
    }

    [Fact]
    [Trait("Rule", "S13")]
    public async Task S13_BucketThatWorks_HoldsTheFilesOfTheClass()
    {
        var lesson = await Lesson.RecordAsync(cloud, "stored");
        await lesson.RecordedAsync(20);

        Lesson.FilesOf(await lesson.StopAsync()).ShouldBe("complete", await lesson.TellAsync());
        (await lesson.FileNamesAsync()).ShouldContain($"{lesson.Recorders[0].Sid}_stored.m3u8");
    }

    [Fact]
    [Trait("Rule", "S2")]
    public async Task S2_StartAnswered500And62_SidIsReadFromTheFilesAndTheRecorderAdopted()
    {
        cloud.Agora.Faults.Add("start-500-62-really-started", new FaultMatch { Channel = "by-files", Times = 1 });

        var lesson = await Lesson.RecordAsync(cloud, "by-files");

        (await lesson.TellAsync()).ShouldContain("The sid became known by a file in the bucket.");
        (await lesson.RunsAsync()).ShouldHaveSingleItem();
        lesson.Recorders.ShouldHaveSingleItem().LeftAt.ShouldBeNull();
        Lesson.FilesOf(await lesson.StopAsync()).ShouldBe("complete", await lesson.TellAsync());
        lesson.Recorders.ShouldHaveSingleItem().Why.ShouldBe(RecorderEnd.Stopped);
    }

    private IReadOnlyList<string> Log() => cloud.Service.Api.Process.LastOutput;

    /// <summary>The project's bucket is a real one; a second profile has a typing error in its secret key.</summary>
    public sealed class Deployment(EndToEndDatabase postgres) : SharedCloud(postgres)
    {
        internal const string WrongSecret = "S3RVER-mistyped";
        private const string Bucket = "real-lessons";

        internal S3Server Store { get; private set; } = null!;

        protected override IEnumerable<(string Key, string Value)> Settings =>
            [
                .. Profile("lessons", Store.SecretKey),
                .. Profile("mistyped", WrongSecret),
                // Recording time runs fast, the real S3 server does not.
                ("Lifecycle__SidPatience", "00:10:00"),
                ("Storage__Profiles__lessons__Access__AccessKey", Store.AccessKey),
                ("Storage__Profiles__lessons__Access__SecretKey", Store.SecretKey),
            ];

        public override async ValueTask InitializeAsync()
        {
            Store = await S3Server.StartAsync(Bucket);
            await base.InitializeAsync();
        }

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            if (Store is not null)
            {
                await Store.DisposeAsync();
            }
        }

        private IEnumerable<(string Key, string Value)> Profile(string name, string secretKey)
        {
            var prefix = $"Storage__Profiles__{name}__";
            return
            [
                ($"{prefix}Vendor", "S3Compatible"),
                ($"{prefix}Region", ""),
                ($"{prefix}Endpoint", Store.Endpoint.Authority),
                ($"{prefix}Bucket", Bucket),
                ($"{prefix}AccessKey", Store.AccessKey),
                ($"{prefix}SecretKey", secretKey),
                ($"{prefix}Access__ServiceUrl", Store.Endpoint.AbsoluteUri.TrimEnd('/')),
                ($"{prefix}PublicBaseUrl", $"{Store.Endpoint}{Bucket}"),
                ($"{prefix}Probe", "true"),
            ];
        }
    }
}
