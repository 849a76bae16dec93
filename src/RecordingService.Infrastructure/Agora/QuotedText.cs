namespace RecordingService.Infrastructure.Agora;

/// <summary>Text that somebody else wrote, made fit for one sentence of ours.</summary>
internal static class QuotedText
{
    private const int Longest = 200;

    /// <summary>On one line, and of at most 201 characters.</summary>
    public static string Shortened(string text)
    {
        var clean = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        return clean.Length <= Longest ? clean : string.Concat(clean.AsSpan(0, Longest), "…");
    }
}
