namespace RecordingService.Domain.Recordings;

/// <summary>The rule for channel names (Agora's cname) of mixed and individual recordings.</summary>
/// <remarks><b>Source:</b> Agora, acquire, cname (June 2026): at most 64 bytes out of 89 characters.</remarks>
public static class ChannelName
{
    /// <summary>Longest name. <value>64 bytes; every allowed character is one byte.</value></summary>
    public const int MaxLength = 64;

    /// <summary>The rule in words, for messages.</summary>
    public const string Rule = "1 to 64 characters out of a-z A-Z 0-9, space and !#$%&()+-:;<=.>?@[]^_{}|~,";

    private const string Punctuation = " !#$%&()+-:;<=.>?@[]^_{}|~,";

    /// <summary>Tells whether Agora takes the name.</summary>
    public static bool IsValid(string? name) =>
        name is { Length: > 0 and <= MaxLength }
        && name.All(c => char.IsAsciiLetterOrDigit(c) || Punctuation.Contains(c, StringComparison.Ordinal));
}
