namespace RecordingService.Domain.Tests.Lifecycle;

public sealed class StateMachinePage
{
    private static readonly string File = Path.Combine(Architecture.Root(), "docs", "state-machine.md");

    [Fact]
    public void Page_AsCommitted_EqualsTheCatalogue()
    {
        var page = StateMachineDocument.Write();
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(File)!);
            System.IO.File.WriteAllText(File, page);
        }

        var committed = System.IO.File.Exists(File) ? System.IO.File.ReadAllText(File).ReplaceLineEndings("\n") : "";

        (committed == page).ShouldBeTrue("docs/state-machine.md is out of date; run the tests once with UPDATE_DOCS=1 and commit it.");
    }
}
