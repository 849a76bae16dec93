using System.Text.Json;

namespace RecordingService.Simulation;

/// <summary>Reads subscription lists, which start and update spell alike.</summary>
internal static class SubscriptionBody
{
    private const int MaxListedUids = 32;

    public static UidList? Read(BodyReader reader, JsonElement parent, string kind)
    {
        var wanted = reader.Texts(parent, "subscribe" + kind);
        // The documentation's pages spell it with a small s, Agora's own clients with a capital one.
        var unwanted = reader.Texts(parent, "unsubscribe" + kind) ?? reader.Texts(parent, "unSubscribe" + kind);
        reader.Require(wanted is null || unwanted is null, $"subscribe{kind} and unsubscribe{kind} exclude each other");
        var uids = wanted ?? unwanted;
        reader.Require(uids is null || uids.Count <= MaxListedUids, $"more than {MaxListedUids} entries in {kind}");
        return uids is null ? null : new UidList(uids, IsDenial: wanted is null);
    }
}
