using System.Text.Json.Serialization;

namespace RecordingService.Infrastructure.Agora.Wire;

/// <summary>The layout of a mix: the whole body of updateLayout, and with the canvas the transcodingConfig of start.</summary>
/// <remarks><b>Source:</b> Agora, start and updateLayout (June 2026): what is left out goes back to its default.</remarks>
internal record Layout
{
    /// <summary>0 floating, 1 best fit, 2 vertical, 3 custom.</summary>
    [JsonPropertyName("mixedVideoLayout")]
    public required int MixedVideoLayout { get; init; }

    /// <summary>Vertical only.</summary>
    [JsonPropertyName("maxResolutionUid")]
    public string? MaxResolutionUid { get; init; }

    /// <summary>#RRGGBB.</summary>
    [JsonPropertyName("backgroundColor")]
    public required string BackgroundColor { get; init; }

    [JsonPropertyName("backgroundImage")]
    public string? BackgroundImage { get; init; }

    [JsonPropertyName("defaultUserBackgroundImage")]
    public string? DefaultUserBackgroundImage { get; init; }

    /// <summary>Custom only.</summary>
    [JsonPropertyName("layoutConfig")]
    public IReadOnlyList<LayoutPlace>? LayoutConfig { get; init; }

    [JsonPropertyName("backgroundConfig")]
    public IReadOnlyList<BackgroundPicture>? BackgroundConfig { get; init; }
}

/// <summary>Canvas and layout. Older texts demand all four of the canvas as soon as one is given.</summary>
internal sealed record TranscodingConfig : Layout
{
    [JsonPropertyName("width")]
    public required int Width { get; init; }

    [JsonPropertyName("height")]
    public required int Height { get; init; }

    [JsonPropertyName("fps")]
    public required int FramesPerSecond { get; init; }

    [JsonPropertyName("bitrate")]
    public required int BitrateKbps { get; init; }
}

/// <param name="Uid">Null: whoever joins next.</param>
/// <param name="X">0 to 1, six decimals.</param>
/// <param name="Y">0 to 1, six decimals.</param>
/// <param name="Width">0 to 1, six decimals.</param>
/// <param name="Height">0 to 1, six decimals.</param>
/// <param name="Alpha">0 to 1.</param>
/// <param name="RenderMode">0 crop, 1 fit.</param>
internal sealed record LayoutPlace(
    [property: JsonPropertyName("uid")] string? Uid,
    [property: JsonPropertyName("x_axis")] decimal X,
    [property: JsonPropertyName("y_axis")] decimal Y,
    [property: JsonPropertyName("width")] decimal Width,
    [property: JsonPropertyName("height")] decimal Height,
    [property: JsonPropertyName("alpha")] decimal Alpha,
    [property: JsonPropertyName("render_mode")] int RenderMode
);

/// <param name="Uid">User.</param>
/// <param name="ImageUrl">HTTPS, JPG or BMP of at most 6 MB.</param>
/// <param name="RenderMode">0 crop, 1 fit.</param>
internal sealed record BackgroundPicture(
    [property: JsonPropertyName("uid")] string Uid,
    [property: JsonPropertyName("image_url")] string ImageUrl,
    [property: JsonPropertyName("render_mode")] int RenderMode
);
