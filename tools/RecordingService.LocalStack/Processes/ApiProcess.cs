namespace RecordingService.LocalStack.Processes;

/// <summary>The API as a process of its own.</summary>
public sealed class ApiProcess : IAsyncDisposable
{
    private ApiProcess(Uri address, ServiceProcess process)
    {
        Address = address;
        Process = process;
    }

    private const string ProjectName = "RecordingService.Api";

    /// <summary>Gets the path of the API's dll.</summary>
    public static string Assembly { get; } = Find();

    /// <summary>Gets the address that the API listens on.</summary>
    public Uri Address { get; }

    /// <summary>Gets the process, to kill, pause or stop it.</summary>
    public ServiceProcess Process { get; }

    /// <summary>Gets the process id.</summary>
    public int Pid => Process.Pid;

    /// <summary>Brings the database up to date by running the API with <c>--migrate</c>.</summary>
    /// <exception cref="ServiceProcessException">The migration failed.</exception>
    public static async Task MigrateAsync(ApiConfiguration configuration, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var options = new ServiceProcessOptions
        {
            Assembly = Assembly,
            Arguments = ["--migrate"],
            Configuration = configuration.ToVariables(),
        };
        var (exitCode, output) = await ServiceProcess.RunAsync(options, cancellationToken);
        if (exitCode != 0)
        {
            throw new ServiceProcessException(
                $"The migration ended with exit code {exitCode}:\n  {string.Join("\n  ", output.TakeLast(20))}"
            );
        }
    }

    /// <summary>Makes an API key by running the API with <c>--create-key</c>.</summary>
    /// <param name="configuration">What it is told.</param>
    /// <param name="caller">Whose key it is.</param>
    /// <param name="scopes">What it allows, with commas between.</param>
    /// <param name="cancellationToken">Ends the process.</param>
    /// <returns>The key.</returns>
    /// <exception cref="ServiceProcessException">None was made.</exception>
    public static async Task<string> CreateKeyAsync(
        ApiConfiguration configuration,
        string caller,
        string scopes,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var options = new ServiceProcessOptions
        {
            Assembly = Assembly,
            Arguments = ["--create-key", caller, "--scopes", scopes],
            Configuration = configuration.ToVariables(),
        };
        var (exitCode, output) = await ServiceProcess.RunAsync(options, cancellationToken);
        return exitCode == 0 && output.FirstOrDefault(line => line.StartsWith("rsk_", StringComparison.Ordinal)) is { } key
            ? key.Trim()
            : throw new ServiceProcessException(
                $"No key was made, exit code {exitCode}:\n  {string.Join("\n  ", output.Where(line => !line.StartsWith("rsk_", StringComparison.Ordinal)).TakeLast(20))}"
            );
    }

    /// <summary>Starts the API on a port of 127.0.0.1 and waits until it is ready.</summary>
    /// <param name="configuration">What it is told.</param>
    /// <param name="port">The port; null for a free one.</param>
    /// <param name="onOutput">Receiver of each line that it writes.</param>
    /// <param name="cancellationToken">Ends the wait and the process.</param>
    /// <exception cref="ServiceProcessException">It ended before it was ready, or took too long.</exception>
    public static async Task<ApiProcess> StartAsync(
        ApiConfiguration configuration,
        int? port = null,
        Action<string>? onOutput = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var address = new Uri($"http://127.0.0.1:{port ?? LoopbackPort.FindFree()}");
        var options = new ServiceProcessOptions
        {
            Assembly = Assembly,
            Configuration = new Dictionary<string, string>(configuration.ToVariables())
            {
                ["ASPNETCORE_URLS"] = address.AbsoluteUri.TrimEnd('/'),
            },
            ReadyAddress = new Uri(address, "/health/ready"),
            OnOutput = onOutput ?? (static _ => { }),
        };
        return new ApiProcess(address, await ServiceProcess.StartAsync(options, cancellationToken));
    }

    /// <summary>Ends the process without warning, as <c>kill -9</c> does.</summary>
    public void Kill() => Process.Kill();

    /// <summary>Asks the process to end and waits for it.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> TerminateAsync(TimeSpan? within = null, CancellationToken cancellationToken = default) =>
        Process.TerminateAsync(within, cancellationToken);

    /// <summary>Kills the process if it still runs.</summary>
    public ValueTask DisposeAsync() => Process.DisposeAsync();

    /// <remarks>
    /// The project reference puts the API beside the program that uses this class, but there its appsettings.json collides with those of
    /// other programs; so the API's own output, artifacts/bin/PROJECT/CONFIGURATION, comes first.
    /// </remarks>
    private static string Find()
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var own = Path.Combine(here.FullName, "..", "..", ProjectName, here.Name, $"{ProjectName}.dll");
        return File.Exists(own) ? Path.GetFullPath(own) : Path.Combine(here.FullName, $"{ProjectName}.dll");
    }
}
