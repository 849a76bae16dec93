using System.Security.Cryptography;
using System.Text;

namespace RecordingService.Infrastructure.Engine;

/// <summary>A key as its caller holds it: <c>rsk_ID_SECRET</c>. The id is public, the secret is stored as its hash alone.</summary>
internal static class ApiKeyText
{
    /// <summary>Letters and digits: nothing that an editor breaks a line at, or that must be encoded anywhere.</summary>
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private const string Prefix = "rsk_";
    private const int IdCharacters = 12;

    /// <summary>43 of 62 characters are 256 bits.</summary>
    private const int SecretCharacters = 43;

    /// <summary>What a secret is compared with when nobody has the id: costs the same, and equals nothing.</summary>
    private static readonly byte[] NoHash = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);

    public static (string Id, string Secret) New() =>
        (RandomNumberGenerator.GetString(Alphabet, IdCharacters), RandomNumberGenerator.GetString(Alphabet, SecretCharacters));

    public static string Write(string id, string secret) => $"{Prefix}{id}_{secret}";

    public static (string Id, string Secret)? Read(string text) =>
        text.Length == Prefix.Length + IdCharacters + 1 + SecretCharacters
        && text.StartsWith(Prefix, StringComparison.Ordinal)
        && text.Split('_') is [_, { Length: IdCharacters } id, { Length: SecretCharacters } secret]
        && IsText(id)
        && IsText(secret)
            ? (id, secret)
            : null;

    /// <summary>A secret of 256 random bits cannot be guessed, so a fast hash is enough.</summary>
    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.ASCII.GetBytes(secret));

    /// <summary>Whether a secret is the one of that hash, in the same time whatever differs; null is the hash of nobody.</summary>
    public static bool Matches(string secret, byte[]? hash) =>
        CryptographicOperations.FixedTimeEquals(Hash(secret), hash ?? NoHash) & hash is not null;

    private static bool IsText(string text) => text.All(char.IsAsciiLetterOrDigit);
}
