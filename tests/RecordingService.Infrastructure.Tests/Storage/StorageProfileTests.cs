using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Infrastructure.Tests.Storage;

public sealed class StorageProfileTests
{
    [Theory]
    [Trait("Rule", "S14")]
    [InlineData("AmazonS3", "us-west-2", StorageArea.NorthAmerica)]
    [InlineData("AmazonS3", "EU_SOUTH_1", StorageArea.Europe)]
    [InlineData("AmazonS3", "CN_NORTHWEST_1", StorageArea.ChinaMainland)]
    [InlineData("AmazonS3", "AP_EAST_1", StorageArea.AsiaPacific)]
    [InlineData("AmazonS3", "SA_EAST_1", StorageArea.Other)]
    [InlineData("AlibabaOss", "cn-hangzhou", StorageArea.ChinaMainland)]
    [InlineData("AlibabaOss", "cn-hongkong", StorageArea.AsiaPacific)]
    [InlineData("AlibabaOss", "CN_Southeast_7", StorageArea.Other)]
    [InlineData("TencentCos", "ap-beijing", StorageArea.ChinaMainland)]
    [InlineData("TencentCos", "ap-singapore", StorageArea.AsiaPacific)]
    [InlineData("KingsoftKs3", "NA_Singapore_1", StorageArea.AsiaPacific)]
    [InlineData("HuaweiObs", "ap-southeast-1", StorageArea.AsiaPacific)]
    [InlineData("HuaweiObs", "cn-north-4", StorageArea.ChinaMainland)]
    [InlineData("BaiduBos", "bj", StorageArea.ChinaMainland)]
    [InlineData("BaiduBos", "hkg", StorageArea.AsiaPacific)]
    [InlineData("Qiniu", "as0", StorageArea.AsiaPacific)]
    [InlineData("TencentCos", "EU_Moscow", StorageArea.Europe)]
    [InlineData("TencentCos", "na-ashburn", StorageArea.NorthAmerica)]
    [InlineData("Qiniu", "na0", StorageArea.NorthAmerica)]
    [InlineData("AzureBlob", null, StorageArea.Other)]
    public void S14_Area_FollowsFromVendorAndRegion(string vendor, string? region, StorageArea area)
    {
        var profiles = Profiles(("Vendor", vendor), ("Region", region));

        profiles.AreaOf("MAIN").ShouldBe(area);
        profiles.Find("main")!.Area.ShouldBe(area);
    }

    [Fact]
    [Trait("Rule", "S14")]
    public void S14_Area_CanBeGivenWhereTheRegionDoesNotTell()
    {
        Profiles(("Vendor", "AzureBlob"), ("Area", "Europe")).AreaOf("main").ShouldBe(StorageArea.Europe);
        Profiles(("Vendor", "AlibabaOss"), ("Region", "CN_Southeast_7"), ("Area", "AsiaPacific"))
            .AreaOf("main")
            .ShouldBe(StorageArea.AsiaPacific);
    }

    [Fact]
    [Trait("Rule", "S14")]
    public void S14_AreaOfAProfileThatIsNotConfigured_IsNull() => Profiles().AreaOf("gone").ShouldBeNull();

    [Fact]
    [Trait("Rule", "S14")]
    public void S14_EveryRegion_HasTheAreaThatItsNameSays()
    {
        // Regions whose names say another part of the world than they are in, or none.
        string[] exceptions = ["CN_Hongkong", "NA_Singapore_1", "NA_Russia_1", "CN_Northeast_2", "CN_Southeast_7", "CA_CENTRAL_1"];
        var wrong = StorageVendors
            .All.Where(v => v.Name is not ("TencentCos" or "Qiniu" or "BaiduBos"))
            .SelectMany(v => v.Regions.Values.Distinct())
            .Where(r => !exceptions.Contains(r.Name))
            .Where(r =>
                r.Area
                != r.Name[..2].ToUpperInvariant() switch
                {
                    "CN" or "JR" => StorageArea.ChinaMainland,
                    "AP" => StorageArea.AsiaPacific,
                    "EU" => StorageArea.Europe,
                    "US" or "NA" => StorageArea.NorthAmerica,
                    _ => StorageArea.Other,
                }
            );

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task Keys_InFiles_AreReadAnewForEachUse()
    {
        using var files = new KeyFiles();
        var profile = files.Profile();

        profile.RenewsCredentials.ShouldBeTrue();
        profile.Keys().ShouldBe(new RecorderKeys("ak1", "sk1", "token1", DateTimeOffset.FromUnixTimeSeconds(1_800_000_000)));

        await files.WriteAsync("2", "2027-03-01T08:00:00Z");

        profile.Keys().ShouldBe(new RecorderKeys("ak2", "sk2", "token2", new DateTimeOffset(2027, 3, 1, 8, 0, 0, TimeSpan.Zero)));
        (profile.AccessKey, profile.SecretKey, profile.StsToken).ShouldBe(("ak2", "sk2", "token2"));
    }

    [Fact]
    public async Task Keys_WhoseFilesAreBeingReplaced_StayTheLastWholeSet()
    {
        using var files = new KeyFiles();
        var profile = files.Profile();
        await files.WriteAsync("2", "1800000001");
        var second = profile.Keys();

        files.Remove("token");

        profile.Keys().ShouldBe(second);
        second.StsToken.ShouldBe("token2");
    }

    [Fact]
    public void Keys_NeverShowThemselves() => new RecorderKeys("ak", "sk", "token", null).ToString().ShouldBe("RecorderKeys");

    [Theory]
    [InlineData("2026-01-05T07:59:59Z", "is 2026-01-05T07:59:59Z, which is past")]
    [InlineData(
        "2026-01-05T11:59:59Z",
        "is 2026-01-05T11:59:59Z, in less than 4 h; Agora asks for 4 h at least (start, storageConfig.stsExpiration)"
    )]
    [InlineData("2026-01-05T12:00:00Z", null)]
    public void KeyWarning_TellsOfTemporaryKeysThatEndTooEarly(string expiry, string? warning)
    {
        var now = DateTimeOffset.Parse("2026-01-05T08:00:00Z", CultureInfo.InvariantCulture);

        var found = Profiles(("StsToken", "token"), ("StsExpiresAt", expiry)).Find("main")!.KeyWarning(now);

        (found is null).ShouldBe(warning is null);
        found?.ShouldContain(warning!);
    }

    internal static StorageProfiles Profiles(params (string Key, string? Value)[] settings)
    {
        var all = new Dictionary<string, string?>
        {
            ["Vendor"] = "AmazonS3",
            ["Region"] = "US_EAST_1",
            ["Bucket"] = "rec",
            ["AccessKey"] = "a",
            ["SecretKey"] = "s",
        };
        foreach (var (key, value) in settings)
        {
            all[key] = value;
        }

        return new ServiceCollection()
            .AddStorage(
                new ConfigurationBuilder()
                    .AddInMemoryCollection(all.ToDictionary(s => $"Storage:Profiles:main:{s.Key}", s => s.Value))
                    .Build()
            )
            .BuildServiceProvider()
            .GetRequiredService<StorageProfiles>();
    }

    /// <summary>Temporary keys as files that another process replaces.</summary>
    private sealed class KeyFiles : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("keys-");

        public KeyFiles() => WriteAsync("1", "1800000000").GetAwaiter().GetResult();

        public async Task WriteAsync(string mark, string expiry)
        {
            foreach (var name in new[] { "ak", "sk", "token" })
            {
                await File.WriteAllTextAsync(PathOf(name), $"{name}{mark}\n");
            }

            await File.WriteAllTextAsync(PathOf("expiry"), expiry);
        }

        public void Remove(string name) => File.Delete(PathOf(name));

        public StorageProfile Profile() =>
            Profiles(
                    ("AccessKey", $"file:{PathOf("ak")}"),
                    ("SecretKey", $"file:{PathOf("sk")}"),
                    ("StsToken", $"file:{PathOf("token")}"),
                    ("StsExpiresAt", $"file:{PathOf("expiry")}")
                )
                .Find("main")!;

        public void Dispose() => _folder.Delete(recursive: true);

        private string PathOf(string name) => Path.Combine(_folder.FullName, name);
    }
}
