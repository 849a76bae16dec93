namespace RecordingService.Fuzz.Requests;

/// <content>Addresses that the service is asked to connect to.</content>
internal static partial class HostileTexts
{
    /// <summary>Values of JSON members that are addresses: hosts that one half of a program takes for a name and the other does not, and other writings.</summary>
    public static readonly string[] Addresses =
    [
        "\"https://xn--\\u00fc/\"",
        "\"https://xn--\\u00fc.example/hooks\"",
        $"\"https://{Many("\\u00fc", 59)}/\"",
        $"\"https://{Many("\\u00fc", 59)}.example/hooks\"",
        "\"https://a\\u05d0.example/\"",
        "\"https://\\u05d01a.example/\"",
        "\"https://\\u3002/\"",
        "\"https://a\\u200b.example/\"",
        "\"https://xn--/\"",
        "\"https://xn--a-.example/\"",
        "\"https://-.example/\"",
        "\"https://a..example/\"",
        $"\"https://{Many("a", 64)}.example/\"",
        $"\"https://{Many("a.", 140)}example/\"",
        "\"\\t/\\ufffd\"",
        "\"/\\ufffd\"",
        "\"\\\\\\\\host\\\\share\"",
        "\"C:\\\\hooks\"",
        "\"//example.org/hooks\"",
        "\"https:hooks\"",
        "\"https:///hooks\"",
        "\"https://?\"",
        "\"https://%00/\"",
        "\"https://a%2eb/\"",
        "\"https://127.1:65536/\"",
        "\"https://0x7f000001/\"",
        "\"https://[::ffff:169.254.169.254]/\"",
        "\"https://[fe80::1%25eth0]/\"",
        "\"https://user:pw@example.org/\"",
        "\"http://127.0.0.1:9/hooks\"",
        "\"https://example.org/hooks#a\"",
        $"\"https://example.org/{Many("x", 1990)}\"",
    ];

    private static string Many(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}
