using System.Collections.Concurrent;

namespace RecordingService.Infrastructure.Storage;

/// <summary>How the storage profiles fare, for people who set them up.</summary>
public sealed class StorageHealth
{
    private readonly StorageProfiles _profiles;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, StorageProbeResult> _results = new(StringComparer.OrdinalIgnoreCase);

    internal StorageHealth(StorageProfiles profiles, TimeProvider time) => (_profiles, _time) = (profiles, time);

    /// <summary>All profiles as they are now, by name. Holds no secret and asks nobody.</summary>
    public IReadOnlyList<StorageProfileHealth> Current => [.. _profiles.All.Select(Of)];

    /// <summary>One profile as it is now, or null when there is none of that name. Names are compared without regard to case.</summary>
    public StorageProfileHealth? Find(string profileName) => _profiles.Find(profileName) is { } profile ? Of(profile) : null;

    /// <summary>Whether a result tells anything that the one before it did not.</summary>
    internal bool IsNews(string profileName, StorageProbeResult result) =>
        !_results.TryGetValue(profileName, out var last)
        || (last.State, last.Field, last.Message) != (result.State, result.Field, result.Message);

    /// <summary>Shows a result from now on.</summary>
    internal void Keep(string profileName, StorageProbeResult result) => _results[profileName] = result;

    private StorageProfileHealth Of(StorageProfile profile) =>
        new(
            profile.Name,
            profile.VendorName,
            profile.RegionName,
            profile.Area,
            profile.Bucket,
            profile.WhyNoProbe is { } why
                ? new StorageProbeResult(StorageProbeState.NotPossible, null, null, why, null)
                : _results.GetValueOrDefault(profile.Name)
                    ?? new StorageProbeResult(StorageProbeState.Pending, null, null, "The first probe is under way.", null),
            profile.PublicBaseUrl,
            profile.HasOwnAccess,
            profile.KeyWarning(_time.GetUtcNow()) is { } warning ? [warning] : []
        );
}

/// <summary>How one storage profile fares.</summary>
/// <param name="Name">Name of the profile.</param>
/// <param name="Vendor">Name of the vendor.</param>
/// <param name="Region">Agora's name of the region; null where Agora ignores it.</param>
/// <param name="Area">Part of the world that the bucket is in.</param>
/// <param name="Bucket">Name of the bucket.</param>
/// <param name="Probe">Result of the last small write.</param>
/// <param name="PublicBaseUrl">Public address of the bucket's root, or null.</param>
/// <param name="CanList">Whether this service has keys of its own to list files with.</param>
/// <param name="Warnings">Plain sentences, such as that temporary keys expire soon; none when all is well.</param>
public sealed record StorageProfileHealth(
    string Name,
    string Vendor,
    string? Region,
    StorageArea Area,
    string Bucket,
    StorageProbeResult Probe,
    Uri? PublicBaseUrl,
    bool CanList,
    IReadOnlyList<string> Warnings
);

/// <summary>Result of a small write into a bucket with the recorder's keys.</summary>
/// <param name="State">The result in one word.</param>
/// <param name="CheckedAt">When it was found, in real time; null when nothing was written yet.</param>
/// <param name="Field">Member of the profile that is at fault, where that can be told: bucket, accessKey, secretKey, region, endpoint, access.serviceUrl, stsToken. Null otherwise.</param>
/// <param name="Message">One plain sentence, free of secrets.</param>
/// <param name="WhereFound">Where the right value is found: the page of the vendor's console in words. Null when that would not help.</param>
public sealed record StorageProbeResult(
    StorageProbeState State,
    DateTimeOffset? CheckedAt,
    string? Field,
    string Message,
    string? WhereFound
);

/// <summary>What is known about the writability of a bucket.</summary>
public enum StorageProbeState
{
    /// <summary>It cannot be probed, or the profile asks not to be.</summary>
    NotPossible,

    /// <summary>The first probe has not ended yet.</summary>
    Pending,

    /// <summary>A small object was written with the recorder's keys.</summary>
    Works,

    /// <summary>The write failed; it is tried again every 15 min.</summary>
    Failed,
}
