namespace RecordingService.LocalStack.Processes;

/// <summary>Reports a program that ended or failed before it was ready, with the last lines that it wrote.</summary>
public sealed class ServiceProcessException : Exception
{
    /// <summary>Initialises the exception.</summary>
    public ServiceProcessException(string message)
        : base(message) { }
}
