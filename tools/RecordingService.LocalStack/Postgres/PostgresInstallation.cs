using System.Globalization;
using System.Text.RegularExpressions;
using RecordingService.LocalStack.Processes;

namespace RecordingService.LocalStack.Postgres;

/// <summary>A folder that holds the server programs of one PostgreSQL version.</summary>
internal sealed partial record PostgresInstallation(string Bin, Version Version)
{
    public const int OldestMajor = 15;

    /// <summary>Environment variable that names the folder to use instead of a search.</summary>
    public const string BinVariable = "RECORDING_POSTGRES_BIN";

    private static readonly string[] Programs = ["initdb", "pg_ctl", "postgres"];

    public int Major => Version.Major;

    public string InitDb => Tool(Bin, "initdb");

    public string PgCtl => Tool(Bin, "pg_ctl");

    /// <summary>Finds the installations that are new enough, newest first.</summary>
    /// <exception cref="PrivatePostgresException">The folder named by <see cref="BinVariable"/> cannot be used.</exception>
    public static async Task<IReadOnlyList<PostgresInstallation>> FindAllAsync(CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable(BinVariable) is { Length: > 0 } chosen)
        {
            var installation = await ProbeAsync(chosen, cancellationToken);
            return installation switch
            {
                null => throw new PrivatePostgresException($"{BinVariable} is {chosen}, which does not hold initdb, pg_ctl and postgres."),
                { Major: < OldestMajor } => throw new PrivatePostgresException(
                    $"{BinVariable} holds PostgreSQL {installation.Version}; {OldestMajor} or newer is needed."
                ),
                _ => [installation],
            };
        }

        var found = new List<PostgresInstallation>();
        foreach (var folder in UsualFolders().Where(HoldsServer).Distinct())
        {
            if (await ProbeAsync(folder, cancellationToken) is { Major: >= OldestMajor } installation)
            {
                found.Add(installation);
            }
        }

        return [.. found.OrderByDescending(i => i.Version)];
    }

    private static async Task<PostgresInstallation?> ProbeAsync(string bin, CancellationToken cancellationToken)
    {
        if (!HoldsServer(bin))
        {
            return null;
        }

        var answer = await ExternalCommand.RunAsync(Tool(bin, "postgres"), ["--version"], cancellationToken: cancellationToken);
        var match = VersionNumber().Match(answer.Output);
        return answer.Succeeded && match.Success
            ? new PostgresInstallation(
                bin,
                new Version(
                    int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture),
                    match.Groups[2].Success ? int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture) : 0
                )
            )
            : null;
    }

    private static IEnumerable<string> UsualFolders()
    {
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
        {
            yield return folder;
        }

        string[] parents = OperatingSystem.IsWindows()
            ? [Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL")]
            :
            [
                "/usr/lib/postgresql",
                "/usr/local",
                "/usr",
                "/opt/homebrew/opt",
                "/usr/local/opt",
                "/Applications/Postgres.app/Contents/Versions",
            ];
        foreach (var parent in parents.Where(Directory.Exists))
        {
            // Debian and Windows name the folder by version alone, Red Hat pgsql-17, Homebrew postgresql@17.
            foreach (var version in Directory.EnumerateDirectories(parent).Where(d => FolderOfVersion().IsMatch(Path.GetFileName(d))))
            {
                yield return Path.Combine(version, "bin");
            }
        }
    }

    private static bool HoldsServer(string bin) => bin.Length > 0 && Programs.All(name => File.Exists(Tool(bin, name)));

    private static string Tool(string bin, string name) => Path.Combine(bin, OperatingSystem.IsWindows() ? $"{name}.exe" : name);

    [GeneratedRegex(@"\(PostgreSQL\) (\d+)(?:\.(\d+))?")]
    private static partial Regex VersionNumber();

    [GeneratedRegex(@"^(?:pgsql|postgresql)?[-@]?[\d.]*$")]
    private static partial Regex FolderOfVersion();
}
