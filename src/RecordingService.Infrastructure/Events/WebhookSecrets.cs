using RecordingService.Infrastructure.Engine;

namespace RecordingService.Infrastructure.Events;

/// <summary>What a webhook is signed with now.</summary>
/// <param name="Secrets">Its secrets, newest first.</param>
/// <param name="Problem">Why it cannot be signed, or null.</param>
internal sealed record SigningSecrets(IReadOnlyList<byte[]> Secrets, string? Problem);

/// <summary>Reads and decrypts what webhooks are signed with.</summary>
internal sealed class WebhookSecrets(WebhookLanes lanes, SecretVault vault, RecordingClock clock)
{
    public async Task<IReadOnlyDictionary<Guid, SigningSecrets>> ReadAsync(
        IReadOnlyList<Guid> webhooks,
        CancellationToken cancellationToken
    )
    {
        var hidden = await lanes.SecretsAsync(webhooks, clock.RealNow, cancellationToken);
        return webhooks.Distinct().ToDictionary(webhook => webhook, webhook => Open([.. hidden[webhook]]));
    }

    /// <summary>What callers are told of a problem.</summary>
    public static string Sentence(string problem) => $"Its secret cannot be read: {problem}.";

    /// <summary>All or nothing: a receiver that changes its secret may know the old one only, or the new one only.</summary>
    private SigningSecrets Open(IReadOnlyList<(Guid Id, SealedSecret Secret)> hidden)
    {
        List<byte[]> secrets = [];
        foreach (var (id, secret) in hidden)
        {
            if (!vault.TryOpen(secret, id, out var plain, out var problem))
            {
                return new([], problem);
            }

            secrets.Add(plain);
        }

        return secrets.Count > 0 ? new(secrets, null) : new([], "it has none");
    }
}
