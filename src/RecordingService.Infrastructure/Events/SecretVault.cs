using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Infrastructure.Events;

/// <summary>Keys that secrets in the database are encrypted with (section <c>Secrets</c>).</summary>
public sealed class SecretKeyOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Secrets";

    /// <summary>Keys by id, or references to them. <value>Base64 of 32 bytes each. Default: none; secrets can then not be stored.</value></summary>
    /// <remarks>The id is stored beside what its key encrypted, so a key is kept until nothing is encrypted with it any more.</remarks>
    public IDictionary<string, Secret> Keys { get; } = new Dictionary<string, Secret>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Id of the key that encrypts from now on. <value>Default: the only one, if there is one only.</value></summary>
    public string? CurrentKey { get; set; }
}

internal sealed class SecretKeyOptionsValidator : IValidateOptions<SecretKeyOptions>
{
    public ValidateOptionsResult Validate(string? name, SecretKeyOptions options)
    {
        List<string> faults = [];
        foreach (var (id, key) in options.Keys)
        {
            if (!key.TryRead(out var text, out var problem))
            {
                faults.Add($"Secrets:Keys:{id} {problem}.");
            }
            else if (SecretVault.Decode(text) is null)
            {
                faults.Add($"Secrets:Keys:{id} is not base64 of {SecretVault.KeyBytes} bytes; make one with: openssl rand -base64 32");
            }
        }

        if (options.CurrentKey is { } current && !options.Keys.ContainsKey(current))
        {
            faults.Add($"Secrets:CurrentKey is '{current}', which is none of Secrets:Keys.");
        }

        if (options.CurrentKey is null && options.Keys.Count > 1)
        {
            faults.Add(
                $"Secrets:CurrentKey is missing; with several keys ({string.Join(", ", options.Keys.Keys)}) it names the one that encrypts."
            );
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}

/// <summary>A secret as it lies in the database.</summary>
/// <param name="KeyId">Id of the key that it is encrypted with.</param>
/// <param name="Sealed">Nonce, tag and ciphertext.</param>
internal sealed record SealedSecret(string KeyId, byte[] Sealed);

/// <summary>Encrypts what must be stored and must not be read there: AES-256-GCM under a key of the configuration.</summary>
public sealed class SecretVault
{
    internal const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly Dictionary<string, byte[]> keys = new(StringComparer.OrdinalIgnoreCase);

    internal SecretVault(SecretKeyOptions options)
    {
        foreach (var (id, key) in options.Keys)
        {
            // Checked at the start; a key that cannot be read any more is as one that is not there.
            if (key.TryRead(out var text, out _) && Decode(text) is { } bytes)
            {
                keys[id] = bytes;
            }
        }

        CurrentKey = options.CurrentKey ?? (keys.Count == 1 ? keys.Keys.Single() : null);
    }

    /// <summary>Whether there is a key to encrypt with.</summary>
    public bool CanSeal => CurrentKey is not null;

    internal string? CurrentKey { get; }

    /// <param name="secret">What is to be hidden.</param>
    /// <param name="owner">What it belongs to: in another row it cannot be opened.</param>
    /// <exception cref="InvalidOperationException">There is no key; see <see cref="CanSeal"/>.</exception>
    internal SealedSecret Seal(ReadOnlySpan<byte> secret, Guid owner)
    {
        var id = CurrentKey ?? throw new InvalidOperationException("Secrets:Keys has no key to encrypt with.");
        var all = new byte[NonceBytes + TagBytes + secret.Length];
        RandomNumberGenerator.Fill(all.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(keys[id], TagBytes);
        aes.Encrypt(
            all.AsSpan(0, NonceBytes),
            secret,
            all.AsSpan(NonceBytes + TagBytes),
            all.AsSpan(NonceBytes, TagBytes),
            Context(id, owner)
        );
        return new(id, all);
    }

    /// <summary>Reads what <see cref="Seal"/> hid.</summary>
    /// <param name="hidden">What <see cref="Seal"/> made.</param>
    /// <param name="owner">What it belongs to.</param>
    /// <param name="secret">What was hidden; empty on failure.</param>
    /// <param name="problem">Why it cannot be read; empty on success.</param>
    /// <returns>Whether it could be read.</returns>
    internal bool TryOpen(SealedSecret hidden, Guid owner, out byte[] secret, out string problem)
    {
        (secret, problem) = ([], "");
        if (!keys.TryGetValue(hidden.KeyId, out var key))
        {
            problem = $"it is encrypted with the key Secrets:Keys:{hidden.KeyId}, which is not configured";
            return false;
        }

        try
        {
            var all = hidden.Sealed.AsSpan();
            var plain = new byte[all.Length - NonceBytes - TagBytes];
            using var aes = new AesGcm(key, TagBytes);
            aes.Decrypt(
                all[..NonceBytes],
                all[(NonceBytes + TagBytes)..],
                all[NonceBytes..(NonceBytes + TagBytes)],
                plain,
                Context(hidden.KeyId, owner)
            );
            secret = plain;
            return true;
        }
        catch (Exception e) when (e is CryptographicException or OverflowException or ArgumentException)
        {
            problem = $"it was not encrypted with the present key Secrets:Keys:{hidden.KeyId}, or was changed";
            return false;
        }
    }

    internal static byte[]? Decode(string text)
    {
        var bytes = new byte[KeyBytes];
        return Convert.TryFromBase64String(text, bytes, out var length) && length == KeyBytes ? bytes : null;
    }

    /// <summary>Ids are compared without regard to case, so they are authenticated so, too.</summary>
    private static byte[] Context(string keyId, Guid owner) => Encoding.UTF8.GetBytes($"{keyId.ToLowerInvariant()}/{owner:N}");
}
