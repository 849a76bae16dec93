namespace RecordingService.Domain.RoomTypes;

/// <summary>What a subscription must be like so that Agora takes it.</summary>
/// <remarks><b>Source:</b> Agora, update, streamSubscribe, and the subscription guide (June 2026).</remarks>
public static class SubscriptionRules
{
    /// <summary>Most users of a list. <value>32.</value></summary>
    public const int MostUids = 32;

    private const string Source = "Agora, update, streamSubscribe";

    /// <summary>Finds every rule that a subscription breaks; none when it is fine.</summary>
    /// <param name="subscription">What is asked for.</param>
    /// <param name="streams">Streams that the recording has.</param>
    public static IReadOnlyList<RuleViolation> Check(Subscription subscription, StreamTypes streams)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        return
        [
            .. Selection("audio", subscription.Audio, streams == StreamTypes.Video ? "sound" : null),
            .. Selection("video", subscription.Video, streams == StreamTypes.Audio ? "video" : null),
        ];
    }

    private static IEnumerable<RuleViolation> Selection(string field, StreamSelection selection, string? missing)
    {
        if (selection.Kind == SelectionKind.All)
        {
            yield break;
        }

        var list = selection.Kind == SelectionKind.Only ? $"{field}.only" : $"{field}.allBut";
        if (missing is not null)
        {
            yield return new(list, $"{selection.Uids.Count} uids", $"must be left out: this recording takes no {missing}.", Source);
        }

        if (
            selection.Uids.Count is 0 or > MostUids
            || selection.Uids.Contains(0u)
            || selection.Uids.Distinct().Count() != selection.Uids.Count
        )
        {
            yield return new(
                list,
                $"{selection.Uids.Count} uids",
                $"must be 1 to {MostUids} different uids from 1 to 4294967295; null as {field} means everybody.",
                Source
            );
        }
    }
}
