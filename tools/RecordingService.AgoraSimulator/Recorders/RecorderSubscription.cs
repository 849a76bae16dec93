namespace RecordingService.Simulation;

/// <summary>Whose streams a recorder subscribes to; without any list, everybody's.</summary>
/// <param name="Audio">Which audio.</param>
/// <param name="Video">Which video.</param>
public sealed record RecorderSubscription(UidList? Audio, UidList? Video)
{
    /// <summary>Gets the subscription to everything.</summary>
    public static RecorderSubscription Everything { get; } = new(null, null);

    internal bool Hears(string uid, OpenPointOptions openPoints) => Has(Audio, Video, uid, openPoints);

    internal bool Sees(string uid, OpenPointOptions openPoints) => Has(Video, Audio, uid, openPoints);

    /// <summary>A list of one kind alone silences the other kind.</summary>
    private static bool Has(UidList? own, UidList? other, string uid, OpenPointOptions openPoints) =>
        own?.Has(uid) ?? (other is null || other.IsDenial && openPoints.DenialLeavesOtherKind);
}

/// <summary>A list of uids to record, or not to record.</summary>
/// <param name="Uids">Uids; <c>#allstream#</c> alone stands for all.</param>
/// <param name="IsDenial">Everybody but these.</param>
public sealed record UidList(IReadOnlyList<string> Uids, bool IsDenial)
{
    private const string All = "#allstream#";

    internal bool Has(string uid) => (Uids is [All] || Uids.Contains(uid)) != IsDenial;
}
