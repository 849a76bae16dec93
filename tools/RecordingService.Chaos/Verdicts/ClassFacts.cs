using RecordingService.Simulation;

namespace RecordingService.Chaos.Verdicts;

/// <summary>What a client was told, or concluded from what it was told, about the recording of a class when it was over.</summary>
internal enum Told
{
    /// <summary>Nothing final, or nothing at all.</summary>
    Nothing,

    /// <summary>Recorded, and every file is there.</summary>
    Complete,

    /// <summary>Recorded, and some files are lost.</summary>
    Partial,

    /// <summary>No file: nothing was recorded, or all of it is lost.</summary>
    Empty,

    /// <summary>Recorded, and the files could not be judged.</summary>
    NotVerified,

    /// <summary>Not recorded.</summary>
    Failed,
}

/// <summary>What the bucket holds of a recorder.</summary>
/// <param name="Sid">Sid of the recorder.</param>
/// <param name="Slices">Slices that its playlists name.</param>
/// <param name="Missing">How many of them are not there.</param>
/// <param name="IsFinished">Whether the playlist of its last server has an end.</param>
/// <param name="Seconds">How long its slices are together.</param>
/// <param name="Servers">How many servers it was on, as far as their playlists tell.</param>
internal sealed record RecorderFiles(string Sid, int Slices, int Missing, bool IsFinished, double Seconds, int Servers = 1);

/// <summary>What callers, the simulator's journal and its bucket tell of one class of one client.</summary>
internal sealed record ClassFacts
{
    /// <summary>Gets the channel.</summary>
    public required string Channel { get; init; }

    /// <summary>Gets when the recording was first asked for.</summary>
    public required DateTimeOffset AskedAt { get; init; }

    /// <summary>Gets when the stop was first asked for.</summary>
    public required DateTimeOffset StopAskedAt { get; init; }

    /// <summary>Gets when the client was told something final, or null.</summary>
    public DateTimeOffset? FinalAt { get; init; }

    /// <summary>Gets what it was told.</summary>
    public Told Told { get; init; }

    /// <summary>Gets the words in which it was told.</summary>
    public string Words { get; init; } = "";

    /// <summary>Gets when somebody published.</summary>
    public IReadOnlyList<Interval> Published { get; init; } = [];

    /// <summary>Gets the lives of its recorders.</summary>
    public IReadOnlyList<RecorderLife> Recorders { get; init; } = [];

    /// <summary>Gets what the bucket holds of them.</summary>
    public IReadOnlyList<RecorderFiles> Files { get; init; } = [];
}
