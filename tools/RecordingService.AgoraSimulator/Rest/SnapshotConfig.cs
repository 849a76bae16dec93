using System.Text.Json;

namespace RecordingService.Simulation;

/// <summary>Snapshots in individual mode.</summary>
/// <param name="Interval">Time between two pictures of one user.</param>
/// <param name="IsAlone">Nothing is recorded beside them.</param>
internal sealed record SnapshotConfig(TimeSpan Interval, bool IsAlone)
{
    public static SnapshotConfig? Read(BodyReader reader, JsonElement request, bool wantsVideo, OpenPointOptions openPoints)
    {
        var config = reader.Object(request, "snapshotConfig", required: false);
        if (config.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var seconds = reader.Integer(config, "captureInterval", openPoints.ShortestSnapshotSeconds, 3600, otherwise: 10);
        reader.Require(reader.Texts(config, "fileType") is ["jpg"], "invalid fileType value");
        reader.Require(wantsVideo, "invalid streamTypes value for snapshots");
        var isAlone = !request.TryGetProperty("recordingFileConfig", out _);
        return new SnapshotConfig(TimeSpan.FromSeconds(seconds), isAlone);
    }
}
