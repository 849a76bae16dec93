namespace RecordingService.Simulation;

/// <summary>Chooses what the simulator does where Agora's documentation is silent or contradicts itself.</summary>
public sealed class OpenPointOptions
{
    /// <summary>Gets or sets whether 201/7 (already started) carries resource id and sid.</summary>
    public bool AlreadyStartedCarriesIds { get; set; }

    /// <summary>Gets or sets the HTTP status of code 50 (synchronous stop, upload too slow).</summary>
    public int UploadTimeoutStatus { get; set; } = 504;

    /// <summary>Gets or sets the code for cname or uid that differ from the resource's.</summary>
    /// <value>2; older pages say 432.</value>
    public int MismatchCode { get; set; } = 2;

    /// <summary>Gets or sets how long a recorder that left can still be found; it never ends before the upload does.</summary>
    public TimeSpan ExitWindow { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets the answer to a query in the exit window.</summary>
    public QueryWhileExiting QueryWhileExiting { get; set; }

    /// <summary>Gets or sets for how long a recorder that was killed answers status 20 before it is gone.</summary>
    /// <value>Zero: gone at once.</value>
    public TimeSpan CrashStatusFor { get; set; }

    /// <summary>Gets or sets the uploadingStatus that an asynchronous stop answers.</summary>
    /// <value><c>unknown</c>; empty leaves the field out.</value>
    public string AsyncStopUploadingStatus { get; set; } = "unknown";

    /// <summary>Gets or sets whether a query before the first slice carries an empty file list instead of none.</summary>
    public bool EmptyFileListBeforeFirstSlice { get; set; }

    /// <summary>Gets or sets whether names in file lists start with the folders of the key.</summary>
    public bool FileListCarriesPrefix { get; set; }

    /// <summary>Gets or sets whether special characters of the channel name become <c>-</c> in file names.</summary>
    public bool SanitizeChannelName { get; set; }

    /// <summary>Gets or sets whether <c>#EXTINF</c> ends with the comma that the standard asks for.</summary>
    public bool CommaAfterExtInf { get; set; }

    /// <summary>Gets or sets whether a list of uids that are not recorded leaves the other kind of stream alone.</summary>
    /// <value>True; a list of uids that are recorded always silences the other kind when that has no list.</value>
    public bool DenialLeavesOtherKind { get; set; } = true;

    /// <summary>Gets or sets the shortest captureInterval of snapshots.</summary>
    /// <value>5, as on the pages of the API; guides say 1.</value>
    public int ShortestSnapshotSeconds { get; set; } = 5;

    /// <summary>Gets or sets the end of the name of the merged playlist of streamMode standard, in place of <c>audio</c> or <c>video</c>.</summary>
    public string MergedPlaylistType { get; set; } = "av";

    /// <summary>Gets or sets the code for an updateLayout that is invalid.</summary>
    /// <value>2; an older list says 1028.</value>
    public int LayoutErrorCode { get; set; } = 2;

    /// <summary>Gets or sets whether web mode needs an acquire with scene 1, and the other modes one without.</summary>
    public bool SceneMustMatchMode { get; set; } = true;

    /// <summary>Gets or sets whether a transcodingConfig must carry width, height, fps and bitrate, as older pages say.</summary>
    public bool TranscodingNeedsAll { get; set; }

    /// <summary>Gets or sets the leaveCode of event 41 after a stop call.</summary>
    /// <value>16, as if the recorder had left the channel by itself.</value>
    public int StopLeaveCode { get; set; } = 16;

    /// <summary>Gets or sets the leaveCode of event 41 of a recorder that was thrown out: token over, or its uid taken.</summary>
    public int KickLeaveCode { get; set; }

    /// <summary>Gets or sets the exitStatus of event 11 of a recorder that was thrown out after it had joined.</summary>
    public int KickExitStatus { get; set; }

    /// <summary>Gets or sets whether a recorder that is killed is reported with status 20 and exitStatus 1.</summary>
    public bool KillIsNotified { get; set; } = true;

    /// <summary>Gets or sets the number for mix mode in <c>recordingMode</c> of event 3; individual mode has the other one of 0 and 1.</summary>
    /// <value>1, as the English pages have it; the Chinese ones say 0.</value>
    public int MixRecordingMode { get; set; } = 1;

    /// <summary>Gets or sets the seconds in <c>Retry-After</c> of 429.</summary>
    /// <value>Null: no such header.</value>
    public int? RetryAfterSeconds { get; set; }
}

/// <summary>Answer to a query of a recorder that is exiting.</summary>
public enum QueryWhileExiting
{
    /// <summary>200 with status 6 while files are uploaded, then 8.</summary>
    Status,

    /// <summary>404, as if it were gone.</summary>
    NotFound,

    /// <summary>400 with code 501.</summary>
    Code501,
}
