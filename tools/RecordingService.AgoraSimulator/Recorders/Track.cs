using System.Text;

namespace RecordingService.Simulation;

/// <summary>One playlist in the making.</summary>
internal sealed class Track(TrackKey key, FileNames names, Action<string, Func<byte[]>> put, bool comma)
{
    private readonly Playlist playlist = new(key, comma);
    private bool isInterrupted = true;
    private int secondsCut;

    public TrackKey Key => key;

    public FileNames Names => names;

    /// <summary>Start of the slice that is being recorded, or null while nobody publishes.</summary>
    public DateTimeOffset? SliceStart { get; private set; }

    public bool IsOpen => SliceStart is not null;

    public DateTimeOffset? FirstSliceAt { get; private set; }

    /// <summary>When its last slice ended, if it is not open and has been.</summary>
    public DateTimeOffset? InterruptedAt { get; private set; }

    public int SecondsCut => secondsCut;

    public int SecondsUploaded => (int)playlist.Duration.TotalSeconds;

    public bool IsUploaded => playlist.Count > 0;

    public void Open(DateTimeOffset now) => SliceStart = now;

    /// <summary>Ends the current slice; what remains below half a second is lost.</summary>
    /// <returns>The upload of the slice, to be done when it is due, or null when there is nothing to upload.</returns>
    public Action? Cut(DateTimeOffset now, bool goesOn)
    {
        var start = SliceStart ?? throw new InvalidOperationException("The track is not open.");
        var seconds = (int)Math.Round((now - start).TotalSeconds, MidpointRounding.AwayFromZero);
        SliceStart = goesOn ? now : null;
        InterruptedAt = now;
        var (mediaStart, afterInterruption) = (secondsCut, isInterrupted);
        isInterrupted = !goesOn;
        if (seconds == 0)
        {
            return null;
        }

        FirstSliceAt ??= start;
        secondsCut += seconds;
        return () => Upload(start, mediaStart, seconds, afterInterruption);
    }

    /// <summary>Drops the current slice, as a process that dies does.</summary>
    public void Abandon() => SliceStart = null;

    public void PutPlaylist(bool ended) => PutPlaylist(names.Playlist, ended);

    public void PutPlaylist(string name, bool ended) => put(names.Key(name), RenderAs(playlist.Render(ended)));

    public void PutMp4() => put(names.Key(names.Mp4(0)), () => SampleMedia.Mp4);

    private void Upload(DateTimeOffset start, int mediaStart, int seconds, bool afterInterruption)
    {
        var name = names.Slice(start);
        put(names.Key(name), () => SampleMedia.Slice(mediaStart, seconds));
        playlist.Add(name, start, TimeSpan.FromSeconds(seconds), afterInterruption);
        PutPlaylist(ended: false);
    }

    private static Func<byte[]> RenderAs(string text) => () => Encoding.UTF8.GetBytes(text);
}
