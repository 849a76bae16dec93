using RecordingService.Infrastructure.Storage;

namespace RecordingService.Infrastructure.Tests.Storage;

public sealed class StorageOptionsTests
{
    [Theory]
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
    public void S13_VendorAndRegion_AreFoundByName(string vendor, string region, int vendorCode, int regionCode)
    {
        var found = StorageVendors.Find(vendor)!;

        found.Code.ShouldBe(vendorCode);
        found.Regions[region].ShouldBe(regionCode);
    }

    [Fact]
    public void S13_Regions_AreAsManyAsAgoraLists() =>
        StorageVendors
            .All.Select(v => (v.Code, v.Regions.Count))
            .ShouldBe([(0, 5), (1, 27), (2, 28), (3, 20), (4, 10), (5, 0), (6, 0), (7, 16), (8, 8), (11, 0)]);

    [Fact]
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
    public void S13_UnknownVendor_ListsTheKnownOnes() =>
        Faults(Valid(p => p.Vendor = "Floppy")).ShouldHaveSingleItem().ShouldContain("Known: Qiniu, AmazonS3, AlibabaOss");

    [Fact]
    public void S3Compatible_NeedsTheHostOfItsStore()
    {
        Faults(Valid(p => (p.Vendor, p.Endpoint) = ("S3Compatible", null))).ShouldHaveSingleItem();
        Faults(Valid(p => (p.Vendor, p.Endpoint) = ("S3Compatible", "https://minio"))).ShouldHaveSingleItem();
        Faults(Valid(p => (p.Vendor, p.Endpoint) = ("S3Compatible", "minio.example:9000"))).ShouldBeEmpty();
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
