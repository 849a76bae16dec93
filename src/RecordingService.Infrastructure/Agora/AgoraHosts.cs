namespace RecordingService.Infrastructure.Agora;

/// <summary>The ordered host list of a project.</summary>
internal static class AgoraHosts
{
    private const string Global = "api.agora.io";
    private const string Mainland = "api.sd-rtn.com";

    /// <summary>Named by the 2020 text only; newer ones have <see cref="Mainland"/> in its place.</summary>
    private const string MainlandIn2020 = "api.agoraio.cn";

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
        return [.. hosts.Select(host => TryParse(host) ?? throw new InvalidOperationException($"Host '{host}' was not validated."))];
    }

    /// <summary>Takes a bare host name, which means https, or a base address; null when it is neither.</summary>
    public static Uri? TryParse(string host) =>
        Uri.TryCreate(host.Contains("://", StringComparison.Ordinal) ? host : $"https://{host}", UriKind.Absolute, out var uri)
        && uri.Scheme is "http" or "https"
        && uri is { AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "" }
            ? uri
            : null;
}
