using System.Text.Json;

namespace RecordingService.Simulation;

/// <summary>Judges a <c>transcodingConfig</c>, which Agora accepts with 200 and gives up on afterwards.</summary>
internal static class Transcoding
{
    private const int MaxSide = 1920;
    private const int MaxPixels = 1920 * 1080;
    private const int MaxBitrateKbps = 6500;

    private static readonly string[] Mandatory = ["width", "height", "fps", "bitrate"];

    public static bool IsValid(JsonElement transcoding, OpenPointOptions openPoints)
    {
        if (transcoding.ValueKind != JsonValueKind.Object)
        {
            return true;
        }

        var reader = new BodyReader("transcodingConfig");
        var width = reader.Integer(transcoding, "width", 1, MaxSide, otherwise: 360);
        var height = reader.Integer(transcoding, "height", 1, MaxSide, otherwise: 640);
        reader.Integer(transcoding, "bitrate", 1, MaxBitrateKbps, otherwise: 500);
        // Another number in this range than those that are allowed becomes 15.
        reader.Integer(transcoding, "fps", 1, 60, otherwise: 15);
        Layout.Read(reader, transcoding);
        var isComplete = Mandatory.All(name => transcoding.TryGetProperty(name, out _));
        return reader.Violation is null && width * height <= MaxPixels && (isComplete || !openPoints.TranscodingNeedsAll);
    }
}
