namespace RecordingService.Fuzz;

/// <summary>Why the service could not be put to the test; one sentence for people.</summary>
internal sealed class FuzzException(string message) : Exception(message);
