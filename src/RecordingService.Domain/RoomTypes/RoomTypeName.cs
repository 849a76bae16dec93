namespace RecordingService.Domain.RoomTypes;

/// <summary>The rule for names of room types. They stand in addresses, so they need no escaping there.</summary>
public static class RoomTypeName
{
    /// <summary>Longest name. <value>64 characters.</value></summary>
    public const int MaxLength = 64;

    /// <summary>The rule in words, for messages.</summary>
    public const string Rule = "the name of a room type: 1 to 64 of a-z, 0-9 and -";

    /// <summary>Tells whether a room type may have the name.</summary>
    public static bool IsValid(string? name) =>
        name is { Length: > 0 and <= MaxLength } && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
