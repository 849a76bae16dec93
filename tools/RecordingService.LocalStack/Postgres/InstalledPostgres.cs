using System.Globalization;
using System.Security.Cryptography;
using RecordingService.LocalStack.Processes;

namespace RecordingService.LocalStack.Postgres;

/// <summary>A server started from installed binaries through <c>pg_ctl</c>, which detaches it from our terminal's signals.</summary>
internal sealed class InstalledPostgres : IPostgresServer
{
    private const string PasswordName = "superuser.password";
    private const string SettingsName = "recording.conf";
    private const int StartAttempts = 4;

    private readonly PostgresInstallation installation;
    private readonly ServerAccount account;
    private readonly ClusterFolder folder;
    private readonly PrivatePostgresOptions options;

    private InstalledPostgres(
        PostgresInstallation installation,
        ServerAccount account,
        ClusterFolder folder,
        PrivatePostgresOptions options
    )
    {
        this.installation = installation;
        this.account = account;
        this.folder = folder;
        this.options = options;
    }

    public int Port { get; private set; }

    public string Password { get; private set; } = "";

    public string Description => $"PostgreSQL {installation.Version} of {installation.Bin}";

    public string? Folder => folder.Root;

    public int? Pid => LeftoverServer.ReadPid(Path.Combine(folder.Data, "postmaster.pid"));

    public static async Task<InstalledPostgres> StartAsync(
        IReadOnlyList<PostgresInstallation> installations,
        PrivatePostgresOptions options,
        CancellationToken cancellationToken
    )
    {
        var account = await ServerAccount.FindAsync(cancellationToken);
        await SweepThrowAwaysAsync(installations[0], account, options.Note, cancellationToken);
        var folder = options.Folder is { } path
            ? await ClusterFolder.OpenAsync(path, account, options.Note, cancellationToken)
            : ClusterFolder.CreateThrowAway();
        try
        {
            if (await LeftoverServer.StopAsync(folder.Data, installations[0], account, cancellationToken) is { } pid)
            {
                options.Note($"Stopped the PostgreSQL server {pid} that a killed run had left behind.");
            }

            if (options.Fresh || options.ThrowAway)
            {
                folder.Clear();
            }

            var server = new InstalledPostgres(Fitting(installations, folder), account, folder, options);
            await server.InitialiseAsync(cancellationToken);
            await server.StartAsync(cancellationToken);
            return server;
        }
        catch
        {
            if (options.ThrowAway)
            {
                folder.Clear();
            }

            folder.Dispose();
            throw;
        }
    }

    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        var seconds = Math.Max(1, (int)options.ReadyWithin.TotalSeconds);
        string[] arguments = ["restart", "-D", folder.Data, "-l", folder.Log, "-m", "immediate", "-w", "-t", $"{seconds}", "-s"];
        var result = await account.RunAsync(installation.PgCtl, arguments, folder.Root, !OperatingSystem.IsWindows(), cancellationToken);
        if (!result.Succeeded)
        {
            throw new PrivatePostgresException($"PostgreSQL did not start again in {folder.Root}: {result.Output}\n{folder.LastOfLog()}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await LeftoverServer.StopAsync(folder.Data, installation, account, CancellationToken.None);
        if (options.ThrowAway)
        {
            folder.Delete();
        }

        folder.Dispose();
    }

    /// <summary>Clears up throw-away clusters whose owner was killed before it could do so itself.</summary>
    private static async Task SweepThrowAwaysAsync(
        PostgresInstallation installation,
        ServerAccount account,
        Action<string> note,
        CancellationToken cancellationToken
    )
    {
        foreach (var root in ClusterFolder.ThrowAways())
        {
            using var abandoned = ClusterFolder.TryInherit(root);
            try
            {
                if (abandoned is not null)
                {
                    await LeftoverServer.StopAsync(abandoned.Data, installation, account, cancellationToken);
                    abandoned.Delete();
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or PrivatePostgresException)
            {
                // Another process swept it first, or it cannot be swept: no reason not to start.
                note($"{root} was left behind and could not be removed: {exception.Message}");
            }
        }
    }

    /// <summary>Chooses the newest installation, or for existing data the one of its major version.</summary>
    private static PostgresInstallation Fitting(IReadOnlyList<PostgresInstallation> installations, ClusterFolder folder)
    {
        var versionFile = Path.Combine(folder.Data, "PG_VERSION");
        if (!Directory.Exists(folder.Data))
        {
            return installations[0];
        }

        if (!File.Exists(versionFile) || !File.Exists(Path.Combine(folder.Data, PasswordName)))
        {
            throw new PrivatePostgresException($"{folder.Data} is not a data directory made by this program: remove it, or start afresh.");
        }

        var made = File.ReadAllText(versionFile).Trim();
        return installations.FirstOrDefault(i => i.Major.ToString(CultureInfo.InvariantCulture) == made)
            ?? throw new PrivatePostgresException(
                $"{folder.Data} was made by PostgreSQL {made}, and only {string.Join(", ", installations.Select(i => i.Version))} is installed: "
                    + $"install {made}, or start afresh."
            );
    }

    private async Task InitialiseAsync(CancellationToken cancellationToken)
    {
        await account.TakeOverAsync(folder.Root, cancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder.Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        if (Directory.Exists(folder.Data))
        {
            Password = await File.ReadAllTextAsync(Path.Combine(folder.Data, PasswordName), cancellationToken);
            return;
        }

        folder.Clear();
        Password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        // initdb wants an empty directory, so the password it reads lies beside it until then.
        var passwordFile = folder.Log;
        await WriteAsync(passwordFile, Password, cancellationToken);
        string[] arguments =
        [
            "-D",
            folder.Unfinished,
            "--username=postgres",
            $"--pwfile={passwordFile}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ];
        var result = await account.RunAsync(installation.InitDb, arguments, folder.Root, cancellationToken: cancellationToken);
        if (!result.Succeeded)
        {
            throw new PrivatePostgresException($"initdb failed in {folder.Root}: {result.Output}");
        }

        File.Move(passwordFile, Path.Combine(folder.Unfinished, PasswordName));
        await File.AppendAllTextAsync(
            Path.Combine(folder.Unfinished, "postgresql.conf"),
            $"{Environment.NewLine}include '{SettingsName}'{Environment.NewLine}",
            cancellationToken
        );
        Directory.Move(folder.Unfinished, folder.Data);
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            Port = LoopbackPort.FindFree();
            await WriteAsync(Path.Combine(folder.Data, SettingsName), Settings(), cancellationToken);
            File.Delete(folder.Log);
            var seconds = Math.Max(1, (int)options.ReadyWithin.TotalSeconds);
            string[] arguments = ["start", "-D", folder.Data, "-l", folder.Log, "-w", "-t", $"{seconds}", "-s"];
            // On Windows the server would inherit our pipes and keep them open.
            var capture = !OperatingSystem.IsWindows();
            var result = await account.RunAsync(installation.PgCtl, arguments, folder.Root, capture, cancellationToken);
            if (result.Succeeded)
            {
                return;
            }

            var log = folder.LastOfLog();
            // Somebody took the port in between, or the last children of a killed server are still on their way out.
            var passing =
                log.Contains("could not bind", StringComparison.Ordinal) || log.Contains("shared memory block", StringComparison.Ordinal);
            if (!passing || attempt == StartAttempts)
            {
                await LeftoverServer.StopAsync(folder.Data, installation, account, CancellationToken.None);
                throw new PrivatePostgresException(
                    $"PostgreSQL {installation.Version} did not start in {folder.Root}: {result.Output}\n{log}"
                );
            }

            await Task.Delay(TimeSpan.FromMilliseconds(500), options.Time, cancellationToken);
        }
    }

    private string Settings() =>
        $"""
            listen_addresses = '127.0.0.1'
            port = {Port}
            unix_socket_directories = ''
            max_connections = 300
            shared_buffers = 64MB
            lc_messages = 'C'
            timezone = 'UTC'
            {(options.ThrowAway ? "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nmax_wal_size = 4GB" : "")}
            """;

    private async Task WriteAsync(string path, string text, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(path, text, cancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        await account.TakeOverAsync(path, cancellationToken);
    }
}
