using System.Diagnostics;
using Npgsql;
using RecordingService.LocalStack.Postgres;

namespace RecordingService.EndToEnd.Tests.LocalStack;

public sealed class PrivatePostgresTests : OwnPostgresTest
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ThrowAway_Stopped_LeavesNeitherProcessNorFolder()
    {
        var postgres = await PrivatePostgres.StartAsync(new PrivatePostgresOptions { ThrowAway = true }, Cancelled);
        var (pid, root) = (postgres.Pid.ShouldNotBeNull(), postgres.Folder.ShouldNotBeNull());
        (await ScalarAsync<int>(postgres, "SELECT 1")).ShouldBe(1);
        IsRunning(pid).ShouldBeTrue();

        await postgres.DisposeAsync();

        IsRunning(pid).ShouldBeFalse();
        Directory.Exists(root).ShouldBeFalse();
    }

    [Fact]
    public async Task KeptFolder_StartedAgain_StillHoldsItsData()
    {
        await using (var first = await StartAsync())
        {
            await ExecuteAsync(first, "CREATE TABLE kept AS SELECT 42 AS answer");
        }

        await using var second = await StartAsync();

        (await ScalarAsync<int>(second, "SELECT answer FROM kept")).ShouldBe(42);
    }

    [Fact]
    public async Task KeptFolder_StartedFresh_IsEmpty()
    {
        await using (var first = await StartAsync())
        {
            await ExecuteAsync(first, "CREATE TABLE kept (answer int)");
        }

        await using var second = await PrivatePostgres.StartAsync(new PrivatePostgresOptions { Folder = Cluster, Fresh = true }, Cancelled);

        (await ScalarAsync<bool>(second, "SELECT to_regclass('kept') IS NULL")).ShouldBeTrue();
    }

    [Fact]
    public async Task Folder_InUse_IsNamed()
    {
        await using var first = await StartAsync();

        var failure = await Should.ThrowAsync<PrivatePostgresException>(StartAsync);

        failure.Message.ShouldContain(Cluster);
        failure.Message.ShouldContain("in use");
        (await ScalarAsync<int>(first, "SELECT 1")).ShouldBe(1);
    }

    [Fact]
    public async Task Folder_WithForeignFiles_IsRefusedAndUntouched()
    {
        Directory.CreateDirectory(Cluster);
        var foreign = Path.Combine(Cluster, "thesis.txt");
        await File.WriteAllTextAsync(foreign, "years of work", Cancelled);

        var failure = await Should.ThrowAsync<PrivatePostgresException>(StartAsync);

        failure.Message.ShouldContain("thesis.txt");
        File.Exists(foreign).ShouldBeTrue();
    }

    [Fact]
    public async Task Folder_ThatIsAFile_IsNamed()
    {
        await File.WriteAllTextAsync(Cluster, "", Cancelled);

        var failure = await Should.ThrowAsync<PrivatePostgresException>(StartAsync);

        failure.Message.ShouldContain($"{Cluster} cannot be created");
    }

    [Fact]
    public async Task Folder_OfAnotherMajorVersion_NamesIt()
    {
        await using (await StartAsync()) { }

        await File.WriteAllTextAsync(Path.Combine(Cluster, "data", "PG_VERSION"), "9.6\n", Cancelled);

        var failure = await Should.ThrowAsync<PrivatePostgresException>(StartAsync);

        failure.Message.ShouldContain("was made by PostgreSQL 9.6");
    }

    [Fact]
    public async Task Folder_HalfInitialised_IsInitialisedAgain()
    {
        var unfinished = Directory.CreateDirectory(Path.Combine(Cluster, "data.unfinished"));
        await File.WriteAllTextAsync(Path.Combine(unfinished.FullName, "PG_VERSION"), "15\n", Cancelled);

        await using var postgres = await StartAsync();

        (await ScalarAsync<int>(postgres, "SELECT 1")).ShouldBe(1);
    }

    [Fact]
    public async Task Folder_ThatPostgresMayNotEnter_IsReplacedByOneThatItMay()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root runs the server as somebody else.");
        using var locked = new UnenterableFolder();
        var notes = new List<string>();

        var postgres = await PrivatePostgres.StartAsync(
            new PrivatePostgresOptions
            {
                Folder = locked.Path,
                ThrowAway = true,
                Note = notes.Add,
            },
            Cancelled
        );
        await postgres.DisposeAsync();

        postgres.Folder.ShouldNotBe(locked.Path);
        notes.ShouldContain(note => note.Contains(locked.Path) && note.Contains(postgres.Folder!));
    }

    [Fact]
    public async Task Server_KilledWithItsPidFileLeft_StartsAgain()
    {
        await using (var first = await StartAsync())
        {
            await ExecuteAsync(first, "CREATE TABLE kept AS SELECT 42 AS answer");
            Process.GetProcessById(first.Pid.ShouldNotBeNull()).Kill();
        }

        File.Exists(Path.Combine(Cluster, "data", "postmaster.pid")).ShouldBeFalse();
        await using var second = await StartAsync();

        (await ScalarAsync<int>(second, "SELECT answer FROM kept")).ShouldBe(42);
    }

    [Fact]
    public async Task PidFile_OfAForeignProcess_IsIgnoredAndTheProcessSpared()
    {
        await using (await StartAsync()) { }

        var pidFile = Path.Combine(Cluster, "data", "postmaster.pid");
        await File.WriteAllTextAsync(pidFile, $"{Environment.ProcessId}\n{Path.Combine(Cluster, "data")}\n", Cancelled);

        await using var postgres = await StartAsync();

        (await ScalarAsync<int>(postgres, "SELECT 1")).ShouldBe(1);
    }

    [Fact]
    public async Task ThrowAway_OfAnOwnerThatDied_IsSweptByTheNext()
    {
        var abandoned = Directory.CreateTempSubdirectory("recording-postgres-");
        await File.WriteAllTextAsync(Path.Combine(abandoned.FullName, "lock"), "", Cancelled);
        Directory.CreateDirectory(Path.Combine(abandoned.FullName, "data"));

        await using var postgres = await PrivatePostgres.StartAsync(new PrivatePostgresOptions { ThrowAway = true }, Cancelled);

        abandoned.Refresh();
        abandoned.Exists.ShouldBeFalse();
    }

    [Fact]
    public async Task Password_Wrong_IsRefused()
    {
        await using var postgres = await StartAsync();
        var connectionString = new NpgsqlConnectionStringBuilder(postgres.ConnectionString()) { Password = "guess" }.ConnectionString;
        await using var connection = new NpgsqlConnection(connectionString);

        var refusal = await Should.ThrowAsync<PostgresException>(() => connection.OpenAsync(Cancelled));

        refusal.SqlState.ShouldBe(PostgresErrorCodes.InvalidPassword);
    }

    private static bool IsRunning(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            // In a container without an init process the dead remain as zombies.
            return !process.HasExited && (!OperatingSystem.IsLinux() || File.ReadAllText($"/proc/{pid}/cmdline").Length > 0);
        }
        catch (Exception exception) when (exception is ArgumentException or IOException)
        {
            return false;
        }
    }

    private static async Task ExecuteAsync(PrivatePostgres postgres, string sql)
    {
        await using var source = NpgsqlDataSource.Create(postgres.ConnectionString());
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancelled);
    }

    private static async Task<T> ScalarAsync<T>(PrivatePostgres postgres, string sql)
    {
        await using var source = NpgsqlDataSource.Create(postgres.ConnectionString());
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Cancelled)).ShouldNotBeNull();
    }

    private Task<PrivatePostgres> StartAsync() => PrivatePostgres.StartAsync(new PrivatePostgresOptions { Folder = Cluster }, Cancelled);

    private sealed class UnenterableFolder : IDisposable
    {
        private readonly DirectoryInfo parent = Directory.CreateTempSubdirectory("nobody-else-enters-");

        public string Path => System.IO.Path.Combine(parent.FullName, "cluster");

        public void Dispose() => parent.Delete(recursive: true);
    }
}
