namespace RecordingService.Chaos.Verdicts;

/// <summary>What a client made of all its classes.</summary>
/// <param name="Client">Its name.</param>
/// <param name="Classes">Its classes.</param>
/// <param name="VendorCalls">How many calls the vendor got from it.</param>
internal sealed record ClientVerdict(string Client, IReadOnlyList<ClassVerdict> Classes, int VendorCalls = 0)
{
    private readonly List<double> gaps = [.. Classes.SelectMany(one => one.Gaps).Select(gap => gap.Length.TotalSeconds).Order()];

    /// <summary>Gets recorded time by class time, over all classes.</summary>
    public double Coverage => ClassSeconds > 0 ? Classes.Sum(one => one.RecordedSeconds) / ClassSeconds : 1;

    /// <summary>Gets the class time of all classes.</summary>
    public double ClassSeconds => Classes.Sum(one => one.ClassSeconds);

    /// <summary>Gets the share of class time that two recorders received.</summary>
    public double Doubled => ClassSeconds > 0 ? Classes.Sum(one => one.DoubledSeconds) / ClassSeconds : 0;

    /// <summary>Gets the number of gaps.</summary>
    public int Gaps => gaps.Count;

    /// <summary>Gets how many classes are lost.</summary>
    public int Lost => Classes.Count(one => one.IsLost);

    /// <summary>Gets how many classes never came to an end that their client was told.</summary>
    public int Stuck => Classes.Count(one => one.IsStuck);

    /// <summary>Gets how many classes their client was told something untrue of.</summary>
    public int Untrue => Classes.Count(one => one.Untruth is not null);

    /// <summary>Gets the share of classes whose files their client was told could not be judged.</summary>
    public double Unjudged => Classes.Count > 0 ? (double)Classes.Count(one => one.IsUnjudged) / Classes.Count : 0;

    /// <summary>Gets the vendor's calls per class.</summary>
    public double Calls => Classes.Count > 0 ? (double)VendorCalls / Classes.Count : 0;

    /// <summary>The gap, in seconds, that a share of all gaps does not exceed; 0 without any.</summary>
    public double Gap(double share) => gaps.Count == 0 ? 0 : gaps[Math.Clamp((int)Math.Ceiling(share * gaps.Count) - 1, 0, gaps.Count - 1)];
}
