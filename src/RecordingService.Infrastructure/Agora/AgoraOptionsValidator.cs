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

    public ValidateOptionsResult Validate(string? name, AgoraOptions options)
    {
        var faults = SectionFaults(options)
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
            .Concat(HostFaults(project.Hosts))
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

    private static IEnumerable<string> HostFaults(IReadOnlyList<string> hosts) =>
        hosts
            .Select((host, index) => (host, index))
            .Where(entry => AgoraHosts.TryParse(entry.host) is null)
            .Select(entry =>
                $"Hosts:{entry.index} is '{entry.host}', but must be a host name or an http(s) address without path, query and user."
            );

    private static IEnumerable<string> UidFaults(RecorderUidRanges uids)
    {
        var (primary, backup) = ($"{uids.PrimaryFrom}-{uids.PrimaryTo}", $"{uids.BackupFrom}-{uids.BackupTo}");
        if (uids.PrimaryFrom == 0 || uids.PrimaryFrom > uids.PrimaryTo)
        {
            yield return $"RecorderUids:PrimaryFrom and PrimaryTo are {primary}, but must rise and begin at 1 or later.";
        }

        if (uids.BackupFrom == 0 || uids.BackupFrom > uids.BackupTo)
        {
            yield return $"RecorderUids:BackupFrom and BackupTo are {backup}, but must rise and begin at 1 or later.";
        }

        if (uids.PrimaryFrom <= uids.BackupTo && uids.BackupFrom <= uids.PrimaryTo)
        {
            yield return $"RecorderUids: the halves {primary} and {backup} overlap; two recorders with one uid throw each other out.";
        }
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
