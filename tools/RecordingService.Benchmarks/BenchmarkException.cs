namespace RecordingService.Benchmarks;

/// <summary>Ends the program with a sentence for its user.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
