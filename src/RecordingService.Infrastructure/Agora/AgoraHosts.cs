namespace RecordingService.Infrastructure.Agora;

/// <summary>The ordered host list of a project.</summary>
internal static class AgoraHosts
{
    private const string Global = "api.agora.io";
    private const string Mainland = "api.sd-rtn.com";

    /// <summary>Named by the 2020 text only; newer ones have <see cref="Mainland"/> in its place.</summary>
    private const string MainlandIn2020 = "api.agoraio.cn";

    private static readonly string[] Domains = [".agora.io", ".sd-rtn.com"];

    /// <summary>Hosts for recordings whose bucket has no host of its own.</summary>
    public static IReadOnlyList<Uri> For(AgoraProjectOptions project)
    {
        IEnumerable<string> hosts =
            project.Hosts.Count > 0
                ? project.Hosts
                : (project.HostPreset, project.Area) switch
                {
                    (HostPreset.Current, AgoraArea.MainlandChina) => [Mainland, Global],
                    (HostPreset.Seed, AgoraArea.MainlandChina) => [Global, MainlandIn2020],
                    _ => [Global],
                };
        return [.. hosts.Select(Parsed)];
    }

    /// <summary>Hosts for recordings whose bucket lies in an area: those of the area, then the project's own. Null: the project's own alone.</summary>
    /// <returns>The hosts, and how many of them from the first on are in the area.</returns>
    public static (IReadOnlyList<Uri> Hosts, int Regional)? For(AgoraProjectOptions project, string area, IReadOnlyList<string> named)
    {
        if (named.Count == 0 && (project.Hosts.Count > 0 || !StorageAreas.IsMainlandChina(area)))
        {
            return null;
        }

        List<Uri> regional =
        [
            .. named.Count > 0 ? named.Select(Parsed) : [Parsed(project.HostPreset == HostPreset.Seed ? MainlandIn2020 : Mainland)],
        ];
        List<Uri> all = [.. regional.Concat(For(project)).DistinctBy(host => host.Authority)];
        // Asked from the mainland, the global host answers from there.
        var staysInside = named.Count == 0 && project.Area == AgoraArea.MainlandChina;
        return (all, staysInside ? all.Count : regional.Count);
    }

    /// <summary>Whether two hosts are one region's, under Agora's two domains.</summary>
    public static bool AreTwins(Uri one, Uri other) =>
        !one.Host.Equals(other.Host, StringComparison.OrdinalIgnoreCase)
        && RegionOf(one) is { } region
        && region.Equals(RegionOf(other), StringComparison.OrdinalIgnoreCase);

    private static string? RegionOf(Uri host) =>
        Array.Find(Domains, domain => host.Host.EndsWith(domain, StringComparison.OrdinalIgnoreCase)) is { } domain
            ? host.Host[..^domain.Length]
            : null;

    private static Uri Parsed(string host) => TryParse(host) ?? throw new InvalidOperationException($"Host '{host}' was not validated.");

    /// <summary>Takes a bare host name, which means https, or a base address; null when it is neither.</summary>
    public static Uri? TryParse(string host) =>
        Uri.TryCreate(host.Contains("://", StringComparison.Ordinal) ? host : $"https://{host}", UriKind.Absolute, out var uri)
        && uri.Scheme is "http" or "https"
        && uri is { AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "" }
            ? uri
            : null;
}
