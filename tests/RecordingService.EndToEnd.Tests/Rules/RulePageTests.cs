using System.Text.RegularExpressions;

namespace RecordingService.EndToEnd.Tests.Rules;

/// <summary>The page of the rules is whole, and a test that is named after a rule is run with it.</summary>
public sealed partial class RulePageTests
{
    private const int Rules = 18;

    [Fact]
    public void Page_NamesEachRuleOnceInOneSentence()
    {
        var rows = File.ReadLines(Path.Combine(Repository.Root, "docs", "rules.md"))
            .Select(line => RuleRow().Match(line))
            .Where(row => row.Success)
            .ToList();

        rows.Select(row => row.Groups["rule"].Value).ShouldBe(Enumerable.Range(1, Rules).Select(number => $"S{number}"));
        rows.ShouldAllBe(row => row.Groups["says"].Value.EndsWith('.'));
    }

    [Fact]
    public void Tests_NamedAfterARule_CarryItAsTrait()
    {
        var untagged =
            from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            let text = File.ReadAllText(file)
            from test in RuleTest().Matches(text)
            let rule = test.Groups["rule"].Value
            where
                !text.Contains($"\n[Trait(\"Rule\", \"{rule}\")]")
                && !test.Groups["attributes"].Value.Contains($"[Trait(\"Rule\", \"{rule}\")]")
            select $"{Path.GetFileName(file)}: {test.Groups["name"].Value}";

        untagged.ShouldBeEmpty();
    }

    [GeneratedRegex(@"^\| (?<rule>S\d+) \| (?<says>[^|]+) \|$")]
    private static partial Regex RuleRow();

    /// <summary>The attributes of a test and its name, from the first attribute on.</summary>
    [GeneratedRegex(
        @"(?<attributes>(\n    \[[^\n]*|\n        [^\n]*|\n    \)\])+)\n    public (async )?(Task|void) (?<name>(?<rule>S\d+)_\w+)\("
    )]
    private static partial Regex RuleTest();
}
