using System.Globalization;
using RecordingService.Simulation;

namespace RecordingService.Chaos.Verdicts;

/// <summary>What became of one class of one client.</summary>
internal sealed record ClassVerdict
{
    /// <summary>A recorder is to be in the channel so long after the request.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);

    /// <summary>A recording is to be final so long after its stop: uploads usually take up to 20 min.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(25);

    /// <summary>Shorter ones are the time that a call takes.</summary>
    private static readonly TimeSpan LeastGap = TimeSpan.FromSeconds(1);

    /// <summary>A recorder that received less may have died before its first slice was stored.</summary>
    private const double SecondsOfASlice = 20;

    private ClassVerdict() { }

    /// <summary>Gets the channel.</summary>
    public required string Channel { get; init; }

    /// <summary>Gets the seconds in which somebody published, from the request and its grace to the stop.</summary>
    public double ClassSeconds { get; private init; }

    /// <summary>Gets how many of them a recorder received.</summary>
    public double RecordedSeconds { get; private init; }

    /// <summary>Gets how many of them two recorders or more received.</summary>
    public double DoubledSeconds { get; private init; }

    /// <summary>Gets the stretches of class time that nobody received.</summary>
    public IReadOnlyList<Interval> Gaps { get; private init; } = [];

    /// <summary>Gets whether nothing was recorded of a class that was held.</summary>
    public bool IsLost { get; private init; }

    /// <summary>Gets whether its client was not told anything final in time.</summary>
    public bool IsStuck { get; private init; }

    /// <summary>Gets what is wrong with what its client was told, or null.</summary>
    public string? Untruth { get; private init; }

    /// <summary>Gets whether the client was told that the files could not be judged.</summary>
    public bool IsUnjudged { get; private init; }

    /// <summary>Gets how many recorders of it were still in the channel when the client had been told the end.</summary>
    public int Outliving { get; private init; }

    /// <summary>Gets recorded time by class time.</summary>
    public double Coverage => ClassSeconds > 0 ? RecordedSeconds / ClassSeconds : 1;

    /// <summary>Judges a class.</summary>
    public static ClassVerdict Of(ClassFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        var from = facts.AskedAt + Grace;
        Interval[] window = facts.StopAskedAt > from ? [new Interval(from, facts.StopAskedAt)] : [];
        var classTime = Spans.Both(Spans.Union(facts.Published), window);
        List<Interval> receiving = [.. facts.Recorders.SelectMany(recorder => recorder.Receiving)];
        var received = Spans.Union(receiving);
        var classSeconds = Spans.Seconds(classTime);
        var recordedSeconds = Spans.Seconds(Spans.Both(classTime, received));
        return new ClassVerdict
        {
            Channel = facts.Channel,
            ClassSeconds = classSeconds,
            RecordedSeconds = recordedSeconds,
            DoubledSeconds = Spans.Seconds(Spans.Both(classTime, Spans.AtLeast(receiving, 2))),
            Gaps = [.. Spans.Without(classTime, received).Where(gap => gap.Length >= LeastGap)],
            IsLost = classSeconds > 0 && recordedSeconds <= 0,
            IsStuck = facts.FinalAt is not { } final || final > facts.StopAskedAt + Patience,
            Untruth = Judge(facts),
            IsUnjudged = facts.Told == Told.NotVerified,
            Outliving = facts.FinalAt is { } told
                ? facts.Recorders.Count(recorder => recorder.LeftAt is not { } left || left > told + Grace)
                : 0,
        };
    }

    /// <summary>Compares what the client was told with what the bucket holds.</summary>
    private static string? Judge(ClassFacts facts)
    {
        var slices = facts.Files.Sum(files => files.Slices);
        var missing = facts.Files.Sum(files => files.Missing);
        var open = facts.Files.Count(files => files is { IsFinished: false, Slices: > 0 });
        var without = facts.Recorders.Count(recorder =>
            recorder.SecondsReceived > SecondsOfASlice && facts.Files.All(files => files.Sid != recorder.Sid || files.Slices == 0)
        );
        var tooShort = facts.Recorders.Count(recorder => facts.Files.Any(files => files.Sid == recorder.Sid && IsShort(files, recorder)));
        var isWhole = slices > 0 && missing == 0 && open == 0 && without == 0 && tooShort == 0;
        var holds = string.Create(
            CultureInfo.InvariantCulture,
            $"told '{facts.Words}', and the bucket holds {slices - missing} of {slices} slices, {open} unfinished playlists, nothing of {without} recorders, too little of {tooShort}"
        );
        var isTrue = facts.Told switch
        {
            Told.Nothing or Told.NotVerified => true,
            Told.Complete => isWhole,
            // A recorder that died may have left a playlist that looks finished: what it lost is not in any list.
            Told.Partial => !isWhole || facts.Recorders.Any(recorder => recorder.Why is RecorderEnd.Killed or RecorderEnd.ServerLost),
            Told.Empty or Told.Failed => slices == missing,
        };
        return isTrue ? null : holds;
    }

    /// <summary>Whether less is stored than was received, but for the slice that was being written when a server lost the recorder.</summary>
    private static bool IsShort(RecorderFiles files, RecorderLife recorder) =>
        files.Slices > 0 && files.Seconds + SecondsOfASlice * files.Servers < recorder.SecondsReceived;
}
