using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;

namespace RecordingService.LocalStack.Processes;

/// <summary>A .NET program run as a process of its own, so that it can be killed, paused and stopped like in production.</summary>
public sealed partial class ServiceProcess : IAsyncDisposable
{
    private const int LinesKept = 200;
    private const int SignalTerminate = 15;

    // The numbers of these two differ between Linux and macOS.
    private static readonly int SignalContinue = OperatingSystem.IsMacOS() ? 19 : 18;
    private static readonly int SignalSuspend = OperatingSystem.IsMacOS() ? 17 : 19;

    private readonly Process process;
    private readonly ServiceProcessOptions options;
    private readonly Queue<string> output = new();
    private readonly string name;

    private ServiceProcess(ServiceProcessOptions options)
    {
        this.options = options;
        name = Path.GetFileNameWithoutExtension(options.Assembly);
        process = new Process { StartInfo = StartInfo(options) };
        process.OutputDataReceived += Collect;
        process.ErrorDataReceived += Collect;
    }

    /// <summary>Gets the process id.</summary>
    public int Pid { get; private set; }

    /// <summary>Gets when the operating system started the process, which with its id names it for good.</summary>
    public DateTimeOffset StartedAt { get; private set; }

    /// <summary>Gets whether the process has ended.</summary>
    public bool HasExited => process.HasExited;

    /// <summary>Gets the last lines that the program wrote to its output and error streams.</summary>
    public IReadOnlyList<string> LastOutput
    {
        get
        {
            lock (output)
            {
                return [.. output];
            }
        }
    }

    /// <summary>Starts a program and waits until it is ready.</summary>
    /// <exception cref="ServiceProcessException">It ended before it was ready, or took too long.</exception>
    public static async Task<ServiceProcess> StartAsync(ServiceProcessOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!File.Exists(options.Assembly))
        {
            throw new ServiceProcessException($"{options.Assembly} does not exist: build it first.");
        }

        var service = new ServiceProcess(options);
        try
        {
            service.Start();
            await service.BecomeReadyAsync(cancellationToken);
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>The exit code and the last lines written.</returns>
    public static async Task<(int ExitCode, IReadOnlyList<string> Output)> RunAsync(
        ServiceProcessOptions options,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(options);
        await using var service = await StartAsync(options with { ReadyAddress = null }, cancellationToken);
        return (await service.WaitForExitAsync(cancellationToken), service.LastOutput);
    }

    /// <summary>Waits until the process has ended and its output is complete.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken = default)
    {
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode;
    }

    /// <summary>Ends the process without warning, as <c>kill -9</c> does.</summary>
    public void Kill() => process.Kill(entireProcessTree: true);

    /// <summary>Asks the process to end (SIGTERM) and waits for it; on Windows, which has no such signal, it is killed.</summary>
    /// <param name="within">How long it may take; null for 30 seconds. Afterwards it is killed.</param>
    /// <param name="cancellationToken">Ends the wait, not the process.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> TerminateAsync(TimeSpan? within = null, CancellationToken cancellationToken = default)
    {
        if (process.HasExited || OperatingSystem.IsWindows())
        {
            Kill();
            return await WaitForExitAsync(cancellationToken);
        }

        Send(SignalTerminate);
        using var patience = new CancellationTokenSource(within ?? TimeSpan.FromSeconds(30), options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await WaitForExitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Kill();
            return await WaitForExitAsync(cancellationToken);
        }
    }

    /// <summary>Freezes the process (SIGSTOP), as a long garbage collection or a stalled machine does.</summary>
    /// <exception cref="PlatformNotSupportedException">On Windows.</exception>
    public void Suspend() => Send(SignalSuspend);

    /// <summary>Lets a frozen process go on (SIGCONT).</summary>
    /// <exception cref="PlatformNotSupportedException">On Windows.</exception>
    public void Resume() => Send(SignalContinue);

    /// <summary>Kills the process if it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Pid != 0)
        {
            Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private static ProcessStartInfo StartInfo(ServiceProcessOptions options)
    {
        var start = new ProcessStartInfo(DotnetHost.Path, [options.Assembly, .. options.Arguments])
        {
            WorkingDirectory = options.WorkingDirectory ?? Path.GetDirectoryName(options.Assembly),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        // .NET's container images set these, and they would compete with the address given.
        start.Environment.Remove("ASPNETCORE_HTTP_PORTS");
        start.Environment.Remove("ASPNETCORE_HTTPS_PORTS");
        foreach (var (key, value) in options.Configuration)
        {
            start.Environment[key] = value;
        }

        return start;
    }

    private void Start()
    {
        process.Start();
        Pid = process.Id;
        StartedAt = process.StartTime;
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    private async Task BecomeReadyAsync(CancellationToken cancellationToken)
    {
        if (options.ReadyAddress is null)
        {
            return;
        }

        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        var started = options.Time.GetTimestamp();
        var last = "no answer";
        while (options.Time.GetElapsedTime(started) < options.ReadyWithin)
        {
            if (process.HasExited)
            {
                var exitCode = await WaitForExitAsync(cancellationToken);
                throw Failure($"ended with exit code {exitCode} before it was ready");
            }

            try
            {
                using var response = await client.GetAsync(options.ReadyAddress, cancellationToken);
                if (response.StatusCode == HttpStatusCode.OK)
                {
                    return;
                }

                last = $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellationToken)}";
            }
            catch (Exception exception)
                when (exception is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                last = exception.Message;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), options.Time, cancellationToken);
        }

        throw Failure($"was not ready within {options.ReadyWithin.TotalSeconds:0} s ({options.ReadyAddress}: {last})");
    }

    private ServiceProcessException Failure(string what)
    {
        var lines = LastOutput.TakeLast(20).ToList();
        return new ServiceProcessException(
            lines.Count == 0 ? $"{name} {what}; it wrote nothing." : $"{name} {what}. Its last lines:\n  {string.Join("\n  ", lines)}"
        );
    }

    private void Collect(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null)
        {
            return;
        }

        lock (output)
        {
            output.Enqueue(line.Data);
            while (output.Count > LinesKept)
            {
                output.Dequeue();
            }
        }

        options.OnOutput(line.Data);
    }

    private void Send(int signal)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("Windows has no signals.");
        }

        // A process that has ended in the meantime needs no signal, so the answer does not matter.
        if (!process.HasExited)
        {
            _ = SendSignal(Pid, signal);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);
}
