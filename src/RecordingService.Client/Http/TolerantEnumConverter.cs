using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RecordingService.Client;

/// <summary>Words of the interface as members of an enum; a word of a newer service is its default, Unknown.</summary>
internal sealed class TolerantEnumConverter<T> : JsonConverter<T>
    where T : struct, Enum
{
    private static readonly FrozenDictionary<T, string> Words = Enum.GetValues<T>()
        .Where(member => !member.Equals(default(T)))
        .ToFrozenDictionary(member => member, member => JsonNamingPolicy.CamelCase.ConvertName($"{member}"));
    private static readonly FrozenDictionary<string, T> Members = Words.ToFrozenDictionary(word => word.Value, word => word.Key);

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return Members.GetValueOrDefault(reader.GetString()!);
        }

        reader.Skip();
        return default;
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(WordOf(value));

    /// <summary>The word of the interface for a member.</summary>
    /// <exception cref="ArgumentException">It is Unknown, which stands for no word.</exception>
    public static string WordOf(T value) =>
        Words.GetValueOrDefault(value) ?? throw new ArgumentException($"{typeof(T).Name}.{value} cannot be sent.", nameof(value));
}
