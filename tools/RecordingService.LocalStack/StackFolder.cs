namespace RecordingService.LocalStack;

/// <summary>The folder <c>.localstack</c>, locked by the one program that uses it.</summary>
internal sealed class StackFolder : IDisposable
{
    private readonly FileStream owned;
    private TextWriter apiLog = TextWriter.Null;

    private StackFolder(string path, FileStream owned)
    {
        Root = path;
        this.owned = owned;
    }

    public string Root { get; }

    public string Postgres => Path.Combine(Root, "postgres");

    public string Bucket => Path.Combine(Root, "bucket");

    public string ApiPidFile => Path.Combine(Root, "api.pid");

    /// <summary>The file that the API's output is kept in, made anew by each run.</summary>
    public string ApiLogFile => Path.Combine(Root, "api.log");

    /// <summary>Opens the folder in the repository that the current folder lies in, else in the current folder.</summary>
    /// <exception cref="LocalStackException">Another local stack uses it, or it cannot be written to.</exception>
    public static StackFolder Open()
    {
        var current = new DirectoryInfo(Environment.CurrentDirectory);
        var repository = current;
        while (repository is not null && !File.Exists(Path.Combine(repository.FullName, "RecordingService.slnx")))
        {
            repository = repository.Parent;
        }

        var path = Path.Combine((repository ?? current).FullName, ".localstack");
        try
        {
            Directory.CreateDirectory(path);
            return new StackFolder(
                path,
                new FileStream(Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)
            );
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new LocalStackException($"{path} cannot be written to: {exception.Message}", exception);
        }
        catch (IOException exception)
        {
            throw new LocalStackException($"Another local stack runs in {path}: stop it first. ({exception.Message})", exception);
        }
    }

    /// <summary>Makes the folder of the bucket, empty if asked.</summary>
    public void PrepareBucket(bool fresh)
    {
        if (fresh && Directory.Exists(Bucket))
        {
            Directory.Delete(Bucket, recursive: true);
        }

        Directory.CreateDirectory(Bucket);
    }

    /// <summary>Starts the API's log file anew; several threads may write to it.</summary>
    public TextWriter OpenApiLog() => apiLog = TextWriter.Synchronized(new StreamWriter(ApiLogFile, append: false) { AutoFlush = true });

    public void Dispose()
    {
        apiLog.Dispose();
        owned.Dispose();
    }
}
