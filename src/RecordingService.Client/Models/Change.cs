using System.Text.Json;
using System.Text.Json.Serialization;

namespace RecordingService.Client;

/// <summary>What a request makes of one member: leaves it as it is (the default), sets it, or takes it back to its default.</summary>
/// <typeparam name="T">Type of the member.</typeparam>
/// <remarks>A value converts to it by itself: <c>Kind = VideoLayout.Vertical, BackgroundColor = Change.ToDefault</c>.</remarks>
public readonly record struct Change<T>
    where T : notnull
{
    private Change(T? value, bool toDefault) => (Value, IsMade, IsToDefault) = (value, true, toDefault);

    /// <summary>Whether the request names the member at all.</summary>
    public bool IsMade { get; }

    /// <summary>Whether the member is taken back to its default.</summary>
    public bool IsToDefault { get; }

    /// <summary>The new value; null when there is none.</summary>
    public T? Value { get; }

    /// <summary>Sets the member.</summary>
    /// <param name="value">The new value.</param>
    public static implicit operator Change<T>(T value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new(value, toDefault: false);
    }

    /// <summary>Takes the member back to its default.</summary>
    /// <param name="toDefault"><see cref="Change.ToDefault"/>.</param>
    public static implicit operator Change<T>(ToDefault toDefault) => new(default, toDefault: true);
}

/// <summary>Changes that are no values.</summary>
public static class Change
{
    /// <summary>Takes a member back to its default.</summary>
    public static ToDefault ToDefault => default;
}

/// <summary>The wish to take a member back to its default; see <see cref="Change.ToDefault"/>.</summary>
public readonly record struct ToDefault;

/// <summary>Writes what is set as its value and what goes back to its default as null; what is left as it is, is left out by its property.</summary>
internal sealed class ChangeConverter<T> : JsonConverter<Change<T>>
    where T : notnull
{
    public override Change<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Changes are sent, never received.");

    public override void Write(Utf8JsonWriter writer, Change<T> value, JsonSerializerOptions options)
    {
        if (value.IsToDefault)
        {
            writer.WriteNullValue();
        }
        else
        {
            JsonSerializer.Serialize(writer, value.Value!, options.GetTypeInfo(typeof(T)));
        }
    }
}
