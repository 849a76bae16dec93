using System.Buffers.Binary;
using System.Buffers.Text;

namespace RecordingService.Infrastructure.Engine;

/// <summary>A position in the feed as callers see it: a text that means nothing to them.</summary>
public static class EventCursor
{
    private const byte Version = 1;
    private const int Bytes = 1 + sizeof(long);
    private const int Characters = 12;

    /// <summary>The text for a position.</summary>
    public static string Write(long position)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        bytes[0] = Version;
        BinaryPrimitives.WriteInt64BigEndian(bytes[1..], position);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>The position that a text stands for, or null.</summary>
    public static long? Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length != Characters || !Base64Url.IsValid(text))
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[Bytes];
        return
            Base64Url.TryDecodeFromChars(text, bytes, out var length)
            && length == Bytes
            && bytes[0] == Version
            && BinaryPrimitives.ReadInt64BigEndian(bytes[1..]) is >= 0 and var position
            ? position
            : null;
    }
}
