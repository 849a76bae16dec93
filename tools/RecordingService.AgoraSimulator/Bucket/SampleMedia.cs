using System.Buffers.Binary;
using System.Collections.Frozen;

namespace RecordingService.Simulation;

/// <summary>An endless H.264 and AAC stream in MPEG-TS, cut at any second: eight recorded seconds, repeated with running time stamps and counters.</summary>
/// <remarks>
/// Slices of one track therefore join without a seam, and a player needs no discontinuity between them.
/// The pieces and the reasons for their shape: <c>Bucket/Media/make.sh</c>.
/// </remarks>
internal static class SampleMedia
{
    private const int PacketSize = 188;
    private const int LoopSeconds = 8;
    private const int ClockRate = 90_000;
    private const long TimestampMask = (1L << 33) - 1;
    private const byte OptionalPesHeader = 0x80;

    private static readonly byte[][] Seconds = [.. Enumerable.Range(0, LoopSeconds).Select(second => Load($"second-{second}.ts"))];
    private static readonly FrozenDictionary<int, int[]> PacketsBefore = CountPackets();

    /// <summary>The eight seconds as an MP4 file: playable, but as long as it is, whatever was recorded.</summary>
    public static byte[] Mp4 { get; } = Load("sample.mp4");

    /// <summary>Its first picture, small.</summary>
    public static byte[] Picture { get; } = Load("picture.jpg");

    /// <summary>Renders one slice.</summary>
    /// <param name="start">Second of the endless stream that it starts with.</param>
    /// <param name="length">Its length in seconds.</param>
    public static byte[] Slice(int start, int length)
    {
        var parts = Enumerable.Range(start, length).Select(second => (Second: second, Data: Seconds[second % LoopSeconds])).ToList();
        var slice = new byte[parts.Sum(part => part.Data.Length)];
        var at = 0;
        foreach (var (second, data) in parts)
        {
            var target = slice.AsSpan(at, data.Length);
            data.CopyTo(target);
            MoveTo(second, target);
            at += data.Length;
        }

        return slice;
    }

    private static void MoveTo(int second, Span<byte> part)
    {
        var loops = second / LoopSeconds;
        var shift = (long)loops * LoopSeconds * ClockRate;
        var counters = PacketsBefore.ToDictionary(pid => pid.Key, pid => loops * pid.Value[LoopSeconds] + pid.Value[second % LoopSeconds]);
        for (var at = 0; at < part.Length; at += PacketSize)
        {
            var packet = part.Slice(at, PacketSize);
            if (HasPayload(packet))
            {
                packet[3] = (byte)(packet[3] & 0xF0 | counters[Pid(packet)]++ & 0x0F);
            }

            ShiftClockReference(packet, shift);
            ShiftPresentation(packet, shift);
        }
    }

    private static void ShiftClockReference(Span<byte> packet, long shift)
    {
        var hasField = (packet[3] & 0x20) != 0 && packet[4] > 0 && (packet[5] & 0x10) != 0;
        if (!hasField)
        {
            return;
        }

        // 33 bits of base in front of 6 reserved and 9 extension bits; the lowest base bit shares a byte with them.
        var field = packet.Slice(6, 5);
        var clock = (long)BinaryPrimitives.ReadUInt32BigEndian(field) << 1 | (long)field[4] >> 7;
        clock = clock + shift & TimestampMask;
        BinaryPrimitives.WriteUInt32BigEndian(field, (uint)(clock >> 1));
        field[4] = (byte)(field[4] & 0x7F | (int)(clock & 1) << 7);
    }

    private static void ShiftPresentation(Span<byte> packet, long shift)
    {
        var startsUnit = (packet[1] & 0x40) != 0;
        var payload = HasPayload(packet) ? packet[PayloadStart(packet)..] : default;
        if (
            !startsUnit
            || payload.Length < 19
            || payload[0] != 0
            || payload[1] != 0
            || payload[2] != 1
            || (payload[6] & 0xC0) != OptionalPesHeader
        )
        {
            return;
        }

        if ((payload[7] & 0x80) != 0)
        {
            ShiftTimestamp(payload.Slice(9, 5), shift);
        }

        if ((payload[7] & 0x40) != 0)
        {
            ShiftTimestamp(payload.Slice(14, 5), shift);
        }
    }

    private static void ShiftTimestamp(Span<byte> field, long shift)
    {
        var stamp =
            (long)(field[0] >> 1 & 7) << 30
            | (long)field[1] << 22
            | (long)(field[2] >> 1) << 15
            | (long)field[3] << 7
            | (long)(field[4] >> 1);
        stamp = stamp + shift & TimestampMask;
        field[0] = (byte)((field[0] & 0xF1) | ((byte)(stamp >> 29) & 0x0E));
        field[1] = (byte)(stamp >> 22);
        field[2] = (byte)(stamp >> 14 & 0xFE | 1);
        field[3] = (byte)(stamp >> 7);
        field[4] = (byte)(stamp << 1 & 0xFE | 1);
    }

    /// <summary>Counts, for each stream, the packets in front of each second of the loop, and last those of the whole loop.</summary>
    private static FrozenDictionary<int, int[]> CountPackets()
    {
        var before = new Dictionary<int, int[]>();
        for (var second = 0; second < LoopSeconds; second++)
        {
            for (var at = 0; at < Seconds[second].Length; at += PacketSize)
            {
                var packet = Seconds[second].AsSpan(at, PacketSize);
                if (!HasPayload(packet))
                {
                    continue;
                }

                if (!before.TryGetValue(Pid(packet), out var counts))
                {
                    before.Add(Pid(packet), counts = new int[LoopSeconds + 1]);
                }

                for (var later = second + 1; later <= LoopSeconds; later++)
                {
                    counts[later]++;
                }
            }
        }

        return before.ToFrozenDictionary();
    }

    private static int Pid(ReadOnlySpan<byte> packet) => (packet[1] & 0x1F) << 8 | packet[2];

    private static bool HasPayload(ReadOnlySpan<byte> packet) => (packet[3] & 0x10) != 0;

    private static int PayloadStart(ReadOnlySpan<byte> packet) => (packet[3] & 0x20) == 0 ? 4 : 5 + packet[4];

    private static byte[] Load(string name)
    {
        using var stream = typeof(SampleMedia).Assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
