using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RecordingService.Infrastructure.Storage;
using RecordingService.Testing;

namespace RecordingService.Infrastructure.Tests.Storage;

[Trait("Rule", "S13")]
public sealed class StorageProbeTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Rule", "S13")]
    public async Task S13_Probe_OfARightProfile_WritesASmallObjectWithTheRecordersKeys()
    {
        await using var server = await S3Server.StartAsync("lessons");
        await using var probe = await Probe.StartAsync(server.Endpoint, ("FileNamePrefix:0", "school"));

        var health = await probe.EndedAsync();

        health.Probe.State.ShouldBe(StorageProbeState.Works);
        health.Probe.CheckedAt.ShouldBe(probe.Time.GetUtcNow());
        health.Probe.Message.ShouldBe("school/recording-service-probe.txt was written with the recorder's keys.");
        var stored = await ListAsync(server, "school");
        stored.ShouldHaveSingleItem().Name.ShouldBe("recording-service-probe.txt");
        probe.Log.Entries.ShouldHaveSingleItem().Level.ShouldBe(LogLevel.Information);
    }

    [Theory]
    [InlineData("Bucket", "elsewhere", "bucket", "The store has no bucket 'elsewhere'.")]
    [InlineData("AccessKey", "STRANGER", "accessKey", "The store does not know the access key.")]
    [InlineData("SecretKey", "wrong", "secretKey", "The secret key does not belong to the access key.")]
    [Trait("Rule", "S13")]
    public async Task S13_Probe_OfAWrongProfile_NamesTheFieldAndWhereItsValueIsFound(string key, string value, string field, string message)
    {
        await using var server = await S3Server.StartAsync("lessons");
        await using var probe = await Probe.StartAsync(server.Endpoint, (key, value));

        var result = (await probe.EndedAsync()).Probe;

        (result.State, result.Field, result.Message).ShouldBe((StorageProbeState.Failed, field, message));
        result.WhereFound!.ShouldContain("console of the store");
        var entry = probe.Log.Entries.ShouldHaveSingleItem();
        entry.Level.ShouldBe(LogLevel.Warning);
        entry.Text.ShouldContain(message);
        entry.Text.ShouldNotContain(key == "Bucket" ? server.SecretKey : value);
    }

    [Fact]
    [Trait("Rule", "S13")]
    public async Task S13_Probe_ThatFailed_IsRepeatedEvery15MinutesAndToldOncePerChange()
    {
        using var folder = new KeyFile("wrong");
        await using var server = await S3Server.StartAsync("lessons");
        await using var probe = await Probe.StartAsync(server.Endpoint, ("SecretKey", folder.Reference));
        var first = (await probe.EndedAsync()).Probe.CheckedAt!.Value;

        probe.Time.Advance(TimeSpan.FromMinutes(15));
        var second = await probe.CheckedAfterAsync(first);
        folder.Write(server.SecretKey);
        probe.Time.Advance(TimeSpan.FromMinutes(15));
        var third = await probe.CheckedAfterAsync(second.CheckedAt!.Value);

        (second.CheckedAt - first).ShouldBe(TimeSpan.FromMinutes(15));
        (second.State, third.State).ShouldBe((StorageProbeState.Failed, StorageProbeState.Works));
        probe.Log.Entries.Select(e => e.Level).ShouldBe([LogLevel.Warning, LogLevel.Information]);
    }

    [Fact]
    [Trait("Rule", "S13")]
    public async Task S13_Probe_OfAStoreThatIsDown_FailsAndTheServiceStarts()
    {
        using var reserved = new TcpListener(IPAddress.Loopback, 0);
        reserved.Start();
        var address = new Uri($"http://{reserved.LocalEndpoint}");
        reserved.Stop();
        await using var probe = await Probe.StartAsync(address);

        var result = (await probe.EndedAsync()).Probe;

        (result.State, result.Field, result.Message).ShouldBe(
            (StorageProbeState.Failed, "access.serviceUrl", "The store did not answer: ConnectionError.")
        );
    }

    [Theory]
    [InlineData(
        400,
        "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'us-east-1' is wrong; expecting 'eu-central-1'</Message></Error>",
        "region",
        "The bucket is in eu-central-1, not in us-east-1."
    )]
    [InlineData(
        301,
        "<Error><Code>PermanentRedirect</Code><Message>m</Message></Error>",
        "region",
        "The bucket is in eu-west-1, not in us-east-1."
    )]
    [InlineData(
        403,
        "<Error><Code>AccessDenied</Code><Message>m</Message></Error>",
        null,
        "The store refuses these keys in bucket 'lessons' (AccessDenied): their policy does not allow it, or the bucket belongs to somebody else."
    )]
    [InlineData(400, "<Error><Code>ExpiredToken</Code><Message>m</Message></Error>", "stsToken", "The temporary keys have expired.")]
    [InlineData(503, "<Error><Code>SlowDown</Code><Message>m</Message></Error>", null, "The store answered HTTP 503, SlowDown.")]
    [InlineData(404, "<html>Not here</html>", "access.serviceUrl", "What answered is no S3 interface: HTTP 404 without an error code.")]
    [InlineData(502, "Bad gateway", null, "The store failed (HTTP 502).")]
    public async Task S13_Probe_TellsWhatTheStoreAnswered(int status, string body, string? field, string message)
    {
        await using var store = await AnsweringStore.StartAsync(status, body, ("x-amz-bucket-region", status == 301 ? "eu-west-1" : null));
        await using var probe = await Probe.StartAsync(store.Address);

        var result = (await probe.EndedAsync()).Probe;

        (result.State, result.Field, result.Message).ShouldBe((StorageProbeState.Failed, field, message));
    }

    [Fact]
    [Trait("Rule", "S13")]
    public async Task S13_Probe_OfAStoreThatIsSilent_EndsInTime()
    {
        await using var store = await AnsweringStore.StartAsync(0, "");
        await using var probe = await Probe.StartAsync(store.Address, ("../../LookTimeout", "00:00:00.3"));

        await store.Asked;
        await Eventually.HoldsAsync(() =>
        {
            probe.Time.Advance(TimeSpan.FromSeconds(1));
            return probe.Health.Probe.State != StorageProbeState.Pending;
        });

        probe.Health.Probe.Message.ShouldBe("The store did not answer: no answer in time.");
    }

    [Theory]
    [InlineData("AzureBlob", null, "A bucket of AzureBlob has no S3 interface, so it cannot be probed.")]
    [InlineData(
        "HuaweiObs",
        "cn-north-4",
        "A bucket of HuaweiObs can be probed only when Access:ServiceUrl gives the address of its S3 interface."
    )]
    public async Task S13_Probe_OfVendorsThatCannotBeProbed_SaysSo(string vendor, string? region, string message)
    {
        await using var probe = await Probe.StartAsync(null, ("Vendor", vendor), ("Region", region), ("Endpoint", null));

        var health = probe.Health;

        (health.Vendor, health.Region).ShouldBe((vendor, region is null ? null : "CN_North_4"));
        (health.Probe.State, health.Probe.Message, health.Probe.CheckedAt).ShouldBe((StorageProbeState.NotPossible, message, null));
    }

    [Fact]
    [Trait("Rule", "S13")]
    public async Task S13_Probe_ThatTheProfileDeclines_IsNotMade()
    {
        await using var probe = await Probe.StartAsync(null, ("Probe", "false"));

        probe.Health.Probe.Message.ShouldBe("The profile asks not to be probed (Probe is false).");
    }

    [Theory]
    [InlineData("2026-01-05T11:00:00Z", 1)]
    [InlineData("2026-01-05T13:00:00Z", 0)]
    [Trait("Rule", "S13")]
    public async Task S13_TemporaryKeysThatExpireSoon_AreWarnedOfAtTheStart(string expiry, int warnings)
    {
        await using var probe = await Probe.StartAsync(
            null,
            ("Vendor", "AmazonS3"),
            ("Region", "us-east-1"),
            ("Endpoint", null),
            ("Probe", "false"),
            ("StsToken", "token"),
            ("StsExpiresAt", expiry)
        );

        await probe.EndAsync();

        probe.Health.Warnings.Count.ShouldBe(warnings);
        probe.Log.Entries.Count(e => e.Level == LogLevel.Warning).ShouldBe(warnings);
    }

    [Fact]
    [Trait("Rule", "S13")]
    public async Task S13_Health_ShowsProfilesWithoutSecrets()
    {
        await using var probe = await Probe.StartAsync(
            null,
            ("Vendor", "AmazonS3"),
            ("Region", "eu-central-1"),
            ("Endpoint", null),
            ("Probe", "false"),
            ("PublicBaseUrl", "https://cdn.example"),
            ("Access:AccessKey", "own"),
            ("Access:SecretKey", "own-secret")
        );

        var health = probe.Health;

        (health.Name, health.Region, health.Area, health.Bucket, health.CanList, health.PublicBaseUrl!.AbsoluteUri).ShouldBe(
            ("main", "EU_CENTRAL_1", StorageArea.Europe, "lessons", true, "https://cdn.example/")
        );
        health.ToString().ShouldNotContain("own-secret");
        probe.Services.GetRequiredService<StorageHealth>().Find("gone").ShouldBeNull();
    }

    private static async Task<IReadOnlyList<StoredObject>> ListAsync(S3Server server, params string[] folders)
    {
        var profile = StorageProfileTests
            .Profiles(
                ("Vendor", "S3Compatible"),
                ("Endpoint", "store.example"),
                ("Bucket", "lessons"),
                ("Access:AccessKey", server.AccessKey),
                ("Access:SecretKey", server.SecretKey),
                ("Access:ServiceUrl", server.Endpoint.AbsoluteUri)
            )
            .Find("main")!;
        using var store = new S3Store(profile, profile.OwnKeys, "access.", TimeSpan.FromSeconds(20), TimeProvider.System);
        var listing = await store.ListAsync(folders, Cancellation);
        listing.Fault.ShouldBeNull();
        return listing.Objects;
    }

    /// <summary>The probe as the service runs it, on a clock of its own.</summary>
    private sealed class Probe : IAsyncDisposable
    {
        private readonly ServiceProvider _services;

        private Probe(ServiceProvider services) => _services = services;

        public IServiceProvider Services => _services;

        public ManualTimeProvider Time => (ManualTimeProvider)_services.GetRequiredService<TimeProvider>();

        public RecordedLog Log => _services.GetRequiredService<RecordedLog>();

        public StorageProfileHealth Health => _services.GetRequiredService<StorageHealth>().Current.ShouldHaveSingleItem();

        public static async Task<Probe> StartAsync(Uri? serviceUrl, params (string Key, string? Value)[] settings)
        {
            var all = new Dictionary<string, string?>
            {
                ["Vendor"] = "S3Compatible",
                ["Endpoint"] = "store.example",
                ["Bucket"] = "lessons",
                ["AccessKey"] = "S3RVER",
                ["SecretKey"] = "S3RVER",
                ["Access:ServiceUrl"] = serviceUrl?.AbsoluteUri,
            };
            foreach (var (key, value) in settings)
            {
                all[key] = value;
            }

            var log = new RecordedLog();
            var services = new ServiceCollection()
                .AddSingleton(log)
                .AddLogging(builder => builder.AddProvider(log))
                .AddSingleton<TimeProvider>(new ManualTimeProvider())
                .AddStorage(
                    new ConfigurationBuilder()
                        .AddInMemoryCollection(
                            all.Where(s => s.Value is not null)
                                .ToDictionary(
                                    s =>
                                        s.Key.StartsWith("../../", StringComparison.Ordinal)
                                            ? $"Storage:{s.Key[6..]}"
                                            : $"Storage:Profiles:main:{s.Key}",
                                    s => s.Value
                                )
                        )
                        .Build()
                )
                .BuildServiceProvider();
            await services.GetRequiredService<IHostedService>().StartAsync(Cancellation);
            return new Probe(services);
        }

        /// <summary>Waits until nothing is left to be probed.</summary>
        public Task EndAsync() => ((BackgroundService)_services.GetRequiredService<IHostedService>()).ExecuteTask!;

        public Task StopAsync() => _services.GetRequiredService<IHostedService>().StopAsync(Cancellation);

        public Task<StorageProfileHealth> EndedAsync() =>
            Eventually.BecomesAsync(() => Task.FromResult(Health), health => health.Probe.State != StorageProbeState.Pending);

        public async Task<StorageProbeResult> CheckedAfterAsync(DateTimeOffset time) =>
            (await Eventually.BecomesAsync(() => Task.FromResult(Health), health => health.Probe.CheckedAt > time)).Probe;

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            await _services.DisposeAsync();
        }
    }

    private sealed class KeyFile : IDisposable
    {
        private readonly string _path = Path.GetTempFileName();

        public KeyFile(string content) => Write(content);

        public string Reference => $"file:{_path}";

        public void Write(string content) => File.WriteAllText(_path, content);

        public void Dispose() => File.Delete(_path);
    }
}
