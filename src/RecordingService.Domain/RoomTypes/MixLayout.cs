namespace RecordingService.Domain.RoomTypes;

/// <summary>The whole layout of a mix: what is not said here is as Agora's defaults have it.</summary>
/// <remarks>Agora replaces the layout as a whole, so this is always complete. <b>Source:</b> Agora, updateLayout (June 2026).</remarks>
public sealed record MixLayout
{
    /// <summary>Arrangement. <value>Default: best fit.</value></summary>
    public VideoLayout Kind { get; init; } = VideoLayout.BestFit;

    /// <summary>Uid of the large picture; vertical layout only. <value>Default: none.</value></summary>
    public uint? LargeUid { get; init; }

    /// <summary>Colour of the canvas. <value>#RRGGBB; default #000000.</value></summary>
    public string BackgroundColor { get; init; } = "#000000";

    /// <summary>Picture behind everything, cropped to fill. <value>Default: none.</value></summary>
    public Uri? BackgroundImage { get; init; }

    /// <summary>Picture of users whose video is off. <value>Default: none.</value></summary>
    public Uri? UserBackgroundImage { get; init; }

    /// <summary>Places of the pictures; custom layout only. <value>At most 17.</value></summary>
    public IReadOnlyList<LayoutRegion> Regions { get; init; } = [];

    /// <summary>Pictures of single users whose video is off. <value>Default: none.</value></summary>
    public IReadOnlyList<UserBackground> UserBackgrounds { get; init; } = [];
}

/// <summary>Where one picture of a custom layout is.</summary>
/// <param name="Uid">User, or null for whoever joins next.</param>
/// <param name="X">Left edge, 0 to 1 of the canvas.</param>
/// <param name="Y">Upper edge, 0 to 1 of the canvas.</param>
/// <param name="Width">0 to 1; with <paramref name="X"/> at most 1.</param>
/// <param name="Height">0 to 1; with <paramref name="Y"/> at most 1.</param>
/// <param name="Alpha">Opacity, 0 to 1.</param>
/// <param name="Fit">Whether the whole picture is shown; otherwise it is cropped to fill.</param>
public sealed record LayoutRegion(uint? Uid, decimal X, decimal Y, decimal Width, decimal Height, decimal Alpha = 1, bool Fit = false);

/// <summary>Picture of one user whose video is off.</summary>
/// <param name="Uid">User.</param>
/// <param name="Image">HTTPS address of a JPG or BMP of at most 6 MB.</param>
/// <param name="Fit">Whether the whole picture is shown; otherwise it is cropped to fill.</param>
public sealed record UserBackground(uint Uid, Uri Image, bool Fit = false);

/// <summary>Whose sound and picture are recorded.</summary>
/// <param name="Audio">Sound.</param>
/// <param name="Video">Picture.</param>
/// <remarks><b>Source:</b> Agora, update, streamSubscribe (June 2026).</remarks>
public sealed record Subscription(StreamSelection Audio, StreamSelection Video)
{
    /// <summary>Everybody's.</summary>
    public static Subscription Everybody { get; } = new(StreamSelection.All, StreamSelection.All);
}

/// <summary>A choice of users.</summary>
/// <param name="Kind">How <paramref name="Uids"/> is meant.</param>
/// <param name="Uids">At most 32; none with <see cref="SelectionKind.All"/>.</param>
public sealed record StreamSelection(SelectionKind Kind, IReadOnlyList<uint> Uids)
{
    /// <summary>Everybody.</summary>
    public static StreamSelection All { get; } = new(SelectionKind.All, []);
}

/// <summary>How a list of users is meant.</summary>
public enum SelectionKind
{
    /// <summary>Everybody.</summary>
    All,

    /// <summary>These and nobody else.</summary>
    Only,

    /// <summary>Everybody but these.</summary>
    AllBut,
}

/// <summary>The encryption that the clients of a channel use; a recorder without the very same hears nothing.</summary>
/// <param name="Mode">Algorithm.</param>
/// <param name="Key">Name of the key in the configuration of the Agora project; the key itself is nowhere else.</param>
/// <param name="Salt">32 bytes in base64, for the GCM2 modes only.</param>
/// <remarks><b>Source:</b> Agora, start, decryptionMode, secret, salt (June 2026).</remarks>
public sealed record ChannelEncryption(EncryptionMode Mode, string Key, string? Salt);

/// <summary>Algorithms of channel encryption, with Agora's numbers.</summary>
public enum EncryptionMode
{
    /// <summary>AES-128-XTS.</summary>
    Aes128Xts = 1,

    /// <summary>AES-128-ECB.</summary>
    Aes128Ecb = 2,

    /// <summary>AES-256-XTS.</summary>
    Aes256Xts = 3,

    /// <summary>SM4-128-ECB.</summary>
    Sm4128Ecb = 4,

    /// <summary>AES-128-GCM.</summary>
    Aes128Gcm = 5,

    /// <summary>AES-256-GCM.</summary>
    Aes256Gcm = 6,

    /// <summary>AES-128-GCM with a salt.</summary>
    Aes128Gcm2 = 7,

    /// <summary>AES-256-GCM with a salt.</summary>
    Aes256Gcm2 = 8,
}
