using RecordingService.Infrastructure.Storage;

namespace RecordingService.Infrastructure.Agora;

/// <summary>The Agora projects that this service records in (section <c>Agora</c>).</summary>
public sealed class AgoraOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Agora";

    /// <summary>Project of requests that name none. <value>Default: the only project, if there is one only.</value></summary>
    public string? DefaultProject { get; set; }

    /// <summary>Projects by name. Names are compared without regard to case.</summary>
    public IDictionary<string, AgoraProjectOptions> Projects { get; } =
        new Dictionary<string, AgoraProjectOptions>(StringComparer.OrdinalIgnoreCase);

    /// <summary>How long a connection may take: DNS, TCP and TLS together. <value>Default 2 s.</value></summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long one attempt may take, connection included. <value>Default 6 s; with <see cref="ConnectTimeout"/> at most 8 s.</value></summary>
    /// <remarks>
    /// Only an attempt that did not connect is repeated, so a call takes at most the sum of both, and a lease is counted on 8 s for a call.
    /// Agora states no time for its answers, except up to 20 s for a synchronous stop, which this service does not use.
    /// </remarks>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(6);

    /// <summary>How long calls stay with another host before the first one is tried again. <value>Default 5 min.</value></summary>
    public TimeSpan ReturnToFirstHostAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Hosts for recordings by the area of their bucket, in order, before the project's own; a recording's calls all go the same way.</summary>
    /// <value>
    /// Areas: ChinaMainland, AsiaPacific, Europe, NorthAmerica, Other. Default for ChinaMainland: api.sd-rtn.com (<see cref="HostPreset.Current"/>) or
    /// api.agoraio.cn (<see cref="HostPreset.Seed"/>), except for projects with <see cref="AgoraProjectOptions.Hosts"/> of their own; none for others.
    /// </value>
    /// <remarks>
    /// Files wait near the server that took the request, so a host far from the bucket makes uploads slow, and loses files.
    /// <b>Source:</b> Agora, cloud recording FAQ (July 2020): for a bucket in China call api.agoraio.cn; REST overview (June 2026) has api.sd-rtn.com in its place.
    /// </remarks>
    public IDictionary<string, IReadOnlyList<string>> RegionHosts { get; } =
        new Dictionary<string, IReadOnlyList<string>>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The default project by configuration, or the only one; null when there is neither.</summary>
    public string? EffectiveDefaultProject => DefaultProject ?? (Projects.Count == 1 ? Projects.Keys.Single() : null);
}

/// <summary>One App ID with its credentials, hosts, uids and quotas.</summary>
public sealed class AgoraProjectOptions
{
    /// <summary>App ID. <value>32 hexadecimal characters.</value></summary>
    public string? AppId { get; set; }

    /// <summary>Customer ID of the REST credentials (Agora's console also calls it key), or a reference to it.</summary>
    public Secret? CustomerKey { get; set; }

    /// <summary>Customer secret of the REST credentials, or a reference to it.</summary>
    public Secret? CustomerSecret { get; set; }

    /// <summary>App certificate, or a reference to it. <value>32 hexadecimal characters. Default: none; recorders then join without a token.</value></summary>
    public Secret? Certificate { get; set; }

    /// <summary>Keys of encrypted channels by name, or references to them; recordings name them and never hold them. <value>Default: none.</value></summary>
    /// <remarks>Names are compared without regard to case. A key is what the clients of the channel use, unchanged.</remarks>
    public IDictionary<string, Secret> ChannelKeys { get; } = new Dictionary<string, Secret>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Secrets that Agora signs this project's notifications with, or references to them. <value>At most two: the old and the new one while it changes. Default: none; notifications are then refused.</value></summary>
    /// <remarks><b>Source:</b> Agora, receive notifications: the console makes one secret for a project (June 2026).</remarks>
    public IReadOnlyList<Secret> NotificationSecrets { get; set; } = [];

    /// <summary>Where this service stands, seen from Agora. <value>Default: Global.</value></summary>
    public AgoraArea Area { get; set; } = AgoraArea.Global;

    /// <summary>Which of the published host lists is used. <value>Default: Current.</value></summary>
    public HostPreset HostPreset { get; set; } = HostPreset.Current;

    /// <summary>A host list of one's own, in order, instead of the preset. <value>Host names (https), or base addresses such as http://127.0.0.1:9001. Default: none.</value></summary>
    public IReadOnlyList<string> Hosts { get; set; } = [];

    /// <summary>Uids reserved for recorders; no user may ever get one of them.</summary>
    public RecorderUidRanges RecorderUids { get; set; } = new();

    /// <summary>Requests a second that this App ID may make, over all replicas. <value>Default 10.</value></summary>
    /// <remarks><b>Source:</b> Agora, integration best practices: 10 a second for an App ID, more on request (June 2026).</remarks>
    public int RequestsPerSecond { get; set; } = 10;

    /// <summary>Recorders that may run at once. <value>Default 50.</value></summary>
    /// <remarks><b>Source:</b> Agora, integration best practices: at first 50 for an App ID, more on request (June 2026).</remarks>
    public int ConcurrentTasks { get; set; } = 50;

    /// <summary>Storage profile of room types that name none. <value>Default: none.</value></summary>
    public string? StorageProfile { get; set; }
}

/// <summary>Where a caller stands; decides which hosts Agora offers it.</summary>
public enum AgoraArea
{
    /// <summary>Anywhere but mainland China.</summary>
    Global,

    /// <summary>Mainland China.</summary>
    MainlandChina,
}

/// <summary>Host lists that Agora has published.</summary>
public enum HostPreset
{
    /// <summary>Elsewhere api.agora.io alone; in mainland China api.sd-rtn.com, then api.agora.io.</summary>
    /// <remarks><b>Source:</b> Agora, REST overview and integration best practices (June 2026).</remarks>
    Current,

    /// <summary>api.agora.io, in mainland China then api.agoraio.cn.</summary>
    /// <remarks><b>Source:</b> Agora, integration best practices (September 2020).</remarks>
    Seed,
}

/// <summary>Two halves of the uids reserved for recorders; generations of a recording alternate between them.</summary>
/// <remarks>
/// Both ends belong to the range; each half has at least 1,000 uids, because a channel never sees one of them twice. Range of a uid: 1 to 4294967295.
/// <b>Source:</b> Agora, acquire (June 2026); a backup uid: integration best practices (September 2020).
/// </remarks>
public sealed class RecorderUidRanges
{
    /// <summary>First uid of the primary half. <value>Default 900,000,000.</value></summary>
    public uint PrimaryFrom { get; set; } = 900_000_000;

    /// <summary>Last uid of the primary half. <value>Default 900,499,999.</value></summary>
    public uint PrimaryTo { get; set; } = 900_499_999;

    /// <summary>First uid of the backup half. <value>Default 900,500,000.</value></summary>
    public uint BackupFrom { get; set; } = 900_500_000;

    /// <summary>Last uid of the backup half. <value>Default 900,999,999.</value></summary>
    public uint BackupTo { get; set; } = 900_999_999;
}
