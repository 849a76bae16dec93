using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace RecordingService.Simulation;

/// <summary>Reads and judges an RTC token (AccessToken2, version 007).</summary>
internal sealed class RtcToken
{
    private const string Version = "007";
    private const ushort RtcService = 1;
    private const ushort JoinChannel = 1;
    private const int LongestToken = 64 * 1024;
    private static readonly TimeSpan LongestLife = TimeSpan.FromHours(24);

    private readonly byte[] signature;
    private readonly byte[] signed;
    private readonly string appId;
    private readonly uint issuedAt;
    private readonly uint salt;
    private readonly string channel;
    private readonly string uid;

    private RtcToken(ref Reader reader)
    {
        signature = reader.Bytes();
        signed = reader.Rest();
        appId = reader.Text();
        issuedAt = reader.UInt32();
        var expire = reader.UInt32();
        salt = reader.UInt32();
        uint? join = null;
        (channel, uid) = ("", "");
        for (var services = reader.UInt16(); services > 0; services--)
        {
            var type = reader.UInt16();
            if (type != RtcService)
            {
                // Services are sorted by type and RTC is the lowest: it was here or is not coming.
                break;
            }

            for (var privileges = reader.UInt16(); privileges > 0; privileges--)
            {
                var (privilege, seconds) = (reader.UInt16(), reader.UInt32());
                join = privilege == JoinChannel ? seconds : join;
            }

            (channel, uid) = (reader.Text(), reader.Text());
        }

        var life = TimeSpan.FromSeconds(join is { } seconds2 ? Math.Min(expire, seconds2) : 0);
        ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(issuedAt) + (life < LongestLife ? life : LongestLife);
    }

    public DateTimeOffset ExpiresAt { get; }

    public static RtcToken? Parse(string text)
    {
        if (!text.StartsWith(Version, StringComparison.Ordinal))
        {
            return null;
        }

        try
        {
            var reader = new Reader(Inflate(text));
            return new RtcToken(ref reader);
        }
        catch (Exception exception) when (exception is FormatException or InvalidDataException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    /// <summary>The bytes inside; the text differs between zlib libraries.</summary>
    public static byte[] Inflate(string token)
    {
        using var zlib = new ZLibStream(new MemoryStream(Convert.FromBase64String(token[Version.Length..])), CompressionMode.Decompress);
        var bytes = new byte[LongestToken];
        return bytes[..zlib.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
    }

    /// <summary>Whether this token was signed for this project and lets this uid into this channel.</summary>
    public bool IsFor(string project, string certificate, string channelName, string userId) =>
        appId == project
        && channel == channelName
        && (uid.Length == 0 || uid == userId)
        && CryptographicOperations.FixedTimeEquals(signature, HMACSHA256.HashData(Key(certificate), signed));

    private byte[] Key(string certificate) =>
        HMACSHA256.HashData(LittleEndian(salt), HMACSHA256.HashData(LittleEndian(issuedAt), Encoding.ASCII.GetBytes(certificate)));

    private static byte[] LittleEndian(uint number)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        return bytes;
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> rest = bytes;

        public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)));

        public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

        public byte[] Bytes() => Take(UInt16()).ToArray();

        public string Text() => Encoding.UTF8.GetString(Take(UInt16()));

        public readonly byte[] Rest() => rest.ToArray();

        private ReadOnlySpan<byte> Take(int count)
        {
            var taken = rest[..count];
            rest = rest[count..];
            return taken;
        }
    }
}
