using System.Text.Json.Nodes;

namespace RecordingService.Api.Problems;

/// <summary>The page about a kind of error: docs/problems, carried in the program.</summary>
internal static class ProblemPage
{
    private const string ExampleBegins = "```json\n";
    private const string ExampleEnds = "\n```";

    /// <summary>The page, or null when there is no such kind.</summary>
    public static Stream? Open(string code) => typeof(ProblemPage).Assembly.GetManifestResourceStream($"problems.{code}.md");

    /// <summary>The body that the page shows.</summary>
    public static JsonNode Example(Problem kind)
    {
        using var page = Open(kind.Code) ?? throw new InvalidOperationException($"docs/problems/{kind.Code}.md is missing.");
        using var reader = new StreamReader(page);
        var text = reader.ReadToEnd();
        var begin = text.IndexOf(ExampleBegins, StringComparison.Ordinal) + ExampleBegins.Length;
        return JsonNode.Parse(text[begin..text.IndexOf(ExampleEnds, begin, StringComparison.Ordinal)])!;
    }
}
