using System.Diagnostics;
using RecordingService.LocalStack.Postgres;
using RecordingService.LocalStack.Processes;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.LocalStack;

public sealed class KilledLocalStackTests : IAsyncLifetime
{
    // Not a temporary folder by the framework's means, which nobody else may enter.
    private readonly DirectoryInfo folder = Directory.CreateDirectory(
        Path.Combine(Path.GetTempPath(), $"killed-local-stack-tests-{Guid.CreateVersion7():N}")
    );

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string PidFile => Path.Combine(folder.FullName, ".localstack", "postgres", "data", "postmaster.pid");

    public async ValueTask InitializeAsync() =>
        Assert.SkipUnless(await PrivatePostgres.IsInstalledAsync(Cancelled), "Needs the programs of an installed PostgreSQL.");

    public ValueTask DisposeAsync()
    {
        folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Owner_Terminated_TakesItsServerAlong()
    {
        await using var owner = await StartAsync();

        (await owner.TerminateAsync(cancellationToken: Cancelled)).ShouldBe(0);

        File.Exists(PidFile).ShouldBeFalse();
    }

    [Fact]
    public async Task Owner_Killed_LeavesAServerThatTheNextStartStops()
    {
        await using var killed = await StartAsync();
        killed.Kill();
        await killed.WaitForExitAsync(Cancelled);
        var orphan = ReadPid();
        Process.GetProcessById(orphan).HasExited.ShouldBeFalse();

        await using var next = await StartAsync();

        next.LastOutput.ShouldContain(line => line.Contains($"Stopped the PostgreSQL server {orphan}"));
        ReadPid().ShouldNotBe(orphan);
        (await next.TerminateAsync(cancellationToken: Cancelled)).ShouldBe(0);
        File.Exists(PidFile).ShouldBeFalse();
    }

    [Fact]
    public async Task Owner_Running_IsNamedToTheSecond()
    {
        await using var first = await StartAsync();

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        var (exitCode, output) = await ServiceProcess.RunAsync(Options(), patience.Token);

        exitCode.ShouldBe(1);
        output.ShouldContain(line => line.StartsWith("failed: Another local stack runs in"));
        await first.TerminateAsync(cancellationToken: Cancelled);
    }

    private int ReadPid() => int.Parse(File.ReadLines(PidFile).First());

    private ServiceProcessOptions Options() =>
        new()
        {
            Assembly = Path.Combine(AppContext.BaseDirectory, "RecordingService.LocalStack.dll"),
            Arguments = ["--postgres"],
            WorkingDirectory = folder.FullName,
        };

    private async Task<ServiceProcess> StartAsync()
    {
        var owner = await ServiceProcess.StartAsync(Options(), Cancelled);
        await Eventually.HoldsAsync(() => owner.HasExited || owner.LastOutput.Any(line => line.StartsWith("Host=")));
        owner.HasExited.ShouldBeFalse(string.Join('\n', owner.LastOutput));
        return owner;
    }
}
