using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace RecordingService.LocalStack.Processes;

/// <summary>The outcome of a command: its exit code and everything that it wrote.</summary>
internal sealed record CommandResult(int ExitCode, string Output)
{
    public bool Succeeded => ExitCode == 0;
}

/// <summary>Runs a short command to its end.</summary>
internal static class ExternalCommand
{
    private const int NotFound = 127;

    /// <summary>Runs a command; one that cannot be started answers like a shell does, with exit code 127.</summary>
    /// <param name="file">Program to run.</param>
    /// <param name="arguments">Its arguments, unquoted.</param>
    /// <param name="workingDirectory">Folder to run in; null for the current one.</param>
    /// <param name="environment">Variables beside the inherited ones.</param>
    /// <param name="capture">False for commands that leave a process behind which would hold the pipes open.</param>
    /// <param name="cancellationToken">Kills the command.</param>
    public static async Task<CommandResult> RunAsync(
        string file,
        IEnumerable<string> arguments,
        string? workingDirectory = null,
        IReadOnlyDictionary<string, string>? environment = null,
        bool capture = true,
        CancellationToken cancellationToken = default
    )
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = workingDirectory ?? "",
            RedirectStandardOutput = capture,
            RedirectStandardError = capture,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = new Process { StartInfo = start };
        var output = new StringBuilder();
        void Collect(object _, DataReceivedEventArgs line)
        {
            lock (output)
            {
                output.AppendLine(line.Data);
            }
        }

        process.OutputDataReceived += Collect;
        process.ErrorDataReceived += Collect;
        try
        {
            process.Start();
        }
        catch (Win32Exception exception)
        {
            return new CommandResult(NotFound, exception.Message);
        }

        process.StandardInput.Close();
        if (capture)
        {
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        lock (output)
        {
            return new CommandResult(process.ExitCode, output.ToString().Trim());
        }
    }
}
