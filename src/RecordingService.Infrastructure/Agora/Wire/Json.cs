using System.Globalization;
using System.Text.Json;

namespace RecordingService.Infrastructure.Agora.Wire;

/// <summary>Reads members that may be missing, of another type, or out of range; what is of no use is null.</summary>
internal static class Json
{
    private const int LongestId = 2000;

    /// <summary>A member of an object; null when there is no such member, or no object.</summary>
    public static JsonElement? Member(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } parent && parent.TryGetProperty(name, out var value) ? value : null;

    public static JsonElement? Object(JsonElement? element) => element is { ValueKind: JsonValueKind.Object } ? element : null;

    /// <summary>Text that is not empty, or a number as it is written.</summary>
    public static string? Text(JsonElement? element) =>
        element?.ValueKind switch
        {
            // PostgreSQL stores no NUL, and no name or id has one.
            JsonValueKind.String when element.Value.GetString() is { Length: > 0 } text => text.Replace('\0', ' '),
            JsonValueKind.Number => element.Value.GetRawText(),
            _ => null,
        };

    /// <summary>An id goes into addresses: one that no server would take there is none. Resource ids of up to 340 characters were seen, sids of 32.</summary>
    public static string? Id(JsonElement? element) => Text(element) is { Length: <= LongestId } id ? id : null;

    /// <summary>A whole number, or text that is one.</summary>
    public static long? Number(JsonElement? element) =>
        decimal.TryParse(Text(element), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && number == decimal.Truncate(number)
        && number is >= long.MinValue and <= long.MaxValue
            ? (long)number
            : null;

    public static int? Integer(JsonElement? element) =>
        Number(element) is { } number and >= int.MinValue and <= int.MaxValue ? (int)number : null;

    public static uint? Uid(JsonElement? element) => Number(element) is { } number and >= 0 and <= uint.MaxValue ? (uint)number : null;

    /// <summary>Documents say seconds here and milliseconds there; 12 digits and more are milliseconds (in seconds, the year 5138).</summary>
    public static DateTimeOffset? Time(JsonElement? element) =>
        Number(element) switch
        {
            >= 100_000_000_000 and <= 9_999_999_999_999 and var milliseconds => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds),
            > 0 and < 100_000_000_000 and var seconds => DateTimeOffset.FromUnixTimeSeconds(seconds),
            _ => null,
        };
}
