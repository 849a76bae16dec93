namespace RecordingService.Simulation;

/// <summary>What goes wrong between recorder and bucket; configuration section <c>Simulator:Uploads</c>. In force for the files to come.</summary>
public sealed class UploadOptions
{
    /// <summary>Gets or sets how much later files reach the bucket because it is in another region; recording time.</summary>
    /// <value>Zero: none. Otherwise stop answers <c>backuped</c>, and event 31 follows event 32 when the files are there.</value>
    public TimeSpan CrossRegionDelay { get; set; }

    /// <summary>Gets or sets the share of slices that never reach the bucket although the playlist names them; 0 to 1.</summary>
    public double SliceLossRate { get; set; }

    /// <summary>Gets or sets how many versions of the complete playlist come late from the backup cloud, as <c>_&lt;tick&gt;_&lt;index&gt;.m3u8</c>.</summary>
    /// <value>0: none. Otherwise the playlist without such an end stays as it was before the recording ended.</value>
    public int LatePlaylists { get; set; }
}
