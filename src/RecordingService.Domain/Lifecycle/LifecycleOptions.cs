namespace RecordingService.Domain.Lifecycle;

/// <summary>The waits of the state machine, in recording time. Each default names its source.</summary>
public sealed record LifecycleOptions
{
    /// <summary>Waits before the next try of a call that was not sent (S1). <value>1, 3, 6 s, then 15 and 30 s.</value></summary>
    /// <remarks><b>Source:</b> Agora, best practice, two hosts: 1, 3, 6 s. What follows is ours.</remarks>
    public IReadOnlyList<TimeSpan> HostLadder { get; init; } = Seconds(1, 3, 6, 15, 30);

    /// <summary>Waits before an unanswered start is repeated with the same parameters (S2). <value>3, 6, 9 s.</value></summary>
    /// <remarks><b>Source:</b> Agora, best practice, confirm the start.</remarks>
    public IReadOnlyList<TimeSpan> StartLadder { get; init; } = Seconds(3, 6, 9);

    /// <summary>Waits between the queries that are to prove a start; the first counts from the sid (S3). <value>5, 5, 10, 10, 15 s, the last repeated.</value></summary>
    /// <remarks><b>Source:</b> Agora, best practice: first query 5 s after the sid, then back-off below maxIdleTime.</remarks>
    public IReadOnlyList<TimeSpan> ProofLadder { get; init; } = Seconds(5, 5, 10, 10, 15);

    /// <summary>How long after its sid a recorder may stay unproven (S3). <value>90 s.</value></summary>
    /// <remarks><b>Source:</b> Agora, best practice, confirm the start.</remarks>
    public TimeSpan ProofLimit { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>Waits before a recorder that was not found is looked for again (S5). <value>5, 10, 15 s.</value></summary>
    /// <remarks><b>Source:</b> Agora, best practice, monitoring, 404.</remarks>
    public IReadOnlyList<TimeSpan> DoubtLadder { get; init; } = Seconds(5, 10, 15);

    /// <summary>Waits after an answer that tells nothing (S5). <value>5, 10, 15, 30 s, the last repeated.</value></summary>
    /// <remarks><b>Source:</b> Agora, best practice, monitoring, 50x.</remarks>
    public IReadOnlyList<TimeSpan> SilenceLadder { get; init; } = Seconds(5, 10, 15, 30);

    /// <summary>How long a replaced recorder is watched, counted from its first "not found". <value>90 s.</value></summary>
    /// <remarks><b>Source:</b> Agora, high availability: a server move takes at most 90 s.</remarks>
    public TimeSpan WatchLimit { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>Wait between two queries of a replaced recorder. <value>15 s.</value></summary>
    public TimeSpan WatchInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Wait between two queries of a proven recorder, less where its maxIdleTime demands (S5). <value>120 s.</value></summary>
    /// <remarks><b>Source:</b> Agora, integration best practices (June 2026): about every 2 min.</remarks>
    public TimeSpan MonitoringInterval { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How long a recorder that runs without a known sid is waited for before it is replaced. <value>30 s.</value></summary>
    public TimeSpan SidPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Wait between two searches for the sid of a run in the bucket, while it is waited for. <value>10 s: a first slice takes 15 s.</value></summary>
    public TimeSpan SidSearchInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Waits between two searches for the sid of a recorder that was given up. <value>15, 30, 60, 120, 300 s, the last repeated.</value></summary>
    public IReadOnlyList<TimeSpan> OrphanLadder { get; init; } = Seconds(15, 30, 60, 120, 300);

    /// <summary>When the names of the files are asked for after the proof, where no rule gives them: of a mix (S6). <value>15 s, then a minute later.</value></summary>
    /// <remarks><b>Source:</b> Agora, best practice, name of the M3U8 file: the first slice must exist.</remarks>
    public TimeSpan NamesOfMix { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The same in individual mode (S6). <value>1 min, then a minute later.</value></summary>
    /// <remarks><b>Source:</b> Agora, best practice, name of the M3U8 file.</remarks>
    public TimeSpan NamesOfIndividual { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>When the names are asked for again (S6). <value>1 min later.</value></summary>
    /// <remarks><b>Source:</b> Agora, best practice, name of the M3U8 file.</remarks>
    public TimeSpan NamesAgain { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Least time between two questions that notices bring forward, five times that for a proven recorder. <value>1 s.</value></summary>
    public TimeSpan HintSpacing { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What proves that a recorder runs. <value>Default: a query alone.</value></summary>
    public ConfirmBy ConfirmBy { get; init; } = ConfirmBy.Query;

    /// <summary>Which recorder is kept when one that was given up comes back beside its replacement (S5). <value>Default: the newest.</value></summary>
    public KeptRecorder KeptOnReturn { get; init; } = KeptRecorder.Newest;

    /// <summary>How long an acquired resource is used. <value>4 min 30 s.</value></summary>
    /// <remarks><b>Source:</b> Agora, acquire: a resource id is good for 5 min.</remarks>
    public TimeSpan ResourceLifetime { get; init; } = TimeSpan.FromSeconds(270);

    /// <summary>Wait before a call that met refused credentials is tried again. <value>30 s.</value></summary>
    public TimeSpan SuspensionProbe { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Waits after 429 or a used-up quota, unless Agora names one. <value>1, 2, 4, 8, 15, 30 s, the last repeated.</value></summary>
    public IReadOnlyList<TimeSpan> ThrottleLadder { get; init; } = Seconds(1, 2, 4, 8, 15, 30);

    /// <summary>Longest wait that Agora's Retry-After is granted. <value>60 s.</value></summary>
    public TimeSpan RetryAfterLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Waits before the next generation, by how many generations in a row did not prove themselves; one such is forgiven. <value>0, 5, 15, 30, 60 s, the last repeated.</value></summary>
    public IReadOnlyList<TimeSpan> ReplacementLadder { get; init; } = Seconds(0, 5, 15, 30, 60);

    /// <summary>How long a recorder must have recorded to count as one that works, when the next one is planned. <value>2 min.</value></summary>
    public TimeSpan ShortLife { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Waits before a run is tried after an idle exit, for room types that resume. <value>1, 2, 4, 8, 15 min, the last repeated.</value></summary>
    public IReadOnlyList<TimeSpan> ResumeLadder { get; init; } = Seconds(60, 120, 240, 480, 900);

    /// <summary>Waits between two looks into the bucket. <value>2, 5, 10, 20, 30, 60 s, the last repeated; after <see cref="UploadUsual"/> every 5 min.</value></summary>
    public IReadOnlyList<TimeSpan> UploadLadder { get; init; } = Seconds(2, 5, 10, 20, 30, 60);

    /// <summary>Time within which uploads usually end; files of a recorder that died are not expected later. <value>20 min.</value></summary>
    /// <remarks><b>Source:</b> Agora, product overview.</remarks>
    public TimeSpan UploadUsual { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>How long the files of a recorder that left orderly are waited for. <value>24 h.</value></summary>
    /// <remarks><b>Source:</b> Agora, product overview: abnormal networks may take more than 24 h.</remarks>
    public TimeSpan UploadLimit { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long the files of a recorder that left orderly are waited for when an operator has closed its recording. <value>30 s: the last slice is written within 15 s.</value></summary>
    public TimeSpan ClosePatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a recorder can be queried and stopped, counted from its sid (resourceExpiredHour). <value>26 h.</value></summary>
    /// <remarks>
    /// It is fixed when the resource is acquired, while the maximum duration may be raised later: so it covers the longest one, 23 h 30 min, and two hours more.
    /// <b>Source:</b> Agora, acquire: 1 h to 720 h.
    /// </remarks>
    public TimeSpan ControlPeriod { get; init; } = TimeSpan.FromHours(26);

    /// <summary>How many refusals in a row convict a query or a stop of a faulty parameter or configuration (S5). <value>3.</value></summary>
    public int RefusalsToConvict { get; init; } = 3;

    /// <summary>How many times a stop is repeated by its ladder; afterwards as often as a recorder is monitored. <value>40, some 20 min of silence.</value></summary>
    public int StopTriesAtOnce { get; init; } = 40;

    internal static TimeSpan Rung(IReadOnlyList<TimeSpan> ladder, int tries) => ladder[Math.Min(tries, ladder.Count - 1)];

    private static TimeSpan[] Seconds(params int[] seconds) => [.. seconds.Select(s => TimeSpan.FromSeconds(s))];
}

/// <summary>What proves that a recorder runs.</summary>
public enum ConfirmBy
{
    /// <summary>A query that was answered with status 4 or 5; notifications only bring it forward.</summary>
    Query,

    /// <summary>A query, or a notification of status 4 or 5 (event 3): saves a request, and trusts whoever has the secret.</summary>
    QueryOrNotification,
}

/// <summary>Which of two recorders is kept that both record.</summary>
public enum KeptRecorder
{
    /// <summary>The one that was started last.</summary>
    Newest,

    /// <summary>The one that was started first.</summary>
    Oldest,
}
