namespace RecordingService.Chaos.Running;

/// <summary>What to run.</summary>
/// <param name="Seed">Seed of timetable and faults.</param>
/// <param name="Classes">Classes of each client.</param>
/// <param name="Profile">Name of the profile of faults.</param>
/// <param name="Replicas">Replicas of the service.</param>
/// <param name="Output">Folder of the journals.</param>
internal sealed record ChaosOptions(int Seed, int Classes, string Profile, int Replicas, string Output)
{
    /// <summary>Recording time runs so many times as fast as real time; more would make the machine's jitter a fault of its own.</summary>
    public const double Factor = 12;

    /// <summary>Four projects of fifty recorders at once.</summary>
    public const int MostClasses = 200;
}
