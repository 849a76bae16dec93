using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace RecordingService.Simulation;

/// <summary>Derives identifiers from the seed and from what they name, so that the order of concurrent calls does not change them.</summary>
internal sealed class SeededIds(int seed)
{
    private const int ResourceBytes = 150;
    private const int ChecksumBytes = 4;

    public string ResourceId(string appId, string channel, string uid, int nth)
    {
        var bytes = new byte[ResourceBytes];
        var stream = Hash("resource", appId, channel, uid, $"{nth}");
        for (var at = 0; at < ResourceBytes; at += stream.Length)
        {
            stream.AsSpan(0, Math.Min(stream.Length, ResourceBytes - at)).CopyTo(bytes.AsSpan(at));
            stream = SHA256.HashData(stream);
        }

        Checksum(bytes).CopyTo(bytes.AsSpan(ResourceBytes - ChecksumBytes));
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Whether a text was made by <see cref="ResourceId"/>, be it by an earlier process.</summary>
    public static bool IsResourceId(string text)
    {
        var bytes = new byte[ResourceBytes];
        return Base64Url.IsValid(text, out var length)
            && length == ResourceBytes
            && Base64Url.TryDecodeFromChars(text, bytes, out _)
            && bytes.AsSpan(ResourceBytes - ChecksumBytes).SequenceEqual(Checksum(bytes));
    }

    public string Sid(string resourceId) => Convert.ToHexStringLower(Hash("sid", resourceId).AsSpan(0, 16));

    /// <summary>The random uid of a recorder after its nth move to another server.</summary>
    public string MovedUid(string sid, int nth) => $"{BitConverter.ToUInt32(Hash("uid", sid, $"{nth}")) % uint.MaxValue + 1}";

    public static string NoticeId(string sid, int eventType, int sequence) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"notice\n{sid}\n{eventType}\n{sequence}")).AsSpan(0, 16));

    /// <summary>A number in [0, 1).</summary>
    public double Chance(string what, int nth) => BitConverter.ToUInt32(Hash("chance", what, $"{nth}")) / (uint.MaxValue + 1.0);

    private static byte[] Checksum(byte[] resource) => SHA256.HashData(resource.AsSpan(0, ResourceBytes - ChecksumBytes))[..ChecksumBytes];

    private byte[] Hash(params string[] parts) => SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}\n{string.Join('\n', parts)}"));
}
