namespace RecordingService.Infrastructure.Storage;

/// <summary>Part of the world that a bucket is in, as coarse as the regions that Agora's hosts serve.</summary>
/// <remarks><b>Source:</b> Agora, acquire, region: CN, AP (Asia without the mainland), EU, NA (June 2026).</remarks>
public enum StorageArea
{
    /// <summary>Mainland China.</summary>
    ChinaMainland,

    /// <summary>Asia without mainland China, and Australia; Hong Kong is here.</summary>
    AsiaPacific,

    /// <summary>Europe.</summary>
    Europe,

    /// <summary>North America.</summary>
    NorthAmerica,

    /// <summary>Elsewhere, or not known.</summary>
    Other,
}
