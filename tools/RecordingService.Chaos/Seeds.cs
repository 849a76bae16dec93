using System.Security.Cryptography;
using System.Text;

namespace RecordingService.Chaos;

/// <summary>Sources of chance that depend on the seed and on what they are for, so that one draw more or less changes no other.</summary>
internal static class Seeds
{
    /// <summary>Makes a source of chance.</summary>
    public static Random Random(int seed, string purpose, int index = 0) =>
        new(BitConverter.ToInt32(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}\n{purpose}\n{index}"))));
}
