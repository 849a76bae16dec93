namespace RecordingService.Domain.Recordings;

/// <summary>What Agora told unasked about a run, folded together: in whatever order and however often it comes, the same evidence results.</summary>
public sealed record Evidence
{
    private const int MostKept = 64;

    /// <summary>Nothing was told.</summary>
    public static Evidence None { get; } = new();

    /// <summary>That and why the recorder left, or null.</summary>
    public Departure? Departure { get; init; }

    /// <summary>Whether it was told that the session is over with all uploads done.</summary>
    public bool IsFinished { get; init; }

    /// <summary>Errors that were told, oldest first; at most the newest 64.</summary>
    public IReadOnlyList<ToldFault> Faults { get; init; } = [];

    /// <summary>Uploads that Agora had to repeat: to the bucket (31) or to its backup (32).</summary>
    public int RepeatedUploads { get; init; }

    /// <summary>Streams that were told of, each with its newest state; at most 64.</summary>
    public IReadOnlyList<ToldStream> Streams { get; init; } = [];

    /// <summary>When Agora last told that it moved the recorder to another server, or null.</summary>
    public DateTimeOffset? MovedAt { get; init; }

    /// <summary>Progress of the upload, 0 to 10,000; null when it was never told.</summary>
    public int? UploadProgress { get; init; }

    /// <summary>What was told of the end of the upload.</summary>
    public UploadStatus Upload { get; init; }

    /// <summary>The ends of uploads that were told, by what was told and which files were named; at most the 64 lowest numbers, so that their order of arrival makes no difference.</summary>
    public IReadOnlyList<ulong> UploadsTold { get; init; } = [];

    /// <summary>When Agora told that the recorder started, or null.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Numbers of the notices that were told, as rows without a gap, lowest first; at most 64 rows.</summary>
    public IReadOnlyList<ToldRow> Rows { get; init; } = [];

    /// <summary>Moves to another server that were told, by their numbers; at most 64.</summary>
    public IReadOnlyList<ToldMove> Moves { get; init; } = [];

    /// <summary>Lowest number of a notice that tells of something received or recorded, or null.</summary>
    public long? MediaFrom { get; init; }

    /// <summary>Whether it was told that a stream is received or a slice begins: where these events are not subscribed to, their absence tells nothing.</summary>
    public bool TellsOfReception { get; init; }

    /// <summary>
    /// The moves that came before anything was received. Only an unbroken row of notices from the first one on proves that; a lost one may have told of
    /// a slice.
    /// </summary>
    internal IEnumerable<ToldMove> MovesInSilence =>
        TellsOfReception && Rows is [{ From: 0, To: var last }, ..]
            ? Moves.Where(move => move.Sequence <= last && move.Sequence < MediaFrom)
            : [];

    /// <summary>Users whose sound or picture is received now.</summary>
    public IEnumerable<uint> Publishers => Streams.Where(stream => stream.IsReceived).Select(stream => stream.Uid).Distinct();

    /// <summary>The evidence with one more notice.</summary>
    public Evidence With(AgoraNotice notice)
    {
        ArgumentNullException.ThrowIfNull(notice);
        return Of(notice) with
        {
            Rows = WithNumber(notice.Sequence),
            MediaFrom = TellsOfMedia(notice) && !(MediaFrom < notice.Sequence) ? notice.Sequence : MediaFrom,
            TellsOfReception = TellsOfReception || notice is SliceStarted or StreamChanged { IsReceived: true },
        };
    }

    /// <summary>Whether somebody published, as this notice tells.</summary>
    internal static bool TellsOfMedia(AgoraNotice notice) =>
        notice
            is SliceStarted
                or SnapshotTaken
                or StreamChanged { IsReceived: true }
                or StatusChanged { Status: 5 }
                or FilesNamed { Files.Count: > 0 };

    private Evidence Of(AgoraNotice notice) =>
        notice switch
        {
            RecorderLeft left => this with
            {
                Departure = Stronger(Departure, new(left.SentAt, left.Cause, left.Detail)),
                IsFinished = IsFinished || left.IsFinished,
            },
            Faulted fault => this with
            {
                Faults = Sorted(Faults, new(fault.SentAt, fault.Module, fault.Level, fault.Code, fault.Message), one => one.At),
            },
            Warned { Module: 1, Code: 31 or 32 } => this with { RepeatedUploads = RepeatedUploads + 1 },
            StreamChanged change => this with { Streams = WithStream(change) },
            RecorderMoved { NewUid: not null } move => this with { MovedAt = Later(MovedAt, move.SentAt), Moves = WithMove(move) },
            UploadProgressed progress => this with { UploadProgress = Math.Max(UploadProgress ?? 0, progress.Progress) },
            RecorderStarted { IsRecorder: true, Failed: false } start => this with
            {
                StartedAt = StartedAt < start.SentAt ? StartedAt : start.SentAt,
            },
            FilesNamed { Upload: UploadStatus.Uploaded or UploadStatus.BackedUp } named when !UploadsTold.Contains(NumberOf(named)) => (
                this with
                {
                    UploadsTold = [.. UploadsTold.Append(NumberOf(named)).Order().Take(MostKept)],
                }
            ).WithUpload(named.Upload),
            FilesNamed { Upload: var upload } => WithUpload(upload),
            _ => this,
        };

    // What came over the backup is in the bucket once everything is: 31 after 32 is the last word, 32 after 31 is old news.
    private Evidence WithUpload(UploadStatus told) =>
        told == UploadStatus.Uploaded || (told == UploadStatus.BackedUp && Upload == UploadStatus.Unknown)
            ? this with
            {
                Upload = told,
            }
            : this;

    /// <summary>Whether this end of an upload was told, or that the backup it tells of is over.</summary>
    internal bool HasToldUpload(FilesNamed told) =>
        UploadsTold.Contains(NumberOf(told)) || UploadsTold.Contains(NumberOf(told with { Upload = UploadStatus.Uploaded }));

    /// <summary>A number for what is told and the files that are named, in whatever order (FNV-1a): the names themselves may be thousands.</summary>
    private static ulong NumberOf(FilesNamed told)
    {
        const ulong prime = 1099511628211;
        var number = (14695981039346656037 ^ (ulong)told.Upload) * prime;
        foreach (var name in told.Files.Select(file => file.FileName).Order(StringComparer.Ordinal))
        {
            // A name ends with what no name holds.
            foreach (var character in name.Append('\0'))
            {
                number = (number ^ character) * prime;
            }
        }

        return number;
    }

    /// <summary>A told cause counts more than none, and of two the earlier one: what follows is the session's winding up.</summary>
    private static Departure Stronger(Departure? known, Departure told) =>
        known is null ? told
        : (known.Cause == LeaveCause.Unknown) != (told.Cause == LeaveCause.Unknown) ? (told.Cause == LeaveCause.Unknown ? known : told)
        : told.At < known.At ? told
        : known;

    private static IReadOnlyList<T> Sorted<T>(IReadOnlyList<T> known, T told, Func<T, DateTimeOffset> at) =>
        known.Contains(told) ? known : [.. known.Append(told).OrderBy(at).TakeLast(MostKept)];

    private IReadOnlyList<ToldStream> WithStream(StreamChanged change)
    {
        var known = Streams.FirstOrDefault(stream => stream.Uid == change.Uid && stream.IsVideo == change.IsVideo);
        if (known is not null && known.Sequence >= change.Sequence)
        {
            return Streams;
        }

        var told = new ToldStream(change.Uid, change.IsVideo, change.IsReceived, change.Sequence, change.SentAt);
        return [.. Streams.Where(stream => stream != known).Append(told).OrderBy(stream => stream.Sequence).TakeLast(MostKept)];
    }

    private IReadOnlyList<ToldMove> WithMove(RecorderMoved move) =>
        Moves.Any(known => known.Sequence == move.Sequence)
            ? Moves
            : [.. Moves.Append(new(move.Sequence, move.SentAt)).OrderBy(known => known.Sequence).Take(MostKept)];

    private IReadOnlyList<ToldRow> WithNumber(long number)
    {
        if (Rows.Any(row => row.From <= number && number <= row.To))
        {
            return Rows;
        }

        var before = Rows.FirstOrDefault(row => row.To == number - 1);
        var after = Rows.FirstOrDefault(row => row.From == number + 1);
        var joined = new ToldRow(before?.From ?? number, after?.To ?? number);
        return [.. Rows.Where(row => row != before && row != after).Append(joined).OrderBy(row => row.From).Take(MostKept)];
    }

    private static DateTimeOffset Later(DateTimeOffset? known, DateTimeOffset told) => known > told ? known.Value : told;
}

/// <summary>That a recorder left.</summary>
/// <param name="At">When, by Agora's clock.</param>
/// <param name="Cause">Why.</param>
/// <param name="Detail">What was told, in one sentence.</param>
public sealed record Departure(DateTimeOffset At, LeaveCause Cause, string Detail);

/// <summary>An error inside Agora's service.</summary>
/// <param name="At">When, by Agora's clock.</param>
/// <param name="Module">0 recorder, 1 uploader, 2 cloud service, 6 web page.</param>
/// <param name="Level">1 debug to 5 fatal.</param>
/// <param name="Code">Agora's number.</param>
/// <param name="Message">Agora's text.</param>
public sealed record ToldFault(DateTimeOffset At, int Module, int Level, int Code, string? Message);

/// <summary>Sound or picture of a user, as last told.</summary>
public sealed record ToldStream(uint Uid, bool IsVideo, bool IsReceived, long Sequence, DateTimeOffset At);

/// <summary>Notices that were told without a gap.</summary>
/// <param name="From">Number of the first one.</param>
/// <param name="To">Number of the last one.</param>
public sealed record ToldRow(long From, long To);

/// <summary>That Agora moved the recorder to another server.</summary>
/// <param name="Sequence">Number of the notice.</param>
/// <param name="At">When, by Agora's clock.</param>
public sealed record ToldMove(long Sequence, DateTimeOffset At);
