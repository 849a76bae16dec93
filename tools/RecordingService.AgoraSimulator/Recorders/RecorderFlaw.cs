namespace RecordingService.Simulation;

/// <summary>What Agora finds wrong with a task after it has answered the start with 200, as event 1 tells it.</summary>
/// <param name="End">How the recorder ends.</param>
/// <param name="Module">Module of the event: 0 recorder, 1 uploader, 2 cloud service, 6 web.</param>
/// <param name="ErrorCode">Code of the event.</param>
/// <param name="Message">Text of the event.</param>
internal sealed record RecorderFlaw(RecorderEnd End, int Module, int ErrorCode, string Message)
{
    public static readonly RecorderFlaw Storage = new(RecorderEnd.StorageRejected, 1, 32, "storage configuration is wrong");
    public static readonly RecorderFlaw Transcoding = new(RecorderEnd.TranscodingRejected, 2, 2, "invalid transcodingConfig");
    public static readonly RecorderFlaw TokenMissing = new(RecorderEnd.TokenRejected, 0, 101, "join channel failed");
    public static readonly RecorderFlaw TokenInvalid = new(RecorderEnd.TokenRejected, 0, 110, "token is invalid");
    public static readonly RecorderFlaw TokenOver = new(RecorderEnd.TokenRejected, 0, 109, "token has expired");
    public static readonly RecorderFlaw TokenExpired = new(RecorderEnd.TokenExpired, 0, 109, "token has expired");

    /// <summary>The flaw that ends a recorder in this way.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not the end of a rejected task.</exception>
    public static RecorderFlaw Of(RecorderEnd end) =>
        end switch
        {
            RecorderEnd.StorageRejected => Storage,
            RecorderEnd.TokenRejected => TokenInvalid,
            RecorderEnd.TranscodingRejected => Transcoding,
            _ => throw new ArgumentOutOfRangeException(nameof(end), end, "Only a rejection is a flaw."),
        };
}
