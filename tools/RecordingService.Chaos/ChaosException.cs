namespace RecordingService.Chaos;

/// <summary>Ends the program with a sentence for its user.</summary>
internal sealed class ChaosException(string message) : Exception(message);
