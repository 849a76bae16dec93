using System.Security.Cryptography;
using System.Text;

namespace RecordingService.LocalStack.Postgres;

/// <summary>The folder of one cluster, locked for as long as its owner lives.</summary>
/// <remarks>
/// The lock is the operating system's, so it goes with its owner however that dies: a folder whose lock can be taken has no owner,
/// and whatever still runs in it is a leftover.
/// </remarks>
internal sealed class ClusterFolder : IDisposable
{
    private const string ThrowAwayPrefix = "recording-postgres-";
    private const string LockName = "lock";
    private const string DataName = "data";
    private const string UnfinishedName = "data.unfinished";
    private const string LogName = "server.log";

    private readonly FileStream owned;

    private ClusterFolder(string root, FileStream owned)
    {
        Root = root;
        this.owned = owned;
    }

    public string Root { get; }

    /// <summary>Gets the data directory; it exists only when it was initialised to the end.</summary>
    public string Data => Path.Combine(Root, DataName);

    /// <summary>Gets where a data directory is made before it is moved to <see cref="Data"/>.</summary>
    public string Unfinished => Path.Combine(Root, UnfinishedName);

    public string Log => Path.Combine(Root, LogName);

    /// <summary>Makes and locks a folder with a name of its own.</summary>
    public static ClusterFolder CreateThrowAway() => Lock(Directory.CreateTempSubdirectory(ThrowAwayPrefix).FullName);

    /// <summary>Lists folders that <see cref="CreateThrowAway"/> made, whoever owns them.</summary>
    public static IEnumerable<string> ThrowAways() => Directory.EnumerateDirectories(Path.GetTempPath(), $"{ThrowAwayPrefix}*");

    /// <summary>Opens a folder, or its substitute when the server's account cannot enter it.</summary>
    /// <exception cref="PrivatePostgresException">The folder cannot be used.</exception>
    public static async Task<ClusterFolder> OpenAsync(
        string path,
        ServerAccount account,
        Action<string> note,
        CancellationToken cancellationToken
    )
    {
        var root = Path.GetFullPath(path);
        Create(root);
        // The folder itself is handed over later; what matters is the way to it.
        if (!await account.CanEnterAsync(Path.GetDirectoryName(root) ?? root, cancellationToken))
        {
            var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(root)))[..12];
            var substitute = $"/var/lib/recording-localstack/{digest}";
            note($"The OS user postgres may not enter {root}, so PostgreSQL keeps its data in {substitute}.");
            root = substitute;
            Create(root);
        }

        var known = new[] { LockName, DataName, UnfinishedName, LogName };
        var foreign = Directory.EnumerateFileSystemEntries(root).Select(Path.GetFileName).Except(known).FirstOrDefault();
        return foreign is null
            ? Lock(root)
            : throw new PrivatePostgresException($"{root} holds {foreign}, which is not PostgreSQL's: give it a folder of its own.");
    }

    /// <summary>Locks a folder that had an owner, or answers null when that owner lives or the folder is another user's.</summary>
    public static ClusterFolder? TryInherit(string root) => TryLock(root, FileMode.Open);

    private static ClusterFolder? TryLock(string root, FileMode mode)
    {
        try
        {
            return new ClusterFolder(root, new FileStream(Path.Combine(root, LockName), mode, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Deletes the data but keeps the folder and its lock.</summary>
    public void Clear()
    {
        DeleteFolder(Data);
        DeleteFolder(Unfinished);
        File.Delete(Log);
    }

    /// <summary>Deletes the folder.</summary>
    public void Delete()
    {
        Clear();
        File.Delete(Path.Combine(Root, LockName));
        Dispose();
        Directory.Delete(Root);
    }

    /// <summary>Reads the end of the server's log.</summary>
    public string LastOfLog() =>
        File.Exists(Log) ? string.Join(Environment.NewLine, File.ReadLines(Log).TakeLast(8)) : "(the server wrote no log)";

    public void Dispose() => owned.Dispose();

    private static ClusterFolder Lock(string root) =>
        TryLock(root, FileMode.OpenOrCreate)
        ?? throw new PrivatePostgresException(
            $"{root} is in use by another running program, or may not be written to: stop it, or choose another folder."
        );

    private static void Create(string root)
    {
        try
        {
            Directory.CreateDirectory(root);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PrivatePostgresException($"{root} cannot be created: {exception.Message}", exception);
        }
    }

    private static void DeleteFolder(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }
}
