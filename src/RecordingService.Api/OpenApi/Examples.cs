using System.Text.Json;
using System.Text.Json.Nodes;
using RecordingService.Api.Access;
using RecordingService.Api.Diagnosis;
using RecordingService.Api.Events;
using RecordingService.Api.Notifications;
using RecordingService.Api.Operations;
using RecordingService.Api.Recordings;
using RecordingService.Api.RoomTypes;
using RecordingService.Domain;
using RecordingService.Domain.Diagnosis;
using RecordingService.Domain.Recordings;
using RecordingService.Domain.RoomTypes;
using RecordingService.Infrastructure.Agora;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Api.OpenApi;

/// <summary>The class that the OpenAPI document shows: a lecture that began at eight. Written in the contracts' own types, so it cannot go stale.</summary>
internal static class Examples
{
    public const string Channel = "maths-7b";
    public const string RoomType = "lecture";
    public const string Project = "school";
    public const string NewRoomType = "seminar";
    public const string Backend = "timetable";
    public const string ApiKeyId = "7RkP2mVx9QaZ";

    public const string PlaylistFile = $"{Sid}_{Channel}.m3u8";
    public const string SliceFile = $"{Sid}_{Channel}_20260901080004113.ts";

    private const string Sid = "3b7c5a0d9e1f4c2ab1d0e4f6a8c7b935";
    private const string ResourceId = "Hq3v-example-resource-id-of-about-three-hundred-characters";
    public static readonly DateTimeOffset Start = new(2026, 9, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly Uri Playlist = new($"https://lessons.example.org/019900b7e2007cc19d6e0f2b7c1d8a11/1/{PlaylistFile}");
    private static readonly IdleTimeResource Idle = new(
        TimeSpan.FromMinutes(20),
        "Twice the longest expected break of 10 min (asked for by this recording) is 20 min.",
        "A recorder leaves after 20 min with no host in the channel; the recording is complete then."
    );
    private static readonly Dictionary<string, string> Metadata = new() { ["teacher"] = "Ada" };

    /// <summary>Stands where no recording exists yet.</summary>
    public static readonly Guid RecordingId = Guid.Parse("019900b7-e200-7cc1-9d6e-0f2b7c1d8a11");

    private static readonly RecordingResource Accepted = new()
    {
        Id = RecordingId,
        State = RecordingState.Accepted,
        Channel = Channel,
        Project = Project,
        Label = "main",
        RoomType = RoomType,
        Mode = RecordingMode.Mix,
        ExternalId = "lesson-4711",
        Metadata = Metadata,
        StorageProfile = "lessons",
        MaxDuration = TimeSpan.FromHours(4),
        LongestBreak = TimeSpan.FromMinutes(10),
        IdleTime = Idle,
        AcceptedAt = Start,
        NextCheckAt = Start,
        EstimatedWait = TimeSpan.FromSeconds(6),
        Files = new(FilesState.Pending, null, []),
        Runs = [Run(RunPhase.Planned)],
    };

    private static readonly RecordingResource Recording = Accepted with
    {
        State = RecordingState.Recording,
        ConfirmedAt = Start.AddSeconds(6),
        NextCheckAt = Start.AddMinutes(4),
        EstimatedWait = null,
        Files = new(FilesState.Pending, Playlist, [Playlist]),
        Runs =
        [
            Run(RunPhase.Recording) with
            {
                StartedAt = Start.AddSeconds(1),
                ProvenAt = Start.AddSeconds(6),
                LastProofAt = Start.AddMinutes(2),
                PlaylistUrl = Playlist,
                Agora = new(900_000_017, ResourceId, Sid, RecordingMode.Mix),
            },
        ],
    };

    private static readonly RecordingResource Stopping = Recording with
    {
        State = RecordingState.Stopping,
        StopRequestedAt = Start.AddMinutes(45),
        EndReason = EndReason.Requested,
        NextCheckAt = Start.AddMinutes(45),
        Runs = [Recording.Runs[0] with { Phase = RunPhase.Stopping, LastProofAt = Start.AddMinutes(44) }],
    };

    private static readonly RecordingResource Completed = Stopping with
    {
        State = RecordingState.Completed,
        EndedAt = Start.AddMinutes(45).AddSeconds(2),
        NextCheckAt = null,
        Files = new(FilesState.Complete, Playlist, [Playlist]),
        Runs =
        [
            Stopping.Runs[0] with
            {
                Phase = RunPhase.Closed,
                EndedAt = Start.AddMinutes(45).AddSeconds(2),
                End = RunEnd.Stopped,
                Files = FilesState.Complete,
            },
        ],
    };

    private static readonly RecordingResource Replacing = Recording with
    {
        Runs =
        [
            Recording.Runs[0],
            Run(RunPhase.Acquired) with
            {
                Generation = 2,
                Agora = new(900_500_142, ResourceId, null, RecordingMode.Mix),
            },
        ],
    };

    private static readonly RecordingResource Replaced = Recording with
    {
        Runs =
        [
            Recording.Runs[0] with
            {
                Phase = RunPhase.Stopping,
                End = RunEnd.Surplus,
            },
            Recording.Runs[0] with
            {
                Generation = 2,
                StartedAt = Start.AddMinutes(20),
                ProvenAt = Start.AddMinutes(20).AddSeconds(5),
                LastProofAt = Start.AddMinutes(20).AddSeconds(5),
                Agora = new(900_500_142, ResourceId, "7e2d9b41c05f4a86b3f1a9d0c4e8b6a2", RecordingMode.Mix),
            },
        ],
    };

    private static readonly RecordingResource Closed = Completed with
    {
        State = RecordingState.Failed,
        Reason = new(
            "closed_by_operator",
            "Operator Grace closed it as lost: the bucket was deleted this morning",
            "Nothing more comes of it. The files that were found are listed; start a new recording if the class goes on."
        ),
        Files = new(FilesState.Missing, Playlist, [Playlist]),
        Runs = [Completed.Runs[0] with { Files = FilesState.Missing }],
    };

    private static readonly ProjectResource School = new(
        Project,
        true,
        [],
        [],
        AgoraArea.Global,
        "lessons",
        10,
        MintsTokens: true,
        TakesNotifications: true,
        new(9.5, 41.5, 0, TimeSpan.FromMinutes(2), null, null, null)
    );

    private static readonly RoomTypeResource Lecture = new(
        RoomType,
        1,
        "One teacher and an audience, with a break of 5 minutes.",
        new()
        {
            Mode = RecordingMode.Mix,
            ChannelProfile = ChannelProfile.Live,
            StreamTypes = StreamTypes.AudioAndVideo,
            LongestBreak = TimeSpan.FromMinutes(5),
            StayInChannel = false,
            OnIdleExit = IdleExit.Complete,
            MaxDuration = TimeSpan.FromHours(4),
            StreamMode = StreamMode.Standard,
            SnapshotInterval = null,
            SnapshotsOnly = false,
            AudioQuality = AudioQuality.Mono48,
            Layout = VideoLayout.Vertical,
            Quality = new(1280, 720, 15, 2260),
            Mp4 = false,
            StorageProfile = null,
        },
        new(
            TimeSpan.FromMinutes(10),
            "Twice the longest expected break of 5 min (room type) is 10 min.",
            "A recorder leaves after 10 min with no host in the channel; the recording is complete then."
        )
    );

    private static readonly RoomTypeResource Seminar = new(
        NewRoomType,
        1,
        "A group that works by itself for a while; the recorder comes back after it.",
        Lecture.Policy with
        {
            LongestBreak = TimeSpan.FromMinutes(15),
            OnIdleExit = IdleExit.Resume,
            Layout = VideoLayout.BestFit,
            Quality = new(1280, 720, 30, 3420),
            Mp4 = true,
        },
        new(
            TimeSpan.FromMinutes(30),
            "Twice the longest expected break of 15 min (room type) is 30 min.",
            "A recorder leaves after 30 min with no host in the channel; a new one is tried after 1, 2, 4 ... min until somebody is there, a stop, "
                + "or the maximum duration of 4 h."
        )
    );

    private static readonly DesiredLayout Layout = new(
        new()
        {
            Kind = VideoLayout.Vertical,
            LargeUid = 7001,
            BackgroundColor = "#101820",
            BackgroundImage = null,
            UserBackgroundImage = null,
            Regions = [],
            UserBackgrounds = [],
        },
        1,
        null
    );

    private static readonly DesiredSubscription Subscription = new(new(null, new(AllBut: [7002])), 1, null);

    private static readonly JsonSerializerOptions Json = ApiJson.Configured();

    private static readonly EventResource Confirmed = new()
    {
        Id = Guid.Parse("019900b7-f970-7d35-8a4e-6b1c0f2d9e57"),
        Type = EventType.Recording,
        Timestamp = Start.AddSeconds(6),
        Sequence = 3,
        Cursor = EventCursor.Write(4711),
        Data = new()
        {
            RecordingId = RecordingId,
            Project = Project,
            Channel = Channel,
            Label = "main",
            ExternalId = "lesson-4711",
            RoomType = RoomType,
            State = RecordingState.Recording,
            Files = FilesState.Pending,
            Reason = null,
            Href = $"/v1/recordings/{RecordingId}",
        },
    };

    public static JsonNode? Request(string? operationId) =>
        operationId switch
        {
            "startRecording" => new JsonObject
            {
                ["channel"] = Channel,
                ["roomType"] = RoomType,
                ["externalId"] = "lesson-4711",
                ["metadata"] = new JsonObject { ["teacher"] = "Ada" },
            },
            "pauseProject" => new JsonObject { ["operator"] = "Grace", ["note"] = "the bucket is being moved" },
            "resumeProject" => new JsonObject { ["operator"] = "Grace", ["note"] = "the bucket works again" },
            "recheckRecording" => new JsonObject { ["operator"] = "Grace", ["note"] = "the class asks whether it is recorded" },
            "replaceRecorder" => new JsonObject { ["operator"] = "Grace", ["note"] = "its picture is black" },
            "closeRecording" => new JsonObject { ["operator"] = "Grace", ["note"] = "the bucket was deleted this morning" },
            "changeLayout" => new JsonObject
            {
                ["kind"] = "vertical",
                ["largeUid"] = 7001,
                ["backgroundColor"] = "#101820",
            },
            "changeSubscription" => new JsonObject { ["video"] = new JsonObject { ["allBut"] = new JsonArray(7002) } },
            "putRoomType" => new JsonObject
            {
                ["description"] = Seminar.Description,
                ["policy"] = new JsonObject
                {
                    ["longestBreak"] = "PT15M",
                    ["onIdleExit"] = "resume",
                    ["quality"] = new JsonObject
                    {
                        ["width"] = 1280,
                        ["height"] = 720,
                        ["framesPerSecond"] = 30,
                        ["bitrateKbps"] = 3420,
                    },
                    ["mp4"] = true,
                },
            },
            "receiveNotification" or "receiveProjectNotification" => new JsonObject
            {
                ["noticeId"] = "2000001428:4330:107",
                ["productId"] = 3,
                ["eventType"] = 40,
                ["notifyMs"] = Start.AddSeconds(4).ToUnixTimeMilliseconds(),
                ["payload"] = new JsonObject
                {
                    ["cname"] = Channel,
                    ["uid"] = "900000017",
                    ["sid"] = Sid,
                    ["sequence"] = 0,
                    ["sendts"] = Start.AddSeconds(4).ToUnixTimeMilliseconds(),
                    ["serviceType"] = 1,
                    ["details"] = new JsonObject { ["msgName"] = "recorder_started", ["status"] = 0 },
                },
            },
            "createApiKey" => new JsonObject
            {
                ["caller"] = Backend,
                ["scopes"] = new JsonArray("record", "read"),
                ["expiresAfter"] = "P365D",
            },
            "changeRecording" => new JsonObject { ["metadata"] = new JsonObject { ["teacher"] = "Ada" } },
            _ => WebhookExamples.Request(operationId),
        };

    public static object? Response(string? operationId, int status) =>
        (operationId, status) switch
        {
            ("startRecording", 202) => Accepted,
            ("startRecording", _) or ("getRecording", _) => Recording,
            ("changeRecording", _) => Recording,
            ("recheckRecording", _) => Recording,
            ("replaceRecorder", 202) => Replacing,
            ("replaceRecorder", _) => Replaced,
            ("closeRecording", 202) => Stopping with { StopRequestedAt = null, EndReason = EndReason.Failed, Reason = Closed.Reason },
            ("closeRecording", _) => Closed,
            ("stopRecording", 202) => Stopping,
            ("stopRecording", _) => Completed,
            ("stopChannel", 202) => new StoppedRecordings([Stopping]),
            ("stopChannel", _) => new StoppedRecordings([]),
            ("listRecordings", _) => new RecordingPage([Recording], Cursor.Write(RecordingId, Start)),
            ("getFiles", _) => Files,
            ("getTimeline", _) => Lines,
            ("getDiagnosis", _) => Diagnosis,
            ("listEvents", _) => new EventList([Confirmed], Confirmed.Cursor),
            ("streamEvents", 200) =>
                $"id: {Confirmed.Cursor}\nevent: recording.recording\ndata: {JsonSerializer.Serialize(Confirmed, Json)}\n\n",
            ("listRoomTypes", _) => new RoomTypeList([Lecture]),
            ("getRoomType", _) => Lecture,
            ("putRoomType", _) => Seminar,
            ("getLayout" or "changeLayout", _) => Layout,
            ("getSubscription" or "changeSubscription", _) => Subscription,
            ("receiveNotification" or "receiveProjectNotification", _) => new NotificationReceipt(NoticeFate.TakenIn),
            ("listProjects", _) => new ProjectList([School]),
            ("getProject" or "resumeProject", _) => School,
            ("pauseProject", _) => School with
            {
                Ready = false,
                Faults = [$"An operator paused it at {Start.UtcDateTime:s}Z: nothing is started until it is resumed."],
                Requests = School.Requests with { PausedAt = Start },
            },
            ("listProjectActions", _) => new ProjectActionList([
                new(Start.AddHours(1), "resume", "Grace", "the bucket works again"),
                new(Start, "pause", "Grace", "the bucket is being moved"),
            ]),
            ("listStorageProfiles", _) => new StorageProfileList([
                new(
                    "lessons",
                    "AmazonS3",
                    "EU_CENTRAL_1",
                    StorageArea.Europe,
                    "lessons",
                    new("https://lessons.example.org/"),
                    new(StorageProbeState.Works, Start, null, "A small object was written with the recorder's keys.", null),
                    CanList: true,
                    []
                ),
            ]),
            ("createApiKey", _) => new CreatedApiKey($"rsk_{ApiKeyId}_ShownOnceInThisAnswerAndNeverAgainAnywhere00", Key),
            ("listApiKeys", _) => new ApiKeyList([Key with { LastUsedAt = Start.AddHours(1) }]),
            ("listAudit", _) => new AuditPage(
                [
                    new(
                        17,
                        Start,
                        "console",
                        "4TgB8nWy1LcD",
                        "pauseProject",
                        Project,
                        new Dictionary<string, object> { ["operator"] = "Grace", ["note"] = "the bucket is being moved" },
                        "4bf92f3577b34da6a3ce929d0e0e4736"
                    ),
                ],
                17
            ),
            ("getLiveness", _) => new Health("live"),
            ("getReadiness", 200) => new Health("ready"),
            ("getReadiness", _) => new Health("waiting for the database or its migration"),
            _ => WebhookExamples.Response(operationId),
        };

    private static ApiKey Key =>
        new(ApiKeyId, Backend, [Scope.Record, Scope.Read], null, Start, "console", Start.AddDays(365), null, null, null);

    private static FileList Files =>
        new(
            FilesState.Complete,
            [
                new(1, Playlist.Segments[^1], Playlist, RecordingFileKind.Playlist, 21_480, TimeSpan.FromSeconds(2694), Verified: true),
                new(1, SliceFile, new(Playlist, SliceFile), RecordingFileKind.Slice, 1_203_764, TimeSpan.FromSeconds(15), Verified: true),
            ]
        );

    private static DiagnosisResource Diagnosis =>
        new(
            RecordingId,
            RecordingState.Starting,
            "The bucket of storage profile 'lessons' cannot be written with the recorder's keys: Amazon S3 does not know the access key.",
            [
                new(
                    CauseCode.StorageRefused,
                    "The storage profile is wrong: accessKey",
                    "The bucket of storage profile 'lessons' cannot be written with the recorder's keys: Amazon S3 does not know the access key.",
                    Confidence.Certain,
                    [new(Start.AddSeconds(2), 1, "Agora told of error 32 (event 1, module 1, level 5): storage configuration is wrong")],
                    "Correct Storage:Profiles:lessons:accessKey. It is shown in the AWS console, IAM, under the user's security credentials."
                ),
            ]
        );

    private static Timeline Lines =>
        new(
            [
                new(101, Start, Start, 1, "request", null, $"Asked to record channel '{Channel}' as {RoomType}.", Fact("caller", Backend)),
                new(104, Start.AddSeconds(1), Start.AddSeconds(1), 1, "answer", 1, "start was answered with a sid.", Fact("sid", Sid)),
            ],
            104
        );

    private static Dictionary<string, object> Fact(string name, string value) => new() { [name] = value };

    private static RunResource Run(RunPhase phase) =>
        new()
        {
            Generation = 1,
            Phase = phase,
            Files = FilesState.Pending,
            Agora = new(null, null, null, RecordingMode.Mix),
        };
}
