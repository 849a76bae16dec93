using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace RecordingService.Infrastructure.Agora;

/// <summary>Mints the RTC token (AccessToken2, "007") that a recorder joins its channel with.</summary>
/// <remarks>
/// Carries the privilege to join and no other: a recorder publishes nothing, so it is a subscriber. Nothing here is drawn or read from a
/// clock: the same arguments give the same token, which is what lets a start be repeated byte for byte after a crash.
/// The text also depends on the zlib of the runtime, so it may differ between versions of .NET; Agora reads what is inflated.
/// <b>Source:</b> AgoraIO/Tools, DynamicKey, AccessToken2 (July 2026).
/// </remarks>
internal static class RtcToken
{
    private const string Version = "007";
    private const ushort RtcService = 1;
    private const ushort JoinChannel = 1;

    /// <summary>Longest validity of a token and of its privileges. <b>Source:</b> AgoraIO/Tools, token builders (July 2026).</summary>
    public static readonly TimeSpan LongestLifetime = TimeSpan.FromHours(24);

    public static string Mint(
        string appId,
        string certificate,
        string channel,
        uint uid,
        DateTimeOffset issuedAt,
        TimeSpan lifetime,
        uint salt
    )
    {
        var issued = (uint)issuedAt.ToUnixTimeSeconds();
        var info = Info(appId, channel, uid, issued, (uint)lifetime.TotalSeconds, salt);
        var key = HMACSHA256.HashData(LittleEndian(salt), HMACSHA256.HashData(LittleEndian(issued), Encoding.ASCII.GetBytes(certificate)));
        var signature = HMACSHA256.HashData(key, info);

        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(LengthPrefixed(signature));
            zlib.Write(info);
        }

        return Version + Convert.ToBase64String(packed.GetBuffer(), 0, (int)packed.Length);
    }

    private static byte[] Info(string appId, string channel, uint uid, uint issued, uint expireSeconds, uint salt)
    {
        // Every integer is little-endian, as BinaryWriter writes them on every machine.
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(LengthPrefixed(Encoding.ASCII.GetBytes(appId)));
        writer.Write(issued);
        writer.Write(expireSeconds);
        writer.Write(salt);
        writer.Write((ushort)1);
        writer.Write(RtcService);
        writer.Write((ushort)1);
        writer.Write(JoinChannel);
        writer.Write(expireSeconds);
        writer.Write(LengthPrefixed(Encoding.UTF8.GetBytes(channel)));
        writer.Write(LengthPrefixed(Encoding.ASCII.GetBytes(uid.ToString(CultureInfo.InvariantCulture))));
        writer.Flush();
        return bytes.ToArray();
    }

    private static byte[] LengthPrefixed(ReadOnlySpan<byte> value)
    {
        var bytes = new byte[sizeof(ushort) + value.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value.Length);
        value.CopyTo(bytes.AsSpan(sizeof(ushort)));
        return bytes;
    }

    private static byte[] LittleEndian(uint value)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }
}
