using System.Collections.Frozen;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Options;
using RecordingService.Domain;
using RecordingService.Domain.RoomTypes;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Infrastructure.Agora;

/// <summary>A project with its secrets read and its choice of host. Never leaves the process.</summary>
internal sealed class AgoraProject
{
    private readonly string? _certificate;
    private readonly string _customerKey;
    private readonly string _customerSecret;
    private readonly FrozenDictionary<string, string> _channelKeys;

    private readonly HostFailover _ownHosts;
    private readonly FrozenDictionary<string, HostFailover> _hostsByArea;

    public AgoraProject(string name, AgoraProjectOptions options, AgoraOptions section, TimeProvider time)
    {
        Name = name;
        AppId = options.AppId!;
        _ownHosts = new HostFailover(AgoraHosts.For(options), 0, section.ReturnToFirstHostAfter, time);
        _hostsByArea = StorageAreas
            .All.Select(area =>
                (area, Hosts: AgoraHosts.For(options, area, section.RegionHosts.TryGetValue(area, out var named) ? named : []))
            )
            .Where(entry => entry.Hosts is not null)
            .ToFrozenDictionary(
                entry => entry.area,
                entry => new HostFailover(entry.Hosts!.Value.Hosts, entry.Hosts.Value.Regional, section.ReturnToFirstHostAfter, time),
                StringComparer.OrdinalIgnoreCase
            );
        _customerKey = Read(options.CustomerKey);
        _customerSecret = Read(options.CustomerSecret);
        _certificate = options.Certificate is { } certificate ? Read(certificate) : null;
        Authorization = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"{_customerKey}:{_customerSecret}"))
        );
        _channelKeys = options.ChannelKeys.ToFrozenDictionary(k => k.Key, k => Read(k.Value), StringComparer.OrdinalIgnoreCase);
        NotificationSecrets = [.. options.NotificationSecrets.Select(secret => Encoding.UTF8.GetBytes(Read(secret)))];
        Scrubber = new SecretScrubber(Secrets);
    }

    public string Name { get; }

    public string AppId { get; }

    /// <summary>The choice of host for recordings whose bucket lies in an area. Areas without hosts of their own share the project's.</summary>
    public HostFailover HostsFor(string? area) => area is not null && _hostsByArea.TryGetValue(area, out var hosts) ? hosts : _ownHosts;

    /// <summary>How often Agora answers its calls with 50x.</summary>
    public ServerErrorShare ServerErrors { get; } = new();

    public bool HasCertificate => _certificate is not null;

    public AuthenticationHeaderValue Authorization { get; }

    /// <summary>Keys of the signatures of its notifications.</summary>
    public IReadOnlyList<byte[]> NotificationSecrets { get; }

    public SecretScrubber Scrubber { get; }

    /// <summary>The same, for a call that carries the keys of a bucket.</summary>
    public SecretScrubber ScrubberWith(StorageProfile storage)
    {
        var keys = storage.Keys();
        return new([.. Secrets, keys.AccessKey, keys.SecretKey, .. keys.StsToken is { } token ? [token] : Array.Empty<string>()]);
    }

    /// <summary>The key of an encrypted channel; true with null for a channel without encryption, false for a name that is not configured.</summary>
    public bool TryFindChannelKey(ChannelEncryption? encryption, out string? key)
    {
        key = null;
        return encryption is null || _channelKeys.TryGetValue(encryption.Key, out key);
    }

    /// <summary>The token of a recorder, or null when the project has no certificate.</summary>
    public string? MintToken(StartCall call) =>
        _certificate is null
            ? null
            : RtcToken.Mint(
                AppId,
                _certificate,
                call.Channel,
                call.RecorderUid,
                call.Parameters.TokenIssuedAt,
                call.Parameters.TokenLifetime,
                call.Parameters.TokenSalt
            );

    private IEnumerable<string?> Secrets =>
        [_customerKey, _customerSecret, _certificate, .. _channelKeys.Values, .. NotificationSecrets.Select(Encoding.UTF8.GetString)];

    private string Read(Secret? secret) =>
        secret is not null && secret.TryRead(out var value, out _)
            ? value
            : throw new InvalidOperationException(
                $"A secret of Agora project '{Name}' could be read when it was validated, and cannot be any more."
            );
}

/// <summary>All projects, read once from validated options.</summary>
internal sealed class AgoraProjects
{
    private readonly FrozenDictionary<string, AgoraProject> _byName;

    public AgoraProjects(IOptions<AgoraOptions> options, TimeProvider time) =>
        _byName = options.Value.Projects.ToFrozenDictionary(
            p => p.Key,
            p => new AgoraProject(p.Key, p.Value, options.Value, time),
            StringComparer.OrdinalIgnoreCase
        );

    /// <summary>All of them, in the order of their names.</summary>
    public IEnumerable<AgoraProject> All => _byName.Values.OrderBy(project => project.Name, StringComparer.OrdinalIgnoreCase);

    public AgoraProject? Find(string name) => _byName.GetValueOrDefault(name);
}
