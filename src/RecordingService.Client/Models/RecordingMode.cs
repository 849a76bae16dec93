using System.Text.Json.Serialization;

namespace RecordingService.Client;

/// <summary>Recording mode, in Agora's words.</summary>
[JsonConverter(typeof(TolerantEnumConverter<RecordingMode>))]
public enum RecordingMode
{
    /// <summary>A value that this version of the client does not know.</summary>
    Unknown,

    /// <summary>All streams in one picture (Agora: mix).</summary>
    Mix,

    /// <summary>Each stream by itself (Agora: individual).</summary>
    Individual,

    /// <summary>A web page as a browser shows it (Agora: web).</summary>
    WebPage,
}

/// <summary>Algorithms of channel encryption, with Agora's numbers.</summary>
[JsonConverter(typeof(TolerantEnumConverter<EncryptionMode>))]
public enum EncryptionMode
{
    /// <summary>A value that this version of the client does not know.</summary>
    Unknown,

    /// <summary>AES-128-XTS.</summary>
    Aes128Xts,

    /// <summary>AES-128-ECB.</summary>
    Aes128Ecb,

    /// <summary>AES-256-XTS.</summary>
    Aes256Xts,

    /// <summary>SM4-128-ECB.</summary>
    Sm4128Ecb,

    /// <summary>AES-128-GCM.</summary>
    Aes128Gcm,

    /// <summary>AES-256-GCM.</summary>
    Aes256Gcm,

    /// <summary>AES-128-GCM with a salt.</summary>
    Aes128Gcm2,

    /// <summary>AES-256-GCM with a salt.</summary>
    Aes256Gcm2,
}

/// <summary>Layout of a mixed recording.</summary>
[JsonConverter(typeof(TolerantEnumConverter<VideoLayout>))]
public enum VideoLayout
{
    /// <summary>A value that this version of the client does not know.</summary>
    Unknown,

    /// <summary>One large picture, small ones over it (Agora: 0).</summary>
    Floating,

    /// <summary>Equal cells (Agora: 1).</summary>
    BestFit,

    /// <summary>One large picture, small ones beside it (Agora: 2).</summary>
    Vertical,

    /// <summary>Each picture where it was put (Agora: 3).</summary>
    Custom,
}

/// <summary>Kind of a recorded file.</summary>
[JsonConverter(typeof(TolerantEnumConverter<RecordingFileKind>))]
public enum RecordingFileKind
{
    /// <summary>A value that this version of the client does not know.</summary>
    Unknown,

    /// <summary>HLS playlist.</summary>
    Playlist,

    /// <summary>Slice named by a playlist.</summary>
    Slice,

    /// <summary>MP4 file.</summary>
    Mp4,

    /// <summary>Picture taken of a video.</summary>
    Snapshot,
}
