namespace RecordingService.LocalStack.Postgres;

/// <summary>Reports why no private PostgreSQL could be started, in words that say what to do.</summary>
public sealed class PrivatePostgresException : Exception
{
    /// <summary>Initialises the exception.</summary>
    public PrivatePostgresException(string message)
        : base(message) { }

    /// <summary>Initialises the exception with its cause.</summary>
    public PrivatePostgresException(string message, Exception innerException)
        : base(message, innerException) { }
}
