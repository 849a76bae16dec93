namespace RecordingService.LocalStack;

/// <summary>Ends the program with a sentence for its user.</summary>
internal sealed class LocalStackException : Exception
{
    public LocalStackException(string message)
        : base(message) { }

    public LocalStackException(string message, Exception innerException)
        : base(message, innerException) { }
}
