using System.Collections.Frozen;
using System.Globalization;
using static RecordingService.Infrastructure.Storage.StorageArea;

namespace RecordingService.Infrastructure.Storage;

/// <summary>A vendor of storageConfig.</summary>
/// <param name="Code">Agora's number of the vendor.</param>
/// <param name="Name">Name in configuration.</param>
/// <param name="Regions">Regions by name, the vendor's own short codes included; empty when Agora ignores the region (0 is sent then).</param>
/// <param name="Rules">What is known about the form of its values, and where they are found.</param>
internal sealed record StorageVendor(int Code, string Name, FrozenDictionary<string, StorageRegion> Regions, VendorRules Rules)
{
    public bool IgnoresRegion => Regions.Count == 0;

    public bool NeedsEndpoint => Code == StorageVendors.S3CompatibleCode;

    /// <summary><b>Source:</b> Agora, start, stsToken: Amazon, Alibaba and Tencent only (August 2024).</summary>
    public bool TakesSts => Code is StorageVendors.AmazonCode or StorageVendors.AlibabaCode or StorageVendors.TencentCode;

    /// <summary>Whether buckets can be reached as S3 ones at all. Azure's are another kind.</summary>
    public bool HasS3Interface => Code != StorageVendors.AzureCode;

    /// <summary>Whether the address of the S3 interface follows from region or endpoint.</summary>
    public bool HasKnownS3Address => Code is StorageVendors.AmazonCode or StorageVendors.S3CompatibleCode;

    /// <summary>Names of the regions in the order of Agora's numbers.</summary>
    public IEnumerable<string> RegionNames => Regions.Values.Distinct().OrderBy(r => r.Number).Select(r => r.Name);
}

/// <summary>A region of a vendor.</summary>
/// <param name="Number">Agora's number.</param>
/// <param name="Name">Agora's name.</param>
/// <param name="Area">Where it is.</param>
internal sealed record StorageRegion(int Number, string Name, StorageArea Area)
{
    /// <summary>The name as vendors write it: <c>us-east-1</c>.</summary>
    public string VendorName => Name.Replace('_', '-').ToLowerInvariant();
}

/// <summary>Agora's numbers of vendors and regions.</summary>
/// <remarks>
/// <b>Source:</b> Agora, region-vendor (June 2026). Qiniu and Kingsoft stood in the lists before it and are kept, because accounts that have
/// them still work; so are regions that only older lists name (AWS 17, 23, 28, Baidu 0).
/// </remarks>
internal static class StorageVendors
{
    public const int AmazonCode = 1;
    public const int AlibabaCode = 2;
    public const int TencentCode = 3;
    public const int AzureCode = 5;
    public const int S3CompatibleCode = 11;

    public static IReadOnlyList<StorageVendor> All { get; } =
    [
        Vendor(
            0,
            "Qiniu",
            VendorRules.Qiniu,
            In(ChinaMainland, "0 East_China=z0, 1 North_China=z1, 2 South_China=z2"),
            In(NorthAmerica, "3 North_America=na0"),
            In(AsiaPacific, "4 Southeast_Asia=as0")
        ),
        Vendor(
            AmazonCode,
            "AmazonS3",
            VendorRules.Amazon,
            In(NorthAmerica, "0 US_EAST_1, 1 US_EAST_2, 2 US_WEST_1, 3 US_WEST_2, 13 CA_CENTRAL_1, 17 US_GOV_WEST_1, 23 US_GOV_EAST_1"),
            In(Europe, "4 EU_WEST_1, 5 EU_WEST_2, 6 EU_WEST_3, 7 EU_CENTRAL_1, 21 EU_NORTH_1, 25 EU_SOUTH_1"),
            In(
                AsiaPacific,
                "8 AP_SOUTHEAST_1, 9 AP_SOUTHEAST_2, 10 AP_NORTHEAST_1, 11 AP_NORTHEAST_2, 14 AP_SOUTH_1, 19 AP_EAST_1, 20 AP_NORTHEAST_3, 24 AP_SOUTHEAST_3"
            ),
            In(ChinaMainland, "15 CN_NORTH_1, 16 CN_NORTHWEST_1"),
            In(Other, "12 SA_EAST_1, 18 AF_SOUTH_1, 22 ME_SOUTH_1, 28 IL_CENTRAL_1")
        ),
        Vendor(
            AlibabaCode,
            "AlibabaOss",
            VendorRules.Alibaba,
            In(ChinaMainland, "0 CN_Hangzhou, 1 CN_Shanghai, 2 CN_Qingdao, 3 CN_Beijing, 4 CN_Zhangjiakou, 5 CN_Huhehaote, 6 CN_Shenzhen"),
            In(ChinaMainland, "20 CN_Heyuan, 21 CN_Guangzhou, 22 CN_Chengdu, 23 CN_Nanjing, 24 CN_Fuzhou, 25 CN_Wulanchabu"),
            In(AsiaPacific, "7 CN_Hongkong, 10 AP_Southeast_1, 11 AP_Southeast_2, 12 AP_Southeast_3, 13 AP_Southeast_5, 19 AP_Southeast_6"),
            In(AsiaPacific, "14 AP_Northeast_1, 15 AP_South_1"),
            In(NorthAmerica, "8 US_West_1, 9 US_East_1"),
            In(Europe, "16 EU_Central_1, 17 EU_West_1, 18 EU_East_1"),
            // Alibaba has no regions of these names, but ap-northeast-2 (Seoul) and ap-southeast-7 (Bangkok); which are meant, Agora does not say.
            In(Other, "26 CN_Northeast_2, 27 CN_Southeast_7")
        ),
        Vendor(
            TencentCode,
            "TencentCos",
            VendorRules.Tencent,
            In(ChinaMainland, "0 AP_Beijing_1, 1 AP_Beijing, 2 AP_Shanghai, 3 AP_Guangzhou, 4 AP_Chengdu, 5 AP_Chongqing"),
            In(ChinaMainland, "6 AP_Shenzhen_FSI, 7 AP_Shanghai_FSI, 8 AP_Beijing_FSI"),
            In(AsiaPacific, "9 AP_Hongkong, 10 AP_Singapore, 11 AP_Mumbai, 12 AP_Seoul, 13 AP_Bangkok, 14 AP_Tokyo"),
            In(NorthAmerica, "15 NA_Siliconvalley, 16 NA_Ashburn, 17 NA_Toronto"),
            In(Europe, "18 EU_Frankfurt, 19 EU_Moscow")
        ),
        Vendor(
            4,
            "KingsoftKs3",
            VendorRules.Kingsoft,
            In(ChinaMainland, "0 CN_Hangzhou, 1 CN_Shanghai, 2 CN_Qingdao, 3 CN_Beijing, 4 CN_Guangzhou, 6 JR_Beijing, 7 JR_Shanghai"),
            In(AsiaPacific, "5 CN_Hongkong, 9 NA_Singapore_1"),
            In(Europe, "8 NA_Russia_1")
        ),
        Vendor(AzureCode, "AzureBlob", VendorRules.Azure),
        Vendor(6, "GoogleCloudStorage", VendorRules.Google),
        Vendor(
            7,
            "HuaweiObs",
            VendorRules.Huawei,
            In(ChinaMainland, "0 CN_North_1, 1 CN_North_4, 2 CN_East_2, 3 CN_East_3, 4 CN_South_1, 5 CN_Southwest_2"),
            // Hong Kong, Bangkok, Singapore.
            In(AsiaPacific, "6 AP_Southeast_1, 7 AP_Southeast_2, 8 AP_Southeast_3"),
            In(NorthAmerica, "12 NA_Mexico_1"),
            In(Other, "9 AF_South_1, 10 SA_Argentina_1, 11 SA_Peru_1, 13 SA_Brazil_1, 14 LA_South_2, 15 SA_Chile_1")
        ),
        Vendor(
            8,
            "BaiduBos",
            VendorRules.Baidu,
            In(ChinaMainland, "0 Beijing=bj, 1 Baoding=bd, 2 Suzhou=su, 3 Guangzhou=gz, 6 Wuhan=fwh, 7 Shanghai=fsh"),
            In(AsiaPacific, "4 Hongkong=hkg, 5 Singapore=sin")
        ),
        Vendor(S3CompatibleCode, "S3Compatible", VendorRules.S3Compatible),
    ];

    private static readonly FrozenDictionary<string, StorageVendor> ByName = All.ToFrozenDictionary(v => v.Name, SpellingComparer.Instance);

    public static StorageVendor? Find(string? name) => name is null ? null : ByName.GetValueOrDefault(name);

    private static StorageVendor Vendor(
        int code,
        string name,
        VendorRules rules,
        params IEnumerable<(string Spelling, StorageRegion Region)>[] regions
    ) => new(code, name, regions.SelectMany(r => r).ToFrozenDictionary(r => r.Spelling, r => r.Region, SpellingComparer.Instance), rules);

    /// <param name="area">Area of all of them.</param>
    /// <param name="regions">Number and Agora's name of each; after '=' a code that the vendor itself uses.</param>
    private static IEnumerable<(string Spelling, StorageRegion Region)> In(StorageArea area, string regions)
    {
        foreach (var entry in regions.Split(", "))
        {
            var (number, names) = (entry[..entry.IndexOf(' ')], entry[(entry.IndexOf(' ') + 1)..].Split('='));
            var region = new StorageRegion(int.Parse(number, CultureInfo.InvariantCulture), names[0], area);
            foreach (var name in names)
            {
                yield return (name, region);
            }
        }
    }

    /// <summary>Takes "us-east-1", "US_EAST_1" and "UsEast1" for one name: vendors and Agora spell regions differently.</summary>
    private sealed class SpellingComparer : IEqualityComparer<string>
    {
        public static SpellingComparer Instance { get; } = new();

        public bool Equals(string? x, string? y) => Letters(x) == Letters(y);

        public int GetHashCode(string obj) => Letters(obj).GetHashCode(StringComparison.Ordinal);

        private static string Letters(string? name) =>
            string.Concat((name ?? "").Where(char.IsAsciiLetterOrDigit).Select(char.ToUpperInvariant));
    }
}
