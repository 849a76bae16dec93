namespace RecordingService.Infrastructure.Agora;

/// <summary>The area of a storage profile's bucket by name, or null when it is not known.</summary>
internal delegate string? StorageAreaOf(string storageProfile);

/// <summary>Areas of the world that buckets are in.</summary>
/// <remarks><b>Source:</b> Agora, acquire, region: CN, AP (Asia without the mainland), EU, NA (June 2026).</remarks>
internal static class StorageAreas
{
    private const string MainlandChina = "ChinaMainland";

    public static IReadOnlyList<string> All { get; } = [MainlandChina, "AsiaPacific", "Europe", "NorthAmerica", "Other"];

    public static bool IsMainlandChina(string area) => area.Equals(MainlandChina, StringComparison.OrdinalIgnoreCase);
}
