using System.Text.Json;

namespace RecordingService.Simulation;

/// <summary>Reads JSON members strictly and keeps the first violation, as Agora reports one at a time.</summary>
internal sealed class BodyReader(string operation)
{
    public string? Violation { get; private set; }

    public void Require(bool holds, string rule)
    {
        if (!holds)
        {
            Violation ??= $"{operation}: {rule}";
        }
    }

    public JsonElement Object(JsonElement parent, string name, bool required = true)
    {
        if (!TryGet(parent, name, required, out var value))
        {
            return default;
        }

        Require(value.ValueKind == JsonValueKind.Object, $"{name} is not an object");
        return value.ValueKind == JsonValueKind.Object ? value : default;
    }

    public string? Text(JsonElement parent, string name, bool required = true)
    {
        if (!TryGet(parent, name, required, out var value))
        {
            return null;
        }

        Require(value.ValueKind == JsonValueKind.String, $"{name} is not a string");
        var text = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        Require(!required || text?.Length > 0, $"{name} is empty");
        return text;
    }

    public long Integer(JsonElement parent, string name, long min, long max, long? otherwise)
    {
        if (!TryGet(parent, name, required: otherwise is null, out var value))
        {
            return otherwise ?? min;
        }

        var number = 0L;
        var valid = value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out number) && number >= min && number <= max;
        Require(valid, $"invalid {name} value, {min} to {max} allowed");
        return valid ? number : min;
    }

    public bool Flag(JsonElement parent, string name)
    {
        if (!TryGet(parent, name, required: false, out var value))
        {
            return false;
        }

        Require(value.ValueKind is JsonValueKind.True or JsonValueKind.False, $"{name} is not a boolean");
        return value.ValueKind == JsonValueKind.True;
    }

    public IReadOnlyList<string>? Texts(JsonElement parent, string name)
    {
        if (!TryGet(parent, name, required: false, out var value))
        {
            return null;
        }

        var valid = value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String);
        Require(valid, $"{name} is not an array of strings");
        return valid ? [.. value.EnumerateArray().Select(item => item.GetString()!)] : null;
    }

    /// <summary>Reads a required number from 0 to 1.</summary>
    public double Share(JsonElement parent, string name)
    {
        if (!TryGet(parent, name, required: true, out var value))
        {
            return 0;
        }

        var number = 0.0;
        var valid = value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out number) && number is >= 0 and <= 1;
        Require(valid, $"invalid {name} value, 0 to 1 allowed");
        return valid ? number : 0;
    }

    /// <summary>Reads an array of objects; an absent one is empty.</summary>
    public IReadOnlyList<JsonElement> Objects(JsonElement parent, string name)
    {
        if (!TryGet(parent, name, required: false, out var value))
        {
            return [];
        }

        var valid = value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Object);
        Require(valid, $"{name} is not an array of objects");
        return valid ? [.. value.EnumerateArray()] : [];
    }

    private bool TryGet(JsonElement parent, string name, bool required, out JsonElement value)
    {
        value = default;
        var present =
            parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
        Require(present || !required, $"{name} is missing");
        return present;
    }
}
