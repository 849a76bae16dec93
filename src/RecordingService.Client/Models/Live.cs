using System.Text.Json.Serialization;

namespace RecordingService.Client;

/// <summary>The layout of a mix: what is wanted, and how far it has come.</summary>
public sealed record DesiredLayout
{
    /// <summary>The whole layout that is wanted.</summary>
    public required Layout Layout { get; init; }

    /// <summary>Counts the changes; 0 is the room type's layout. Give it to the next change, so that it overwrites nobody else's.</summary>
    public required int Version { get; init; }

    /// <summary>Version that Agora has confirmed for the present recorder; null while it has confirmed none.</summary>
    public int? AppliedVersion { get; init; }
}

/// <summary>The layout of a mix as a whole.</summary>
public sealed record Layout
{
    /// <summary>Arrangement.</summary>
    public required VideoLayout Kind { get; init; }

    /// <summary>Uid of the large picture of the vertical layout.</summary>
    public uint? LargeUid { get; init; }

    /// <summary>Colour of the canvas, #RRGGBB.</summary>
    public required string BackgroundColor { get; init; }

    /// <summary>Picture behind everything.</summary>
    public Uri? BackgroundImage { get; init; }

    /// <summary>Picture of users whose video is off.</summary>
    public Uri? UserBackgroundImage { get; init; }

    /// <summary>Places of the pictures of the custom layout.</summary>
    public required IReadOnlyList<LayoutRegion> Regions { get; init; }

    /// <summary>Pictures of single users whose video is off.</summary>
    public required IReadOnlyList<UserBackground> UserBackgrounds { get; init; }
}

/// <summary>Where one picture of a custom layout is, in parts of the canvas with at most 6 decimals.</summary>
/// <param name="X">Left edge, 0 to 1.</param>
/// <param name="Y">Upper edge, 0 to 1.</param>
/// <param name="Width">Above 0; with x at most 1.</param>
/// <param name="Height">Above 0; with y at most 1.</param>
/// <param name="Uid">User; whoever joins next when it is null.</param>
/// <param name="Alpha">Opacity, 0 to 1.</param>
/// <param name="Fit">Whether the whole picture is shown; otherwise it is cropped to fill.</param>
public sealed record LayoutRegion(
    decimal X,
    decimal Y,
    decimal Width,
    decimal Height,
    uint? Uid = null,
    decimal Alpha = 1,
    bool Fit = false
);

/// <summary>Picture of one user whose video is off.</summary>
public sealed record UserBackground
{
    /// <summary>User.</summary>
    public required uint Uid { get; init; }

    /// <summary>JPG or BMP of at most 6 MB: https, at most 1024 characters.</summary>
    public required Uri Image { get; init; }

    /// <summary>Whether the whole picture is shown; otherwise it is cropped to fill. <value>Default: false.</value></summary>
    public bool Fit { get; init; }
}

/// <summary>Changes to the layout of a live mix. What is left out stays as it is; <see cref="Change.ToDefault"/> goes back to the default.</summary>
public sealed record ChangeLayoutRequest
{
    /// <summary>Arrangement; its default is best fit.</summary>
    [JsonConverter(typeof(ChangeConverter<VideoLayout>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<VideoLayout> Kind { get; init; }

    /// <summary>Uid of the large picture; required by the vertical layout, and for it only.</summary>
    [JsonConverter(typeof(ChangeConverter<uint>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<uint> LargeUid { get; init; }

    /// <summary>Colour of the canvas, #RRGGBB; its default is #000000.</summary>
    [JsonConverter(typeof(ChangeConverter<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> BackgroundColor { get; init; }

    /// <summary>Picture behind everything, cropped to fill: https, at most 1024 characters; its default is none.</summary>
    [JsonConverter(typeof(ChangeConverter<Uri>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<Uri> BackgroundImage { get; init; }

    /// <summary>Picture of users whose video is off: https, at most 1024 characters; its default is none.</summary>
    [JsonConverter(typeof(ChangeConverter<Uri>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<Uri> UserBackgroundImage { get; init; }

    /// <summary>Places of the pictures: 1 to 17, for the custom layout only. Replaced as a whole.</summary>
    [JsonConverter(typeof(ChangeConverter<LayoutRegion[]>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<LayoutRegion[]> Regions { get; init; }

    /// <summary>Pictures of single users whose video is off. Replaced as a whole.</summary>
    [JsonConverter(typeof(ChangeConverter<UserBackground[]>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<UserBackground[]> UserBackgrounds { get; init; }
}

/// <summary>Whose sound and picture are recorded: what is wanted, and how far it has come.</summary>
public sealed record DesiredSubscription
{
    /// <summary>The whole subscription that is wanted.</summary>
    public required Subscription Subscription { get; init; }

    /// <summary>Counts the changes; 0 is everybody. Give it to the next change, so that it overwrites nobody else's.</summary>
    public required int Version { get; init; }

    /// <summary>Version that Agora has confirmed for the present recorder; null while it has confirmed none.</summary>
    public int? AppliedVersion { get; init; }
}

/// <summary>Whose sound and picture are recorded.</summary>
public sealed record Subscription
{
    /// <summary>Sound; null for everybody's.</summary>
    public UserSelection? Audio { get; init; }

    /// <summary>Picture; null for everybody's.</summary>
    public UserSelection? Video { get; init; }
}

/// <summary>A choice of users: one of the two lists, of 1 to 32 uids.</summary>
public sealed record UserSelection
{
    /// <summary>These and nobody else.</summary>
    public IReadOnlyList<uint>? Only { get; init; }

    /// <summary>Everybody but these.</summary>
    public IReadOnlyList<uint>? AllBut { get; init; }
}

/// <summary>Changes to the subscription of a live recording. What is left out stays as it is; <see cref="Change.ToDefault"/> is everybody. Each is replaced as a whole.</summary>
public sealed record ChangeSubscriptionRequest
{
    /// <summary>Whose sound is recorded.</summary>
    [JsonConverter(typeof(ChangeConverter<UserSelection>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<UserSelection> Audio { get; init; }

    /// <summary>Whose picture is recorded. Agora records the first 17 of those who publish.</summary>
    [JsonConverter(typeof(ChangeConverter<UserSelection>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<UserSelection> Video { get; init; }
}
