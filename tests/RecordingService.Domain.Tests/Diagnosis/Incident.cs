using RecordingService.Domain.Diagnosis;
using RecordingService.Domain.Recordings;
using RecordingService.Domain.RoomTypes;
using RecordingService.Domain.Tests.Lifecycle;

namespace RecordingService.Domain.Tests.Diagnosis;

/// <summary>What is left of a recording when somebody asks what went wrong.</summary>
internal sealed record Incident
{
    public static readonly DateTimeOffset Noon = Script.Noon;

    public IReadOnlyList<Run> Runs { get; init; } = [];
    public Reason? Reason { get; init; }
    public StopOrder? Stop { get; init; }
    public Closure? Closure { get; init; }
    public DateTimeOffset? ConfirmedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
    public ChannelEncryption? Encryption { get; init; }
    public Uri? WebPage { get; init; }
    public DiagnosisContext Context { get; init; } = new() { MintsTokens = true };

    public Findings Diagnose() =>
        Findings.Of(
            Script.NewRecording(IdleExit.Complete, TimeSpan.FromHours(4)) with
            {
                Runs = Runs,
                Reason = Reason,
                Stop = Stop,
                Closure = Closure,
                ConfirmedAt = ConfirmedAt ?? Runs.Min(run => run.ProvenAt),
                EndedAt = EndedAt,
                Encryption = Encryption,
                WebPage = WebPage,
            },
            Context
        );

    public static DateTimeOffset At(double seconds) => Noon.AddSeconds(seconds);

    /// <summary>A recorder that got its sid a second after its turn and is being proven.</summary>
    public static Run Started(int generation, double second = 1) =>
        new()
        {
            Generation = generation,
            Phase = RunPhase.Proving,
            RecorderUid = 900_000_000u + (uint)generation,
            ResourceId = $"resource-{generation}",
            Sid = $"sid-{generation}",
            StartedAt = At(second),
            Parameters = new()
            {
                Mode = RecordingMode.Mix,
                ChannelProfile = ChannelProfile.Live,
                StreamTypes = StreamTypes.AudioAndVideo,
                Quality = new(1280, 720, 15, 2260),
                Mp4 = false,
                MaxIdleTime = TimeSpan.FromMinutes(4),
                TokenIssuedAt = At(second),
                TokenLifetime = TimeSpan.FromHours(24),
                TokenSalt = 1,
                StorageProfile = "lessons",
                FileNamePrefix = ["lessons"],
            },
        };

    /// <summary>A recorder that was gone when it was first asked for.</summary>
    public static Run Vanished(int generation, double second = 1) =>
        Started(generation, second) with
        {
            Phase = RunPhase.Closed,
            End = RunEnd.Died,
            EndedAt = At(second + 5),
            Files = FilesState.Empty,
        };

    /// <summary>A recorder that was proven from 5 s after its sid on.</summary>
    public static Run Proven(int generation, double second = 1, double until = 600) =>
        Started(generation, second) with
        {
            Phase = RunPhase.Recording,
            ProvenAt = At(second + 5),
            LastProofAt = At(until),
        };

    /// <summary>A recorder that recorded a class.</summary>
    public static Run Recorded(int generation, double second = 1, double until = 600) =>
        Proven(generation, second, until) with
        {
            SawMedia = true,
            Named = [new($"sid-{generation}_algebra.m3u8")],
            Playlist = new($"https://lessons.example.org/sid-{generation}_algebra.m3u8"),
        };

    public static Run Ended(Run run, FilesState files, RunEnd end = RunEnd.Stopped) =>
        run with
        {
            Phase = RunPhase.Closed,
            End = end,
            EndedAt = run.EndedAt ?? run.LastProofAt,
            Files = files,
        };

    public static Run Told(Run run, params AgoraNotice[] notices) =>
        run with
        {
            Evidence = notices.Aggregate(run.Evidence, (evidence, notice) => evidence.With(notice)),
        };

    public static Faulted Fault(int module, int code, double second = 2, int level = 5) =>
        new("sid", 1, At(second), module, level, code, null);

    public static RecorderLeft Left(LeaveCause cause, double second = 3) => new("sid", 2, At(second), cause, $"It left ({cause}).");

    public static StreamChanged Stream(uint uid, double second) => new("sid", 3, At(second), uid, IsVideo: false, IsReceived: true);

    public static AnswerFacts Answer(
        string operation,
        int? status,
        int? code,
        AgoraFailureKind? failure,
        double second = 1,
        int count = 1
    ) => new(At(second), At(second + count), count, 1, operation, status, code, failure, "As Agora put it.");

    public static BucketFacts Bucket(bool? elsewhere = null, bool? works = null, string? field = null) =>
        new()
        {
            Profile = "lessons",
            Vendor = "AmazonS3",
            Bucket = "lessons-2026",
            Area = "Europe",
            CallsFrom = "mainland China",
            IsElsewhere = elsewhere,
            HasPublicAddress = true,
            Probe = works is { } does
                ? new(Noon, does, field, "The store said so.", field is null ? null : "It is on the page of keys.")
                : null,
        };

    public static PeerFacts Peer(bool proven = true, bool encrypted = false, FilesState files = FilesState.Pending) =>
        new(Guid.CreateVersion7(), "geometry", "lecture", "lessons", encrypted, proven ? Noon : null, HeardMedia: proven, files);
}
