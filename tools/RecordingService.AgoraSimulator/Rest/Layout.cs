using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace RecordingService.Simulation;

/// <summary>Layout of a mix recording, complete: what a body leaves out has its default here.</summary>
internal static partial class Layout
{
    private const int Custom = 3;
    private const int MaxRegions = 17;

    public static JsonObject Read(BodyReader reader, JsonElement body)
    {
        var layout = reader.Integer(body, "mixedVideoLayout", 0, Custom, otherwise: 0);
        var largest = reader.Text(body, "maxResolutionUid", required: false);
        var color = reader.Text(body, "backgroundColor", required: false);
        reader.Require(color is null || Color().IsMatch(color), "invalid backgroundColor value");
        var image = reader.Text(body, "backgroundImage", required: false);
        var userImage = reader.Text(body, "defaultUserBackgroundImage", required: false);
        var regions = reader.Objects(body, "layoutConfig");
        reader.Require(regions.Count <= MaxRegions, $"more than {MaxRegions} entries in layoutConfig");
        reader.Require(layout != Custom || regions.Count > 0, "layoutConfig is missing");
        foreach (var region in regions)
        {
            ReadRegion(reader, region);
        }

        var backgrounds = reader.Objects(body, "backgroundConfig");
        foreach (var background in backgrounds)
        {
            reader.Text(background, "uid");
            var url = reader.Text(background, "image_url");
            reader.Require(url?.StartsWith("https://", StringComparison.Ordinal) != false, "image_url is not HTTPS");
            reader.Integer(background, "render_mode", 0, 1, otherwise: 0);
        }

        return new JsonObject
        {
            ["mixedVideoLayout"] = (int)layout,
            ["maxResolutionUid"] = largest ?? "",
            ["backgroundColor"] = color ?? "#000000",
            ["backgroundImage"] = image ?? "",
            ["defaultUserBackgroundImage"] = userImage ?? "",
            ["layoutConfig"] = Copy(regions),
            ["backgroundConfig"] = Copy(backgrounds),
        };
    }

    private static void ReadRegion(BodyReader reader, JsonElement region)
    {
        var uid = reader.Text(region, "uid", required: false);
        reader.Require(string.IsNullOrEmpty(uid) || TaskIdentity.IsUid(uid), "invalid uid value in layoutConfig");
        var (x, width) = (reader.Share(region, "x_axis"), reader.Share(region, "width"));
        var (y, height) = (reader.Share(region, "y_axis"), reader.Share(region, "height"));
        // Six decimals are allowed; their sum may be off by less than that.
        const double Rounding = 1e-6;
        reader.Require(x + width <= 1 + Rounding && y + height <= 1 + Rounding, "layoutConfig leaves the canvas");
        reader.Integer(region, "render_mode", 0, 1, otherwise: 0);
    }

    private static JsonArray Copy(IEnumerable<JsonElement> elements) =>
        [.. elements.Select(element => JsonNode.Parse(element.GetRawText()))];

    [GeneratedRegex("^#[0-9A-Fa-f]{6}$")]
    private static partial Regex Color();
}
