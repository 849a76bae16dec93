using System.Security.Cryptography;
using System.Text;

namespace RecordingService.Infrastructure.Agora.Notifications;

/// <summary>Proves that Agora wrote a notification: an HMAC over the raw bytes of the body, in lower-case hex.</summary>
/// <remarks>
/// V2 (SHA-256) decides when it is there; V1 (SHA-1) counts only without it. Comparisons take the same time wherever the texts differ, and
/// every secret is tried whether or not one fitted. <b>Source:</b> Agora, receive notifications: Agora-Signature-V2 and Agora-Signature (June 2026).
/// </remarks>
internal static class NotificationSignature
{
    /// <summary>Whether one of the secrets made the signature.</summary>
    /// <param name="secrets">Keys of the HMAC.</param>
    /// <param name="body">The body as it was received, before anything read it.</param>
    /// <param name="v2">Header Agora-Signature-V2, or null.</param>
    /// <param name="v1">Header Agora-Signature, or null.</param>
    public static bool IsGenuine(IEnumerable<byte[]> secrets, ReadOnlySpan<byte> body, string? v2, string? v1)
    {
        var isGenuine = false;
        foreach (var secret in secrets)
        {
            isGenuine |= v2 is { Length: > 0 }
                ? Matches(HMACSHA256.HashData(secret, body), v2)
                : v1 is { Length: > 0 } && Matches(V1(secret, body), v1);
        }

        return isGenuine;
    }

#pragma warning disable CA5350 // SHA-1 is what Agora signs with; as an HMAC it still holds, and V2 goes first.
    private static byte[] V1(byte[] secret, ReadOnlySpan<byte> body) => HMACSHA1.HashData(secret, body);
#pragma warning restore CA5350

    private static bool Matches(byte[] expected, string given) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(expected)), Encoding.UTF8.GetBytes(given));
}
