using Microsoft.Extensions.Options;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Infrastructure.Agora;

/// <summary>Whether the files of a recording have to cross the world, and which host its calls go to because of that.</summary>
/// <remarks>
/// Agora records near the server that took the request, and waits for uploads for a limited time only: from far away, files are late or lost.
/// <b>Source:</b> Agora, FAQ, cross-region upload (July 2020).
/// </remarks>
public sealed class StorageRoutes
{
    private readonly AgoraOptions agora;
    private readonly StorageProfiles profiles;

    internal StorageRoutes(IOptions<AgoraOptions> agora, StorageProfiles profiles)
    {
        this.agora = agora.Value;
        this.profiles = profiles;
    }

    /// <summary>The route of recordings of a project into a storage profile; null when one of them is not configured.</summary>
    public StorageRoute? Of(string project, string storageProfile)
    {
        if (!agora.Projects.TryGetValue(project, out var options) || profiles.AreaOf(storageProfile) is not { } area)
        {
            return null;
        }

        var isInside = options.Area == AgoraArea.MainlandChina;
        var crosses = area != StorageArea.Other && isInside != (area == StorageArea.ChinaMainland);
        var named = agora.RegionHosts.TryGetValue(area.ToString(), out var hosts) ? hosts : [];
        var regional = AgoraHosts.For(options, area.ToString(), named);
        var first = (regional?.Hosts ?? AgoraHosts.For(options))[0];
        return new(area, crosses, first.Authority, crosses ? Warning(isInside, regional is not null, first.Authority) : null);
    }

    private static string Warning(bool isInside, bool isRouted, string host) =>
        $"The bucket lies {(isInside ? "outside" : "inside")} mainland China and the project {(isInside ? "inside" : "outside")}: uploads are slow, and files may be lost. "
        + (
            isRouted
                ? $"Calls go to {host} first, which is in the bucket's region."
                : "No host of the bucket's region is configured (Agora:RegionHosts); a bucket in the project's own region is the remedy."
        );
}

/// <summary>The route of recordings into a bucket.</summary>
/// <param name="Area">Part of the world that the bucket is in.</param>
/// <param name="CrossesRegions">Whether project and bucket are known to lie on two sides of the border of mainland China.</param>
/// <param name="FirstHost">Host of Agora that calls go to first.</param>
/// <param name="Warning">What that means, or null when nothing crosses regions.</param>
public sealed record StorageRoute(StorageArea Area, bool CrossesRegions, string FirstHost, string? Warning);
