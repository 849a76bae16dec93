using System.Collections.Frozen;

namespace RecordingService.Infrastructure.Storage;

/// <summary>A vendor of storageConfig.</summary>
/// <param name="Code">Agora's number of the vendor.</param>
/// <param name="Name">Name in configuration.</param>
/// <param name="Regions">Agora's numbers by region name; empty when Agora ignores the region (0 is sent then).</param>
internal sealed record StorageVendor(int Code, string Name, FrozenDictionary<string, int> Regions)
{
    public bool IgnoresRegion => Regions.Count == 0;

    public bool NeedsEndpoint => Code == StorageVendors.S3CompatibleCode;
}

/// <summary>Agora's numbers of vendors and regions.</summary>
/// <remarks>
/// <b>Source:</b> Agora, region-vendor (June 2026). Qiniu and Kingsoft stood in the lists before it and are kept, because accounts that have
/// them still work; so are regions that only older lists name (AWS 17, 23, 28, Baidu 0). Regions are numbered by position, with gaps as in the source.
/// </remarks>
internal static class StorageVendors
{
    public const int S3CompatibleCode = 11;

    public static IReadOnlyList<StorageVendor> All { get; } =
    [
        Numbered(0, "Qiniu", "East_China North_China South_China North_America Southeast_Asia"),
        Numbered(
            1,
            "AmazonS3",
            """
            US_EAST_1 US_EAST_2 US_WEST_1 US_WEST_2 EU_WEST_1 EU_WEST_2 EU_WEST_3 EU_CENTRAL_1 AP_SOUTHEAST_1 AP_SOUTHEAST_2
            AP_NORTHEAST_1 AP_NORTHEAST_2 SA_EAST_1 CA_CENTRAL_1 AP_SOUTH_1 CN_NORTH_1 CN_NORTHWEST_1 US_GOV_WEST_1 AF_SOUTH_1 AP_EAST_1
            AP_NORTHEAST_3 EU_NORTH_1 ME_SOUTH_1 US_GOV_EAST_1 AP_SOUTHEAST_3 EU_SOUTH_1 - - IL_CENTRAL_1
            """
        ),
        Numbered(
            2,
            "AlibabaOss",
            """
            CN_Hangzhou CN_Shanghai CN_Qingdao CN_Beijing CN_Zhangjiakou CN_Huhehaote CN_Shenzhen CN_Hongkong US_West_1 US_East_1
            AP_Southeast_1 AP_Southeast_2 AP_Southeast_3 AP_Southeast_5 AP_Northeast_1 AP_South_1 EU_Central_1 EU_West_1 EU_East_1 AP_Southeast_6
            CN_Heyuan CN_Guangzhou CN_Chengdu CN_Nanjing CN_Fuzhou CN_Wulanchabu CN_Northeast_2 CN_Southeast_7
            """
        ),
        Numbered(
            3,
            "TencentCos",
            """
            AP_Beijing_1 AP_Beijing AP_Shanghai AP_Guangzhou AP_Chengdu AP_Chongqing AP_Shenzhen_FSI AP_Shanghai_FSI AP_Beijing_FSI AP_Hongkong
            AP_Singapore AP_Mumbai AP_Seoul AP_Bangkok AP_Tokyo NA_Siliconvalley NA_Ashburn NA_Toronto EU_Frankfurt EU_Moscow
            """
        ),
        Numbered(
            4,
            "KingsoftKs3",
            "CN_Hangzhou CN_Shanghai CN_Qingdao CN_Beijing CN_Guangzhou CN_Hongkong JR_Beijing JR_Shanghai NA_Russia_1 NA_Singapore_1"
        ),
        Numbered(5, "AzureBlob", ""),
        Numbered(6, "GoogleCloudStorage", ""),
        Numbered(
            7,
            "HuaweiObs",
            """
            CN_North_1 CN_North_4 CN_East_2 CN_East_3 CN_South_1 CN_Southwest_2 AP_Southeast_1 AP_Southeast_2 AP_Southeast_3 AF_South_1
            SA_Argentina_1 SA_Peru_1 NA_Mexico_1 SA_Brazil_1 LA_South_2 SA_Chile_1
            """
        ),
        Numbered(8, "BaiduBos", "Beijing Baoding Suzhou Guangzhou Hongkong Singapore Wuhan Shanghai"),
        Numbered(S3CompatibleCode, "S3Compatible", ""),
    ];

    private static readonly FrozenDictionary<string, StorageVendor> ByName = All.ToFrozenDictionary(v => v.Name, SpellingComparer.Instance);

    public static StorageVendor? Find(string? name) => name is null ? null : ByName.GetValueOrDefault(name);

    private static StorageVendor Numbered(int code, string name, string regions) =>
        new(
            code,
            name,
            regions
                .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
                .Select((region, number) => (region, number))
                .Where(entry => entry.region != "-")
                .ToFrozenDictionary(entry => entry.region, entry => entry.number, SpellingComparer.Instance)
        );

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
