namespace RecordingService.Domain.RoomTypes;

/// <summary>What the encryption of a channel must be like so that a recorder can read it.</summary>
/// <remarks><b>Source:</b> Agora, start, decryptionMode, secret, salt (June 2026).</remarks>
public static class EncryptionRules
{
    /// <summary>Length of a salt. <value>32 bytes.</value></summary>
    public const int SaltBytes = 32;

    private const string Source = "Agora, start, recordingConfig";

    /// <summary>Finds every rule that an encryption breaks; none when it is fine. The key is a name here: whether it is configured is not told.</summary>
    public static IReadOnlyList<RuleViolation> Check(ChannelEncryption encryption)
    {
        ArgumentNullException.ThrowIfNull(encryption);
        var needsSalt = encryption.Mode is EncryptionMode.Aes128Gcm2 or EncryptionMode.Aes256Gcm2;
        return encryption.Salt switch
        {
            null when needsSalt =>
            [
                new("salt", null, $"is required with this mode: the {SaltBytes} bytes of the clients in base64.", Source),
            ],
            not null when !needsSalt =>
            [
                new("salt", encryption.Salt, "must be left out; only aes128Gcm2 and aes256Gcm2 have a salt.", Source),
            ],
            { } salt when needsSalt && !IsSalt(salt) =>
            [
                new("salt", salt, $"must be exactly {SaltBytes} bytes in base64 ({(SaltBytes + 2) / 3 * 4} characters).", Source),
            ],
            _ => [],
        };
    }

    private static bool IsSalt(string salt)
    {
        // Decoding skips white space, which Agora would be sent.
        Span<byte> bytes = stackalloc byte[SaltBytes + 1];
        return salt.Length == (SaltBytes + 2) / 3 * 4 && Convert.TryFromBase64String(salt, bytes, out var length) && length == SaltBytes;
    }
}
