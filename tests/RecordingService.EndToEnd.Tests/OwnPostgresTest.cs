using RecordingService.LocalStack.Postgres;

namespace RecordingService.EndToEnd.Tests;

/// <summary>A test that kills and restarts a PostgreSQL of its own.</summary>
public abstract class OwnPostgresTest : IAsyncLifetime
{
    // Not a temporary folder by the framework's means, which nobody else may enter.
    private readonly DirectoryInfo folder = Directory.CreateDirectory(
        Path.Combine(Path.GetTempPath(), $"own-postgres-tests-{Guid.CreateVersion7():N}")
    );

    /// <summary>Where the server keeps its data between two starts.</summary>
    protected string Cluster => Path.Combine(folder.FullName, "cluster");

    public async ValueTask InitializeAsync() =>
        Assert.SkipUnless(
            await PrivatePostgres.IsInstalledAsync(TestContext.Current.CancellationToken),
            "Needs the programs of an installed PostgreSQL."
        );

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private protected Task<PrivatePostgres> StartPostgresAsync() =>
        PrivatePostgres.StartAsync(new PrivatePostgresOptions { Folder = Cluster }, TestContext.Current.CancellationToken);
}
