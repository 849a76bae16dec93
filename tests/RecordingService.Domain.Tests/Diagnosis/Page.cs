using System.Text.Json;
using RecordingService.Domain.Diagnosis;

namespace RecordingService.Domain.Tests.Diagnosis;

/// <summary>The page for people knows every cause, in the order of ranking.</summary>
public sealed class Page
{
    [Fact]
    public void Page_ListsTheCausesInTheOrderOfRanking()
    {
        var rows = File.ReadLines(Path.Combine(Architecture.Root(), "docs/diagnosis.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('`')[1]);

        rows.ShouldBe(Enum.GetNames<CauseCode>().Select(JsonNamingPolicy.CamelCase.ConvertName));
    }
}
