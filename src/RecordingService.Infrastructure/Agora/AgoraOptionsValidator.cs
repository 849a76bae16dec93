using Microsoft.Extensions.Options;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Infrastructure.Agora;

/// <summary>Reports every fault of the section at once, each with its key and value; never the value of a secret.</summary>
/// <param name="storageProfiles">Names of the configured storage profiles.</param>
internal sealed class AgoraOptionsValidator(IReadOnlySet<string> storageProfiles) : IValidateOptions<AgoraOptions>
{
    /// <summary>A lease is counted on this for one call, the repetition of an unsent attempt included.</summary>
    private static readonly TimeSpan LongestCall = TimeSpan.FromSeconds(8);

    private const int MaxNotificationSecrets = 2;

    /// <summary>Far more recorders than a channel ever sees, so that drawing one is quick and never in vain.</summary>
    private const uint LeastUids = 1000;

    public ValidateOptionsResult Validate(string? name, AgoraOptions options)
    {
        var faults = SectionFaults(options)
            .Concat(options.RegionHosts.SelectMany(region => RegionHostFaults(region.Key, region.Value)))
            .Concat(CertificatesMissing(options))
            .Select(fault => $"{AgoraOptions.Section}:{fault}")
            .Concat(
                options.Projects.SelectMany(p => ProjectFaults(p.Value).Select(fault => $"{AgoraOptions.Section}:Projects:{p.Key}:{fault}"))
            )
            .ToList();
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> SectionFaults(AgoraOptions options)
    {
        if (options.Projects.Count == 0)
        {
            yield return "Projects is empty; at least one project is needed.";
        }

        if (options.DefaultProject is { } project && !options.Projects.ContainsKey(project))
        {
            yield return $"DefaultProject is '{project}', which is no configured project. Configured: {string.Join(", ", options.Projects.Keys)}.";
        }

        if (options.ConnectTimeout <= TimeSpan.Zero || options.AttemptTimeout <= options.ConnectTimeout)
        {
            yield return $"AttemptTimeout is {options.AttemptTimeout}, but must be longer than ConnectTimeout ({options.ConnectTimeout}), and that longer than 0.";
        }
        else if (options.ConnectTimeout + options.AttemptTimeout > LongestCall)
        {
            yield return $"AttemptTimeout is {options.AttemptTimeout}, but with ConnectTimeout ({options.ConnectTimeout}) it must not pass {LongestCall}.";
        }

        if (options.ReturnToFirstHostAfter <= TimeSpan.Zero)
        {
            yield return $"ReturnToFirstHostAfter is {options.ReturnToFirstHostAfter}, but must be longer than 0.";
        }
    }

    private static IEnumerable<string> RegionHostFaults(string area, IReadOnlyList<string> hosts) =>
        HostFaults($"RegionHosts:{area}", hosts)
            .Concat(
                StorageAreas.All.Contains(area, StringComparer.OrdinalIgnoreCase)
                    ? []
                    : [$"RegionHosts:{area} is no area of a bucket. Known: {string.Join(", ", StorageAreas.All)}."]
            );

    /// <summary>One App ID has one certificate or none, so a second entry that differs cannot be right.</summary>
    private static IEnumerable<string> CertificatesMissing(AgoraOptions options) =>
        from bare in options.Projects
        where bare.Value is { AppId: not null, Certificate: null }
        from other in options.Projects
        where other.Value.Certificate is not null && string.Equals(bare.Value.AppId, other.Value.AppId, StringComparison.OrdinalIgnoreCase)
        select $"Projects:{bare.Key}:Certificate is missing, although project '{other.Key}' has one for the same App ID: without it recorders join without a "
            + "token and are refused (Agora, codes 101 and 110).";

    private IEnumerable<string> ProjectFaults(AgoraProjectOptions project) =>
        new[]
        {
            IsHex32(project.AppId) ? null : $"AppId is '{project.AppId}', but an App ID has 32 hexadecimal characters.",
            SecretFault(project.CustomerKey) is { } key ? $"CustomerKey {key}" : null,
            SecretFault(project.CustomerSecret) is { } secret ? $"CustomerSecret {secret}" : null,
            CertificateFault(project.Certificate) is { } certificate ? $"Certificate {certificate}" : null,
            Enum.IsDefined(project.Area) ? null : $"Area is {project.Area}, but only Global and MainlandChina exist.",
            Enum.IsDefined(project.HostPreset) ? null : $"HostPreset is {project.HostPreset}, but only Current and Seed exist.",
            project.RequestsPerSecond > 0 ? null : $"RequestsPerSecond is {project.RequestsPerSecond}, but must be at least 1.",
            project.ConcurrentTasks > 0 ? null : $"ConcurrentTasks is {project.ConcurrentTasks}, but must be at least 1.",
            project.StorageProfile is null || storageProfiles.Contains(project.StorageProfile)
                ? null
                : $"StorageProfile is '{project.StorageProfile}', which is no configured storage profile. Configured: {string.Join(", ", storageProfiles.Order())}.",
        }
            .OfType<string>()
            .Concat(
                project.ChannelKeys.Select(k => SecretFault(k.Value) is { } fault ? $"ChannelKeys:{k.Key} {fault}" : null).OfType<string>()
            )
            .Concat(NotificationSecretFaults(project.NotificationSecrets))
            .Concat(HostFaults("Hosts", project.Hosts))
            .Concat(UidFaults(project.RecorderUids));

    private static IEnumerable<string> NotificationSecretFaults(IReadOnlyList<Secret> secrets) =>
        secrets
            .Select((secret, index) => SecretFault(secret) is { } fault ? $"NotificationSecrets:{index} {fault}" : null)
            .Append(
                secrets.Count > MaxNotificationSecrets
                    ? $"NotificationSecrets has {secrets.Count} entries, but at most {MaxNotificationSecrets} live at once: the old and the new one."
                    : null
            )
            .OfType<string>();

    private static IEnumerable<string> HostFaults(string key, IReadOnlyList<string> hosts) =>
        hosts
            .Select((host, index) => (host, index))
            .Where(entry => AgoraHosts.TryParse(entry.host) is null)
            .Select(entry =>
                $"{key}:{entry.index} is '{entry.host}', but must be a host name or an http(s) address without path, query and user."
            );

    private static IEnumerable<string> UidFaults(RecorderUidRanges uids) =>
        new[]
        {
            HalfFault("Primary", uids.PrimaryFrom, uids.PrimaryTo),
            HalfFault("Backup", uids.BackupFrom, uids.BackupTo),
            uids.PrimaryFrom <= uids.BackupTo && uids.BackupFrom <= uids.PrimaryTo
                ? $"RecorderUids: the halves {uids.PrimaryFrom}-{uids.PrimaryTo} and {uids.BackupFrom}-{uids.BackupTo} overlap, but must be disjoint: "
                    + "two recorders with one uid throw each other out (Agora, integration best practices)."
                : null,
        }.OfType<string>();

    private static string? HalfFault(string half, uint from, uint to)
    {
        var value = $"RecorderUids:{half}From and {half}To are {from}-{to}";
        return from == 0 || from > to ? $"{value}, but must rise and begin at 1 or later (Agora, acquire: uid 1 to 4294967295)."
            : to - from < LeastUids - 1
                ? $"{value}, which are {to - from + 1} uids, but each half needs at least {LeastUids}: every recorder of a channel gets one that it has not used."
            : null;
    }

    private static string? SecretFault(Secret? secret) =>
        secret is null ? "is missing."
        : secret.TryRead(out _, out var problem) ? null
        : $"{problem}.";

    private static string? CertificateFault(Secret? certificate) =>
        certificate is null ? null
        : !certificate.TryRead(out var value, out var problem) ? $"{problem}."
        : IsHex32(value) ? null
        : "is no App certificate: that has 32 hexadecimal characters. Leave the key out when the project has none.";

    private static bool IsHex32(string? text) => text is { Length: 32 } && text.All(char.IsAsciiHexDigit);
}
