using RecordingService.LocalStack.Processes;

namespace RecordingService.LocalStack.Postgres;

/// <summary>The account that server programs run as: our own, but <c>postgres</c> when we are root, which PostgreSQL refuses.</summary>
internal sealed class ServerAccount
{
    private const string Name = "postgres";

    // Each starts a program as another user and ends with its exit code; minimal images lack one or the other.
    private static readonly (string Tool, string[] Arguments)[] Switches =
    [
        ("runuser", ["-u", Name, "--"]),
        ("setpriv", [$"--reuid={Name}", $"--regid={Name}", "--init-groups", "--"]),
        ("su", ["-s", "/bin/sh", "-c", "exec \"$0\" \"$@\"", "--", Name]),
    ];

    private readonly (string Tool, string[] Arguments)? change;

    private ServerAccount((string Tool, string[] Arguments)? change) => this.change = change;

    /// <summary>Gets whether server programs run as somebody else than we do.</summary>
    public bool IsForeign => change is not null;

    /// <exception cref="PrivatePostgresException">We are root and there is nobody else to be.</exception>
    public static async Task<ServerAccount> FindAsync(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
        {
            return new ServerAccount(change: null);
        }

        foreach (var candidate in Switches)
        {
            var account = new ServerAccount(candidate);
            if ((await account.RunAsync("true", [], "/", cancellationToken: cancellationToken)).Succeeded)
            {
                return account;
            }
        }

        throw new PrivatePostgresException(
            $"PostgreSQL refuses to run as root, and the OS user {Name} cannot be used in its place: create it, or run this as an ordinary user."
        );
    }

    public Task<CommandResult> RunAsync(
        string file,
        IEnumerable<string> arguments,
        string workingDirectory,
        bool capture = true,
        CancellationToken cancellationToken = default
    )
    {
        var (tool, all) = change is { } to ? (to.Tool, to.Arguments.Append(file).Concat(arguments)) : (file, arguments);
        return ExternalCommand.RunAsync(tool, all, workingDirectory, capture: capture, cancellationToken: cancellationToken);
    }

    /// <summary>Says whether the account may pass through a folder and all above it.</summary>
    public async Task<bool> CanEnterAsync(string folder, CancellationToken cancellationToken) =>
        !IsForeign || (await RunAsync("sh", ["-c", "cd \"$0\"", folder], "/", cancellationToken: cancellationToken)).Succeeded;

    /// <summary>Hands a file or folder over to the account.</summary>
    public async Task TakeOverAsync(string path, CancellationToken cancellationToken)
    {
        if (!IsForeign)
        {
            return;
        }

        var result = await ExternalCommand.RunAsync("chown", ["--", Name, path], cancellationToken: cancellationToken);
        if (!result.Succeeded)
        {
            throw new PrivatePostgresException($"{path} cannot be handed to the OS user {Name}: {result.Output}");
        }
    }
}
