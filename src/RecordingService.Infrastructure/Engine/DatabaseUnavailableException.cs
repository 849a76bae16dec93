namespace RecordingService.Infrastructure.Engine;

/// <summary>The database was never reached, so nothing can be stored or told.</summary>
public sealed class DatabaseUnavailableException() : Exception("The database has not answered yet.");
