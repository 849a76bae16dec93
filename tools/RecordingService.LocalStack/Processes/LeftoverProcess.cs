using System.Diagnostics;
using System.Globalization;

namespace RecordingService.LocalStack.Processes;

/// <summary>Remembers a process in a file, so that the next run can end it if this one is killed.</summary>
internal static class LeftoverProcess
{
    // Start times are computed from the machine's boot time and differ a little between readers.
    private static readonly TimeSpan StartTimeTolerance = TimeSpan.FromSeconds(3);

    public static void Remember(string pidFile, ServiceProcess process) =>
        File.WriteAllText(pidFile, string.Create(CultureInfo.InvariantCulture, $"{process.Pid} {process.StartedAt:O}"));

    public static void Forget(string pidFile) => File.Delete(pidFile);

    /// <summary>Ends the remembered process if it still runs; a process id and its start time name a process for good.</summary>
    /// <returns>The process id of the ended process, or null.</returns>
    public static async Task<int?> EndAsync(string pidFile, CancellationToken cancellationToken)
    {
        if (!File.Exists(pidFile))
        {
            return null;
        }

        var words = (await File.ReadAllTextAsync(pidFile, cancellationToken)).Split(' ');
        Forget(pidFile);
        if (
            words.Length != 2
            || !int.TryParse(words[0], CultureInfo.InvariantCulture, out var pid)
            || !DateTimeOffset.TryParse(words[1], CultureInfo.InvariantCulture, out var startedAt)
        )
        {
            return null;
        }

        try
        {
            using var process = Process.GetProcessById(pid);
            if ((new DateTimeOffset(process.StartTime) - startedAt).Duration() > StartTimeTolerance)
            {
                return null;
            }

            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(cancellationToken);
            return pid;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // It has ended by itself.
            return null;
        }
    }
}
