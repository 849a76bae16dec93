using RecordingService.LocalStack.Postgres;
using RecordingService.LocalStack.Processes;

namespace RecordingService.EndToEnd.Tests.LocalStack;

/// <summary>The program that README begins with; continuous integration runs it once without keys.</summary>
public sealed class LocalStackTests : IDisposable
{
    // Not a temporary folder by the framework's means, which nobody else may enter.
    private readonly DirectoryInfo folder = Directory.CreateDirectory(
        Path.Combine(Path.GetTempPath(), $"local-stack-tests-{Guid.CreateVersion7():N}")
    );

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Stack_ThatAsksForKeys_PrintsOneAndRecordsWithIt()
    {
        Assert.SkipUnless(
            await PrivatePostgres.IsInstalledAsync(TestContext.Current.CancellationToken),
            "Needs the programs of an installed PostgreSQL."
        );
        var options = new ServiceProcessOptions
        {
            Assembly = Path.Combine(AppContext.BaseDirectory, "RecordingService.LocalStack.dll"),
            Arguments = ["--once", "--keys"],
            WorkingDirectory = folder.FullName,
        };

        var (exitCode, output) = await ServiceProcess.RunAsync(options, TestContext.Current.CancellationToken);

        exitCode.ShouldBe(0, string.Join('\n', output));
        output.ShouldContain(line => line.StartsWith("  API key          rsk_"));
        output.ShouldContain(line => line.StartsWith("completed http://"));
    }
}
