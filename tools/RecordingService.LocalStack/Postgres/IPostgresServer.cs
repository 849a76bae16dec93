namespace RecordingService.LocalStack.Postgres;

/// <summary>A running server, whatever it was started from; disposing stops it.</summary>
internal interface IPostgresServer : IAsyncDisposable
{
    int Port { get; }

    string Password { get; }

    string Description { get; }

    string? Folder { get; }

    int? Pid { get; }

    /// <summary>Ends the server at once, as a crash does, and starts it again on its port.</summary>
    Task RestartAsync(CancellationToken cancellationToken);
}
