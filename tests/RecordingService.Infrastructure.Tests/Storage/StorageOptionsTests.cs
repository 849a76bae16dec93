using RecordingService.Infrastructure.Storage;

namespace RecordingService.Infrastructure.Tests.Storage;

public sealed class StorageOptionsTests
{
    [Theory]
    [Trait("Rule", "S13")]
    [InlineData("Qiniu", "East_China", 0, 0)]
    [InlineData("AmazonS3", "US_EAST_1", 1, 0)]
    [InlineData("amazon-s3", "af-south-1", 1, 18)]
    [InlineData("AmazonS3", "EU_SOUTH_1", 1, 25)]
    [InlineData("AmazonS3", "IL_CENTRAL_1", 1, 28)]
    [InlineData("AlibabaOss", "CN_Southeast_7", 2, 27)]
    [InlineData("TencentCos", "EU_Moscow", 3, 19)]
    [InlineData("KingsoftKs3", "NA_Singapore_1", 4, 9)]
    [InlineData("HuaweiObs", "SA_Chile_1", 7, 15)]
    [InlineData("BaiduBos", "Baoding", 8, 1)]
    [InlineData("baidubos", "fwh", 8, 6)]
    [InlineData("QINIU", "as0", 0, 4)]
    [InlineData("AlibabaOSS", "cn-hangzhou", 2, 0)]
    [InlineData("tencent-cos", "ap-shenzhen-fsi", 3, 6)]
    [InlineData("HuaweiObs", "cn-north-4", 7, 1)]
    public void S13_VendorAndRegion_AreFoundByName(string vendor, string region, int vendorCode, int regionCode)
    {
        var found = StorageVendors.Find(vendor)!;

        found.Code.ShouldBe(vendorCode);
        found.Regions[region].Number.ShouldBe(regionCode);
    }

    [Fact]
    [Trait("Rule", "S13")]
    public void S13_Regions_AreAsManyAsAgoraLists() =>
        StorageVendors
            .All.Select(v => (v.Code, v.RegionNames.Count()))
            .ShouldBe([(0, 5), (1, 27), (2, 28), (3, 20), (4, 10), (5, 0), (6, 0), (7, 16), (8, 8), (11, 0)]);

    [Theory]
    [Trait("Rule", "S13")]
    [InlineData("AmazonS3", 28, "26 27")]
    [InlineData("AlibabaOss", 27, "")]
    [InlineData("TencentCos", 19, "")]
    [InlineData("KingsoftKs3", 9, "")]
    [InlineData("HuaweiObs", 15, "")]
    [InlineData("BaiduBos", 7, "")]
    [InlineData("Qiniu", 4, "")]
    public void S13_Regions_HaveEachNumberOnce(string vendor, int last, string gaps) =>
        Enumerable
            .Range(0, last + 1)
            .Where(number => StorageVendors.Find(vendor)!.Regions.Values.Distinct().Count(r => r.Number == number) != 1)
            .ShouldBe(gaps.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse));

    [Fact]
    [Trait("Rule", "S13")]
    public void S13_FaultsOfAProfile_AreAllReportedByField()
    {
        var faults = Faults(
            new StorageProfileOptions
            {
                Vendor = "AmazonS3",
                Region = "MARS_1",
                Bucket = "https://rec",
                AccessKey = new Secret("file:/no/such/file"),
                SecretKey = new Secret("two words"),
                Endpoint = "minio",
                PublicBaseUrl = new Uri("https://user@cdn.example/?sig=1"),
                FileNamePrefix = ["good", "not-good"],
            }
        );

        string.Join(' ', faults.Select(f => f.Split(' ')[0]["Storage:Profiles:main:".Length..]))
            .ShouldBe("Region Bucket AccessKey SecretKey Endpoint PublicBaseUrl FileNamePrefix");
        faults[0].ShouldContain("US_EAST_1, US_EAST_2");
        string.Join('\n', faults).ShouldNotContain("two words");
    }

    [Fact]
    [Trait("Rule", "S13")]
    public void S13_UnknownVendor_ListsTheKnownOnes() =>
        Faults(Valid(p => p.Vendor = "Floppy")).ShouldHaveSingleItem().ShouldContain("Known: Qiniu, AmazonS3, AlibabaOss");

    [Fact]
    public void S3Compatible_NeedsTheHostOfItsStore()
    {
        Faults(Valid(p => (p.Vendor, p.Endpoint) = ("S3Compatible", null))).ShouldHaveSingleItem();
        Faults(Valid(p => (p.Vendor, p.Endpoint) = ("S3Compatible", "https://minio"))).ShouldHaveSingleItem();
        Faults(Valid(p => (p.Vendor, p.Endpoint) = ("S3Compatible", "minio.example:9000"))).ShouldBeEmpty();
    }

    [Theory]
    [Trait("Rule", "S13")]
    [InlineData("AmazonS3", "lessons.2026", true)]
    [InlineData("AmazonS3", "Lessons", false)]
    [InlineData("AmazonS3", "le", false)]
    [InlineData("AmazonS3", "les_sons", false)]
    [InlineData("AmazonS3", "les..sons", false)]
    [InlineData("AmazonS3", "-lessons", false)]
    [InlineData("AmazonS3", "192.168.1.1", false)]
    [InlineData("AmazonS3", "lessons-s3alias", false)]
    [InlineData("AmazonS3", "lessons\n", false)]
    [InlineData("AlibabaOss", "lessons.2026", false)]
    [InlineData("AlibabaOss", "lessons-2026", true)]
    [InlineData("TencentCos", "lessons-1250000000", true)]
    [InlineData("TencentCos", "Lessons-1250000000", false)]
    [InlineData("HuaweiObs", "lessons.-a", false)]
    [InlineData("HuaweiObs", "lessons.a", true)]
    [InlineData("GoogleCloudStorage", "les_sons", true)]
    [InlineData("GoogleCloudStorage", "lessons!", false)]
    [InlineData("GoogleCloudStorage", "my-google-lessons", false)]
    [InlineData("AzureBlob", "les--sons", false)]
    [InlineData("AzureBlob", "lessons", true)]
    [InlineData("BaiduBos", "les.sons", false)]
    [InlineData("Qiniu", "Lessons_1", true)]
    [InlineData("Qiniu", "https://lessons", false)]
    [InlineData("KingsoftKs3", "lessons/2026", false)]
    [InlineData("S3Compatible", "Lessons_1", true)]
    public void S13_Bucket_FollowsTheRulesOfItsVendor(string vendor, string bucket, bool isRight)
    {
        var found = Faults(
            Valid(p =>
            {
                (p.Vendor, p.Bucket) = (vendor, bucket);
                p.Region = StorageVendors.Find(vendor)!.RegionNames.FirstOrDefault();
                p.Endpoint = vendor == "S3Compatible" ? "minio.example" : null;
            })
        );

        if (isRight)
        {
            found.ShouldBeEmpty();
        }
        else
        {
            var fault = found.ShouldHaveSingleItem();
            fault.ShouldStartWith($"Storage:Profiles:main:Bucket is '{bucket}', ");
            fault.ShouldContain(StorageVendors.Find(vendor)!.Rules.BucketPage);
        }
    }

    private const string AmazonKey = "AKIAIOSFODNN7EXAMPLE";
    private const string AmazonSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    [Theory]
    [Trait("Rule", "S13")]
    [InlineData("AmazonS3", AmazonKey, AmazonSecret, "")]
    [InlineData("AmazonS3", AmazonSecret, AmazonKey, "AccessKey SecretKey")]
    [InlineData("AmazonS3", "AKIAIOSFODNN7EXAMPL", AmazonSecret, "AccessKey")]
    [InlineData("AmazonS3", AmazonKey, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKE", "SecretKey")]
    [InlineData("AmazonS3", "ASIAIOSFODNN7EXAMPLE", AmazonSecret, "AccessKey")]
    [InlineData("AmazonS3", "\"AKIAIOSFODNN7EXAMPLE\"", AmazonSecret, "AccessKey")]
    [InlineData("AmazonS3", AmazonKey, "wJalrXUtnFEMI/K7MDENG bPxRfiCYEXAMPLEKEY", "SecretKey")]
    [InlineData("AlibabaOss", "LTAI5tAbCdEfGhIjKlMnOpQr", "abcdefghijklmnopqrstuvwxyz0123", "")]
    [InlineData("AlibabaOss", "LTAI5tAbCdEfGhIjKlMnOpQr", "abcdefghijklmnopqrstuvwxyz01", "SecretKey")]
    [InlineData("AlibabaOss", "abcdefghijklmnopqrstuvwxyz0123", "LTAI5tAbCdEfGhIjKlMnOpQr", "AccessKey SecretKey")]
    [InlineData("AlibabaOss", "STS.NTabcdef", "a-secret-value", "AccessKey")]
    [InlineData("TencentCos", "AKID0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef", "")]
    [InlineData("TencentCos", "AKID0123456789abcdef0123456789abcde", "0123456789abcdef0123456789abcdef", "AccessKey")]
    [InlineData("HuaweiObs", "0123456789ABCDEF0123456789abcdef01234567", "ABCDEFGHIJ0123456789", "AccessKey SecretKey")]
    [InlineData("GoogleCloudStorage", "recorder@school.iam.gserviceaccount.com", "a-secret-value", "AccessKey")]
    [InlineData("AzureBlob", "school", "DefaultEndpointsProtocol=https;AccountKey=c2VjcmV0", "SecretKey")]
    [InlineData("S3Compatible", "S3RVER", "S3RVER", "")]
    public void S13_Keys_ThatCannotBeRight_AreRefusedWithoutTheirValue(string vendor, string access, string secret, string fields)
    {
        var found = Faults(
            Valid(p =>
            {
                (p.Vendor, p.AccessKey, p.SecretKey) = (vendor, new Secret(access), new Secret(secret));
                p.Region = StorageVendors.Find(vendor)!.RegionNames.FirstOrDefault();
                p.Endpoint = vendor == "S3Compatible" ? "minio.example" : null;
            })
        );

        string.Join(' ', found.Select(f => f.Split(' ')[0]["Storage:Profiles:main:".Length..])).ShouldBe(fields);
        foreach (var fault in found)
        {
            fault.ShouldEndWith(StorageVendors.Find(vendor)!.Rules.KeyPage + ".");
            fault.ShouldNotContain(access);
            fault.ShouldNotContain(secret);
        }
    }

    [Theory]
    [Trait("Rule", "S13")]
    [InlineData("AmazonS3", true)]
    [InlineData("AlibabaOss", true)]
    [InlineData("TencentCos", true)]
    [InlineData("HuaweiObs", false)]
    [InlineData("GoogleCloudStorage", false)]
    public void S13_StsToken_IsForTheVendorsThatAgoraTakesItOf(string vendor, bool isTaken) =>
        Faults(
            Valid(p =>
            {
                (p.Vendor, p.StsToken) = (vendor, new Secret("token"));
                p.Region = StorageVendors.Find(vendor)!.RegionNames.FirstOrDefault();
            })
        )
            .Count.ShouldBe(isTaken ? 0 : 1);

    [Theory]
    [Trait("Rule", "S13")]
    [InlineData("2026-09-01T08:00:00Z", true)]
    [InlineData("1800000000", true)]
    [InlineData("99999999999999999", false)]
    [InlineData("tomorrow", false)]
    [InlineData("env:NO_SUCH_VARIABLE_HERE", false)]
    public void S13_StsExpiresAt_IsATime(string value, bool isRight) =>
        Faults(Valid(p => (p.StsToken, p.StsExpiresAt) = (new Secret("token"), value))).Count.ShouldBe(isRight ? 0 : 1);

    [Fact]
    [Trait("Rule", "S13")]
    public void S13_StsExpiresAt_WithoutTokenIsAFault() =>
        Faults(Valid(p => p.StsExpiresAt = "1800000000")).ShouldHaveSingleItem().ShouldContain("StsToken is not");

    [Fact]
    [Trait("Rule", "S13")]
    public void S13_FileNamePrefix_LeavesRoomForRecordingAndRun()
    {
        var longest = new string('a', StorageOptionsValidator.MaxPrefixCharacters);

        Faults(Valid(p => p.FileNamePrefix = [longest])).ShouldBeEmpty();
        Faults(Valid(p => p.FileNamePrefix = [longest + "a"]))
            .ShouldHaveSingleItem()
            .ShouldContain("89 characters, but at most 88 of Agora's 128");
        $"{longest}/{Guid.Empty:N}/{999_999}".Length.ShouldBe(128);
    }

    [Theory]
    [Trait("Rule", "S14")]
    [InlineData("EU_WEST_1", StorageArea.AsiaPacific, 1)]
    [InlineData("EU_WEST_1", StorageArea.Europe, 0)]
    [InlineData("IL_CENTRAL_1", StorageArea.AsiaPacific, 0)]
    public void S14_Area_MustNotContradictTheRegion(string region, StorageArea area, int faults) =>
        Faults(Valid(p => (p.Region, p.Area) = (region, area))).Count.ShouldBe(faults);

    [Fact]
    [Trait("Rule", "S13")]
    public void S13_Access_IsWholeAndHasAnAddress()
    {
        var both = new StorageAccessOptions { AccessKey = new Secret("a"), SecretKey = new Secret("s") };

        Faults(Valid(p => p.Access = both)).ShouldBeEmpty();
        Faults(Valid(p => p.Access = new() { AccessKey = new Secret("a") }))
            .ShouldHaveSingleItem()
            .ShouldContain(":Access:SecretKey is missing.");
        Faults(Valid(p => p.Access = new())).ShouldHaveSingleItem().ShouldContain(":Access is empty.");
        Faults(Valid(p => p.Access = new() { ServiceUrl = new Uri("https://s3.example/bucket") }))
            .ShouldHaveSingleItem()
            .ShouldContain(":Access:ServiceUrl is 'https://s3.example/bucket'");
        Faults(Valid(p => (p.Vendor, p.Region, p.Access) = ("HuaweiObs", "cn-north-4", both)))
            .ShouldHaveSingleItem()
            .ShouldContain(":Access:ServiceUrl is missing. For HuaweiObs");
        Faults(Valid(p => (p.Vendor, p.Access) = ("AzureBlob", both))).ShouldHaveSingleItem().ShouldContain("has no S3 interface");
    }

    private static StorageProfileOptions Valid(Action<StorageProfileOptions> change)
    {
        var profile = new StorageProfileOptions
        {
            Vendor = "AmazonS3",
            Region = "US_EAST_1",
            Bucket = "rec",
            AccessKey = new Secret("a"),
            SecretKey = new Secret("s"),
        };
        change(profile);
        return profile;
    }

    private static List<string> Faults(StorageProfileOptions profile)
    {
        var options = new StorageOptions();
        options.Profiles["main"] = profile;
        return [.. new StorageOptionsValidator().Validate(null, options).Failures ?? []];
    }
}
