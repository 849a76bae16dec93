namespace RecordingService.Simulation;

/// <summary>Encryption of a channel. Whoever joins with other settings receives nothing.</summary>
/// <param name="Mode">Number of the mode as in decryptionMode, 1 to 8; 0 for none.</param>
/// <param name="Secret">Key; null without encryption.</param>
/// <param name="Salt">Base64 of 32 bytes in modes 7 and 8, or null.</param>
public sealed record ChannelEncryption(int Mode, string? Secret = null, string? Salt = null)
{
    /// <summary>Gets the settings of a channel that is not encrypted.</summary>
    public static ChannelEncryption None { get; } = new(0);
}
