using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using RecordingService.Client.Tests.Support;

namespace RecordingService.Client.Tests.Contract;

/// <summary>Which operations of the OpenAPI document the client offers, and how each is called with everything that it takes.</summary>
internal sealed record Offer(string OperationId, string Status, Func<RecordingClient, Task<JsonNode?>> CallAsync)
{
    private static readonly Guid Id = TestClient.Id;
    private static readonly OperatorActionRequest Order = new() { Operator = "Grace", Note = "The picture is black." };

    /// <summary>What lies outside: by the begin of its path, and why.</summary>
    public static IReadOnlyDictionary<string, string> NotOffered { get; } =
        new Dictionary<string, string>
        {
            ["/v1/room-types"] = "set up by people, by curl or Swagger UI",
            ["/v1/projects"] = "for operators",
            ["/v1/storage-profiles"] = "for operators",
            ["/v1/webhooks"] = "set up by people; what webhooks bring is read by WebhookVerifier",
            ["/v1/api-keys"] = "for administrators",
            ["/v1/audit"] = "for administrators",
            ["/agora/notifications"] = "for Agora",
            ["/health"] = "for whatever runs the service",
        };

    /// <summary>What is answered instead of the document's example.</summary>
    public string? Sent { get; init; }

    /// <summary>Parameters that the client has no use for.</summary>
    public IReadOnlyList<string> NotSent { get; init; } = [];

    private static EventFilter SomeEvents { get; } =
        new()
        {
            Types = [RecordingEventTypes.Completed, RecordingEventTypes.Failed],
            Project = "school",
            Recording = Id,
        };

    /// <summary>A request that sets every member.</summary>
    private static StartRecordingRequest Everything { get; } =
        new()
        {
            Channel = "maths-7b",
            RoomType = "lecture",
            Project = "school",
            Label = "main",
            ExternalId = "lesson-4711",
            Mode = RecordingMode.Mix,
            Encryption = new()
            {
                Mode = EncryptionMode.Aes256Gcm2,
                Key = "class-key",
                Salt = "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=",
            },
            WebPage = new() { Url = new Uri("https://example.org/board") },
            StorageProfile = "lessons",
            MaxDuration = TimeSpan.FromHours(2),
            LongestBreak = TimeSpan.FromMinutes(10),
            Metadata = new Dictionary<string, string> { ["teacher"] = "Ada" },
        };

    private static ChangeLayoutRequest EveryPlace { get; } =
        new()
        {
            Kind = VideoLayout.Custom,
            LargeUid = 7,
            BackgroundColor = "#101010",
            BackgroundImage = new Uri("https://example.org/wall.jpg"),
            UserBackgroundImage = Change.ToDefault,
            Regions = new LayoutRegion[] { new(0, 0, 1, 0.5m, Uid: 7, Alpha: 0.5m, Fit: true) },
            UserBackgrounds = new UserBackground[]
            {
                new()
                {
                    Uid = 7,
                    Image = new Uri("https://example.org/ada.jpg"),
                    Fit = true,
                },
            },
        };

    public static IReadOnlyList<Offer> All { get; } =
    [
        Of(
            "startRecording",
            "201",
            ClientJson.Default.Recording,
            client => client.StartAndWaitAsync(Everything, TimeSpan.FromMinutes(1), "key-1")
        ),
        Of(
            "listRecordings",
            "200",
            ClientJson.Default.RecordingPage,
            client =>
                client.ListPageAsync(
                    new()
                    {
                        Channel = "maths-7b",
                        State = RecordingState.Completed,
                        RoomType = "lecture",
                        Project = "school",
                        ExternalId = "lesson-4711",
                        From = new DateTimeOffset(2026, 9, 1, 10, 0, 0, TimeSpan.FromHours(2)),
                        To = new DateTimeOffset(2026, 9, 2, 0, 0, 0, 500, TimeSpan.Zero),
                        PageSize = 20,
                    },
                    "cursor"
                )
        ),
        Of("getRecording", "200", ClientJson.Default.Recording, client => client.GetAsync(Id)),
        Of(
            "changeRecording",
            "200",
            ClientJson.Default.Recording,
            client =>
                client.ChangeAsync(
                    Id,
                    new()
                    {
                        MaxDuration = TimeSpan.FromHours(2),
                        LongestBreak = TimeSpan.FromMinutes(10),
                        Metadata = new Dictionary<string, string> { ["teacher"] = "Ada" },
                    }
                )
        ),
        Of("stopRecording", "200", ClientJson.Default.Recording, client => client.StopAndWaitAsync(Id, TimeSpan.FromMinutes(1))) with
        {
            // Stops are safe to repeat without.
            NotSent = ["Idempotency-Key"],
        },
        new(
            "stopChannel",
            "200",
            async client =>
                JsonSerializer.SerializeToNode(
                    new StoppedRecordings { Items = await client.StopChannelAsync("maths-7b", "school", "main") },
                    ClientJson.Default.StoppedRecordings
                )
        )
        {
            // Whoever wants to wait does so for each recording that it stopped.
            NotSent = ["Idempotency-Key", "Prefer"],
        },
        Of("getLayout", "200", ClientJson.Default.DesiredLayout, client => client.GetLayoutAsync(Id)),
        Of("changeLayout", "200", ClientJson.Default.DesiredLayout, client => client.ChangeLayoutAsync(Id, EveryPlace, ifVersion: 2)),
        Of("getSubscription", "200", ClientJson.Default.DesiredSubscription, client => client.GetSubscriptionAsync(Id)),
        Of(
            "changeSubscription",
            "200",
            ClientJson.Default.DesiredSubscription,
            client =>
                client.ChangeSubscriptionAsync(
                    Id,
                    new()
                    {
                        Audio = new UserSelection { Only = [1, 2] },
                        Video = new UserSelection { AllBut = [3] },
                    },
                    ifVersion: 2
                )
        ),
        Of(
            "recheckRecording",
            "200",
            ClientJson.Default.Recording,
            client => client.RecheckAsync(Id, Order, TimeSpan.FromSeconds(5), "key-1")
        ),
        Of(
            "replaceRecorder",
            "200",
            ClientJson.Default.Recording,
            client => client.ReplaceRecorderAsync(Id, Order, TimeSpan.FromSeconds(5), "key-1")
        ),
        Of("closeRecording", "200", ClientJson.Default.Recording, client => client.CloseAsync(Id, Order, TimeSpan.FromSeconds(5), "key-1")),
        Of("getFiles", "200", ClientJson.Default.RecordingFileList, client => client.GetFilesAsync(Id)),
        new(
            "getTimeline",
            "200",
            async client =>
            {
                List<TimelineItem> lines = [];
                await foreach (var line in client.GetTimelineAsync(Id, after: 1))
                {
                    lines.Add(line);
                }

                return JsonSerializer.SerializeToNode(
                    new TimelinePage { Items = lines, Next = (long)Repository.Example("getTimeline", "200")["next"]! },
                    ClientJson.Default.TimelinePage
                );
            }
        ),
        Of("getDiagnosis", "200", ClientJson.Default.Diagnosis, client => client.GetDiagnosisAsync(Id)),
        Of(
            "listEvents",
            "200",
            ClientJson.Default.EventPage,
            client => client.ReadEventPageAsync("c1", SomeEvents, limit: 10, wait: TimeSpan.FromSeconds(5))
        ),
        new(
            "streamEvents",
            "200",
            async client =>
            {
                await foreach (var one in client.StreamEventsAsync("c1", SomeEvents))
                {
                    return JsonSerializer.SerializeToNode(one, ClientJson.Default.RecordingEvent);
                }

                return null;
            }
        )
        {
            Sent = Answer.Event(2),
            // Last-Event-ID says the same, and goes before it.
            NotSent = ["after"],
        },
    ];

    public override string ToString() => OperationId;

    private static Offer Of<T>(string operationId, string status, JsonTypeInfo<T> type, Func<RecordingClient, Task<T>> call) =>
        new(operationId, status, async client => JsonSerializer.SerializeToNode(await call(client), type));
}
