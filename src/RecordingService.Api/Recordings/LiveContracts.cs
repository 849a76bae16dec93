using RecordingService.Domain.RoomTypes;

namespace RecordingService.Api.Recordings;

/// <summary>The layout of a mix: what is wanted, and how far it has come.</summary>
/// <param name="Layout">The whole layout that is wanted.</param>
/// <param name="Version">Counts the changes; 0 is the room type's layout. The same as ETag.</param>
/// <param name="AppliedVersion">Version that Agora has confirmed for the present recorder; null while it has confirmed none.</param>
public sealed record DesiredLayout(LayoutResource Layout, int Version, int? AppliedVersion);

/// <summary>The layout of a mix as a whole.</summary>
public sealed record LayoutResource
{
    /// <summary>Arrangement.</summary>
    public required VideoLayout Kind { get; init; }

    /// <summary>Uid of the large picture of the vertical layout.</summary>
    public required uint? LargeUid { get; init; }

    /// <summary>Colour of the canvas, #RRGGBB.</summary>
    public required string BackgroundColor { get; init; }

    /// <summary>Picture behind everything.</summary>
    public required Uri? BackgroundImage { get; init; }

    /// <summary>Picture of users whose video is off.</summary>
    public required Uri? UserBackgroundImage { get; init; }

    /// <summary>Places of the pictures of the custom layout.</summary>
    public required IReadOnlyList<LayoutRegionResource> Regions { get; init; }

    /// <summary>Pictures of single users whose video is off.</summary>
    public required IReadOnlyList<UserBackgroundResource> UserBackgrounds { get; init; }
}

/// <summary>Changes to the layout of a live mix. What is left out stays as it is; null goes back to the default.</summary>
public sealed record ChangeLayoutRequest
{
    /// <summary>Arrangement. Default: bestFit.</summary>
    public VideoLayout? Kind { get; init; }

    /// <summary>Uid of the large picture; required by the vertical layout, and for it only.</summary>
    public uint? LargeUid { get; init; }

    /// <summary>Colour of the canvas, #RRGGBB. Default: #000000.</summary>
    public string? BackgroundColor { get; init; }

    /// <summary>Picture behind everything, cropped to fill: https, at most 1024 characters. Default: none.</summary>
    public Uri? BackgroundImage { get; init; }

    /// <summary>Picture of users whose video is off: https, at most 1024 characters. Default: none.</summary>
    public Uri? UserBackgroundImage { get; init; }

    /// <summary>Places of the pictures: 1 to 17, for the custom layout only. Replaced as a whole.</summary>
    public IReadOnlyList<LayoutRegionResource>? Regions { get; init; }

    /// <summary>Pictures of single users whose video is off. Replaced as a whole.</summary>
    public IReadOnlyList<UserBackgroundResource>? UserBackgrounds { get; init; }
}

/// <summary>Where one picture of a custom layout is, in parts of the canvas with at most 6 decimals.</summary>
/// <param name="X">Left edge, 0 to 1.</param>
/// <param name="Y">Upper edge, 0 to 1.</param>
/// <param name="Width">Above 0; with x at most 1.</param>
/// <param name="Height">Above 0; with y at most 1.</param>
/// <param name="Uid">User; whoever joins next when it is left out.</param>
/// <param name="Alpha">Opacity, 0 to 1.</param>
/// <param name="Fit">Whether the whole picture is shown; otherwise it is cropped to fill.</param>
public sealed record LayoutRegionResource(
    decimal X,
    decimal Y,
    decimal Width,
    decimal Height,
    uint? Uid = null,
    decimal Alpha = 1,
    bool Fit = false
);

/// <summary>Picture of one user whose video is off.</summary>
/// <param name="Uid">User.</param>
/// <param name="Image">JPG or BMP of at most 6 MB: https, at most 1024 characters.</param>
/// <param name="Fit">Whether the whole picture is shown; otherwise it is cropped to fill.</param>
public sealed record UserBackgroundResource(uint Uid, Uri Image, bool Fit = false);

/// <summary>Whose sound and picture are recorded: what is wanted, and how far it has come.</summary>
/// <param name="Subscription">The whole subscription that is wanted.</param>
/// <param name="Version">Counts the changes; 0 is everybody. The same as ETag.</param>
/// <param name="AppliedVersion">Version that Agora has confirmed for the present recorder; null while it has confirmed none.</param>
public sealed record DesiredSubscription(SubscriptionResource Subscription, int Version, int? AppliedVersion);

/// <summary>Whose sound and picture are recorded.</summary>
/// <param name="Audio">Sound; null for everybody's.</param>
/// <param name="Video">Picture; null for everybody's.</param>
public sealed record SubscriptionResource(SelectionResource? Audio, SelectionResource? Video);

/// <summary>A choice of users: one of the two lists, of 1 to 32 uids.</summary>
/// <param name="Only">These and nobody else.</param>
/// <param name="AllBut">Everybody but these.</param>
public sealed record SelectionResource(IReadOnlyList<uint>? Only = null, IReadOnlyList<uint>? AllBut = null);

/// <summary>Changes to the subscription of a live recording. What is left out stays as it is; null is everybody. Each is replaced as a whole.</summary>
public sealed record ChangeSubscriptionRequest
{
    /// <summary>Whose sound is recorded.</summary>
    public SelectionResource? Audio { get; init; }

    /// <summary>Whose picture is recorded. Agora records the first 17 of those who publish.</summary>
    public SelectionResource? Video { get; init; }
}
