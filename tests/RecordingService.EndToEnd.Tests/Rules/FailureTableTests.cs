using System.Text.Json;
using System.Text.Json.Nodes;
using RecordingService.Simulation;

namespace RecordingService.EndToEnd.Tests.Rules;

/// <summary>
/// What is observed at Agora and what is decided then, one row each, as a caller sees it and as Agora saw it. All rows are played at the same
/// time on one service, each in a channel of its own; the tests only await them.
/// </summary>
public sealed class FailureTableTests(FailureTableTests.Table table) : IClassFixture<FailureTableTests.Table>
{
    private const AgoraOperation Acquire = AgoraOperation.Acquire;
    private const AgoraOperation Start = AgoraOperation.Start;
    private const AgoraOperation Query = AgoraOperation.Query;
    private const AgoraOperation Stop = AgoraOperation.Stop;

    // csharpier-ignore-start
    private static readonly Row[] All =
    [
        new("acquire 400/2",                     "fails: the request is refused",             p => p.FailsAsync("acquire-2", "request_refused")),
        new("acquire 400/401",                   "fails: the request is refused",             p => p.FailsAsync("acquire-401-channel-name", "request_refused")),
        new("acquire 400/400",                   "fails: the project cannot record",          p => p.FailsAsync("acquire-400-appid", "project_misconfigured")),
        new("acquire 400/405",                   "fails: the project cannot record",          p => p.FailsAsync("acquire-405-inactive", "project_misconfigured")),
        new("acquire 400/406",                   "waits, throttled, then records",            p => p.WaitsAsync("acquire-406-quota", Acquire, "throttled", 1)),
        new("acquire 429",                       "waits, throttled, then records",            p => p.WaitsAsync("gateway-429", Acquire, "throttled", 1)),
        new("acquire 429, Retry-After 5",        "waits that long, throttled, then records",  p => p.WaitsAsync("gateway-429-retry-after", Acquire, "throttled", 5)),
        new("start 429",                         "waits, throttled, then records",            p => p.WaitsAsync("gateway-429", Start, "throttled", 1)),
        new("query 429",                         "keeps the state, throttled",                p => p.KeepsAsync("gateway-429", "throttled")),
        new("stop 429",                          "asks again, files decide",                  p => p.StopsAgainAsync("gateway-429")),
        new("acquire 500",                       "asks again, then records",                  p => p.WaitsAsync("acquire-500-internal", Acquire, "agora_unavailable", 1)),
        new("acquire 500/501",                   "asks again, then records",                  p => p.WaitsAsync("acquire-500-501-no-worker-manager", Acquire, "agora_unavailable", 1)),
        new("acquire 500/504",                   "asks again, then records",                  p => p.WaitsAsync("acquire-500-504-allocate-timeout", Acquire, "agora_unavailable", 1)),
        new("acquire time-out",                  "asks again, then records",                  p => p.WaitsAsync("acquire-timeout", Acquire, "agora_unavailable", 1)),
        new("start 200 without sid",             "unknown: repeats the same start",           p => p.RepeatsAsync(NoSid)),
        new("start 500",                         "unknown: repeats the same start",           p => p.RepeatsAsync("start-500-15")),
        new("start 500/502",                     "unknown: repeats the same start",           p => p.RepeatsAsync("start-500-502-no-worker")),
        new("start 500/62",                      "unknown: repeats the same start",           p => p.RepeatsAsync("start-500-62-not-started")),
        new("start 502",                         "unknown: repeats the same start",           p => p.RepeatsAsync("gateway-502")),
        new("start 206/65",                      "unknown: repeats the same start",           p => p.RepeatsAsync("start-206-65-not-started")),
        new("start time-out",                    "unknown: repeats the same start",           p => p.RepeatsAsync("start-timeout-not-started")),
        new("start 50x four times",              "other uid after 3, 6, 9 s",                 p => p.GivesUpAsync("start-500-62-not-started")),
        new("start 201/7, sid never told",       "other uid after 30 s",                      p => p.ReplacesUnknownAsync()),
        new("start 201/7, sid told late",        "other uid after 30 s, orphan stopped",      p => p.StopsTheOrphanAsync()),
        new("start 400/53",                      "other uid",                                 p => p.TakesOtherUidAsync("start-400-53-conflict", isAlarm: false)),
        new("start 400/2, hash mismatch",        "fails: the request is refused",             p => p.FailsAsync("start-2-request-hash", "request_refused")),
        new("start 433",                         "acquires again, same generation",           p => p.AcquiresAgainAsync("start-433")),
        new("start 1001",                        "acquires again, same generation",           p => p.AcquiresAgainAsync("start-1001")),
        new("start 432",                         "alarm, next generation",                    p => p.TakesOtherUidAsync("start-432", isAlarm: true)),
        new("start 1003",                        "alarm, next generation",                    p => p.TakesOtherUidAsync("start-1003", isAlarm: true)),
        new("query 1",                           "starting",                                  p => p.IsStartingAsync(1)),
        new("query 2",                           "starting",                                  p => p.IsStartingAsync(2)),
        new("query 3",                           "starting",                                  p => p.IsStartingAsync(3)),
        new("query 4",                           "running",                                   p => p.IsRunningAsync(4)),
        new("query 5",                           "running",                                   p => p.IsRunningAsync(5)),
        new("query 6",                           "ending: another recorder",                  p => p.IsReplacedAsync(Status(6))),
        new("query 8",                           "ending: another recorder",                  p => p.IsReplacedAsync(Status(8))),
        new("query 20",                          "this run died: another recorder",           p => p.IsReplacedAsync(Status(20))),
        new("query 404 of the gateway",          "keeps the state, alerts at the third",      p => p.ConvictsAsync("query-404-gateway")),
        new("query 404 of a worker, for long",   "re-checks after 5, 10, 15 s, then replaces", p => p.ReplacesLostAsync()),
        new("query 404 of a worker, briefly",    "re-checks, keeps the recorder",             p => p.KeepsFoundAsync()),
        new("query 502",                         "unknown: keeps the state, asks again",      p => p.KeepsAsync("gateway-502", "agora_unavailable")),
        new("query 504/62",                      "unknown: keeps the state, asks again",      p => p.KeepsAsync("query-504-62", "agora_unavailable")),
        new("query 206/65",                      "unknown: keeps the state, asks again",      p => p.KeepsAsync("query-206-65", "agora_unavailable")),
        new("query time-out",                    "unknown: keeps the state, asks again",      p => p.KeepsAsync("query-timeout", "agora_unavailable")),
        new("query 400/2",                       "keeps the state, alerts at the third",      p => p.ConvictsAsync("query-2")),
        new("query 400/8",                       "keeps the state, alerts at the third",      p => p.ConvictsAsync("code-8")),
        new("stop 200",                          "ended",                                     p => p.StopsAsync(null)),
        new("stop 49",                           "ended",                                     p => p.StopsAsync("stop-49")),
        new("stop 206/435",                      "ended: nothing was recorded",               p => p.StopsEmptyAsync()),
        new("stop 404 of the gateway",           "alerts at the third",                       p => p.StopIsRefusedAsync()),
        new("stop 404 of a worker, for long",    "ended after re-checks",                     p => p.StopIsLostAsync()),
        new("stop 404 of a worker, briefly",     "asks again, files decide",                  p => p.StopsAgainAsync("stop-404-worker")),
        new("stop 206/65, stopped",              "asks again, files decide",                  p => p.StopsAgainAsync("stop-206-65-really-stopped")),
        new("stop 206/65, not stopped",          "asks again, files decide",                  p => p.StopsAgainAsync("stop-206-65-not-stopped")),
        new("stop 502",                          "asks again, files decide",                  p => p.StopsAgainAsync("gateway-502")),
        new("stop 504/62, stopped",              "asks again, files decide",                  p => p.StopsAgainAsync("stop-504-62-really-stopped")),
        new("stop 504/62, not stopped",          "asks again, files decide",                  p => p.StopsAgainAsync("stop-504-62-not-stopped")),
        new("stop 504/50",                       "asks again, files decide",                  p => p.StopsAgainAsync("stop-50-upload-timeout")),
        new("stop time-out, stopped",            "asks again, files decide",                  p => p.StopsAgainAsync("stop-timeout-stopped")),
        new("stop time-out, not stopped",        "asks again, files decide",                  p => p.StopsAgainAsync("stop-timeout-not-stopped")),
        new("acquire 401",                       "waits for credentials, probes every 30 s",  p => p.WaitsAsync("gateway-401-credentials", Acquire, "project_suspended", 30)),
        new("acquire 403",                       "waits for credentials, probes every 30 s",  p => p.WaitsAsync("gateway-403", Acquire, "project_suspended", 30)),
        new("start 401",                         "waits for credentials, probes every 30 s",  p => p.WaitsAsync("gateway-401-unauthorized", Start, "project_suspended", 30)),
        new("query 401",                         "keeps the state, suspended",                p => p.KeepsAsync("gateway-401-credentials", "project_suspended")),
        new("stop 401",                          "is tried again, files decide",              p => p.StopsAgainAsync("gateway-401-credentials")),
        new("acquire 401 and a stop",            "aborted",                                   p => p.IsAbortedAsync("gateway-401-credentials")),
        new("acquire 401 until max duration",    "failed, with that reason",                  p => p.FailsAsync("gateway-401-credentials", "project_suspended", ("maxDuration", "PT5M"))),
        new("nothing answers a start",           "waits, nothing is called failed",           p => p.WaitsAsync("connection-cut-before", null, "agora_unavailable", 1)),
        new("nothing answers a live recording",  "keeps the state",                           p => p.KeepsAsync("connection-cut-before", "agora_unavailable")),
    ];
    // csharpier-ignore-end

    public static TheoryData<string, string> Rows =>
        [.. All.Select(row => new TheoryDataRow<string, string>(row.Observation, row.Decision))];

    private static Fault NoSid =>
        new()
        {
            Perform = false,
            Status = 200,
            Body = new JsonObject { ["resourceId"] = "{resourceId}", ["cname"] = "{cname}" },
        };

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Observation_LeadsToTheDecisionOfTheTable(string observation, string decision)
    {
        var play = table.Plays[observation];

        (await Record.ExceptionAsync(() => play)).ShouldBeNull($"{observation} -> {decision}");
    }

    private static Fault Status(int status) =>
        new()
        {
            Status = 200,
            Body = new JsonObject
            {
                ["cname"] = "{cname}",
                ["uid"] = "{uid}",
                ["resourceId"] = "{resourceId}",
                ["sid"] = "{sid}",
                ["serverResponse"] = new JsonObject { ["status"] = status },
            },
        };

    /// <summary>One row.</summary>
    /// <param name="Observation">What Agora answers.</param>
    /// <param name="Decision">What the service makes of it.</param>
    /// <param name="Plays">Brings the observation about and checks the decision.</param>
    private sealed record Row(string Observation, string Decision, Func<Play, Task> Plays);

    /// <summary>Plays all rows from the beginning of the class on.</summary>
    public sealed class Table(EndToEndDatabase postgres) : SharedCloud(postgres)
    {
        internal IReadOnlyDictionary<string, Task> Plays { get; private set; } = new Dictionary<string, Task>();

        // A call that is never answered costs real time.
        protected override IEnumerable<(string Key, string Value)> Settings =>
            [("Agora__ConnectTimeout", "00:00:00.5"), ("Agora__AttemptTimeout", "00:00:01")];

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            // The plays outlive the context of whoever starts them.
            using (ExecutionContext.SuppressFlow())
            {
                Plays = All.Select((row, number) => (row.Observation, Play: Task.Run(() => row.Plays(new Play(this, $"row-{number}")))))
                    .ToDictionary(row => row.Observation, row => row.Play);
            }
        }

        public override async ValueTask DisposeAsync()
        {
            await Task.WhenAll(Plays.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await base.DisposeAsync();
        }

        protected override void Simulate(SimulatorOptions options)
        {
            options.BucketFolder = null;
            foreach (var project in options.Projects)
            {
                project.ConcurrentTasks = 1000;
            }
        }

        /// <summary>The second project hears of everything a minute late.</summary>
        protected override NotificationOptions Notifications => new() { Projects = [Second], Delay = TimeSpan.FromMinutes(1) };
    }

    /// <summary>The stage of one row: a channel of its own.</summary>
    private sealed class Play(Table cloud, string channel)
    {
        public async Task FailsAsync(string scenario, string reason, params (string Name, object Value)[] members)
        {
            InForce(scenario, scenario.StartsWith("gateway", StringComparison.Ordinal) ? Acquire : null);

            var lesson = await Lesson.StartAsync(cloud, channel, members);

            var recording = await lesson.BecomesAsync("failed");
            Lesson.ReasonOf(recording).ShouldBe(reason);
            recording.GetProperty("reason").GetProperty("advice").GetString().ShouldNotBeNullOrEmpty();
            recording.GetProperty("nextCheckAt").ValueKind.ShouldBe(JsonValueKind.Null);
            lesson.Recorders.ShouldBeEmpty();
        }

        public async Task WaitsAsync(string scenario, AgoraOperation? operation, string reason, double seconds)
        {
            var fault = InForce(scenario, operation);
            var lesson = await Lesson.StartAsync(cloud, channel);
            await lesson.BecomesAsync(recording => Lesson.ReasonOf(recording) == reason && Lesson.StateOf(recording) == "starting", reason);
            await lesson.BecomesAsync(_ => lesson.Calls(operation ?? Acquire).Count >= 2, "asks again");

            cloud.Agora.Faults.Remove(fault);

            await IsWellAsync(lesson);
            var calls = lesson.Calls(operation ?? Acquire);
            (calls[1].At - calls[0].At).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(seconds));
            lesson.Recorders.ShouldHaveSingleItem();
            (await lesson.RunsAsync()).ShouldHaveSingleItem();
        }

        public Task RepeatsAsync(string scenario) => RepeatsAsync(Scenario.Find(scenario).ToFault(new FaultMatch()));

        public async Task RepeatsAsync(Fault fault)
        {
            InForce(
                fault with
                {
                    Match = new FaultMatch { Operation = Start, Times = 2 },
                }
            );
            var lesson = await Lesson.StartAsync(cloud, channel);
            await lesson.BecomesAsync(recording => Lesson.ReasonOf(recording) == "start_outcome_unknown", "start_outcome_unknown");

            await IsWellAsync(lesson);
            var starts = lesson.Calls(Start);
            starts.Count.ShouldBe(3);
            starts.Select(call => (call.Uid, call.ResourceId)).Distinct().ShouldHaveSingleItem();
            (starts[1].At - starts[0].At).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(3));
            (starts[2].At - starts[1].At).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(6));
        }

        public async Task GivesUpAsync(string scenario)
        {
            InForce(scenario, times: 4);
            var lesson = await Lesson.StartAsync(cloud, channel);

            await IsWellAsync(lesson);
            var starts = lesson.Calls(Start);
            starts.Select(call => call.Uid).Distinct().Count().ShouldBe(2);
            starts.Count(call => call.Uid == starts[0].Uid).ShouldBe(4);
            (starts[3].At - starts[0].At).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(3 + 6 + 9));
            await HasTakenOtherUidAsync(lesson);
        }

        public async Task ReplacesUnknownAsync()
        {
            InForce("start-201-already-started", times: 1);
            var lesson = await Lesson.StartAsync(cloud, channel);

            await IsWellAsync(lesson);
            await HasTakenOtherUidAsync(lesson);
            var starts = lesson.Calls(Start);
            (starts[1].At - starts[0].At).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(30));
            lesson.Recorders[0].SidDelivered.ShouldBeFalse();
            lesson.Recorders[1].SidDelivered.ShouldBeTrue();
        }

        public async Task StopsTheOrphanAsync()
        {
            InForce("start-201-already-started", times: 1);
            var lesson = await Lesson.StartAsync(cloud, channel, ("project", "second"));

            await IsWellAsync(lesson);
            await HasTakenOtherUidAsync(lesson);
            await lesson.TellsAsync("became known by a notification; it is stopped.");
            await lesson.BecomesAsync(_ => lesson.Recorders[0].Why == RecorderEnd.Stopped, "the orphan is stopped");
            lesson.Recorders.Count.ShouldBe(2);
            lesson.Recorders[1].LeftAt.ShouldBeNull();
        }

        public async Task TakesOtherUidAsync(string scenario, bool isAlarm)
        {
            InForce(scenario, times: 1);
            var lesson = await Lesson.StartAsync(cloud, channel);

            await IsWellAsync(lesson);
            await HasTakenOtherUidAsync(lesson);
            (await lesson.TellAsync()).ShouldContain("the next recorder uses the other half of the uids");
            (await lesson.TellAsync()).Contains(" alert ", StringComparison.Ordinal).ShouldBe(isAlarm);
            lesson.Recorders.ShouldHaveSingleItem();
        }

        public async Task AcquiresAgainAsync(string scenario)
        {
            InForce(scenario, times: 1);
            var lesson = await Lesson.StartAsync(cloud, channel);

            await IsWellAsync(lesson);
            (await lesson.RunsAsync()).ShouldHaveSingleItem();
            lesson.Calls(Acquire).Count.ShouldBe(2);
            lesson.Calls(Start).Select(call => call.Uid).Distinct().ShouldHaveSingleItem();
            lesson.Calls(Start).Select(call => call.ResourceId).Distinct().Count().ShouldBe(2);
        }

        public async Task IsStartingAsync(int status)
        {
            var fault = InForce(Status(status) with { Match = new FaultMatch { Operation = Query } });
            var lesson = await Lesson.StartAsync(cloud, channel);
            await lesson.TellsAsync($"Still starting (status {status}).");
            var recording = await lesson.ReadAsync();
            Lesson.StateOf(recording).ShouldBe("starting");
            recording.GetProperty("confirmedAt").ValueKind.ShouldBe(JsonValueKind.Null);

            cloud.Agora.Faults.Remove(fault);

            await IsWellAsync(lesson);
            lesson.Recorders.ShouldHaveSingleItem();
        }

        public async Task IsRunningAsync(int status)
        {
            InForce(Status(status) with { Match = new FaultMatch { Operation = Query } });

            var lesson = await Lesson.StartAsync(cloud, channel);

            (await IsWellAsync(lesson)).GetProperty("confirmedAt").ValueKind.ShouldBe(JsonValueKind.String);
            (await lesson.TellAsync()).ShouldContain($"Proven: the recorder runs (status {status}).");
        }

        public async Task IsReplacedAsync(Fault fault)
        {
            InForce(
                fault with
                {
                    Match = new FaultMatch
                    {
                        Operation = Query,
                        Skip = 1,
                        Times = 1,
                    },
                }
            );
            var lesson = await Lesson.StartAsync(cloud, channel);

            await lesson.TellsAsync("The recorder ended by itself.");

            await lesson.BecomesAsync(recording => recording.GetProperty("runs").GetArrayLength() == 2, "another recorder");
            await IsWellAsync(lesson);
            await HasTakenOtherUidAsync(lesson);
        }

        public async Task KeepsAsync(string scenario, string reason)
        {
            var lesson = await Lesson.RecordAsync(cloud, channel);
            var fault = InForce(scenario, scenario.StartsWith("connection", StringComparison.Ordinal) ? null : Query);
            await lesson.BecomesAsync(recording => Lesson.ReasonOf(recording) == reason, reason);
            var asked = lesson.Calls(Query).Count;
            await lesson.BecomesAsync(_ => lesson.Calls(Query).Count > asked + 1, "goes on asking");
            Lesson.StateOf(await lesson.ReadAsync()).ShouldBe("recording");

            cloud.Agora.Faults.Remove(fault);

            await IsWellAsync(lesson);
            IsUntouched(lesson);
        }

        public async Task ConvictsAsync(string scenario)
        {
            var lesson = await Lesson.RecordAsync(cloud, channel);
            var fault = InForce(scenario, Query);
            var recording = await lesson.BecomesAsync(r => Lesson.ReasonOf(r) == "project_misconfigured", "project_misconfigured");
            Lesson.StateOf(recording).ShouldBe("recording");
            lesson.Calls(Query).Count(call => call.Fault == fault).ShouldBeGreaterThanOrEqualTo(3);
            (await lesson.TellAsync()).ShouldContain(" alert ");

            cloud.Agora.Faults.Remove(fault);

            await IsWellAsync(lesson);
            IsUntouched(lesson);
        }

        public async Task ReplacesLostAsync()
        {
            InForce("query-404-worker", skip: 1, times: 4);
            var lesson = await Lesson.StartAsync(cloud, channel);

            await lesson.BecomesAsync(recording => recording.GetProperty("runs").GetArrayLength() == 2, "another recorder");

            var asked = lesson.Calls(Query).Where(call => call.Fault is not null).Select(call => call.At).ToList();
            (asked[1] - asked[0]).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(5));
            (asked[2] - asked[1]).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(10));
            (asked[3] - asked[2]).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(15));
            await lesson.BecomesAsync(_ => lesson.Recorders.Count == 2, "another recorder");
            lesson.Recorders[1].StartedAt.ShouldBeGreaterThan(asked[3]);
        }

        public async Task KeepsFoundAsync()
        {
            InForce("query-404-worker", skip: 1, times: 3);
            var lesson = await Lesson.StartAsync(cloud, channel);

            await lesson.BecomesAsync(recording => Lesson.ReasonOf(recording) == "recorder_in_doubt", "recorder_in_doubt");
            await lesson.TellsAsync("The recorder is back");

            await IsWellAsync(lesson);
            IsUntouched(lesson);
        }

        public async Task StopsAsync(string? scenario)
        {
            var lesson = await Lesson.RecordAsync(cloud, channel);
            await lesson.RecordedAsync(20);
            if (scenario is not null)
            {
                InForce(scenario);
            }

            await EndsWithItsFilesAsync(lesson);
            lesson.Calls(Stop).ShouldHaveSingleItem();
        }

        public async Task StopsAgainAsync(string scenario)
        {
            var lesson = await Lesson.RecordAsync(cloud, channel);
            await lesson.RecordedAsync(20);
            InForce(scenario, Stop, times: 1);

            await EndsWithItsFilesAsync(lesson);
            // One that has left by then is not found, which is checked again three times.
            lesson.Calls(Stop).Count.ShouldBeInRange(2, 5);
        }

        public async Task StopsEmptyAsync()
        {
            cloud.Agora.Channels.Script(channel);
            var lesson = await Lesson.RecordAsync(cloud, channel);

            var recording = await lesson.StopAsync();

            Lesson.StateOf(recording).ShouldBe("completed", await lesson.TellAsync());
            Lesson.FilesOf(recording).ShouldBe("empty");
            recording.GetProperty("files").GetProperty("playlistUrl").ValueKind.ShouldBe(JsonValueKind.Null);
            lesson.Calls(Stop).ShouldHaveSingleItem().Code.ShouldBe(435);
            lesson.Recorders.ShouldHaveSingleItem().Why.ShouldBe(RecorderEnd.Stopped);
        }

        public async Task StopIsRefusedAsync()
        {
            var lesson = await Lesson.RecordAsync(cloud, channel);
            InForce("stop-404-gateway");

            await cloud.Service.PostAsync($"/v1/recordings/{lesson.Id}/stop", null);

            await lesson.BecomesAsync("uploading");
            (await lesson.TellAsync()).ShouldContain("alert Agora refuses to stop this recorder");
            lesson.Calls(Stop).Count.ShouldBe(3);
        }

        public async Task StopIsLostAsync()
        {
            var lesson = await Lesson.RecordAsync(cloud, channel);
            InForce("stop-404-worker");

            await cloud.Service.PostAsync($"/v1/recordings/{lesson.Id}/stop", null);

            await lesson.BecomesAsync("uploading");
            var stops = lesson.Calls(Stop);
            stops.Count.ShouldBe(4);
            (stops[3].At - stops[0].At).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(5 + 10 + 15));
        }

        public async Task IsAbortedAsync(string scenario)
        {
            InForce(scenario, Acquire);
            var lesson = await Lesson.StartAsync(cloud, channel);
            await lesson.BecomesAsync(recording => Lesson.ReasonOf(recording) == "project_suspended", "project_suspended");

            Lesson.StateOf(await lesson.StopAsync()).ShouldBe("aborted");
            lesson.Recorders.ShouldBeEmpty();
        }

        private string InForce(string scenario, AgoraOperation? operation = null, int skip = 0, int? times = null) =>
            InForce(
                Scenario
                    .Find(scenario)
                    .ToFault(
                        new FaultMatch
                        {
                            Operation = operation,
                            Skip = skip,
                            Times = times,
                        }
                    )
            );

        private string InForce(Fault fault) => cloud.Agora.Faults.Add(fault with { Match = fault.Match with { Channel = channel } });

        private static Task<JsonElement> IsWellAsync(Lesson lesson) =>
            lesson.BecomesAsync(
                recording => Lesson.StateOf(recording) == "recording" && Lesson.ReasonOf(recording) is null,
                "recording without trouble"
            );

        private static async Task HasTakenOtherUidAsync(Lesson lesson)
        {
            var runs = await lesson.RunsAsync();
            runs.Count.ShouldBe(2, await lesson.TellAsync());
            Lesson.IsPrimary(runs[0]).ShouldBeTrue();
            Lesson.IsBackup(runs[1]).ShouldBeTrue();
            Lesson.PhaseOf(runs[1]).ShouldBe("recording");
        }

        private static void IsUntouched(Lesson lesson)
        {
            lesson.Recorders.ShouldHaveSingleItem().LeftAt.ShouldBeNull();
            lesson.Calls(Stop).ShouldBeEmpty();
            lesson.Calls(Start).ShouldHaveSingleItem();
        }

        private static async Task EndsWithItsFilesAsync(Lesson lesson)
        {
            var recording = await lesson.StopAsync();
            Lesson.StateOf(recording).ShouldBe("completed", await lesson.TellAsync());
            Lesson.EndReasonOf(recording).ShouldBe("requested");
            Lesson.ReasonOf(recording).ShouldBeNull();
            Lesson.FilesOf(recording).ShouldBe("complete", await lesson.TellAsync());
            lesson.Recorders.ShouldHaveSingleItem().Why.ShouldBe(RecorderEnd.Stopped);
        }
    }
}
