using System.Diagnostics;
using System.Globalization;
using RecordingService.LocalStack.Processes;

namespace RecordingService.LocalStack.Postgres;

/// <summary>What a killed run left in a data directory: a running server, or only its <c>postmaster.pid</c>.</summary>
internal static class LeftoverServer
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a server may go on after it was told to stop and pg_ctl is done.</summary>
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(10);

    /// <summary>Stops the server that still runs in the folder, after checking that it is that one, and clears a stale pid file.</summary>
    /// <returns>The process id of the stopped server, or null when none ran.</returns>
    public static async Task<int?> StopAsync(
        string data,
        PostgresInstallation installation,
        ServerAccount account,
        CancellationToken cancellationToken
    )
    {
        var pidFile = Path.Combine(data, "postmaster.pid");
        if (ReadPid(pidFile) is not { } pid)
        {
            return null;
        }

        if (!await IsServerOfAsync(pid, data, cancellationToken))
        {
            // The process is gone and its id may belong to somebody else by now, which would make the server refuse to start.
            File.Delete(pidFile);
            return null;
        }

        foreach (var mode in new[] { "fast", "immediate" })
        {
            string[] stop = ["stop", "-D", data, "-m", mode, "-w", "-t", "20", "-s"];
            await account.RunAsync(installation.PgCtl, stop, "/", cancellationToken: cancellationToken);
            // Looked at rather than trusted: the server may have died on its own in between, which pg_ctl reports as a failure, and it removes
            // its pid file, which pg_ctl waits for, a moment before it ends.
            if (await EndsAsync(pid, data, cancellationToken))
            {
                File.Delete(pidFile);
                return pid;
            }
        }

        throw new PrivatePostgresException(
            $"The PostgreSQL server {pid} that an earlier run left in {data} does not stop: end it by hand."
        );
    }

    /// <summary>Reads the process id of the running server, the first line of its pid file.</summary>
    public static int? ReadPid(string pidFile) =>
        File.Exists(pidFile) && int.TryParse(File.ReadLines(pidFile).FirstOrDefault(), CultureInfo.InvariantCulture, out var pid)
            ? pid
            : null;

    private static async Task<bool> EndsAsync(int pid, string data, CancellationToken cancellationToken)
    {
        for (var waited = TimeSpan.Zero; await IsServerOfAsync(pid, data, cancellationToken); waited += LookInterval)
        {
            if (waited >= LongestEnd)
            {
                return false;
            }

            await Task.Delay(LookInterval, TimeProvider.System, cancellationToken);
        }

        return true;
    }

    private static async Task<bool> IsServerOfAsync(int pid, string data, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            try
            {
                using var process = Process.GetProcessById(pid);
                return process.ProcessName == "postgres";
            }
            catch (ArgumentException)
            {
                return false;
            }
        }

        if (OperatingSystem.IsLinux())
        {
            try
            {
                var commandLine = await File.ReadAllTextAsync($"/proc/{pid}/cmdline", cancellationToken);
                return commandLine.Split('\0').Contains(data);
            }
            catch (IOException)
            {
                return false;
            }
        }

        var listing = await ExternalCommand.RunAsync("ps", ["-o", "command=", "-p", $"{pid}"], cancellationToken: cancellationToken);
        return listing.Output.Contains(data, StringComparison.Ordinal);
    }
}
